"""The doors to other systems that the acts of people go through, opened once with the office."""

from __future__ import annotations

from dataclasses import dataclass

from api.outside.payment import open_payments
from api.outside.population import open_population
from api.settings import Settings
from certify.outside import PaymentGateway, PopulationRegister


@dataclass(frozen=True, slots=True)
class OutsideDoors:
    """Each is None when no setting names it."""

    population: PopulationRegister | None
    payments: PaymentGateway | None


def open_outside(settings: Settings, *, is_specimen: bool) -> OutsideDoors:
    """Open what the settings name; nothing is asked yet.

    Raises:
        BadSetting: a door cannot be opened so.
        KeyFileUnusable: the file of a secret is open to others.
    """
    return OutsideDoors(
        population=open_population(settings, is_specimen=is_specimen),
        payments=open_payments(settings, is_specimen=is_specimen),
    )
