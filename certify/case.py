"""Cases and what people do to their items before a number is taken: declare, present, refuse, withdraw, compare."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.agencies import check_agency_at
from certify.case_moves import lock_case, note_case
from certify.case_transitions import OPEN_STATES, WORKING_STATES, CaseState
from certify.errors import CaseNotFound, GuardRefused, RefusalIncomplete
from certify.four_eyes import check_four_eyes
from certify.items import Actor, ActorKind, Item, advance, get_item
from certify.rules import LANGUAGES, LawPack, refusal_notice
from certify.staff import Role, check_one_role, check_role
from certify.tables import cases, items
from certify.transitions import ItemEvent, ItemState
from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from vault.codes import new_code

_CLERKS: Final = frozenset({Role.COUNTER_CLERK})
# A letter is also entered by whoever takes in the post; the paper in it is scanned by a clerk.
_OPENERS: Final = _CLERKS | {Role.POSTAL_INTAKE}


class Channel(StrEnum):
    """How a case came in."""

    COUNTER = "COUNTER"
    ONLINE = "ONLINE"
    POSTAL = "POSTAL"
    ASSISTED = "ASSISTED"


class Delivery(StrEnum):
    """How the copies reach the one who asked; no account is needed for any but the first."""

    VAULT = "VAULT"
    EMAIL_LINK = "EMAIL_LINK"
    OWN_MEDIUM = "OWN_MEDIUM"
    PRINT = "PRINT"
    POST = "POST"


@dataclass(frozen=True, slots=True)
class Case:
    """A request of one person; the holder is whose vault receives the copies."""

    case_id: str
    agency_code: str
    channel: Channel
    state: CaseState
    holder_id: str
    requester_digest: str
    requester_id_last4: str
    opened_by: str
    opened_at: datetime
    due_at: datetime
    tracking_code: str | None = None
    receiving_agency_code: str | None = None
    claimed_by: str | None = None
    claimed_at: datetime | None = None
    clock_stopped_at: datetime | None = None
    waits_until: datetime | None = None
    reason_code: str | None = None
    delivery: Delivery = Delivery.VAULT
    appointment_at: datetime | None = None
    escalated_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def received_by_agency(self) -> str:
        """The agency that took the case in; another one may be responsible for it."""
        return self.receiving_agency_code or self.agency_code

    def is_late(self, *, at: datetime) -> bool:
        """Whether the answer is overdue; a clock that stands still is never late."""
        return self.state in WORKING_STATES and self.clock_stopped_at is None and at > self.due_at


@dataclass(frozen=True, slots=True)
class NewCase:
    """What the counter enters; the requester's name goes into the blob vault, here stands only its digest."""

    agency_code: str
    channel: Channel
    holder_id: str
    requester_digest: str
    requester_id_last4: str
    due_at: datetime
    receiving_agency_code: str | None = None
    delivery: Delivery = Delivery.VAULT
    appointment_at: datetime | None = None
    state: CaseState = CaseState.RECEIVED
    """Where it begins: received at the counter, or a draft that somebody fills in and submits."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal as it is handed to the citizen: code, remark, remedy and the notice in three languages."""

    item_id: str
    code: str
    free_text: str
    remedy: str
    notices: tuple[tuple[str, str], ...]


def open_case(tx: Connection, new: NewCase, *, opened_by: str, at: datetime, random_bytes: RandomBytes) -> Case:
    """Open a case at an agency that acts today; a draft online is its citizen's, a letter also a postal clerk's, all else a clerk's.

    Raises:
        AgencyNotFound: the agency does not act at this instant.
        StaffNotFound: the clerk is unknown or has left.
    """
    check_agency_at(tx, new.agency_code, at=at)
    by_citizen = new.channel is Channel.ONLINE and new.state is CaseState.DRAFT
    if not by_citizen:
        check_one_role(tx, opened_by, roles=_OPENERS if new.channel is Channel.POSTAL else _CLERKS, at=at)
    case_id = new_ulid(at=at, random_bytes=random_bytes)
    tx.execute(
        cases.insert().values(
            case_id=case_id,
            agency_code=new.agency_code,
            channel=new.channel.value,
            state=new.state.value,
            holder_id=new.holder_id,
            requester_digest=new.requester_digest,
            requester_id_last4=new.requester_id_last4,
            opened_by=opened_by,
            opened_at=at,
            due_at=new.due_at,
            tracking_code=new_code(random_bytes),
            receiving_agency_code=new.receiving_agency_code,
            delivery=new.delivery.value,
            appointment_at=new.appointment_at,
        )
    )
    actor = Actor(ActorKind.CITIZEN if by_citizen else ActorKind.STAFF, opened_by)
    note_case(tx, lock_case(tx, case_id), event="OPEN", actor=actor, at=at, detail=new.channel.value)
    return get_case(tx, case_id)


def get_case(tx: Connection, case_id: str) -> Case:
    """Give a case.

    Raises:
        CaseNotFound: no such id.
    """
    row = tx.execute(sa.select(cases).where(cases.c.case_id == case_id)).one_or_none()
    if row is None:
        raise CaseNotFound(f"case {case_id} does not exist")
    return _case(dict(row._mapping))


def list_agency_cases(
    tx: Connection, agency_code: str, *, state: CaseState | None = None, after_case_id: str | None = None, limit: int
) -> tuple[Case, ...]:
    """Give so many cases of an agency, oldest first, behind the one already seen; of one state when it is named."""
    chosen = sa.select(cases).where(cases.c.agency_code == agency_code)
    if state is not None:
        chosen = chosen.where(cases.c.state == state.value)
    if after_case_id is not None:
        chosen = chosen.where(cases.c.case_id > after_case_id)
    rows = tx.execute(chosen.order_by(cases.c.case_id).limit(limit))
    return tuple(_case(dict(row._mapping)) for row in rows)


def add_item(
    tx: Connection, case_id: str, *, doc_type: str, title: str, copies: int, at: datetime, random_bytes: RandomBytes
) -> Item:
    """Add one original to a case, not yet seen.

    Raises:
        CaseNotFound: no such case.
        GuardRefused: `CASE_ENDED`, it takes no more originals.
    """
    case = get_case(tx, case_id)
    if case.state not in OPEN_STATES:
        raise GuardRefused("CASE_ENDED", f"case {case_id} is {case.state.value}; open a new one")
    position = tx.execute(sa.select(sa.func.count()).select_from(items).where(items.c.case_id == case_id)).scalar_one()
    item_id = new_ulid(at=at, random_bytes=random_bytes)
    tx.execute(
        items.insert().values(
            item_id=item_id,
            case_id=case_id,
            position=position + 1,
            state=ItemState.DECLARED.value,
            version=1,
            document_id=item_id,
            scan_number=0,
            attempt=0,
            copies=copies,
            doc_type=doc_type,
            title=title,
            warnings=[],
            agency_code=case.agency_code,
        )
    )
    return get_item(tx, item_id)


def present_original(tx: Connection, item_id: str, *, staff_id: str, at: datetime) -> Item:
    """Note that a clerk has the paper in hand.

    Raises:
        GuardRefused: `CASE_NOT_RECEIVED`, nobody saw yet who brings the paper of a request online.
    """
    check_role(tx, staff_id, role=Role.COUNTER_CLERK, at=at)
    case = get_case(tx, get_item(tx, item_id).case_id)
    if case.state in {CaseState.DRAFT, CaseState.SUBMITTED}:
        raise GuardRefused("CASE_NOT_RECEIVED", "receive the case first: see who brings the paper, then scan it")
    return advance(tx, item_id, event=ItemEvent.PRESENT_ORIGINAL, actor=Actor(ActorKind.STAFF, staff_id), at=at)


def ask_for_a_rescan(tx: Connection, item_id: str, *, staff_id: str, at: datetime) -> Item:
    """Put an item whose scan is not good enough back to where a scan is awaited; the earlier scan is kept until purge.

    Raises:
        TransitionRefused: a number is reserved, or the item has ended.
    """
    check_role(tx, staff_id, role=Role.COUNTER_CLERK, at=at)
    return advance(tx, item_id, event=ItemEvent.RESCAN, actor=Actor(ActorKind.STAFF, staff_id), at=at)


def compare(tx: Connection, item_id: str, *, officer_id: str, pages_compared: int, at: datetime) -> Item:
    """Note that an officer compared so many pages with the paper and releases the item for signing.

    Raises:
        RoleMissing: no certifier.
        GuardRefused: a page was not compared, or the scan is not good enough.
    """
    check_role(tx, officer_id, role=Role.CERTIFIER, at=at)
    check_four_eyes(tx, get_item(tx, item_id), signer_id=officer_id, at=at)
    actor = Actor(ActorKind.STAFF, officer_id)
    facts = {"pages_compared": pages_compared, "compared_by": officer_id, "compared_at": at}
    advance(tx, item_id, event=ItemEvent.COMPARE, actor=actor, at=at, changes=facts)
    return advance(tx, item_id, event=ItemEvent.RELEASE, actor=actor, at=at)


def note_subject(tx: Connection, item_id: str, *, match: str, relation: str | None) -> None:
    """Note how the holder and the person of whom the paper speaks agree, and what the two are to each other."""
    known = {"subject_match": match, **({"relation_code": relation} if relation else {})}
    tx.execute(items.update().where(items.c.item_id == item_id).values(**known))


def refuse_item(
    tx: Connection, item_id: str, *, law: LawPack, code: str, free_text: str, staff_id: str, at: datetime
) -> Refusal:
    """Refuse an item with a reason of the closed list, the officer's own words, and what the citizen can do.

    The free text is returned for the notice; it is not written into the database.

    Raises:
        RefusalIncomplete: the code is not on the list, or no words were written.
    """
    law = law.in_force(at)
    reason = law.refusal(code)
    notices = tuple(
        (language, refusal_notice(law, code=code, free_text=free_text, language=language, at=at))
        for language in LANGUAGES
    )
    if not reason.remedy["vi"]:
        raise RefusalIncomplete(f"refusal {code} has no remedy in the law data; add one")
    advance(
        tx,
        item_id,
        event=ItemEvent.REFUSE,
        actor=Actor(ActorKind.STAFF, staff_id),
        at=at,
        changes={"refusal_code": code},
        detail_code=code,
    )
    return Refusal(item_id=item_id, code=code, free_text=free_text.strip(), remedy=reason.remedy["vi"], notices=notices)


def withdraw_item(tx: Connection, item_id: str, *, actor: Actor, at: datetime) -> Item:
    """Take a request back before a number is reserved."""
    return advance(tx, item_id, event=ItemEvent.WITHDRAW, actor=actor, at=at)


def _case(fields: dict[str, Any]) -> Case:
    return Case(
        channel=Channel(fields.pop("channel")),
        state=CaseState(fields.pop("state")),
        delivery=Delivery(fields.pop("delivery") or Delivery.VAULT.value),
        **fields,
    )
