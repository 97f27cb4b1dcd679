"""Approval: one officer says yes to exactly these bytes, once.

The approval names the digest of the ready copy and the activation of the officer's key over that digest. A second
approval of the same ready copy, by whomever and from whichever window, is refused by the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.errors import (
    AlreadyApproved,
    ChecklistIncomplete,
    CopyNotReady,
    CredentialNotYours,
    ReadyCopyChanged,
    SignatureNotAwaited,
)
from certify.four_eyes import check_four_eyes
from certify.items import Actor, ActorKind, lock_item, note
from certify.prepare import ReadyCopy, check_not_expired, get_ready
from certify.rules import LawPack
from certify.staff import check_may_certify
from certify.tables import activation_uses, approvals
from certify.transitions import AWAITING_OFFICER, ItemState
from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from keys.errors import ActivationUsed
from vault.database import Database

# An activation of this form is a token's in the officer's own machine: the key never comes here, a signature does.
_IN_HAND: Final = "token:"


@dataclass(frozen=True, slots=True)
class Approval:
    """The yes of one officer to the bytes of one ready copy; `run_number` counts activations asked for it."""

    approval_id: str
    ready_id: str
    officer_id: str
    sha256_hex: str
    checklist: tuple[str, ...]
    activation_id: str
    run_number: int
    approved_at: datetime

    @property
    def by_token(self) -> bool:
        """Whether the officer's key lies in the officer's own machine and signs there."""
        return self.activation_id.startswith(_IN_HAND)


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """What an officer sends: what was seen (the digest), what was confirmed, and the activation over it."""

    ready_id: str
    sha256_hex: str
    officer_id: str
    activation_id: str
    checklist: Sequence[str]


def ask_a_token(*, at: datetime, random_bytes: RandomBytes) -> str:
    """Name a new request for the signature of a token in the officer's own machine, in place of an activation."""
    return f"{_IN_HAND}{new_ulid(at=at, random_bytes=random_bytes)}"


def approve(
    tx: Connection, request: ApprovalRequest, *, law: LawPack, at: datetime, random_bytes: RandomBytes
) -> Approval:
    """Write the one approval of a ready copy.

    Raises:
        ReadyCopyChanged: the digest seen is not the digest prepared.
        ReadyCopyExpired: the deadline passed or the local day changed.
        ChecklistIncomplete: a line was not confirmed.
        CredentialNotYours: the copy names another officer.
        AlreadyApproved: somebody, or another window, was first.
        StaffError: the officer may not certify at this instant.
        GuardRefused: `FOUR_EYES`, the officer scanned this original.
    """
    ready = get_ready(tx, request.ready_id)
    item = lock_item(tx, ready.item_id)
    # (1) these bytes
    if ready.sha256_hex != request.sha256_hex:
        raise ReadyCopyChanged(f"ready copy {ready.ready_id} is not the file that was shown; show it again")
    # (2) every line confirmed
    missing = {line.code for line in law.in_force(at).checklist} - set(request.checklist)
    if missing:
        raise ChecklistIncomplete(f"not confirmed: {', '.join(sorted(missing))}; confirm every line")
    # (3) nobody was first
    first = tx.execute(sa.select(approvals.c.approval_id).where(approvals.c.ready_id == ready.ready_id)).one_or_none()
    if first is not None:
        raise AlreadyApproved(f"ready copy {ready.ready_id} was approved already; look at item {item.item_id}")
    # (4) still this attempt, and in time
    if item.state is not ItemState.PREPARED or item.attempt != ready.attempt:
        raise CopyNotReady(f"item {item.item_id} is {item.state.value}; prepare it before approving")
    check_not_expired(ready, law=law, at=at)
    # (5) the officer named on the page, who may certify now
    if request.officer_id != ready.officer_id:
        raise CredentialNotYours(f"ready copy {ready.ready_id} names another officer; that officer must approve it")
    check_may_certify(tx, request.officer_id, at=at)
    check_four_eyes(tx, item, signer_id=request.officer_id, at=at)
    approval_id = new_ulid(at=at, random_bytes=random_bytes)
    try:
        with tx.begin_nested():
            tx.execute(
                approvals.insert().values(
                    approval_id=approval_id,
                    ready_id=ready.ready_id,
                    officer_id=request.officer_id,
                    sha256_hex=request.sha256_hex,
                    checklist=sorted(set(request.checklist)),
                    activation_id=request.activation_id,
                    run_number=1,
                    approved_at=at,
                )
            )
    except sa.exc.IntegrityError as exc:
        raise AlreadyApproved(f"ready copy {ready.ready_id} was approved a moment ago") from exc
    note(tx, item.item_id, event="APPROVE", actor=Actor(ActorKind.STAFF, request.officer_id), at=at)
    return get_approval(tx, approval_id)


def activate_again(
    tx: Connection, item_id: str, *, officer_id: str, activation_id: str, law: LawPack, at: datetime
) -> Approval:
    """Give an approved item a fresh activation after the first was lost; number and bytes stay.

    Raises:
        CopyNotReady: the item does not wait for an activation.
        CredentialNotYours: another officer approved it.
        ReadyCopyExpired: the deadline passed meanwhile; the number will be voided.
    """
    item = lock_item(tx, item_id)
    approval, ready = find_approval(tx, item_id=item_id, attempt=item.attempt)
    if item.state not in AWAITING_OFFICER:
        raise CopyNotReady(f"item {item_id} is {item.state.value} and waits for no activation")
    if approval.officer_id != officer_id:
        raise CredentialNotYours(f"item {item_id} was approved by another officer; that officer must activate the key")
    check_not_expired(ready, law=law, at=at)
    check_may_certify(tx, officer_id, at=at)
    note(tx, item_id, event="APPROVE_AGAIN", actor=Actor(ActorKind.STAFF, officer_id), at=at)
    return _next_run(tx, approval, activation_id=activation_id)


def give_signature(tx: Connection, approval: Approval, *, at: datetime) -> Approval:
    """Note that the token in the officer's hands has signed, once, and let the approval run on.

    Raises:
        ActivationUsed: it was noted before.
        SignatureNotAwaited: the item went on meanwhile, or another request took the place of this one.
    """
    ready = get_ready(tx, approval.ready_id)
    item = lock_item(tx, ready.item_id)
    present = get_approval(tx, approval.approval_id)
    if item.state is not ItemState.AWAITING_SIGNATURE or present.activation_id != approval.activation_id:
        raise SignatureNotAwaited(f"item {item.item_id} waits for no signature by this request any more")
    record_use(tx, approval.activation_id, approval.sha256_hex, at=at)
    note(tx, item.item_id, event="GIVE_SIGNATURE", actor=Actor(ActorKind.STAFF, approval.officer_id), at=at)
    return _next_run(tx, approval, activation_id=approval.activation_id)


def run_again(tx: Connection, item_id: str) -> Approval:
    """Let the pipeline take up an approved item that stopped at a service that was away."""
    item = lock_item(tx, item_id)
    approval, _ready = find_approval(tx, item_id=item_id, attempt=item.attempt)
    return _next_run(tx, approval, activation_id=approval.activation_id)


def get_approval(tx: Connection, approval_id: str) -> Approval:
    """Give an approval.

    Raises:
        CopyNotReady: no such id.
    """
    row = tx.execute(sa.select(approvals).where(approvals.c.approval_id == approval_id)).one_or_none()
    if row is None:
        raise CopyNotReady(f"approval {approval_id} does not exist")
    return Approval(
        approval_id=row.approval_id,
        ready_id=row.ready_id,
        officer_id=row.officer_id,
        sha256_hex=row.sha256_hex,
        checklist=tuple(row.checklist),
        activation_id=row.activation_id,
        run_number=row.run_number,
        approved_at=row.approved_at,
    )


def find_approval(tx: Connection, *, item_id: str, attempt: int) -> tuple[Approval, ReadyCopy]:
    """Give the approval of an item's attempt with its ready copy.

    Raises:
        CopyNotReady: it was not approved.
    """
    ready = get_ready(tx, item_id=item_id, attempt=attempt)
    row = tx.execute(sa.select(approvals.c.approval_id).where(approvals.c.ready_id == ready.ready_id)).one_or_none()
    if row is None:
        raise CopyNotReady(f"item {item_id} has no approval; an officer must approve it first")
    return get_approval(tx, row.approval_id), ready


def record_use(tx: Connection, activation_id: str, digest_hex: str, *, at: datetime) -> None:
    """Record that a digest was signed under an activation.

    Raises:
        ActivationUsed: it was recorded before.
    """
    try:
        with tx.begin_nested():
            tx.execute(activation_uses.insert().values(activation_id=activation_id, digest_hex=digest_hex, used_at=at))
    except sa.exc.IntegrityError as exc:
        raise ActivationUsed(f"digest {digest_hex} was signed under activation {activation_id}") from exc


def was_used(tx: Connection, activation_id: str, digest_hex: str) -> bool:
    """Say whether a digest was signed under an activation."""
    chosen = (activation_uses.c.activation_id == activation_id, activation_uses.c.digest_hex == digest_hex)
    return tx.execute(sa.select(activation_uses.c.used_at).where(*chosen)).one_or_none() is not None


class SqlActivationUses:
    """Remembers in the database which digest was signed under which activation, once for all processes."""

    __slots__ = ("_database",)

    def __init__(self, database: Database) -> None:
        self._database = database

    def use_once(self, activation_id: str, digest_hex: str, *, at: datetime) -> None:
        """Record the use; committed before the key signs.

        Raises:
            ActivationUsed: it was recorded before.
        """
        with self._database.transaction() as tx:
            record_use(tx, activation_id, digest_hex, at=at)


def _next_run(tx: Connection, approval: Approval, *, activation_id: str) -> Approval:
    tx.execute(
        approvals.update()
        .where(approvals.c.approval_id == approval.approval_id)
        .values(activation_id=activation_id, run_number=approvals.c.run_number + 1)
    )
    return get_approval(tx, approval.approval_id)
