"""A demo office with a hundred thousand of everything that is listed, written in bulk: rows and few bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from api.access import SESSION_COOKIES
from api.clock import SystemClock
from api.demo.office import OFFICER_LOGIN, RECIPIENT_LOGIN, found_office
from api.founding import found_home
from api.identity import find_account, open_session
from api.services import Services, open_services
from api.settings import Settings
from certify import the_open_book
from certify.pipeline.names import requester_in_book
from certify.tables import books, cases, items, numbers
from dossiers.tables import submission_items, submissions
from guard import new_ulid
from keys import Mode
from vault.tables import consent_records, consents, history, records, renditions, shares

_CHUNK: Final = 5000
_DIGEST: Final = hashlib.sha256(b"nothing").hexdigest()
# Sealed one by one, so fewer of them; a person has not more. Names stand where a list begins and ends.
_SHARES: Final = 2000
_NAMED_LINES: Final = 300
_DOC_TYPE: Final = "VN.BIRTH_CERT"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the headers of a signed-in person."""

    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FilledOffice:
    """The people who ask, and one id of each kind to read."""

    officer: Caller
    recipient: Caller
    citizen: Caller
    item_id: str
    record_id: str
    submission_id: str


def found_filled_office(settings: Settings, *, count: int) -> FilledOffice:
    """Make a demo home with so many of each thing, and sign its people in."""
    found_home(settings.home, mode=Mode.DEMO, at=SystemClock().now(), database_url=settings.database_url)
    with open_services(settings, with_worker=False) as services:
        found_office(services)
        filled = _Filling(services, count)
        filled.office()
        filled.vault()
        filled.dossiers()
        return FilledOffice(
            _sign_in(services, OFFICER_LOGIN),
            _sign_in(services, RECIPIENT_LOGIN),
            _sign_in(services, "an"),
            filled.ids["item"],
            filled.ids["record"],
            filled.ids["submission"],
        )


class _Filling:
    def __init__(self, services: Services, count: int) -> None:
        self._services = services
        self._count = count
        self._at: datetime = services.clock.now() - timedelta(days=30)
        self.ids: dict[str, str] = {}
        with services.database.read() as tx:
            self._officer_id = find_account(tx, OFFICER_LOGIN).subject_id
            self._holder_id = find_account(tx, "an").subject_id
            self._book = the_open_book(tx, agency_code="THIDU", law=services.law, at=services.clock.now())

    def office(self) -> None:
        """Cases with an item each, and a register line for each item."""
        case_ids, item_ids = self._new_ids(), self._new_ids()
        pairs = list(zip(case_ids, item_ids, strict=True))
        self._write(cases, (self._case(case_id) for case_id, _ in pairs))
        self._write(items, (self._item(case_id, item_id) for case_id, item_id in pairs))
        self._write(numbers, (self._line(number, item_id) for number, item_id in enumerate(item_ids, start=1)))
        services, book_id = self._services, self._book.book_id
        with services.database.transaction() as tx:
            tx.execute(books.update().where(books.c.book_id == book_id).values(last_seq_no=self._count))
        services.blobs.create_keyset(book_id)
        first, last = range(1, _NAMED_LINES + 1), range(self._count - _NAMED_LINES, self._count + 1)
        for number in sorted(number for number in {*first, *last} if 1 <= number <= self._count):
            services.blobs.put_first(book_id, requester_in_book(number), "Nguyễn Thị Thí Dụ".encode())
        self.ids["item"] = item_ids[self._count // 2]

    def vault(self) -> None:
        """Papers, who looked at them, links and consents, all of one holder."""
        record_ids = self._new_ids()
        self._write(records, (self._record(record_id) for record_id in record_ids))
        self._write(renditions, (self._rendition(record_id) for record_id in record_ids))
        self._write(history, (self._look(event_id, record_ids[0]) for event_id in self._new_ids()))
        consent_ids = self._new_ids()
        self._write(consents, (self._consent(consent_id) for consent_id in consent_ids))
        self._write(consent_records, ({"consent_id": one, "record_id": record_ids[0]} for one in consent_ids))
        share_ids = self._new_ids()[:_SHARES]
        self._write(shares, (self._share(share_id, record_ids[0]) for share_id in share_ids))
        self.ids["record"] = record_ids[self._count // 2]

    def dossiers(self) -> None:
        """Dossiers of one holder, filed with one agency."""
        ids = self._new_ids()
        self._write(submissions, (self._submission(one) for one in ids))
        self._write(submission_items, (self._submission_item(one) for one in ids))
        self.ids["submission"] = ids[self._count // 2]

    def _new_ids(self) -> list[str]:
        random_bytes = self._services.random_bytes
        return [
            new_ulid(at=self._at + timedelta(milliseconds=number), random_bytes=random_bytes)
            for number in range(self._count)
        ]

    def _write(self, table: Any, rows: Iterator[dict[str, object]]) -> None:
        for chunk in batched_rows(rows):
            with self._services.database.transaction() as tx:
                tx.execute(table.insert(), chunk)

    def _case(self, case_id: str) -> dict[str, object]:
        return {
            "case_id": case_id,
            "agency_code": "THIDU",
            "channel": "COUNTER",
            "state": "COMPLETED",
            "holder_id": self._holder_id,
            "requester_digest": _DIGEST,
            "requester_id_last4": "2345",
            "opened_by": self._officer_id,
            "opened_at": self._at,
            "due_at": self._at,
        }

    def _item(self, case_id: str, item_id: str) -> dict[str, object]:
        return {
            "item_id": item_id,
            "case_id": case_id,
            "position": 1,
            "state": "CERTIFIED",
            "version": 9,
            "document_id": item_id,
            "scan_number": 0,
            "attempt": 1,
            "copies": 1,
            "doc_type": _DOC_TYPE,
            "title": "Giấy khai sinh",
            "warnings": [],
            "agency_code": "THIDU",
        }

    def _line(self, number: int, item_id: str) -> dict[str, object]:
        return {
            "book_id": self._book.book_id,
            "seq_no": number,
            "item_id": item_id,
            "attempt": 1,
            "status": "FINAL",
            "reserved_at": self._at,
            "finalised_at": self._at,
            "original_title": "Giấy khai sinh",
            "signer_text": "Lê Thị Thanh Hương, Phó Chủ tịch",
            "copies": 1,
            "fee_vnd": 2000,
            "fee_rule": "VN-226-2016",
            "detail": {},
        }

    def _record(self, record_id: str) -> dict[str, object]:
        return {
            "record_id": record_id,
            "uri": f"vdm:THIDU:{_DOC_TYPE}:{record_id}",
            "holder_id": self._holder_id,
            "document_id": record_id,
            "agency_code": "THIDU",
            "doc_type": _DOC_TYPE,
            "title_vi": "Giấy khai sinh",
            "title_en": "Birth certificate",
            "title_fr": "Acte de naissance",
            "shelf": "CERTIFIED_COPIES",
            "elaboration": "DIGITISED_UNCERTIFIED",
            "assurance_level": 1,
            "sensitivity": "NORMAL",
            "issuer": "UBND phường Thí Dụ",
            "status": "CURRENT",
            "original": "UNKNOWN",
            "deposited_at": self._at,
            "provenance": "BENCHMARK",
        }

    def _rendition(self, record_id: str) -> dict[str, object]:
        return {
            "record_id": record_id,
            "kind": "SIGNED_PDF",
            "position": 0,
            "document_id": record_id,
            "blob_name": "copy.pdf",
            "sha256_hex": hashlib.sha256(record_id.encode()).hexdigest(),
            "byte_count": 1,
            "media_type": "application/pdf",
            "added_at": self._at,
        }

    def _look(self, event_id: str, record_id: str) -> dict[str, object]:
        return {
            "event_id": event_id,
            "holder_id": self._holder_id,
            "record_id": record_id,
            "action": "READ",
            "actor_kind": "HOLDER",
            "actor_id": self._holder_id,
            "reason": "DOWNLOAD",
            "outcome": "DONE",
            "occurred_at": self._at,
        }

    def _consent(self, consent_id: str) -> dict[str, object]:
        return {
            "consent_id": consent_id,
            "holder_id": self._holder_id,
            "purpose": "Xin học",
            "recipient_agency": "THIDU-JUSTICE",
            "given_at": self._at,
            "expires_at": self._at + timedelta(days=365),
            "receipt": b"{}",
            "receipt_sha256_hex": _DIGEST,
        }

    def _share(self, share_id: str, record_id: str) -> dict[str, object]:
        terms = json.dumps({"purpose": "Xin học", "recipient": "Trường Hoa Phượng"}).encode()
        sealed = self._services.blobs.seal_value(self._holder_id, f"share/{share_id}", terms)
        return {
            "share_id": share_id,
            "holder_id": self._holder_id,
            "record_id": record_id,
            "token_sha256_hex": hashlib.sha256(share_id.encode()).hexdigest(),
            "sealed_terms": sealed,
            "permission": "VIEW",
            "passcode_tries_left": 5,
            "max_views": 10,
            "views_used": 0,
            "created_at": self._at,
            "expires_at": self._at + timedelta(days=365),
        }

    def _submission(self, submission_id: str) -> dict[str, object]:
        return {
            "submission_id": submission_id,
            "holder_id": self._holder_id,
            "procedure_id": "SAMPLE-CIVIL-STATUS-EXTRACT",
            "procedure_version": 1,
            "recipient_agency": "THIDU-JUSTICE",
            "manifest": "x",
            "step": "GUIDE",
            "version": 1,
            "created_at": self._at,
        }

    def _submission_item(self, submission_id: str) -> dict[str, object]:
        return {"submission_id": submission_id, "requirement_id": "BIRTH", "position": 0, "mode": "PAPER"}


def batched_rows(rows: Iterator[dict[str, object]]) -> Iterator[list[dict[str, object]]]:
    """Cut a stream of rows into transactions."""
    chunk: list[dict[str, object]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _sign_in(services: Services, login: str) -> Caller:
    with services.database.transaction() as tx:
        account = find_account(tx, login)
        token, session = open_session(tx, account, at=services.clock.now(), random_bytes=services.random_bytes)
    cookie = f"{SESSION_COOKIES[account.door]}={token}"
    return Caller({"Cookie": cookie, "X-CSRF-Token": session.csrf_token})
