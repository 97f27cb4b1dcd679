"""The tasks of intake that run inside the child: look a file over, then give its pages in small batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from guard.child import Task
from guard.errors import TaskRefused
from guard.wire import Json, Reply
from ocr.errors import ScanRefused
from ocr.image_wire import image_header
from ocr.intake_limits import IntakeLimits, limits_from_header
from ocr.pdf_input import check_pdf_pages, take_pdf_page
from ocr.pdf_policy import open_pdf
from ocr.picture import TakenPages, take_jpeg, take_png
from ocr.scan import ScanPage
from ocr.tiff import take_tiff_page, tiff_pages


def intake_inspect(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    """Count the pages of a file after every check that needs no pixels."""
    return _refusing(lambda: Reply({"page_count": _count_pages(header["media_type"], payloads[0], _limits(header))}))


def intake_pages(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    """Take the pages from `first` up to `last`, exclusive."""
    wanted = range(header["first"], header["last"])
    return _refusing(lambda: _reply(_take(header["media_type"], payloads[0], wanted=wanted, limits=_limits(header))))


def _refusing(task: Callable[[], Reply]) -> Reply:
    try:
        return task()
    except ScanRefused as refusal:
        raise TaskRefused(refusal.code.value, str(refusal)) from refusal


def _limits(header: dict[str, Any]) -> IntakeLimits:
    return limits_from_header(header["limits"])


def _count_pages(media_type: str, upload: bytes, limits: IntakeLimits) -> int:
    match media_type:
        case "application/pdf":
            with open_pdf(upload, limits=limits) as opened:
                return check_pdf_pages(opened, limits=limits)
        case "image/tiff":
            return len(tiff_pages(upload, limits=limits))
    return 1


def _take(media_type: str, upload: bytes, *, wanted: range, limits: IntakeLimits) -> list[TakenPages]:
    match media_type:
        case "application/pdf":
            with open_pdf(upload, limits=limits) as opened:
                return [take_pdf_page(opened, upload, page_index=index, limits=limits) for index in wanted]
        case "image/tiff":
            pages = tiff_pages(upload, limits=limits)
            return [take_tiff_page(upload, pages[index], page_index=index, limits=limits) for index in wanted]
        case "image/png":
            return [take_png(upload, limits=limits)]
    return [take_jpeg(upload, limits=limits)]


def _reply(taken: list[TakenPages]) -> Reply:
    pages = [page for some in taken for page in some.pages]
    warnings = list(dict.fromkeys(warning for some in taken for warning in some.warnings))
    described: list[Json] = [_describe(page) for page in pages]
    return Reply({"pages": described, "warnings": warnings}, tuple(page.image.image_bytes for page in pages))


def _describe(page: ScanPage) -> dict[str, Json]:
    return {
        "image": image_header(page.image),
        "page_index": page.page_index,
        "dpi": page.dpi,
        "is_colour": page.is_colour,
        "quarter_turns": page.quarter_turns,
        "is_phone_photo": page.is_phone_photo,
        "outline_rectified": page.outline_rectified,
        "layer_text": page.layer_text,
    }


TASKS: Mapping[str, Task] = {"intake_inspect": intake_inspect, "intake_pages": intake_pages}
