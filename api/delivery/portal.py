"""Tells the portal how far a dossier is: from the outbox to rows, from rows to the portal, in the order in which it went."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.delivery.topics import event_key
from api.errors import DoorFailed, NotDelivered
from dossiers import Answer, Portal, PortalForm, PortalUpdate, Step
from vault import Database, Message, NotFound
from vault.delivery import Delivery, NewEvent, get_event

TYPE: Final = "portal.status"


def portal_events(message: Message, form: PortalForm) -> Iterator[NewEvent]:
    """What a message of the outbox means for the portal."""
    payload = message.payload
    status: int | None = None
    match message.topic:
        case "submission.filed":
            status = form.status_of_step(Step.GUIDE)
        case "submission.moved":
            status = form.status_of_step(Step(payload["step"]))
        case "submission.status":
            status = int(payload["status"])
        case "submission.answered":
            status = form.status_of_answer(Answer(payload["answer"]))
    if status is not None:
        data = {"submission": payload["submission"], "status": str(status)}
        yield NewEvent(payload["recipient"], TYPE, event_key(message), data)


def target_of(submission_id: str) -> str:
    """Each dossier is a target of its own, so that only its own statuses wait for each other."""
    return f"portal:{submission_id}"


@dataclass(frozen=True, slots=True)
class PortalCarrier:
    """`Carrier` for the portal."""

    database: Database
    portal: Portal

    def carry(self, delivery: Delivery) -> None:
        """Tell the portal one status of one dossier.

        Raises:
            NotDelivered: the portal did not take it.
        """
        try:
            with self.database.read() as tx:
                event = get_event(tx, delivery.subject_id)
        except NotFound as exc:
            raise NotDelivered("RECEIVER_GONE", is_final=True) from exc
        told = json.loads(event.body)
        update = PortalUpdate(
            update_id=delivery.delivery_id,
            submission_id=told["data"]["submission"],
            agency_code=event.agency_code,
            status=int(told["data"]["status"]),
            at=datetime.fromisoformat(told["timestamp"]),
        )
        try:
            self.portal.push(update)
        except DoorFailed as exc:
            raise NotDelivered(exc.code, is_final=exc.is_final) from exc
