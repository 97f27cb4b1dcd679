"""Draws pages for people: a page of a document as PNG, a page of a scan as a small JPEG. All in a child."""

from __future__ import annotations

from guard.errors import ChildFailed, ChildRefused
from guard.pool import SandboxPool
from guard.wire import Json
from ocr.errors import RenderFailed
from ocr.image_wire import image_header
from ocr.pages import Pages

RENDER_TASK = "render_page"
PREVIEW_TASK = "preview_page"


def render_page(pdf: bytes, page_index: int, *, dpi: int, sandbox: SandboxPool) -> bytes:
    """Return a page of a document as PNG, signatures and stamps included.

    Raises:
        RenderFailed: the page does not exist, is too large at this resolution, or the child failed.
        PoolBusy: the pool serves others; try again later.
    """
    return _call(sandbox, RENDER_TASK, {"page_index": page_index, "dpi": dpi}, payload=pdf, page_index=page_index)


def page_preview(pages: Pages, page_index: int, *, max_px: int, sandbox: SandboxPool) -> bytes:
    """Return a page of a scan, upright and straight, as JPEG with its longer side at most `max_px`.

    Raises:
        RenderFailed: the page does not exist or the child failed.
        PoolBusy: the pool serves others; try again later.
    """
    if not 0 <= page_index < len(pages.pages):
        raise RenderFailed(f"there is no page {page_index + 1}; the scan has {len(pages.pages)}")
    page, image = pages.pages[page_index], pages.scan.pages[page_index].image
    header: dict[str, Json] = {
        **image_header(image),
        "quarter_turns": page.quarter_turns,
        "skew_degrees": page.skew_degrees,
        "max_px": max_px,
    }
    return _call(sandbox, PREVIEW_TASK, header, payload=image.image_bytes, page_index=page_index)


def _call(sandbox: SandboxPool, task: str, header: dict[str, Json], *, payload: bytes, page_index: int) -> bytes:
    try:
        reply = sandbox.call(task, header, [payload])
    except ChildRefused as exc:
        raise RenderFailed(f"page {page_index + 1} was not drawn: {exc.message}") from exc
    except ChildFailed as exc:
        raise RenderFailed(f"page {page_index + 1} was not drawn: {exc}") from exc
    if len(reply.payloads) != 1:
        raise RenderFailed(f"page {page_index + 1} was not drawn: the child answered without an image")
    return reply.payloads[0]
