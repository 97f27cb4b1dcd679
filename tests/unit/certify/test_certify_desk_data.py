"""The counter's lists are dated: what changes on a day is offered from then on, and what was chosen before keeps its words."""

from __future__ import annotations

import copy
from datetime import date, datetime, timedelta
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from certify import load_law
from certify.counter import desk_rules, inspection_lines, suggestions_of
from certify.counter.data import read_desk
from certify.errors import GuardRefused, LawDataInvalid

CHANGE = date(2027, 1, 1)
EVE = CHANGE - timedelta(days=1)
Written = tuple[dict[str, Any], dict[str, Any]]


@pytest.fixture
def written() -> Written:
    folder = resources.files("certify") / "law" / "vn"
    desk, inspection = (yaml.safe_load((folder / f"{name}.yaml").read_text("utf-8")) for name in ("desk", "inspection"))
    return desk, inspection


def renewed(rows: list[dict[str, Any]], position: int, **changes: Any) -> dict[str, Any]:
    """End a row on the eve, and give the one that follows it."""
    later = copy.deepcopy(rows[position]) | {"valid_from": CHANGE} | changes
    rows[position]["valid_to"] = EVE
    rows.append(later)
    return later


def test_choice_that_ends_on_a_day_is_offered_until_then_and_keeps_its_words(written: Written) -> None:
    desk, inspection = written
    desk["choices"]["exemption"][0]["valid_to"] = EVE
    code = desk["choices"]["exemption"][0]["code"]
    book = read_desk(desk, inspection, country="vn")
    assert book.on(EVE).choice("exemption", code).code == code
    with pytest.raises(GuardRefused, match=code):
        book.on(CHANGE).choice("exemption", code)
    words = book.on(CHANGE).words(code)
    assert words is not None
    assert words["vi"] == "Hộ nghèo"
    assert book.on(CHANGE).words(code, "waiver") is None


def test_choice_is_worded_anew_from_its_day_on(written: Written) -> None:
    desk, inspection = written
    renewed(desk["choices"]["waiver"], 0, text={"vi": "Mới", "en": "New", "fr": "Nouveau"})
    book = read_desk(desk, inspection, country="vn")
    assert book.on(EVE).choice("waiver", "OUR_ERROR").text["en"] == "The office's own error"
    assert book.on(CHANGE).choice("waiver", "OUR_ERROR").text["en"] == "New"


def test_times_lines_suggestions_and_heading_change_on_their_day_and_not_before(written: Written) -> None:
    desk, inspection = written
    before = read_desk(*copy.deepcopy(written), country="vn").on(EVE)
    renewed(desk["times"], 0, supplement_days=5, per_slot=1)
    renewed(inspection["lists"], 0, lines=["NOT_SECRET"])
    renewed(inspection["suggestions"], 0, lines=["^X$"])
    renewed(inspection["home_issuer"], 0, lines=["^Y$"])
    book = read_desk(desk, inspection, country="vn")
    old, new = book.on(EVE), book.on(CHANGE)
    assert (old.times.supplement_days, old.times.per_slot) == (before.times.supplement_days, before.times.per_slot)
    assert (new.times.supplement_days, new.times.per_slot) == (5, 1)
    assert [one.code for one in inspection_lines(old, "VN.OTHER")] == [one.code for one in before.lines[""]]
    assert [one.code for one in inspection_lines(new, "VN.OTHER")] == ["NOT_SECRET"]
    # A type with a list of its own is not touched.
    assert inspection_lines(new, "VN.LAND_CERT") == inspection_lines(before, "VN.LAND_CERT")
    assert suggestions_of(["MẬT"], rules=old) == ("SECRECY_STAMP",)
    assert suggestions_of(["MẬT"], rules=new) == ()
    assert suggestions_of(["X"], rules=new) == ("SECRECY_STAMP",)
    assert (old.home_issuer, len(new.home_issuer)) == (before.home_issuer, 1)


@pytest.mark.parametrize(
    ("part", "path", "said"),
    [
        ("desk", ("times",), "no row of the counter's times holds on 2027-01-01"),
        ("inspection", ("home_issuer",), "no row of the home heading holds on 2027-01-01"),
    ],
)
def test_day_on_which_the_counter_would_have_nothing_stops_the_start(
    written: Written, part: str, path: tuple[str, ...], said: str
) -> None:
    rows = written[0 if part == "desk" else 1][path[0]]
    renewed(rows, 0)
    rows[-1]["valid_from"] = CHANGE + timedelta(days=1)
    with pytest.raises(LawDataInvalid, match=said):
        read_desk(*written, country="vn")


def test_line_that_ended_may_stand_on_no_list(written: Written) -> None:
    desk, inspection = written
    inspection["lines"][0]["valid_to"] = EVE
    renewed(inspection["lists"], 1)
    with pytest.raises(LawDataInvalid, match="lines that hold on 2027-01-01"):
        read_desk(desk, inspection, country="vn")


def test_one_choice_twice_on_a_day_stops_the_start(written: Written) -> None:
    desk, inspection = written
    desk["choices"]["route"].append(dict(desk["choices"]["route"][0]))
    with pytest.raises(LawDataInvalid, match="two rows of route"):
        read_desk(desk, inspection, country="vn")


def test_comma_that_cuts_a_text_in_two_stops_the_start(written: Written) -> None:
    desk, inspection = written
    desk["choices"]["relation"][0]["text"] = yaml.safe_load("{ vi: Cha, mẹ, en: Parent, fr: Parent }")
    with pytest.raises(LawDataInvalid, match="exactly vi, en, fr"):
        read_desk(desk, inspection, country="vn")


@pytest.mark.parametrize("country", ["vn", "es"])
def test_the_office_works_by_the_list_of_its_own_day(country: str) -> None:
    law = load_law(country)
    late_evening = datetime(2026, 12, 31, 23, 59, tzinfo=ZoneInfo("UTC"))
    assert desk_rules(law, at=late_evening).choices["supplement"]
    with pytest.raises(LawDataInvalid):
        desk_rules(law, at=datetime(2001, 1, 1, tzinfo=ZoneInfo("UTC")))
