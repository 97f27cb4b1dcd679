"""The door of auditors and overseers: books, findings and evidence, corrections, figures, how long things are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from api.client.answers import Received, every, file_of, object_of
from api.client.values.oversight import (
    AuditLine,
    AuditLines,
    Book,
    BookFinding,
    BookList,
    Destruction,
    DestructionList,
    EventList,
    Findings,
    FreeCopy,
    Hold,
    HoldList,
    Purge,
    Recall,
    RegisterLine,
    Report,
    Retention,
    Score,
)
from api.client.wire import Call, Wire, new_key


class Oversight:
    """What is asked and ordered about work that is done."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def books(self) -> tuple[Book, ...]:
        """Give the register books of the own agency and of those it follows, the newest year first."""
        return object_of(self._get("/v1/register/books"), BookList).items

    def book_file(self, book_id: str, *, form: str = "csv") -> Received:
        """Give a whole book with its sums, as `csv`, `xlsx` or `pdf`."""
        return file_of(self._get(f"/v1/register/books/{book_id}/export", form=form))

    def find(
        self,
        *,
        number: int | None = None,
        code: str | None = None,
        day: date | None = None,
        person: str | None = None,
        book_id: str | None = None,
    ) -> tuple[AuditLine, ...]:
        """Give numbers of the register that fit everything that is named, newest first; at most 200."""
        asked = {"number": number, "code": code, "day": _day(day), "person": person, "book_id": book_id}
        return object_of(self._get("/v1/audit/lines", **asked), AuditLines).items

    def findings(self, book_id: str) -> tuple[BookFinding, ...]:
        """Give what deserves a second look in a book."""
        return object_of(self._get(f"/v1/audit/books/{book_id}/findings"), Findings).items

    def evidence(self, code: str, *, reason: str, words: str) -> Received:
        """Give everything that proves how one copy came to be, as one ZIP; the holder sees who read it, and why."""
        asked = {"reason": reason, "words": words}
        return file_of(self._wire.send(Call("POST", f"/v1/audit/copies/{code}/evidence", json=asked)))

    def annul(self, code: str, *, decision_number: str, reason: str) -> RegisterLine:
        """Annul a wrongful certification by a numbered decision."""
        return object_of(
            self._correct(code, "annulment", {"decision_number": decision_number, "reason": reason}), RegisterLine
        )

    def note_original(self, code: str, *, change: str, reason: str = "ISSUER_NOTICE") -> RegisterLine:
        """Note that the issuer `REPLACED` or `REVOKED` the original of a copy."""
        return object_of(self._correct(code, "original", {"change": change, "reason": reason}), RegisterLine)

    def correct(self, code: str, *, key: str | None = None) -> FreeCopy:
        """Open a new item at no fee for a copy with our own mistake."""
        return object_of(self._correct(code, "correction", None, key=key or new_key()), FreeCopy)

    def recall(self, code: str, *, holder_number: str, reason: str = "MISDELIVERY") -> Recall:
        """Move a misdelivered copy into the right vault."""
        return object_of(self._correct(code, "recall", {"holder_number": holder_number, "reason": reason}), Recall)

    def figures(
        self, *, first: date | None = None, last: date | None = None, agency: str | None = None, below: bool = False
    ) -> Report:
        """Give every figure of a time; this month of the own agency when nothing is named."""
        return object_of(self._get("/v1/figures", **_wanted(first, last, agency, below=below)), Report)

    def scorecard(
        self, *, first: date | None = None, last: date | None = None, agency: str | None = None, below: bool = False
    ) -> Score:
        """Give the national scorecard with the shares that are known."""
        return object_of(self._get("/v1/figures/scorecard", **_wanted(first, last, agency, below=below)), Score)

    def events(self, figure: str, *, group: str | None = None, **wanted: Any) -> Iterator[str]:
        """Give the ids of the events that a figure was counted from; `first`, `last`, `agency`, `below` as in `figures`."""
        below = bool(wanted.get("below", False))
        query = _wanted(wanted.get("first"), wanted.get("last"), wanted.get("agency"), below=below)
        path = f"/v1/figures/{figure}/events"
        return every(self._wire, path, EventList, lambda page: page.items, query=query | {"group": group})

    def retention(self, *, on: date | None = None) -> Retention:
        """Give how long each class of things is kept that begins its time on a day."""
        return object_of(self._get("/v1/retention", on=_day(on)), Retention)

    def decide_retention(
        self, kind: str, *, days: int | None, valid_from: date, decision_number: str, key: str | None = None
    ) -> Retention:
        """Enter how long a class is kept; `days` None is for ever."""
        asked = {"kind": kind, "days": days, "valid_from": _day(valid_from), "decision_number": decision_number}
        return object_of(self._wire.send(Call("POST", "/v1/retention", json=asked, key=key or new_key())), Retention)

    def holds(self) -> tuple[Hold, ...]:
        """Give the legal holds that stand."""
        return object_of(self._get("/v1/legal-holds"), HoldList).items

    def hold(self, scope: str, target_id: str, *, decision_number: str, key: str | None = None) -> Hold:
        """Keep something from being destroyed."""
        asked = {"scope": scope, "target_id": target_id, "decision_number": decision_number}
        return object_of(self._wire.send(Call("POST", "/v1/legal-holds", json=asked, key=key or new_key())), Hold)

    def lift(self, hold_id: str, *, decision_number: str) -> Hold:
        """Lift a legal hold."""
        asked = {"decision_number": decision_number}
        return object_of(self._wire.send(Call("POST", f"/v1/legal-holds/{hold_id}/lifting", json=asked)), Hold)

    def purge(self, *, dry_run: bool = True) -> Purge:
        """Say what has served its time; it is destroyed only when `dry_run` is False."""
        return object_of(self._wire.send(Call("POST", "/v1/purges", json={"dry_run": dry_run})), Purge)

    def destructions(self) -> Iterator[Destruction]:
        """Give certificates of destruction, newest first."""
        return every(self._wire, "/v1/destruction-certificates", DestructionList, lambda page: page.items)

    def _get(self, path: str, **query: Any) -> Any:
        return self._wire.send(Call("GET", path, query=query))

    def _correct(self, code: str, how: str, asked: Any, *, key: str | None = None) -> Any:
        return self._wire.send(Call("POST", f"/v1/register/copies/{code}/{how}", json=asked, key=key))


def _wanted(first: date | None, last: date | None, agency: str | None, *, below: bool) -> dict[str, Any]:
    return {"from": _day(first), "until": _day(last), "agency": agency, "below": "true" if below else "false"}


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
