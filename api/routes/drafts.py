"""Drafts: an original on its way to a certified copy, from its scan to the ready copy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Final

from fastapi import APIRouter, Request, Response

from api.access import Principal
from api.acts import staff as acts
from api.acts.operations import read_operation_id, view_operation
from api.acts.own_items import own_item
from api.errors import PrepareStopped, RequestInvalid
from api.problems import as_code, language_of
from api.routes.depends import (
    Certifier,
    Clerk,
    ClerkOrCertifier,
    Cursor,
    IdempotencyKeyHeader,
    IfMatch,
    Limit,
    Office,
    PageNumber,
    Reader,
    Ulid,
    check_if_match,
    etag,
    read_cursor,
    reply,
    write_cursor,
)
from api.routes.office_told import draft_row, draft_told, operation_told, ready_told
from api.routes.repeats import do_once
from api.routes.uploads import MOST_SCANS, ScanForm, SentForm, content_of, form_body
from api.schemas.office import Comparison, DraftList, DraftTold, OperationTold, ReadyTold, RefusalAsked, RefusalTold
from api.services import Services
from certify import Item
from certify.pipeline import OutcomeKind, Upload
from ocr import IntakeCode, ScanRefused

router = APIRouter(prefix="/v1/drafts", tags=["drafts"])
_DONE: Final = frozenset({OutcomeKind.DONE, OutcomeKind.NEXT})
_SCAN_FORM: Final = form_body(
    {
        "holder_number": {"type": "string", "pattern": "^[0-9]{9,12}$", "examples": ["000195012345"]},
        "doc_type": {"type": "string", "examples": ["birth-certificate"]},
        "copies": {"type": "integer", "minimum": 1, "maximum": 100, "default": 1},
        "holder_name": {"type": "string", "description": "Opens a vault for a person who has none yet."},
        "holder_birth_date": {"type": "string", "format": "date"},
    },
    required=("holder_number", "doc_type"),
    most_files=MOST_SCANS,
)
_BETTER_SCAN_FORM: Final = form_body({}, required=(), most_files=MOST_SCANS)


@router.post("", status_code=202, response_model=OperationTold, openapi_extra=_SCAN_FORM)
def take_in(
    request: Request, caller: Clerk, services: Office, form: ScanForm, _key: IdempotencyKeyHeader = None
) -> Response:
    """Take the scan of one original in; it is read behind the counter, and the operation tells how far that is.

    A long original may come as several files: they are joined in their order.
    """
    intake = _intake(form)

    def act() -> Response:
        return _accepted(request, services, caller, acts.take_in(services, caller, intake))

    return do_once(
        request,
        services,
        caller,
        asked=_digest(form, (intake.content, *(part.content for part in intake.further))),
        act=act,
    )


@router.get("", response_model=DraftList)
def list_drafts(caller: Reader, services: Office, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """List the agency's originals, oldest first."""
    after = read_cursor(cursor)
    left = [item for item in acts.queue(services, caller) if after is None or item.item_id > after]
    more = write_cursor(left[limit - 1].item_id) if len(left) > limit else None
    return reply(DraftList(items=[draft_row(item) for item in left[:limit]], next_cursor=more))


@router.get("/{item_id}", response_model=DraftTold)
def get_draft(request: Request, caller: Reader, services: Office, item_id: Ulid) -> Response:
    """Give one original with its quality, a summary of its words, its fields and its holder."""
    view = acts.view_item(services, caller, item_id)
    told = draft_told(view, messages=services.messages, language=language_of(request), law=services.law)
    return reply(told, headers={"ETag": etag(view.item.version)})


@router.post("/{item_id}/scan", status_code=202, response_model=OperationTold, openapi_extra=_BETTER_SCAN_FORM)
def scan_again(
    request: Request, caller: Clerk, services: Office, item_id: Ulid, form: ScanForm, _key: IdempotencyKeyHeader = None
) -> Response:
    """Give a better scan for an original whose scan was refused."""
    uploads = (Upload(_content(form), form.declared_type), *_further(form))

    def act() -> Response:
        item = acts.scan_again(services, caller, item_id, uploads=uploads)
        return _accepted(request, services, caller, item)

    return do_once(request, services, caller, asked=_digest(form, [part.content for part in uploads]), act=act)


@router.get("/{item_id}/pages/{number}", response_class=Response, responses={200: {"content": {"image/jpeg": {}}}})
def page_image(caller: Reader, services: Office, item_id: Ulid, number: PageNumber) -> Response:
    """Give a page of the scan, upright."""
    return Response(acts.page_image(services, caller, item_id, page_index=number - 1), media_type="image/jpeg")


@router.get("/{item_id}/preview", response_class=Response, responses={200: {"content": {"application/pdf": {}}}})
def preview(caller: Certifier, services: Office, item_id: Ulid) -> Response:
    """Give the copy as it would look, with blanks for number and code; nothing is reserved."""
    return Response(acts.preview_pdf(services, caller, item_id), media_type="application/pdf")


@router.post("/{item_id}/prepare", response_model=ReadyTold)
def prepare(
    request: Request,
    caller: Certifier,
    services: Office,
    item_id: Ulid,
    asked: Comparison,
    if_match: IfMatch = None,
    _key: IdempotencyKeyHeader = None,
) -> Response:
    """Note that every page was compared with the paper, take a number and fix the bytes to approve."""

    def act() -> Response:
        outcome = acts.compare_and_prepare(
            services,
            caller,
            item_id,
            pages_compared=asked.pages_compared,
            check_version=partial(check_if_match, if_match),
        )
        if outcome.kind not in _DONE:
            raise PrepareStopped(as_code(outcome.code or outcome.kind.value), f"item {item_id} was not prepared")
        return _ready(services, item_id)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.get("/{item_id}/ready", response_model=ReadyTold)
def get_ready(caller: Reader, services: Office, item_id: Ulid) -> Response:
    """Give the ready copy that waits for approval."""
    own_item(services, caller, item_id)
    return _ready(services, item_id)


@router.get("/{item_id}/ready/file", response_class=Response, responses={200: {"content": {"application/pdf": {}}}})
def ready_file(caller: Reader, services: Office, item_id: Ulid) -> Response:
    """Give exactly the bytes that are to be approved."""
    content = acts.ready_pdf(services, caller, item_id)
    return Response(content, media_type="application/pdf", headers={"ETag": etag(hashlib.sha256(content).hexdigest())})


@router.get("/{item_id}/ready/pages/{number}", response_class=Response, responses={200: {"content": {"image/png": {}}}})
def ready_page(caller: Reader, services: Office, item_id: Ulid, number: PageNumber) -> Response:
    """Give a page of exactly the bytes that are to be approved."""
    return Response(acts.ready_page(services, caller, item_id, page_index=number - 1), media_type="image/png")


@router.delete("/{item_id}/number", status_code=204)
def cancel_number(caller: Certifier, services: Office, item_id: Ulid, if_match: IfMatch = None) -> Response:
    """Give the reserved number up: it is void with its reason, and the original may be prepared again."""
    after = acts.cancel_number(services, caller, item_id, check_version=partial(check_if_match, if_match))
    return Response(status_code=204, headers={"ETag": etag(after.version)})


@router.post("/{item_id}/refusal", status_code=201, response_model=RefusalTold)
def refuse(
    request: Request,
    caller: ClerkOrCertifier,
    services: Office,
    item_id: Ulid,
    asked: RefusalAsked,
    if_match: IfMatch = None,
    _key: IdempotencyKeyHeader = None,
) -> Response:
    """Refuse with a reason of the closed list; gives the notice for the person in three languages."""

    def act() -> Response:
        refusal = acts.refuse(
            services,
            caller,
            item_id,
            code=asked.code,
            free_text=asked.free_text,
            check_version=partial(check_if_match, if_match),
        )
        told = RefusalTold(item_id=item_id, code=refusal.code, remedy=refusal.remedy, notices=dict(refusal.notices))
        return reply(told, status=201)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


def _ready(services: Services, item_id: str) -> Response:
    ready = services.pipeline.ready_copy(item_id)
    version = services.pipeline.item(item_id).version
    return reply(ready_told(ready, law=services.law), headers={"ETag": etag(version)})


def _accepted(request: Request, services: Services, caller: Principal, item: Item) -> Response:
    operation = view_operation(services, caller, read_operation_id(item))
    told = operation_told(operation, messages=services.messages, language=language_of(request))
    return reply(told, status=202, headers={"Location": f"/v1/operations/{told.operation_id}"})


def _intake(form: SentForm) -> acts.Intake:
    number = "".join(form.text("holder_number").split())
    if not (number.isascii() and number.isdigit() and 9 <= len(number) <= 12):
        raise RequestInvalid("the holder's number has 9 to 12 digits", field="holder_number")
    copies = form.text("copies", default="1")
    if not (copies.isascii() and copies.isdigit() and len(copies) <= 3):
        raise RequestInvalid("from 1 to 100 copies can be made at once", field="copies")
    return acts.Intake(
        content=_content(form),
        declared_type=form.declared_type,
        holder_number=number,
        doc_type=form.text("doc_type"),
        copies=int(copies),
        holder_name=" ".join(form.text("holder_name", default="").split()) or None,
        holder_birth_date=_birth_date(form.text("holder_birth_date", default="")),
        further=_further(form),
    )


def _content(form: SentForm) -> bytes:
    content = form.content
    if not content:
        raise ScanRefused(IntakeCode.EMPTY_FILE, "the file is empty; send it again")
    return content


def _further(form: SentForm) -> tuple[Upload, ...]:
    return tuple(Upload(content_of(file), file.content_type) for file in form.further)


def _birth_date(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise RequestInvalid("the birth date is no date", field="holder_birth_date") from exc


def _digest(form: SentForm, contents: Sequence[bytes]) -> bytes:
    digests = [hashlib.sha256(content).hexdigest() for content in contents]
    whole = {"fields": dict(form.fields), "type": form.declared_type, "sha256": digests}
    return json.dumps(whole, sort_keys=True).encode()
