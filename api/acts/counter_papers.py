"""What the counter hands over on paper: the slip of a case, and the sealed notice of a refusal."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from typing import Final

from sqlalchemy.engine import Connection

from api.access import Principal
from api.acts.cases import see
from api.acts.own_items import VersionCheck, find_own_item, lock_own_item, own_item
from api.errors import NotFound
from api.sealed_papers import seal_paper
from api.services import Services
from certify import Agency, Case, Item, Refusal, check_may_seal, fee, get_agency, refuse_item
from certify.counter import check_claim, read_terms
from certify.counter.notices import note_sealed
from certify.errors import CertifyError
from keys import KeysError
from ocr import ReportLine, ReportParts, write_report
from signing.errors import SigningError
from vault import format_code

_LOG: Final = logging.getLogger(__name__)
_GAP: Final = ReportLine("", size_pt=9)
_BAR: Final = (0.63, 0.15, 0.19)


def slip(services: Services, principal: Principal, case_id: str, *, language: str) -> bytes:
    """Draw the receipt and appointment slip: code, square to the tracking page, due time, items, fee; no number of a person.

    Raises:
        CaseNotFound: the case is not the agency's.
    """
    view = see(services, principal, case_id)
    with services.database.read() as tx:
        agency, receiving = get_agency(tx, view.case.agency_code), get_agency(tx, view.case.received_by_agency)
        terms = read_terms(tx, case_id, blobs=services.blobs)
    say = services.messages
    title = say.text("slip.title", language)
    lines = [
        ReportLine(title, bold=True, size_pt=17),
        ReportLine(_name(receiving, language), quiet=True),
        _GAP,
        *_pair(services, language, "slip.code", format_code(view.case.tracking_code or "")),
        *_pair(services, language, "slip.received", say.short(view.case.opened_at)),
        *_pair(services, language, "slip.due", say.short(view.case.due_at)),
    ]
    if view.case.appointment_at:
        lines += _pair(services, language, "slip.appointment", say.short(view.case.appointment_at))
    if agency.code != receiving.code:
        lines += _pair(services, language, "slip.responsible", _name(agency, language))
    delivery = say.text(f"delivery.{view.case.delivery.value}", language)
    lines += [
        *_pair(services, language, "slip.delivery", delivery),
        *(_pair(services, language, "slip.passcode", terms.passcode) if terms.passcode else ()),
        ReportLine(say.text("slip.items", language), bold=True),
    ]
    lines += [ReportLine(_item_line(services, item, language)) for item in view.items]
    lines += [_GAP, ReportLine(say.text("slip.fee_rule", language), quiet=True, size_pt=9)]
    return write_report(
        ReportParts(
            title=title,
            language=language,
            created_at=services.clock.now(),
            lookup_url=tracking_url(services, view.case),
            lines=tuple(lines),
            foot=say.text("slip.foot", language),
            page_label=say.text("report.page", language),
            specimen_text=services.specimen_text,
        )
    ).pdf


def tracking_url(services: Services, case: Case) -> str:
    """Where the case of a slip is followed; the address outlives mergers like that of a copy."""
    return f"{services.verify_url}/t/{format_code(case.tracking_code or '')}"


def refuse(
    services: Services,
    principal: Principal,
    item_id: str,
    *,
    code: str,
    free_text: str,
    check_version: VersionCheck | None = None,
) -> Refusal:
    """Refuse an item with a reason of the closed list, and seal the notice for the citizen in three languages.

    The refusal stands when the notice cannot be sealed now; `refusal_notice` seals it later.

    Raises:
        PreconditionFailed: `check_version` says that the caller saw another version.
        RefusalIncomplete: the code is not on the list, or no words were written.
        GuardRefused: `CLAIMED`, somebody else works on the case.
    """
    at = services.clock.now()
    with services.database.transaction() as tx:
        lock_own_item(tx, principal, item_id, check_version=check_version)
        item, case = find_own_item(tx, principal, item_id)
        check_claim(tx, case, staff_id=principal.staff_id, at=at)
        refusal = refuse_item(
            tx, item_id, law=services.law, code=code, free_text=free_text, staff_id=principal.staff_id, at=at
        )
        # The words are the citizen's: they lie under the case's key, and nowhere in the database.
        told = json.dumps({"code": code, "notices": dict(refusal.notices)}, ensure_ascii=False)
        services.blobs.put_first(case.case_id, _words(item), told.encode())
    try:
        _seal(services, item, case)
    except (KeysError, SigningError, CertifyError) as exc:
        _LOG.warning("a refusal's notice waits for its seal", extra={"item_id": item_id, "error": type(exc).__name__})
    return refusal


def refusal_notice(services: Services, principal: Principal, item_id: str) -> bytes:
    """Give the sealed notice of a refused item; one that could not be sealed before is sealed now.

    Raises:
        ItemNotFound: the item is not the agency's.
        NotFound: it was not refused, or by an older release that kept no words.
        KeysError, SigningError, SealNotAllowed: the seal is away.
    """
    item, case = own_item(services, principal, item_id)
    if services.blobs.exists(case.case_id, _paper(item)):
        return services.blobs.get(case.case_id, _paper(item))
    return _seal(services, item, case)


def _seal(services: Services, item: Item, case: Case) -> bytes:
    if not services.blobs.exists(case.case_id, _words(item)):
        raise NotFound(f"item {item.item_id} has no notice of a refusal")
    told = json.loads(services.blobs.get(case.case_id, _words(item)))
    at = services.clock.now()
    with services.database.read() as tx:
        agency = check_may_seal(tx, case.agency_code, at=at).agency
    parts = ReportParts(
        title=services.messages.text("notice_paper.title", "vi"),
        language="vi",
        created_at=at,
        lookup_url=tracking_url(services, case),
        lines=tuple(_notice_lines(services, item, case, agency, told)),
        foot=services.messages.text("notice_paper.foot", "vi", agency=agency.name_vi),
        page_label=services.messages.text("report.page", "vi"),
        specimen_text=services.specimen_text,
    )
    sealed = seal_paper(services, parts, agency=agency, kind="REFUSAL_NOTICE", about={"item": item.item_id})
    _ref, kept = services.blobs.put_first(case.case_id, _paper(item), sealed)
    with services.database.transaction() as tx:
        _note(tx, item, told["code"], kept, services)
    return kept


def _note(tx: Connection, item: Item, code: str, kept: bytes, services: Services) -> None:
    note_sealed(tx, item, code=code, sha256_hex=hashlib.sha256(kept).hexdigest(), at=services.clock.now())


def _notice_lines(
    services: Services, item: Item, case: Case, agency: Agency, told: dict[str, dict[str, str]]
) -> Iterator[ReportLine]:
    say, doc_type = services.messages, services.law.doc_type(item.doc_type)
    yield ReportLine(say.text("notice_paper.title", "vi"), bold=True, size_pt=16)
    yield ReportLine(agency.name_vi, quiet=True)
    yield _GAP
    yield ReportLine(f"{doc_type.title['vi']} · {told['code']}", bold=True, bar=_BAR)
    yield ReportLine(say.text("notice_paper.case", "vi", code=format_code(case.tracking_code or "")), quiet=True)
    for language in ("vi", "en", "fr"):
        yield _GAP
        yield ReportLine(told["notices"][language], size_pt=11 if language == "vi" else 9.5, quiet=language != "vi")


def _pair(services: Services, language: str, key: str, value: str) -> tuple[ReportLine, ReportLine]:
    return (
        ReportLine(services.messages.text(key, language), quiet=True, size_pt=9.5),
        ReportLine(value, bold=True, size_pt=11.5),
    )


def _item_line(services: Services, item: Item, language: str) -> str:
    title = services.law.doc_type(item.doc_type).title[language]
    if item.page_count is None:
        return services.messages.text("slip.item_open", language, title=title, copies=item.copies)
    due = fee(services.law, pages=item.page_count, copies=item.copies, at=services.clock.now())
    return services.messages.text(
        "slip.item",
        language,
        title=title,
        copies=item.copies,
        pages=item.page_count,
        fee=services.messages.money(due.amount, due.currency, language),
    )


def _name(agency: Agency, language: str) -> str:
    return {"vi": agency.name_vi, "en": agency.name_en, "fr": agency.name_fr}[language]


def _words(item: Item) -> str:
    return f"refusal-{item.item_id}.json"


def _paper(item: Item) -> str:
    return f"refusal-{item.item_id}.pdf"
