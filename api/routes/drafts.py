"""Drafts: an original on its way to a certified copy, from its scan to the ready copy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from api.access import Principal
from api.acts import item_pages
from api.acts import staff as acts
from api.acts.counter_papers import refuse as refuse_and_tell
from api.acts.inspection import compare_and_prepare, note_comparison
from api.acts.operations import read_operation_id, view_operation
from api.acts.own_items import own_item
from api.documents import DocumentGiven, document_response
from api.errors import PrepareStopped, RequestInvalid
from api.problems import as_code, language_of
from api.routes.cursors import Page
from api.routes.depends import (
    Clerk,
    ClerkOrCertifier,
    IdempotencyKeyHeader,
    IfMatch,
    LineNumber,
    Office,
    PageNumber,
    Preparer,
    Reader,
    Ulid,
    check_if_match,
    etag,
    reply,
)
from api.routes.office_told import draft_row, draft_told, operation_told, ready_told
from api.routes.repeats import do_once
from api.routes.sent_scans import ScanSent, SentScan, scan_body
from api.schemas.office import (
    Comparison,
    DraftList,
    DraftRow,
    DraftTold,
    OperationTold,
    ReadyTold,
    RefusalAsked,
    RefusalTold,
)
from api.services import Services
from certify import Item, ItemState
from certify.counter import Inspection
from certify.pipeline import OutcomeKind, Upload
from guard import Room, sha256_hex_of

router = APIRouter(prefix="/v1/drafts", tags=["drafts"])
_DONE: Final = frozenset({OutcomeKind.DONE, OutcomeKind.NEXT})
_SCAN_FORM: Final = scan_body(
    {
        "holder_number": {"type": "string", "pattern": "^[0-9]{9,12}$", "examples": ["000195012345"]},
        "doc_type": {"type": "string", "examples": ["birth-certificate"]},
        "copies": {"type": "integer", "minimum": 1, "maximum": 100, "default": 1},
        "holder_name": {"type": "string", "description": "Opens a vault for a person who has none yet."},
        "holder_birth_date": {"type": "string", "format": "date"},
    },
    required=("holder_number", "doc_type"),
)
State = Annotated[ItemState | None, Query(description="Only originals that stand here.")]
_BETTER_SCAN_FORM: Final = scan_body({}, required=())


@router.post("", status_code=202, response_model=OperationTold, openapi_extra=_SCAN_FORM)
def take_in(
    request: Request, caller: Clerk, services: Office, scan: ScanSent, _key: IdempotencyKeyHeader = None
) -> Response:
    """Take the scan of one original in; it is read behind the counter, and the operation tells how far that is.

    A long original may come as several files: they are joined in their order. A large one comes better in parts
    (`POST /v1/uploads`) and is then named here, in JSON.
    """

    def act() -> Response:
        with scan.opened(services, caller) as uploads:
            item = acts.take_in(services, caller, _intake(scan, uploads))
        return _accepted(request, services, caller, item)

    return do_once(request, services, caller, asked=scan.asked(), act=act)


@router.get("", response_model=DraftList)
def list_drafts(caller: Reader, services: Office, paging: Page, state: State = None) -> Response:
    """List the agency's originals, oldest first; those that stand in one state when it is named."""
    states = {"states": {state}} if state else {}
    shown, more = paging.page(
        "drafts",
        caller.agency_code,
        state.value if state else "",
        read=lambda after, limit: acts.originals(services, caller, after_item_id=after, limit=limit, **states),
        id_of=lambda item: item.item_id,
    )
    return reply(DraftList(items=[draft_row(item) for item in shown], next_cursor=more))


@router.get("/{item_id}", response_model=DraftTold)
def get_draft(request: Request, caller: Reader, services: Office, item_id: Ulid) -> Response:
    """Give one original with its quality, a summary of its words, its fields and its holder."""
    view = acts.view_item(services, caller, item_id)
    told = draft_told(view, messages=services.messages, language=language_of(request), law=services.law)
    return reply(told, headers={"ETag": etag(view.item.version)})


@router.post("/{item_id}/scan", status_code=202, response_model=OperationTold, openapi_extra=_BETTER_SCAN_FORM)
def scan_again(
    request: Request, caller: Clerk, services: Office, item_id: Ulid, scan: ScanSent, _key: IdempotencyKeyHeader = None
) -> Response:
    """Give a better scan for an original whose scan was refused."""

    def act() -> Response:
        with scan.opened(services, caller) as uploads:
            item = acts.scan_again(services, caller, item_id, uploads=uploads)
        return _accepted(request, services, caller, item)

    return do_once(request, services, caller, asked=scan.asked(), act=act)


@router.get("/{item_id}/pages/{number}", response_class=Response, responses={200: {"content": {"image/jpeg": {}}}})
def page_image(caller: Reader, services: Office, item_id: Ulid, number: PageNumber) -> Response:
    """Give a page of the scan, upright."""
    return Response(item_pages.page_image(services, caller, item_id, page_index=number - 1), media_type="image/jpeg")


@router.get(
    "/{item_id}/pages/{number}/lines/{line}", response_class=Response, responses={200: {"content": {"image/png": {}}}}
)
def worst_line(caller: Reader, services: Office, item_id: Ulid, number: PageNumber, line: LineNumber) -> Response:
    """Give one of the lines of a page that were read least surely; the worst is number 1."""
    image = item_pages.worst_line(services, caller, item_id, page_index=number - 1, line_index=line - 1)
    return Response(image, media_type="image/png")


@router.get("/{item_id}/preview", response_class=Response, responses={200: {"content": {"application/pdf": {}}}})
def preview(caller: Preparer, services: Office, item_id: Ulid) -> Response:
    """Give the copy as it would look, with blanks for number and code; nothing is reserved."""
    return document_response(
        services.spool, lambda room: (item_pages.preview_pdf(services, caller, item_id, room=room), {})
    )


@router.post("/{item_id}/prepare", response_model=ReadyTold)
def prepare(
    request: Request,
    caller: Preparer,
    services: Office,
    item_id: Ulid,
    asked: Comparison,
    if_match: IfMatch = None,
    _key: IdempotencyKeyHeader = None,
) -> Response:
    """Note that every page was compared with the paper, take a number and fix the bytes to approve."""

    def act() -> Response:
        outcome = compare_and_prepare(
            services,
            caller,
            item_id,
            pages_compared=asked.pages_compared,
            given=_inspection(asked),
            relation=asked.relation,
            check_version=partial(check_if_match, if_match),
        )
        if outcome.kind not in _DONE:
            raise PrepareStopped(as_code(outcome.code or outcome.kind.value), f"item {item_id} was not prepared")
        return _ready(services, item_id)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.post("/{item_id}/comparison", response_model=DraftRow)
def compare_only(
    request: Request,
    caller: Preparer,
    services: Office,
    item_id: Ulid,
    asked: Comparison,
    if_match: IfMatch = None,
    _key: IdempotencyKeyHeader = None,
) -> Response:
    """Note that every page was compared with the paper, and take no number: it waits for a batch, or for `prepare`."""

    def act() -> Response:
        note_comparison(
            services,
            caller,
            item_id,
            pages_compared=asked.pages_compared,
            given=_inspection(asked),
            relation=asked.relation,
            check_version=partial(check_if_match, if_match),
        )
        item, _case = own_item(services, caller, item_id)
        return reply(draft_row(item), headers={"ETag": etag(item.version)})

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.get("/{item_id}/ready", response_model=ReadyTold)
def get_ready(caller: Reader, services: Office, item_id: Ulid) -> Response:
    """Give the ready copy that waits for approval."""
    own_item(services, caller, item_id)
    return _ready(services, item_id)


@router.get("/{item_id}/ready/file", response_class=Response, responses={200: {"content": {"application/pdf": {}}}})
def ready_file(caller: Reader, services: Office, item_id: Ulid) -> Response:
    """Give exactly the bytes that are to be approved."""

    def give(room: Room) -> DocumentGiven:
        content = item_pages.ready_pdf(services, caller, item_id, room=room)
        return content, {"ETag": etag(sha256_hex_of(content))}

    return document_response(services.spool, give)


@router.get("/{item_id}/ready/pages/{number}", response_class=Response, responses={200: {"content": {"image/png": {}}}})
def ready_page(caller: Reader, services: Office, item_id: Ulid, number: PageNumber) -> Response:
    """Give a page of exactly the bytes that are to be approved."""
    return Response(item_pages.ready_page(services, caller, item_id, page_index=number - 1), media_type="image/png")


@router.delete("/{item_id}/number", status_code=204)
def cancel_number(caller: Preparer, services: Office, item_id: Ulid, if_match: IfMatch = None) -> Response:
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
        refusal = refuse_and_tell(
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


def _inspection(asked: Comparison) -> Inspection | None:
    given = asked.inspection
    if given is None:
        return None
    return Inspection(
        pages_compared=asked.pages_compared,
        issuer=given.issuer,
        checklist=tuple(given.checklist),
        evidence=given.evidence,
        dismissed=tuple(given.dismissed),
    )


def _ready(services: Services, item_id: str) -> Response:
    ready = services.pipeline.ready_copy(item_id)
    version = services.pipeline.item(item_id).version
    return reply(ready_told(ready, law=services.law), headers={"ETag": etag(version)})


def _accepted(request: Request, services: Services, caller: Principal, item: Item) -> Response:
    operation = view_operation(services, caller, read_operation_id(item))
    told = operation_told(operation, messages=services.messages, language=language_of(request))
    return reply(told, status=202, headers={"Location": f"/v1/operations/{told.operation_id}"})


def _intake(scan: SentScan, uploads: Sequence[Upload]) -> acts.Intake:
    number = "".join(scan.text("holder_number").split())
    if not (number.isascii() and number.isdigit() and 9 <= len(number) <= 12):
        raise RequestInvalid("the holder's number has 9 to 12 digits", field="holder_number")
    copies = scan.text("copies", default="1")
    if not (copies.isascii() and copies.isdigit() and len(copies) <= 3):
        raise RequestInvalid("from 1 to 100 copies can be made at once", field="copies")
    return acts.Intake(
        content=uploads[0].content,
        declared_type=uploads[0].declared_type,
        holder_number=number,
        doc_type=scan.text("doc_type"),
        copies=int(copies),
        holder_name=" ".join(scan.text("holder_name", default="").split()) or None,
        holder_birth_date=_birth_date(scan.text("holder_birth_date", default="")),
        further=tuple(uploads[1:]),
    )


def _birth_date(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise RequestInvalid("the birth date is no date", field="holder_birth_date") from exc
