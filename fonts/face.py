"""The five faces of Vidimus, read once and measured without any font library.

All are TrueType at 1000 units per em (`make_fonts.py`), so every number here is in thousandths of the font size.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from fonts.errors import FaceDamaged, GlyphMissing

HERE = Path(__file__).resolve().parent


class Face(StrEnum):
    """A face that ships with Vidimus; the value is its PostScript name and its file's stem."""

    SERIF = "VidimusSerif-Regular"
    SERIF_BOLD = "VidimusSerif-Bold"
    SERIF_ITALIC = "VidimusSerif-Italic"
    SANS = "VidimusSans-Regular"
    SANS_BOLD = "VidimusSans-Bold"


@dataclass(frozen=True, slots=True)
class LoadedFace:
    """A face in memory: its file, its letters and its measures per 1000 of the font size."""

    face: Face
    font_file: bytes
    glyph_ids: Mapping[str, int]
    advances: tuple[int, ...]
    ascent: int
    descent: int
    cap_height: int
    bbox: tuple[int, int, int, int]
    italic_angle: float
    weight_class: int

    def has(self, text: str) -> bool:
        """Tell whether every letter of `text` (composed, NFC) can be drawn."""
        return all(letter in self.glyph_ids for letter in unicodedata.normalize("NFC", text))

    def glyphs(self, text: str) -> list[int]:
        """Return the glyph ids of `text` after composing it (NFC).

        Raises:
            GlyphMissing: a letter is not in this face.
        """
        composed = unicodedata.normalize("NFC", text)
        self.check_drawable(composed)
        return [self.glyph_ids[letter] for letter in composed]

    def check_drawable(self, composed: str) -> frozenset[str]:
        """Return the letters of `composed` text, all of which this face can draw.

        Raises:
            GlyphMissing: a letter is not in this face; the message names its code point only.
        """
        letters = frozenset(composed)
        missing = sorted(letters - self.glyph_ids.keys())
        if missing:
            code_points = ", ".join(f"U+{ord(letter):04X}" for letter in missing[:5])
            raise GlyphMissing(
                f"{self.face.value} cannot draw {code_points}; replace the letter or add it to fonts/make_fonts.py"
            )
        return letters

    def text_width(self, text: str, size_pt: float) -> float:
        """Return how wide `text` is set at `size_pt`, in points.

        Raises:
            GlyphMissing: a letter is not in this face.
        """
        return sum(self.advances[glyph_id] for glyph_id in self.glyphs(text)) * size_pt / 1000


def load_face(face: Face) -> LoadedFace:
    """Read one of our faces; callers keep the answer, there is no cache here."""
    font_file = (HERE / f"{face.value}.ttf").read_bytes()
    tables = _tables(font_file)
    head, hhea, os2 = tables["head"], tables["hhea"], tables["OS/2"]
    (units_per_em,) = struct.unpack_from(">H", head, 18)
    if units_per_em != 1000:  # Widths in a PDF are per 1000; another unit would space the text wrongly.
        raise FaceDamaged(
            f"{face.value}.ttf has {units_per_em} units per em, not 1000; run `python -m fonts.make_fonts`"
        )
    (italic_angle,) = struct.unpack_from(">i", tables["post"], 4)
    return LoadedFace(
        face=face,
        font_file=font_file,
        glyph_ids=MappingProxyType(_read_cmap(tables["cmap"])),
        advances=_read_advances(tables),
        ascent=struct.unpack_from(">h", hhea, 4)[0],
        descent=struct.unpack_from(">h", hhea, 6)[0],
        cap_height=struct.unpack_from(">h", os2, 88)[0],
        bbox=struct.unpack_from(">4h", head, 36),
        italic_angle=italic_angle / 65536,
        weight_class=struct.unpack_from(">H", os2, 4)[0],
    )


def _tables(font_file: bytes) -> dict[str, bytes]:
    (count,) = struct.unpack_from(">H", font_file, 4)
    tables = {}
    for index in range(count):
        tag, _, offset, length = struct.unpack_from(">4sIII", font_file, 12 + 16 * index)
        tables[tag.decode("ascii")] = font_file[offset : offset + length]
    return tables


def _read_advances(tables: Mapping[str, bytes]) -> tuple[int, ...]:
    (glyph_count,) = struct.unpack_from(">H", tables["maxp"], 4)
    (metric_count,) = struct.unpack_from(">H", tables["hhea"], 34)
    advances = [struct.unpack_from(">H", tables["hmtx"], 4 * index)[0] for index in range(metric_count)]
    return tuple(advances + advances[-1:] * (glyph_count - metric_count))


def _read_cmap(cmap: bytes) -> dict[str, int]:
    """Return letter → glyph id from the Unicode BMP subtable, which is of format 4."""
    (count,) = struct.unpack_from(">H", cmap, 2)
    records = [struct.unpack_from(">HHI", cmap, 4 + 8 * index) for index in range(count)]
    start = next(offset for platform, encoding, offset in records if (platform, encoding) == (3, 1))
    subtable_format, _, _, doubled = struct.unpack_from(">HHHH", cmap, start)
    if subtable_format != 4:
        raise FaceDamaged(f"cmap subtable of format {subtable_format}, not 4; run `python -m fonts.make_fonts`")
    segments = doubled // 2
    ends_at = start + 14
    starts_at = ends_at + doubled + 2
    deltas_at = starts_at + doubled
    ranges_at = deltas_at + doubled
    glyph_ids: dict[str, int] = {}
    for index in range(segments):
        (last,) = struct.unpack_from(">H", cmap, ends_at + 2 * index)
        (first,) = struct.unpack_from(">H", cmap, starts_at + 2 * index)
        (delta,) = struct.unpack_from(">H", cmap, deltas_at + 2 * index)
        (range_offset,) = struct.unpack_from(">H", cmap, ranges_at + 2 * index)
        for code_point in range(first, last + 1):
            glyph_id = code_point
            if range_offset:
                at = ranges_at + 2 * index + range_offset + 2 * (code_point - first)
                (glyph_id,) = struct.unpack_from(">H", cmap, at)
            glyph_id = (glyph_id + delta) % 65536 if glyph_id or not range_offset else 0
            if glyph_id and code_point != 0xFFFF:
                glyph_ids[chr(code_point)] = glyph_id
    return glyph_ids
