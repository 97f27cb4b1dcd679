"""Register books, corrections and the auditor's questions in the home of this machine, told as the API tells them."""

from __future__ import annotations

from datetime import date
from typing import BinaryIO

from pydantic import BaseModel

from api.acts import audit, corrections
from api.acts.corrections import OriginalChange
from api.acts.register import close_own_book, list_own_books
from api.acts.register_papers import ExportColumns, ExportForm, closing_document, export_book, sign_closing
from api.cli.counter_here import officer_here
from api.cli.desk_here import reader_of
from api.cli.target import Row
from api.errors import RequestInvalid
from api.routes.audit import finding_told
from api.routes.audit import line_told as audit_line_told
from api.routes.books import told as book_told
from api.routes.corrections import line_told, recall_told
from api.services import Services
from keys import Pin


class BookHere:
    """Acts as an officer of this home, or reads for an agency as the one who stands at the console."""

    def __init__(self, services: Services, *, officer: str | None, agency: str | None) -> None:
        """Act on open services."""
        self._services = services
        self._who = reader_of(agency) if officer is None else officer_here(services, officer)
        if officer is not None and agency not in {None, self._who.agency_code}:
            raise RequestInvalid(f"this officer is of agency {self._who.agency_code}, not of {agency}", field="officer")

    def books(self, _agency: str) -> list[Row]:
        """The books of the agency and of those it follows."""
        return [_row(book_told(view)) for view in list_own_books(self._services, self._who)]

    def export(self, book_id: str, *, form: str, columns: str) -> bytes:
        """A whole book."""
        return export_book(self._services, self._who, book_id, form=ExportForm(form), columns=ExportColumns(columns))

    def close(self, book_id: str, *, last_number: int) -> None:
        """Close a book."""
        close_own_book(self._services, self._who, book_id, last_number=last_number)

    def closing_document(self, book_id: str) -> bytes:
        """The closing document."""
        return closing_document(self._services, self._who, book_id)

    def sign_closing(self, book_id: str, *, sha256_hex: str, pin: Pin) -> None:
        """Sign the closing document."""
        sign_closing(self._services, self._who, book_id, sha256_hex=sha256_hex, pin=pin)

    def annul(self, code: str, asked: Row) -> Row:
        """Annul a copy."""
        return _row(line_told(corrections.annul_own_copy(self._services, self._who, code, **asked)))

    def change_original(self, code: str, asked: Row) -> Row:
        """Note what became of the original."""
        change = OriginalChange(asked["change"])
        line = corrections.change_original(self._services, self._who, code, change=change, reason=asked["reason"])
        return _row(line_told(line))

    def correct(self, code: str) -> str:
        """Open a new item."""
        return corrections.correct_copy(self._services, self._who, code).item_id

    def recall(self, code: str, *, holder: str, reason: str) -> Row:
        """Move a copy into another vault."""
        return _row(
            recall_told(corrections.recall_to(self._services, self._who, code, holder_id=holder, reason=reason))
        )

    def find(self, _agency: str, wanted: Row) -> list[Row]:
        """Numbers of the register."""
        day = wanted["day"]
        asked = wanted | {"day": date.fromisoformat(day) if day else None}
        return [_row(audit_line_told(line)) for line in audit.find(self._services, self._who, **asked)]

    def findings(self, book_id: str) -> list[Row]:
        """What deserves a second look."""
        return [_row(finding_told(one)) for one in audit.findings_of(self._services, self._who, book_id)]

    def write_evidence(self, code: str, target: BinaryIO, *, reason: str, words: str) -> None:
        """Write the evidence of one copy."""
        target.write(audit.evidence(self._services, self._who, code, why=audit.AuditReason(reason, words)))


def _row(told: BaseModel) -> Row:
    return told.model_dump(mode="json")
