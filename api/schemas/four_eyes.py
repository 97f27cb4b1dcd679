"""Decisions that ask for two people, as they are sent and told."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from api.schemas.wire import Asked, Line, Moment, Told, UlidText


class FourEyesAsked(Asked):
    """The decision: from now on when `valid_from` is left out, without an end when `valid_until` is."""

    decision_number: Line
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None
    doc_type: str | None = Field(
        default=None, min_length=1, max_length=64, examples=["VN.LAND_CERT"], description="Every type when left out."
    )


class FourEyesTold(Told):
    """Such a decision, and whether it holds now."""

    policy_id: UlidText
    agency_code: str
    decision_number: str
    doc_type: str | None
    valid_from: Moment
    valid_until: Moment | None
    holds: bool


class FourEyesList(Told):
    """The decisions of an agency, newest first."""

    items: list[FourEyesTold]
