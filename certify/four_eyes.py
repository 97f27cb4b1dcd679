"""Four eyes, where an agency asks for them by a numbered decision: whoever scanned an original does not certify it.

A decision holds for all papers of an agency or for one type, from an instant on and until it is ended; ending it changes
nothing that was certified before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.desk_tables import four_eyes
from certify.errors import GuardRefused
from certify.items import Item
from certify.tables import cases
from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from vault.log import Leaf, Tree, append


@dataclass(frozen=True, slots=True)
class FourEyes:
    """A decision that asks for two people; `doc_type` None means every type of paper."""

    policy_id: str
    agency_code: str
    decision_number: str
    valid_from: datetime
    valid_until: datetime | None
    doc_type: str | None = None
    entered_by: str | None = None
    ended_by: str | None = None

    def holds_at(self, at: datetime) -> bool:
        """Whether two people are asked for at this instant."""
        return self.valid_from <= at and (self.valid_until is None or at < self.valid_until)


def add_four_eyes(
    tx: Connection,
    *,
    agency_code: str,
    decision_number: str,
    valid_from: datetime,
    valid_until: datetime | None,
    random_bytes: RandomBytes,
    doc_type: str | None = None,
    entered_by: str | None = None,
) -> FourEyes:
    """Let an agency ask for two people: whoever scanned does not sign, by a numbered decision and within a window.

    Raises:
        GuardRefused: `DECISION_MISSING`, no number, or the window ends before it begins.
    """
    if not decision_number.strip() or (valid_until is not None and valid_until <= valid_from):
        raise GuardRefused("DECISION_MISSING", "four eyes need a decision number and a window; enter both")
    policy_id = new_ulid(at=valid_from, random_bytes=random_bytes)
    tx.execute(
        four_eyes.insert().values(
            policy_id=policy_id,
            agency_code=agency_code,
            decision_number=decision_number.strip(),
            valid_from=valid_from,
            valid_until=valid_until,
            doc_type=doc_type,
            entered_by=entered_by,
        )
    )
    _log(tx, "four_eyes.asked", policy_id, {"agency": agency_code, "type": doc_type or ""}, random_bytes)
    return get_four_eyes(tx, policy_id)


def end_four_eyes(
    tx: Connection, policy_id: str, *, ended_by: str | None, at: datetime, random_bytes: RandomBytes
) -> FourEyes:
    """End a decision now; one that has not begun never holds, and one that has ended stays as it is.

    Raises:
        GuardRefused: `DECISION_UNKNOWN`.
    """
    found = get_four_eyes(tx, policy_id)
    if found.valid_until is not None and found.valid_until <= at:
        return found
    tx.execute(
        four_eyes.update()
        .where(four_eyes.c.policy_id == policy_id)
        .values(valid_until=max(at, found.valid_from), ended_by=ended_by)
    )
    _log(tx, "four_eyes.ended", policy_id, {"agency": found.agency_code}, random_bytes)
    return get_four_eyes(tx, policy_id)


def get_four_eyes(tx: Connection, policy_id: str) -> FourEyes:
    """Give a decision.

    Raises:
        GuardRefused: `DECISION_UNKNOWN`.
    """
    row = tx.execute(sa.select(four_eyes).where(four_eyes.c.policy_id == policy_id)).one_or_none()
    if row is None:
        raise GuardRefused("DECISION_UNKNOWN", f"no decision {policy_id} asks for two people here")
    return FourEyes(**row._mapping)


def list_four_eyes(tx: Connection, agency_code: str) -> tuple[FourEyes, ...]:
    """Give the decisions of an agency, newest first."""
    rows = tx.execute(
        sa.select(four_eyes)
        .where(four_eyes.c.agency_code == agency_code)
        .order_by(four_eyes.c.valid_from.desc(), four_eyes.c.policy_id.desc())
    )
    return tuple(FourEyes(**row._mapping) for row in rows)


def is_four_eyes(tx: Connection, agency_code: str, *, at: datetime, doc_type: str | None = None) -> bool:
    """Whether an agency asks for two people now, for this type of paper or for all."""
    found = tx.execute(
        sa.select(four_eyes.c.policy_id)
        .where(
            four_eyes.c.agency_code == agency_code,
            four_eyes.c.doc_type.is_(None) | (four_eyes.c.doc_type == doc_type),
            four_eyes.c.valid_from <= at,
            four_eyes.c.valid_until.is_(None) | (four_eyes.c.valid_until > at),
        )
        .limit(1)
    )
    return found.one_or_none() is not None


def check_four_eyes(tx: Connection, item: Item, *, signer_id: str, at: datetime) -> None:
    """Refuse that whoever scanned an original certifies it, where two people are asked for.

    Raises:
        GuardRefused: `FOUR_EYES`.
    """
    if item.scanned_by != signer_id:
        return
    agency_code = tx.execute(sa.select(cases.c.agency_code).where(cases.c.case_id == item.case_id)).scalar_one()
    if is_four_eyes(tx, agency_code, at=at, doc_type=item.doc_type):
        raise GuardRefused("FOUR_EYES", "who scanned this original does not certify it; another officer must")


def _log(tx: Connection, kind: str, policy_id: str, payload: dict[str, str], random_bytes: RandomBytes) -> None:
    append(tx, Leaf(kind, {"policy": policy_id, **payload}), tree=Tree.ACCESS, random_bytes=random_bytes)
