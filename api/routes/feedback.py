"""Feedback: a citizen says something of a dossier, a case or a refusal, and the agency answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import feedback as acts
from api.routes.cursors import Page
from api.routes.depends import (
    IdempotencyKeyHeader,
    Office,
    Recipient,
    RecipientActing,
    Ulid,
    VaultReader,
    reply,
)
from api.routes.repeats import do_once
from api.schemas.feedback import FeedbackAnswerAsked, FeedbackAsked, FeedbackList, FeedbackTold
from dossiers.feedback import About, Feedback, FeedbackKind

router = APIRouter(prefix="/v1", tags=["feedback"])
# A person says it, and no program.
Citizen = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF))]


@router.post("/feedback", status_code=201, response_model=FeedbackTold)
def give_feedback(
    request: Request, caller: Citizen, services: Office, asked: FeedbackAsked, _key: IdempotencyKeyHeader = None
) -> Response:
    """Say something of a dossier, a case or a refusal of one's own; the agency that did it is told."""

    def act() -> Response:
        given = acts.give(
            services,
            caller,
            about=About(asked.about),
            about_id=asked.about_id,
            kind=FeedbackKind(asked.kind),
            text=asked.text,
        )
        return reply(feedback_told(given), status=201, headers={"Location": f"/v1/feedback/{given.feedback_id}"})

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.get("/feedback", response_model=FeedbackList)
def list_feedback(caller: VaultReader, services: Office, paging: Page) -> Response:
    """List what the citizen said, newest first, with the answers."""
    shown, more = paging.page(
        "feedback",
        caller.holder_id,
        read=lambda before, limit: acts.own(services, caller, before_id=before, limit=limit),
        id_of=lambda one: one.feedback_id,
    )
    return reply(FeedbackList(items=[feedback_told(one) for one in shown], next_cursor=more))


@router.get("/feedback/{feedback_id}", response_model=FeedbackTold)
def get_feedback(caller: VaultReader, services: Office, feedback_id: Ulid) -> Response:
    """Give one word of one's own with its answer."""
    return reply(feedback_told(acts.own_one(services, caller, feedback_id)))


@router.get("/received-feedback", response_model=FeedbackList)
def list_received_feedback(caller: Recipient, services: Office, paging: Page) -> Response:
    """List what citizens said to the agency, newest first."""
    shown, more = paging.page(
        "received-feedback",
        caller.agency_code,
        read=lambda before, limit: acts.received(services, caller, before_id=before, limit=limit),
        id_of=lambda one: one.feedback_id,
    )
    return reply(FeedbackList(items=[feedback_told(one) for one in shown], next_cursor=more))


@router.get("/received-feedback/{feedback_id}", response_model=FeedbackTold)
def get_received_feedback(caller: Recipient, services: Office, feedback_id: Ulid) -> Response:
    """Give one word that the agency got."""
    return reply(feedback_told(acts.received_one(services, caller, feedback_id)))


@router.post("/received-feedback/{feedback_id}/reply", response_model=FeedbackTold)
def answer_feedback(
    caller: RecipientActing, services: Office, feedback_id: Ulid, asked: FeedbackAnswerAsked
) -> Response:
    """Answer a word, once; the citizen is told, and an answer stays as it was given."""
    return reply(feedback_told(acts.answer(services, caller, feedback_id, text=asked.text)))


def feedback_told(one: Feedback) -> FeedbackTold:
    """A word as it goes over the wire."""
    return FeedbackTold(
        feedback_id=one.feedback_id,
        about=one.about.value,
        about_id=one.about_id,
        agency_code=one.agency_code,
        kind=one.kind.value,
        text=one.text,
        sent_at=one.sent_at,
        answer=one.answer,
        answered_at=one.answered_at,
    )
