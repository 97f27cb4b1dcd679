"""The office's figures: counted from events that can be listed, null where nobody knows, and nobody in what is published."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from api.errors import RequestInvalid, TrainingNotCounted
from api.figures import Cell, Figure, Report, events_behind, figure_csv, make_report, make_score, open_data
from api.figures.open_data import withheld
from api.figures.report import CATALOGUE, period_of
from api.figures.words import figure_picture, said_of
from api.messages import load_messages
from certify import Agency, add_agency
from certify.figures import Scope, agencies_within, load_scorecard, points
from certify.figures.rehearsal import RehearsedMonth, rehearse_month
from keys import Mode
from tests.bureau import AT, LAW, Bureau, build_bureau
from tests.databases import empty_database

MONTH = date(2026, 10, 1)
LAST = date(2026, 10, 31)
PROVINCE, WARD, CENTRE = "MH", "MH.01", "MH.02"
MESSAGES = load_messages(LAW.timezone)
PLANS = (
    RehearsedMonth(WARD, {"ONLINE": 262, "COUNTER": 14}, 276, {"DAMAGED_ILLEGIBLE": 7, "NOT_AN_ORIGINAL": 2}),
    RehearsedMonth(CENTRE, {"ONLINE": 351, "COUNTER": 351}, 433, {"FOREIGN_NOT_LEGALISED": 6}),
)


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    """A province with a ward and a centre, and a month in each."""
    folder = tmp_path_factory.mktemp("province")
    with empty_database(folder) as database:
        database.create_all()
        bureau = build_bureau(folder, database)
        start = AT - timedelta(days=900)
        with database.transaction() as tx:
            for code, parent in ((PROVINCE, None), (WARD, PROVINCE), (CENTRE, PROVINCE)):
                add_agency(tx, Agency(code, code, code, code, "COMMUNE", parent, None, "X", start, None))
        for plan in PLANS:
            for _ in range(2):
                rehearse_month(
                    database,
                    plan,
                    law=LAW,
                    first_day=MONTH,
                    opened_by=bureau.officer.staff_id,
                    holder_id=bureau.holder.holder_id,
                )
        yield bureau


@pytest.fixture(scope="module")
def whole(province: Bureau) -> Report:
    """What is reported of the whole province and month; nothing happens in it any more."""
    return report(province, PROVINCE)


def report(bureau: Bureau, code: str, *, mode: Mode = Mode.DEMO, first: date = MONTH, last: date = LAST) -> Report:
    with bureau.database.read() as tx:
        return make_report(
            tx,
            law=LAW,
            mode=mode,
            agency_code=code,
            agency_codes=agencies_within(tx, code),
            first_day=first,
            last_day=last,
            at=AT,
        )


def groups(figure: Figure) -> dict[str, float | None]:
    return {cell.group: cell.value for cell in figure.cells}


def test_month_of_the_ward_and_of_the_centre_adds_up(province: Bureau) -> None:
    ward, centre, whole = (report(province, code) for code in (WARD, CENTRE, PROVINCE))
    assert groups(ward.figure("requests_by_channel")) == {"COUNTER": 14, "ONLINE": 262}
    assert ward.figure("requests_by_channel").value == 276
    assert groups(centre.figure("requests_by_channel")) == {"COUNTER": 351, "ONLINE": 351}
    assert groups(centre.figure("requests_by_state")) == {"DONE": 433, "OPEN": 269}
    assert groups(whole.figure("requests_by_agency")) == {WARD: 276, CENTRE: 702}
    assert whole.figure("certified_by_channel").value == 276 - 9 + 433 - 6
    assert groups(ward.figure("refusals_by_reason")) == {"DAMAGED_ILLEGIBLE": 7, "NOT_AN_ORIGINAL": 2}
    parts = [one.figure("fees").value or 0 for one in (ward, centre)]
    assert whole.figure("fees").value == sum(parts) > 0


@pytest.mark.parametrize("key", [key for key in CATALOGUE if not key.startswith("certificates")])
def test_every_figure_drills_down_to_the_events_it_was_counted_from(province: Bureau, whole: Report, key: str) -> None:
    figure = whole.figure(key)
    with province.database.read() as tx:
        scope = Scope(agencies_within(tx, PROVINCE), period_of(LAW, first_day=MONTH, last_day=LAST))
        for cell in figure.cells:
            found = events_behind(tx, key, scope, law=LAW, group=cell.group, after=None, limit=10_000)
            assert len(found) == len(set(found)) == cell.events
        everything = events_behind(tx, key, scope, law=LAW, group=None, after=None, limit=10_000)
        assert len(everything) == sum(cell.events for cell in figure.cells)
        if everything:
            assert events_behind(tx, key, scope, law=LAW, group=None, after=everything[0], limit=1) == everything[1:2]


def test_nothing_happened_is_zero_and_nobody_knows_is_null(province: Bureau) -> None:
    quiet = report(province, PROVINCE, first=date(2025, 1, 1), last=date(2025, 1, 31))
    assert quiet.figure("requests_by_channel").value == 0
    assert quiet.figure("median_hours_by_channel").value is None
    assert quiet.figure("ocr_confidence").value is None
    assert quiet.figure("consents_refused").value is None
    rows = {row["figure"]: row["value"] for row in csv.DictReader(io.StringIO(figure_csv(quiet).decode("utf-8-sig")))}
    assert rows["requests_by_channel"] == "0"
    assert rows["median_hours_by_channel"] == rows["consents_refused"] == ""


def test_times_are_measured_from_receipt_to_the_number(province: Bureau) -> None:
    ward = report(province, WARD)
    assert ward.figure("median_hours_by_channel").value is not None
    assert 0.3 <= (ward.figure("median_hours_by_channel").value or 0) <= 2.5
    # One original in eight took twenty-five hours.
    assert ward.figure("p95_hours_by_channel").value == 25.0
    assert 50 < (ward.figure("same_day_by_channel").value or 0) < 100
    assert 86 <= (ward.figure("ocr_confidence").value or 0) <= 97


def test_day_of_the_office_is_not_that_of_greenwich(province: Bureau) -> None:
    first = report(province, PROVINCE, first=MONTH, last=MONTH).figure("requests_by_channel").value
    assert first is not None
    assert 0 < first < 978
    with pytest.raises(RequestInvalid):
        report(province, PROVINCE, first=LAST, last=MONTH)
    with pytest.raises(RequestInvalid, match="no figure"):
        report(province, PROVINCE).figure("shoes")


def test_training_is_never_in_statistics(province: Bureau) -> None:
    with pytest.raises(TrainingNotCounted):
        report(province, WARD, mode=Mode.TRAINING)


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(80, 100, "2.00"), (100, 100, "2.00"), (40, 100, "1.00"), (0, 100, "0.00"), (0, 0, None), (None, 100, None)],
)
def test_scorecard_4_3_is_2_at_80_percent(part: int | None, whole: int, expected: str | None) -> None:
    card = load_scorecard("vn", on=LAST)
    assert card is not None
    line = next(line for line in card.lines if line.code == "4.3")
    assert points(line, part=part, whole=whole) == (None if expected is None else Decimal(expected))
    assert sum(line.points for line in card.lines) == 22


def test_scorecard_says_how_many_points_nobody_knows(province: Bureau) -> None:
    card = load_scorecard("vn", on=LAST)
    assert card is not None
    score = make_score(card, report(province, WARD))
    by_code = {one.line.code: one for one in score.lines}
    assert by_code["CERTIFIED_COPIES"].points == Decimal("1.93")
    assert by_code["4.3"].points is None
    assert score.unknown == 20
    assert load_scorecard("vn", on=date(2020, 1, 1)) is None
    assert load_scorecard("es", on=LAST) is None


def test_picture_says_every_number_as_text_too(province: Bureau) -> None:
    figure = report(province, WARD).figure("requests_by_channel")
    for language, told in (("vi", "Trực tuyến: 262"), ("en", "Online: 262"), ("fr", "En ligne")):
        root = ET.fromstring(figure_picture(figure, MESSAGES, language))  # noqa: S314 - our own
        description = root.find("{http://www.w3.org/2000/svg}desc")
        assert description is not None
        assert told in (description.text or "")
        assert len(root.findall("{http://www.w3.org/2000/svg}rect")) == 2
    assert "chưa biết" in said_of(Figure("fees", "currency", None, ()), MESSAGES, "vi")


@pytest.mark.parametrize("key", CATALOGUE)
def test_every_figure_has_a_title(key: str) -> None:
    assert MESSAGES.text(f"figure.{key}", "fr")


def cells(*people: int) -> Figure:
    found = tuple(Cell(f"G{place}", float(count), count, count) for place, count in enumerate(people))
    return Figure("copies", "copies", float(sum(people)), found)


def test_group_of_fewer_than_five_people_is_not_published() -> None:
    shown = withheld(cells(12, 3, 2))
    assert groups(shown) == {"G0": 12, "G1": None, "G2": None}
    assert shown.value == 17


def test_group_that_could_be_found_by_subtraction_hides_another_one() -> None:
    shown = withheld(cells(12, 30, 3))
    assert groups(shown) == {"G0": None, "G1": 30, "G2": None}


def test_whole_that_would_give_few_people_away_is_not_published_either() -> None:
    assert withheld(cells(1, 2, 50)).value is None
    assert withheld(cells(3)).value is None


def test_group_of_which_nobody_knows_how_many_people_it_is_stays_here() -> None:
    shown = withheld(Figure("pages", "pages", 99.0, (Cell("A", 90.0, 90, None), Cell("B", 9.0, 9, 9))))
    assert groups(shown) == {"A": None, "B": None}


def test_published_data_is_described_and_no_specimen_is_data(province: Bureau) -> None:
    found = report(province, PROVINCE)
    titles = MESSAGES.in_all("figure.open_data_title")
    with pytest.raises(TrainingNotCounted):
        open_data(found, title=titles, publisher="UBND", base_url="https://data.example")
    real = replace(found, is_specimen=False)
    files = open_data(real, title=titles, publisher="UBND", base_url="https://data.example")
    described = json.loads(files["dcat.jsonld"])
    assert described["@type"] == "dcat:Dataset"
    assert {one["@language"] for one in described["dcterms:title"]} == {"vi", "en", "fr"}
    for one in described["dcat:distribution"]:
        assert Path(one["dcat:downloadURL"]["@id"]).name in files
    data = json.loads(next(content for name, content in files.items() if name.endswith("31.json")))
    by_key = {figure["key"]: figure for figure in data["figures"]}
    assert by_key["refusals_by_reason"]["groups"]["NOT_AN_ORIGINAL"] is None
    assert "certified_by_signer" not in by_key
