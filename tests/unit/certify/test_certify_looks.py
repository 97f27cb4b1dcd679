"""The three looks of a visible signature are data, and say what the rules on form say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import yaml

from certify.agencies import Agency
from certify.errors import LawDataInvalid
from certify.looks import CERTIFICATION, DIGITISATION, TRUE_COPY, DatedLook, Looks, load_looks, read_looks
from certify.marks import CopyMarks
from certify.staff import Role, StaffMember
from signing import LookPage, MarkFaces, MarkUnusable, MarkWords, SealImage, Zone, compose_mark, measure_mark

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC).astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
WORDS = MarkWords(name="Nguyễn Thị Mẫu", position="Phó Chủ tịch", agency="UBND phường Thí Dụ", at=AT)
DATED = load_looks("vn")
LOOKS = DATED.on(AT.date())


def test_true_copy_stands_top_right_in_ten_points_without_a_picture_and_with_the_offset() -> None:
    look = LOOKS[TRUE_COPY]
    mark = compose_mark(look, WORDS)
    assert (look.page, look.zone, look.style.size_pt) == (LookPage.FIRST, Zone.TOP_RIGHT, 10)
    assert mark.lines == ("SAO Y", "UBND phường Thí Dụ", "2026-11-22T10:00:00+07:00")
    with pytest.raises(MarkUnusable, match="no picture"):
        compose_mark(look, WORDS, image=SealImage(1, 1, b"", None))


def test_digitisation_stands_top_left_with_name_and_time() -> None:
    look = LOOKS[DIGITISATION]
    assert (look.page, look.zone) == (LookPage.FIRST, Zone.TOP_LEFT)
    lines = compose_mark(look, WORDS).lines
    assert lines[0] == "Nguyễn Thị Mẫu"
    assert lines[-1].endswith("+07:00")


def test_certification_stands_on_the_last_page() -> None:
    look = LOOKS[CERTIFICATION]
    assert (look.page, look.zone) == (LookPage.LAST, Zone.BOTTOM_RIGHT)
    assert compose_mark(look, WORDS).heading == "NGƯỜI THỰC HIỆN CHỨNG THỰC"


def test_line_of_which_nothing_is_left_is_dropped() -> None:
    mark = compose_mark(LOOKS[CERTIFICATION], MarkWords(name="Nguyễn Thị Mẫu", at=AT))
    assert mark.lines == ("Nguyễn Thị Mẫu", "2026-11-22T10:00:00+07:00")


def test_time_without_a_zone_is_refused() -> None:
    with pytest.raises(MarkUnusable, match="zone"):
        compose_mark(LOOKS[TRUE_COPY], MarkWords(at=AT.replace(tzinfo=None)))


@pytest.mark.parametrize("name", [DIGITISATION, TRUE_COPY, CERTIFICATION])
def test_every_look_fits_its_own_measure(name: str) -> None:
    width, height = measure_mark(
        compose_mark(LOOKS[name], WORDS), width_pt=LOOKS[name].max_width_pt, faces=MarkFaces.load()
    )
    assert 60 < width <= LOOKS[name].max_width_pt
    assert 30 < height < 120


GOOD = """
- {name: A, valid_from: 2015-01-01, valid_to: null, page: FIRST, zone: TOP_LEFT, size_pt: 10, framed: false, align: left, padding_pt: 2, max_width_pt: 200,
   allows_image: true, heading: null, lines: ["{name}"]}
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("page: FIRST", "page: MIDDLE"),
        ("zone: TOP_LEFT", "zone: NOWHERE"),
        ("align: left", "align: slanted"),
        ("size_pt: 10", "size_pt: large"),
        ("framed: false", "framed: 1"),
        ('lines: ["{name}"]', "lines: []"),
        ('lines: ["{name}"]', 'lines: ["{citizen_number}"]'),
        ('lines: ["{name}"]', 'lines: ["{name"]'),
        ("heading: null", "title: null"),
        ("- {name: A", "- {nom: A"),
        ("valid_from: 2015-01-01", "valid_from: soon"),
        ("valid_to: null", "valid_to: never"),
        ("valid_to: null", "valid_to: 2014-01-01"),
    ],
)
def test_look_that_cannot_be_meant_stops_the_start(before: str, after: str) -> None:
    assert set(read_looks(yaml.safe_load(GOOD)).on(AT.date())) == {"A"}
    assert before in GOOD
    with pytest.raises(LawDataInvalid, match=r"looks\.yaml"):
        read_looks(yaml.safe_load(GOOD.replace(before, after)))


def test_name_that_stands_twice_on_one_day_stops_the_start() -> None:
    with pytest.raises(LawDataInvalid, match="two rows of look A"):
        read_looks(yaml.safe_load(GOOD) * 2)


def test_mark_takes_the_look_of_the_day_on_which_it_is_made() -> None:
    change = date(2027, 1, 1)
    old = next(one for one in DATED.rows if one.look.name == CERTIFICATION)
    newer = replace(old.look, lines=("{agency}", "{time}"))
    marks = CopyMarks(Looks((replace(old, valid_to=change - timedelta(days=1)), DatedLook(newer, change, None))))
    agency = Agency(
        "THIDU", "UBND phường Thí Dụ", "Thí Dụ Ward", "Thí Dụ", "WARD", None, None, "BS", AT - timedelta(days=99), None
    )
    member = StaffMember("01", "THIDU", "Nguyễn Thị Mẫu", "Phó Chủ tịch", frozenset({Role.CERTIFIER}), None)
    before = datetime(2026, 12, 31, 23, 59, tzinfo=AT.tzinfo)
    assert marks.of_officer(member, agency=agency, at=before).lines[0] == "Nguyễn Thị Mẫu"
    assert marks.of_officer(member, agency=agency, at=before + timedelta(minutes=1)).lines[0] == "UBND phường Thí Dụ"
    with pytest.raises(LawDataInvalid, match="2014"):
        marks.of_officer(member, agency=agency, at=before.replace(year=2014))
