"""Procedures that one act files together: the match, the filing, and each dossier as it stands."""

from __future__ import annotations

from pydantic import Field

from api.schemas.procedures import ApplicantSaid, MatchTold, ShortId
from api.schemas.vaults import FilingAsked, SubmissionTold
from api.schemas.wire import Asked, Moment, Told, UlidText


class LinkedPartTold(Told):
    """One of the procedures, with what the vault has for it."""

    match: MatchTold
    awaited: dict[str, str] = Field(
        description="By requirement the earlier procedure whose result will meet it: nothing is asked of the applicant.",
        examples=[{"birth": "SAMPLE-BIRTH"}],
    )


class LinkedMatchTold(Told):
    """A procedure and those that can be filed with it, in their order."""

    parts: list[LinkedPartTold]


class LinkedPartAsked(FilingAsked):
    """What is sent for one of the procedures; each has a consent of its own."""

    procedure_id: ShortId = Field(examples=["SAMPLE-DEATH"])


class LinkedFilingAsked(Asked):
    """The dossiers that are filed together; the first procedure names the others as linked."""

    parts: list[LinkedPartAsked] = Field(min_length=2, max_length=10)


class LinkedFilingTold(Told):
    """What one act filed: each dossier with its own steps, code and package."""

    filing_id: UlidText
    filed_at: Moment
    submissions: list[SubmissionTold]


class LinkedFilingList(Told):
    """A page of linked filings."""

    items: list[LinkedFilingTold]
    next_cursor: str | None


class LinkedMatchAsked(Asked):
    """What the applicant said, by procedure; a procedure that is left out was told nothing."""

    said: dict[ShortId, ApplicantSaid] = Field(default_factory=dict, max_length=10, repr=False)
