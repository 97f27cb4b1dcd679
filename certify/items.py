"""Items: reading them, and the one way to move them along the table of transitions, with what that means for the case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from certify.actors import Actor, ActorKind
from certify.case_moves import begin_case, settle_case
from certify.item_rows import (
    Item,
    ItemStep,
    get_item,
    history_of,
    list_agency_items,
    list_items,
    list_items_in,
    lock_item,
    move_item,
    note,
)
from certify.transitions import ItemEffect, ItemEvent, transition_of

__all__ = [
    "Actor",
    "ActorKind",
    "Item",
    "ItemStep",
    "advance",
    "get_item",
    "history_of",
    "list_agency_items",
    "list_items",
    "list_items_in",
    "lock_item",
    "note",
]


def advance(
    tx: Connection,
    item_id: str,
    *,
    event: ItemEvent,
    actor: Actor,
    at: datetime,
    changes: Mapping[str, Any] | None = None,
    detail_code: str | None = None,
) -> Item:
    """Move an item along the table, with its facts changed first, write the audit event, and do what follows for its case.

    Raises:
        ItemNotFound: no such id.
        TransitionRefused: the act cannot start from the item's state.
        GuardRefused: the actor may not, or a condition of the act is not met.
    """
    item = move_item(tx, item_id, event=event, actor=actor, at=at, changes=changes, detail_code=detail_code)
    for effect in transition_of(event).effects:
        follow = begin_case if effect is ItemEffect.BEGIN_CASE else settle_case
        follow(tx, item.case_id, actor=actor, at=at)
    return item
