"""Compare what two states of a file look like, page by page, and box the regions that differ.

It answers where the proof over objects cannot: not whether something was changed, but whether anybody could see it
outside the places that were allowed to change. Runs in the child, with bounded pages and pixels.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import pypdfium2
import pypdfium2.raw as raw
from PIL import Image, ImageChops, ImageDraw

from signing.verify.report import Box

MAX_PAGES = 40
MAX_PIXELS = 1_200_000
_SCALE = 96 / 72
_CELL = 12
"""Side of a cell in pixels: regions are boxed in cells, so that letters of one word make one box."""
_EDGE = 2
"""Pixels around an allowed box that smoothing may touch."""
_THRESHOLD = 2
_DRAWN_FORMS = (raw.FORMTYPE_ACRO_FORM,)
_INK = 8
MAX_BOXES = 12
MAX_GROUPS = 200
_JPEG_QUALITY = 82

Pixels: TypeAlias = tuple[int, int, int, int]
Part: TypeAlias = tuple[float, float, float, float]
"""Left, top, right and bottom as parts of a picture's width and height, from its upper left corner."""


@dataclass(frozen=True, slots=True)
class PageDifference:
    """One page that looks different; `outside` are the boxes where nothing was allowed to change.

    `marked` are the boxes of `outside` as they lie on both pictures.
    """

    page_number: int
    boxes: tuple[Box, ...]
    outside: tuple[Box, ...]
    covers_ink: bool
    marked: tuple[Part, ...] = ()
    before_jpeg: bytes = field(default=b"", repr=False)
    after_jpeg: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class RenderedComparison:
    """What two states look like beside each other; `is_complete` when every page asked for could be compared."""

    is_complete: bool
    differences: tuple[PageDifference, ...]

    @property
    def is_confined(self) -> bool:
        """True when nothing changed outside the allowed places, on any page."""
        return self.is_complete and not any(one.outside for one in self.differences)

    @property
    def covers_ink(self) -> bool:
        """True when something that could be seen before was changed."""
        return any(one.covers_ink for one in self.differences)


NOT_RENDERED = RenderedComparison(is_complete=False, differences=())


def compare_rendering(
    before: bytes,
    after: bytes,
    *,
    pages: Sequence[int] | None,
    allowed: Mapping[int, Sequence[Box]],
    with_images: bool = False,
    max_pages: int = MAX_PAGES,
) -> RenderedComparison:
    """Render the pages (0-based; None for all) of both states and compare them.

    `allowed` holds the boxes of each page whose pixels may change: a signature's or a form field's own place.
    """
    try:
        with pypdfium2.PdfDocument(before) as old, pypdfium2.PdfDocument(after) as new:
            for document in (old, new):
                # Without it pdfium leaves out the appearance of every field, signatures included. XFA is never drawn.
                if document.get_formtype() in _DRAWN_FORMS:
                    document.init_forms()
            wanted = range(max(len(old), len(new))) if pages is None else pages
            is_complete = len(old) == len(new) and len(wanted) <= max_pages
            found = [
                _compare_page(old[index], new[index], index, allowed.get(index, ()), with_images=with_images)
                for index in wanted[:max_pages]
                if index < min(len(old), len(new))
            ]
    except (pypdfium2.PdfiumError, ValueError):
        return NOT_RENDERED
    return RenderedComparison(is_complete, tuple(one for one in found if one is not None))


def _compare_page(
    old: pypdfium2.PdfPage, new: pypdfium2.PdfPage, index: int, allowed: Sequence[Box], *, with_images: bool
) -> PageDifference | None:
    before, after = _render(old), _render(new)
    image, changed_image = before.to_pil().convert("RGB"), after.to_pil().convert("RGB")
    if image.size != changed_image.size:
        whole: Box = (0.0, 0.0, *new.get_size())
        found = PageDifference(index + 1, (whole,), (whole,), covers_ink=True, marked=((0.0, 0.0, 1.0, 1.0),))
        return _with_pictures(found, image, changed_image) if with_images else found
    changed = _changed_pixels(image, changed_image)
    if changed.getbbox() is None:
        return None
    place = after.get_posconv(new)
    ink = ImageChops.multiply(changed, _ink(image))
    outside = changed.copy()
    drawing = ImageDraw.Draw(outside)
    for left, bottom, right, top in allowed:
        corners = [place.to_bitmap(left, bottom), place.to_bitmap(right, top)]
        (x0, x1), (y0, y1) = (sorted(axis) for axis in zip(*corners, strict=True))
        drawing.rectangle((x0 - _EDGE, y0 - _EDGE, x1 + _EDGE, y1 + _EDGE), fill=0)
    beyond = _regions(outside)
    found = PageDifference(
        index + 1,
        tuple(_to_page(place, box) for box in _regions(changed)),
        tuple(_to_page(place, box) for box in beyond),
        covers_ink=ink.getbbox() is not None,
        marked=tuple(_to_part(box, image.size) for box in beyond),
    )
    return _with_pictures(found, image, changed_image) if with_images else found


def _with_pictures(found: PageDifference, before: Image.Image, after: Image.Image) -> PageDifference:
    return replace(found, before_jpeg=_jpeg(before), after_jpeg=_jpeg(after))


def _render(page: pypdfium2.PdfPage) -> pypdfium2.PdfBitmap:
    width, height = page.get_size()
    area = max(width * height, 1.0)
    scale = min(_SCALE, (MAX_PIXELS / area) ** 0.5)
    return page.render(scale=scale, rev_byteorder=True, may_draw_forms=True)


def _changed_pixels(before: Image.Image, after: Image.Image) -> Image.Image:
    """White where any colour differs by more than rounding."""
    bands = ImageChops.difference(before, after).split()
    strongest = bands[0]
    for band in bands[1:]:
        strongest = ImageChops.lighter(strongest, band)
    return strongest.point([255 if value > _THRESHOLD else 0 for value in range(256)])


def _ink(image: Image.Image) -> Image.Image:
    """White where something other than paper was shown."""
    return image.convert("L").point([255 if value < 255 - _INK else 0 for value in range(256)])


def _regions(changed: Image.Image) -> list[Pixels]:
    """Group changed pixels into at most `MAX_BOXES` rectangles of pixels that do not overlap."""
    if changed.getbbox() is None:
        return []
    width, height = -(-changed.width // _CELL), -(-changed.height // _CELL)
    padded = Image.new("L", (width * _CELL, height * _CELL))
    padded.paste(changed)
    # A mean rounds one changed pixel in a cell down to 2, never to 0.
    cells = padded.reduce(_CELL)
    marked = {(at % width, at // width) for at, value in enumerate(cells.tobytes()) if value}
    side = _CELL
    # Many small changes are boxed coarser and coarser: in the end one cell holds the whole page.
    while (
        len(boxes := [_grow(group, side) for group in _groups(marked)]) > MAX_GROUPS or len(_apart(boxes)) > MAX_BOXES
    ):
        marked, side = {(column // 2, row // 2) for column, row in marked}, side * 2
    return [
        (left, top, min(right, changed.width), min(bottom, changed.height))
        for left, top, right, bottom in _apart(boxes)
    ]


def _apart(boxes: Sequence[Pixels]) -> list[Pixels]:
    """Merge boxes that overlap, from the top of the page to its foot."""
    merged: list[Pixels] = []
    for one in boxes:
        box = one
        while met := [other for other in merged if _overlap(box, other)]:
            box = _around([box, *met])
            merged = [other for other in merged if other not in met]
        merged.append(box)
    return sorted(merged, key=lambda box: (box[1], box[0]))


def _overlap(one: Pixels, other: Pixels) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _around(boxes: Sequence[Pixels]) -> Pixels:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _groups(marked: set[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Give the cells that touch each other, together."""
    left = set(marked)
    while left:
        waiting = [left.pop()]
        group: list[tuple[int, int]] = []
        while waiting:
            column, row = waiting.pop()
            group.append((column, row))
            around = {(column + across, row + down) for across in (-2, -1, 0, 1, 2) for down in (-1, 0, 1)} & left
            left -= around
            waiting.extend(around)
        yield group


def _grow(group: list[tuple[int, int]], side: int) -> Pixels:
    columns, rows = [column for column, _ in group], [row for _, row in group]
    return min(columns) * side, min(rows) * side, (max(columns) + 1) * side, (max(rows) + 1) * side


def _to_part(box: Pixels, size: tuple[int, int]) -> Part:
    left, top, right, bottom = box
    return left / size[0], top / size[1], right / size[0], bottom / size[1]


def _to_page(place: pypdfium2.PdfPosConv, box: Pixels) -> Box:
    corners = [place.to_page(box[0], box[1]), place.to_page(box[2], box[3])]
    (left, right), (bottom, top) = (sorted(axis) for axis in zip(*corners, strict=True))
    return round(left, 1), round(bottom, 1), round(right, 1), round(top, 1)


def _jpeg(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, format="JPEG", quality=_JPEG_QUALITY)
    return target.getvalue()
