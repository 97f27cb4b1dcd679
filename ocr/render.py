"""Draws pages for people, all in a child: a document's page, a scan's page, a scan's page with its words boxed."""

from __future__ import annotations

import math

from guard.errors import ChildFailed, ChildRefused
from guard.pool import SandboxPool
from guard.wire import Json, Payload
from ocr.errors import RenderFailed
from ocr.image_wire import image_header
from ocr.pages import Pages

RENDER_TASK = "render_page"
PREVIEW_TASK = "preview_page"
OVERLAY_TASK = "overlay_page"
CROP_TASK = "crop_page"


def render_page(pdf: Payload, page_index: int, *, dpi: int, sandbox: SandboxPool, mark: tuple[str, ...] = ()) -> bytes:
    """Return a page of a document as PNG, signatures and stamps included; `mark` is drawn over and over across it.

    Raises:
        RenderFailed: the page does not exist, is too large at this resolution, or the child failed.
        PoolBusy: the pool serves others; try again later.
    """
    header: dict[str, Json] = {"page_index": page_index, "dpi": dpi, "mark": list(mark)}
    return _call(sandbox, RENDER_TASK, header, payload=pdf, page_index=page_index)


def page_preview(pages: Pages, page_index: int, *, max_px: int, sandbox: SandboxPool) -> bytes:
    """Return a page of a scan, upright and straight, as JPEG with its longer side at most `max_px`.

    Raises:
        RenderFailed: the page does not exist or the child failed.
        PoolBusy: the pool serves others; try again later.
    """
    header, image_bytes = _scan_page(pages, page_index, max_px=max_px)
    return _call(sandbox, PREVIEW_TASK, header, payload=image_bytes, page_index=page_index)


def page_overlay(pages: Pages, page_index: int, *, max_px: int, sandbox: SandboxPool) -> bytes:
    """Return a page of a scan as PNG upright and straight, each word boxed: green sure, amber doubtful, red hardly read.

    Raises:
        RenderFailed: the page does not exist or the child failed.
        PoolBusy: the pool serves others; try again later.
    """
    header, image_bytes = _scan_page(pages, page_index, max_px=max_px)
    page = pages.pages[page_index]
    header["width_px_upright"] = page.width_px
    header["boxes"] = [[*word.box_px, word.confidence] for word in page.words]
    return _call(sandbox, OVERLAY_TASK, header, payload=image_bytes, page_index=page_index)


def page_crop(
    pages: Pages, page_index: int, box_px: tuple[float, float, float, float], *, max_px: int, sandbox: SandboxPool
) -> bytes:
    """Return a part of a page as PNG, for example one of `quality.worst_lines`.

    Raises:
        RenderFailed: the page does not exist, the box holds nothing of it, or the child failed.
        PoolBusy: the pool serves others; try again later.
    """
    header, image_bytes = _scan_page(pages, page_index, max_px=max_px)
    left, top, right, bottom = box_px
    if not (math.isfinite(sum(box_px)) and left < right and top < bottom):
        raise RenderFailed(f"nothing of page {page_index + 1} was drawn: the box is empty")
    header |= {"width_px_upright": pages.pages[page_index].width_px, "left": left, "top": top, "right": right}
    header["bottom"] = bottom
    return _call(sandbox, CROP_TASK, header, payload=image_bytes, page_index=page_index)


def _scan_page(pages: Pages, page_index: int, *, max_px: int) -> tuple[dict[str, Json], bytes]:
    if not 0 <= page_index < len(pages.pages):
        raise RenderFailed(f"there is no page {page_index + 1}; the scan has {len(pages.pages)}")
    page, image = pages.pages[page_index], pages.scan.pages[page_index].image
    header: dict[str, Json] = {
        **image_header(image),
        "quarter_turns": page.quarter_turns,
        "skew_degrees": page.skew_degrees,
        "max_px": max_px,
    }
    return header, image.image_bytes


def _call(sandbox: SandboxPool, task: str, header: dict[str, Json], *, payload: Payload, page_index: int) -> bytes:
    try:
        reply = sandbox.call(task, header, [payload])
    except ChildRefused as exc:
        raise RenderFailed(f"page {page_index + 1} was not drawn: {exc.message}") from exc
    except ChildFailed as exc:
        raise RenderFailed(f"page {page_index + 1} was not drawn: {exc}") from exc
    if len(reply.payloads) != 1:
        raise RenderFailed(f"page {page_index + 1} was not drawn: the child answered without an image")
    return reply.payloads[0]
