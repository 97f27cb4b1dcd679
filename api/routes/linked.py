"""Procedures filed together: what the vault has for each, one filing, how each dossier stands, and taking it back."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.acts import linked as acts
from api.acts.citizen import FilingForm
from api.routes.cursors import Page
from api.routes.depends import IdempotencyKeyHeader, Office, PlainId, Sharer, Ulid, VaultReader, Withdrawer, reply
from api.routes.procedures import told_by
from api.routes.procedures_told import match_told
from api.routes.repeats import do_once
from api.routes.vaults_told import submission_told
from api.schemas.dossier_states import WithdrawalAsked
from api.schemas.linked import (
    LinkedFilingAsked,
    LinkedFilingList,
    LinkedFilingTold,
    LinkedMatchAsked,
    LinkedMatchTold,
    LinkedPartTold,
)

router = APIRouter(prefix="/v1", tags=["procedures and dossiers"])


@router.post("/procedures/{procedure_id}/linked-match", response_model=LinkedMatchTold)
def match_linked(caller: VaultReader, services: Office, procedure_id: PlainId, asked: LinkedMatchAsked) -> Response:
    """Match a procedure and those that are filed with it; what an earlier one will give is awaited and not asked for."""
    said = {name: told_by(one) for name, one in asked.said.items()}
    found = acts.view_parts(services, caller, procedure_id, told=said)
    parts = [LinkedPartTold(match=match_told(one.view), awaited=dict(one.awaited)) for one in found]
    return reply(LinkedMatchTold(parts=parts))


@router.post("/linked-filings", status_code=201, response_model=LinkedFilingTold)
def file_linked(
    request: Request, caller: Sharer, services: Office, asked: LinkedFilingAsked, _key: IdempotencyKeyHeader = None
) -> Response:
    """File several dossiers by one act, all or none: each has its own consent, steps and package.

    A dossier that waits for the result of an earlier one is received at once, and goes on when that result is there.
    """

    def act() -> Response:
        filed = acts.file_linked(services, caller, filing_forms(asked))
        told = linked_told(acts.view_linked(services, caller, filed.filing_id), with_package=True)
        return reply(told, status=201, headers={"Location": f"/v1/linked-filings/{filed.filing_id}"})

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.get("/linked-filings", response_model=LinkedFilingList)
def list_linked_filings(caller: VaultReader, services: Office, paging: Page) -> Response:
    """List the holder's linked filings, newest first."""
    shown, more = paging.page(
        "linked-filings",
        caller.holder_id,
        read=lambda before, limit: acts.linked_filings(services, caller, before_id=before, limit=limit),
        id_of=lambda one: one.filing.filing_id,
    )
    return reply(LinkedFilingList(items=[linked_told(one) for one in shown], next_cursor=more))


@router.get("/linked-filings/{filing_id}", response_model=LinkedFilingTold)
def get_linked_filing(caller: VaultReader, services: Office, filing_id: Ulid) -> Response:
    """Give a linked filing with each dossier as it stands."""
    return reply(linked_told(acts.view_linked(services, caller, filing_id), with_package=True))


@router.post("/linked-filings/{filing_id}/withdrawal", response_model=LinkedFilingTold)
def ask_linked_back(caller: Withdrawer, services: Office, filing_id: Ulid, asked: WithdrawalAsked) -> Response:
    """Ask back every dossier of a filing that has not ended; each agency stops its own, or says why it goes on."""
    return reply(linked_told(acts.take_back_linked(services, caller, filing_id, reason=asked.reason)))


def filing_forms(asked: LinkedFilingAsked) -> tuple[FilingForm, ...]:
    """What the applicant files, read."""
    return tuple(
        FilingForm(one.procedure_id, one.chosen, frozenset(one.brought_in_person), one.consent, told_by(one.said))
        for one in asked.parts
    )


def linked_told(view: acts.LinkedView, *, with_package: bool = False) -> LinkedFilingTold:
    """A linked filing as it goes over the wire."""
    return LinkedFilingTold(
        filing_id=view.filing.filing_id,
        filed_at=view.filing.filed_at,
        submissions=[
            submission_told(one.submission, steps=one.steps, standing=one.standing, with_package=with_package)
            for one in view.parts
        ],
    )
