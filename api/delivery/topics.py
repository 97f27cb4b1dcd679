"""What a message of the outbox means: who is told, with which words, and of which ids; one function a topic."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, TypeAlias

from sqlalchemy.engine import Connection

from certify import OwnerKind, get_entry, get_staff, list_agencies
from vault import Message, OriginalStatus, RegisterStatus
from vault.delivery import (
    Audience,
    NewNotice,
    Receiver,
    agencies_that_fetched,
    place_of_code,
    place_of_record,
)

Teller: TypeAlias = Callable[[Connection, Message, datetime], Iterator[NewNotice]]
"""(transaction, message, now) to the notices it becomes."""

# What the holder is told by a message of its own.
_TOLD_APART: Final = frozenset({"KEY_COMPROMISE"})
_REGISTER_KINDS: Final = MappingProxyType(
    {RegisterStatus.ANNULLED.value: "COPY_ANNULLED", RegisterStatus.SUPERSEDED.value: "COPY_SUPERSEDED"}
)
_ORIGINAL_KINDS: Final = MappingProxyType(
    {OriginalStatus.REPLACED.value: "ORIGINAL_REPLACED", OriginalStatus.REVOKED.value: "ORIGINAL_REVOKED"}
)
_REMEDY_KINDS: Final = MappingProxyType({"ANNULLED": "COPY_ANNULLED_KEY", "RESEALED": "COPY_RESEALED"})
_ANSWER_KINDS: Final = MappingProxyType({"ACCEPTED": "ITEM_ACCEPTED", "REJECTED": "ITEM_REJECTED"})
_SHARE_KINDS: Final = MappingProxyType({"ACCEPTED": "SHARE_ACCEPTED", "REFUSED": "SHARE_REFUSED"})
_WITHDRAWAL: Final = "7"
_STATUS_KINDS: Final = {
    "3": "DOSSIER_REFUSED",
    "4": "DOSSIER_GOES_ON",
    "5": "DOSSIER_SUPPLEMENT",
    "6": "DOSSIER_PAYMENT",
    "8": "DOSSIER_STOPPED",
    "9": "DOSSIER_DONE",
}
_LAST_STEP: Final = "RETURN"
_CITIZEN: Final = "citizen"


def event_key(message: Message) -> str:
    """Name the event a message tells of; the same in every notice about it."""
    return f"{message.topic}:{message.key}"


def acting_agencies(tx: Connection, at: datetime) -> Iterator[str]:
    """Name the agencies that act at this instant."""
    for agency in list_agencies(tx):
        if agency.valid_from <= at and (agency.valid_to is None or at < agency.valid_to):
            yield agency.code


def _holder(holder_id: str) -> Receiver:
    return Receiver(Audience.HOLDER, holder_id)


def _tell(message: Message, receiver: Receiver, kind: str, **refs: str) -> NewNotice:
    return NewNotice(receiver, kind, event_key(message), refs)


def _certified(tx: Connection, message: Message, _at: datetime) -> Iterator[NewNotice]:
    place = place_of_record(tx, message.payload["record"])
    yield _tell(
        message, _holder(place.holder_id), "COPY_DEPOSITED", record=place.record_id, code=place.code or place.record_id
    )


def _key_compromised(tx: Connection, message: Message, _at: datetime) -> Iterator[NewNotice]:
    place = place_of_record(tx, message.payload["record"])
    refs = {"record": place.record_id, "code": place.code or place.record_id}
    yield _tell(message, _holder(place.holder_id), _REMEDY_KINDS[message.payload["remedy"]], **refs)


def _status_changed(tx: Connection, message: Message, _at: datetime) -> Iterator[NewNotice]:
    place = place_of_code(tx, message.payload["code"])
    refs = {"record": place.record_id, "code": message.payload["code"]}
    register = message.payload.get("register", "")
    kinds = (_REGISTER_KINDS.get(register), _ORIGINAL_KINDS.get(message.payload.get("original", "")))
    if message.payload.get("reason") not in _TOLD_APART:
        for kind in kinds:
            if kind is not None:
                yield _tell(message, _holder(place.holder_id), kind, **refs)
    for agency in agencies_that_fetched(tx, place.record_id):
        for kind in kinds:
            if kind is not None:
                yield _tell(message, Receiver(Audience.OFFICE, agency), f"FETCHED_{kind}", code=refs["code"])


def _misdelivered(tx: Connection, message: Message, _at: datetime) -> Iterator[NewNotice]:
    side = message.payload["side"]
    refs = {"record": message.payload["record"], "code": message.payload["code"]}
    yield _tell(message, _holder(message.payload["holder"]), f"COPY_MISDELIVERED_{side}", **refs)
    if side == "TAKEN":
        for agency in agencies_that_fetched(tx, refs["record"]):
            yield _tell(message, Receiver(Audience.OFFICE, agency), "FETCHED_COPY_MISDELIVERED", code=refs["code"])


def _fetched(_tx: Connection, message: Message, _at: datetime) -> Iterator[NewNotice]:
    refs = {"record": message.payload["record"], "agency": message.payload["agency"]}
    yield _tell(message, _holder(message.payload["holder"]), "PAPER_FETCHED", **refs)


def _answered(_tx: Connection, message: Message, _at: datetime) -> Iterator[NewNotice]:
    kind = _ANSWER_KINDS[message.payload["answer"]]
    yield _tell(message, _holder(message.payload["holder"]), kind, submission=message.payload["submission"])


def _share_answered(_tx: Connection, message: Message, _at: datetime) -> Iterator[NewNotice]:
    kind = _SHARE_KINDS[message.payload["answer"]]
    refs = {"share": message.payload["share"], "record": message.payload["record"]}
    yield _tell(message, _holder(message.payload["holder"]), kind, **refs)


def _asked(_tx: Connection, message: Message, _at: datetime) -> Iterator[NewNotice]:
    refs = {"request": message.payload["request"], "agency": message.payload["agency"]}
    yield _tell(message, _holder(message.payload["holder"]), "PAPERS_ASKED", **refs)


def _result_issued(tx: Connection, message: Message, _at: datetime) -> Iterator[NewNotice]:
    act, record = message.payload["act"], message.payload["record"]
    refs = {"record": record, "agency": message.payload["agency"]}
    yield _tell(message, _holder(message.payload["holder"]), f"RESULT_{act}", **refs)
    if act in {"REPLACED", "ANNULLED"}:
        fetched = message.payload.get("before", record)
        for agency in agencies_that_fetched(tx, fetched):
            yield _tell(message, Receiver(Audience.OFFICE, agency), f"FETCHED_RESULT_{act}", record=fetched)


def _feedback_given(_tx: Connection, message: Message, _at: datetime) -> Iterator[NewNotice]:
    refs = {"feedback": message.payload["feedback"]}
    yield _tell(message, Receiver(Audience.OFFICE, message.payload["agency"]), "FEEDBACK_RECEIVED", **refs)


def _feedback_answered(_tx: Connection, message: Message, _at: datetime) -> Iterator[NewNotice]:
    refs = {"feedback": message.payload["feedback"], "agency": message.payload["agency"]}
    yield _tell(message, _holder(message.payload["holder"]), "FEEDBACK_ANSWERED", **refs)


def _by_duty(_tx: Connection, message: Message, _at: datetime) -> Iterator[NewNotice]:
    refs = {"article": message.payload["article"], "agency": message.payload["agency"]}
    yield _tell(message, _holder(message.payload["holder"]), "PAPERS_BY_DUTY", **refs)


def _assisted_often(_tx: Connection, message: Message, _at: datetime) -> Iterator[NewNotice]:
    refs = {"staff": message.payload["staff"], "count": message.payload["count"]}
    yield _tell(message, Receiver(Audience.ADMINS, message.payload["agency"]), "ASSISTED_OFTEN", **refs)


def _moved(_tx: Connection, message: Message, _at: datetime) -> Iterator[NewNotice]:
    if message.payload["step"] == _LAST_STEP:
        refs = {"submission": message.payload["submission"]}
        yield _tell(message, _holder(message.payload["holder"]), "DOSSIER_RETURNED", **refs)


def _status_brought(_tx: Connection, message: Message, _at: datetime) -> Iterator[NewNotice]:
    payload = message.payload
    refs = {"submission": payload["submission"]}
    if payload["status"] == _WITHDRAWAL:
        yield _tell(message, Receiver(Audience.OFFICE, payload["recipient"]), "DOSSIER_WITHDRAWAL_ASKED", **refs)
    elif payload["status"] in _STATUS_KINDS:
        yield _tell(message, _holder(payload["holder"]), _STATUS_KINDS[payload["status"]], **refs)


def _looping(_tx: Connection, message: Message, _at: datetime) -> Iterator[NewNotice]:
    refs = {"submission": message.payload["submission"], "count": message.payload["count"]}
    yield _tell(message, Receiver(Audience.ADMINS, message.payload["recipient"]), "DOSSIER_LOOPING", **refs)


def _expiring(tx: Connection, message: Message, _at: datetime) -> Iterator[NewNotice]:
    entry = get_entry(tx, message.payload["key"])
    days = message.payload["band_days"]
    kind = "KEY_ENDED" if days == "0" else "KEY_EXPIRING"
    refs = {"key_id": entry.key_id, "days": days}
    match entry.kind:
        case OwnerKind.AGENCY:
            yield _tell(message, Receiver(Audience.ADMINS, entry.owner_id), kind, **refs)
        case OwnerKind.PERSONAL:
            yield _tell(message, Receiver(Audience.STAFF, entry.owner_id), kind, **refs)
            agency = get_staff(tx, entry.owner_id).agency_code
            yield _tell(message, Receiver(Audience.ADMINS, agency), kind, **refs)
        case OwnerKind.CITIZEN:
            yield _tell(message, _holder(entry.owner_id), kind, **refs)


def _dry_run_failed(tx: Connection, message: Message, at: datetime) -> Iterator[NewNotice]:
    refs = {"run": message.payload["run"], "failed": message.payload["failed"]}
    # The services are everybody's: each agency that acts today is told.
    for agency_code in acting_agencies(tx, at):
        yield _tell(message, Receiver(Audience.ADMINS, agency_code), "DRY_RUN_FAILED", **refs)


def _case_late(_tx: Connection, message: Message, _at: datetime) -> Iterator[NewNotice]:
    yield _tell(
        message, Receiver(Audience.OFFICE, message.payload["agency"]), "CASE_LATE", case=message.payload["case"]
    )


def _account_changed(_tx: Connection, message: Message, _at: datetime) -> Iterator[NewNotice]:
    audience = Audience.HOLDER if message.payload["door"] == _CITIZEN else Audience.STAFF
    yield _tell(message, Receiver(audience, message.payload["subject"]), message.payload["change"])


def _nobody(_tx: Connection, _message: Message, _at: datetime) -> Iterator[NewNotice]:
    yield from ()


TELLERS: Final[Mapping[str, Teller]] = MappingProxyType(
    {
        "copy.certified": _certified,
        "copy.key_compromised": _key_compromised,
        "copy.status_changed": _status_changed,
        "copy.misdelivered": _misdelivered,
        "paper.fetched": _fetched,
        # The receiving office sees it in its list of dossiers.
        "submission.filed": _nobody,
        "share.answered": _share_answered,
        "papers.asked": _asked,
        # The asking office sees it in its list of requests, and its systems by a webhook.
        "papers.declined": _nobody,
        "papers.by_duty": _by_duty,
        "consent.assisted_often": _assisted_often,
        "result.issued": _result_issued,
        "submission.answered": _answered,
        "feedback.given": _feedback_given,
        "feedback.answered": _feedback_answered,
        "submission.moved": _moved,
        "submission.status": _status_brought,
        "submission.looping": _looping,
        "account.changed": _account_changed,
        "credential.expiring": _expiring,
        "office.dry_run_failed": _dry_run_failed,
        "case.late": _case_late,
    }
)
