"""Notices: what happened, told to one holder, one member of staff or an office; ids and codes only, words come later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from vault.delivery.tables import notices
from vault.errors import NotFound


class Audience(StrEnum):
    """Whose page shows a notice: a holder's, one person's of the staff, an agency's administrators' or all its staff's."""

    HOLDER = "HOLDER"
    STAFF = "STAFF"
    ADMINS = "ADMINS"
    OFFICE = "OFFICE"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who is told: the audience and the id of the holder, the person or the agency."""

    audience: Audience
    receiver_id: str


@dataclass(frozen=True, slots=True)
class NewNotice:
    """What is told: its kind names the words, `refs` the ids and codes in them, `event_key` what it tells of."""

    receiver: Receiver
    kind: str
    event_key: str
    refs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as it stands on its receiver's page."""

    notice_id: str
    receiver: Receiver
    kind: str
    refs: Mapping[str, str]
    at: datetime


def add_notice(tx: Connection, new: NewNotice, *, at: datetime, random_bytes: RandomBytes) -> Notice | None:
    """Put a notice on its receiver's page; None when the same event was told there before."""
    notice = Notice(new_ulid(at=at, random_bytes=random_bytes), new.receiver, new.kind, dict(new.refs), at)
    try:
        with tx.begin_nested():
            tx.execute(
                notices.insert().values(
                    notice_id=notice.notice_id,
                    audience=new.receiver.audience.value,
                    receiver_id=new.receiver.receiver_id,
                    kind=new.kind,
                    event_key=new.event_key,
                    refs=notice.refs,
                    at=at,
                )
            )
    except sa.exc.IntegrityError:
        return None
    return notice


def get_notice(tx: Connection, notice_id: str) -> Notice:
    """Give a notice.

    Raises:
        NotFound: no such notice.
    """
    row = tx.execute(sa.select(notices).where(notices.c.notice_id == notice_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no notice {notice_id}")
    return _notice(row)


def list_notices(
    tx: Connection, receivers: Sequence[Receiver], *, before_notice_id: str | None = None, limit: int = 100
) -> tuple[Notice, ...]:
    """Give the notices of any of these receivers, newest first; `before_notice_id` goes on below that one."""
    mine = sa.or_(
        *(
            sa.and_(notices.c.audience == one.audience.value, notices.c.receiver_id == one.receiver_id)
            for one in receivers
        )
    )
    query = sa.select(notices).where(mine).order_by(notices.c.notice_id.desc()).limit(limit)
    if before_notice_id is not None:
        query = query.where(notices.c.notice_id < before_notice_id)
    return tuple(_notice(row) for row in tx.execute(query))


def count_notices(tx: Connection, *, event_prefix: str) -> int:
    """Say how many notices tell of events whose key begins so."""
    begins = notices.c.event_key.startswith(event_prefix, autoescape=True)
    return int(tx.execute(sa.select(sa.func.count()).select_from(notices).where(begins)).scalar_one())


def _notice(row: Row[tuple[object, ...]]) -> Notice:
    return Notice(row.notice_id, Receiver(Audience(row.audience), row.receiver_id), row.kind, row.refs, row.at)
