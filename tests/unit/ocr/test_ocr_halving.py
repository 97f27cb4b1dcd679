"""Halving is exact on any size, and a picture of seals is searched in pieces with the same outcome."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.prepare import drop_red_seals, halved


@pytest.mark.parametrize("shape", [(8, 10), (7, 9), (8, 9, 3), (7, 10, 3), (1, 5), (6, 1)])
def test_each_pixel_of_a_half_is_the_mean_of_four_on_odd_sides_too(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(5).integers(0, 256, shape, dtype=np.uint8)
    half = halved(pixels)
    assert half.shape[:2] == (max(1, shape[0] // 2), max(1, shape[1] // 2))
    if min(shape[:2]) > 1:
        even = pixels[: shape[0] // 2 * 2, : shape[1] // 2 * 2].astype(float)
        means = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
        assert float(np.abs(half - means).max()) <= 0.5


@pytest.mark.parametrize("corner", [(30, 30), (900, 700)])
def test_two_seals_that_touch_fade_wherever_they_stand(corner: tuple[int, int]) -> None:
    left, top = corner
    sheet = np.full((1500, 1400, 3), 250, np.uint8)
    for centre in ((left + 130, top + 130), (left + 330, top + 300)):
        cv2.circle(sheet, centre, 130, (60, 50, 200), -1)
    faded = drop_red_seals(sheet, dpi=190)
    assert int(faded[top + 130, left + 130]) > 230
    assert int(faded[top + 300, left + 330]) > 230
