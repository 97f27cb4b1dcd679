"""The end of a case at the counter: a link by mail, a medium, a print or the post; a sheet to sign, and who took what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.engine import Connection

from api.access import Principal
from api.acts import cases
from api.acts.cases import CaseAct, CaseView, own_case
from api.acts.counter_papers import tracking_url
from api.services import Services
from certify import Case, Item, ItemState, get_agency, list_items
from certify.actors import Actor, ActorKind
from certify.case import Delivery
from certify.case_moves import lock_case
from certify.case_transitions import CaseState
from certify.counter import (
    LINK_TERM,
    DeliveryTerms,
    Handover,
    Receiver,
    check_claim,
    check_receiver,
    check_terms,
    deliver,
    handovers_of,
    note_handover,
    note_returned,
    read_terms,
    set_terms,
)
from certify.errors import GuardRefused
from certify.pay_first import Stage, check_settled
from certify.register import find_number
from ocr import ReportLine, ReportParts, write_report
from vault import (
    HolderOwner,
    NewShare,
    NotFound,
    OfficeGift,
    RecordStatus,
    SharePermission,
    create_share,
    format_code,
    get_for_owner,
    hash_passcode,
    revoke_share,
)
from vault.delivery import Channel, Contact, DeliveryState, add_delivery, list_deliveries, tidy_contact

_MOST_VIEWS: Final = 20
# A gap is drawn at seven tenths of its size: some fifteen millimetres.
_ROOM_TO_SIGN_PT: Final = 60
_GAP: Final = ReportLine("", size_pt=9)


@dataclass(frozen=True, slots=True)
class HandoverView:
    """How a case is delivered: the way, what was handed over, and how far the last mail is."""

    way: Delivery
    has_address: bool
    handovers: tuple[Handover, ...]
    mail_state: DeliveryState | None
    mail_code: str | None


def choose(services: Services, principal: Principal, case_id: str, way: Delivery, terms: DeliveryTerms) -> HandoverView:
    """Choose in which way a case is delivered and where to, as long as it has not ended.

    Raises:
        CaseNotFound: it is not the agency's.
        ContactRefused: this is no address for e-mail.
        GuardRefused: the way misses its address, the case has ended, or somebody else works on it.
    """
    tidy = tidy_terms(terms)
    at = services.clock.now()
    with services.database.transaction() as tx:
        own_case(tx, principal, case_id)
        check_claim(tx, lock_case(tx, case_id), staff_id=principal.staff_id, at=at)
        set_terms(
            tx,
            case_id,
            way,
            tidy,
            blobs=services.blobs,
            actor=Actor(ActorKind.STAFF, principal.staff_id),
            at=at,
            random_bytes=services.random_bytes,
        )
    return look(services, principal, case_id)


def tidy_terms(terms: DeliveryTerms) -> DeliveryTerms:
    """Give an address in the form in which it is kept.

    Raises:
        ContactRefused: this is no address for e-mail.
    """
    contact = tidy_contact(Contact(email=terms.email, language=terms.language))
    return replace(terms, email=contact.email, address="\n".join(terms.address.split("\n"))[:500].strip())


def look(services: Services, principal: Principal, case_id: str) -> HandoverView:
    """Say how a case is delivered, to the agency that is responsible for it or received it.

    Raises:
        CaseNotFound: it is neither's.
    """
    with services.database.read() as tx:
        case = own_case(tx, principal, case_id, also_receiving=True)
        terms = read_terms(tx, case_id, blobs=services.blobs)
        made = handovers_of(tx, case_id)
        sent = list_deliveries(tx, channels=(Channel.EMAIL,), target=mail_target(case_id), limit=1)
    return HandoverView(
        case.delivery,
        bool(terms.email or terms.address),
        made,
        sent[0].state if sent else None,
        sent[0].last_code if sent else None,
    )


def hand_over(services: Services, principal: Principal, case_id: str, receiver: Receiver) -> HandoverView:
    """Deliver a completed case in the way that was chosen, and write who received the copies and when.

    A mailed link that did not arrive, or whose time is over, is mailed again with a new secret; the earlier one ends.

    Raises:
        CaseNotFound: it is not the agency's.
        GuardRefused: `UNPAID`, `RECEIVER_MISSING`, `RECEIVER_UNKNOWN`, `TRACKING_MISSING`, `EMAIL_MISSING`,
            `NO_MAIL_SERVER`, or `NOTHING_TO_DELIVER` (no copy of it is in force).
        TransitionRefused: it is not completed, or was delivered.
    """
    with services.database.read() as tx:
        case = own_case(tx, principal, case_id)
        terms = read_terms(tx, case_id, blobs=services.blobs)
    passcode_hash = None
    if case.delivery is Delivery.EMAIL_LINK:
        check_terms(case.delivery, terms)
        if not services.settings.smtp_host:
            raise GuardRefused("NO_MAIL_SERVER", "no mail leaves this office; choose another way for this case")
        # About a tenth of a second, and therefore before the transaction.
        passcode_hash = hash_passcode(terms.passcode, random_bytes=services.random_bytes)
    at = services.clock.now()
    with services.database.transaction() as tx:
        case = own_case(tx, principal, case_id)
        again = case.state is CaseState.DELIVERED and case.delivery is Delivery.EMAIL_LINK
        if again:
            check_claim(tx, lock_case(tx, case_id), staff_id=principal.staff_id, at=at)
        else:
            deliver(tx, case_id, law=services.law, staff_id=principal.staff_id, at=at)
        for item in list_items(tx, case_id=case_id):
            if item.state is ItemState.CERTIFIED:
                check_settled(tx, item, Stage.DELIVERY, law=services.law, at=at)
        check_receiver(tx, case_id, case.delivery, receiver)
        links = _links(services, tx, principal, case, passcode_hash) if passcode_hash else ()
        made = note_handover(
            tx,
            case_id,
            case.delivery,
            receiver,
            made_by=principal.staff_id,
            at=at,
            random_bytes=services.random_bytes,
            links=links,
            blobs=services.blobs,
        )
        if case.delivery is Delivery.POST:
            note_returned(tx, case_id, receiver, staff_id=principal.staff_id, at=at)
        if links:
            add_delivery(
                tx,
                Channel.EMAIL,
                target=mail_target(case_id),
                subject_id=made.handover_id,
                at=at,
                random_bytes=services.random_bytes,
            )
    return look(services, principal, case_id)


def act(
    services: Services, principal: Principal, case_id: str, which: CaseAct, *, code: str | None, to: str | None
) -> CaseView:
    """Do something to a case: as `cases.act`, and DELIVER hands the copies over in a way that needs no receiver named."""
    if which is not CaseAct.DELIVER:
        return cases.act(services, principal, case_id, which, code=code, to=to)
    hand_over(services, principal, case_id, Receiver())
    return cases.see(services, principal, case_id)


def mail_target(case_id: str) -> str:
    """How a sending names the case whose copies it brings."""
    return f"CASE:{case_id}"


def collection_sheet(services: Services, principal: Principal, case_id: str, *, language: str) -> bytes:
    """Draw the sheet on which the receiver signs: each copy with its number and code, the fee, and lines to sign.

    Raises:
        CaseNotFound: the case is not the agency's.
        GuardRefused: `NOTHING_TO_DELIVER`, it is not completed.
    """
    view = cases.see(services, principal, case_id)
    given = [item for item in view.items if item.state in {ItemState.CERTIFIED, ItemState.REUSED}]
    if view.case.state not in {CaseState.COMPLETED, CaseState.DELIVERED} or not given:
        raise GuardRefused("NOTHING_TO_DELIVER", "a sheet is printed when the copies of a case are there to be taken")
    say = services.messages
    with services.database.read() as tx:
        agency = get_agency(tx, view.case.agency_code)
        lines = [line for item in given for line in _copy_lines(services, tx, item, language)]
        made = handovers_of(tx, case_id)
    name = {"vi": agency.name_vi, "en": agency.name_en, "fr": agency.name_fr}[language]
    title = say.text("collection.title", language)
    done = [
        ReportLine(
            say.text("collection.done", language, moment=say.short(one.made_at), staff=one.made_by[-6:]), quiet=True
        )
        for one in made
    ]
    return write_report(
        ReportParts(
            title=title,
            language=language,
            created_at=services.clock.now(),
            lookup_url=tracking_url(services, view.case),
            lines=(
                ReportLine(title, bold=True, size_pt=17),
                ReportLine(name, quiet=True),
                _GAP,
                ReportLine(
                    say.text("collection.case", language, code=format_code(view.case.tracking_code or "")), bold=True
                ),
                ReportLine(say.text(f"delivery.{view.case.delivery.value}", language), quiet=True),
                _GAP,
                *lines,
                _GAP,
                *done,
                *_to_sign(say.text("collection.receiver", language)),
                *_to_sign(say.text("collection.officer", language)),
            ),
            foot=say.text("collection.foot", language),
            page_label=say.text("report.page", language),
            specimen_text=services.specimen_text,
        )
    ).pdf


def _to_sign(words: str) -> tuple[ReportLine, ...]:
    """A place to sign by hand: room for ink, and never torn over two pages."""
    return (
        ReportLine(words, keep=True),
        ReportLine("", size_pt=_ROOM_TO_SIGN_PT, keep=True),
        ReportLine("." * 60, quiet=True),
        _GAP,
    )


def _copy_lines(services: Services, tx: Connection, item: Item, language: str) -> tuple[ReportLine, ...]:
    title = services.law.doc_type(item.doc_type).title[language]
    number = find_number(tx, item_id=item.item_id, attempt=item.attempt) if item.attempt else None
    if number is None:
        return (ReportLine(services.messages.text("collection.reused", language, title=title)),)
    text = services.messages.text(
        "collection.copy",
        language,
        title=title,
        number=f"{number.display_no} · {number.book_display}",
        copies=item.copies,
        pages=item.page_count or 0,
    )
    return (ReportLine(text),)


def _links(
    services: Services, tx: Connection, principal: Principal, case: Case, passcode_hash: str
) -> tuple[tuple[str, str], ...]:
    """Make a link to each copy that is in force; those of an earlier mail end."""
    at, owner = services.clock.now(), HolderOwner(case.holder_id)
    for earlier in handovers_of(tx, case.case_id):
        for share_id in earlier.shares:
            revoke_share(tx, owner, share_id, at=at, random_bytes=services.random_bytes)
    made = []
    for item in list_items(tx, case_id=case.case_id):
        record_id = item.record_id if item.state is ItemState.CERTIFIED else item.reuse_record_id
        if record_id is None or item.state not in {ItemState.CERTIFIED, ItemState.REUSED}:
            continue
        if not _is_current(tx, owner, record_id):
            continue
        new = NewShare(
            record_id=record_id,
            purpose=services.messages.text("handover.purpose", "vi", code=format_code(case.tracking_code or "")),
            recipient=services.messages.text("handover.recipient", "vi"),
            max_views=_MOST_VIEWS,
            term=LINK_TERM,
            permission=SharePermission.DOWNLOAD,
            passcode_hash=passcode_hash,
        )
        gift = OfficeGift(principal.staff_id, case.agency_code, case.case_id)
        share, token = create_share(
            tx, owner, new, vault=services.blobs, at=at, random_bytes=services.random_bytes, gift=gift
        )
        made.append((share.share_id, token))
    if not made:
        raise GuardRefused("NOTHING_TO_DELIVER", "no copy of this case is in force any more")
    return tuple(made)


def _is_current(tx: Connection, owner: HolderOwner, record_id: str) -> bool:
    """Whether a copy is in force and still lies with the holder of the case."""
    try:
        return get_for_owner(tx, owner, record_id).status is RecordStatus.CURRENT
    except NotFound:
        return False
