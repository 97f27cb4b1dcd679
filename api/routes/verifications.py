"""Verification for everybody: a file or a code in, a verdict out; nothing is kept."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from api.acts import staff, verifier
from api.acts.reports import Paper, ReportKind, report_of_file
from api.documents import newest_pdf
from api.errors import RequestInvalid
from api.messages import LANGUAGES
from api.problems import language_of
from api.routes.depends import Anyone, Office, Reader, reply
from api.routes.uploads import Form, form_body
from api.schemas.public import CopyTold, VerificationTold
from guard import PoolBusy

router = APIRouter(prefix="/v1", tags=["verification"])
_MAX_CODE_LENGTH: Final = 40
_LANG: Final = {"type": "string", "enum": ["vi", "en", "fr"], "description": "Language of the PDF."}
# Files wait on disk; so many at once are held in memory to be judged.
VERIFICATION_PLACES: Final = 8

ReasonCode = Annotated[
    str | None, Query(pattern=r"^[A-Z][A-Z0-9_]{2,63}$", description="Why the office looks; the holder sees it.")
]
CaseId = Annotated[
    str | None, Query(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$", description="For which case of its own the office looks.")
]


@router.post("/verifications", response_model=VerificationTold, openapi_extra=form_body({}, required=()))
def verify(request: Request, _caller: Anyone, services: Office, form: Form) -> Response:
    """Judge a file of at most 50 MB and join what the register knows; the file is dropped afterwards."""
    if not form.file.size:
        raise RequestInvalid("the file is empty", field="file")
    with _place(request):
        answer = verifier.verify_file(services, form.payload, file_name=form.file_name)
    return reply(VerificationTold.model_validate(answer.to_dict(services.messages)))


@router.post(
    "/verifications/reports",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}, "application/xml": {}}}},
    openapi_extra=form_body({"kind": {"type": "string", "enum": ["pdf", "xml"]}, "lang": _LANG}, required=("kind",)),
)
def report(request: Request, _caller: Anyone, services: Office, form: Form) -> Response:
    """Judge a file and give the report: XML by ETSI TS 119 102-2, or PDF/A sealed by the office; the file is dropped."""
    try:
        kind = ReportKind(form.text("kind"))
    except ValueError as exc:
        raise RequestInvalid("kind is pdf or xml", field="kind") from exc
    if not form.file.size:
        raise RequestInvalid("the file is empty", field="file")
    language = form.text("lang", default=language_of(request))
    if language not in LANGUAGES:
        raise RequestInvalid("lang is vi, en or fr", field="lang")
    with _place(request):
        paper = report_of_file(services, form.content, file_name=form.file_name, kind=kind, language=language)
    return paper_response(paper)


@router.get("/copies/{code}", response_model=CopyTold)
def look_up(_caller: Anyone, services: Office, code: str) -> Response:
    """Tell what is known of a copy's code: no name of a person, the same fields for a code that nobody knows."""
    answer = verifier.answer_code(services, code[:_MAX_CODE_LENGTH], channel="API")
    return reply(CopyTold.model_validate(answer.to_dict(services.messages)))


@router.get("/copies/{code}/file", response_class=Response, responses={200: {"content": {"application/pdf": {}}}})
def copy_file(
    caller: Reader, services: Office, code: str, reason: ReasonCode = None, case_id: CaseId = None
) -> Response:
    """Give a certified copy to the agency that made it, for one of its cases or for a reason; the holder sees who and why."""
    record = staff.open_copy(services, caller, code[:_MAX_CODE_LENGTH], reason=reason, case_id=case_id)
    return newest_pdf(services, record)


def paper_response(paper: Paper) -> Response:
    """Send a report as a file."""
    headers = {"Content-Disposition": f'attachment; filename="{paper.file_name}"'}
    return Response(paper.content, media_type=paper.media_type, headers=headers)


@contextlib.contextmanager
def _place(request: Request) -> Iterator[None]:
    places: threading.BoundedSemaphore = request.app.state.verification_places
    if not places.acquire(blocking=False):
        raise PoolBusy("every place for verification is taken; try again in a few seconds")
    try:
        yield
    finally:
        places.release()
