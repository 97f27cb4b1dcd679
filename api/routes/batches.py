"""Batches of compared originals: numbers for what is ticked, one approval, progress and an outcome for each."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import Field, SecretStr

from api.acts import batches as acts
from api.acts.approvals import Line
from api.routes.approvals import batch_answered
from api.routes.depends import Certifier, IdempotencyKeyHeader, Office, Preparer, Reader, Ulid, reply
from api.routes.repeats import do_once
from api.schemas.approvals import BatchTold, LineAsked
from api.schemas.wire import Asked, Moment, Told, UlidText
from api.services import Services
from certify import ItemState
from certify.registry import BatchPlace, OpenedBatch, awaits_officer
from keys import Pin

router = APIRouter(prefix="/v1/batches", tags=["approvals and operations"])


class BatchOpened(Asked):
    """The originals, in the order in which they will be approved."""

    items: list[UlidText] = Field(min_length=1, max_length=50)


class TickAsked(Asked):
    """Whether the original takes part."""

    ticked: bool


class BatchApprovalAsked(Asked):
    """What was looked at, in its order; the lines confirmed; and the PIN, once for all of them."""

    items: list[LineAsked] = Field(min_length=1, max_length=50)
    checklist: list[str] = Field(max_length=50)
    pin: SecretStr = Field(examples=["240226"], description="Never stored, never logged.")


class PlaceTold(Told):
    """One original of a batch, as it stands now."""

    item_id: UlidText
    title: str
    state: str
    ticked: bool
    number: str | None
    sha256: str | None = Field(description="Of the ready copy, while it waits for the officer.")
    problem_code: str | None


class OpenedBatchTold(Told):
    """A batch: how many are done of those that are ticked, and each original."""

    batch_id: UlidText
    officer_id: UlidText
    opened_at: Moment
    approved_at: Moment | None
    approved_sha256: str | None = Field(description="Over the ordered digests of the approval.")
    ticked: int
    certified: int
    items: list[PlaceTold]


class OpenedBatchList(Told):
    """The newest batches of the agency."""

    items: list[OpenedBatchTold]


@router.get("", response_model=OpenedBatchList)
def list_batches(caller: Reader, services: Office) -> Response:
    """Give the newest batches of the agency, at most fifty."""
    return reply(OpenedBatchList(items=[_told(services, one) for one in acts.own_batches(services, caller)]))


@router.post("", status_code=201, response_model=OpenedBatchTold)
def open_batch(
    request: Request, caller: Preparer, services: Office, asked: BatchOpened, _key: IdempotencyKeyHeader = None
) -> Response:
    """Open a batch of originals that were compared with their papers one by one."""

    def act() -> Response:
        return reply(_told(services, acts.open_own_batch(services, caller, asked.items)), status=201)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.get("/{batch_id}", response_model=OpenedBatchTold)
def get_batch(caller: Reader, services: Office, batch_id: Ulid) -> Response:
    """Give how far each original of a batch is."""
    return reply(_told(services, acts.view_batch(services, caller, batch_id)))


@router.put("/{batch_id}/items/{item_id}", response_model=OpenedBatchTold)
def tick_line(caller: Preparer, services: Office, batch_id: Ulid, item_id: Ulid, asked: TickAsked) -> Response:
    """Take an original into the batch, or leave it out; no number is taken for one that is left out."""
    return reply(_told(services, acts.tick_line(services, caller, batch_id, item_id, ticked=asked.ticked)))


@router.post("/{batch_id}/numbers", response_model=OpenedBatchTold)
def prepare_batch(caller: Preparer, services: Office, batch_id: Ulid) -> Response:
    """Take a number for each original that is ticked, and fix its bytes; called again, it goes on where it stopped."""
    return reply(_told(services, acts.prepare_batch(services, caller, batch_id)))


@router.post("/{batch_id}/approval", status_code=202, response_model=BatchTold)
def approve_opened_batch(
    request: Request,
    caller: Certifier,
    services: Office,
    batch_id: Ulid,
    asked: BatchApprovalAsked,
    _key: IdempotencyKeyHeader = None,
) -> Response:
    """Approve what is ticked by one PIN over the ordered digests; each original is told by name."""

    def act() -> Response:
        lines = [Line(line.item_id, line.sha256) for line in asked.items]
        pin = Pin(asked.pin.get_secret_value())
        answers = acts.approve_batch(services, caller, batch_id, lines, checklist=asked.checklist, pin=pin)
        return batch_answered(request, services, caller, answers)

    return do_once(request, services, caller, asked=asked.model_dump_json(exclude={"pin"}).encode(), act=act)


def _told(services: Services, batch: OpenedBatch) -> OpenedBatchTold:
    places = [_place(services, line) for line in batch.lines]
    return OpenedBatchTold(
        batch_id=batch.batch_id,
        officer_id=batch.officer_id,
        opened_at=batch.opened_at,
        approved_at=batch.approved_at,
        approved_sha256=batch.approved_sha256_hex,
        ticked=len(batch.ticked),
        certified=sum(line.ticked and line.item.state is ItemState.CERTIFIED for line in batch.lines),
        items=places,
    )


def _place(services: Services, line: BatchPlace) -> PlaceTold:
    item = line.item
    waits = awaits_officer(item)
    return PlaceTold(
        item_id=item.item_id,
        title=item.title,
        state=item.state.value,
        ticked=line.ticked,
        number=services.pipeline.register_number(item.item_id),
        sha256=services.pipeline.ready_copy(item.item_id).sha256_hex if waits else None,
        problem_code=line.problem_code,
    )
