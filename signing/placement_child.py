"""The child's side of placing a mark: the rasteriser meets a document only here."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from guard.child import Task
from guard.errors import TaskRefused
from guard.wire import Json, Reply
from signing.free_space import CLEARANCE_PT, Mask, ShownPage, content_mask, find_room
from signing.looks import NO_ROOM, Zone

UNREADABLE, NO_PAGE = "UNREADABLE", "NO_PAGE"
# The page is drawn twice as fine as it is searched, so that a hairline is seen.
_OVERSAMPLING = 2
_MOST_POINTS = 6000


def place(header: Mapping[str, Json], payloads: tuple[bytes, ...]) -> Reply:
    """Find room for a mark of `width_pt` by `height_pt` on one page; -1 is the last page.

    Raises:
        TaskRefused: the document does not open, has no such page, or the page has no room.
    """
    width, height = math.ceil(_number(header, "width_pt")), math.ceil(_number(header, "height_pt"))
    try:
        document = pypdfium2.PdfDocument(payloads[0])
    except pypdfium2.PdfiumError as exc:
        raise TaskRefused(UNREADABLE, "the document does not open") from exc
    page_index = int(_number(header, "page_index"))
    page_index = len(document) - 1 if page_index == -1 else page_index
    if not 0 <= page_index < len(document):
        raise TaskRefused(NO_PAGE, f"there is no page {page_index + 1}; the document has {len(document)}")
    # Without the form environment pdfium leaves signature appearances out.
    document.init_forms()
    page = document[page_index]
    shown = _shown(page)
    mask = _mask(page, shown)
    found = find_room(mask, width=width, height=height, zone=Zone(str(header["zone"])))
    size = [float(side) for side in shown.size_pt]
    if found is None:
        raise TaskRefused(NO_ROOM, f"page {page_index + 1} has no free room of {width} × {height} pt where it belongs")
    return Reply({"page_index": page_index, "box": list(shown.to_user_space(found)), "size": size})


def size_of_last_page(_header: Mapping[str, Json], payloads: tuple[bytes, ...]) -> Reply:
    """Give the shown size of the last page, so that a page to be added is like it.

    Raises:
        TaskRefused: the document does not open.
    """
    try:
        document = pypdfium2.PdfDocument(payloads[0])
        page = document[len(document) - 1]
    except (pypdfium2.PdfiumError, IndexError) as exc:
        raise TaskRefused(UNREADABLE, "the document does not open") from exc
    return Reply({"size": [float(side) for side in _shown(page).size_pt]})


def _shown(page: pypdfium2.PdfPage) -> ShownPage:
    media, crop = page.get_mediabox(fallback_ok=True), page.get_cropbox(fallback_ok=True)
    box = (
        max(min(crop[0], crop[2]), min(media[0], media[2])),
        max(min(crop[1], crop[3]), min(media[1], media[3])),
        min(max(crop[0], crop[2]), max(media[0], media[2])),
        min(max(crop[1], crop[3]), max(media[1], media[3])),
    )
    shown = ShownPage(box, page.get_rotation() % 360)
    width, height = shown.size_pt
    drawn_width, drawn_height = page.get_size()
    # Where our reckoning and the rasteriser disagree about the page, a place would be somewhere else.
    if abs(width - drawn_width) > 1 or abs(height - drawn_height) > 1 or min(width, height) < 1:
        raise TaskRefused(UNREADABLE, "the page's boxes contradict each other")
    if max(width, height) > _MOST_POINTS:
        raise TaskRefused(UNREADABLE, f"a page of {width:.0f} × {height:.0f} pt is too large to be searched")
    return shown


def _mask(page: pypdfium2.PdfPage, shown: ShownPage) -> Mask:
    pixels = page.render(scale=_OVERSAMPLING, may_draw_forms=True).to_numpy()
    fine = content_mask(np.asarray(pixels, dtype=np.uint8))
    rows, columns = fine.shape[0] // _OVERSAMPLING, fine.shape[1] // _OVERSAMPLING
    cells = fine[: rows * _OVERSAMPLING, : columns * _OVERSAMPLING]
    mask: Mask = np.asarray(cells.reshape(rows, _OVERSAMPLING, columns, _OVERSAMPLING).any(axis=(1, 3)))
    # An empty signature field shows nothing and is taken all the same.
    for box in _annotation_boxes(page):
        left, top, right, bottom = shown.to_shown(box)
        mask[
            max(math.floor(top) - CLEARANCE_PT, 0) : max(math.ceil(bottom) + CLEARANCE_PT, 0),
            max(math.floor(left) - CLEARANCE_PT, 0) : max(math.ceil(right) + CLEARANCE_PT, 0),
        ] = True
    return mask


def _annotation_boxes(page: pypdfium2.PdfPage) -> Iterator[tuple[float, float, float, float]]:
    for index in range(pdfium.FPDFPage_GetAnnotCount(page.raw)):
        annotation = pdfium.FPDFPage_GetAnnot(page.raw, index)
        if not annotation:
            continue
        try:
            box = pdfium.FS_RECTF()
            if pdfium.FPDFAnnot_GetRect(annotation, ctypes.byref(box)):
                sides = (box.left, box.bottom, box.right, box.top)
                yield (
                    min(sides[0], sides[2]),
                    min(sides[1], sides[3]),
                    max(sides[0], sides[2]),
                    max(sides[1], sides[3]),
                )
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)


def _number(header: Mapping[str, Json], key: str) -> float:
    value: Any = header[key]
    return float(value)


TASKS: Mapping[str, Task] = {"place": place, "size_of_last_page": size_of_last_page}
