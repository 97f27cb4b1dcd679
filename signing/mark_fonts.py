"""The faces of a mark as PDF fonts: subset once for the letters of a signer, then kept ready to be written.

The same officer signs all day and only the time changes, so digits and signs are part of every subset: the second
mark finds its fonts made.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any, Self

from pyhanko.pdf_utils import generic

from fonts import EmbeddedFont, Face, LoadedFace, embed, load_face
from signing.reading import RevisionWriter

_ALWAYS = "0123456789:+-/.,T "
# An office has a few signers; beyond that the oldest subsets are simply made again.
_MAX_KEPT = 64


class RawObject(generic.PdfObject):
    """An object whose bytes are ready: it is written as it stands."""

    def __init__(self, written: bytes) -> None:
        self.written = written

    # pyHanko calls it with all three.
    def write_to_stream(self, stream: Any, handler: Any = None, container_ref: Any = None) -> None:  # noqa: ARG002
        """Write the bytes."""
        stream.write(self.written)


@dataclass(frozen=True, slots=True)
class KeptFont:
    """A subset with its streams compressed and its dictionaries written, but for the references between them."""

    font: EmbeddedFont
    font_file: bytes
    to_unicode: bytes
    descriptor: bytes
    descendant: bytes
    whole: bytes

    @classmethod
    def make(cls, face: LoadedFace, letters: frozenset[str]) -> Self:
        """Subset a face and write what will stand in the file (ISO 32000-1, 9.7: Type 0 over TrueType, Identity-H).

        Raises:
            GlyphMissing: a letter is not in the face.
        """
        font = embed(face, ["".join(sorted(letters))])
        base_font = font.postscript_name
        box = " ".join(map(str, font.bbox))
        widths = " ".join(f"{glyph_id} [{width}]" for glyph_id, width in font.widths.items())
        descriptor = (
            f"<< /Type /FontDescriptor /FontName /{base_font} /Flags {font.flags} /FontBBox [{box}] "
            f"/ItalicAngle {font.italic_angle:g} /Ascent {font.ascent} /Descent {font.descent} "
            f"/CapHeight {font.cap_height} /StemV {font.stem_v} /FontFile2 "
        )
        descendant = (
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{base_font} "
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
            f"/DW 0 /W [{widths}] /CIDToGIDMap /Identity /FontDescriptor "
        )
        whole = f"<< /Type /Font /Subtype /Type0 /BaseFont /{base_font} /Encoding /Identity-H /DescendantFonts "
        return cls(
            font=font,
            font_file=stream_bytes(font.font_file, f"/Length1 {len(font.font_file)}"),
            to_unicode=stream_bytes(font.to_unicode, ""),
            descriptor=descriptor.encode("ascii"),
            descendant=descendant.encode("ascii"),
            whole=whole.encode("ascii"),
        )

    def add_to(self, writer: RevisionWriter) -> generic.IndirectObject:
        """Add the five objects of the font and return the reference to it."""
        descriptor = b"%b%b >>" % (self.descriptor, _add(writer, self.font_file))
        descendant = b"%b%b >>" % (self.descendant, _add(writer, descriptor))
        to_unicode = _add(writer, self.to_unicode)
        whole = b"%b[%b] /ToUnicode %b >>" % (self.whole, _add(writer, descendant), to_unicode)
        return writer.add_object(RawObject(whole))


@dataclass(frozen=True, slots=True)
class MarkFaces:
    """The faces of marks, loaded once and kept by the caller, with the subsets made of them so far."""

    plain: LoadedFace
    bold: LoadedFace
    _kept: dict[tuple[Face, frozenset[str]], KeptFont] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def load(cls, *, sans: bool = False) -> Self:
        """Load a pair: by default the one the rules on form ask for, with the metrics of Times New Roman."""
        plain, bold = (Face.SANS, Face.SANS_BOLD) if sans else (Face.SERIF, Face.SERIF_BOLD)
        return cls(plain=load_face(plain), bold=load_face(bold))

    def subset(self, face: LoadedFace, texts: list[str]) -> KeptFont:
        """Return the font for these texts, made before if possible.

        Raises:
            GlyphMissing: a letter is not in the face.
        """
        letters = face.check_drawable("".join(texts) + _ALWAYS)
        key = (face.face, letters)
        known = self._kept.get(key)
        if known is None:
            known = KeptFont.make(face, letters)
            if len(self._kept) >= _MAX_KEPT:
                self._kept.clear()
            self._kept[key] = known
        return known


def stream_bytes(content: bytes, entries: str) -> bytes:
    """Write a compressed stream with these further entries of its dictionary."""
    packed = zlib.compress(content, 6)
    head = f"<< {entries} /Filter /FlateDecode /Length {len(packed)} >>\nstream\n"
    return head.encode("ascii") + packed + b"\nendstream"


def _add(writer: RevisionWriter, written: bytes) -> bytes:
    reference = writer.add_object(RawObject(written))
    return b"%d %d R" % (reference.idnum, reference.generation)
