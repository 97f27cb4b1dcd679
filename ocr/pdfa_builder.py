"""Puts the objects of a PDF/A-2u together: images as they are, embedded fonts, output intent, metadata.

Plain cross-reference tables and no object streams, so that every outside judge and every signer reads the file
alike. Equal input gives equal bytes: dates come from outside, the file identifier from the content.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from importlib.resources import files
from typing import Any, BinaryIO

import pikepdf
from pikepdf import Array, Dictionary, Name

from fonts import EmbeddedFont
from guard.spool import Room, SpooledFile
from guard.wire import Payload
from ocr.pdfa_images import begin_pdf, image_entries
from ocr.pdfa_tags import MarkedPage, PageMarks, write_structure
from ocr.pdfa_text import InvisibleCodes
from ocr.scan import PageImage
from ocr.xmp import DocumentFacts, pdf_date, xmp_packet

_GLYPHLESS_ADVANCE = 500
_GLYPHLESS_FLAGS = 1 << 2  # Symbolic: its glyphs are not Adobe's standard Latin ones.

Numbers = Sequence[float]


class PdfaBuilder:
    """One document in the making; `finish` gives it, in memory or, when its images are many, in a file of the room."""

    def __init__(self, images: Iterable[PageImage] = (), *, room: Room | None = None) -> None:
        self._room = room
        self._begun = begin_pdf(images, room=room)
        self._pdf = self._begun.pdf
        self._marked: list[MarkedPage] = []

    @property
    def images(self) -> tuple[pikepdf.Object, ...]:
        """The images the document was begun with, their compressed bytes untouched."""
        return self._begun.images

    def stream(self, body: bytes, entries: Mapping[str, Any] | None = None) -> pikepdf.Object:
        """Add a stream object; `entries` are its dictionary without /Length."""
        return self._pdf.make_indirect(pikepdf.Stream(self._pdf, body, dict(entries or {})))

    def indirect(self, value: pikepdf.Object) -> pikepdf.Object:
        """Add an object that others refer to."""
        return self._pdf.make_indirect(value)

    def image(self, image: PageImage) -> pikepdf.Object:
        """Add one more image with its compressed bytes untouched."""
        return self.stream(image.image_bytes, image_entries(image))

    def font(self, font: EmbeddedFont) -> pikepdf.Object:
        """Add a visible font, addressed by glyph ids (Identity-H)."""
        widths: list[Any] = []
        for glyph_id, width in sorted(font.widths.items()):
            widths += [glyph_id, Array([width])]
        descriptor = Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name("/" + font.postscript_name),
            Flags=font.flags,
            FontBBox=Array(list(font.bbox)),
            ItalicAngle=number(font.italic_angle),
            Ascent=font.ascent,
            Descent=font.descent,
            CapHeight=font.cap_height,
            StemV=font.stem_v,
            FontFile2=self.stream(font.font_file, {"/Length1": len(font.font_file)}),
        )
        return self._composite_font(
            name=font.postscript_name,
            descriptor=descriptor,
            to_unicode=font.to_unicode,
            cid_entries={"/W": Array(widths), "/CIDToGIDMap": Name.Identity},
        )

    def invisible_font(self, codes: InvisibleCodes) -> pikepdf.Object:
        """Add the font without outlines: every code draws the same blank glyph, half an em wide."""
        font_file = _asset("glyphless.ttf")
        descriptor = Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name.VidimusGlyphless,
            Flags=_GLYPHLESS_FLAGS,
            FontBBox=Array([0, 0, _GLYPHLESS_ADVANCE, 1000]),
            ItalicAngle=0,
            Ascent=1000,
            Descent=0,
            CapHeight=1000,
            StemV=80,
            FontFile2=self.stream(font_file, {"/Length1": len(font_file)}),
        )
        return self._composite_font(
            name="VidimusGlyphless",
            descriptor=descriptor,
            to_unicode=codes.to_unicode,
            cid_entries={"/DW": _GLYPHLESS_ADVANCE, "/CIDToGIDMap": self.stream(codes.cid_to_gid)},
        )

    def add_page(
        self,
        *,
        media_box: Numbers,
        content: bytes,
        resources: pikepdf.Dictionary,
        marks: PageMarks,
        annotations: pikepdf.Array | None = None,
    ) -> pikepdf.Object:
        """Append a page and return its object; `marks` may still take form fields until the document is finished."""
        page = Dictionary(
            Type=Name.Page,
            MediaBox=numbers(media_box),
            Resources=resources,
            Contents=self.stream(content),
            Tabs=Name.S,
        )
        if annotations is not None:
            page["/Annots"] = annotations
        self._pdf.pages.append(pikepdf.Page(self._pdf.make_indirect(page)))
        added = self._pdf.pages[-1].obj
        self._marked.append(MarkedPage(added, marks))
        return added

    def set_form(self, fields: pikepdf.Array) -> None:
        """Name the form fields of the document, which are its signature fields."""
        self._pdf.Root["/AcroForm"] = self._pdf.make_indirect(Dictionary(Fields=fields))

    def finish(self, facts: DocumentFacts) -> Payload:
        """Return the whole file; the same bytes wherever they lie."""
        write_structure(self._pdf, self._marked)
        root = self._pdf.Root
        root["/Lang"] = pikepdf.String(facts.language)
        root["/ViewerPreferences"] = Dictionary(DisplayDocTitle=True)
        profile = self.stream(_asset("srgb.icc"), {"/N": 3})
        intent = Dictionary(
            Type=Name.OutputIntent,
            S=Name.GTS_PDFA1,
            OutputConditionIdentifier=pikepdf.String("sRGB IEC61966-2.1"),
            Info=pikepdf.String("sRGB IEC61966-2.1"),
            DestOutputProfile=profile,
        )
        root["/OutputIntents"] = Array([self._pdf.make_indirect(intent)])
        root["/Metadata"] = self.stream(xmp_packet(facts), {"/Type": Name.Metadata, "/Subtype": Name.XML})
        stamp = pikepdf.String(pdf_date(facts.created_at))
        self._pdf.docinfo["/Title"] = pikepdf.String(facts.title)
        self._pdf.docinfo["/Creator"] = pikepdf.String(facts.producer)
        self._pdf.docinfo["/Producer"] = pikepdf.String(facts.producer)
        self._pdf.docinfo["/CreationDate"] = stamp
        self._pdf.docinfo["/ModDate"] = stamp
        if self._room is not None and self._begun.is_on_disk:
            target = SpooledFile(self._room.file())
            self._save(target.file)
            return target.payload()
        held = io.BytesIO()
        self._save(held)
        return held.getvalue()

    def _save(self, target: BinaryIO) -> None:
        self._pdf.save(
            target,
            min_version="1.7",
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            # No stream is opened again: the scanner's bytes and our fonts go out as they came in.
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            compress_streams=True,
        )

    def _composite_font(
        self, *, name: str, descriptor: pikepdf.Dictionary, to_unicode: bytes, cid_entries: Mapping[str, Any]
    ) -> pikepdf.Object:
        descendant = Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=Name("/" + name),
            CIDSystemInfo=Dictionary(
                Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0
            ),
            FontDescriptor=self._pdf.make_indirect(descriptor),
        )
        for key, value in cid_entries.items():
            descendant[key] = value
        return self._pdf.make_indirect(
            Dictionary(
                Type=Name.Font,
                Subtype=Name.Type0,
                BaseFont=Name("/" + name),
                Encoding=Name("/Identity-H"),
                DescendantFonts=Array([self._pdf.make_indirect(descendant)]),
                ToUnicode=self.stream(to_unicode),
            )
        )


def number(value: float) -> Decimal:
    """Return a number as it is written: at most three decimals, never an exponent."""
    return Decimal(f"{value:.3f}")


def numbers(values: Numbers) -> pikepdf.Array:
    """Return a PDF array of such numbers."""
    return Array([number(value) for value in values])


def _asset(name: str) -> bytes:
    return files("ocr.assets").joinpath(name).read_bytes()
