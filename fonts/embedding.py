"""The part of a face that a PDF embeds: glyphs, widths and the way back to Unicode.

Library-neutral: `ocr` wraps it with pikepdf, `signing` with its own PDF objects. Glyph ids are kept, so text is
encoded with Identity-H and `CIDToGIDMap /Identity`.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import uharfbuzz

from fonts.errors import GlyphMissing
from fonts.face import Face, LoadedFace

# A CIDFontType2 needs the outlines and their metrics only; the PDF itself carries encoding and names.
DROPPED_TABLES = (b"cmap", b"name", b"post", b"OS/2")
FLAG_SERIF, FLAG_NONSYMBOLIC, FLAG_ITALIC = 1 << 1, 1 << 5, 1 << 6  # ISO 32000-1, table 123
# ISO 32000-1, 9.10.3 and Adobe TN 5411: at most 100 entries in a block.
BLOCK_ENTRIES = 100


@dataclass(frozen=True, slots=True)
class EmbeddedFont:
    """A subset font ready for a PDF; the same face and letters give the same bytes and name."""

    postscript_name: str
    font_file: bytes
    widths: Mapping[int, int]
    to_unicode: bytes
    ascent: int
    descent: int
    cap_height: int
    bbox: tuple[int, int, int, int]
    italic_angle: float
    flags: int
    stem_v: int
    face: LoadedFace

    def encode(self, text: str) -> bytes:
        """Return `text` as two-byte glyph ids (Identity-H), composed to NFC first.

        Raises:
            GlyphMissing: a letter was not among the texts this font was embedded for.
        """
        glyph_ids = self.face.glyphs(text)
        absent = [glyph_id for glyph_id in glyph_ids if glyph_id not in self.widths]
        if absent:
            raise GlyphMissing(
                f"{self.postscript_name} was embedded without {len(absent)} letter(s) of this text; "
                "hand every text to fonts.embed"
            )
        return b"".join(glyph_id.to_bytes(2, "big") for glyph_id in glyph_ids)


def embed(face: LoadedFace, texts: Iterable[str]) -> EmbeddedFont:
    """Return the subset of `face` that draws `texts`, with a tag derived from its content.

    Raises:
        GlyphMissing: a letter is not in the face.
    """
    letters: dict[int, str] = {}
    for glyph_id, letter in sorted(_used(face, texts=texts)):
        letters.setdefault(glyph_id, letter)  # Two letters may share a glyph: the lower code point names it.
    font_file = _subset(face, glyph_ids=frozenset(letters))
    return EmbeddedFont(
        postscript_name=f"{_tag(font_file)}+{face.face.value}",
        font_file=font_file,
        widths=MappingProxyType({glyph_id: face.advances[glyph_id] for glyph_id in sorted(letters)}),
        to_unicode=to_unicode_cmap(letters),
        ascent=face.ascent,
        descent=face.descent,
        cap_height=face.cap_height,
        bbox=face.bbox,
        italic_angle=face.italic_angle,
        flags=_flags(face),
        stem_v=10 + 220 * (face.weight_class - 50) // 900,
        face=face,
    )


def _used(face: LoadedFace, *, texts: Iterable[str]) -> set[tuple[int, str]]:
    composed = "".join(unicodedata.normalize("NFC", text) for text in texts)
    return {(face.glyph_ids[letter], letter) for letter in face.check_drawable(composed)}


def to_unicode_cmap(letters: Mapping[int, str]) -> bytes:
    """Return a ToUnicode CMap that PDF/A-2u accepts: one `bfchar` a glyph, in blocks of at most 100.

    A `bfrange` may not run over the last byte of a code and many writers let it; single entries cannot.
    """
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<0000> <FFFF>",
        "endcodespacerange",
    ]
    entries = [f"<{glyph_id:04X}> <{ord(letters[glyph_id]):04X}>" for glyph_id in sorted(letters)]
    for start in range(0, len(entries), BLOCK_ENTRIES):
        block = entries[start : start + BLOCK_ENTRIES]
        lines += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end", ""]
    return "\n".join(lines).encode("ascii")


def _subset(face: LoadedFace, *, glyph_ids: frozenset[int]) -> bytes:
    wanted = uharfbuzz.SubsetInput()
    wanted.glyph_set.update(glyph_ids)
    wanted.drop_table_tag_set.update(int.from_bytes(tag, "big") for tag in DROPPED_TABLES)
    flags = uharfbuzz.SubsetFlags
    wanted.flags = flags.RETAIN_GIDS | flags.NO_HINTING | flags.NOTDEF_OUTLINE | flags.NO_LAYOUT_CLOSURE
    font_file: bytes = wanted.subset(uharfbuzz.Face(face.font_file)).blob.data
    return font_file


def _tag(font_file: bytes) -> str:
    """Return the six capitals that mark a subset (ISO 32000-1, 9.6.4), taken from its digest."""
    number = int.from_bytes(hashlib.sha256(font_file).digest()[:8], "big")
    letters = ""
    for _ in range(6):
        number, index = divmod(number, 26)
        letters += chr(ord("A") + index)
    return letters


def _flags(face: LoadedFace) -> int:
    serif = FLAG_SERIF if face.face in (Face.SERIF, Face.SERIF_BOLD, Face.SERIF_ITALIC) else 0
    return FLAG_NONSYMBOLIC | serif | (FLAG_ITALIC if face.italic_angle else 0)
