"""Corrections of certified copies; each reaches the register, the vault, past recipients and every verifier."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.acts import corrections as acts
from api.routes.depends import CertifierAnew, CertifierAtDesk, IdempotencyKeyHeader, Office, PlainId, reply
from api.routes.repeats import do_once
from api.routes.vaults_told import fields_told, twin_field_told
from api.schemas.corrections import (
    AnnulmentAsked,
    FieldConfirmed,
    FreeCopyTold,
    OriginalChangeAsked,
    ReadingTold,
    RecallAsked,
    RecallTold,
    RegisterLineTold,
)
from api.schemas.vaults import FieldsTold, TwinFieldTold
from certify.registry import CertifiedLine
from vault import format_code, parse_code
from vault.details import PaperDetails
from vault.misdelivery import Recall

router = APIRouter(prefix="/v1/register/copies/{code}", tags=["register"])
_Code = Annotated[str, Path(max_length=40)]


@router.post("/annulment", response_model=RegisterLineTold)
def annul_copy(caller: CertifierAnew, services: Office, code: _Code, asked: AnnulmentAsked) -> Response:
    """Annul a wrongful certification by a numbered decision; it shows for ever."""
    line = acts.annul_own_copy(services, caller, code, decision_number=asked.decision_number, reason=asked.reason)
    return reply(line_told(line))


@router.post("/original", response_model=RegisterLineTold)
def change_original(caller: CertifierAnew, services: Office, code: _Code, asked: OriginalChangeAsked) -> Response:
    """Note that the issuer replaced or revoked the original; the copy stays true to the paper that was seen."""
    line = acts.change_original(services, caller, code, change=asked.change, reason=asked.reason)
    return reply(line_told(line))


@router.post("/correction", status_code=201, response_model=FreeCopyTold)
def correct_copy(
    request: Request, caller: CertifierAnew, services: Office, code: _Code, _key: IdempotencyKeyHeader = None
) -> Response:
    """Open a new item at no fee for a copy with our own mistake; once certified, it supersedes the old one."""

    def act() -> Response:
        item = acts.correct_copy(services, caller, code)
        told = FreeCopyTold(item_id=item.item_id, corrects_code=format_code(parse_code(code)))
        return reply(told, status=201)

    return do_once(request, services, caller, asked=code.encode(), act=act)


@router.post("/recall", response_model=RecallTold)
def recall_copy(caller: CertifierAnew, services: Office, code: _Code, asked: RecallAsked) -> Response:
    """Move a misdelivered copy into the right vault; links and grants end at once, the certification stays."""
    done = acts.recall_copy(services, caller, code, holder_number=asked.holder_number, reason=asked.reason)
    return reply(recall_told(done))


@router.get("/fields", response_model=FieldsTold)
def see_fields(caller: CertifierAtDesk, services: Office, code: _Code) -> Response:
    """Give the machine-readable twin of a copy of the agency, to compare it with the pages; the holder sees the look."""
    return reply(fields_told(acts.see_fields(services, caller, code), PaperDetails()))


@router.post("/fields/{name}/confirmation", response_model=TwinFieldTold)
def confirm_field(
    caller: CertifierAtDesk, services: Office, code: _Code, name: PlainId, asked: FieldConfirmed
) -> Response:
    """Confirm one field of the twin with the value that the page shows; who did and when stands in it from then on."""
    return reply(twin_field_told(acts.confirm_one_field(services, caller, code, name=name, value=asked.value)))


def line_told(line: CertifiedLine) -> RegisterLineTold:
    """Write a line of the register."""
    return RegisterLineTold(
        code=format_code(line.code),
        book=line.book_display,
        number=line.seq_no,
        status=line.status.value,
        item_id=line.item_id,
    )


def recall_told(done: Recall) -> RecallTold:
    """Write what a recall did; neither holder is named."""
    readings = [
        ReadingTold(
            event_id=one.event_id,
            action=one.action,
            actor_kind=one.actor_kind,
            actor_id=one.actor_id,
            agency_code=one.agency_code,
            at=one.at,
        )
        for one in done.readings
    ]
    return RecallTold(
        record_id=done.record_id,
        shares_ended=done.shares_ended,
        grants_ended=done.grants_ended,
        readings=readings,
    )
