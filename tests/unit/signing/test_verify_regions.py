"""The boxes around what differs: few, apart from each other, and nothing that changed lies outside them."""

from __future__ import annotations

import io

import pikepdf
import pytest

from signing.verify.rendering import MAX_BOXES, PageDifference, compare_rendering

WIDTH, HEIGHT = 595, 842


def drawn(*squares: tuple[float, float, float], width: int = WIDTH) -> bytes:
    """A page with black squares, each by left, bottom and side in points."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(width, HEIGHT))
    content = "".join(f"{left} {bottom} {side} {side} re f\n" for left, bottom, side in squares)
    pdf.pages[0].obj.Contents = pdf.make_stream(content.encode())
    out = io.BytesIO()
    pdf.save(out, static_id=True)
    return out.getvalue()


def difference(before: bytes, after: bytes, **more: object) -> PageDifference:
    found = compare_rendering(before, after, pages=None, allowed={}, **more)  # type: ignore[arg-type]
    (page,) = found.differences
    return page


def is_inside(square: tuple[float, float, float], page: PageDifference) -> bool:
    """Whether one box holds the whole square, on the picture."""
    x0, y0, side = square
    left, top, right, bottom = x0 / WIDTH, 1 - (y0 + side) / HEIGHT, (x0 + side) / WIDTH, 1 - y0 / HEIGHT
    near = 0.003
    return any(
        box[0] <= left + near and box[1] <= top + near and box[2] >= right - near and box[3] >= bottom - near
        for box in page.marked
    )


def test_two_changes_far_apart_have_two_boxes_from_the_top() -> None:
    squares = (50.0, 700.0, 20.0), (400.0, 100.0, 30.0)
    page = difference(drawn(), drawn(*squares))
    assert len(page.marked) == len(page.outside) == 2
    assert page.marked[0][1] < page.marked[1][1]
    assert all(is_inside(square, page) for square in squares)


@pytest.mark.parametrize("step", [40, 60, 25])
def test_many_changes_are_held_by_a_bounded_number_of_boxes_that_do_not_overlap(step: int) -> None:
    squares = [(float(x), float(y), 4.0) for x in range(20, 570, step) for y in range(20, 820, step)]
    page = difference(drawn(), drawn(*squares))
    assert 1 <= len(page.marked) <= MAX_BOXES
    assert all(is_inside(square, page) for square in squares)
    for at, one in enumerate(page.marked):
        for other in page.marked[at + 1 :]:
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_change_inside_the_frame_of_another_is_boxed_once() -> None:
    ring = [(100.0 + at, y, 4.0) for at in range(0, 200, 4) for y in (200.0, 400.0)]
    ring += [(x, 200.0 + at, 4.0) for at in range(0, 200, 4) for x in (100.0, 300.0)]
    page = difference(drawn(), drawn(*ring, (195.0, 295.0, 6.0)))
    assert len(page.marked) == 1


def test_boxes_stay_on_the_picture_and_pictures_are_made_only_when_asked_for() -> None:
    corner = (WIDTH - 5.0, 0.0, 5.0)
    page = difference(drawn(), drawn(corner))
    assert page.before_jpeg == b""
    assert all(0 <= side <= 1 for box in page.marked for side in box)
    pictured = difference(drawn(), drawn(corner), with_images=True)
    assert pictured.before_jpeg[:3] == pictured.after_jpeg[:3] == b"\xff\xd8\xff"
    assert pictured.marked == page.marked


def test_page_of_another_size_is_boxed_whole() -> None:
    assert difference(drawn(), drawn(width=500)).marked == ((0.0, 0.0, 1.0, 1.0),)


def test_what_may_change_is_not_marked() -> None:
    found = compare_rendering(drawn(), drawn((50, 700, 20)), pages=None, allowed={0: [(45, 695, 75, 725)]})
    assert [(len(page.boxes), page.marked) for page in found.differences] == [(1, ())]
