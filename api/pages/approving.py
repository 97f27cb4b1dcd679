"""The staff door: approving one copy by PIN, by passkey, or with a token in the officer's own machine."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime

from api.access import Principal
from api.acts import approvals, token_approval
from api.acts import staff as acts
from api.acts.approvals import Line
from api.acts.next_item import next_item
from api.errors import RequestInvalid, TooManyRequests
from api.pages.render import problem_of, see_other
from api.pages.staff import show_item
from api.pages.staff_forms import DONE, Certifier, to_item
from api.services import Services
from certify import Approval, BatchAnswer, CertifyError, ItemNotFound
from keys import KeysError, Pin
from signing import SigningError
from vault import VaultError

router = APIRouter(include_in_schema=False)
_CERTIFY_TIMEOUT_SECONDS: Final = 25.0
_REFUSED: Final = (CertifyError, KeysError, SigningError, VaultError, TooManyRequests, RequestInvalid)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the officer was shown and confirmed, and where the page leads afterwards."""

    sha256_hex: str
    checklist: tuple[str, ...]
    then: str


def _shown(
    sha256_hex: Annotated[str, Form()],
    checklist: Annotated[list[str] | None, Form()] = None,
    then: Annotated[str, Form()] = "",
) -> _Shown:
    return _Shown(sha256_hex, tuple(checklist or ()), then)


Shown = Annotated[_Shown, Depends(_shown)]


@router.post("/staff/items/{item_id}/approve")
def approve(
    request: Request, principal: Certifier, item_id: str, shown: Shown, pin: Annotated[str, Form()]
) -> Response:
    """Open the officer's key for exactly these bytes, approve them, wait until the copy is certified; then the next one."""
    services: Services = request.app.state.services

    def act() -> Approval:
        form = acts.ApprovalForm(sha256_hex=shown.sha256_hex, checklist=shown.checklist, pin=Pin(pin))
        return acts.approve_copy(services, principal, item_id, form=form)

    return _carry_out(request, principal, item_id, act, then=shown.then)


@router.post("/staff/items/{item_id}/approve/passkey-question")
def ask_passkey(request: Request, principal: Certifier, item_id: str, shown: Shown) -> Response:
    """Give the browser's script what a passkey is to approve: exactly these bytes, until the deadline."""
    services: Services = request.app.state.services
    options, expires_at = approvals.ask_a_passkey(services, principal, [Line(item_id, shown.sha256_hex)])
    return JSONResponse({"options": json.loads(options), "expires_at": expires_at.isoformat()})


@router.post("/staff/items/{item_id}/approve/passkey")
def approve_by_passkey(
    request: Request,
    principal: Certifier,
    item_id: str,
    shown: Shown,
    answer: Annotated[str, Form()],
    expires_at: Annotated[AwareDatetime, Form()],
) -> Response:
    """Open the officer's key by what the passkey answered over these bytes, and go on as with a PIN."""
    services: Services = request.app.state.services

    def act() -> Approval:
        passkey = approvals.PasskeyAnswer(answer, expires_at)
        lines = [Line(item_id, shown.sha256_hex)]
        return _one(
            approvals.approve_by_passkey(services, principal, lines, checklist=shown.checklist, passkey=passkey)
        )

    return _carry_out(request, principal, item_id, act, then=shown.then)


@router.post("/staff/items/{item_id}/approve/token-question")
def ask_token(request: Request, principal: Certifier, item_id: str, shown: Shown) -> Response:
    """Approve these bytes for the officer's token, and give the browser's script what that token has to sign."""
    services: Services = request.app.state.services
    lines = [Line(item_id, shown.sha256_hex)]
    approval = _one(approvals.approve_by_token(services, principal, lines, checklist=shown.checklist))
    services.pipeline.wait_certified(approval, timeout_seconds=_CERTIFY_TIMEOUT_SECONDS)
    question = services.pipeline.by_token.question(item_id, officer_id=principal.staff_id)
    return JSONResponse(
        {
            "name": question.title,
            "certificate_sha256": question.certificate_sha256_hex,
            "to_be_signed": base64.b64encode(question.to_be_signed).decode(),
        }
    )


@router.post("/staff/items/{item_id}/approve/signature")
def take_signature(
    request: Request,
    principal: Certifier,
    item_id: str,
    signature: Annotated[str, Form(max_length=2048)],
    then: Annotated[str, Form()] = "",
) -> Response:
    """Take in what the officer's token signed, and go on as with a PIN."""
    services: Services = request.app.state.services

    def act() -> Approval:
        given = token_approval.Given(item_id, _from_base64(signature))
        return token_approval.take_signature(services, principal, given)

    return _carry_out(request, principal, item_id, act, then=then)


def _carry_out(
    request: Request, principal: Principal, item_id: str, act: Callable[[], Approval], *, then: str
) -> Response:
    """Wait for what was approved; a refusal is told on the item's page, where everything is as it was."""
    services: Services = request.app.state.services
    try:
        outcome = services.pipeline.wait_certified(act(), timeout_seconds=_CERTIFY_TIMEOUT_SECONDS)
    except ItemNotFound:
        raise
    except _REFUSED as exc:
        return show_item(request, principal, item_id, problem=problem_of(request, exc))
    if then == "next" and outcome.kind in DONE and (found := next_item(services, principal, besides=item_id)):
        return see_other(f"/staff/items/{found.item_id}?signed={item_id}")
    return to_item(item_id, outcome.kind)


def _one(answers: Sequence[BatchAnswer]) -> Approval:
    """The approval of a list of one copy, or the error that refused it."""
    (answer,) = answers
    if answer.refusal is not None:
        raise answer.refusal
    if answer.approval is None:
        raise RequestInvalid("the copy was neither approved nor refused; look at it again", field="items")
    return answer.approval


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise RequestInvalid("the signature is no base64", field="signature") from exc
