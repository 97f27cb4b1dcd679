"""The draft: the copy as it would look, with blanks where number and code will stand, before any number is taken."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from certify.agencies import get_agency
from certify.items import get_item
from certify.prepare import ReadyCopy
from certify.register import the_open_book
from certify.rules import LawPack
from certify.staff import check_may_certify, get_delegation, get_staff
from certify.statement import CopyWords
from keys.mode import Mode


def words_of_draft(
    tx: Connection, item_id: str, *, officer_id: str, law: LawPack, mode: Mode, verify_url: str, at: datetime
) -> CopyWords:
    """Collect the words of a preview; nothing is reserved and nothing is written.

    Raises:
        StaffError: the officer may not certify at this instant.
        RegisterError: there is no open book the number would come from.
    """
    item = get_item(tx, item_id)
    authority = check_may_certify(tx, officer_id, at=at)
    book = the_open_book(tx, agency_code=authority.agency.code, law=law, at=at)
    return CopyWords(
        title=law.paper_title(item.doc_type),
        agency=authority.agency,
        officer=authority.member,
        delegation=authority.delegation,
        book_display=book.display,
        number=None,
        code=None,
        converted_at=at,
        source_sha256_hex=item.source_sha256_hex or "",
        pages=item.page_count or 0,
        verify_url=verify_url,
        mode=mode,
    )


def words_of_ready(tx: Connection, ready: ReadyCopy, *, law: LawPack, mode: Mode, verify_url: str) -> CopyWords:
    """Collect the words of a reserved number from what was decided when it was reserved.

    Only stored facts go in, so that a step that runs twice writes the same page.
    """
    item = get_item(tx, ready.item_id)
    officer = get_staff(tx, ready.officer_id)
    agency = get_agency(tx, officer.agency_code)
    return CopyWords(
        title=law.paper_title(item.doc_type),
        agency=agency,
        officer=officer,
        delegation=get_delegation(tx, ready.delegation_id),
        book_display=ready.number.book_display,
        number=ready.number.display_no,
        code=ready.code,
        converted_at=ready.reserved_at,
        source_sha256_hex=item.source_sha256_hex or "",
        pages=item.page_count or 0,
        verify_url=verify_url,
        mode=mode,
    )
