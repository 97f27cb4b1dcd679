"""The copy that is recognised: seals fade, leaders and rules go, light is evened, lines become level."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFont

from fonts.face import HERE, Face
from ocr.engine import CommandEngine, Layout, OcrEngine, RecognisedWord, ResidentEngine, open_engine, read_word_table
from ocr.errors import LanguageMissing
from ocr.leaders import drop_dotted_leaders, drop_ruled_lines
from ocr.orientation import read_upright
from ocr.prepare import WORKING_DPI, PreparedPage, drop_red_seals, flatten_light, prepare
from ocr.skew import estimate_skew, hangs_down, lines_run_down, loses_ink, straighten, turn

# Starts real processes or reads real pages: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow

DPI = 190
SENTENCES = ("Cộng hòa xã hội chủ nghĩa Việt Nam", "Độc lập Tự do Hạnh phúc", "Nguyễn Thị Hoài An sinh tại đây") * 3
Gray = npt.NDArray[np.uint8]


def _sheet(*, width: int = 1400, height: int = 900) -> Gray:
    picture = Image.new("L", (width, height), 245)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.truetype(str(HERE / f"{Face.SERIF.value}.ttf"), 38)
    for index, sentence in enumerate(SENTENCES):
        draw.text((120, 80 + 80 * index), sentence, font=font, fill=20)
    return np.asarray(picture, dtype=np.uint8).copy()


def _letter() -> Gray:
    picture = Image.new("L", (1400, 1980), 245)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.truetype(str(HERE / f"{Face.SERIF.value}.ttf"), 34)
    for index in range(26):
        words = f"{SENTENCES[index % 3]} {SENTENCES[(index + 1) % 3]}"
        # Without a common margin, as in a letter with indents; stems in one column would look like a line.
        draw.text((90 + 37 * (index * 7 % 9), 120 + 62 * index), words[: 40 + 7 * (index % 4)], font=font, fill=20)
    return np.asarray(picture, dtype=np.uint8).copy()


def _colour(gray: Gray) -> Gray:
    return np.asarray(cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR), dtype=np.uint8)


@pytest.fixture(scope="module")
def engine() -> ResidentEngine:
    return ResidentEngine(("vie",))


def test_round_red_seal_fades_and_the_text_under_it_stays() -> None:
    sheet = _colour(_sheet())
    cv2.circle(sheet, (400, 300), 130, (60, 50, 200), 12)
    cv2.circle(sheet, (400, 300), 60, (60, 50, 200), -1)
    cv2.rectangle(sheet, (380, 296), (420, 304), (20, 20, 20), -1)
    faded = drop_red_seals(sheet, dpi=DPI)
    assert faded[300, 345] > 200
    assert faded[300, 400] < 90


def test_two_seals_that_touch_fade_both() -> None:
    sheet = _colour(_sheet())
    for x in (400, 662):
        cv2.circle(sheet, (x, 300), 130, (60, 50, 200), 12)
        cv2.circle(sheet, (x, 300), 60, (60, 50, 200), -1)
        cv2.rectangle(sheet, (x - 20, 296), (x + 20, 304), (20, 20, 20), -1)
    faded = drop_red_seals(sheet, dpi=DPI)
    assert min(faded[300, 345], faded[300, 717]) > 200
    assert max(faded[300, 400], faded[300, 662]) < 90


def test_long_red_heading_is_no_row_of_seals() -> None:
    sheet = _colour(_sheet())
    for down in (0, 44):
        cv2.putText(
            sheet, "CONG HOA XA HOI CHU NGHIA", (500, 60 + down), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (40, 30, 190), 4
        )
    assert drop_red_seals(sheet, dpi=DPI)[20:110, 500:1100].min() < 110


def test_red_serial_number_stays_dark_enough_to_read() -> None:
    sheet = _colour(_sheet())
    cv2.putText(sheet, "AB 0042", (900, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (40, 30, 190), 3)
    assert drop_red_seals(sheet, dpi=DPI)[30:62, 900:1060].min() < 110


def test_shadow_over_half_the_page_is_evened() -> None:
    sheet = _sheet()
    sheet[:, :700] = (sheet[:, :700] * 0.5).astype(np.uint8)
    even = flatten_light(sheet, dpi=DPI)
    assert abs(int(even[880, 100]) - int(even[880, 1300])) < 12


def test_dotted_leader_goes_and_accents_stay() -> None:
    sheet = _sheet()
    plain = sheet.copy()
    for x in range(200, 1200, 9):
        cv2.circle(sheet, (x, 860), 2, 30, -1)
    cleaned = drop_dotted_leaders(sheet, dpi=DPI)
    assert cleaned[850:870].min() > 150
    assert np.array_equal(cleaned[:840], plain[:840])


def test_table_rule_goes_and_letters_stay() -> None:
    sheet = _sheet()
    plain = sheet.copy()
    cv2.line(sheet, (100, 860), (1300, 860), 20, 2)
    cleaned = drop_ruled_lines(sheet, dpi=DPI)
    assert cleaned[850:870].min() > 150
    assert np.array_equal(cleaned[:840], plain[:840])


@pytest.mark.parametrize("angle", [-4.0, -1.2, 0.0, 0.8, 3.5])
def test_skew_is_found_and_undone(angle: float) -> None:
    sheet = _sheet()
    askew = straighten(sheet, -angle)
    assert estimate_skew(askew, dpi=DPI) == pytest.approx(angle, abs=0.25)
    assert estimate_skew(straighten(askew, angle), dpi=DPI) == pytest.approx(0, abs=0.25)


def test_blank_sheet_tells_no_skew() -> None:
    assert estimate_skew(np.full((900, 1400), 245, np.uint8), dpi=DPI) == 0.0


def test_straightening_that_would_cut_ink_is_noticed() -> None:
    sheet = np.full((900, 1400), 245, np.uint8)
    assert not loses_ink(sheet, 3.0)
    sheet[:60, 1340:] = 10
    sheet[840:, :60] = 10
    sheet[:60, :60] = 10
    assert loses_ink(sheet, 3.0)


@pytest.mark.parametrize("quarter_turns", [0, 1, 2, 3])
def test_page_is_stood_upright_from_every_turn(quarter_turns: int, engine: ResidentEngine) -> None:
    page = PreparedPage(gray=turn(_sheet(), quarter_turns), scale=1.0, dpi=DPI)
    reading = read_upright(page, engine=engine)
    assert (quarter_turns + reading.quarter_turns) % 4 == 0
    assert reading.is_verified
    assert "Việt" in {word.text for word in reading.words}


def test_page_without_text_is_left_as_it_came(engine: ResidentEngine) -> None:
    noise = np.random.default_rng(7).integers(0, 255, (700, 900), dtype=np.uint8)
    reading = read_upright(PreparedPage(gray=noise, scale=1.0, dpi=DPI), engine=engine)
    assert (reading.quarter_turns, reading.is_verified) == (0, False)


def test_low_resolution_is_enlarged_and_high_resolution_reduced() -> None:
    assert prepare(_sheet(), dpi=100.0).scale > 1.5
    assert prepare(_sheet(), dpi=2.0 * WORKING_DPI).scale == pytest.approx(0.5)


def test_paper_comes_out_evenly_white() -> None:
    prepared = prepare(_sheet(), dpi=float(WORKING_DPI))
    assert (prepared.gray[-60:] == 255).all()
    assert prepared.gray.min() < 60


@pytest.mark.parametrize("angle", [-5.0, 5.0])
def test_page_that_stands_askew_in_a_frame_is_not_taken_to_lie(angle: float) -> None:
    letter = _letter()
    cv2.rectangle(letter, (60, 60), (1340, 1900), 20, 6)
    assert not lines_run_down(straighten(letter, angle), dpi=DPI)


def test_page_on_its_side_is_suspected_before_it_is_read() -> None:
    assert not lines_run_down(_letter(), dpi=DPI)
    assert lines_run_down(turn(_letter(), 1), dpi=DPI)


def test_page_on_its_head_is_suspected_before_it_is_read() -> None:
    assert not hangs_down(_sheet(), dpi=DPI)
    assert hangs_down(turn(_sheet(), 2), dpi=DPI)


class _Counting:
    """An engine that notes how many pixels it was asked to read."""

    def __init__(self, engine: OcrEngine) -> None:
        self._engine = engine
        self.languages = engine.languages
        self.pixels: list[int] = []

    def recognise(self, image: Gray, *, dpi: int, layout: Layout) -> tuple[RecognisedWord, ...]:
        self.pixels.append(image.size)
        return self._engine.recognise(image, dpi=dpi, layout=layout)

    def close(self) -> None:
        self._engine.close()


@pytest.mark.parametrize("quarter_turns", [0, 2])
def test_page_is_read_whole_once_whichever_end_is_up(quarter_turns: int, engine: ResidentEngine) -> None:
    counting = _Counting(engine)
    sheet = turn(_letter(), quarter_turns)
    assert read_upright(PreparedPage(gray=sheet, scale=1.0, dpi=DPI), engine=counting).is_verified
    assert counting.pixels.count(sheet.size) == 1
    assert sum(counting.pixels) < 1.5 * sheet.size


def test_both_engines_read_the_same_words(engine: ResidentEngine) -> None:
    sheet = _sheet()
    resident = engine.recognise(sheet, dpi=DPI, layout=Layout.PAGE)
    started = CommandEngine(("vie",)).recognise(sheet, dpi=DPI, layout=Layout.PAGE)
    assert [word.text for word in resident] == " ".join(SENTENCES).split()
    assert [word.text for word in started] == [word.text for word in resident]


def test_reading_twice_gives_the_same(engine: ResidentEngine) -> None:
    sheet = _sheet()
    first = engine.recognise(sheet, dpi=DPI, layout=Layout.PAGE)
    assert engine.recognise(sheet, dpi=DPI, layout=Layout.PAGE) == first


def test_engine_without_a_language_is_not_opened() -> None:
    with pytest.raises(LanguageMissing, match="at least one"):
        open_engine(())


def test_decomposed_letters_are_composed() -> None:
    table = "5\t1\t1\t1\t2\t1\t10\t20\t30\t40\t96.5\tVie\u0302\u0323t\n4\t1\t1\t1\t2\t0\t0\t0\t0\t0\t-1\t\n"
    (word,) = read_word_table(table)
    assert (word.text, word.box, word.line) == ("Việt", (10, 20, 40, 60), 1002)
