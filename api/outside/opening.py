"""The doors to other systems that the acts of people go through, opened once with the office."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from api.outside.papers import open_paper_databases
from api.outside.payment import open_payments
from api.outside.population import open_population
from api.outside.providers import Provider, open_providers
from api.settings import Settings
from certify import LawPack
from certify.outside import PaymentGateway, PopulationRegister
from certify.outside.papers import PaperDatabase


@dataclass(frozen=True, slots=True)
class OutsideDoors:
    """Each is None, or there are none, when no setting names it."""

    paper_databases: tuple[PaperDatabase, ...]
    population: PopulationRegister | None
    payments: PaymentGateway | None
    providers: tuple[Provider, ...] = ()


def open_outside(settings: Settings, *, law: LawPack, is_specimen: bool, at: datetime) -> OutsideDoors:
    """Open what the settings name; nothing is asked yet.

    Raises:
        BadSetting: a door cannot be opened so.
        KeyFileUnusable: the file of a secret is open to others.
    """
    return OutsideDoors(
        paper_databases=open_paper_databases(settings, law=law, is_specimen=is_specimen, at=at),
        population=open_population(settings, is_specimen=is_specimen),
        payments=open_payments(settings, is_specimen=is_specimen),
        providers=open_providers(settings),
    )
