"""Pages of the desk and of the citizen's requests with invented content: seals, audit, books, asking, taking along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from api.acts.register import BookView, LineView
from api.acts.seals import SealLine
from api.identity import Door
from api.pages.audit import audit_line, finding_row
from api.pages.batches import batch_page, batch_row, waiting_row
from api.pages.citizen_view import status_word
from api.pages.inspection_view import choice_options
from api.pages.own_requests import qr_picture, request_row
from api.pages.register_books import book_card
from api.pages.register_line import correction_choices, line_card
from api.pages.seals import seal_row
from api.pages.tickets import board_lines
from api.pages.views import Option, Say
from certify import ItemState, RegisterRow, load_law
from certify.annotations import Annotation, AnnotationKind
from certify.counter import Board, Ticket, TicketState, desk_rules
from certify.register import Book, BookStatus, NumberStatus, RegisterTotals
from certify.registry import AuditLine, AwaitsSeal, BatchPlace, Closing, Finding, FindingKind, OpenedBatch
from dossiers import PaperRequest, RequestState, Way
from signing.verify import Verdict
from tests.page_office import AGENCIES, AT, CODE, PROBLEM, SHA, id_of, item, report, signature
from tests.page_vault import records
from vault import Retention


@dataclass(frozen=True, slots=True)
class Sample:
    """One page to render: its template, its door, its values."""

    name: str
    template: str
    values: Mapping[str, Any] = field(repr=False)
    door: Door | None = None
    current: str = ""
    address: str = "/"


TITLES = {"SAMPLE-KINDERGARTEN": "Đăng ký học mẫu giáo cho con"}
LONG = "Giấy chứng nhận quyền sử dụng đất, quyền sở hữu nhà ở và tài sản khác gắn liền với đất"
BOOK_NAME = "01/2026-SCTĐT/BS"


def books() -> tuple[BookView, ...]:
    """An open book, one that was closed and waits for its signature, and one that is done."""
    totals = RegisterTotals(1284, 7, 2310, 9_482_000)
    shown = []
    for year, status, signed in (
        (2026, BookStatus.OPEN, False),
        (2025, BookStatus.CLOSED, False),
        (2024, BookStatus.CLOSED, True),
    ):
        book = Book(id_of(year), "THIDU", "COPY", year, 1, f"01/{year}-SCTĐT/BS", status, 1284)
        closing = Closing(book, totals, "huong", AT, None, "huong" if signed else None, AT if signed else None, SHA)
        shown.append(BookView(book, totals, None if status is BookStatus.OPEN else closing))
    return tuple(shown)


def paper_request(way: Way = Way.COUNTER_QR, state: RequestState = RequestState.PENDING) -> PaperRequest:
    """A request of the school for the papers of a kindergarten."""
    return PaperRequest(
        id_of(60), way, state, "THIDU-EDU", "binh", "x", id_of(700), "SAMPLE-KINDERGARTEN", "sen xanh", AT,
        AT + timedelta(days=7), None, None, None,
    )  # fmt: skip


def auditor_pages(say: Say) -> tuple[Sample, ...]:
    """The auditor's page with answers, without an answer, and as it is met first."""
    final = AuditLine(
        id_of(1), BOOK_NAME, 123, NumberStatus.FINAL, CODE, id_of(2), AT, AT, None, None, id_of(42), id_of(43)
    )
    void = replace(final, number=124, status=NumberStatus.VOID, code=None, finalised_at=None, voided_at=AT, void_reason="DEADLINE_PASSED")  # fmt: skip
    found = [
        finding_row(Finding(kind, 120 + n, code, id_of(2), AT), say, book=BOOK_NAME)
        for n, (kind, code) in enumerate(
            ((FindingKind.GAP, "NO_LINE"), (FindingKind.VOID, "DEADLINE_PASSED"), (FindingKind.LATE_SEAL, "LATE_SEAL"))
        )
    ]
    asked = {"number": "123", "code": "", "day": "2026-11-22", "person": id_of(42)}
    blank = dict.fromkeys(asked, "")
    lines = [audit_line(one, say) for one in (final, void)]
    staff, here = Door.STAFF, "/staff/audit"
    page = "staff_audit.html"
    why = {
        "code": "K7PM-3QWX-9DHT-5",
        "reasons": choice_options(desk_rules(load_law("vn"), at=AT).choices["audit"], say),
    }
    return (
        Sample("audit", page, {"problem": None, "asked": asked, "is_asked": True, "lines": lines, "found": found}, staff, here),
        Sample("audit_empty", page, {"problem": PROBLEM, "asked": asked, "is_asked": True, "lines": [], "found": []}, staff, here),
        Sample("audit_why", "staff_audit_evidence.html", why | {"problem": None, "filled": {"reason": "", "words": ""}}, staff, here),
        Sample("audit_why_wrong", "staff_audit_evidence.html", why | {"problem": PROBLEM, "filled": {"reason": "COMPLAINT", "words": ""}}, staff, here),
        Sample("audit_first", page, {"problem": None, "asked": blank, "is_asked": False, "lines": [], "found": found}, staff, here),
    )  # fmt: skip


def sealing_pages(say: Say) -> tuple[Sample, ...]:
    """The seal keeper's queue, and the books."""
    good, bad = report(Verdict.VALID, signature()), report(Verdict.INVALID, signature(good=False))
    waiting = AwaitsSeal(item(50, ItemState.OFFICER_SIGNED), id_of(51), BOOK_NAME, 125, id_of(42), AT, SHA)
    long = replace(waiting, item=item(52, ItemState.OFFICER_SIGNED, title="Giấy chứng nhận quyền sử dụng đất, quyền sở hữu nhà ở và tài sản khác gắn liền với đất"))  # fmt: skip
    lines = [
        seal_row(SealLine(one, "Lê Thị Thanh Hương", judged), say) for one, judged in ((waiting, good), (long, bad))
    ]
    told = [{"title": "Giấy khai sinh", "text": say("page.seals.done")}, {"title": "Bằng tốt nghiệp", "text": PROBLEM.title}]  # fmt: skip
    cards = [book_card(one, say) for one in books()]
    staff = Door.STAFF
    return (
        Sample("seals", "staff_seals.html", {"problem": PROBLEM, "told": told, "lines": lines, "needs_pin": True}, staff, "/staff/seals"),
        Sample("seals_empty", "staff_seals.html", {"problem": None, "told": [], "lines": [], "needs_pin": False}, staff, "/staff/seals"),
        Sample("books", "staff_books.html", {"problem": None, "books": cards, "may_close": True}, staff, "/staff/register"),
        Sample("books_empty", "staff_books.html", {"problem": PROBLEM, "books": [], "may_close": False}, staff, "/staff/register"),
        Sample("sign_closing", "staff_sign_closing.html", {"book": cards[1], "sha256_hex": SHA}, staff, "/staff/register"),
    )  # fmt: skip


def line_pages(say: Say) -> tuple[Sample, ...]:
    """One line of the register with all forms, as an auditor sees it, and one that is void."""
    row = RegisterRow("123", "22/11/2026", "Nguyễn Thị Hoài An", LONG, "Lê Thị Thanh Hương, Phó Chủ tịch", 1, 4000, "")
    final = AuditLine(
        id_of(1), BOOK_NAME, 123, NumberStatus.FINAL, CODE, id_of(2), AT, AT, None, None, id_of(42), id_of(43)
    )
    notes = (
        Annotation(id_of(1), 123, AnnotationKind.ORIGINAL_REPLACED, id_of(42), AT, "ISSUER_NOTICE"),
        Annotation(id_of(1), 123, AnnotationKind.ANNULLED, id_of(42), AT, "WRONG_ORIGINAL", "15/QĐ-UBND", None),
        Annotation(id_of(1), 123, AnnotationKind.SUPERSEDES, id_of(42), AT, "CLERICAL_ERROR", None, CODE),
    )
    view = LineView(row, final, notes, {id_of(42): "Lê Thị Thanh Hương"})
    void = LineView(
        replace(row, note="VOID DEADLINE_PASSED", requester="", signer="", copies=0, fee_vnd=0),
        replace(final, status=NumberStatus.VOID, code=None, finalised_at=None),
        (),
        {},
    )
    page, staff, here = "staff_line.html", Door.STAFF, "/staff/register"
    quiet = {"problem": None, "forms": None, "may_correct": False}
    return (
        Sample("line", page, {"problem": PROBLEM, "line": line_card(view, say, note=""), "forms": correction_choices(say), "may_correct": True}, staff, here),
        Sample("line_void", page, {**quiet, "line": line_card(void, say, note="x")}, staff, here),
    )  # fmt: skip


def batch_pages(say: Say) -> tuple[Sample, ...]:
    """Batches: nothing yet, some to choose, one half done with a problem, and another officer's."""
    law = load_law("vn")
    states = (ItemState.CERTIFIED, ItemState.PREPARED, ItemState.READY_TO_SIGN, ItemState.VOIDED, ItemState.REFUSED)
    lines = tuple(
        BatchPlace(
            item(70 + n, state, doc_type="VN.LAND_CERT" if n % 2 else "VN.BIRTH_CERT"),
            state is not ItemState.REFUSED,
            "CopyNotReady" if state is ItemState.VOIDED else None,
        )
        for n, state in enumerate(states)
    )
    opened = OpenedBatch(id_of(80), "THIDU", id_of(42), AT, None, None, lines)
    numbers = dict.fromkeys((one.item.item_id for one in lines[:2]), "125")
    digests = {lines[1].item.item_id: SHA}
    page, staff, here = "staff_batch.html", Door.STAFF, "/staff/batches"
    mine = batch_page(opened, say, law=law, digests=digests, numbers=numbers, is_mine=True)
    theirs = batch_page(replace(opened, approved_at=AT), say, law=law, digests={}, numbers={}, is_mine=False)
    waiting = [waiting_row(one.item, say, law=law) for one in lines[1:4]]
    return (
        Sample("batches", "staff_batches.html", {"problem": PROBLEM, "waiting": waiting, "rows": [batch_row(opened, say)] * 2}, staff, here),
        Sample("batches_empty", "staff_batches.html", {"problem": None, "waiting": [], "rows": []}, staff, here),
        Sample("batch", page, {"problem": PROBLEM, **mine}, staff, here),
        Sample("batch_of_another", page, {"problem": None, **theirs}, staff, here),
    )  # fmt: skip


def asking_pages(say: Say) -> tuple[Sample, ...]:
    """What an agency asks of a holder, on both sides."""
    link = "http://127.0.0.1:8750/q#" + "x" * 43
    ours = request_row(paper_request(), say, AGENCIES, titles=TITLES, base="/staff/ask")
    theirs = request_row(paper_request(), say, AGENCIES, titles=TITLES, base="/citizen/requests")
    code = {"qr": qr_picture(link), "link": link}
    options = [Option("SAMPLE-KINDERGARTEN", "Đăng ký học mẫu giáo cho con"), Option("SAMPLE-JOB", "Đăng ký tìm việc làm")]  # fmt: skip
    asked = {"row": ours, "problem": None}
    staff, citizen, here, mine = Door.STAFF, Door.CITIZEN, "/staff/ask", "/citizen/requests"
    return (
        Sample("ask", "staff_ask.html", {"problem": PROBLEM, "options": options, "rows": [ours, ours]}, staff, here),
        Sample("ask_first", "staff_ask.html", {"problem": None, "options": options, "rows": []}, staff, here),
        Sample("asked", "staff_request.html", {**asked, "words": "sen xanh", "is_waiting": True, "helps": False}, staff, here),
        Sample("helped", "staff_request.html", {**asked, "words": "", "is_waiting": False, "helps": True}, staff, here),
        Sample("counter_shown", "code_shown.html", {**code, "words": "sen xanh", "onward": f"/staff/ask/{id_of(60)}"}, staff, here),
        Sample("phone_shown", "code_shown.html", {**code, "words": "", "onward": mine}, citizen, mine),
        Sample("counter", "citizen_counter.html", {"problem": None}, citizen, mine),
        Sample("counter_wrong", "citizen_counter.html", {"problem": PROBLEM}, citizen, mine),
        Sample("requests", "citizen_requests.html", {"rows": [theirs]}, citizen, mine),
        Sample("requests_empty", "citizen_requests.html", {"rows": []}, citizen, mine),
    )  # fmt: skip


def taking_pages(say: Say) -> tuple[Sample, ...]:
    """Taking everything along, and erasing."""
    papers = [(one.record_id, say.pick(one.titles), status_word(one, say, at=AT)) for one in records().values()]
    kept = [(say.pick(one.titles), say(f"page.taking.kept.{Retention.LEGAL.value}")) for one in records().values()]
    citizen, here = Door.CITIZEN, "/citizen/history"
    return (
        Sample("take_along", "citizen_take_along.html", {"problem": PROBLEM, "erasable": papers, "kept": kept}, citizen, here),
        Sample("take_along_empty", "citizen_take_along.html", {"problem": None, "erasable": [], "kept": []}, citizen, here),
    )  # fmt: skip


def waiting_pages(say: Say) -> tuple[Sample, ...]:
    """The waiting room: a board with numbers, an empty one, and the clerk's page."""
    called = tuple(
        Ticket(number, TicketState.CALLED if number == 42 else TicketState.SERVED, "3", AT, AT)
        for number in (42, 41, 40)
    )
    full, empty = board_lines(Board(called, 17), say), board_lines(Board((), 0), say)
    clerk = {"problem": None, "given": 59, "desk": "3", "called": 42, "board": "/board/THIDU"}
    quiet = {"problem": PROBLEM, "given": 0, "desk": "", "called": 0, "board": "/board/THIDU"}
    return (
        Sample("board", "board.html", {"agency": AGENCIES["THIDU"], "source": "/board/THIDU/now", **full}),
        Sample("board_empty", "board.html", {"agency": AGENCIES["THIDU"], "source": "/board/THIDU/now", **empty}),
        Sample("tickets", "staff_tickets.html", clerk | full, Door.STAFF, "/staff/tickets"),
        Sample("tickets_empty", "staff_tickets.html", quiet | empty, Door.STAFF, "/staff/tickets"),
    )


def desk_samples(say: Say) -> tuple[Sample, ...]:
    """All of them."""
    return (
        *auditor_pages(say),
        *line_pages(say),
        *batch_pages(say),
        *sealing_pages(say),
        *asking_pages(say),
        *taking_pages(say),
        *waiting_pages(say),
    )
