"""Free room for a mark: found where its look belongs, on pages turned and cropped, and never over anything."""

from __future__ import annotations

import numpy as np
import pytest

from signing.free_space import CLEARANCE_PT, ShownPage, content_mask, find_room
from signing.looks import Zone

WHITE = np.full((842, 595), False)


def with_content(left: int, top: int, right: int, bottom: int) -> np.ndarray:
    mask = WHITE.copy()
    mask[top:bottom, left:right] = True
    return mask


def test_empty_page_gives_each_zone_its_own_corner() -> None:
    top_left = find_room(WHITE, width=150, height=40, zone=Zone.TOP_LEFT)
    top_right = find_room(WHITE, width=150, height=40, zone=Zone.TOP_RIGHT)
    bottom_right = find_room(WHITE, width=150, height=40, zone=Zone.BOTTOM_RIGHT)
    assert top_left == (22, 22, 172, 62)
    assert top_right == (595 - 22 - 150, 22, 595 - 22, 62)
    assert bottom_right == (595 - 22 - 150, 842 - 22 - 40, 595 - 22, 842 - 22)


@pytest.mark.parametrize("zone", list(Zone))
@pytest.mark.parametrize("seed", range(8))
def test_mark_never_touches_content(zone: Zone, seed: int) -> None:
    rng = np.random.Generator(np.random.PCG64(seed))
    mask = WHITE.copy()
    for _ in range(25):
        x, y = int(rng.integers(0, 560)), int(rng.integers(0, 800))
        mask[y : y + int(rng.integers(2, 60)), x : x + int(rng.integers(2, 120))] = True
    found = find_room(mask, width=120, height=36, zone=zone)
    if found is not None:
        left, top, right, bottom = found
        around = mask[top - CLEARANCE_PT : bottom + CLEARANCE_PT, left - CLEARANCE_PT : right + CLEARANCE_PT]
        assert not around.any()


def test_content_in_the_corner_moves_the_mark_beside_it() -> None:
    found = find_room(with_content(300, 0, 595, 60), width=150, height=40, zone=Zone.TOP_RIGHT)
    assert found is not None
    assert found[1] >= 60 + CLEARANCE_PT
    assert found[0] >= 595 / 2 - 150


def test_full_head_of_a_page_is_no_room_for_a_look_of_the_head() -> None:
    head = with_content(0, 0, 595, 320)
    assert find_room(head, width=150, height=40, zone=Zone.TOP_RIGHT) is None
    assert find_room(head, width=150, height=40, zone=Zone.BOTTOM_RIGHT) is not None


def test_page_smaller_than_the_mark_has_no_room() -> None:
    assert find_room(np.full((50, 50), False), width=150, height=40, zone=Zone.TOP_LEFT) is None


def test_grain_of_a_scan_is_paper_and_a_yellow_line_is_content() -> None:
    rng = np.random.Generator(np.random.PCG64(1))
    page = np.clip(245 + rng.normal(0, 4, (200, 200, 3)), 0, 255).astype(np.uint8)
    assert not content_mask(page).any()
    page[100:102, 20:180] = (255, 255, 90)
    assert content_mask(page)[100:102, 20:180].all()
    page[50:52, 20:180] = 200
    assert content_mask(page)[50:52, 20:180].all()


def test_dark_paper_leaves_no_room_for_black_ink() -> None:
    assert content_mask(np.full((100, 100, 3), 60, dtype=np.uint8)).all()


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_place_goes_to_the_file_and_back(rotation: int) -> None:
    page = ShownPage((-20, 30, 480, 730), rotation)
    shown = (10.0, 20.0, 110.0, 60.0)
    box = page.to_user_space(shown)
    assert page.to_shown(box) == shown
    assert -20 <= box[0] < box[2] <= 480
    assert 30 <= box[1] < box[3] <= 730
    width, height = box[2] - box[0], box[3] - box[1]
    assert (width, height) == ((40, 100) if rotation in (90, 270) else (100, 40))


def test_top_left_of_a_page_turned_clockwise_is_the_bottom_left_of_its_file() -> None:
    assert ShownPage((0, 0, 595, 842), 90).to_user_space((0, 0, 10, 20)) == (0, 0, 20, 10)
    assert ShownPage((0, 0, 595, 842), 180).to_user_space((0, 0, 10, 20)) == (585, 0, 595, 20)
    assert ShownPage((0, 0, 595, 842), 270).to_user_space((0, 0, 10, 20)) == (575, 832, 595, 842)
