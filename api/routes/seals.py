"""The seal keeper's queue: what waits, the file itself, and the yes to the files that were looked at."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request, Response
from pydantic import Field, SecretStr

from api.acts import seals as acts
from api.acts.approvals import Line
from api.acts.operations import certify_operation_id
from api.acts.own_items import own_item
from api.routes.approvals import problem_told
from api.routes.depends import IdempotencyKeyHeader, Office, SealKeeper, SealKeeperAnew, Ulid, reply
from api.routes.repeats import do_once
from api.schemas.approvals import BatchTold, LineAsked, LineTold
from api.schemas.wire import Asked, Moment, Sha256Hex, Told, UlidText
from certify.registry import awaits_seal
from guard.wire import open_payload
from keys import Pin

router = APIRouter(prefix="/v1/seals", tags=["approvals and operations"])
_PDF: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}


class AwaitingTold(Told):
    """One file that an officer has signed, with what our own judge says of it now."""

    item_id: UlidText
    title: str
    book: str
    number: int
    officer_id: UlidText
    officer_name: str = Field(repr=False)
    signed_at: Moment
    sha256: Sha256Hex
    verdict: str = Field(examples=["VALID"])
    reasons: list[str]
    warnings: list[str]


class SealQueueTold(Told):
    """What waits for the seal, oldest first, and whether it is opened by its keeper's PIN."""

    items: list[AwaitingTold]
    needs_pin: bool


class SealAsked(Asked):
    """The files that were looked at, by their digests in this order; the PIN where the seal's key has one."""

    items: list[LineAsked] = Field(min_length=1, max_length=50)
    pin: SecretStr | None = Field(default=None, description="Never stored, never logged.")


@router.get("/queue", response_model=SealQueueTold)
def list_seal_queue(caller: SealKeeper, services: Office) -> Response:
    """Give the files that wait for the agency's seal, at most fifty, each with the officer's verdict."""
    lines = acts.seal_queue(services, caller)
    items = [
        AwaitingTold(
            item_id=line.waiting.item.item_id,
            title=line.waiting.item.title,
            book=line.waiting.book_display,
            number=line.waiting.seq_no,
            officer_id=line.waiting.officer_id,
            officer_name=line.officer_name,
            signed_at=line.waiting.signed_at,
            sha256=line.waiting.sha256_hex,
            verdict=line.report.verdict.value,
            reasons=list(line.report.reasons),
            warnings=list(line.report.warnings),
        )
        for line in lines
    ]
    return reply(SealQueueTold(items=items, needs_pin=acts.needs_pin(services, caller)))


@router.get("/queue/{item_id}/file", responses=_PDF, response_class=Response)
def file_to_seal(caller: SealKeeper, services: Office, item_id: Ulid) -> Response:
    """Give exactly the bytes that are to be sealed."""
    own_item(services, caller, item_id)
    with services.database.read() as tx:
        waiting = awaits_seal(tx, item_id)
    with services.spool.room() as room, open_payload(acts.signed_file(services, waiting, room=room)) as file:
        return Response(file.read(), media_type="application/pdf", headers={"Cache-Control": "no-store"})


@router.post("", status_code=202, response_model=BatchTold)
def seal_files(
    request: Request, caller: SealKeeperAnew, services: Office, asked: SealAsked, _key: IdempotencyKeyHeader = None
) -> Response:
    """Seal up to fifty files with one activation; each is told by name, and one that is refused stops no other."""

    def act() -> Response:
        lines = [Line(line.item_id, line.sha256) for line in asked.items]
        pin = Pin(asked.pin.get_secret_value()) if asked.pin is not None else None
        told = []
        for answer in acts.seal_batch(services, caller, lines, pin=pin):
            if answer.refusal is None:
                operation = certify_operation_id(own_item(services, caller, answer.item_id)[0])
                told.append(LineTold(item_id=answer.item_id, title=answer.title, operation_id=operation))
            else:
                problem = problem_told(request, services, answer.refusal)
                told.append(LineTold(item_id=answer.item_id, title=answer.title, problem=problem))
        approved = sum(one.problem is None for one in told)
        return reply(BatchTold(items=told, approved=approved, refused=len(told) - approved), status=202)

    return do_once(request, services, caller, asked=asked.model_dump_json(exclude={"pin"}).encode(), act=act)
