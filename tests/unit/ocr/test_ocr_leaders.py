"""Dotted leaders go, wherever letters interrupt them; what only looks like a row of dots stays."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ocr.leaders import drop_dotted_leaders, drop_ruled_lines

DPI = 190
PITCH = 8
BASE = 100
Gray = npt.NDArray[np.uint8]


def _paper() -> Gray:
    return np.full((200, 1200), 245, np.uint8)


def _leader(paper: Gray, *, start: int, stop: int, fall: float = 0.0) -> Gray:
    for x in range(start, stop, PITCH):
        cv2.circle(paper, (x, round(BASE + fall * (x - start))), 2, 40, -1)
    return paper


def _darkest(paper: Gray, *, start: int, stop: int) -> int:
    return int(paper[BASE - 8 : BASE + 12, start:stop].min())


def test_leader_cut_short_by_letters_goes_in_all_its_pieces() -> None:
    paper = _leader(_paper(), start=100, stop=900)
    # Stems through the row at uneven distances leave two to four dots between them.
    for x in (300, 330, 356, 390, 420):
        cv2.line(paper, (x, 60), (x, BASE + 14), 20, 4)
    cleaned = drop_dotted_leaders(paper, dpi=DPI)
    assert _darkest(cleaned, start=100, stop=290) > 200
    assert _darkest(cleaned, start=432, stop=900) > 200
    assert _darkest(cleaned, start=362, stop=380) > 200


def test_stem_of_a_letter_that_crosses_a_leader_stays() -> None:
    paper = _leader(_paper(), start=100, stop=900)
    cv2.line(paper, (420, 60), (420, BASE + 14), 20, 4)
    cleaned = drop_dotted_leaders(paper, dpi=DPI)
    assert cleaned[70:92, 420].max() < 60
    assert cleaned[BASE + 8, 420] < 60


def test_foot_of_a_letter_that_swallowed_a_dot_loses_the_dot_only() -> None:
    paper = _leader(_paper(), start=100, stop=900)
    cv2.line(paper, (100 + 40 * PITCH, 60), (100 + 40 * PITCH, BASE), 20, 4)
    cleaned = drop_dotted_leaders(paper, dpi=DPI)
    assert cleaned[62:90, 100 + 40 * PITCH].max() < 60
    assert cleaned[BASE + 2, 100 + 40 * PITCH] > 200


def test_leader_on_a_page_that_is_not_quite_straight_goes() -> None:
    paper = _leader(_paper(), start=100, stop=900, fall=0.01)
    cleaned = drop_dotted_leaders(paper, dpi=DPI)
    assert int(cleaned.min()) > 200


def test_dots_under_vowels_beside_a_leader_stay() -> None:
    paper = _leader(_paper(), start=400, stop=900)
    for x in (150, 210, 247, 330):
        cv2.circle(paper, (x, BASE), 2, 40, -1)
    cleaned = drop_dotted_leaders(paper, dpi=DPI)
    assert all(cleaned[BASE, x] < 60 for x in (150, 210, 247, 330))
    assert _darkest(cleaned, start=396, stop=900) > 200


def test_five_dots_are_an_ellipsis_and_stay() -> None:
    paper = _leader(_paper(), start=400, stop=400 + 5 * PITCH)
    assert np.array_equal(drop_dotted_leaders(paper, dpi=DPI), paper)


def test_page_of_noise_is_left_alone_and_costs_little() -> None:
    noise = np.random.default_rng(3).integers(0, 255, (900, 900), dtype=np.uint8)
    assert drop_dotted_leaders(noise, dpi=DPI).shape == noise.shape


def test_frame_goes_and_a_dash_stays() -> None:
    paper = _paper()
    cv2.rectangle(paper, (50, 20), (1150, 180), 20, 2)
    cv2.line(paper, (500, BASE), (540, BASE), 20, 3)
    cleaned = drop_ruled_lines(paper, dpi=DPI)
    assert cleaned[BASE, 520] < 60
    assert cleaned[18:24, 50:1150].min() > 200


def test_rules_of_any_length_go_and_shorter_strokes_stay() -> None:
    paper = np.full((700, 900), 245, np.uint8)
    length = round(12 * DPI / 25.4)
    paper[50, 100 : 100 + length] = 30
    paper[90, 100 : 100 + length - 1] = 30
    paper[200 : 200 + length, 300] = 30
    paper[200 : 200 + length - 1, 400] = 30
    paper[400:403, 20:880] = 30
    cleaned = drop_ruled_lines(paper, dpi=DPI)
    assert cleaned[50, 100 : 100 + length].min() == cleaned[200 : 200 + length, 300].min() == 255
    assert cleaned[400:403, 20:880].min() == 255
    assert cleaned[90, 100 : 100 + length - 1].max() == cleaned[200 : 200 + length - 1, 400].max() == 30


def test_leaders_go_from_a_page_with_more_pieces_than_short_labels_count() -> None:
    paper = np.full((1400, 1400), 245, np.uint8)
    paper[200::4, ::4] = 30
    assert np.count_nonzero(paper == 30) > 2**16
    # So many dots are a raster picture: it stays as it is, and no label is counted twice.
    assert np.array_equal(drop_dotted_leaders(paper, dpi=DPI), paper)
