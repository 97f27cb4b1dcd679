"""The law of a home: the pack of its country, and what must be decided before real copies are made under it."""

from __future__ import annotations

from api.errors import SampleLawInProduction
from certify import LawPack, load_law
from keys import Mode


def open_law(country: str, *, mode: Mode) -> LawPack:
    """Load the pack of a country for a home of this mode.

    Raises:
        LawDataInvalid: there is no such pack, or it contradicts itself.
        SampleLawInProduction: the pack is a sample, and copies of this home are real.
    """
    law = load_law(country)
    if law.is_sample and mode is Mode.PRODUCTION:
        raise SampleLawInProduction(
            f"the law pack of {law.country} is a sample nobody checked; have its rules entered and checked first"
        )
    return law
