"""Checks that text can be drawn and copied without the machine's fonts: embedded, measured alike, mapped to Unicode."""

from __future__ import annotations

import struct

import pikepdf

from ocr.errors import PdfaViolation
from ocr.pdfa_check_objects import read_stream

_TRUETYPE = b"\0\1\0\0"
_NEEDED_TABLES = (b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp")
_WIDTH_TOLERANCE = 1.0
_DEFAULT_WIDTH = 1000


def check_font(font: pikepdf.Object, *, role: str) -> None:
    """Check a composite font with a TrueType program, the one kind that we and our signatures write.

    Raises:
        PdfaViolation: a rule is broken.
    """
    if not _is_named(font, "/Type", "/Font") or not _is_named(font, "/Subtype", "/Type0"):
        raise PdfaViolation(f"a font of {role} is no composite font; write the document again")
    if not isinstance(font.get("/ToUnicode"), pikepdf.Stream):
        raise PdfaViolation(f"a font of {role} has no ToUnicode map; its text could not be copied")
    if b"begincmap" not in read_stream(font["/ToUnicode"], role=f"a ToUnicode map of {role}"):
        raise PdfaViolation(f"a ToUnicode map of {role} is none; its text could not be copied")
    descendants = font.get("/DescendantFonts")
    if not _is_named(font, "/Encoding", "/Identity-H") or not isinstance(descendants, pikepdf.Array):
        raise PdfaViolation(f"a font of {role} is not addressed by glyph numbers; write the document again")
    if len(descendants) != 1 or font.get("/BaseFont") != descendants[0].get("/BaseFont"):
        raise PdfaViolation(f"a font of {role} and its descendant do not belong together")
    _check_descendant(descendants[0], role=role)


def _check_descendant(descendant: pikepdf.Object, *, role: str) -> None:
    if not _is_named(descendant, "/Type", "/Font") or not _is_named(descendant, "/Subtype", "/CIDFontType2"):
        raise PdfaViolation(f"a font of {role} holds no TrueType program; write the document again")
    system = descendant.get("/CIDSystemInfo", pikepdf.Dictionary())
    if [str(system.get(key, "")) for key in ("/Registry", "/Ordering", "/Supplement")] != ["Adobe", "Identity", "0"]:
        raise PdfaViolation(f"a font of {role} numbers its glyphs in a way nobody here writes")
    descriptor = descendant.get("/FontDescriptor", pikepdf.Dictionary())
    if not isinstance(descriptor.get("/FontFile2"), pikepdf.Stream):
        raise PdfaViolation(f"a font of {role} is not embedded; embed it with fonts.embed")
    if not _is_named(descriptor, "/Type", "/FontDescriptor") or "/FontName" not in descriptor:
        raise PdfaViolation(f"a font of {role} is not described; write the document again")
    if not isinstance(descendant.get("/BaseFont"), pikepdf.Name) or "/Flags" not in descriptor:
        raise PdfaViolation(f"a font of {role} has no name or no flags; write the document again")
    advances = _advances(read_stream(descriptor["/FontFile2"], role=f"a font file of {role}"), role=role)
    glyph_ids = _glyph_ids(descendant.get("/CIDToGIDMap"), glyph_count=len(advances), role=role)
    _check_widths(descendant, advances=advances, glyph_ids=glyph_ids, role=role)


def _glyph_ids(mapping: object, *, glyph_count: int, role: str) -> list[int]:
    """Return the glyph of each code."""
    if isinstance(mapping, pikepdf.Name) and str(mapping) == "/Identity":
        return list(range(glyph_count))
    if isinstance(mapping, pikepdf.Stream):
        packed = read_stream(mapping, role=f"a glyph map of {role}")
        if packed and len(packed) % 2 == 0:
            return list(struct.unpack(f">{len(packed) // 2}H", packed))
    raise PdfaViolation(f"a font of {role} does not say which glyph a code draws; write the document again")


def _check_widths(descendant: pikepdf.Object, *, advances: list[float], glyph_ids: list[int], role: str) -> None:
    """Compare the widths the document states with those of the font program (ISO 19005-2, 6.2.11.5)."""
    default = float(descendant.get("/DW", _DEFAULT_WIDTH))
    stated = _stated_widths(descendant.get("/W", pikepdf.Array()), role=role)
    # The blank font is told by its default alone; a font that lists widths lists those of every glyph it draws.
    codes = stated if stated else dict.fromkeys(range(1, len(glyph_ids)), default)
    if not stated and "/DW" not in descendant:
        raise PdfaViolation(f"a font of {role} states no widths; write the document again")
    for code, width in codes.items():
        if not 0 <= code < len(glyph_ids) or not 0 <= glyph_ids[code] < len(advances):
            raise PdfaViolation(f"a font of {role} states widths of glyphs it does not have")
        if abs(width - advances[glyph_ids[code]]) > _WIDTH_TOLERANCE:
            raise PdfaViolation(f"a font of {role} states other widths than its program draws")


def _stated_widths(rows: object, *, role: str) -> dict[int, float]:
    """Read the one form of /W that we write: a code and the widths from there on."""
    if not isinstance(rows, pikepdf.Array) or len(rows) % 2:
        raise PdfaViolation(f"the widths of a font of {role} are no list; write the document again")
    stated: dict[int, float] = {}
    for index in range(0, len(rows), 2):
        first, widths = int(rows[index]), rows[index + 1]
        if not isinstance(widths, pikepdf.Array):
            raise PdfaViolation(f"the widths of a font of {role} are no list; write the document again")
        stated |= {first + offset: float(width) for offset, width in enumerate(widths)}
    return stated


def _advances(program: bytes, *, role: str) -> list[float]:
    """Return the advance of each glyph in thousandths of an em."""
    broken = PdfaViolation(f"a font file of {role} is no TrueType program; write the document again")
    if program[:4] != _TRUETYPE:
        raise broken
    try:
        count = struct.unpack_from(">H", program, 4)[0]
        rows = [struct.unpack_from(">4sIII", program, 12 + 16 * index) for index in range(count)]
        tables = {name: program[offset : offset + length] for name, _, offset, length in rows}
        if any(not tables.get(name) for name in _NEEDED_TABLES if name not in (b"glyf", b"loca")):
            raise broken
        em = struct.unpack_from(">H", tables[b"head"], 18)[0]
        measured = struct.unpack_from(">H", tables[b"hhea"], 34)[0]
        glyphs = struct.unpack_from(">H", tables[b"maxp"], 4)[0]
        metrics = [struct.unpack_from(">H", tables[b"hmtx"], 4 * index)[0] for index in range(measured)]
    except struct.error as exc:
        raise broken from exc
    if not em or not metrics:
        raise broken
    # Glyphs behind the last metric share its advance.
    return [metrics[min(index, measured - 1)] * 1000 / em for index in range(glyphs)]


def _is_named(dictionary: pikepdf.Object, key: str, name: str) -> bool:
    return isinstance(dictionary.get(key), pikepdf.Name) and str(dictionary[key]) == name
