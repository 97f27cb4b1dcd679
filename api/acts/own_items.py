"""An item of the agency of the one who asks: found, or kept as it was seen while somebody acts on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from sqlalchemy.engine import Connection

from api.access import Principal
from api.services import Services
from certify import Case, Item, ItemNotFound, get_case, get_item, lock_item, stands_for

VersionCheck: TypeAlias = Callable[[int], None]
"""Refuses a version that is not the one the caller saw (If-Match)."""


def own_item(services: Services, principal: Principal, item_id: str) -> tuple[Item, Case]:
    """Give an item of the agency of the one who asks, or of an abolished one that it follows.

    Raises:
        ItemNotFound: there is none, or it is another agency's: nobody can tell the two apart.
    """
    with services.database.read() as tx:
        return find_own_item(tx, principal, item_id)


def find_own_item(tx: Connection, principal: Principal, item_id: str) -> tuple[Item, Case]:
    """Give such an item as this transaction sees it, for who reads more about it that must be of the same instant.

    Raises:
        ItemNotFound: as `own_item`.
    """
    item = get_item(tx, item_id)
    case = get_case(tx, item.case_id)
    if not stands_for(tx, case.agency_code, agency_code=principal.agency_code):
        raise ItemNotFound(f"item {item_id} does not exist")
    return item, case


def lock_own_item(
    tx: Connection, principal: Principal, item_id: str, *, check_version: VersionCheck | None = None
) -> Item:
    """Give such an item and keep it as it is until the transaction ends.

    Raises:
        ItemNotFound: as `own_item`.
        PreconditionFailed: `check_version` says that the caller saw another version.
    """
    lock_item(tx, item_id)
    item, _case = find_own_item(tx, principal, item_id)
    if check_version is not None:
        check_version(item.version)
    return item
