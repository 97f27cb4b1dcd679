"""What a receiving agency does with the dossiers filed with it: fetch a paper, answer, move on."""

from __future__ import annotations

from api.access import Principal
from api.services import Services
from dossiers import (
    Answer,
    ItemAnswer,
    ItemRequest,
    ReachedStep,
    Step,
    Submission,
    advance,
    answer_item,
    fetch_item,
    get_for_recipient,
    list_for_recipient,
    steps_of,
)
from vault import FetchedPaper


def received(services: Services, principal: Principal) -> tuple[Submission, ...]:
    """Give the dossiers filed with the agency, newest first."""
    with services.database.read() as tx:
        return list_for_recipient(tx, principal.agency_code)


def view_received(
    services: Services, principal: Principal, submission_id: str
) -> tuple[Submission, tuple[ReachedStep, ...]]:
    """Give a dossier filed with the agency, with its steps.

    Raises:
        SubmissionNotFound: there is none, or it was filed elsewhere.
    """
    with services.database.read() as tx:
        return get_for_recipient(tx, principal.agency_code, submission_id), steps_of(tx, submission_id)


def fetch_paper(services: Services, principal: Principal, submission_id: str, *, requirement_id: str) -> FetchedPaper:
    """Fetch one paper by its reference; the holder sees it, and sees a refusal too."""
    request = ItemRequest(submission_id, requirement_id, principal.agency_code, principal.staff_id)
    return fetch_item(
        services.database, request, blobs=services.blobs, at=services.clock.now(), random_bytes=services.random_bytes
    )


def answer(
    services: Services,
    principal: Principal,
    submission_id: str,
    *,
    requirement_id: str,
    decision: Answer,
    reason: str,
    expected_version: int,
) -> Submission:
    """Accept or reject one item, once; a rejection says why."""
    request = ItemRequest(submission_id, requirement_id, principal.agency_code, principal.staff_id)
    with services.database.transaction() as tx:
        return answer_item(
            tx, ItemAnswer(request, decision, reason), expected_version=expected_version, at=services.clock.now()
        )


def move_on(services: Services, principal: Principal, submission_id: str, *, to: Step) -> Submission:
    """Move a dossier one of the five steps on."""
    with services.database.transaction() as tx:
        advance(
            tx,
            submission_id,
            to=to,
            recipient_agency=principal.agency_code,
            at=services.clock.now(),
            actor_id=principal.staff_id,
        )
        return get_for_recipient(tx, principal.agency_code, submission_id)
