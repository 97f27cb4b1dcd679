"""Procedures and the holder's dossiers: what is asked for, what the vault has, what was sent."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.acts import citizen as acts
from api.routes.depends import (
    Anyone,
    Citizen,
    Cursor,
    IdempotencyKeyHeader,
    Limit,
    Office,
    PlainId,
    Ulid,
    etag,
    page_of,
    reply,
)
from api.routes.repeats import do_once
from api.routes.vaults_told import match_told, procedure_told, submission_told
from api.schemas.vaults import MatchTold, ProcedureList, SubmissionAsked, SubmissionList, SubmissionTold

router = APIRouter(prefix="/v1", tags=["procedures and dossiers"])


@router.get("/procedures", response_model=ProcedureList)
def list_procedures(_caller: Anyone, services: Office) -> Response:
    """List the procedures in force today."""
    return reply(ProcedureList(items=[procedure_told(one) for one in acts.procedures(services)]))


@router.get("/procedures/{procedure_id}/match", response_model=MatchTold)
def match_procedure(caller: Citizen, services: Office, procedure_id: PlainId) -> Response:
    """Match a procedure with the holder's vault, with reasons; nothing is sent."""
    return reply(match_told(acts.view_procedure(services, caller, procedure_id)))


@router.post("/submissions", status_code=201, response_model=SubmissionTold)
def file_dossier(
    request: Request, caller: Citizen, services: Office, asked: SubmissionAsked, _key: IdempotencyKeyHeader = None
) -> Response:
    """File a dossier from papers in the vault, with consent; they are sent by reference and fetched one by one."""

    def act() -> Response:
        form = acts.FilingForm(
            procedure_id=asked.procedure_id,
            chosen=asked.chosen,
            brought_in_person=frozenset(asked.brought_in_person),
            has_consented=asked.consent,
        )
        filed = acts.file_dossier(services, caller, form)
        headers = {"Location": f"/v1/submissions/{filed.submission_id}", "ETag": etag(filed.version)}
        return reply(submission_told(filed), status=201, headers=headers)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.get("/submissions", response_model=SubmissionList)
def list_submissions(caller: Citizen, services: Office, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """List the holder's dossiers, newest first."""
    shown, more = page_of(
        acts.submissions(services, caller), id_of=lambda one: one.submission_id, cursor=cursor, limit=limit
    )
    return reply(SubmissionList(items=[submission_told(one, with_package=False) for one in shown], next_cursor=more))


@router.get("/submissions/{submission_id}", response_model=SubmissionTold)
def get_submission(caller: Citizen, services: Office, submission_id: Ulid) -> Response:
    """Give one of the holder's dossiers with its steps and its signed package."""
    view = acts.view_submission(services, caller, submission_id)
    told = submission_told(view.submission, steps=view.steps)
    return reply(told, headers={"ETag": etag(view.submission.version)})
