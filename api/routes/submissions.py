"""The holder's dossiers: what was sent, to whom, and how far it is."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.acts import citizen as acts
from api.routes.cursors import Page
from api.routes.depends import IdempotencyKeyHeader, Office, Sharer, Ulid, VaultReader, Withdrawer, etag, reply
from api.routes.procedures import told_by
from api.routes.repeats import do_once
from api.routes.vaults_told import submission_told
from api.schemas.dossier_states import WithdrawalAsked
from api.schemas.vaults import SubmissionAsked, SubmissionList, SubmissionTold

router = APIRouter(prefix="/v1", tags=["procedures and dossiers"])


@router.post("/submissions", status_code=201, response_model=SubmissionTold)
def file_dossier(
    request: Request, caller: Sharer, services: Office, asked: SubmissionAsked, _key: IdempotencyKeyHeader = None
) -> Response:
    """File a dossier from papers in the vault, with consent; they are sent by reference and fetched one by one."""

    def act() -> Response:
        form = acts.FilingForm(
            procedure_id=asked.procedure_id,
            chosen=asked.chosen,
            brought_in_person=frozenset(asked.brought_in_person),
            has_consented=asked.consent,
            told=told_by(asked.said),
        )
        filed = acts.file_dossier(services, caller, form)
        headers = {"Location": f"/v1/submissions/{filed.submission_id}", "ETag": etag(filed.version)}
        return reply(submission_told(filed), status=201, headers=headers)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.get("/submissions", response_model=SubmissionList)
def list_submissions(caller: VaultReader, services: Office, paging: Page) -> Response:
    """List the holder's dossiers, newest first."""
    shown, more = paging.page(
        "submissions",
        caller.holder_id,
        read=lambda before, limit: acts.submissions(services, caller, before_id=before, limit=limit),
        id_of=lambda one: one.submission_id,
    )
    return reply(SubmissionList(items=[submission_told(one, with_package=False) for one in shown], next_cursor=more))


@router.get("/submissions/{submission_id}", response_model=SubmissionTold)
def get_submission(caller: VaultReader, services: Office, submission_id: Ulid) -> Response:
    """Give one of the holder's dossiers with its steps and its signed package."""
    view = acts.view_submission(services, caller, submission_id)
    told = submission_told(view.submission, steps=view.steps, standing=view.standing)
    return reply(told, headers={"ETag": etag(view.submission.version)})


@router.post("/submissions/{submission_id}/withdrawal", response_model=SubmissionTold)
def ask_withdrawal(caller: Withdrawer, services: Office, submission_id: Ulid, asked: WithdrawalAsked) -> Response:
    """Ask that a dossier be taken back (code 7); the agency stops it, or says why it goes on."""
    acts.ask_withdrawal(services, caller, submission_id, reason=asked.reason)
    view = acts.view_submission(services, caller, submission_id)
    told = submission_told(view.submission, steps=view.steps, standing=view.standing)
    return reply(told, headers={"ETag": etag(view.submission.version)})
