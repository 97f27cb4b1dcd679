"""Dossiers filed with an agency: its staff fetch a paper, answer an item, and move the dossier on."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.acts import recipient as acts
from api.errors import RequestInvalid
from api.routes.content import digest_headers
from api.routes.depends import (
    Cursor,
    IfMatch,
    Limit,
    Office,
    PlainId,
    Recipient,
    Ulid,
    check_if_match,
    etag,
    page_of,
    reply,
)
from api.routes.vaults_told import submission_told
from api.schemas.vaults import AnswerAsked, StepAsked, SubmissionList, SubmissionTold
from dossiers import Answer, Step, Submission

router = APIRouter(prefix="/v1/received", tags=["received dossiers"])


@router.get("", response_model=SubmissionList)
def list_received(caller: Recipient, services: Office, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """List the dossiers filed with the agency, newest first."""
    shown, more = page_of(
        acts.received(services, caller), id_of=lambda one: one.submission_id, cursor=cursor, limit=limit
    )
    return reply(SubmissionList(items=[submission_told(one, with_package=False) for one in shown], next_cursor=more))


@router.get("/{submission_id}", response_model=SubmissionTold)
def get_received(caller: Recipient, services: Office, submission_id: Ulid) -> Response:
    """Give a dossier filed with the agency, with its steps and its signed package."""
    submission, steps = acts.view_received(services, caller, submission_id)
    return reply(submission_told(submission, steps=steps), headers={"ETag": etag(submission.version)})


@router.post(
    "/{submission_id}/items/{requirement_id}/fetch",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
def fetch_item(caller: Recipient, services: Office, submission_id: Ulid, requirement_id: PlainId) -> Response:
    """Fetch one paper by its reference; each fetch, also a refused one, stands in the holder's history."""
    paper = acts.fetch_paper(services, caller, submission_id, requirement_id=requirement_id)
    headers = digest_headers(paper.content, name=f"{paper.record.record_id}.pdf")
    return Response(paper.content, media_type=paper.rendition.media_type, headers=headers)


@router.post("/{submission_id}/items/{requirement_id}/answer", response_model=SubmissionTold)
def answer_item(
    caller: Recipient,
    services: Office,
    submission_id: Ulid,
    requirement_id: PlainId,
    asked: AnswerAsked,
    if_match: IfMatch = None,
) -> Response:
    """Accept or reject one item, once; a rejection says why."""
    version = _seen_version(acts.view_received(services, caller, submission_id)[0], if_match)
    answered = acts.answer(
        services,
        caller,
        submission_id,
        requirement_id=requirement_id,
        decision=Answer(asked.answer),
        reason=asked.reason,
        # The version is compared again where it is written, so that no answer between the two is lost.
        expected_version=version,
    )
    return _told(answered)


@router.post("/{submission_id}/step", response_model=SubmissionTold)
def move_on(
    caller: Recipient, services: Office, submission_id: Ulid, asked: StepAsked, if_match: IfMatch = None
) -> Response:
    """Move a dossier one of the five steps on."""
    _seen_version(acts.view_received(services, caller, submission_id)[0], if_match)
    try:
        step = Step(asked.step)
    except ValueError as exc:
        raise RequestInvalid("there is no such step", field="step") from exc
    return _told(acts.move_on(services, caller, submission_id, to=step))


def _seen_version(submission: Submission, if_match: str | None) -> int:
    check_if_match(if_match, submission.version)
    return submission.version


def _told(submission: Submission) -> Response:
    return reply(submission_told(submission), headers={"ETag": etag(submission.version)})
