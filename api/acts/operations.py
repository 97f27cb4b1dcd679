"""Long work as a thing one can look at: is the scan read, is the copy certified, and what stopped it.

Nothing is stored for it: an operation is told from the history of its item, so it says the same after a restart and
in another process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from api.access import Principal
from api.acts.own_items import find_own_item
from api.errors import NotFound
from api.services import Services
from certify import Item, ItemStep, history_of

_OPERATION_ID: Final = re.compile(r"(read|certify)-([0-9A-HJKMNP-TV-Z]{26})-([1-9][0-9]{0,5})")


class OperationKind(StrEnum):
    """What is being done."""

    READ = "read"
    CERTIFY = "certify"


class OperationStatus(StrEnum):
    """How far it is; the first is the only one that will change by itself."""

    RUNNING = "RUNNING"
    ACTION_REQUIRED = "ACTION_REQUIRED"
    DONE = "DONE"
    FAILED = "FAILED"


# Which line of an item's history begins an operation of each kind, and what the lines after it mean.
_BEGINS: Final = {OperationKind.READ: "SCAN", OperationKind.CERTIFY: "RESERVE_NUMBER"}
_MEANS: Final = {
    OperationKind.READ: {"EXTRACT": OperationStatus.DONE, "REJECT_SCAN": OperationStatus.FAILED},
    OperationKind.CERTIFY: {
        "APPROVE": OperationStatus.RUNNING,
        "APPROVE_AGAIN": OperationStatus.RUNNING,
        "AWAIT_ACTIVATION": OperationStatus.ACTION_REQUIRED,
        "AWAIT_SIGNATURE": OperationStatus.ACTION_REQUIRED,
        "GIVE_SIGNATURE": OperationStatus.RUNNING,
        "RESUME": OperationStatus.RUNNING,
        "ASK_AGAIN": OperationStatus.ACTION_REQUIRED,
        "STOPPED": OperationStatus.ACTION_REQUIRED,
        "OFFICER_SIGN": OperationStatus.RUNNING,
        "CERTIFY": OperationStatus.DONE,
        "VOID": OperationStatus.FAILED,
    },
}


@dataclass(frozen=True, slots=True)
class Operation:
    """Long work on one item; `code` says why it failed or waits, `step` and pages how far it is."""

    operation_id: str
    kind: OperationKind
    status: OperationStatus
    item: Item
    code: str | None
    step: str | None
    pages_done: int
    pages_total: int
    seconds_by_step: tuple[tuple[str, float], ...] = ()


def read_operation_id(item: Item) -> str:
    """The operation that reads an item's present scan."""
    return f"{OperationKind.READ.value}-{item.item_id}-{item.scan_number}"


def certify_operation_id(item: Item) -> str:
    """The operation that certifies an item's present attempt."""
    return f"{OperationKind.CERTIFY.value}-{item.item_id}-{item.attempt}"


def view_operation(services: Services, principal: Principal, operation_id: str) -> Operation:
    """Tell how far an operation is.

    Raises:
        NotFound: there is none of this id.
        ItemNotFound: its item is another agency's.
    """
    found = _OPERATION_ID.fullmatch(operation_id)
    if found is None:
        raise NotFound(f"there is no operation {operation_id}")
    kind, item_id, number = OperationKind(found.group(1)), found.group(2), int(found.group(3))
    # One snapshot: an item read before its last step and a history read after it would say DONE without a record.
    with services.database.read() as tx:
        item, _case = find_own_item(tx, principal, item_id)
        history = history_of(tx, item_id)
    lines = list(_lines_of(history, begins=_BEGINS[kind], number=number))
    means = [(_MEANS[kind][line.event], line.detail_code) for line in lines if line.event in _MEANS[kind]]
    if not lines or (kind is OperationKind.CERTIFY and all(line.event != "APPROVE" for line in lines)):
        raise NotFound(f"there is no operation {operation_id}")
    status, code = means[-1] if means else (OperationStatus.RUNNING, None)
    seen = services.progress.of(item_id)
    progress = seen if status is OperationStatus.RUNNING else None
    return Operation(
        operation_id=operation_id,
        kind=kind,
        status=status,
        item=item,
        code=code if status in {OperationStatus.FAILED, OperationStatus.ACTION_REQUIRED} else None,
        step=progress.step if progress else None,
        pages_done=progress.pages_done if progress else 0,
        pages_total=progress.pages_total if progress else 0,
        seconds_by_step=seen.seconds_by_step if seen else (),
    )


def _lines_of(history: tuple[ItemStep, ...], *, begins: str, number: int) -> Iterator[ItemStep]:
    """The lines from the `number`th beginning to the next."""
    count = 0
    for line in history:
        count += line.event == begins
        if count == number:
            yield line
