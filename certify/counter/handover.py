"""The end of a case: the copies reach the one who asked in the way that was chosen, and who received them is on record.

The address and the passcode lie sealed under the case's own key. A link leaves by mail and its passcode does not: it
stands on the slip, so that neither alone opens anything.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.actors import Actor, ActorKind
from certify.case import Delivery
from certify.case_moves import lock_case, note_case
from certify.case_transitions import ENDED_STATES, CaseState
from certify.counter.people import PersonRole, SeenBy, people_of
from certify.desk_tables import delivery_terms, handovers
from certify.errors import GuardRefused
from certify.tables import cases
from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from vault.blobs import BlobVault

LINK_TERM: Final = timedelta(days=7)
_TERMS: Final = "delivery-terms"
_PASSCODE_DIGITS: Final = 8
# Somebody stands at the counter and takes them.
IN_PERSON: Final = frozenset({Delivery.OWN_MEDIUM, Delivery.PRINT})


@dataclass(frozen=True, slots=True)
class DeliveryTerms:
    """Where copies go. Its `repr` shows nothing, so that no address can slip into a log."""

    email: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    """Of the post, in lines."""
    language: str = "vi"
    passcode: str = field(default="", repr=False)
    """Opens the mailed link; eight digits, printed on the slip and never sent."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who took the copies at the counter and how their identity was seen, or with which number the post took them."""

    role: PersonRole | None = None
    seen_by: SeenBy | None = None
    carrier: str = ""
    tracking_id: str = ""


@dataclass(frozen=True, slots=True)
class Handover:
    """That copies were given, by whom, when, in which way, and to whom by role."""

    handover_id: str
    case_id: str
    way: Delivery
    receiver: Receiver
    shares: tuple[str, ...]
    made_by: str
    made_at: datetime


def set_terms(
    tx: Connection, case_id: str, way: Delivery, terms: DeliveryTerms, *, blobs: BlobVault, actor: Actor, at: datetime,
    random_bytes: RandomBytes,
) -> None:  # fmt: skip
    """Choose in which way a case is delivered, and where to; a passcode is made for a link and kept when it has one.

    Raises:
        GuardRefused: `EMAIL_MISSING` or `ADDRESS_MISSING` for the way that needs one, or the case has ended.
    """
    case = lock_case(tx, case_id)
    if CaseState(case.state) in ENDED_STATES | {CaseState.ARCHIVED}:
        raise GuardRefused("CASE_ENDED", f"case {case_id} is {case.state}; its delivery is not chosen any more")
    check_terms(way, terms)
    known = read_terms(tx, case_id, blobs=blobs)
    passcode = (known.passcode or new_passcode(random_bytes)) if way is Delivery.EMAIL_LINK else ""
    kept = DeliveryTerms(terms.email, terms.address, terms.language, passcode)
    sealed = blobs.seal_value(case_id, _TERMS, json.dumps(asdict(kept), ensure_ascii=False).encode())
    values = {"sealed_terms": sealed, "set_by": actor.actor_id, "set_at": at}
    of_this = delivery_terms.c.case_id == case_id
    if not tx.execute(delivery_terms.update().where(of_this).values(**values)).rowcount:
        tx.execute(delivery_terms.insert().values(case_id=case_id, **values))
    if case.delivery != way.value:
        tx.execute(cases.update().where(cases.c.case_id == case_id).values(delivery=way.value))
        note_case(tx, case, event="CHOOSE_DELIVERY", actor=actor, at=at, detail=way.value)


def check_terms(way: Delivery, terms: DeliveryTerms) -> None:
    """Refuse a way without what it needs.

    Raises:
        GuardRefused: `EMAIL_MISSING` or `ADDRESS_MISSING`.
    """
    if way is Delivery.EMAIL_LINK and not terms.email:
        raise GuardRefused("EMAIL_MISSING", "a link is mailed to an address; enter it, or choose another way")
    if way is Delivery.POST and not terms.address.strip():
        raise GuardRefused("ADDRESS_MISSING", "what is posted needs an address; enter it, or choose another way")


def read_terms(tx: Connection, case_id: str, *, blobs: BlobVault) -> DeliveryTerms:
    """Decrypt where the copies of a case go; empty where nothing was entered."""
    row = tx.execute(sa.select(delivery_terms).where(delivery_terms.c.case_id == case_id)).one_or_none()
    if row is None:
        return DeliveryTerms()
    return DeliveryTerms(**json.loads(blobs.open_value(case_id, _TERMS, bytes(row.sealed_terms))))


def check_receiver(tx: Connection, case_id: str, way: Delivery, receiver: Receiver) -> None:
    """Refuse a handing-over of which nobody could say later to whom it was.

    Raises:
        GuardRefused: `RECEIVER_MISSING`, `RECEIVER_UNKNOWN` (no such person of the case) or `TRACKING_MISSING`.
    """
    if way in IN_PERSON:
        if receiver.role is None or receiver.seen_by is None:
            raise GuardRefused("RECEIVER_MISSING", "say who of the case takes the copies and how the identity was seen")
        if receiver.role not in {one.role for one in people_of(tx, case_id)}:
            raise GuardRefused("RECEIVER_UNKNOWN", f"the case has nobody who is {receiver.role.value}")
    if way is Delivery.POST and not (receiver.carrier.strip() and receiver.tracking_id.strip()):
        raise GuardRefused("TRACKING_MISSING", "enter the carrier and the number under which the post took it")


def note_handover(
    tx: Connection, case_id: str, way: Delivery, receiver: Receiver, *, made_by: str, at: datetime,
    random_bytes: RandomBytes, links: tuple[tuple[str, str], ...] = (), blobs: BlobVault | None = None,
) -> Handover:  # fmt: skip
    """Write that the copies left; `links` are the ids and secrets of what is mailed, sealed until the mail has gone."""
    handover_id = new_ulid(at=at, random_bytes=random_bytes)
    sealed = None
    if links and blobs is not None:
        secrets = json.dumps([token for _, token in links]).encode()
        sealed = blobs.seal_value(case_id, f"links/{handover_id}", secrets)
    tx.execute(
        handovers.insert().values(
            handover_id=handover_id,
            case_id=case_id,
            way=way.value,
            receiver_role=receiver.role.value if receiver.role else None,
            seen_by=receiver.seen_by.value if receiver.seen_by else None,
            carrier=receiver.carrier.strip() or None,
            tracking_id=receiver.tracking_id.strip() or None,
            shares=[share_id for share_id, _ in links],
            sealed_links=sealed,
            made_by=made_by,
            made_at=at,
        )
    )
    case = lock_case(tx, case_id)
    note_case(tx, case, event="HANDED_OVER", actor=Actor(ActorKind.STAFF, made_by), at=at, detail=way.value)
    return get_handover(tx, handover_id)


def get_handover(tx: Connection, handover_id: str) -> Handover:
    """Give a handing-over.

    Raises:
        GuardRefused: `HANDOVER_UNKNOWN`.
    """
    row = tx.execute(sa.select(handovers).where(handovers.c.handover_id == handover_id)).one_or_none()
    if row is None:
        raise GuardRefused("HANDOVER_UNKNOWN", f"nothing was handed over under {handover_id}")
    return _handover(row)


def handovers_of(tx: Connection, case_id: str) -> tuple[Handover, ...]:
    """Give the handings-over of a case, oldest first."""
    chosen = sa.select(handovers).where(handovers.c.case_id == case_id).order_by(handovers.c.handover_id)
    return tuple(_handover(row) for row in tx.execute(chosen))


def read_links(tx: Connection, handover_id: str, *, blobs: BlobVault) -> tuple[str, ...]:
    """Decrypt the secrets of the links that are mailed; none any more when their time is over."""
    row = tx.execute(
        sa.select(handovers.c.case_id, handovers.c.sealed_links).where(handovers.c.handover_id == handover_id)
    ).one_or_none()
    if row is None or row.sealed_links is None:
        return ()
    return tuple(json.loads(blobs.open_value(row.case_id, f"links/{handover_id}", bytes(row.sealed_links))))


def forget_links(tx: Connection, *, at: datetime) -> int:
    """Drop the sealed secrets of links whose time is over. Gives how many handings-over."""
    return tx.execute(
        handovers.update()
        .where(handovers.c.sealed_links.is_not(None), handovers.c.made_at <= at - LINK_TERM)
        .values(sealed_links=None)
    ).rowcount


def new_passcode(random_bytes: RandomBytes) -> str:
    """Make eight digits: 26 bits, of which five guesses are allowed for each link."""
    return f"{int.from_bytes(random_bytes(8)) % 10**_PASSCODE_DIGITS:0{_PASSCODE_DIGITS}d}"


def _handover(row: sa.Row[tuple[object, ...]]) -> Handover:
    return Handover(
        handover_id=row.handover_id,
        case_id=row.case_id,
        way=Delivery(row.way),
        receiver=Receiver(
            PersonRole(row.receiver_role) if row.receiver_role else None,
            SeenBy(row.seen_by) if row.seen_by else None,
            row.carrier or "",
            row.tracking_id or "",
        ),
        shares=tuple(row.shares),
        made_by=row.made_by,
        made_at=row.made_at,
    )
