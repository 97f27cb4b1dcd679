"""Batches: open one of compared originals, tick, prepare what is ticked, approve once, and look how far each is."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from api.access import Principal
from api.acts.approvals import Line, approve_by_pin
from api.acts.own_items import own_item
from api.errors import RequestInvalid
from api.services import Services
from certify import MAX_BATCH, BatchAnswer, CertifyError, CopyNotReady, Role, check_role
from certify.pipeline import OutcomeKind
from certify.registry import (
    MAY_PREPARE,
    OpenedBatch,
    awaits_officer,
    get_batch,
    list_batches,
    note_approved,
    note_problem,
    open_batch,
    tick,
)
from keys import Pin
from vault import NotFound

_PREPARE_SECONDS = 60.0
_LISTED = 50


def open_own_batch(services: Services, principal: Principal, item_ids: Sequence[str]) -> OpenedBatch:
    """Open a batch of originals the agency has compared.

    Raises:
        ItemNotFound: one is another agency's.
        RequestInvalid: none, or too many.
        CopyNotReady: one was not compared yet.
        StaffError: no certifier.
    """
    if not 1 <= len(item_ids) <= MAX_BATCH:
        raise RequestInvalid(f"a batch holds from 1 to {MAX_BATCH} originals", field="items")
    for item_id in item_ids:
        own_item(services, principal, item_id)
    with services.database.transaction() as tx:
        at = services.clock.now()
        check_role(tx, principal.staff_id, role=Role.CERTIFIER, at=at)
        return open_batch(
            tx,
            item_ids,
            agency_code=principal.agency_code,
            officer_id=principal.staff_id,
            at=at,
            random_bytes=services.random_bytes,
        )


def own_batches(services: Services, principal: Principal) -> tuple[OpenedBatch, ...]:
    """The newest batches of the agency."""
    with services.database.read() as tx:
        return list_batches(tx, principal.agency_code, limit=_LISTED)


def view_batch(services: Services, principal: Principal, batch_id: str) -> OpenedBatch:
    """One batch with its originals as they stand now.

    Raises:
        NotFound: it is another agency's, or there is none.
    """
    with services.database.read() as tx:
        return _own(tx, principal, batch_id)


def tick_line(services: Services, principal: Principal, batch_id: str, item_id: str, *, ticked: bool) -> OpenedBatch:
    """Take an original in or leave it out.

    Raises:
        NotFound: as `view_batch`.
        CertifyError: it is not in the batch, or the batch was approved.
    """
    with services.database.transaction() as tx:
        _own_as_officer(tx, principal, batch_id)
        return tick(tx, batch_id, item_id, ticked=ticked)


def prepare_batch(services: Services, principal: Principal, batch_id: str) -> OpenedBatch:
    """Take a number for each original that is still ticked, and for no other; one that stops, stops no other.

    Cut short, it is called again: what is prepared already is left as it is.

    Raises:
        NotFound: as `view_batch`.
    """
    with services.database.read() as tx:
        batch = _own_as_officer(tx, principal, batch_id)
    for item in batch.ticked:
        if item.state in MAY_PREPARE and _is_ticked(services, batch_id, item.item_id):
            code = _prepare(services, principal, item.item_id)
            with services.database.transaction() as tx:
                note_problem(tx, batch_id, item.item_id, code)
    return view_batch(services, principal, batch_id)


def approve_batch(
    services: Services,
    principal: Principal,
    batch_id: str,
    lines: Sequence[Line],
    *,
    checklist: Sequence[str],
    pin: Pin,
) -> tuple[BatchAnswer, ...]:
    """Approve what is ticked, by one activation over the ordered digests that were shown.

    Raises:
        NotFound: as `view_batch`.
        CopyNotReady: the lines are not those that are ticked, or another list was approved before.
        WrongPin, TooManyRequests, ActivationError: nothing was approved.
    """
    with services.database.read() as tx:
        batch = _own_as_officer(tx, principal, batch_id)
    open_ones = [item.item_id for item in batch.ticked if awaits_officer(item)]
    if [line.item_id for line in lines] != open_ones:
        raise CopyNotReady(f"batch {batch_id} waits for {len(open_ones)} originals in another order; look at it again")
    answers = approve_by_pin(services, principal, lines, checklist=checklist, pin=pin)
    with services.database.transaction() as tx:
        # A batch that goes on after a restart is approved again for what is left of it.
        if batch.approved_at is None:
            note_approved(tx, batch_id, [line.sha256_hex for line in lines], at=services.clock.now())
        for answer in answers:
            code = None if answer.refusal is None else type(answer.refusal).__name__
            note_problem(tx, batch_id, answer.item_id, code)
    return answers


def _prepare(services: Services, principal: Principal, item_id: str) -> str | None:
    try:
        outcome = services.pipeline.prepare(item_id, officer_id=principal.staff_id, timeout_seconds=_PREPARE_SECONDS)
    except CertifyError as exc:
        return type(exc).__name__
    return None if outcome.kind is OutcomeKind.DONE else outcome.code or outcome.kind.value


def _is_ticked(services: Services, batch_id: str, item_id: str) -> bool:
    # Asked anew before each number: somebody may take the tick away while the others are prepared.
    with services.database.read() as tx:
        return any(line.ticked and line.item.item_id == item_id for line in get_batch(tx, batch_id).lines)


def _own(tx: Connection, principal: Principal, batch_id: str) -> OpenedBatch:
    try:
        found = get_batch(tx, batch_id)
    except CertifyError as exc:
        raise NotFound(f"batch {batch_id} does not exist") from exc
    if found.agency_code != principal.agency_code:
        raise NotFound(f"batch {batch_id} does not exist")
    return found


def _own_as_officer(tx: Connection, principal: Principal, batch_id: str) -> OpenedBatch:
    found = _own(tx, principal, batch_id)
    if found.officer_id != principal.staff_id:
        raise NotFound(f"batch {batch_id} is another officer's")
    return found
