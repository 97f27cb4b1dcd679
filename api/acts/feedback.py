"""What a citizen says of a dossier, a case or a refusal of one's own, and what the agency answers."""

from __future__ import annotations

from typing import Final

from sqlalchemy.engine import Connection

from api.access import Principal
from api.errors import NotFound, RequestInvalid
from api.identity import count_attempt
from api.services import Services
from certify import CaseNotFound, ItemNotFound, ItemState, get_case, get_item
from dossiers import get_for_holder, status_of
from dossiers.feedback import (
    About,
    Feedback,
    FeedbackKind,
    NewFeedback,
    answer_feedback,
    get_own_feedback,
    get_received_feedback,
    give_feedback,
    list_own_feedback,
    list_received_feedback,
)
from dossiers.statuses import Status
from vault import HolderOwner

# In a quarter of an hour, by one citizen.
_WORDS: Final = 10


def give(
    services: Services, principal: Principal, *, about: About, about_id: str, kind: FeedbackKind, text: str
) -> Feedback:
    """Say something of a dossier, a case or a refusal of one's own; the agency that did it is told.

    Raises:
        NotFound: there is no such thing, or it is somebody else's.
        RequestInvalid: it is no refusal.
        AnswerRefused: nothing was said, or too much.
        TooManyRequests: this citizen says more than an office can read.
    """
    at, holder_id = services.clock.now(), principal.holder_id
    with services.database.transaction() as tx:
        # A transaction of its own: what is counted stays counted.
        count_attempt(tx, subject=f"feedback:{holder_id}", at=at, allowed=_WORDS)
    with services.database.transaction() as tx:
        agency = _agency_of(tx, holder_id, about, about_id)
        new = NewFeedback(about, about_id, agency, kind, text)
        return give_feedback(
            tx, HolderOwner(holder_id), new, vault=services.blobs, at=at, random_bytes=services.random_bytes
        )


def own(
    services: Services, principal: Principal, *, before_id: str | None = None, limit: int | None = None
) -> tuple[Feedback, ...]:
    """Give what the citizen said, newest first: all, or so many below the one already seen."""
    with services.database.read() as tx:
        return list_own_feedback(
            tx, HolderOwner(principal.holder_id), vault=services.blobs, before_id=before_id, limit=limit
        )


def own_one(services: Services, principal: Principal, feedback_id: str) -> Feedback:
    """Give one word of one's own, with its answer.

    Raises:
        SubmissionNotFound: there is none, or it is another's.
    """
    with services.database.read() as tx:
        return get_own_feedback(tx, HolderOwner(principal.holder_id), feedback_id, vault=services.blobs)


def received(
    services: Services, principal: Principal, *, before_id: str | None = None, limit: int | None = None
) -> tuple[Feedback, ...]:
    """Give what the agency was told, newest first: all, or so many below the one already seen."""
    with services.database.read() as tx:
        return list_received_feedback(tx, principal.agency_code, vault=services.blobs, before_id=before_id, limit=limit)


def received_one(services: Services, principal: Principal, feedback_id: str) -> Feedback:
    """Give one word that the agency got.

    Raises:
        SubmissionNotFound: there is none, or another agency got it.
    """
    with services.database.read() as tx:
        return get_received_feedback(tx, principal.agency_code, feedback_id, vault=services.blobs)


def answer(services: Services, principal: Principal, feedback_id: str, *, text: str) -> Feedback:
    """Answer a word that the agency got, once; the citizen is told.

    Raises:
        SubmissionNotFound: there is none, or another agency got it.
        AnswerRefused: it was answered before, or the answer says nothing.
    """
    with services.database.transaction() as tx:
        return answer_feedback(
            tx,
            principal.agency_code,
            feedback_id,
            text=text,
            staff_id=principal.staff_id,
            vault=services.blobs,
            at=services.clock.now(),
        )


def _agency_of(tx: Connection, holder_id: str, about: About, about_id: str) -> str:
    """Which agency did it; what is not the holder's does not exist."""
    if about is About.CASE:
        return _case_of(tx, holder_id, about_id)
    if about is About.DOSSIER:
        return get_for_holder(tx, HolderOwner(holder_id), about_id).recipient_agency
    return _refused(tx, holder_id, about_id)


def _refused(tx: Connection, holder_id: str, about_id: str) -> str:
    """A refusal is an original that was not certified, or a dossier that was not taken."""
    try:
        item = get_item(tx, about_id)
    except ItemNotFound:
        dossier = get_for_holder(tx, HolderOwner(holder_id), about_id)
        if status_of(tx, about_id, step=dossier.step.value) is not Status.REFUSED:
            raise RequestInvalid("this dossier was not refused; say it of the dossier", field="about") from None
        return dossier.recipient_agency
    agency = _case_of(tx, holder_id, item.case_id)
    if item.state is not ItemState.REFUSED:
        raise RequestInvalid("this original was not refused; say it of the case", field="about")
    return agency


def _case_of(tx: Connection, holder_id: str, case_id: str) -> str:
    try:
        case = get_case(tx, case_id)
    except CaseNotFound as exc:
        raise NotFound(f"there is no case {case_id}") from exc
    if case.holder_id != holder_id:
        raise NotFound(f"there is no case {case_id}")
    return case.agency_code
