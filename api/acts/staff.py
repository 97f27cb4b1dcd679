"""What the office does with a case: take a scan in, look at it, compare, prepare, approve, refuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from api.access import Principal
from api.acts.own_items import VersionCheck, lock_own_item, own_item
from api.errors import RequestInvalid
from api.identity import count_attempt, forget_attempts
from api.services import Services
from certify import (
    AWAITING_OFFICER,
    Approval,
    ApprovalRequest,
    Case,
    Channel,
    Item,
    ItemState,
    NewCase,
    ReadyCopy,
    Refusal,
    RegisterRow,
    add_item,
    ask_for_a_rescan,
    compare,
    export_rows,
    get_staff,
    list_items_in,
    present_original,
    refuse_item,
    the_open_book,
)
from certify.pipeline import Outcome, Upload
from keys import ActivationRequest, Pin
from ocr import Pages, ReadField, read_fields, render_page
from vault import (
    Holder,
    HolderKind,
    Identity,
    NewHolder,
    NotFound,
    Record,
    RenditionKind,
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
_PREPARE_TIMEOUT_SECONDS = 60.0
_READY_DPI = 110


@dataclass(frozen=True, slots=True)
class Intake:
    """What the counter enters with a scan. Name and birth date are needed for a holder who has no vault yet."""

    content: bytes = field(repr=False)
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
    law = services.law
    doc_type = law.doc_type(intake.doc_type)
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
        due_at=at + timedelta(hours=8),
    )
    case = services.pipeline.open_case(new, requester_name=identity.name, opened_by=principal.staff_id)
    with services.database.transaction() as tx:
        item = add_item(
            tx,
            case.case_id,
            doc_type=doc_type.code,
            title=doc_type.title["vi"],
            copies=intake.copies,
            at=at,
            random_bytes=services.random_bytes,
        )
        item = present_original(tx, item.item_id, staff_id=principal.staff_id, at=at)
    return services.pipeline.submit_upload(
        item.item_id, Upload(intake.content, intake.declared_type), *intake.further, staff_id=principal.staff_id
    )


def scan_again(services: Services, principal: Principal, item_id: str, *, uploads: Sequence[Upload]) -> Item:
    """Give a better scan for an item that awaits one, or whose scan the quality gate or the officer did not accept.

    Raises:
        TransitionRefused: a number is reserved, or the item has ended.
    """
    item, _case = own_item(services, principal, item_id)
    if item.state is not ItemState.ORIGINAL_PRESENTED:
        with services.database.transaction() as tx:
            ask_for_a_rescan(tx, item_id, staff_id=principal.staff_id, at=services.clock.now())
    return services.pipeline.submit_upload(item_id, *uploads, staff_id=principal.staff_id)


def queue(services: Services, principal: Principal) -> tuple[Item, ...]:
    """The items of the agency that still need somebody, oldest first."""
    waiting = [state for state in ItemState if state not in {ItemState.SUPERSEDED, ItemState.ANNULLED}]
    with services.database.read() as tx:
        return list_items_in(tx, states=waiting, agency_code=principal.agency_code)


_READ_STATES = frozenset(ItemState) - {
    ItemState.DECLARED,
    ItemState.REUSE_OFFERED,
    ItemState.ORIGINAL_PRESENTED,
    ItemState.SCANNED,
}
_READY_STATES = AWAITING_OFFICER | {ItemState.PREPARED}


def view_item(services: Services, principal: Principal, item_id: str) -> ItemView:
    """Show an item with everything that is known of it."""
    item, case = own_item(services, principal, item_id)
    with services.database.read() as tx:
        holder = read_identity(tx, case.holder_id, vault=services.blobs)
    pages = services.pipeline.pages(item_id) if item.page_count and item.state in _READ_STATES else None
    return ItemView(
        item=item,
        case=case,
        holder=holder,
        number=services.pipeline.register_number(item_id),
        pages=pages,
        fields=read_fields(pages).fields if pages else (),
        ready=services.pipeline.ready_copy(item_id) if item.state in _READY_STATES else None,
    )


def page_image(services: Services, principal: Principal, item_id: str, *, page_index: int, max_px: int = 1600) -> bytes:
    """A page of the scan as a JPEG."""
    own_item(services, principal, item_id)
    return services.pipeline.preview_page(item_id, page_index, max_px=max_px)


def preview_pdf(services: Services, principal: Principal, item_id: str) -> bytes:
    """The copy as it would look, with blanks for number and code."""
    own_item(services, principal, item_id)
    return services.pipeline.preview_copy(item_id, officer_id=principal.staff_id)


def ready_pdf(services: Services, principal: Principal, item_id: str) -> bytes:
    """The bytes the officer is asked to approve."""
    own_item(services, principal, item_id)
    return services.pipeline.ready_pdf(item_id)


def ready_page(services: Services, principal: Principal, item_id: str, *, page_index: int) -> bytes:
    """A page of the bytes to approve, as a PNG."""
    pdf = ready_pdf(services, principal, item_id)
    return render_page(pdf, page_index, dpi=_READY_DPI, sandbox=services.ocr_pool)


def compare_and_prepare(
    services: Services,
    principal: Principal,
    item_id: str,
    *,
    pages_compared: int,
    check_version: VersionCheck | None = None,
) -> Outcome:
    """Note that every page was compared with the paper, take a number and fix the bytes.

    Raises:
        PreconditionFailed: `check_version` says that the caller saw another version.
        GuardRefused: a page was not compared, or the scan is not good enough.
        RegisterError: the books are not as they must be.
    """
    with services.database.transaction() as tx:
        item = lock_own_item(tx, principal, item_id, check_version=check_version)
        if item.state in {ItemState.EXTRACTED, ItemState.COMPARED}:
            compare(tx, item_id, officer_id=principal.staff_id, pages_compared=pages_compared, at=services.clock.now())
    return services.pipeline.prepare(item_id, officer_id=principal.staff_id, timeout_seconds=_PREPARE_TIMEOUT_SECONDS)


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
    # A key file gives no lock-out of its own, so wrong PINs are counted here; a right one begins anew.
    tries = f"pin:{principal.staff_id}"
    with services.database.transaction() as tx:
        count_attempt(tx, subject=tries, at=services.clock.now())
    activation_id = services.desk.activate_by_pin(request, form.pin)
    with services.database.transaction() as tx:
        forget_attempts(tx, subject=tries)
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


def refuse(
    services: Services,
    principal: Principal,
    item_id: str,
    *,
    code: str,
    free_text: str,
    check_version: VersionCheck | None = None,
) -> Refusal:
    """Refuse an item with a reason of the closed list; gives the notice for the citizen in three languages.

    Raises:
        PreconditionFailed: `check_version` says that the caller saw another version.
    """
    with services.database.transaction() as tx:
        lock_own_item(tx, principal, item_id, check_version=check_version)
        return refuse_item(
            tx,
            item_id,
            law=services.law,
            code=code,
            free_text=free_text,
            staff_id=principal.staff_id,
            at=services.clock.now(),
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


def copy_file(services: Services, principal: Principal, code: str, *, reason: str) -> tuple[Record, bytes]:
    """Give a certified copy to the agency that made it, for a stated reason; the holder sees who and why.

    Raises:
        NotFound: no copy has this code, or another agency made it: nobody can tell the two apart.
        CodeMistyped: the code cannot exist.
    """
    at = services.clock.now()
    parsed = parse_code(code)
    with services.database.transaction() as tx:
        known = status(tx, at=at, code=parsed)
        owned = holder_of_code(tx, parsed)
        if owned is None or known.agency_code != principal.agency_code:
            raise NotFound("no copy of this agency has this code")
        owner = open_staff_access(
            tx,
            staff_id=principal.staff_id,
            agency_code=principal.agency_code,
            holder_id=owned.holder_id,
            reason=reason,
            at=at,
            random_bytes=services.random_bytes,
        )
        record = get_for_owner(tx, owner, owned.record_id)
    return record, services.blobs.read(record.newest(RenditionKind.SIGNED_PDF).blob)


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """The open book as the office reads it."""

    display: str
    rows: tuple[RegisterRow, ...]
    shown_at: datetime


def register(services: Services, principal: Principal) -> RegisterPage:
    """The rows of the agency's open book."""
    at = services.clock.now()
    with services.database.read() as tx:
        book = the_open_book(tx, agency_code=principal.agency_code, law=services.law, at=at)
        rows = export_rows(
            tx,
            book.book_id,
            law=services.law,
            requester_of=lambda seq_no: services.pipeline.requester(book.book_id, seq_no),
        )
    return RegisterPage(book.display, rows, at)
