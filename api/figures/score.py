"""The national scorecard with the shares that this office knows."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from api.figures.report import Report
from certify.figures import Scorecard, ScoreLine, points


@dataclass(frozen=True, slots=True)
class ScoredLine:
    """A line with part and whole; `points` None where the share is not known."""

    line: ScoreLine
    part: int | None
    whole: int | None
    points: Decimal | None


@dataclass(frozen=True, slots=True)
class Score:
    """The lines of a scorecard; the sum counts known lines only, and says how many points are not known."""

    card: Scorecard
    lines: tuple[ScoredLine, ...]

    @property
    def known(self) -> Decimal:
        """The points of the lines that are known."""
        return sum((one.points for one in self.lines if one.points is not None), Decimal(0))

    @property
    def unknown(self) -> int:
        """How many points stand on lines whose share is not known."""
        return sum(one.line.points for one in self.lines if one.points is None)


def make_score(card: Scorecard, report: Report) -> Score:
    """Score a report."""
    lines = []
    for line in card.lines:
        part, whole = _share(line.measure, report)
        lines.append(ScoredLine(line, part, whole, points(line, part=part, whole=whole)))
    return Score(card, tuple(lines))


def _share(measure: str | None, report: Report) -> tuple[int | None, int | None]:
    if measure == "reused_papers":
        return _count(report, "papers_not_asked"), _count(report, "papers_asked")
    if measure == "certified_copies":
        # Of the requests that came in, those that ended with a certified electronic copy.
        return _count(report, "certified_by_channel"), _count(report, "requests_by_channel")
    return None, None


def _count(report: Report, key: str) -> int | None:
    value = report.figure(key).value
    return None if value is None else int(value)
