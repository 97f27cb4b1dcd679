"""What an officer turns to next, and which work of the office is under way or stands still."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from api.access import Principal
from api.acts.operations import Operation, OperationStatus, certify_operation_id, read_operation_id, view_operation
from api.acts.own_items import own_item
from api.acts.staff import originals
from api.errors import NotFound, RequestInvalid
from api.services import Services
from certify import AWAITING_OFFICER, Item, ItemState

# What waits for one act only comes before what must be compared first.
_TO_APPROVE: Final = AWAITING_OFFICER | {ItemState.PREPARED}
_TO_COMPARE: Final = frozenset({ItemState.EXTRACTED, ItemState.COMPARED, ItemState.READY_TO_SIGN})
_REFUSED: Final = "REFUSE"
_LOOKED_AT: Final = 200
_STOPPED: Final = "STOPPED"
_READING: Final = frozenset({ItemState.SCANNED, ItemState.ORIGINAL_PRESENTED})
_CERTIFYING: Final = AWAITING_OFFICER | {
    ItemState.NUMBER_RESERVED,
    ItemState.PREPARED,
    ItemState.OFFICER_SIGNED,
    ItemState.SEALED,
}


def next_item(services: Services, principal: Principal, *, besides: str) -> Item | None:
    """Give the original that an officer turns to next: what waits for approval, then what is to be compared, oldest first."""
    for states in (_TO_APPROVE, _TO_COMPARE):
        for item in originals(services, principal, states=states, limit=_LOOKED_AT):
            if item.item_id != besides and item.quality_verdict != _REFUSED:
                return item
    return None


@dataclass(frozen=True, slots=True)
class Job:
    """Long work, and whether it stands still at a service that was away."""

    operation: Operation
    is_stopped: bool


def jobs(services: Services, principal: Principal) -> tuple[Job, ...]:
    """Give the long work of the agency that runs, failed, or waits for somebody; the newest first."""
    found = []
    for states, name in ((_READING, read_operation_id), (_CERTIFYING, certify_operation_id)):
        for item in originals(services, principal, states=states, limit=_LOOKED_AT):
            try:
                found.append(view_operation(services, principal, name(item)))
            except NotFound:
                # Nothing was begun for it: it waits for a scan, or for its approval.
                continue
    shown = [one for one in found if one.status is not OperationStatus.DONE]
    shown.sort(key=lambda one: one.item.item_id, reverse=True)
    return tuple(Job(one, _is_stopped(services, one.item.item_id)) for one in shown)


def go_on(services: Services, principal: Principal, item_id: str) -> None:
    """Take up a copy again whose certifying stopped at a service that was away.

    Raises:
        ItemNotFound: it is not the agency's.
        RequestInvalid: nothing of it stopped.
    """
    own_item(services, principal, item_id)
    if not _is_stopped(services, item_id):
        raise RequestInvalid("nothing of this original stands still", field="item_id")
    services.pipeline.resume(item_id)


def _is_stopped(services: Services, item_id: str) -> bool:
    history = services.pipeline.events(item_id)
    return bool(history) and history[-1].event == _STOPPED
