"""Pages of those who oversee, with invented content: figures, retention, reforms."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

from api.acts.reform import ReformResult
from api.figures import Cell, Figure, Report, make_score
from api.figures.report import CATALOGUE
from api.figures.words import figure_picture
from api.identity import Door
from api.pages.figures_view import figure_card, figure_sections, label_from, province_rows, score_rows
from api.pages.reform import FIELDS, Asked, plan_of
from api.pages.retention import destruction_page, retention_page
from api.pages.views import Option, Say
from api.retention import PurgePlan
from certify.figures import load_scorecard
from certify.reform import AgencyEnd, ClosedBook, Reform, ReformDone, ReformKind
from certify.register import RegisterTotals
from certify.retention import Certificate, Hold, HoldScope, KeepRule, RetentionClass
from tests.page_desk import Sample
from tests.page_office import AGENCIES, AT, PROBLEM, SHA, id_of

LONG = "Giấy chứng nhận quyền sử dụng đất, quyền sở hữu nhà ở và tài sản khác gắn liền với đất"


def report(*, is_quiet: bool = False) -> Report:
    """A month in which much happened, or nothing."""
    groups = {
        "channel": {"COUNTER": 1204, "ONLINE": 262, "POSTAL": 3},
        "state": {"DONE": 433, "OPEN": 269},
        "agency": dict.fromkeys(AGENCIES, 214.0),
        "signer": {id_of(42): 12.5, id_of(43): 7},
        "reason": {"DAMAGED_ILLEGIBLE": 7, "NOT_AN_ORIGINAL": 2},
    }
    figures = []
    for key, kind in CATALOGUE.items():
        found = groups.get(key.rpartition("_")[2], groups["agency"])
        cells = tuple(
            Cell(group, value % 100 if kind.unit == "percent" else value, 9, 9) for group, value in found.items()
        )
        nothing = None if kind.unit in {"hours", "percent"} else 0
        figures.append(
            Figure(key, kind.unit, nothing, ())
            if is_quiet or key == "consents_refused"
            else Figure(key, kind.unit, sum(found.values()), cells)
        )
    days = date(2026, 11, 1), date(2026, 11, 30)
    return Report("THIDU", (*AGENCIES, "THIDU-QUIET"), *days, AT, is_specimen=True, figures=tuple(figures))


def figure_pages(say: Say) -> tuple[Sample, ...]:
    """Figures of a province, of a quiet month, as they are asked wrongly, and one of them with its events."""
    found, quiet = report(), report(is_quiet=True)
    label = label_from({**AGENCIES, id_of(42): "Lê Thị Thanh Hương", "DAMAGED_ILLEGIBLE": LONG}, say)
    asked = {"first": "2026-11-01", "until": "2026-11-30", "agency": "THIDU", "below": True}
    base, staff = "/staff/figures", Door.STAFF
    card = load_scorecard("vn", on=found.last_day)
    form: dict[str, Any] = {
        "problem": None,
        "asked": asked,
        "agencies": [Option(code, name) for code, name in AGENCIES.items()],
        "days": "01/11/2026 – 30/11/2026",
        "agency": AGENCIES["THIDU"],
        "csv": f"{base}/figures.csv",
    }
    full = {
        "sections": figure_sections(found, say, label, base=base, query="below=yes"),
        "province": province_rows(found, say, label, base=base, asked={"below": "yes"}),
        "score": score_rows(make_score(card, found), say) if card else None,
    }
    empty = {"sections": figure_sections(quiet, say, label, base=base, query=""), "province": None, "score": None}
    wrong = {"problem": PROBLEM, "sections": (), "province": None, "score": None, "days": "", "csv": ""}
    figure = found.figure("requests_by_agency")
    one = {
        "card": figure_card(figure, say, label, base=base, query=""),
        "picture": figure_picture(figure, say.messages, say.language, label=label),
        "days": form["days"],
        "agency": form["agency"],
        "group": "",
        "back": base,
    }
    ids = tuple(id_of(number) for number in range(1, 31))
    return (
        Sample("figures", "staff_figures.html", {**form, **full}, staff, base),
        Sample("figures_quiet", "staff_figures.html", {**form, **empty}, staff, base),
        Sample("figures_wrong", "staff_figures.html", {**form, **wrong, "agencies": []}, staff, base),
        Sample("figure", "staff_figure.html", {**one, "events": ids, "onward": f"{base}/x?after=1"}, staff, base),
        Sample("figure_quiet", "staff_figure.html", {**one, "picture": "", "events": (), "onward": "", "group": "x"}, staff, base),
    )  # fmt: skip


def retention_pages(say: Say) -> tuple[Sample, ...]:
    """Retention as an administrator and as an auditor see it, with and without a look ahead, and a certificate."""
    rules = tuple(
        KeepRule(kind, None if kind is RetentionClass.REGISTER else 365, LONG, is_decided=place % 2 == 0)
        for place, kind in enumerate(RetentionClass)
    )
    holds = (Hold(id_of(1), HoldScope.CASE, id_of(40), "15/QĐ-UBND", id_of(42), AT, None, None, None),)
    thing = {"class": "RAW_SCAN", "id": id_of(2), "since": "x", "rule": LONG, "destroyed_at": "x"}
    body = json.dumps({"by_class": {"RAW_SCAN": 2}, "things": [thing, thing]}).encode()
    gone = Certificate(id_of(3), AT, 2, body, SHA, b"", "log-key")
    plan = PurgePlan({RetentionClass.RAW_SCAN: 12, RetentionClass.SESSION: 3}, ())
    day, page, staff, here = AT.date(), "staff_retention.html", Door.STAFF, "/staff/retention"
    full = retention_page(rules, holds, (gone,), say, day=day, plan=plan)
    quiet = retention_page(rules, (), (), say, day=day, plan=PurgePlan({}, ()))
    return (
        Sample("retention", page, {"problem": PROBLEM, "may_decide": True, **full}, staff, here),
        Sample("retention_quiet", page, {"problem": None, "may_decide": False, **quiet}, staff, here),
        Sample("destruction", "staff_destruction.html", destruction_page(gone, say), staff, here),
    )


def reform_pages(say: Say) -> tuple[Sample, ...]:
    """A reform as it is asked, looked at ahead, and done."""
    reform = Reform(ReformKind.MERGE, ("THIDU", "THIDU-EDU"), ("THIDU-LABOUR",), "15/QĐ-UBND", AT)
    ends = tuple(AgencyEnd(code, 12, 2, 3, 1, ("seal",), ("a", "b")) for code in reform.ending)
    books = (ClosedBook(id_of(1), "01/2026-SCTĐT/BS", "THIDU", RegisterTotals(1284, 7, 2310, 9_482_000)),)
    ahead = ReformResult(ReformDone(reform, ends, books), 4, 5, 1, is_dry_run=True)
    fields = dict.fromkeys(FIELDS, "")
    blank, filled = Asked(fields, (), (), ""), Asked(fields | {"kind": "MERGE"}, reform.ending, reform.following, "")
    form: dict[str, Any] = {
        "problem": None,
        "kinds": [Option(one.value, say(f"page.reform.kind.{one.value}")) for one in ReformKind],
        "agencies": [Option(code, name) for code, name in AGENCIES.items()],
    }
    plan = plan_of(ahead, say, AGENCIES)
    done = plan_of(replace(ahead, is_dry_run=False), say, AGENCIES)
    page, staff, here = "staff_reform.html", Door.STAFF, "/staff/reforms"
    return (
        Sample("reform", page, {**form, "asked": blank, "plan": None}, staff, here),
        Sample("reform_wrong", page, {**form, "problem": PROBLEM, "asked": filled, "plan": None}, staff, here),
        Sample("reform_ahead", page, {**form, "asked": filled, "plan": plan}, staff, here),
        Sample("reform_done", page, {**form, "asked": filled, "plan": done}, staff, here),
    )


def oversight_samples(say: Say) -> tuple[Sample, ...]:
    """All of them."""
    return (*figure_pages(say), *retention_pages(say), *reform_pages(say))
