"""A month that never was: rows of cases and register lines for showing figures, in a specimen home only.

Nothing is signed and no paper exists behind these rows; they stand under agencies of their own, whose names say so.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.figures.tables import readings
from certify.rules import LawPack, fee
from certify.tables import books, cases, item_events, items, numbers
from guard.identifiers import new_ulid
from vault.database import Database

_SEED: Final = 20_261_101
_TYPES: Final = 3


@dataclass(frozen=True, slots=True)
class RehearsedMonth:
    """How many requests came by which channel, how many of them are done, and how many of those were refused."""

    agency_code: str
    by_channel: Mapping[str, int]
    done: int
    refused: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Day:
    opened_at: datetime
    minutes: int


def rehearse_month(
    database: Database, plan: RehearsedMonth, *, law: LawPack, first_day: date, opened_by: str, holder_id: str
) -> int:
    """Write the month; done again, it changes nothing. Gives how many requests it has."""
    chance = random.Random(f"{_SEED}{plan.agency_code}")
    with database.transaction() as tx:
        if tx.execute(sa.select(cases.c.case_id).where(cases.c.agency_code == plan.agency_code).limit(1)).first():
            return sum(plan.by_channel.values())
        rows = _Rows(law=law, plan=plan, chance=chance, opened_by=opened_by, holder_id=holder_id)
        book_id = new_ulid(at=_at(law, first_day, 8), random_bytes=chance.randbytes)
        channels = [channel for channel, count in sorted(plan.by_channel.items()) for _ in range(count)]
        chance.shuffle(channels)
        refusals = [code for code, count in sorted(plan.refused.items()) for _ in range(count)]
        # Those that came last are still open.
        for place, channel in enumerate(channels):
            day = _day_of(law, first_day, place, len(channels), chance)
            refused = refusals[place] if place < len(refusals) else None
            rows.add(channel, day, is_done=place < plan.done, refused=refused, book_id=book_id)
        _insert(tx, rows, book_id=book_id, first_day=first_day)
    return len(channels)


class _Rows:
    """The rows of a month, collected before they are written in one go."""

    def __init__(
        self, *, law: LawPack, plan: RehearsedMonth, chance: random.Random, opened_by: str, holder_id: str
    ) -> None:
        self.law, self.plan, self._chance = law, plan, chance
        self._opened_by, self._holder_id = opened_by, holder_id
        self.cases: list[dict[str, Any]] = []
        self.items: list[dict[str, Any]] = []
        self.numbers: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.readings: list[dict[str, Any]] = []

    def add(self, channel: str, day: _Day, *, is_done: bool, refused: str | None, book_id: str) -> None:
        """Add one request with one original."""
        case_id = new_ulid(at=day.opened_at, random_bytes=self._chance.randbytes)
        item_id = new_ulid(at=day.opened_at, random_bytes=self._chance.randbytes)
        ended_at = day.opened_at + timedelta(minutes=day.minutes)
        person = hashlib.sha256(f"{self.plan.agency_code}{len(self.cases) // 2}".encode()).hexdigest()
        self.cases.append(
            {
                "case_id": case_id,
                "agency_code": self.plan.agency_code,
                "channel": channel,
                "state": "COMPLETED" if is_done else "IN_PROGRESS",
                "holder_id": self._holder_id,
                "requester_digest": person,
                "requester_id_last4": "0000",
                "opened_by": self._opened_by,
                "opened_at": day.opened_at,
                "due_at": self.law.calendar.due_at(day.opened_at),
            }
        )
        state = "EXTRACTED" if not is_done else "REFUSED" if refused else "CERTIFIED"
        pages = self._chance.choice((1, 1, 2, 2, 3, 4))
        doc_type = self.law.doc_types[self._chance.randrange(_TYPES)]
        self.items.append(
            {
                "item_id": item_id,
                "case_id": case_id,
                "position": 1,
                "state": state,
                "version": 1,
                "document_id": item_id,
                "scan_number": 1,
                "attempt": 1,
                "copies": self._chance.choice((1, 1, 1, 2, 3)),
                "doc_type": doc_type.code,
                "title": doc_type.title[self.law.language],
                "page_count": pages,
                "warnings": [],
                "agency_code": self.plan.agency_code,
                "refusal_code": refused,
                # There is no working file that could be destroyed.
                "purged_at": ended_at if is_done else None,
            }
        )
        self.readings.append(
            {
                "item_id": item_id,
                "scan_number": 1,
                "mean_confidence": self._chance.randint(8_600, 9_700),
                "read_at": day.opened_at + timedelta(minutes=2),
            }
        )
        if is_done and refused:
            self._refuse(item_id, refused, at=ended_at)
        elif is_done:
            self._number(item_id, book_id, at=ended_at)

    def _refuse(self, item_id: str, code: str, *, at: datetime) -> None:
        self.events.append(
            {
                "item_id": item_id,
                "event": "REFUSE",
                "from_state": "EXTRACTED",
                "to_state": "REFUSED",
                "actor_kind": "STAFF",
                "actor_id": self._opened_by,
                "detail_code": code,
                "at": at,
            }
        )

    def _number(self, item_id: str, book_id: str, *, at: datetime) -> None:
        item = self.items[-1]
        due = fee(self.law, pages=item["page_count"], copies=item["copies"], at=at)
        self.numbers.append(
            {
                "book_id": book_id,
                "seq_no": len(self.numbers) + 1,
                "item_id": item_id,
                "attempt": 1,
                "status": "FINAL",
                "reserved_at": at,
                "finalised_at": at,
                "original_title": item["title"],
                "signer_text": "MẪU – SPECIMEN",
                "copies": item["copies"],
                "fee_vnd": due.amount,
                "fee_rule": due.rule_version,
                "detail": {},
            }
        )


def _insert(tx: Connection, rows: _Rows, *, book_id: str, first_day: date) -> None:
    law, code = rows.law, rows.plan.agency_code
    closed = _at(law, first_day + timedelta(days=31), 17)
    tx.execute(
        books.insert().values(
            book_id=book_id,
            agency_code=code,
            kind=law.book_kind,
            year=first_day.year,
            volume=1,
            display=law.book_name(_at(law, first_day, 8), volume=1, suffix="MAU"),
            status="CLOSED",
            last_seq_no=len(rows.numbers),
            opened_at=_at(law, first_day, 8),
            closed_at=closed,
        )
    )
    for table, found in (
        (cases, rows.cases),
        (items, rows.items),
        (numbers, rows.numbers),
        (item_events, rows.events),
        (readings, rows.readings),
    ):
        if found:
            tx.execute(table.insert(), found)


def _day_of(law: LawPack, first_day: date, place: int, count: int, chance: random.Random) -> _Day:
    """Spread the requests over the month's days, in the hours of the office."""
    day = first_day + timedelta(days=place * 28 // count)
    opened_at = _at(law, day, chance.randint(8, 14)) + timedelta(minutes=chance.randint(0, 59))
    return _Day(opened_at, chance.choice((18, 25, 32, 47, 75, 120, 150, 1_500)))


def _at(law: LawPack, day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), law.timezone)
