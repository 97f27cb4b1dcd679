"""Figures as the pages show them: sections of cards, each group with a bar, its number, and the way to its events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from api.figures import Report, Score
from api.figures.report import Cell, Figure
from api.figures.words import group_of, number_of, title_of
from api.pages.names import agency_names
from api.pages.views import Say
from api.services import Services
from certify.staff import names_of

Label = Callable[[str], str]
# The width of a bar's drawing; the page stretches it.
_BAR: Final = 100
SECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "work": (
        "requests_by_channel",
        "requests_by_state",
        "certified_by_channel",
        "certified_by_signer",
        "copies",
        "pages",
        "fees",
    ),
    "time": (
        "median_hours_by_channel",
        "p95_hours_by_channel",
        "median_hours_by_signer",
        "p95_hours_by_signer",
        "in_time_by_channel",
        "same_day_by_channel",
    ),
    "quality": ("refusals_by_reason", "voids_by_reason", "rescans", "scans_rejected", "ocr_confidence"),
    "reuse": (
        "papers_asked",
        "papers_not_asked",
        "papers_by_hand",
        "feedback_received",
        "rejections_by_agency",
        "consents_given",
        "consents_withdrawn",
        "consents_refused",
    ),
    "keys": ("certificates_issued", "certificates_active", "certificates_expiring", "certificates_revoked"),
}
# What stands beside each agency of a province, in the order of the columns.
PROVINCE: Final = (
    "requests_by_agency",
    "certified_by_agency",
    "copies",
    "fees",
    "refusals_by_agency",
    "median_hours_by_agency",
    "same_day_by_agency",
)


def label_of(services: Services, say: Say, found: Report) -> Label:
    """How the groups of a report are named: agencies, signers, types of paper and reasons by their names."""
    signers = {cell.group for figure in found.figures if figure.key.endswith("_by_signer") for cell in figure.cells}
    with services.database.read() as tx:
        people = names_of(tx, signers)
    law = services.law
    named = {
        **{one.code: say.pick(one.title) for one in law.doc_types},
        **{one.code: say.pick(one.text) for one in law.refusals},
        **agency_names(services, say),
        **people,
    }
    return label_from(named, say)


def label_from(named: Mapping[str, str], say: Say) -> Label:
    """Names first, then the words of codes, then the code itself."""
    words = group_of(say.messages, say.language)

    def label(group: str) -> str:
        if group in named:
            return named[group]
        said = words(group)
        return say.word("page.note", group) if said == group else said

    return label


def figure_sections(found: Report, say: Say, label: Label, *, base: str, query: str) -> tuple[dict[str, Any], ...]:
    """Every figure under the heading it belongs to."""
    return tuple(
        {
            "title": say(f"page.figures.section.{section}"),
            "cards": [figure_card(found.figure(key), say, label, base=base, query=query) for key in keys],
        }
        for section, keys in SECTIONS.items()
    )


def figure_card(figure: Figure, say: Say, label: Label, *, base: str, query: str) -> dict[str, Any]:
    """One figure: its title, its number as a whole, and a line with a bar for each group."""
    value = number_of(figure.unit, say.messages, say.language)
    longest = max((cell.value for cell in figure.cells if cell.value is not None), default=0) or 1
    # A share is drawn against all of it, not against the largest of the shares.
    longest = 100 if figure.unit == "percent" else longest
    here = f"{base}/{figure.key}?"
    asked = f"{query}&" if query else ""
    return {
        "title": title_of(figure, say.messages, say.language),
        "unit": say(f"page.figures.unit.{figure.unit}"),
        "value": value(figure.value),
        "href": here + query,
        "rows": [
            {
                "label": label(cell.group),
                "value": value(cell.value),
                "bar": f"{0 if cell.value is None else _BAR * cell.value / longest:.1f}",
                "href": f"{here}{asked}{urlencode({'group': cell.group})}",
                "events": cell.events,
            }
            for cell in figure.cells
        ],
    }


def province_rows(found: Report, say: Say, label: Label, *, base: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """One line for each agency that did something: how much, how fast, and the way to its own figures; no content."""
    figures = [found.figure(key) for key in PROVINCE]
    by_agency: dict[str, dict[str, Cell]] = {}
    for figure in figures:
        for cell in figure.cells:
            by_agency.setdefault(cell.group, {})[figure.key] = cell
    lines = []
    for code, cells in sorted(by_agency.items(), key=lambda line: label(line[0])):
        values = [
            number_of(figure.unit, say.messages, say.language)(_known(figure, cells.get(figure.key)))
            for figure in figures
        ]
        query = urlencode({**asked, "agency": code, "below": ""})
        lines.append({"name": label(code), "href": f"{base}?{query}", "values": values})
    quiet = len([code for code in found.agency_codes if code not in by_agency])
    return {
        "columns": [say(f"page.figures.column.{key}") for key in PROVINCE],
        "lines": lines,
        "quiet": say("page.figures.quiet", count=quiet) if quiet else "",
    }


def score_rows(score: Score, say: Say) -> dict[str, Any]:
    """The scorecard: what is known of each line."""
    value = number_of("points", say.messages, say.language)
    return {
        "title": say("page.figures.score", decision=score.card.decision),
        "sum": say("page.figures.score_sum", known=value(float(score.known)), unknown=score.unknown),
        "lines": [
            {
                "title": say.pick(dict(one.line.title)),
                "share": "–" if one.part is None or one.whole is None else f"{one.part} / {one.whole}",
                "points": value(None if one.points is None else float(one.points)),
                "most": one.line.points,
            }
            for one in score.lines
        ],
    }


def _known(figure: Figure, cell: Cell | None) -> float | None:
    """What is counted and did not happen is 0; what is measured and did not happen is not known."""
    if cell is not None:
        return cell.value
    return None if figure.unit in {"hours", "percent"} else 0.0
