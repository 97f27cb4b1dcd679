"""A paper that a clerk takes in by hand although a dossier could reuse one: why, and what the vault says of it later.

The file itself is not kept here, the receiving office keeps its own; its digest is, so that the two can be held against
each other when the vault answers again. Each reason counts: it measures how often people hand in what is known already.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dossiers.errors import HandInRefused
from dossiers.receiving import ItemRequest
from dossiers.submission import ItemMode, get_for_recipient
from dossiers.tables import handed_in


class WhyByHand(StrEnum):
    """Why a paper was taken in by hand; OTHER is said in words."""

    VAULT_DOWN = "VAULT_DOWN"
    BROUGHT_ANYWAY = "BROUGHT_ANYWAY"
    NAME_DIFFERS = "NAME_DIFFERS"
    UNREADABLE = "UNREADABLE"
    CONSENT_OVER = "CONSENT_OVER"
    OTHER = "OTHER"


class Reconciled(StrEnum):
    """What the vault says of it: nothing yet, the same file, or another one."""

    PENDING = "PENDING"
    SAME = "SAME"
    DIFFERENT = "DIFFERENT"


@dataclass(frozen=True, slots=True)
class HandedIn:
    """One paper taken in by hand; `could_reuse` when the dossier sends it by reference."""

    requirement_id: str
    why: WhyByHand
    note: str = field(repr=False)
    sha256_hex: str
    by: str
    at: datetime
    could_reuse: bool
    reconciled: Reconciled
    reconciled_at: datetime | None


def hand_in(
    tx: Connection, request: ItemRequest, *, why: WhyByHand, note: str, sha256_hex: str, at: datetime
) -> HandedIn:
    """Note that a paper of a dossier was taken in by hand, once.

    Raises:
        SubmissionNotFound: no such dossier or item for this agency.
        HandInRefused: it was taken in before, it was answered, or the reason OTHER is not said in words.
    """
    item = get_for_recipient(tx, request.recipient_agency, request.submission_id).item(request.requirement_id)
    if item.answer is not None:
        raise HandInRefused(f"item {request.requirement_id} was answered before; nothing more is taken in for it")
    if why is WhyByHand.OTHER and not note.strip():
        raise HandInRefused("say in words why the paper is taken in by hand")
    try:
        with tx.begin_nested():
            tx.execute(
                handed_in.insert().values(
                    submission_id=request.submission_id,
                    requirement_id=request.requirement_id,
                    why=why.value,
                    note=note.strip(),
                    sha256_hex=sha256_hex,
                    handed_in_by=request.actor_id,
                    handed_in_at=at,
                    could_reuse=item.mode is ItemMode.REFERENCE,
                    reconciled=Reconciled.PENDING.value,
                )
            )
    except sa.exc.IntegrityError as exc:
        raise HandInRefused(f"the paper of item {request.requirement_id} was taken in before") from exc
    return next(one for one in handed_in_of(tx, request.submission_id) if one.requirement_id == request.requirement_id)


def handed_in_of(tx: Connection, submission_id: str) -> tuple[HandedIn, ...]:
    """What was taken in by hand for a dossier that the caller may read."""
    chosen = handed_in.select().where(handed_in.c.submission_id == submission_id)
    return tuple(
        HandedIn(
            row.requirement_id,
            WhyByHand(row.why),
            row.note,
            row.sha256_hex,
            row.handed_in_by,
            row.handed_in_at,
            row.could_reuse,
            Reconciled(row.reconciled),
            row.reconciled_at,
        )
        for row in tx.execute(chosen.order_by(handed_in.c.requirement_id)).all()
    )


def reconcile(tx: Connection, request: ItemRequest, *, fetched_sha256_hex: str, at: datetime) -> None:
    """Hold what was taken in by hand against the paper that the vault has just given; once."""
    waiting = sa.and_(
        handed_in.c.submission_id == request.submission_id,
        handed_in.c.requirement_id == request.requirement_id,
        handed_in.c.reconciled == Reconciled.PENDING.value,
    )
    is_same = handed_in.c.sha256_hex == fetched_sha256_hex
    outcome = sa.case((is_same, Reconciled.SAME.value), else_=Reconciled.DIFFERENT.value)
    tx.execute(sa.update(handed_in).where(waiting).values(reconciled=outcome, reconciled_at=at))
