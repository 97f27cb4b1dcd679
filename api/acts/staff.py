"""What the office does with a case: take a scan in, look at it, compare, prepare, approve, refuse."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy.engine import Connection

from api.access import Principal
from api.acts.case_looks import CASE_LOOK, item_to_look_at
from api.acts.own_items import VersionCheck, own_item
from api.acts.paper_databases import ask_databases
from api.acts.pin_tries import open_by_pin
from api.acts.reuse import ask_first
from api.errors import RequestInvalid
from api.services import Services
from certify import (
    AWAITING_OFFICER,
    Approval,
    ApprovalRequest,
    Case,
    CaseNotFound,
    Channel,
    Item,
    ItemState,
    NewCase,
    ReadyCopy,
    add_item,
    ask_for_a_rescan,
    get_case,
    get_staff,
    list_agency_items,
    list_items_in,
    present_original,
    stands_for,
)
from certify.pipeline import Arrangement, Upload
from certify.pipeline.names import pages_name
from guard import Payload
from keys import ActivationRequest, Pin
from ocr import Pages, ReadField
from vault import (
    Holder,
    HolderKind,
    Identity,
    NewHolder,
    NotFound,
    Record,
    enrol_holder,
    find_by_number,
    get_for_owner,
    holder_of_code,
    open_staff_access,
    parse_code,
    read_identity,
    status,
)

_APPROVE_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Intake:
    """What the counter enters with a scan. Name and birth date are needed for a holder who has no vault yet."""

    content: Payload = field(repr=False)
    declared_type: str | None
    holder_number: str = field(repr=False)
    doc_type: str
    copies: int = 1
    holder_name: str | None = field(default=None, repr=False)
    holder_birth_date: date | None = field(default=None, repr=False)
    further: tuple[Upload, ...] = field(default=(), repr=False)
    """More scans of the same original, in their order."""


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item as the officer sees it; `pages` and what follows exist once it was read."""

    item: Item
    case: Case
    holder: Identity
    number: str | None
    pages: Pages | None = None
    fields: tuple[ReadField, ...] = ()
    ready: ReadyCopy | None = None


def find_or_enrol(services: Services, principal: Principal, intake: Intake) -> Holder:
    """Find whose vault it is by the number, or open an unclaimed one for a person seen at the counter.

    Raises:
        RequestInvalid: nobody has this number, and no name was given to enrol.
    """
    with services.database.transaction() as tx:
        try:
            return find_by_number(tx, HolderKind.PERSON, intake.holder_number, index=services.number_index)
        except NotFound as exc:
            if not intake.holder_name:
                raise RequestInvalid(
                    "nobody with this number has a vault here; give the name to open one", field="holder_name"
                ) from exc
        identity = Identity(name=intake.holder_name, number=intake.holder_number, birth_date=intake.holder_birth_date)
        return enrol_holder(
            tx,
            NewHolder(HolderKind.PERSON, identity, principal.agency_code),
            index=services.number_index,
            vault=services.blobs,
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        )


def take_in(services: Services, principal: Principal, intake: Intake) -> Item:
    """Open a case for one original and let its scan be read.

    Raises:
        RequestInvalid: a field cannot be meant.
        CertifyError: the person may not receive, or the agency does not act.
    """
    if not 1 <= intake.copies <= 100:
        raise RequestInvalid("from 1 to 100 copies can be made at once", field="copies")
    law = services.law_now
    doc_type = law.doc_type(intake.doc_type)
    # Before a case is opened: what is sent again later must not leave an empty one each time.
    services.pipeline.check_room(principal.agency_code)
    holder = find_or_enrol(services, principal, intake)
    at = services.clock.now()
    with services.database.read() as tx:
        identity = read_identity(tx, holder.holder_id, vault=services.blobs)
    new = NewCase(
        agency_code=principal.agency_code,
        channel=Channel.COUNTER,
        holder_id=holder.holder_id,
        requester_digest=services.number_index.digests(HolderKind.PERSON, identity.number)[0][1],
        requester_id_last4=identity.number[-4:],
        due_at=law.calendar.due_at(at),
    )
    case = services.pipeline.open_case(new, requester_name=identity.name, opened_by=principal.staff_id)
    databases = ask_databases(services, principal, holder_id=holder.holder_id, doc_types=[doc_type.code])
    with services.database.transaction() as tx:
        item = add_item(
            tx,
            case.case_id,
            doc_type=doc_type.code,
            title=law.paper_title(doc_type.code),
            copies=intake.copies,
            at=at,
            random_bytes=services.random_bytes,
        )
        ask_first(services, tx, principal, item, holder_id=holder.holder_id, databases=databases)
        item = present_original(tx, item.item_id, staff_id=principal.staff_id, at=at)
    return services.pipeline.submit_upload(
        item.item_id, Upload(intake.content, intake.declared_type), *intake.further, staff_id=principal.staff_id
    )


def scan_again(
    services: Services,
    principal: Principal,
    item_id: str,
    *,
    uploads: Sequence[Upload],
    arrangement: Arrangement | None = None,
) -> Item:
    """Give a better scan for an item that awaits one, or whose scan the quality gate or the officer did not accept.

    With an arrangement it is the same scan, its pages put in order by a person.

    Raises:
        TransitionRefused: a number is reserved, or the item has ended.
    """
    item, _case = own_item(services, principal, item_id)
    if item.state in {ItemState.DECLARED, ItemState.REUSE_OFFERED}:
        with services.database.transaction() as tx:
            present_original(tx, item_id, staff_id=principal.staff_id, at=services.clock.now())
    elif item.state is not ItemState.ORIGINAL_PRESENTED:
        with services.database.transaction() as tx:
            ask_for_a_rescan(tx, item_id, staff_id=principal.staff_id, at=services.clock.now())
    return services.pipeline.submit_upload(item_id, *uploads, staff_id=principal.staff_id, arrangement=arrangement)


def queue(services: Services, principal: Principal) -> tuple[Item, ...]:
    """The items of the agency that still need somebody, oldest first."""
    waiting = [state for state in ItemState if state not in {ItemState.SUPERSEDED, ItemState.ANNULLED}]
    with services.database.read() as tx:
        return list_items_in(tx, states=waiting, agency_code=principal.agency_code)


_LISTED = frozenset(ItemState) - {ItemState.SUPERSEDED, ItemState.ANNULLED}


def originals(
    services: Services,
    principal: Principal,
    *,
    states: Collection[ItemState] = _LISTED,
    after_item_id: str | None = None,
    limit: int,
) -> tuple[Item, ...]:
    """So many items of the agency, oldest first, after the one already seen."""
    with services.database.read() as tx:
        return list_agency_items(tx, principal.agency_code, states=states, after_item_id=after_item_id, limit=limit)


_READ_STATES = frozenset(ItemState) - {
    ItemState.DECLARED,
    ItemState.REUSE_OFFERED,
    ItemState.ORIGINAL_PRESENTED,
    ItemState.SCANNED,
}
_READY_STATES = AWAITING_OFFICER | {ItemState.PREPARED}


def view_item(services: Services, principal: Principal, item_id: str) -> ItemView:
    """Show an item with everything that is known of it."""
    item, case = item_to_look_at(services, principal, item_id)
    with services.database.read() as tx:
        holder = read_identity(tx, case.holder_id, vault=services.blobs)
    is_read = (
        item.page_count and item.state in _READ_STATES and services.blobs.exists(item.document_id, pages_name(item))
    )
    reading = services.pipeline.readings.of(item) if is_read else None
    return ItemView(
        item=item,
        case=case,
        holder=holder,
        number=services.pipeline.register_number(item_id),
        pages=reading.pages if reading else None,
        fields=reading.fields.fields if reading else (),
        ready=services.pipeline.ready_copy(item_id) if item.state in _READY_STATES else None,
    )


@dataclass(frozen=True, slots=True)
class ApprovalForm:
    """What the officer sends: the digest seen, the lines confirmed, and the PIN that opens the key for this once."""

    sha256_hex: str
    checklist: Sequence[str]
    pin: Pin


def approve_copy(services: Services, principal: Principal, item_id: str, *, form: ApprovalForm) -> Approval:
    """Activate the officer's key for exactly these bytes, approve them, and let them be signed and sealed.

    An item that waits for an activation (the process ended before the signature) goes on with the same number.

    Raises:
        WrongPin: the PIN does not open the key.
        TooManyRequests: ten wrong PINs within a quarter of an hour.
        CopyError, StaffError: see `certify.approve`.
    """
    item, _case = own_item(services, principal, item_id)
    ready = services.pipeline.ready_copy(item_id)
    with services.database.read() as tx:
        member = get_staff(tx, principal.staff_id)
    request = ActivationRequest(
        key_id=member.key_id or "",
        user_id=principal.staff_id,
        expires_at=services.clock.now() + _APPROVE_WITHIN,
        digests=(form.sha256_hex,),
    )
    activation_id = open_by_pin(services, request, form.pin)
    if item.state in AWAITING_OFFICER:
        return services.pipeline.activate_again(item_id, officer_id=principal.staff_id, activation_id=activation_id)
    return services.pipeline.approve_and_certify(
        ApprovalRequest(
            ready_id=ready.ready_id,
            sha256_hex=form.sha256_hex,
            officer_id=principal.staff_id,
            activation_id=activation_id,
            checklist=tuple(form.checklist),
        )
    )


def cancel_number(
    services: Services, principal: Principal, item_id: str, *, check_version: VersionCheck | None = None
) -> Item:
    """Give a reserved number up before it was signed: it is void with its reason, and the item may be prepared again.

    Raises:
        CopyNotReady: no ready copy waits for approval.
        PreconditionFailed: `check_version` says that the caller saw another version.
    """
    before, _case = own_item(services, principal, item_id)
    if check_version is not None:
        check_version(before.version)
    ready = services.pipeline.ready_copy(item_id)
    # Only the copy that the caller saw is voided: one that somebody prepared meanwhile keeps its number.
    after, _case = own_item(services, principal, item_id)
    if check_version is not None:
        check_version(after.version)
    services.pipeline.cancel(ready)
    return services.pipeline.item(item_id)


def open_copy(
    services: Services, principal: Principal, code: str, *, reason: str | None = None, case_id: str | None = None
) -> Record:
    """Open a certified copy to the agency that made it, for a case or a stated reason; the holder sees who and why.

    Raises:
        NotFound: no copy has this code, or another agency made it: nobody can tell the two apart.
        CodeMistyped: the code cannot exist.
        CaseNotFound: the case is not the agency's, or not about this holder.
        RequestInvalid: neither case nor reason.
    """
    if reason is None and case_id is None:
        raise RequestInvalid("name the case or the reason code", field="reason")
    at = services.clock.now()
    parsed = parse_code(code)
    with services.database.transaction() as tx:
        known = status(tx, at=at, code=parsed)
        owned = holder_of_code(tx, parsed)
        if owned is None or not _is_ours(tx, principal, known.agency_code):
            raise NotFound("no copy of this agency has this code")
        if case_id is not None:
            case = get_case(tx, case_id)
            if not _is_ours(tx, principal, case.agency_code) or case.holder_id != owned.holder_id:
                raise CaseNotFound(f"case {case_id} does not exist")
        owner = open_staff_access(
            tx,
            staff_id=principal.staff_id,
            agency_code=principal.agency_code,
            holder_id=owned.holder_id,
            reason=reason or CASE_LOOK,
            at=at,
            random_bytes=services.random_bytes,
            case_id=case_id,
        )
        return get_for_owner(tx, owner, owned.record_id)


def _is_ours(tx: Connection, principal: Principal, agency_code: str | None) -> bool:
    return agency_code is not None and stands_for(tx, agency_code, agency_code=principal.agency_code)
