"""The pages that need no account: what this is, verify, look a code up, the trust root."""

from __future__ import annotations

import hashlib
from typing import Annotated, Final

from cryptography import x509
from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile

from api.access import OwnerRule, Requires, Role
from api.acts import reports, verifier
from api.errors import RequestInvalid, TooManyRequests
from api.front_door import CSP_WITH_PICTURES
from api.pages.comparison_view import compared_pages
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.verdict_view import code_view, verdict_view
from api.pages.views import Fact, Say
from api.problems import language_of
from api.services import Services
from signing.verify.errors import VerifyError
from vault import NotFound

router = APIRouter(include_in_schema=False)
_MAX_CODE_LENGTH: Final = 40
_PICTURED_PAGES: Final = 2

_ANYONE: Final = [Depends(Requires(Role.ANYONE, owner=OwnerRule.NOBODY))]


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


@router.get("/", dependencies=_ANYONE)
def home(request: Request) -> Response:
    """Say what this is and show the three doors."""
    return page(request, "home.html", current="/")


@router.get("/verify", dependencies=_ANYONE)
def verify_form(request: Request, code: str = "") -> Response:
    """Ask for a file or a code; a typed code leads to its answer."""
    typed = "".join(sign for sign in code if sign.isalnum())[:_MAX_CODE_LENGTH]
    if typed:
        return see_other(f"/c/{typed}")
    return page(request, "verify.html", current="/verify", problem=None)


@router.post("/verify", dependencies=_ANYONE)
def verify_file(request: Request, file: Annotated[UploadFile, File()]) -> Response:
    """Judge a file and answer at once: nothing is kept that could be shown later."""
    try:
        content = file.file.read()
        if not content:
            raise RequestInvalid("no file was chosen", field="file")
        found = reports.verify_and_picture(
            _services(request), content, file_name=(file.filename or "")[:200], max_pages=_PICTURED_PAGES
        )
    except (VerifyError, RequestInvalid) as exc:
        problem = problem_of(request, exc)
        return page(request, "verify.html", current="/verify", status=problem.status, problem=problem)
    say = say_of(request)
    response = page(
        request,
        "verify_result.html",
        address="/verify",
        view=verdict_view(found.answer, say),
        compared=compared_pages(found.differing, say),
        ticket=found.ticket,
        may_seal=found.may_seal,
    )
    response.headers["Content-Security-Policy"] = CSP_WITH_PICTURES
    return response


@router.post("/verify/report", dependencies=_ANYONE)
def verify_report(
    request: Request,
    ticket: Annotated[str, Form()],
    kind: Annotated[reports.ReportKind, Form()],
    picture: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Give the report of an answer that its reader brought back: nothing of the file was kept here."""
    try:
        paper = reports.report_of_ticket(
            _services(request), ticket, pictures=picture or [], kind=kind, language=language_of(request)
        )
    except (RequestInvalid, TooManyRequests) as exc:
        problem = problem_of(request, exc)
        return page(request, "verify.html", current="/verify", status=problem.status, problem=problem)
    headers = {"Content-Disposition": f'attachment; filename="{paper.file_name}"'}
    return Response(paper.content, media_type=paper.media_type, headers=headers)


@router.get("/c/{code}", dependencies=_ANYONE)
def look_up(request: Request, code: str) -> Response:
    """Answer for a code: no name of a person, the same shape for a code that nobody knows."""
    answer = verifier.answer_code(_services(request), code[:_MAX_CODE_LENGTH], channel="PAGE")
    return page(request, "code_result.html", view=code_view(answer, say_of(request)))


@router.get("/trust", dependencies=_ANYONE)
def trust(request: Request) -> Response:
    """Explain the trust root and show its fingerprint."""
    say = say_of(request)
    roots = [_root(der, say) for der in _services(request).trust.anchors().roots_der]
    return page(request, "trust.html", current="/trust", roots=roots)


@router.get("/trust/{sha256_hex}.cer", dependencies=_ANYONE)
def trust_root(request: Request, sha256_hex: str) -> Response:
    """Give a root certificate as DER."""
    for der in _services(request).trust.anchors().roots_der:
        if hashlib.sha256(der).hexdigest() == sha256_hex:
            headers = {"Content-Disposition": 'attachment; filename="vidimus-root.cer"'}
            return Response(der, media_type="application/pkix-cert", headers=headers)
    raise NotFound("no trust root has this fingerprint")


def _root(der: bytes, say: Say) -> dict[str, object]:
    certificate = x509.load_der_x509_certificate(der)
    digest = hashlib.sha256(der).hexdigest()
    pairs = " ".join(digest[place : place + 4].upper() for place in range(0, len(digest), 4))
    facts = (
        Fact(say("page.trust.name"), certificate.subject.rfc4514_string()),
        Fact(say("page.trust.until"), say.date(certificate.not_valid_after_utc)),
        Fact(say("page.trust.fingerprint"), pairs, is_code=True),
    )
    return {"facts": facts, "href": f"/trust/{digest}.cer"}
