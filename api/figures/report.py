"""The report of a time: every figure by group, from facts that can be listed; what nobody knows is null and never 0."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil
from statistics import median
from types import MappingProxyType
from typing import Final

from sqlalchemy.engine import Connection

from api.errors import RequestInvalid, TrainingNotCounted
from certify import LawPack
from certify.figures import Measure, Scope, facts_of
from dossiers.figures import DOSSIER_FACTS, dossier_facts
from keys import Mode
from vault.facts import Facts, Period, amounts_by_group, event_ids, group_totals
from vault.figures import CONSENT_FACTS, consent_facts


@dataclass(frozen=True, slots=True)
class FigureKind:
    """How a figure is told: which facts, which measure of them, in which unit."""

    facts: str
    measure: Measure
    unit: str
    # One unit of the facts' numbers in units of the figure: a confidence is kept in hundredths.
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Cell:
    """One group of a figure; `people` is on how many people it rests, None where nobody can say."""

    group: str
    value: float | None
    events: int
    people: int | None


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: as a whole, and by group. `value` None means that nobody knows, which is not 0."""

    key: str
    unit: str
    value: float | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Every figure of one agency, or of one and all below it, from a day to a day (both counted in)."""

    agency_code: str
    agency_codes: tuple[str, ...]
    first_day: date
    last_day: date
    made_at: datetime
    is_specimen: bool
    figures: tuple[Figure, ...]

    def figure(self, key: str) -> Figure:
        """Give one figure.

        Raises:
            RequestInvalid: no figure has this key.
        """
        for figure in self.figures:
            if figure.key == key:
                return figure
        raise _unknown(key)


# Whoever says no to a consent leaves no trace, so that this figure stays unknown: it is told, and it is null.
_UNKNOWN: Final = "UNKNOWN"
CATALOGUE: Final[Mapping[str, FigureKind]] = MappingProxyType(
    {
        "requests_by_channel": FigureKind("requests_by_channel", Measure.COUNT, "requests"),
        "requests_by_state": FigureKind("requests_by_state", Measure.COUNT, "requests"),
        "requests_by_agency": FigureKind("requests_by_agency", Measure.COUNT, "requests"),
        "certified_by_channel": FigureKind("certified_by_channel", Measure.COUNT, "originals"),
        "certified_by_signer": FigureKind("certified_by_signer", Measure.COUNT, "originals"),
        "certified_by_agency": FigureKind("certified_by_agency", Measure.COUNT, "originals"),
        "copies": FigureKind("copies", Measure.SUM, "copies"),
        "pages": FigureKind("pages", Measure.SUM, "pages"),
        "fees": FigureKind("fees", Measure.SUM, "currency"),
        "median_hours_by_channel": FigureKind("seconds_by_channel", Measure.MEDIAN, "hours", 1 / 3600),
        "p95_hours_by_channel": FigureKind("seconds_by_channel", Measure.P95, "hours", 1 / 3600),
        "median_hours_by_signer": FigureKind("seconds_by_signer", Measure.MEDIAN, "hours", 1 / 3600),
        "p95_hours_by_signer": FigureKind("seconds_by_signer", Measure.P95, "hours", 1 / 3600),
        "median_hours_by_agency": FigureKind("seconds_by_agency", Measure.MEDIAN, "hours", 1 / 3600),
        "in_time_by_channel": FigureKind("in_time_by_channel", Measure.MEAN, "percent", 100),
        "same_day_by_channel": FigureKind("same_day", Measure.MEAN, "percent", 100),
        "same_day_by_agency": FigureKind("same_day_by_agency", Measure.MEAN, "percent", 100),
        "refusals_by_agency": FigureKind("refusals_by_agency", Measure.COUNT, "refusals"),
        "refusals_by_reason": FigureKind("refusals_by_reason", Measure.COUNT, "refusals"),
        "rescans": FigureKind("rescans", Measure.COUNT, "scans"),
        "scans_rejected": FigureKind("scans_rejected", Measure.COUNT, "scans"),
        "voids_by_reason": FigureKind("voids_by_reason", Measure.COUNT, "numbers"),
        "ocr_confidence": FigureKind("ocr_confidence", Measure.MEAN, "percent", 0.01),
        "papers_asked": FigureKind("papers_asked", Measure.COUNT, "papers"),
        "papers_not_asked": FigureKind("papers_not_asked", Measure.COUNT, "papers"),
        "papers_by_hand": FigureKind("papers_by_hand", Measure.COUNT, "papers"),
        "feedback_received": FigureKind("feedback_received", Measure.COUNT, "feedback"),
        "rejections_by_agency": FigureKind("rejections_by_agency", Measure.COUNT, "papers"),
        "consents_given": FigureKind("consents_given", Measure.COUNT, "consents"),
        "consents_withdrawn": FigureKind("consents_withdrawn", Measure.COUNT, "consents"),
        "consents_refused": FigureKind(_UNKNOWN, Measure.COUNT, "consents"),
        "certificates_issued": FigureKind("certificates_issued", Measure.COUNT, "certificates"),
        "certificates_active": FigureKind("certificates_active", Measure.COUNT, "certificates"),
        "certificates_expiring": FigureKind("certificates_expiring", Measure.COUNT, "certificates"),
        "certificates_revoked": FigureKind("certificates_revoked", Measure.COUNT, "certificates"),
    }
)


def period_of(law: LawPack, *, first_day: date, last_day: date) -> Period:
    """The instants of the office's days, from the beginning of the first to the end of the last.

    Raises:
        RequestInvalid: the last day comes before the first, or it is more than ten years.
    """
    if not timedelta(0) <= last_day - first_day <= timedelta(days=3660):
        raise RequestInvalid("the last day comes before the first, or too long after it", field="until")
    since = datetime.combine(first_day, time(), law.timezone)
    return Period(since, datetime.combine(last_day + timedelta(days=1), time(), law.timezone))


def make_report(
    tx: Connection,
    *,
    law: LawPack,
    mode: Mode,
    agency_code: str,
    agency_codes: tuple[str, ...],
    first_day: date,
    last_day: date,
    at: datetime,
) -> Report:
    """Count everything.

    Raises:
        TrainingNotCounted: a training home is never in statistics.
        RequestInvalid: the days cannot be meant.
    """
    if mode is Mode.TRAINING:
        raise TrainingNotCounted("what is done in training is never in statistics")
    scope = Scope(agency_codes, period_of(law, first_day=first_day, last_day=last_day))
    figures = tuple(_figure(tx, key, kind, scope, law=law) for key, kind in CATALOGUE.items())
    return Report(agency_code, agency_codes, first_day, last_day, at, mode.is_specimen, figures)


def events_behind(
    tx: Connection, key: str, scope: Scope, *, law: LawPack, group: str | None, after: str | None, limit: int
) -> tuple[str, ...]:
    """Give the ids of the events that a figure, or one group of it, was counted from.

    Raises:
        RequestInvalid: no figure has this key.
    """
    kind = CATALOGUE.get(key)
    if kind is None:
        raise _unknown(key)
    facts = _facts(kind.facts, scope, law=law)
    return () if facts is None else event_ids(tx, facts, group=group, after=after, limit=limit)


def figure_csv(report: Report) -> bytes:
    """Write a report as a table: one line for each group; an empty value is not known."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("figure", "group", "value", "unit", "events", "agency", "from", "until"))
    for figure in report.figures:
        place = (report.agency_code, report.first_day.isoformat(), report.last_day.isoformat())
        writer.writerow((figure.key, "", _cell(figure.value), figure.unit, sum(c.events for c in figure.cells), *place))
        for cell in figure.cells:
            writer.writerow((figure.key, cell.group, _cell(cell.value), figure.unit, cell.events, *place))
    return out.getvalue().encode("utf-8-sig")


def _figure(tx: Connection, key: str, kind: FigureKind, scope: Scope, *, law: LawPack) -> Figure:
    facts = _facts(kind.facts, scope, law=law)
    if facts is None:
        return Figure(key, kind.unit, None, ())
    totals = group_totals(tx, facts)
    if kind.measure in (Measure.COUNT, Measure.SUM):
        counted = [one.count if kind.measure is Measure.COUNT else one.amount for one in totals]
        cells = tuple(
            Cell(one.group, value * kind.scale, one.count, one.people)
            for one, value in zip(totals, counted, strict=True)
        )
        # Nothing happened: that is a fact, and it is 0.
        return Figure(key, kind.unit, sum(counted) * kind.scale, cells)
    amounts = amounts_by_group(tx, facts)
    cells = tuple(Cell(one.group, _measured(amounts.get(one.group, ()), kind), one.count, one.people) for one in totals)
    whole = sorted(amount for group in amounts.values() for amount in group)
    return Figure(key, kind.unit, _measured(whole, kind), cells)


def _measured(amounts: Sequence[float], kind: FigureKind) -> float | None:
    """A median of nothing is not 0: nobody knows it."""
    if not amounts:
        return None
    if kind.measure is Measure.MEDIAN:
        found = median(amounts)
    elif kind.measure is Measure.P95:
        found = amounts[ceil(0.95 * len(amounts)) - 1]
    else:
        found = sum(amounts) / len(amounts)
    return round(found * kind.scale, 2)


def _facts(key: str, scope: Scope, *, law: LawPack) -> Facts | None:
    if key == _UNKNOWN:
        return None
    if key in DOSSIER_FACTS:
        return dossier_facts(key, agency_codes=scope.agency_codes, period=scope.period)
    if key in CONSENT_FACTS:
        return consent_facts(key, agency_codes=scope.agency_codes, period=scope.period)
    # An office's day is not Greenwich's: both ends are moved by the offset that holds in the middle of the period.
    middle = scope.period.since + (scope.period.until - scope.period.since) / 2
    offset = middle.astimezone(law.timezone).utcoffset() or timedelta(0)
    return facts_of(key, scope, offset=offset)


def _cell(value: float | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if value == int(value) else f"{value:.2f}"


def _unknown(key: str) -> RequestInvalid:
    return RequestInvalid(f"no figure is called {key!r}; one of {', '.join(CATALOGUE)}", field="key")
