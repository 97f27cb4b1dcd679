"""Approving several copies by PIN, by passkey or by a token in hand, and trying a token."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, Field, SecretStr

from api.access import Principal
from api.acts import approvals as acts
from api.acts import token_approval, token_test
from api.acts.operations import certify_operation_id
from api.acts.own_items import own_item
from api.acts.token_approval import TokenLine
from api.errors import RequestInvalid
from api.problems import describe, language_of
from api.routes.depends import Certifier, CertifierAtDesk, IdempotencyKeyHeader, Office, reply
from api.routes.repeats import do_once
from api.schemas.approvals import (
    BatchAsked,
    BatchTold,
    LinesAsked,
    LineTold,
    OptionsTold,
    QuestionsAsked,
    QuestionsTold,
    QuestionTold,
    SignaturesGiven,
)
from api.schemas.wire import Asked, Moment, Problem, Told
from api.services import Services
from certify import BatchAnswer
from keys import Pin

router = APIRouter(prefix="/v1", tags=["approvals and operations"])


class TrialAsked(Asked):
    """Either what the token answered to the question, or the PIN of a key that lies in the office's store."""

    signature: Annotated[str, Field(max_length=2048, description="Base64.")] | None = None
    expires_at: AwareDatetime | None = None
    pin: SecretStr | None = None


class TrialQuestion(Told):
    """What the token signs as a trial."""

    certificate_sha256: str
    to_be_signed: str = Field(description="Base64.")
    expires_at: Moment


class TrialTold(Told):
    """The key signed, and it is the officer's."""

    works: bool


@router.post("/approvals/batch", status_code=202, response_model=BatchTold)
def approve_batch(
    request: Request, caller: Certifier, services: Office, asked: BatchAsked, _key: IdempotencyKeyHeader = None
) -> Response:
    """Approve up to 50 copies at once; each is told by name, and one that is refused stops none of the others."""
    if (asked.pin is not None) + (asked.passkey is not None) + asked.token != 1:
        raise RequestInvalid("send one of the PIN, the passkey's answer and the wish for a token", field="pin")

    def act() -> Response:
        return batch_answered(request, services, caller, _approve(services, caller, asked))

    # Neither PIN nor the passkey's answer is remembered: the key of the call stands for the one decision.
    without_secrets = asked.model_dump_json(exclude={"pin", "passkey"}).encode()
    return do_once(request, services, caller, asked=without_secrets, act=act)


@router.post("/approvals/token-questions", response_model=QuestionsTold)
def ask_token_to_sign(request: Request, caller: Certifier, services: Office, asked: QuestionsAsked) -> Response:
    """Give what the caller's own token has to sign for copies that were approved with `token`."""
    told = []
    for line in token_approval.ask_token(services, caller, asked.items):
        if line.question is None:
            problem = None if line.refusal is None else problem_told(request, services, line.refusal)
            told.append(QuestionTold(item_id=line.item_id, title=line.title, problem=problem))
            continue
        told.append(
            QuestionTold(
                item_id=line.item_id,
                title=line.title,
                certificate_sha256=line.question.certificate_sha256_hex,
                to_be_signed=base64.b64encode(line.question.to_be_signed).decode(),
                expires_at=line.question.expires_at,
            )
        )
    return reply(QuestionsTold(items=told))


@router.post("/approvals/token-signatures", status_code=202, response_model=BatchTold)
def take_token_signatures(
    request: Request, caller: Certifier, services: Office, asked: SignaturesGiven, _key: IdempotencyKeyHeader = None
) -> Response:
    """Take in what the caller's token signed; each copy is told by name, and one refused stops none of the others."""

    def act() -> Response:
        given = [
            token_approval.Given(line.item_id, _from_base64(line.signature, field="signature")) for line in asked.items
        ]
        lines = token_approval.take_signatures(services, caller, given)
        items = [_line(request, services, caller, line) for line in lines]
        approved = sum(line.refusal is None for line in lines)
        return reply(BatchTold(items=items, approved=approved, refused=len(items) - approved), status=202)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.post("/approvals/passkey-options", response_model=OptionsTold)
def ask_passkey(caller: Certifier, services: Office, asked: LinesAsked) -> Response:
    """Give what the browser asks a passkey to approve: exactly these copies, in this order, until the deadline."""
    options, expires_at = acts.ask_a_passkey(services, caller, _lines(asked))
    return reply(OptionsTold(options=json.loads(options), expires_at=expires_at))


@router.get("/token-trials/question", response_model=TrialQuestion)
def ask_token(caller: CertifierAtDesk, services: Office) -> Response:
    """Give what the officer's own token signs as a trial; it is no document."""
    question = token_test.ask_token(services, caller)
    return reply(
        TrialQuestion(
            certificate_sha256=question.certificate_sha256_hex,
            to_be_signed=base64.b64encode(question.to_be_signed).decode(),
            expires_at=question.expires_at,
        )
    )


@router.post("/token-trials", response_model=TrialTold)
def try_token(caller: CertifierAtDesk, services: Office, asked: TrialAsked) -> Response:
    """Tell whether the officer's key works: by what the token signed, or with the PIN of a key in the store."""
    if asked.pin is not None:
        token_test.try_with_pin(services, caller, Pin(asked.pin.get_secret_value()))
    elif asked.signature is not None and asked.expires_at is not None:
        signature = _from_base64(asked.signature, field="signature")
        token_test.check_answer(services, caller, signature=signature, expires_at=asked.expires_at)
    else:
        raise RequestInvalid("send the token's signature with its deadline, or the PIN", field="signature")
    return reply(TrialTold(works=True))


def batch_answered(request: Request, services: Services, caller: Principal, answers: Sequence[BatchAnswer]) -> Response:
    """Tell each copy of several by name."""
    items = [_line(request, services, caller, answer) for answer in answers]
    approved = sum(answer.refusal is None for answer in answers)
    return reply(BatchTold(items=items, approved=approved, refused=len(items) - approved), status=202)


def _lines(asked: LinesAsked) -> list[acts.Line]:
    return [acts.Line(line.item_id, line.sha256) for line in asked.items]


def _approve(services: Services, caller: Principal, asked: BatchAsked) -> tuple[BatchAnswer, ...]:
    lines = _lines(asked)
    if asked.token:
        return acts.approve_by_token(services, caller, lines, checklist=asked.checklist)
    if asked.pin is not None:
        pin = Pin(asked.pin.get_secret_value())
        return acts.approve_by_pin(services, caller, lines, checklist=asked.checklist, pin=pin)
    if asked.passkey is None:
        raise RequestInvalid("send the PIN or the passkey's answer", field="pin")
    passkey = acts.PasskeyAnswer(asked.passkey.answer, asked.passkey.expires_at)
    return acts.approve_by_passkey(services, caller, lines, checklist=asked.checklist, passkey=passkey)


def _line(request: Request, services: Services, caller: Principal, answer: BatchAnswer | TokenLine) -> LineTold:
    if answer.refusal is None:
        item, _case = own_item(services, caller, answer.item_id)
        return LineTold(item_id=answer.item_id, title=answer.title, operation_id=certify_operation_id(item))
    problem = problem_told(request, services, answer.refusal)
    return LineTold(item_id=answer.item_id, title=answer.title, problem=problem)


def problem_told(request: Request, services: Services, refusal: Exception) -> Problem:
    """Describe why one copy of several was refused."""
    problem = describe(refusal, messages=services.messages, language=language_of(request))
    told = {key: value for key, value in problem.to_dict().items() if key in Problem.model_fields}
    return Problem.model_validate(told)


def _from_base64(text: str, *, field: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise RequestInvalid("the signature is no base64", field=field) from exc
