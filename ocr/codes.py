"""Reads QR codes, barcodes and machine-readable zones of read pages, in the child that holds their images."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from guard.errors import ChildFailed, ChildRefused
from guard.pool import SandboxPool
from guard.wire import Json
from ocr.errors import OcrEngineFailed
from ocr.image_wire import image_header
from ocr.machine_codes import MachineCode, code_from_json
from ocr.pages import Pages, ReadPage, Word
from ocr.scan import PageImage

CODES_TASK: Final = "read_codes"
_FILLERS: Final = re.compile(r"[<«‹]")
_LEAST_LETTERS: Final = 22
_MARGIN_HEIGHTS: Final = 0.6


def read_codes(pages: Pages, *, sandbox: SandboxPool) -> Pages:
    """Return the pages with the codes printed on them.

    Raises:
        OcrEngineFailed: a page could not be looked through.
        PoolBusy: the pool serves others; try again later.
    """
    read = [
        replace(page, codes=_codes_of(page, scanned.image, sandbox=sandbox))
        for page, scanned in zip(pages.pages, pages.scan.pages, strict=True)
    ]
    return replace(pages, pages=tuple(read))


def _codes_of(page: ReadPage, image: PageImage, *, sandbox: SandboxPool) -> tuple[MachineCode, ...]:
    zone = mrz_zone(page)
    header: dict[str, Json] = {
        **image_header(image),
        "quarter_turns": page.quarter_turns,
        "skew_degrees": page.skew_degrees,
        "width_px_upright": page.width_px,
        "mrz_box": None if zone is None else [*zone],
    }
    try:
        reply = sandbox.call(CODES_TASK, header, [image.image_bytes])
        return tuple(code_from_json(row) for row in _rows(reply.header))
    except (ChildRefused, ChildFailed) as exc:
        raise OcrEngineFailed(f"page {page.page_index + 1} was not looked through for codes: {exc}") from exc
    except (KeyError, TypeError, ValueError) as exc:
        # What a child says is checked like any stranger's word; its text is not repeated.
        raise OcrEngineFailed(f"the codes of page {page.page_index + 1} have not the agreed form") from exc


def _rows(answer: Mapping[str, Any]) -> list[Any]:
    rows = answer["codes"]
    if not isinstance(rows, list):
        raise TypeError("codes are a list")
    return rows


def mrz_zone(page: ReadPage) -> tuple[float, float, float, float] | None:
    """Return the box around lines that look like a machine-readable zone, or None."""
    lines = [line for line in page.lines if _is_zone_line(line)]
    if not lines:
        return None
    words = [word for line in lines for word in line]
    height = max(word.box_px[3] - word.box_px[1] for word in words)
    # A line of the zone that was torn apart is found again: the box reaches a line up and down.
    margin = _MARGIN_HEIGHTS * height + (2.2 * height if len(lines) < 3 else 0.0)
    left, right = min(word.box_px[0] for word in words), max(word.box_px[2] for word in words)
    top, bottom = min(word.box_px[1] for word in words), max(word.box_px[3] for word in words)
    return (
        max(0.0, left - 2 * height),
        max(0.0, top - margin),
        min(float(page.width_px), right + 2 * height),
        min(float(page.height_px), bottom + margin),
    )


def _is_zone_line(line: tuple[Word, ...]) -> bool:
    text = "".join(word.text for word in line)
    return len(text) >= _LEAST_LETTERS and (len(_FILLERS.findall(text)) >= 2 or text.startswith(("IDVNM", "P<")))
