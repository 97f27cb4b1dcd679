"""The issuer's door: results that systems bring, papers fetched from providers, and how these systems fare."""

from __future__ import annotations

import json
import re
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Depends, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import providers, results
from api.acts.bringing import RESULT_KINDS, Brought, PaperForm, ResultForm
from api.errors import RequestInvalid
from api.identity import Scope
from api.routes.cursors import Page
from api.routes.depends import (
    Admin,
    IdempotencyKeyHeader,
    IfMatch,
    Office,
    PlainId,
    Ulid,
    VaultReader,
    Withdrawer,
    check_if_match,
    etag,
    reply,
)
from api.routes.repeats import do_once
from api.routes.uploads import Form, SentForm, form_body
from api.routes.vaults_told import record_told
from api.schemas.results import (
    AnnulmentOfResult,
    OfferedProvider,
    OfferedProviderList,
    ProviderList,
    ProviderTold,
    PullAsked,
    PulledTold,
    ResultList,
    ResultTold,
)
from api.schemas.wire import Sentence
from vault import Elaboration, HolderKind, Identity, Retention

router = APIRouter(prefix="/v1", tags=["results of issuers"])
Word = TypeVar("Word", bound=StrEnum)
Issuer = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, owner=OwnerRule.AGENCY, scope=Scope.RESULTS_WRITE))]
_REFERENCE: Final = r"^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$"
_DAY: Final = {"type": "string", "format": "date"}
_PAPER: Final[dict[str, dict[str, Any]]] = {
    "elaboration": {"type": "string", "enum": sorted(one.value for one in RESULT_KINDS), "default": "BORN_DIGITAL"},
    "number": {"type": "string", "maxLength": 128, "description": "The paper's own number; it is kept encrypted."},
    "issued_on": _DAY,
    "valid_from": _DAY,
    "valid_until": _DAY,
    "kept_by_law": {"type": "string", "enum": ["yes", "no"], "default": "no"},
}
_NEW: Final = form_body(
    {
        "reference": {
            "type": "string",
            "pattern": _REFERENCE,
            "description": "The issuing system's own id of the result; it says nothing about a person.",
            "examples": ["HT-2026-000123"],
        },
        "doc_type": {"type": "string", "examples": ["VN.BIRTH_CERT"]},
        "holder_number": {"type": "string", "pattern": "^[0-9A-Za-z.-]{3,32}$", "examples": ["000195012345"]},
        "holder_name": {"type": "string", "maxLength": 200},
        "holder_birth_date": _DAY,
        "holder_kind": {"type": "string", "enum": ["PERSON", "ORGANISATION"], "default": "PERSON"},
        **_PAPER,
    },
    required=("reference", "doc_type", "holder_number", "holder_name"),
)
_NEWER: Final = form_body(_PAPER, required=())


@router.post("/results", status_code=201, response_model=ResultTold, openapi_extra=_NEW)
def add_result(
    request: Request, caller: Issuer, services: Office, sent: Form, _key: IdempotencyKeyHeader = None
) -> Response:
    """Add a result (A): a PDF signed by the agency goes into the vault of whom it is for, at level 4; its holder is told.

    The same file under the same reference again changes nothing; another file is refused: replace it.
    """

    def act() -> Response:
        return _written(results.add(services, caller, _new(sent)), status=201)

    return do_once(request, services, caller, asked=_asked(sent), act=act)


@router.get("/results", response_model=ResultList)
def list_issued_results(caller: Issuer, services: Office, paging: Page) -> Response:
    """List the results that the agency's systems brought, newest first."""
    shown, more = paging.page(
        "results",
        caller.agency_code,
        read=lambda before, limit: results.results(services, caller, before_id=before, limit=limit),
        id_of=lambda one: one.result.result_id,
    )
    return reply(ResultList(items=[_result(one) for one in shown], next_cursor=more))


@router.get("/results/{result_id}", response_model=ResultTold)
def get_issued_result(caller: Issuer, services: Office, result_id: Ulid) -> Response:
    """Give a result with the paper that stands for it now."""
    return _written(results.result(services, caller, result_id))


@router.post("/results/{result_id}/versions", status_code=201, response_model=ResultTold, openapi_extra=_NEWER)
def replace_issued_result(
    request: Request,
    caller: Issuer,
    services: Office,
    result_id: Ulid,
    sent: Form,
    if_match: IfMatch = None,
    _key: IdempotencyKeyHeader = None,
) -> Response:
    """Replace a result by a newer paper (U): the one before is superseded, and its holder is told.

    The paper that stands there already changes nothing.
    """

    def act() -> Response:
        check = partial(check_if_match, if_match)
        return _written(results.replace(services, caller, result_id, _paper(sent), check_version=check), status=201)

    return do_once(request, services, caller, asked=_asked(sent), act=act)


@router.post("/results/{result_id}/annulment", response_model=ResultTold)
def annul_issued_result(
    caller: Issuer, services: Office, result_id: Ulid, asked: AnnulmentOfResult, if_match: IfMatch = None
) -> Response:
    """Annul a result by a decision (D): its paper says so for ever; its holder and who fetched it are told."""
    check = partial(check_if_match, if_match)
    return _written(
        results.annul(services, caller, result_id, decision_number=asked.decision_number, check_version=check)
    )


@router.get("/pull-providers", response_model=OfferedProviderList)
def list_pull_providers(_caller: VaultReader, services: Office) -> Response:
    """List the providers that a holder can fetch papers from by their address."""
    items = [
        OfferedProvider(
            provider_id=one.provider_id,
            title=Sentence(**one.title),
            uri_prefix=one.uri_prefix,
            doc_types=sorted(one.doc_types),
        )
        for one in providers.offered(services)
    ]
    return reply(OfferedProviderList(items=items))


@router.post("/pulled-papers", response_model=PulledTold)
def pull_paper(caller: Withdrawer, services: Office, asked: PullAsked) -> Response:
    """Fetch a paper from its provider into one's own vault; fetched again, it is replaced, annulled or left as it is."""
    found = providers.pull(services, caller, uri=asked.uri, doc_type=asked.doc_type)
    return reply(
        PulledTold(provider_id=found.provider_id, outcome=found.outcome.value, record=record_told(found.record))
    )


@router.get("/providers", response_model=ProviderList)
def list_providers(caller: Admin, services: Office) -> Response:
    """List the systems that give papers, with their health and when each last gave one."""
    return reply(ProviderList(items=[provider_told(one) for one in providers.lines(services, caller)]))


@router.post("/providers/{provider_id}/check", response_model=ProviderTold)
def check_provider(caller: Admin, services: Office, provider_id: PlainId) -> Response:
    """Ask a provider whether it is there; its line says what it answered."""
    return reply(provider_told(providers.check(services, caller, provider_id)))


def provider_told(line: providers.ProviderLine) -> ProviderTold:
    """A system that gives papers, as it goes over the wire."""
    marks = line.marks
    return ProviderTold(
        provider_id=line.provider_id,
        way=line.way.value,
        label=line.label,
        agency_code=line.agency_code,
        health=line.health.value,
        successes=marks.successes,
        failures=marks.failures,
        last_success_at=marks.last_success_at,
        last_failure_at=marks.last_failure_at,
        last_problem=marks.last_problem,
    )


def _written(brought: Brought, *, status: int = 200) -> Response:
    result = brought.result
    headers = {"ETag": etag(result.version), "Location": f"/v1/results/{result.result_id}"}
    return reply(_result(brought), status=status, headers=headers)


def _result(brought: Brought) -> ResultTold:
    result, record = brought.result, brought.record
    return ResultTold(
        result_id=result.result_id,
        reference=result.origin.reference,
        doc_type=result.doc_type,
        record_id=record.record_id,
        uri=record.uri,
        assurance_level=record.assurance_level,
        sha256=result.sha256_hex,
        state=result.state.value,
        record_status=record.status.value,
        decision_number=result.decision_number,
        version=result.version,
        added_at=result.added_at,
        changed_at=result.changed_at,
    )


def _asked(sent: SentForm) -> bytes:
    whole = {"fields": dict(sent.fields), "file": sent.payload.sha256_hex()}
    return json.dumps(whole, sort_keys=True).encode()


def _new(sent: SentForm) -> ResultForm:
    number, name = _short(sent, "holder_number", 32), _short(sent, "holder_name", 200)
    return ResultForm(
        reference=_plain_reference(sent),
        doc_type=_short(sent, "doc_type", 64),
        holder=Identity(name, number, _day(sent, "holder_birth_date")),
        paper=_paper(sent),
        holder_kind=_word(sent, "holder_kind", HolderKind, HolderKind.PERSON),
    )


def _paper(sent: SentForm) -> PaperForm:
    kind = _word(sent, "elaboration", Elaboration, Elaboration.BORN_DIGITAL)
    if kind not in RESULT_KINDS:
        raise RequestInvalid(
            "an issuer gives what was born digital, or an extract of its register", field="elaboration"
        )
    kept = sent.text("kept_by_law", default="no")
    if kept not in {"yes", "no"}:
        raise RequestInvalid("say yes or no", field="kept_by_law")
    days = {name: _day(sent, name) for name in ("issued_on", "valid_from", "valid_until")}
    number = _short(sent, "number", 128, default="")
    retention = Retention.LEGAL if kept == "yes" else Retention.HOLDER
    return PaperForm(sent.payload, elaboration=kind, number=number or None, retention=retention, **days)


def _plain_reference(sent: SentForm) -> str:
    reference = _short(sent, "reference", 64)
    if not re.fullmatch(_REFERENCE, reference):
        raise RequestInvalid("a reference has letters, digits, dots and dashes", field="reference")
    return reference


def _short(sent: SentForm, name: str, longest: int, *, default: str | None = None) -> str:
    text = sent.text(name, default=default).strip()
    if len(text) > longest or (default is None and not text):
        raise RequestInvalid(f"{name} has from 1 to {longest} characters", field=name)
    return text


def _day(sent: SentForm, name: str) -> date | None:
    text = sent.text(name, default="")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as exc:
        raise RequestInvalid(f"{name} is no day such as 2026-11-22", field=name) from exc


def _word(sent: SentForm, name: str, words: type[Word], default: Word) -> Word:
    try:
        return words(sent.text(name, default=default.value))
    except ValueError as exc:
        raise RequestInvalid(f"{name} is none of {', '.join(one.value for one in words)}", field=name) from exc
