"""The facts behind the figures of once-only: papers that were not asked for, and answers of agencies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa

from dossiers.tables import feedback, handed_in, submission_items, submissions
from vault.facts import Facts, Period

_Make = Callable[[tuple[str, ...], Period], sa.Select[Any]]
_EVENT: Final = submission_items.c.submission_id + "/" + submission_items.c.requirement_id


def dossier_facts(key: str, *, agency_codes: tuple[str, ...], period: Period) -> Facts:
    """Give the facts of a figure of dossiers that these agencies received.

    Raises:
        KeyError: no figure of dossiers has this key.
    """
    return Facts(DOSSIER_FACTS[key](agency_codes, period))


def _items(grouping: Any, *where: Any) -> _Make:
    def make(agency_codes: tuple[str, ...], period: Period) -> sa.Select[Any]:
        return (
            sa.select(
                _EVENT.label("event_id"),
                grouping.label("grouping"),
                sa.literal(1).label("amount"),
                submissions.c.holder_id.label("person"),
            )
            .join(submissions, submissions.c.submission_id == submission_items.c.submission_id)
            .where(
                submissions.c.recipient_agency.in_(agency_codes),
                submissions.c.created_at >= period.since,
                submissions.c.created_at < period.until,
                *where,
            )
        )

    return make


def _by_hand(agency_codes: tuple[str, ...], period: Period) -> sa.Select[Any]:
    """Papers that were taken in by hand though the dossier sent them by reference, by why."""
    return (
        sa.select(
            (handed_in.c.submission_id + "/" + handed_in.c.requirement_id).label("event_id"),
            handed_in.c.why.label("grouping"),
            sa.literal(1).label("amount"),
            submissions.c.holder_id.label("person"),
        )
        .join(submissions, submissions.c.submission_id == handed_in.c.submission_id)
        .where(
            submissions.c.recipient_agency.in_(agency_codes),
            handed_in.c.could_reuse,
            handed_in.c.handed_in_at >= period.since,
            handed_in.c.handed_in_at < period.until,
        )
    )


def _feedback(agency_codes: tuple[str, ...], period: Period) -> sa.Select[Any]:
    """What citizens said to these agencies, by kind."""
    return sa.select(
        feedback.c.feedback_id.label("event_id"),
        feedback.c.kind.label("grouping"),
        sa.literal(1).label("amount"),
        feedback.c.holder_id.label("person"),
    ).where(
        feedback.c.agency_code.in_(agency_codes),
        feedback.c.sent_at >= period.since,
        feedback.c.sent_at < period.until,
    )


_REUSED: Final = submission_items.c.record_id.is_not(None)

DOSSIER_FACTS: Final[Mapping[str, _Make]] = MappingProxyType(
    {
        "papers_asked": _items(submissions.c.recipient_agency),
        "papers_not_asked": _items(submissions.c.recipient_agency, _REUSED),
        "papers_by_hand": _by_hand,
        "feedback_received": _feedback,
        # A paper out of the vault was a valid copy when it was sent; turning it down is what this counts.
        "rejections_by_agency": _items(
            submissions.c.recipient_agency, _REUSED, submission_items.c.answer == "REJECTED"
        ),
    }
)
