"""Carries a page image over the wire to a child: its facts in the header, its bytes as the payload."""

from __future__ import annotations

from collections.abc import Mapping

from guard.errors import TaskRefused
from guard.wire import Json
from ocr.errors import IntakeCode
from ocr.scan import ImageEncoding, PageImage

LANGUAGE_MISSING = "LANGUAGE_MISSING"
ENGINE_FAILED = "ENGINE_FAILED"


def image_header(image: PageImage) -> dict[str, Json]:
    """Return the facts of an image as a header; its bytes travel as the first payload."""
    return {
        "encoding": image.encoding.value,
        "width_px": image.width_px,
        "height_px": image.height_px,
        "bits_per_component": image.bits_per_component,
        "components": image.components,
        "black_is_1": image.black_is_1,
    }


def image_from_header(header: Mapping[str, Json], payloads: tuple[bytes, ...]) -> PageImage:
    """Return the image that was sent.

    Raises:
        TaskRefused: the header is not that of an image.
    """
    if len(payloads) != 1:
        raise TaskRefused(IntakeCode.CORRUPT_FILE, f"one image was expected, {len(payloads)} came")
    try:
        encoding = ImageEncoding(str(header.get("encoding")))
    except ValueError as exc:
        raise TaskRefused(IntakeCode.UNSUPPORTED_IMAGE, "the image is in no encoding that is known here") from exc
    return PageImage(
        encoding=encoding,
        image_bytes=payloads[0],
        width_px=int(number(header, "width_px")),
        height_px=int(number(header, "height_px")),
        bits_per_component=int(number(header, "bits_per_component")),
        components=int(number(header, "components")),
        black_is_1=header.get("black_is_1") is True,
    )


def number(header: Mapping[str, Json], name: str) -> float:
    """Return a number of a header.

    Raises:
        TaskRefused: it is absent or no number.
    """
    value = header.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TaskRefused(IntakeCode.CORRUPT_FILE, f"the header lacks the number {name}")
    return float(value)
