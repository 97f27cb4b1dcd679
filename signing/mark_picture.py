"""What a mark may show beside its words: the picture of a seal with its transparency, and a QR code."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from typing import Self

import segno
from PIL import Image
from pyhanko.pdf_utils import generic

from signing.errors import MarkUnusable
from signing.mark_fonts import RawObject
from signing.reading import RevisionWriter

_MAX_BYTES = 4 * 1024 * 1024
_MAX_PIXELS = 4_000_000
_QUIET_MODULES = 4
# 0.45 mm: more than three dots of a 200-dpi printer, so that a reprint can still be read.
SMALLEST_MODULE_PT = 1.28


@dataclass(frozen=True, slots=True)
class SealImage:
    """A seal's picture, decoded and compressed once; kept by the caller for every mark."""

    width_px: int
    height_px: int
    colours: bytes
    alpha: bytes | None

    @classmethod
    def load(cls, picture: bytes) -> Self:
        """Read a PNG or JPEG that the agency itself has configured.

        Raises:
            MarkUnusable: no such picture, or too large.
        """
        if len(picture) > _MAX_BYTES:
            raise MarkUnusable(f"the seal's picture has {len(picture)} bytes; at most {_MAX_BYTES} are taken")
        try:
            with Image.open(io.BytesIO(picture), formats=("PNG", "JPEG")) as image:
                if image.width * image.height > _MAX_PIXELS:
                    raise MarkUnusable(
                        f"the seal's picture has {image.width} × {image.height} pixels; at most {_MAX_PIXELS} are taken"
                    )
                pixels = image.convert("RGBA")
        except (OSError, ValueError, SyntaxError) as exc:
            raise MarkUnusable("the seal's picture is no PNG or JPEG that can be read; save it again as PNG") from exc
        alpha = pixels.getchannel("A")
        is_opaque = alpha.getextrema() == (255, 255)
        return cls(
            width_px=pixels.width,
            height_px=pixels.height,
            colours=zlib.compress(pixels.convert("RGB").tobytes(), 9),
            alpha=None if is_opaque else zlib.compress(alpha.tobytes(), 9),
        )

    def add_to(self, writer: RevisionWriter) -> generic.IndirectObject:
        """Add the image with its soft mask and return the reference to it."""
        mask = b""
        if self.alpha is not None:
            reference = writer.add_object(RawObject(self._image(self.alpha, b"/DeviceGray", b"")))
            mask = b"/SMask %d %d R " % (reference.idnum, reference.generation)
        return writer.add_object(RawObject(self._image(self.colours, b"/DeviceRGB", mask)))

    def _image(self, packed: bytes, colour_space: bytes, more: bytes) -> bytes:
        head = b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace %b %b"
        filled = head % (self.width_px, self.height_px, colour_space, more)
        return b"%b/Filter /FlateDecode /Length %d >>\nstream\n%b\nendstream" % (filled, len(packed), packed)


def draw_qr(text: str, *, left_pt: float, bottom_pt: float, side_pt: float) -> list[str]:
    """Return the drawing of a QR code with its quiet zone inside a square.

    Raises:
        MarkUnusable: the square is too small for a reprint at 200 dpi, or the text too long for any code.
    """
    matrix = _matrix(text)
    modules = len(matrix) + 2 * _QUIET_MODULES
    module_pt = side_pt / modules
    if module_pt < SMALLEST_MODULE_PT:
        needed_pt = modules * SMALLEST_MODULE_PT
        raise MarkUnusable(
            f"a QR code of {side_pt:.0f} pt could not be read from a 200-dpi print; it needs {needed_pt:.0f} pt"
        )
    parts = [f"1 g {left_pt:.3f} {bottom_pt:.3f} {side_pt:.3f} {side_pt:.3f} re f 0 g"]
    for row_index, row in enumerate(matrix):
        y = bottom_pt + side_pt - (row_index + 1 + _QUIET_MODULES) * module_pt
        for start, length in _runs(row):
            x = left_pt + (start + _QUIET_MODULES) * module_pt
            parts.append(f"{x:.3f} {y:.3f} {length * module_pt:.3f} {module_pt:.3f} re")
    return [*parts, "f"]


def qr_side_pt(text: str) -> float:
    """Return the side of the smallest square from which the code can be read after a reprint at 200 dpi.

    Raises:
        MarkUnusable: the text is too long for any code.
    """
    return (len(_matrix(text)) + 2 * _QUIET_MODULES) * SMALLEST_MODULE_PT + 0.01


def _matrix(text: str) -> tuple[bytearray, ...]:
    try:
        return tuple(bytearray(row) for row in segno.make(text, error="m", micro=False).matrix)
    except (segno.DataOverflowError, ValueError) as exc:
        raise MarkUnusable("the text does not fit a QR code; shorten the address") from exc


def _runs(row: bytes | bytearray) -> list[tuple[int, int]]:
    """Return (start, length) of each dark stretch: fewer rectangles, and no hairlines between neighbours."""
    found: list[tuple[int, int]] = []
    start: int | None = None
    for index, module in enumerate([*row, 0]):
        if module and start is None:
            start = index
        elif not module and start is not None:
            found.append((start, index - start))
            start = None
    return found
