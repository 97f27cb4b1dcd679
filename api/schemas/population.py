"""A look-up in the population database, as it goes over the wire."""

from __future__ import annotations

from pydantic import Field

from api.schemas.wire import Asked, Told, UlidText


class LookUpAsked(Asked):
    """Whom the counter asks about."""

    number: str = Field(min_length=1, max_length=40, repr=False, examples=["000195012345"])


class LookedUpTold(Told):
    """How the look-up ended; name and birth date are told here and kept nowhere."""

    look_up_id: UlidText
    outcome: str = Field(description="FOUND, NOT_FOUND or UNAVAILABLE.", examples=["FOUND"])
    source: str = Field(description="What was asked; `sandbox` is no database.", examples=["population"])
    legal_basis: str = Field(examples=["decree-280-2025"])
    name: str | None = Field(repr=False)
    birth_date: str | None = Field(repr=False, examples=["1995-03-14"])
