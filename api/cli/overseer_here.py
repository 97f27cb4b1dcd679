"""Figures, retention and reforms in the home of this machine, as the one who stands at its console."""

from __future__ import annotations

from datetime import date

from api.acts.reform import NewName, carry_out, renamed
from api.cli.books import COMMAND_LINE, Books
from api.cli.console import Console
from api.cli.overseer_desk import Wanted
from api.cli.reform_rows import reform_rows
from api.cli.target import Row
from api.errors import RequestInvalid
from api.figures import Report, events_behind, figure_csv, make_report, make_score, open_data
from api.figures.report import period_of
from api.figures.words import figure_picture
from api.routes.reforms import reform_told
from api.services import open_services
from certify import get_agency
from certify.figures import Scope, agencies_within, load_scorecard
from certify.reform import Reform, ReformKind
from certify.retention import (
    Decision,
    HoldScope,
    NewHold,
    RetentionClass,
    adopt_proposals,
    decide,
    get_certificate,
    keep_rule,
    lift_hold,
    list_certificates,
    list_decisions,
    list_holds,
    place_hold,
)


class OverseerHere:
    """Acts with open books; a purge opens the whole office for its time."""

    def __init__(self, console: Console, books: Books) -> None:
        """Act on open books."""
        self._console, self._books = console, books

    def figures(self, wanted: Wanted) -> list[Row]:
        """Every figure of a time."""
        return [
            {
                "key": figure.key,
                "unit": figure.unit,
                "value": figure.value,
                "cells": [{"group": one.group, "value": one.value, "events": one.events} for one in figure.cells],
            }
            for figure in self._report(wanted).figures
        ]

    def figures_csv(self, wanted: Wanted) -> bytes:
        """The same as a table."""
        return figure_csv(self._report(wanted))

    def events(self, wanted: Wanted, key: str, *, group: str | None, limit: int) -> list[str]:
        """Ids of the events that a figure was counted from."""
        books = self._books
        since, last = self._days(wanted)
        with books.database.read() as tx:
            codes = agencies_within(tx, wanted.agency) if wanted.below else (get_agency(tx, wanted.agency).code,)
            scope = Scope(codes, period_of(books.law, first_day=since, last_day=last))
            return list(events_behind(tx, key, scope, law=books.law, group=group, after=None, limit=limit))

    def pictures(self, wanted: Wanted) -> dict[str, str]:
        """A picture of each figure that has groups."""
        console = self._console
        drawn = [figure for figure in self._report(wanted).figures if figure.cells]
        return {figure.key: figure_picture(figure, console.messages, console.language) for figure in drawn}

    def scorecard(self, wanted: Wanted) -> Row:
        """The national scorecard."""
        report = self._report(wanted)
        card = load_scorecard(self._books.home.country, on=report.last_day)
        if card is None:
            raise RequestInvalid("this country has no scorecard", field="country")
        score = make_score(card, report)
        lines = [
            {
                "code": one.line.code,
                "points": None if one.points is None else float(one.points),
                "most": one.line.points,
                "part": one.part,
                "whole": one.whole,
            }
            for one in score.lines
        ]
        return {
            "decision": card.decision,
            "known_points": float(score.known),
            "unknown_points": score.unknown,
            "lines": lines,
        }

    def open_data(self, wanted: Wanted, *, base_url: str) -> dict[str, bytes]:
        """The files that may be published."""
        report = self._report(wanted)
        with self._books.database.read() as tx:
            publisher = get_agency(tx, wanted.agency).name_on_papers
        titles = self._console.messages.in_all("figure.open_data_title")
        return open_data(report, title=titles, publisher=publisher, base_url=base_url)

    def rules(self, on: str | None) -> list[Row]:
        """How long each class is kept."""
        day = _day(on) if on else self._today()
        with self._books.database.read() as tx:
            decided = list_decisions(tx)
        law = self._books.law.retention
        rules = [keep_rule(kind, on=day, law=law, decided=decided) for kind in RetentionClass]
        return [
            {"class": rule.kind.value, "days": rule.days, "source": rule.source, "decided": rule.is_decided}
            for rule in rules
            if rule is not None
        ]

    def decide(self, asked: Row) -> None:
        """Enter a decision."""
        books, valid_from = self._books, asked["valid_from"]
        new = Decision(
            books.new_id(),
            RetentionClass(asked["kind"]),
            asked["days"],
            _day(valid_from) if valid_from else self._today(),
            asked["decision_number"],
            COMMAND_LINE,
            books.clock.now(),
        )
        with books.database.transaction() as tx:
            decide(tx, new, law=books.law.retention, today=self._today(), random_bytes=books.random_bytes)

    def adopt(self, *, decision: str) -> int:
        """Decide what the country's data proposes."""
        books = self._books
        with books.database.transaction() as tx:
            adopted = adopt_proposals(
                tx,
                law=books.law.retention,
                decision_number=decision,
                entered_by=COMMAND_LINE,
                today=self._today(),
                at=books.clock.now(),
                random_bytes=books.random_bytes,
            )
        return len(adopted)

    def hold(self, asked: Row) -> str:
        """Place a legal hold."""
        books = self._books
        new = NewHold(HoldScope(asked["scope"]), asked["target_id"], asked["decision_number"], COMMAND_LINE)
        with books.database.transaction() as tx:
            return place_hold(tx, new, at=books.clock.now(), random_bytes=books.random_bytes).hold_id

    def release(self, hold_id: str, *, decision: str) -> None:
        """Lift a legal hold."""
        books = self._books
        with books.database.transaction() as tx:
            lift_hold(
                tx,
                hold_id,
                decision_number=decision,
                lifted_by=COMMAND_LINE,
                at=books.clock.now(),
                random_bytes=books.random_bytes,
            )

    def holds(self) -> list[Row]:
        """The holds that stand."""
        with self._books.database.read() as tx:
            found = list_holds(tx)
        return [
            {
                "hold_id": one.hold_id,
                "scope": one.scope.value,
                "target_id": one.target_id,
                "decision_number": one.decision_number,
                "placed_at": one.placed_at.isoformat(),
            }
            for one in found
        ]

    def purge(self, *, dry_run: bool) -> Row:
        """Destroy what has served its time, or look."""
        with open_services(self._console.settings, with_worker=False) as services:
            done = services.purger.plan() if dry_run else services.purger.run()
        return {
            "counts": {kind.value: count for kind, count in sorted(done.counts.items())},
            "certificate_id": done.certificate.certificate_id if done.certificate else None,
        }

    def certificates(self, *, limit: int) -> list[Row]:
        """Certificates of destruction."""
        with self._books.database.read() as tx:
            found = list_certificates(tx, limit=limit)
        return [
            {
                "certificate_id": one.certificate_id,
                "issued_at": one.issued_at.isoformat(),
                "count": one.count,
                "sha256": one.body_sha256_hex,
            }
            for one in found
        ]

    def certificate(self, certificate_id: str) -> tuple[bytes, bytes, str]:
        """One certificate of destruction."""
        with self._books.database.read() as tx:
            found = get_certificate(tx, certificate_id)
        return found.body, found.signature, found.key_id

    def reform(self, asked: Row) -> Row:
        """Carry a reform out, or look ahead."""
        books, name = self._books, asked["new_name"]
        since = books.moment(asked["since"], field="on")
        reform = Reform(
            ReformKind(asked["kind"]),
            tuple(asked["ending"]),
            tuple(asked["following"]),
            asked["decision_number"],
            since,
        )
        result = carry_out(
            books.database,
            reform,
            law=books.law,
            actor_id=COMMAND_LINE,
            at=books.clock.now(),
            random_bytes=books.random_bytes,
            is_dry_run=asked["dry_run"],
            before=None if name is None else renamed(reform, NewName(**name)),
        )
        return reform_rows(reform_told(result).model_dump(mode="json"))

    def _report(self, wanted: Wanted) -> Report:
        books = self._books
        since, last = self._days(wanted)
        with books.database.read() as tx:
            return make_report(
                tx,
                law=books.law,
                mode=books.home.mode,
                agency_code=get_agency(tx, wanted.agency).code,
                agency_codes=agencies_within(tx, wanted.agency) if wanted.below else (wanted.agency,),
                first_day=since,
                last_day=last,
                at=books.clock.now(),
            )

    def _days(self, wanted: Wanted) -> tuple[date, date]:
        last = _day(wanted.until) if wanted.until else self._today()
        return (_day(wanted.first) if wanted.first else last.replace(day=1)), last

    def _today(self) -> date:
        return self._books.law.local_date(self._books.clock.now())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise RequestInvalid(f"{text!r} is no day such as 2026-11-28", field="day") from exc
