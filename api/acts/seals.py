"""The queue of the seal keeper: each file with the officer's verdict, and one activation for the files ticked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from api.access import Principal
from api.acts.approvals import Line
from api.acts.own_items import own_item
from api.acts.pin_tries import open_by_pin
from api.errors import RequestInvalid
from api.services import Services
from certify import MAX_BATCH, BatchAnswer, CertifyError, get_staff
from certify.pipeline.names import officer_signed_name
from certify.registry import AwaitsSeal, approve_seal, check_keeper, list_awaiting_seal
from guard import Payload
from guard.spool import Room
from keys import ActivationRequest, Pin
from signing.verify import VerificationReport, verify_in_child

_SEAL_WITHIN = timedelta(minutes=5)
_FOR_EACH_FILE = timedelta(seconds=12)


@dataclass(frozen=True, slots=True)
class SealLine:
    """One file of the queue as the keeper sees it."""

    waiting: AwaitsSeal
    officer_name: str
    report: VerificationReport


def seal_queue(services: Services, principal: Principal) -> tuple[SealLine, ...]:
    """Give what waits for the agency's seal, oldest first, each judged anew as a stranger would.

    Raises:
        StaffError: no seal keeper of an agency that has a seal.
    """
    with services.database.read() as tx:
        check_keeper(tx, principal.staff_id, principal.agency_code, at=services.clock.now())
        found = list_awaiting_seal(tx, principal.agency_code, limit=MAX_BATCH)
        names = {one.officer_id: get_staff(tx, one.officer_id).display_name for one in found}
    lines = []
    for one in found:
        with services.spool.room() as room:
            report = verify_in_child(
                signed_file(services, one, room=room),
                trust=services.trust.anchors(),
                at=services.clock.now(),
                sandbox=services.verify_pool,
            )
        lines.append(SealLine(one, names[one.officer_id], report))
    return tuple(lines)


def check_own(services: Services, principal: Principal, item_id: str) -> None:
    """Refuse an item of another agency.

    Raises:
        ItemNotFound: there is none, or it is another agency's.
    """
    own_item(services, principal, item_id)


def needs_pin(services: Services, principal: Principal) -> bool:
    """Whether the agency's seal is a key that its keeper activates; else the keeper's fresh sign-in stands for it."""
    with services.database.read() as tx:
        seal = check_keeper(tx, principal.staff_id, principal.agency_code, at=services.clock.now())
    return not services.keystore.credential(seal.key_id).unattended


def signed_file(services: Services, waiting: AwaitsSeal, *, room: Room) -> Payload:
    """Give the bytes that the officer signed."""
    ready = services.pipeline.ready_copy(waiting.item.item_id)
    return services.blobs.fetch(waiting.item.document_id, officer_signed_name(ready), room=room)


def seal_batch(
    services: Services, principal: Principal, lines: Sequence[Line], *, pin: Pin | None
) -> tuple[BatchAnswer, ...]:
    """Say yes to each file by its digest, with one activation over the ordered list; one refused stops no other.

    Raises:
        StaffError: no seal keeper.
        RequestInvalid: no file, too many, or a PIN is missing or not wanted.
        WrongPin, TooManyRequests, ActivationError: nothing is sealed.
    """
    if not 1 <= len(lines) <= MAX_BATCH:
        raise RequestInvalid(f"from 1 to {MAX_BATCH} files are sealed at once", field="items")
    for line in lines:
        own_item(services, principal, line.item_id)
    at = services.clock.now()
    with services.database.read() as tx:
        seal = check_keeper(tx, principal.staff_id, principal.agency_code, at=at)
    activation_id: str | None = None
    if services.keystore.credential(seal.key_id).unattended:
        if pin is not None:
            raise RequestInvalid("this seal is a key without a PIN of its keeper; send none", field="pin")
    elif pin is None:
        raise RequestInvalid("this seal is opened by its keeper's PIN", field="pin")
    else:
        until = at + _SEAL_WITHIN + _FOR_EACH_FILE * len(lines)
        digests = tuple(line.sha256_hex for line in lines)
        activation_id = open_by_pin(services, ActivationRequest(seal.key_id, principal.staff_id, until, digests), pin)
    return tuple(_seal(services, principal, line, activation_id=activation_id) for line in lines)


def _seal(services: Services, principal: Principal, line: Line, *, activation_id: str | None) -> BatchAnswer:
    item, _case = own_item(services, principal, line.item_id)
    try:
        with services.database.transaction() as tx:
            approve_seal(
                tx,
                line.item_id,
                keeper_id=principal.staff_id,
                sha256_hex=line.sha256_hex,
                activation_id=activation_id,
                at=services.clock.now(),
            )
        return BatchAnswer(item.item_id, item.title, approval=services.pipeline.resume(line.item_id))
    except CertifyError as exc:
        return BatchAnswer(item.item_id, item.title, refusal=exc)
