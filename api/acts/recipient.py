"""What a receiving agency does with the dossiers filed with it: fetch a paper, answer, move on."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from api.access import Principal
from api.services import Services
from dossiers import (
    Answer,
    By,
    HandedIn,
    ItemAnswer,
    ItemRequest,
    ReachedStatus,
    ReachedStep,
    Status,
    StatusMove,
    Step,
    Submission,
    WhyByHand,
    advance,
    answer_item,
    fetch_item,
    get_for_recipient,
    hand_in,
    handed_in_of,
    history_of_status,
    list_for_recipient,
    move_for_recipient,
    reconcile,
    status_of,
    steps_of,
)
from guard import Room
from vault import FetchedPaper


def received(
    services: Services, principal: Principal, *, before_id: str | None = None, limit: int | None = None
) -> tuple[Submission, ...]:
    """Give the dossiers filed with the agency, newest first: all, or so many below the one already seen."""
    with services.database.read() as tx:
        return list_for_recipient(tx, principal.agency_code, before_id=before_id, limit=limit)


def view_received(
    services: Services, principal: Principal, submission_id: str
) -> tuple[Submission, tuple[ReachedStep, ...]]:
    """Give a dossier filed with the agency, with its steps.

    Raises:
        SubmissionNotFound: there is none, or it was filed elsewhere.
    """
    with services.database.read() as tx:
        return get_for_recipient(tx, principal.agency_code, submission_id), steps_of(tx, submission_id)


def fetch_paper(
    services: Services, principal: Principal, submission_id: str, *, requirement_id: str, room: Room
) -> FetchedPaper:
    """Fetch one paper by its reference; the holder sees it, and sees a refusal too."""
    request = ItemRequest(submission_id, requirement_id, principal.agency_code, principal.staff_id)
    fetched = fetch_item(
        services.database,
        request,
        blobs=services.blobs,
        room=room,
        at=services.clock.now(),
        random_bytes=services.random_bytes,
    )
    # What was taken in by hand while the vault was silent is held against what it gives now.
    with services.database.transaction() as tx:
        reconcile(tx, request, fetched_sha256_hex=fetched.rendition.sha256_hex, at=services.clock.now())
    return fetched


@dataclass(frozen=True, slots=True)
class Standing:
    """The code of a dossier, those it had, and what was taken in by hand."""

    status: Status
    reached: tuple[ReachedStatus, ...]
    by_hand: tuple[HandedIn, ...]


def standing_in(tx: Connection, submission: Submission) -> Standing:
    """How a dossier stands that the caller may read."""
    return Standing(
        status_of(tx, submission.submission_id, step=submission.step.value),
        history_of_status(tx, submission.submission_id),
        handed_in_of(tx, submission.submission_id),
    )


def standing_received(services: Services, principal: Principal, submission_id: str) -> Standing:
    """How a dossier filed with the agency stands.

    Raises:
        SubmissionNotFound: there is none, or it was filed elsewhere.
    """
    with services.database.read() as tx:
        return standing_in(tx, get_for_recipient(tx, principal.agency_code, submission_id))


def bring_status(
    services: Services, principal: Principal, submission_id: str, *, to: Status, reason: str, expected_version: int
) -> Submission:
    """Bring one of the ten codes.

    Raises:
        SubmissionNotFound: there is none, or it was filed elsewhere.
        StatusRefused, SubmissionChanged: as `dossiers.move_status`.
    """
    move = StatusMove(to, By.STAFF, principal.staff_id, reason)
    with services.database.transaction() as tx:
        return move_for_recipient(
            tx,
            submission_id,
            move,
            recipient_agency=principal.agency_code,
            expected_version=expected_version,
            at=services.clock.now(),
        )


def take_in_by_hand(
    services: Services,
    principal: Principal,
    submission_id: str,
    *,
    requirement_id: str,
    why: WhyByHand,
    note: str,
    sha256_hex: str,
) -> HandedIn:
    """Note a paper that was taken in by hand instead of being fetched; the office keeps the file, we its digest.

    Raises:
        SubmissionNotFound, HandInRefused: as `dossiers.hand_in`.
    """
    request = ItemRequest(submission_id, requirement_id, principal.agency_code, principal.staff_id)
    with services.database.transaction() as tx:
        return hand_in(tx, request, why=why, note=note, sha256_hex=sha256_hex, at=services.clock.now())


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
