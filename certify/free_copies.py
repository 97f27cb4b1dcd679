"""A copy with our own mistake is made anew at no fee: the new item knows which copy it corrects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.errors import NumberConflict
from certify.register_tables import corrections
from certify.tables import items
from certify.transitions import ItemState

_GIVEN_UP: Final = frozenset({ItemState.REFUSED.value, ItemState.WITHDRAWN.value, ItemState.REUSED.value})


@dataclass(frozen=True, slots=True)
class FreeCopy:
    """A new copy under way, and the code of the one it will supersede."""

    item_id: str
    corrects_code: str
    reason: str
    opened_by: str


def check_not_under_way(tx: Connection, code: str) -> None:
    """Refuse a second correction beside one that may still end in a copy.

    Raises:
        NumberConflict: another item corrects it already.
    """
    # One that was refused or taken back corrects nothing, and must not leave our mistake standing for ever.
    chosen = (
        sa.select(corrections.c.item_id)
        .join(items, items.c.item_id == corrections.c.item_id)
        .where(corrections.c.corrects_code == code, items.c.state.not_in(_GIVEN_UP))
        .limit(1)
    )
    if tx.execute(chosen).one_or_none() is not None:
        raise NumberConflict(f"a correction of copy {code} is under way already")


def open_free_copy(tx: Connection, free: FreeCopy, *, at: datetime) -> None:
    """Note that an item corrects a copy.

    Raises:
        NumberConflict: another item corrects it already.
    """
    check_not_under_way(tx, free.corrects_code)
    tx.execute(
        corrections.insert().values(
            item_id=free.item_id,
            corrects_code=free.corrects_code,
            reason=free.reason,
            opened_by=free.opened_by,
            opened_at=at,
        )
    )


def find_free_copy(tx: Connection, item_id: str) -> FreeCopy | None:
    """Give what an item corrects, or None when it is a copy like any other."""
    row = tx.execute(sa.select(corrections).where(corrections.c.item_id == item_id)).one_or_none()
    return None if row is None else FreeCopy(row.item_id, row.corrects_code, row.reason, row.opened_by)


def note_done(tx: Connection, item_id: str, *, at: datetime) -> None:
    """Note that the corrected copy is certified."""
    tx.execute(corrections.update().where(corrections.c.item_id == item_id).values(done_at=at))
