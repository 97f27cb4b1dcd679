"""Print that the layout analysis dropped is found by its shape, read by itself, and told where it stays unread."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFont

from fonts.face import HERE, Face
from ocr.engine import RecognisedWord, ResidentEngine
from ocr.look import PageLook, look_from_json, look_to_json
from ocr.unread_ink import read_what_was_dropped, unread_lines

DPI = 185
LINES = (
    "Cộng hòa xã hội chủ nghĩa Việt Nam",
    "Ông, bà có tên nêu trên được miễn một phần lệ phí",
    "lao động được hưởng lương vào ngày mồng năm",
    "Nguyễn Thị Hoài An sinh tại đây",
)
LEFT, TOP, STEP, SIZE = 150, 200, 60, 32
Gray = npt.NDArray[np.uint8]


def _sheet() -> Gray:
    picture = Image.new("L", (1200, 900), 255)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.truetype(str(HERE / f"{Face.SERIF.value}.ttf"), SIZE)
    for index, line in enumerate(LINES):
        draw.text((LEFT, TOP + STEP * index), line, font=font, fill=20)
    return np.asarray(picture, dtype=np.uint8).copy()


def _line(index: int) -> RecognisedWord:
    """A whole line as one word: what counts is where it stands."""
    top = TOP + STEP * index
    return RecognisedWord(LINES[index], (LEFT, top + 4, LEFT + 900, top + SIZE + 6), 95.0, block=index + 1, line=1)


def test_lines_that_no_word_covers_are_found() -> None:
    found = unread_lines(_sheet(), [_line(0), _line(3)], dpi=DPI)
    assert [round((top - TOP) / STEP) for _, top, _, _ in found] == [1, 2]
    assert all(abs(left - LEFT) < 12 and right > LEFT + 400 for left, _, right, _ in found)


def test_page_that_was_read_whole_has_none() -> None:
    assert unread_lines(_sheet(), [_line(index) for index in range(4)], dpi=DPI) == []


def test_empty_page_has_none() -> None:
    assert unread_lines(np.full((900, 1200), 255, np.uint8), [], dpi=DPI) == []


def test_stamp_signature_rule_photo_and_dust_are_no_print() -> None:
    page = np.full((1200, 1200), 255, np.uint8)
    for radius in (150, 100):
        cv2.circle(page, (300, 300), radius, 60, 5)
    for angle in range(0, 360, 15):
        # Letters around a seal stand on no common base line.
        x, y = 300 + 125 * np.cos(np.radians(angle)), 300 + 125 * np.sin(np.radians(angle))
        cv2.rectangle(page, (int(x) - 6, int(y) - 9), (int(x) + 6, int(y) + 9), 60, 3)
    curve = [(600 + 3 * t, int(300 + 40 * np.sin(t / 6))) for t in range(120)]
    cv2.polylines(page, [np.array(curve, np.int32)], False, 30, 4)
    cv2.line(page, (100, 600), (1100, 604), 40, 3)
    rng = np.random.default_rng(3)
    page[700:1000, 100:400] = rng.integers(0, 255, (300, 300))
    for x, y in rng.integers(600, 1150, (60, 2)):
        cv2.circle(page, (int(x), int(y)), 4, 30, -1)
    assert unread_lines(page, [], dpi=DPI) == []


def test_box_of_half_a_page_hides_no_line() -> None:
    words = [_line(0), _line(3), RecognisedWord("I", (100, 100, 1150, 800), 30.0, block=9, line=1)]
    assert len(unread_lines(_sheet(), words, dpi=DPI)) == 2


@pytest.mark.slow
def test_dropped_paragraph_is_read_by_itself_and_stands_in_its_place() -> None:
    engine = ResidentEngine(("vie",))
    rescue = read_what_was_dropped([_line(0), _line(3)], _sheet(), dpi=DPI, engine=engine)
    engine.close()
    assert " ".join(word.text for word in rescue.words) == " ".join(LINES)
    assert rescue.unread == ()
    # Its words number a block of their own, so that no line joins its neighbour.
    assert len({word.block for word in rescue.words}) == 3


@pytest.mark.slow
def test_print_that_cannot_be_read_is_told_with_its_place() -> None:
    page = _sheet()
    # Print of the back that came through: shaped like print, and no word.
    strip = page[TOP + STEP : TOP + 2 * STEP]
    strip[:] = strip[:, ::-1].copy()
    engine = ResidentEngine(("vie",))
    rescue = read_what_was_dropped([_line(0), _line(2), _line(3)], page, dpi=DPI, engine=engine)
    engine.close()
    (box,) = rescue.unread
    assert round((box[1] - TOP) / STEP) == 1
    assert [word.text for word in rescue.words] == [LINES[0], LINES[2], LINES[3]]


def test_unread_boxes_survive_being_written_and_are_checked_when_read() -> None:
    look = PageLook(unread_boxes=((1.0, 2.5, 30.0, 40.0),))
    assert look_from_json(look_to_json(look), word_count=0) == look
    for box in ([1, 2, 3], [5, 0, 1, 9], [-1, 0, 5, 5], [0, 0, float("nan"), 5], "0000"):
        with pytest.raises((TypeError, ValueError)):
            look_from_json({"unread_boxes": [box]}, word_count=0)
    with pytest.raises(TypeError):
        look_from_json({"unread_boxes": [[0, 0, 1, 1]] * 51}, word_count=0)
