"""A register book as a file: for spreadsheets, as a sealed PDF/A, and the closing document an officer signs.

All words on paper are in the language of the country's own register, so that a book reads the same whoever asks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from api.access import Principal
from api.acts.pin_tries import open_by_pin
from api.acts.register import own_book, register
from api.acts.sealed_papers import log, seal_paper
from api.errors import RequestInvalid
from api.services import Services
from api.spreadsheets import Cell, write_csv, write_xlsx
from certify import (
    Agency,
    Authority,
    Book,
    ReadyCopyChanged,
    RegisterRow,
    RegisterTotals,
    check_may_certify,
    export_rows,
    get_agency,
    sum_up,
)
from certify.registry import COLUMNS as ALL_COLUMNS
from certify.registry import Closing, full_rows, get_closing, note_closing_signed
from keys import ActivationRequest, Pin
from ocr import TableColumn, TableParts, write_table
from signing import NewField, PadesLevel, SignRequest, sign_new_field
from signing.verify import Verdict, verify_in_child

COLUMNS: Final = ("number", "date", "requester", "original", "signer", "copies", "fee_vnd", "note")
OFFICER_FIELD: Final = "BookKeeper"
SEAL_FIELD: Final = "AgencySeal"
_LANGUAGE: Final = "vi"
_SHARES: Final = (4.5, 8.5, 16, 20, 18, 5.5, 8, 19.5)
_NUMERIC: Final = frozenset({"number", "copies", "fee_vnd"})
_SIGNED: Final = "closing.pdf"
_SIGN_WITHIN: Final = timedelta(minutes=5)


class ExportForm(StrEnum):
    """In which form a book is given out; JSON has the whole lines, the sealed PDF the eight columns of the law."""

    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"
    JSON = "json"


class ExportColumns(StrEnum):
    """Which columns a table has: the eight that the law wants printed, or all that is kept."""

    EIGHT = "eight"
    ALL = "all"


def export_book(
    services: Services,
    principal: Principal,
    book_id: str,
    *,
    form: ExportForm,
    columns: ExportColumns = ExportColumns.EIGHT,
) -> bytes:
    """Give a whole book in its eight columns with the sums under them, or all its columns; the PDF is sealed.

    Raises:
        NotFound: the book is another agency's.
        RequestInvalid: a PDF is wanted with all columns, or the agency has no seal.
        SigningError, KeysError: it could not be sealed.
    """
    with services.database.read() as tx:
        book = own_book(tx, principal, book_id)
        totals, agency = sum_up(tx, book_id), get_agency(tx, principal.agency_code)
    if form is ExportForm.PDF and columns is ExportColumns.ALL:
        raise RequestInvalid("the sealed PDF has the eight columns of the law; take csv, xlsx or json", field="columns")
    if form is ExportForm.JSON or columns is ExportColumns.ALL:
        return _whole(services, book, form=form)
    page = register(services, principal, book_id=book_id)
    if form is ExportForm.PDF:
        if agency.seal_key_id is None:
            raise RequestInvalid(f"agency {agency.code} has no seal, and the PDF is sealed", field="form")
        parts = _table(
            services, book, page.rows, totals=totals, at=page.shown_at, closing=_shown_at(services, page.shown_at)
        )
        about = {"book": book.display, "agency": book.agency_code}
        return seal_paper(
            services,
            write_table(parts).pdf,
            agency=agency,
            field=SEAL_FIELD,
            what="REGISTER_EXPORT",
            about=about,
        )
    table = [*_lines(services, page.rows), _sums(services, totals)]
    return write_csv(table) if form is ExportForm.CSV else write_xlsx(table, sheet=book.display)


def _whole(services: Services, book: Book, *, form: ExportForm) -> bytes:
    """A book with everything that is kept of each number; empty cells are what nobody kept."""
    with services.database.read() as tx:
        rows = full_rows(
            tx, book.book_id, requester_of=services.pipeline.requesters(book.book_id), blobs=services.blobs
        )
    if form is ExportForm.JSON:
        told = {"book": book.display, "agency": book.agency_code, "lines": [asdict(row) for row in rows]}
        return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()
    table: list[list[Cell]] = [list(ALL_COLUMNS)]
    for row in rows:
        cells = (getattr(row, name) for name in ALL_COLUMNS)
        table.append([cell if isinstance(cell, int) else cell or "" for cell in cells])
    return write_csv(table) if form is ExportForm.CSV else write_xlsx(table, sheet=book.display)


def closing_document(services: Services, principal: Principal, book_id: str) -> bytes:
    """Give the closing document: signed and sealed, or as it is to be signed; the same bytes each time.

    Raises:
        NotFound: the book is another agency's.
        NumberConflict: it is not closed.
    """
    with services.database.read() as tx:
        book = own_book(tx, principal, book_id)
        closing = get_closing(tx, book_id)
    if closing.signed_sha256_hex is not None:
        return services.blobs.get(book_id, _SIGNED)
    with services.database.read() as tx:
        rows = export_rows(
            tx,
            book_id,
            law=services.law,
            requester_of=services.pipeline.requesters(book_id),
            as_of=closing.closed_at,
        )
    parts = _table(
        services,
        book,
        rows,
        totals=closing.totals,
        at=closing.closed_at,
        closing=_closing_words(services, closing),
        title="register.closing.title",
    )
    return write_table(parts).pdf


def sign_closing(services: Services, principal: Principal, book_id: str, *, sha256_hex: str, pin: Pin) -> Closing:
    """Sign the closing document that was shown and let the agency seal it; done again, it gives what was signed.

    Raises:
        NotFound, NumberConflict: as `closing_document`.
        ReadyCopyChanged: it is not the document that was shown.
        StaffError: the person may not certify at this instant.
        RequestInvalid: the agency has no seal.
        WrongPin, TooManyRequests, SigningError, KeysError: nothing is signed.
    """
    unsigned = closing_document(services, principal, book_id)
    at = services.clock.now()
    with services.database.read() as tx:
        closing = get_closing(tx, book_id)
        authority = check_may_certify(tx, principal.staff_id, at=at)
    if closing.signed_sha256_hex is not None:
        return closing
    if hashlib.sha256(unsigned).hexdigest() != sha256_hex:
        raise ReadyCopyChanged(f"the closing of book {closing.book.display} is not the file that was shown; look again")
    if authority.agency.seal_key_id is None:
        raise RequestInvalid(f"agency {authority.agency.code} has no seal for the closing document", field="book_id")
    if not services.blobs.exists(book_id, _SIGNED):
        sealed = _signed_and_sealed(services, unsigned, closing=closing, authority=authority, pin=pin)
        services.blobs.create_keyset(book_id)
        services.blobs.put_first(book_id, _SIGNED, sealed)
    stored = services.blobs.get(book_id, _SIGNED)
    with services.database.transaction() as tx:
        return note_closing_signed(
            tx,
            book_id,
            sha256_hex=hashlib.sha256(stored).hexdigest(),
            signed_by=principal.staff_id,
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        )


def _signed_and_sealed(
    services: Services, unsigned: bytes, *, closing: Closing, authority: Authority, pin: Pin
) -> bytes:
    digest = hashlib.sha256(unsigned).hexdigest()
    staff_id = authority.member.staff_id
    # (1) the officer's key, for exactly these bytes
    until = services.clock.now() + _SIGN_WITHIN
    activation_id = open_by_pin(services, ActivationRequest(authority.key_id, staff_id, until, (digest,)), pin)
    signer = services.desk.signer(activation_id, key_id=authority.key_id, digest_hex=digest, user_id=staff_id)
    # (2) the intent is in the log, then the key signs
    about = {"book": closing.book.display, "agency": closing.book.agency_code}
    log(services, "BOOK_CLOSING_SIGN_INTENT", about | {"key": authority.key_id, "sha256": digest})
    request = SignRequest(
        field=OFFICER_FIELD,
        level=PadesLevel.B_T,
        signed_at=services.clock.now(),
        location=authority.agency.name_on_papers,
        certify=False,
    )
    signed = sign_new_field(
        unsigned, request=request, signer=signer, services=services.signing, new_field=NewField()
    ).pdf
    # (3) the agency's seal over it
    sealed = seal_paper(services, signed, agency=authority.agency, field=SEAL_FIELD, what="BOOK_CLOSING", about=about)
    # (4) our own judge passes it
    report = verify_in_child(
        sealed, trust=services.trust.anchors(), at=services.clock.now(), sandbox=services.verify_pool
    )
    if report.verdict not in {Verdict.VALID, Verdict.VALID_WITH_WARNING}:
        report.require_passed()
    return sealed


def _lines(services: Services, rows: Sequence[RegisterRow]) -> list[list[Cell]]:
    headings: list[Cell] = [_heading(services, place) for place in range(len(COLUMNS))]
    return [headings, *([_cell(services, row, name) for name in COLUMNS] for row in rows)]


def _cell(services: Services, row: RegisterRow, name: str) -> Cell:
    value: Cell = getattr(row, name)
    if name == "note":
        return note_words(services, str(value), language=_LANGUAGE)
    return int(value) if name == "number" else value


def note_words(services: Services, note: str, *, language: str) -> str:
    """Say the codes of a note in words; days, decisions and other copies' codes stay as they are."""
    messages = services.messages
    said = []
    for part in note.split(" "):
        bare = part.rstrip(";")
        key = f"page.note.{bare}"
        word = messages.text(key, language) if messages.has(key) else bare
        said.append(word + part[len(bare) :])
    return " ".join(said)


def _sums(services: Services, totals: RegisterTotals) -> list[Cell]:
    words = services.messages.text("register.sums", _LANGUAGE, numbers=totals.numbers, voided=totals.voided)
    return ["", "", "", words, "", totals.copies, totals.fee_vnd, ""]


def _heading(services: Services, place: int) -> str:
    return services.messages.text(f"page.register.col{place + 1}", _LANGUAGE)


def _table(
    services: Services,
    book: Book,
    rows: Sequence[RegisterRow],
    *,
    totals: RegisterTotals,
    at: datetime,
    closing: tuple[str, ...],
    title: str = "register.export.title",
) -> TableParts:
    with services.database.read() as tx:
        agency = get_agency(tx, book.agency_code)
    lines = [
        [_printed(cell, name) for cell, name in zip(line, COLUMNS, strict=True)] for line in _lines(services, rows)
    ]
    sums = [_printed(cell, name) for cell, name in zip(_sums(services, totals), COLUMNS, strict=True)]
    say = services.messages.text
    return TableParts(
        title=say(title, _LANGUAGE, book=book.display),
        language=_LANGUAGE,
        created_at=at,
        lead=(_about(agency, book, services=services),),
        columns=tuple(
            TableColumn(heading, share, to_the_right=name in _NUMERIC)
            for heading, share, name in zip(lines[0], _SHARES, COLUMNS, strict=True)
        ),
        rows=tuple(map(tuple, lines[1:])),
        sums=tuple(sums),
        closing=closing,
        foot=f"{agency.name_on_papers} · {book.display}",
        page_label=say("report.page", _LANGUAGE),
        specimen_text=services.specimen_text,
    )


def _about(agency: Agency, book: Book, *, services: Services) -> str:
    return services.messages.text(
        "register.about", _LANGUAGE, agency=agency.name_on_papers, book=book.display, year=book.year
    )


def _printed(cell: Cell, name: str) -> str:
    return f"{cell:,}".replace(",", ".") if isinstance(cell, int) and name == "fee_vnd" else str(cell)


def _shown_at(services: Services, at: datetime) -> tuple[str, ...]:
    return (services.messages.text("page.register.shown", _LANGUAGE, moment=services.messages.moment(at)),)


def _closing_words(services: Services, closing: Closing) -> tuple[str, ...]:
    say, totals = services.messages.text, closing.totals
    words = [
        say(
            "register.closing.words",
            _LANGUAGE,
            moment=services.messages.moment(closing.closed_at),
            numbers=totals.numbers,
            voided=totals.voided,
            copies=totals.copies,
            fee=f"{totals.fee_vnd:,}".replace(",", "."),
        )
    ]
    if closing.decision_number:
        words.append(say("register.closing.decision", _LANGUAGE, number=closing.decision_number))
    return (*words, say("register.closing.signature", _LANGUAGE))
