"""The events that webhooks tell of: type, when, and which ids; the reference page and the JSON schemas are made from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy.engine import Connection

from api.delivery.topics import acting_agencies, event_key
from certify import OwnerKind, get_entry, get_staff
from vault import Message
from vault.delivery import NewEvent, agencies_that_fetched, place_of_code, place_of_record

TEST: Final = "webhook.test"


@dataclass(frozen=True, slots=True)
class EventType:
    """One type of event: when it is sent, to whom, and the fields of its `data` with what they say."""

    type: str
    when: str
    to: str
    fields: Mapping[str, str]

    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of the whole body."""
        data = {name: {"type": "string", "description": text} for name, text in self.fields.items()}
        required = [name for name, text in self.fields.items() if not text.endswith("; may be missing")]
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.type,
            "description": self.when,
            "type": "object",
            "required": ["type", "timestamp", "data"],
            "properties": {
                "type": {"const": self.type},
                "timestamp": {"type": "string", "format": "date-time"},
                "data": {"type": "object", "required": required, "properties": data},
            },
        }


_CERTIFIER: Final = "the certifying agency"
_RECEIVER: Final = "the receiving agency"
_SUBMISSION: Final = "Id of the dossier (`/v1/received/{id}`)."
_RECORD: Final = "Id of the paper."
_CODE: Final = "Look-up code of the copy (`/v1/copies/{code}`)."

EVENT_TYPES: Final[tuple[EventType, ...]] = (
    EventType(
        "copy.certified",
        "A copy was certified and deposited.",
        _CERTIFIER,
        {"record": _RECORD, "item": "Id of the item.", "code": _CODE},
    ),
    EventType(
        "copy.status_changed",
        "A copy was annulled or superseded, or its original was replaced or revoked.",
        f"{_CERTIFIER}, and each agency that fetched the copy",
        {
            "code": _CODE,
            "register": "New status in the register; may be missing",
            "original": "New status of the original; may be missing",
            "reason": "Why, as a code; may be missing",
        },
    ),
    EventType(
        "copy.key_compromised",
        "A copy under a compromised key was annulled or sealed again.",
        _CERTIFIER,
        {"record": _RECORD, "code": _CODE, "key": "Id of the key.", "remedy": "`ANNULLED` or `RESEALED`."},
    ),
    EventType(
        "paper.fetched",
        "A paper was fetched under a consent.",
        _RECEIVER,
        {"record": _RECORD, "grant": "Id of the grant it was fetched under."},
    ),
    EventType("submission.filed", "A dossier was filed.", _RECEIVER, {"submission": _SUBMISSION}),
    EventType(
        "submission.answered",
        "An item of a dossier was accepted or rejected.",
        _RECEIVER,
        {"submission": _SUBMISSION, "requirement": "Id of the item.", "answer": "`ACCEPTED` or `REJECTED`."},
    ),
    EventType(
        "submission.moved",
        "A dossier reached one of the five steps.",
        _RECEIVER,
        {"submission": _SUBMISSION, "step": "`RECEIVE`, `TRANSFER`, `RESOLVE` or `RETURN`."},
    ),
    EventType(
        "submission.status",
        "A dossier got one of the ten one-stop codes by an act of its own.",
        _RECEIVER,
        {"submission": _SUBMISSION, "status": "The code, `1` to `10`."},
    ),
    EventType(
        "papers.declined",
        "A holder declined to give the papers that were asked for.",
        "the asking agency",
        {"request": "Id of the request (`/v1/requests/{id}`)."},
    ),
    EventType(
        "credential.expiring",
        "A certificate ends within 90, 30 or 7 days, or has ended (0).",
        "the agency of the key",
        {"key": "Id of the key.", "band_days": "`90`, `30`, `7` or `0`."},
    ),
    EventType(
        "office.dry_run_failed",
        "The nightly walk of the signing paths met a fault.",
        "each agency that acts",
        {"run": "Id of the walk.", "failed": "How many steps failed."},
    ),
    EventType(TEST, "Somebody pressed the test button.", "this webhook alone", {"webhook": "Id of the webhook."}),
)
BY_TYPE: Final = MappingProxyType({one.type: one for one in EVENT_TYPES})
SUBSCRIBABLE: Final = tuple(one.type for one in EVENT_TYPES if one.type != TEST)


def events_of(tx: Connection, message: Message, at: datetime) -> Iterator[NewEvent]:
    """What a message of the outbox tells agencies' systems; ids and codes only, and nobody's holder."""
    if message.topic not in BY_TYPE:
        # Told to people only.
        return
    known = dict(message.payload)
    if "record" in known:
        known["code"] = place_of_record(tx, known["record"]).code or ""
    data = {name: known[name] for name in BY_TYPE[message.topic].fields if known.get(name)}
    for agency in dict.fromkeys(_agencies(tx, message, at)):
        yield NewEvent(agency, message.topic, event_key(message), data)


def _agencies(tx: Connection, message: Message, at: datetime) -> Iterator[str]:
    payload = message.payload
    match message.topic:
        case "copy.certified" | "copy.key_compromised":
            yield place_of_record(tx, payload["record"]).agency_code
        case "copy.status_changed":
            place = place_of_code(tx, payload["code"])
            yield place.agency_code
            yield from agencies_that_fetched(tx, place.record_id)
        case "paper.fetched" | "papers.declined":
            yield payload["agency"]
        case "submission.filed" | "submission.answered" | "submission.moved" | "submission.status":
            yield payload["recipient"]
        case "credential.expiring":
            yield from _agency_of_key(tx, payload["key"])
        case "office.dry_run_failed":
            yield from acting_agencies(tx, at)


def _agency_of_key(tx: Connection, key_id: str) -> Iterator[str]:
    entry = get_entry(tx, key_id)
    if entry.kind is OwnerKind.AGENCY:
        yield entry.owner_id
    elif entry.kind is OwnerKind.PERSONAL:
        yield get_staff(tx, entry.owner_id).agency_code
