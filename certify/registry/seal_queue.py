"""What waits for the agency's seal: files that an officer has signed, and the keeper's yes to each of them.

Without a dated policy a seal is put on by a person who keeps it, and only on a file that an officer has signed. The
keeper's yes names that file's digest; given again (the process ended, the deadline passed), it replaces the activation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.agencies import check_agency_at
from certify.credentials import check_usable
from certify.errors import CredentialNotUsable, ReadyCopyChanged, SealNotAllowed, SignatureNotAwaited
from certify.items import Actor, ActorKind, Item, get_item, list_agency_items, lock_item, note
from certify.register import get_book
from certify.register_tables import seal_approvals
from certify.staff import Role, SealAuthority, check_role
from certify.tables import approvals, job_effects, ready_copies
from certify.transitions import ItemState


@dataclass(frozen=True, slots=True)
class AwaitsSeal:
    """A file that waits for the seal: which, by whom it was signed and when, and its digest."""

    item: Item
    approval_id: str
    book_display: str
    seq_no: int
    officer_id: str
    signed_at: datetime
    sha256_hex: str


@dataclass(frozen=True, slots=True)
class SealApproval:
    """The keeper's yes to one file; without an activation the seal's key needs no person."""

    approval_id: str
    keeper_id: str
    sha256_hex: str
    activation_id: str | None
    approved_at: datetime


def list_awaiting_seal(tx: Connection, agency_code: str, *, limit: int) -> tuple[AwaitsSeal, ...]:
    """Give what waits for the seal of an agency, oldest first."""
    states = frozenset({ItemState.OFFICER_SIGNED})
    found = list_agency_items(tx, agency_code, states=states, limit=limit)
    return tuple(awaits_seal(tx, item.item_id) for item in found)


def awaits_seal(tx: Connection, item_id: str) -> AwaitsSeal:
    """Give one file that waits.

    Raises:
        SignatureNotAwaited: the item does not wait for a seal.
    """
    item = get_item(tx, item_id)
    row = tx.execute(
        sa.select(
            approvals.c.approval_id,
            approvals.c.officer_id,
            ready_copies.c.seq_no,
            ready_copies.c.book_id,
            job_effects.c.detail,
            job_effects.c.at,
        )
        .join(ready_copies, ready_copies.c.ready_id == approvals.c.ready_id)
        .join(job_effects, job_effects.c.item_id == ready_copies.c.item_id)
        .where(
            ready_copies.c.item_id == item_id,
            ready_copies.c.attempt == item.attempt,
            job_effects.c.job == item.copy_prefix,
            job_effects.c.effect == "OFFICER_SIGNED",
        )
    ).one_or_none()
    if row is None or item.state is not ItemState.OFFICER_SIGNED:
        raise SignatureNotAwaited(f"item {item_id} is {item.state.value} and waits for no seal")
    return AwaitsSeal(
        item=item,
        approval_id=row.approval_id,
        book_display=get_book(tx, row.book_id).display,
        seq_no=row.seq_no,
        officer_id=row.officer_id,
        signed_at=row.at,
        sha256_hex=str(row.detail["sha256"]),
    )


def check_keeper(tx: Connection, keeper_id: str, agency_code: str, *, at: datetime) -> SealAuthority:
    """Answer whether this person may put on this agency's seal at this instant.

    Raises:
        StaffNotFound, RoleMissing: no seal keeper.
        AgencyNotFound: the agency does not act at this instant.
        SealNotAllowed: another agency's keeper, or no seal key in use.
    """
    member = check_role(tx, keeper_id, role=Role.SEAL_KEEPER, at=at)
    agency = check_agency_at(tx, agency_code, at=at)
    if member.agency_code != agency_code:
        raise SealNotAllowed(f"staff {keeper_id} keeps the seal of another agency than {agency_code}")
    if agency.seal_key_id is None:
        raise SealNotAllowed(f"agency {agency_code} has no seal key; enrol one with `vidimus key`")
    try:
        check_usable(tx, agency.seal_key_id)
    except CredentialNotUsable as exc:
        raise SealNotAllowed(f"the seal key of agency {agency_code} is out of use; install another") from exc
    return SealAuthority(agency, agency.seal_key_id, decision_number="", checked_at=at)


def approve_seal(
    tx: Connection, item_id: str, *, keeper_id: str, sha256_hex: str, activation_id: str | None, at: datetime
) -> SealApproval:
    """Write the keeper's yes to one file that an officer has signed.

    Raises:
        SignatureNotAwaited: the item does not wait for a seal.
        ReadyCopyChanged: it is not the file that was shown.
    """
    lock_item(tx, item_id)
    waiting = awaits_seal(tx, item_id)
    if waiting.sha256_hex != sha256_hex:
        raise ReadyCopyChanged(f"item {item_id} is not the file that was shown; show it again")
    values = {
        "keeper_id": keeper_id,
        "sha256_hex": sha256_hex,
        "activation_id": activation_id,
        "approved_at": at,
    }
    of_this = seal_approvals.c.approval_id == waiting.approval_id
    if not tx.execute(seal_approvals.update().where(of_this).values(**values)).rowcount:
        tx.execute(seal_approvals.insert().values(approval_id=waiting.approval_id, **values))
    note(tx, item_id, event="APPROVE_SEAL", actor=Actor(ActorKind.STAFF, keeper_id), at=at)
    return SealApproval(waiting.approval_id, keeper_id, sha256_hex, activation_id, at)


def find_seal_approval(tx: Connection, approval_id: str) -> SealApproval | None:
    """Give the keeper's yes, or None when nobody said it."""
    row = tx.execute(sa.select(seal_approvals).where(seal_approvals.c.approval_id == approval_id)).one_or_none()
    return None if row is None else SealApproval(**row._mapping)
