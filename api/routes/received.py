"""Dossiers filed with an agency: its staff fetch a paper, answer an item, and move the dossier on."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.acts import recipient as acts
from api.documents import DocumentGiven, digest_headers, document_response
from api.errors import RequestInvalid
from api.routes.cursors import Page
from api.routes.depends import IfMatch, Office, PlainId, Recipient, RecipientActing, Ulid, check_if_match, etag, reply
from api.routes.vaults_told import by_hand_told, submission_told
from api.schemas.dossier_states import ByHandAsked, ByHandTold, StatusAsked
from api.schemas.vaults import (
    AnswerAsked,
    StepAsked,
    SubmissionList,
    SubmissionTold,
)
from dossiers import Answer, Status, Step, Submission, WhyByHand
from guard import Room

router = APIRouter(prefix="/v1/received", tags=["received dossiers"])


@router.get("", response_model=SubmissionList)
def list_received(caller: Recipient, services: Office, paging: Page) -> Response:
    """List the dossiers filed with the agency, newest first."""
    shown, more = paging.page(
        "received",
        caller.agency_code,
        read=lambda before, limit: acts.received(services, caller, before_id=before, limit=limit),
        id_of=lambda one: one.submission_id,
    )
    return reply(SubmissionList(items=[submission_told(one, with_package=False) for one in shown], next_cursor=more))


@router.get("/{submission_id}", response_model=SubmissionTold)
def get_received(caller: Recipient, services: Office, submission_id: Ulid) -> Response:
    """Give a dossier filed with the agency, with its steps and its signed package."""
    submission, steps = acts.view_received(services, caller, submission_id)
    standing = acts.standing_received(services, caller, submission_id)
    told = submission_told(submission, steps=steps, standing=standing)
    return reply(told, headers={"ETag": etag(submission.version)})


@router.post(
    "/{submission_id}/items/{requirement_id}/fetch",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
def fetch_item(caller: RecipientActing, services: Office, submission_id: Ulid, requirement_id: PlainId) -> Response:
    """Fetch one paper by its reference; each fetch, also a refused one, stands in the holder's history."""

    def give(room: Room) -> DocumentGiven:
        paper = acts.fetch_paper(services, caller, submission_id, requirement_id=requirement_id, room=room)
        return paper.content, digest_headers(paper.content, name=f"{paper.record.record_id}.pdf")

    return document_response(services.spool, give)


@router.post("/{submission_id}/items/{requirement_id}/answer", response_model=SubmissionTold)
def answer_item(
    caller: RecipientActing,
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
    caller: RecipientActing, services: Office, submission_id: Ulid, asked: StepAsked, if_match: IfMatch = None
) -> Response:
    """Move a dossier one of the five steps on."""
    _seen_version(acts.view_received(services, caller, submission_id)[0], if_match)
    try:
        step = Step(asked.step)
    except ValueError as exc:
        raise RequestInvalid("there is no such step", field="step") from exc
    return _told(acts.move_on(services, caller, submission_id, to=step))


@router.post("/{submission_id}/status", response_model=SubmissionTold)
def bring_status(
    caller: RecipientActing, services: Office, submission_id: Ulid, asked: StatusAsked, if_match: IfMatch = None
) -> Response:
    """Bring one of the ten one-stop codes beside the five steps: refused, supplement, payment, stopped, done, or on again."""
    version = _seen_version(acts.view_received(services, caller, submission_id)[0], if_match)
    moved = acts.bring_status(
        services, caller, submission_id, to=Status(asked.status), reason=asked.reason, expected_version=version
    )
    standing = acts.standing_received(services, caller, submission_id)
    return reply(submission_told(moved, standing=standing), headers={"ETag": etag(moved.version)})


@router.post("/{submission_id}/items/{requirement_id}/by-hand", response_model=ByHandTold)
def take_in_by_hand(
    caller: RecipientActing, services: Office, submission_id: Ulid, requirement_id: PlainId, asked: ByHandAsked
) -> Response:
    """Say that a paper was taken in by hand, why, and its digest; the next fetch holds the two against each other."""
    noted = acts.take_in_by_hand(
        services,
        caller,
        submission_id,
        requirement_id=requirement_id,
        why=WhyByHand(asked.why),
        note=asked.note,
        sha256_hex=asked.sha256,
    )
    return reply(by_hand_told(noted))


def _seen_version(submission: Submission, if_match: str | None) -> int:
    check_if_match(if_match, submission.version)
    return submission.version


def _told(submission: Submission) -> Response:
    return reply(submission_told(submission), headers={"ETag": etag(submission.version)})
