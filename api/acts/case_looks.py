"""A look of the office at the content of a case: while the case is worked on it is the work, later it stands in the history."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from api.access import Principal, Role
from api.acts.own_items import own_item
from api.services import Services
from certify import Case, Item, ItemState
from vault import open_staff_access, was_seen_by_staff

CASE_LOOK: Final = "CASE"
# A person who turns the pages of a case looks once, not once for each image.
_ONE_LOOK: Final = timedelta(hours=1)
_ENDED: Final = frozenset(
    {
        ItemState.CERTIFIED,
        ItemState.REFUSED,
        ItemState.WITHDRAWN,
        ItemState.VOIDED,
        ItemState.SUPERSEDED,
        ItemState.ANNULLED,
    }
)
_WORKERS: Final = frozenset({Role.COUNTER_CLERK, Role.CERTIFIER, Role.SEAL_KEEPER})


def item_to_look_at(services: Services, principal: Principal, item_id: str) -> tuple[Item, Case]:
    """Give an own item before its content is shown; a look that is not part of the work is written down first.

    Work is: the item has not ended and the one who looks does such work, or it ended on this day in the hands of the one who looks.

    Raises:
        ItemNotFound: there is none, or it is another agency's.
    """
    item, case = own_item(services, principal, item_id)
    if not _is_work(services, principal, item, case):
        _write_down(services, principal, case)
    return item, case


def _is_work(services: Services, principal: Principal, item: Item, case: Case) -> bool:
    if not principal.roles & _WORKERS:
        return False
    if item.state not in _ENDED:
        return True
    day = services.law.local_date
    is_today = day(case.opened_at) == day(services.clock.now())
    return is_today and principal.staff_id in {item.scanned_by, item.compared_by, case.opened_by}


def _write_down(services: Services, principal: Principal, case: Case) -> None:
    at = services.clock.now()
    with services.database.read() as tx:
        is_known = was_seen_by_staff(
            tx,
            staff_id=principal.staff_id,
            holder_id=case.holder_id,
            case_id=case.case_id,
            since=at - _ONE_LOOK,
        )
    if is_known:
        return
    # Committed before the bytes: there is no look without its entry.
    with services.database.transaction() as tx:
        open_staff_access(
            tx,
            staff_id=principal.staff_id,
            agency_code=principal.agency_code,
            holder_id=case.holder_id,
            reason=CASE_LOOK,
            at=at,
            random_bytes=services.random_bytes,
            case_id=case.case_id,
        )
