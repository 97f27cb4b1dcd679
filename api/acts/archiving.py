"""The package of an agency that closes: every paper it put into vaults and the lines of its books, for the archive after it.

Each vault is opened with a reason that its holder sees; nothing is taken away from anybody.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import BinaryIO, Final

from api.acts.taking_along import add_paper, as_json
from api.services import Services
from certify import export_rows, get_agency, list_books
from vault import RecordStatus, StaffAccess, list_for_holder, open_staff_access
from vault.bags import BagWriter
from vault.holdings import holders_with_papers_of

FORMAT: Final = "vidimus-agency-1"
_REASON: Final = "ARCHIVE"
_PAGE: Final = 500


def write_agency_package(services: Services, agency_code: str, target: BinaryIO) -> int:
    """Write the package of an agency; gives how many papers are in it.

    Raises:
        AgencyNotFound: no such agency.
    """
    with services.database.read() as tx:
        agency = get_agency(tx, agency_code)
        holders = holders_with_papers_of(tx, agency_code)
        books = [book for book in list_books(tx) if book.agency_code == agency_code]
    bag, count = BagWriter(target), 0
    for holder_id in holders:
        with services.database.transaction() as tx:
            access = open_staff_access(
                tx,
                staff_id="archive",
                agency_code=agency_code,
                holder_id=holder_id,
                reason=_REASON,
                at=services.clock.now(),
                random_bytes=services.random_bytes,
            )
        count += _add_papers(services, bag, access)
    for book in books:
        with services.database.read() as tx:
            rows = export_rows(
                tx, book.book_id, law=services.law, requester_of=services.pipeline.requesters(book.book_id)
            )
        bag.add(
            f"registers/{book.book_id}.json", as_json({"book": book.display, "rows": [asdict(row) for row in rows]})
        )
    bag.finish(
        {
            "Source-Organization": agency.name_vi,
            "External-Identifier": agency_code,
            "Vidimus-Format": FORMAT,
            "External-Description": "Papers and register books of one agency (OAIS: an archival information package)",
        },
        at=services.clock.now(),
    )
    return count


def _add_papers(services: Services, bag: BagWriter, access: StaffAccess) -> int:
    count, after = 0, None
    while True:
        with services.database.read() as tx:
            page = list_for_holder(tx, access, after_record_id=after, limit=_PAGE)
        if not page:
            return count
        for record in page:
            if record.agency_code == access.agency_code and record.status is not RecordStatus.WITHDRAWN:
                add_paper(services, bag, record)
                count += 1
        after = page[-1].record_id
