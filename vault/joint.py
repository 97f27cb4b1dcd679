"""Papers that belong to several holders, such as spouses' title to land: each sees them, each may share alone unless one says no.

What happens to such a paper stands in the history of all of them.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from guard.clock import RandomBytes
from vault.errors import MandateRefused, NotFound, ShareClosed
from vault.history import AccessAction, AccessEvent, ActorKind, record_for_all
from vault.holder_tables import joint_holders, mandates
from vault.holders import is_frozen
from vault.mandates import EnteredBy
from vault.owners import ActingOwner, HolderOwner, MandateAccess
from vault.papers import Record
from vault.records import get_for_owner


def hold_jointly(
    tx: Connection,
    record_id: str,
    *,
    holder_id: str,
    with_holders: tuple[str, ...],
    entered_by: EnteredBy,
    document_number: str,
    at: datetime,
    random_bytes: RandomBytes,
) -> None:
    """Note that a paper of a vault belongs to others too, by a document an agency has seen.

    Raises:
        NotFound: the paper is not in that vault, or a holder is unknown.
        MandateRefused: no document, or one of them is noted as deceased.
    """
    if not document_number.strip():
        raise MandateRefused("a joint right stands on a document; name its number")
    get_for_owner(tx, HolderOwner(holder_id), record_id)
    for one in dict.fromkeys((holder_id, *with_holders)):
        if is_frozen(tx, one):
            raise MandateRefused(f"holder {one} is noted as deceased; enter heirs instead")
        if one not in joint_holders_of(tx, record_id):
            tx.execute(joint_holders.insert().values(holder_id=one, record_id=record_id, others_share_alone=True))
    event = AccessEvent(
        holder_id=holder_id,
        action=AccessAction.JOINT_HELD,
        actor_kind=ActorKind.STAFF,
        actor_id=entered_by.staff_id,
        agency_code=entered_by.agency_code,
        at=at,
        reason="JOINT_HELD",
        record_id=record_id,
    )
    record_for_all(tx, event, random_bytes=random_bytes)


def joint_holders_of(tx: Connection, record_id: str) -> tuple[str, ...]:
    """Give everybody who holds a paper jointly; nobody when it belongs to one vault alone."""
    found = tx.execute(
        sa.select(joint_holders.c.holder_id)
        .where(joint_holders.c.record_id == record_id)
        .order_by(joint_holders.c.holder_id)
    )
    return tuple(found.scalars())


def let_others_share_alone(tx: Connection, owner: HolderOwner, record_id: str, *, allowed: bool) -> None:
    """Say whether the other holders may share a joint paper without this one.

    Raises:
        NotFound: this holder holds no such paper jointly.
    """
    changed = tx.execute(
        joint_holders.update()
        .where(joint_holders.c.record_id == record_id, joint_holders.c.holder_id == owner.holder_id)
        .values(others_share_alone=allowed)
    ).rowcount
    if not changed:
        raise NotFound(f"record {record_id} is not held jointly by this holder")


def check_may_give(tx: Connection, owner: ActingOwner, record: Record) -> None:
    """Refuse to share or consent where this owner must not: a mandate that only reads, the dead, a co-holder's no.

    Raises:
        MandateRefused: the mandate does not let its person act.
        ShareClosed: the holder is noted as deceased, or another holder of the paper did not allow it.
    """
    if isinstance(owner, MandateAccess):
        may_act = tx.execute(
            sa.select(mandates.c.may_act).where(mandates.c.mandate_id == owner.mandate_id)
        ).scalar_one_or_none()
        if not may_act:
            raise MandateRefused("this mandate lets its person read and share nothing")
    if is_frozen(tx, record.holder_id):
        raise ShareClosed("the holder is noted as deceased; nothing of this vault is shared any more")
    refusing = tx.execute(
        sa.select(joint_holders.c.holder_id).where(
            joint_holders.c.record_id == record.record_id,
            joint_holders.c.holder_id != owner.holder_id,
            joint_holders.c.others_share_alone.is_(False),
        )
    ).first()
    if refusing is not None:
        raise ShareClosed("another holder of this paper shares it only together; ask them to allow it")
