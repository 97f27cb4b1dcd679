"""Approvals, which begin the long work, and operations, which tell how far it is: by asking, or as an event stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.access import Principal
from api.acts import staff as acts
from api.acts.operations import OperationStatus, certify_operation_id, view_operation
from api.acts.own_items import own_item
from api.clock import stopwatch
from api.problems import language_of
from api.routes.depends import Certifier, IdempotencyKeyHeader, Office, PlainId, Reader, reply
from api.routes.office_told import operation_told
from api.routes.repeats import do_once
from api.schemas.office import ApprovalAsked, OperationTold
from api.services import Services
from keys import Pin

router = APIRouter(prefix="/v1", tags=["approvals and operations"])
# The board is asked, not waited for: a waiting thread for each open page would leave none for the others.
_ASK_EVERY_SECONDS: Final = 0.25
_COMMENT_EVERY_SECONDS: Final = 10.0
_STREAM_SECONDS: Final = 600.0


@router.post("/approvals", status_code=202, response_model=OperationTold)
def approve(
    request: Request, caller: Certifier, services: Office, asked: ApprovalAsked, _key: IdempotencyKeyHeader = None
) -> Response:
    """Approve exactly the bytes of this digest with the officer's PIN; they are then signed, sealed, verified, deposited."""

    def act() -> Response:
        form = acts.ApprovalForm(
            sha256_hex=asked.sha256, checklist=tuple(asked.checklist), pin=Pin(asked.pin.get_secret_value())
        )
        acts.approve_copy(services, caller, asked.item_id, form=form)
        item, _case = own_item(services, caller, asked.item_id)
        told = _told(request, services, caller, certify_operation_id(item))
        return reply(told, status=202, headers={"Location": f"/v1/operations/{told.operation_id}"})

    # The PIN is left out of what is remembered: the key of the call stands for the officer's one decision.
    without_pin = asked.model_dump_json(exclude={"pin"}).encode()
    return do_once(request, services, caller, asked=without_pin, act=act)


@router.get("/operations/{operation_id}", response_model=OperationTold)
def get_operation(request: Request, caller: Reader, services: Office, operation_id: PlainId) -> Response:
    """Tell how far an operation is."""
    return reply(_told(request, services, caller, operation_id))


@router.get(
    "/operations/{operation_id}/events",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {}}}},
)
def operation_events(request: Request, caller: Reader, services: Office, operation_id: PlainId) -> Response:
    """Tell how far an operation is, as server-sent events; the stream ends with the event `end`."""
    # Asked once before the answer begins, so that a stranger's operation is a 404 and not a stream.
    first = _told(request, services, caller, operation_id)
    stream = _events(request, services, caller, first)
    return StreamingResponse(stream, media_type="text/event-stream")


async def _events(request: Request, services: Services, caller: Principal, first: OperationTold) -> AsyncIterator[str]:
    told, started, spoken, seen = first, stopwatch(), stopwatch(), -1
    yield _event("progress", told)
    while told.status == OperationStatus.RUNNING.value and stopwatch() - started < _STREAM_SECONDS:
        await asyncio.sleep(_ASK_EVERY_SECONDS)
        progress = services.progress.of(told.item_id)
        version = progress.version if progress else 0
        now = await run_in_threadpool(_told, request, services, caller, told.operation_id) if version != seen else told
        if version == seen and stopwatch() - spoken >= _COMMENT_EVERY_SECONDS:
            # Another process may do the work, whose progress this board does not see.
            now = await run_in_threadpool(_told, request, services, caller, told.operation_id)
            yield ": still here\n\n"
            spoken = stopwatch()
        seen = version
        if now != told:
            told, spoken = now, stopwatch()
            yield _event("progress", told)
    yield _event("end", told)


def _event(name: str, told: OperationTold) -> str:
    return f"event: {name}\ndata: {told.model_dump_json()}\n\n"


def _told(request: Request, services: Services, caller: Principal, operation_id: str) -> OperationTold:
    operation = view_operation(services, caller, operation_id)
    code = None
    if operation.kind.value == "certify" and operation.status is OperationStatus.DONE:
        code = services.pipeline.ready_copy(operation.item.item_id).code
    return operation_told(operation, messages=services.messages, language=language_of(request), code_of_copy=code)
