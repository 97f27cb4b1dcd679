"""Writes a certified copy ready to be signed: scan pages with bands, the statement page, two empty signature fields.

Everything visible is fixed here in one pass. After this only signatures and their appearances are added, and
both fields exist before the officer certifies: a field added later would break the certification.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pikepdf
from pikepdf import Array, Dictionary, Name

from guard.spool import Room
from ocr.errors import PdfaError
from ocr.pages import Pages
from ocr.pdfa import (
    PRODUCER,
    TEXT_FONT,
    PdfaDocument,
    PlacedScan,
    finished,
    image_handling,
    images_of,
    paired,
    place_scan,
    source_parts,
)
from ocr.pdfa_band import BAND_HEIGHT_PT, BAND_LEAST_WIDTH_PT, Band, BandWords, draw_band
from ocr.pdfa_builder import PdfaBuilder, numbers
from ocr.pdfa_drawing import Drawing, FontSet, Rectangle, Typesetter
from ocr.pdfa_statement import PAGE_HEIGHT_PT, PAGE_WIDTH_PT, StatementPage, StatementSheet, set_statement
from ocr.pdfa_tags import PageMarks
from ocr.pdfa_text import InvisibleCodes, invisible_codes
from ocr.scan import PageImage
from ocr.xmp import DocumentFacts

_PRINT, _LOCKED = 1 << 2, 1 << 7  # ISO 32000-1, table 165
_EXTRA_PROPERTIES = {
    "agency": "agency",
    "register_number": "registerNumber",
    "code": "code",
    "converted_at": "convertedAt",
}


@dataclass(frozen=True, slots=True)
class CopyParts:
    """What `certify` decides and the pages show.

    `document_code` is printed as it comes, so it comes formatted; `lookup_url` goes into the square on every page.
    `xmp_extra` may hold agency, register_number, code and converted_at.
    """

    title: str
    language: str
    created_at: datetime
    document_code: str
    lookup_url: str
    band_lines: tuple[str, ...]
    specimen_text: str | None
    statement: StatementPage
    conversion_note: str
    source_sha256_hex: str
    xmp_extra: Mapping[str, str] = field(default_factory=dict)
    officer_field: str = "Officer"
    seal_field: str = "AgencySeal"
    band_words: BandWords = field(default_factory=BandWords)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One scan page about to be added."""

    placed: PlacedScan
    marks: PageMarks
    band: Drawing

    @property
    def width_pt(self) -> float:
        return max(self.placed.width_pt, BAND_LEAST_WIDTH_PT)


def write_copy(
    pages: Pages, *, parts: CopyParts, images: Iterable[PageImage] | None = None, room: Room | None = None
) -> PdfaDocument:
    """Return the copy as PDF/A-2u with both signature fields empty; the same input gives the same bytes.

    `images` stand in for those of `pages`, one a page, when a long original is read from where it is kept; with a room
    no more of them is held than it allows.

    Raises:
        StatementTooLong: the statement does not fit its page.
        PdfaError: a letter cannot be drawn, or the reading is not of this scan.
    """
    _check_parts(parts)
    typesetter = Typesetter()
    codes = invisible_codes(pages.pages)
    page_count = len(pages.pages) + 1
    sheets = _sheets(pages, parts=parts, codes=codes, page_count=page_count, typesetter=typesetter)
    statement = set_statement(parts.statement, conversion_note=parts.conversion_note, typesetter=typesetter)
    statement_band = draw_band(
        _band(parts), width_pt=PAGE_WIDTH_PT, page_number=page_count, page_count=page_count, typesetter=typesetter
    )
    builder = PdfaBuilder(images_of(pages, instead=images), room=room)
    text_font = builder.invisible_font(codes)
    drawings = [*(sheet.band for sheet in sheets), statement.drawing, statement_band]
    fonts = typesetter.embed_faces(drawings, builder=builder)
    for sheet, image in zip(sheets, builder.images, strict=True):
        _add_scan_page(sheet, image, builder=builder, fonts=fonts, text_font=text_font)
    _add_statement_page(statement, band=statement_band, parts=parts, builder=builder, fonts=fonts)
    facts = DocumentFacts(
        title=parts.title,
        language=parts.language,
        created_at=parts.created_at,
        producer=PRODUCER,
        conversion=_conversion(pages, parts=parts),
    )
    return finished(builder.finish(facts), page_count=page_count)


def _check_parts(parts: CopyParts) -> None:
    unknown = sorted(set(parts.xmp_extra) - set(_EXTRA_PROPERTIES))
    if unknown:
        raise PdfaError(f"xmp_extra has no property {unknown[0]!r}; it knows {sorted(_EXTRA_PROPERTIES)}")
    if parts.officer_field == parts.seal_field:
        raise PdfaError("officer and seal need a signature field each; give them different names")


def _band(parts: CopyParts) -> Band:
    return Band(
        code=parts.document_code,
        lookup_url=parts.lookup_url,
        lines=parts.band_lines,
        specimen_text=parts.specimen_text,
        words=parts.band_words,
    )


def _sheets(
    pages: Pages, *, parts: CopyParts, codes: InvisibleCodes, page_count: int, typesetter: Typesetter
) -> tuple[_Sheet, ...]:
    sheets = []
    for page, scan_page in paired(pages):
        marks = PageMarks()
        placed = place_scan(page, scan_page, codes=codes, language=parts.language, marks=marks)
        band = draw_band(
            _band(parts),
            width_pt=max(placed.width_pt, BAND_LEAST_WIDTH_PT),
            page_number=page.page_index + 1,
            page_count=page_count,
            typesetter=typesetter,
        )
        sheets.append(_Sheet(placed=placed, marks=marks, band=band))
    return tuple(sheets)


def _add_scan_page(
    sheet: _Sheet, image: pikepdf.Object, *, builder: PdfaBuilder, fonts: FontSet, text_font: pikepdf.Object
) -> None:
    content = sheet.placed.operators + fonts.footer(sheet.band)
    font_entries = {f"/{TEXT_FONT}": text_font, **_font_entries(fonts, [sheet.band])}
    builder.add_page(
        media_box=(0, -BAND_HEIGHT_PT, sheet.width_pt, sheet.placed.height_pt),
        content=content.encode("ascii"),
        resources=Dictionary(
            Font=Dictionary(font_entries),
            XObject=Dictionary(Im0=image),
            ProcSet=Array([Name.PDF, Name.Text, Name.ImageB, Name.ImageC]),
        ),
        marks=sheet.marks,
    )


def _add_statement_page(
    statement: StatementSheet, *, band: Drawing, parts: CopyParts, builder: PdfaBuilder, fonts: FontSet
) -> None:
    words = parts.statement
    officer = _signature_widget(
        parts.officer_field, box=statement.officer_box, spoken=words.officer_caption, builder=builder
    )
    seal = _signature_widget(parts.seal_field, box=statement.seal_box, spoken=words.seal_caption, builder=builder)
    marks = PageMarks()
    content = fonts.operators(statement.drawing, marks=marks)
    marks.form(officer)
    marks.form(seal)
    # Here, once, the band is read out: it says the code and where to look it up.
    content += fonts.operators(band, marks=marks)
    page = builder.add_page(
        media_box=(0, -BAND_HEIGHT_PT, PAGE_WIDTH_PT, PAGE_HEIGHT_PT),
        content=content.encode("ascii"),
        resources=Dictionary(
            Font=Dictionary(_font_entries(fonts, [statement.drawing, band])), ProcSet=Array([Name.PDF, Name.Text])
        ),
        marks=marks,
        annotations=Array([officer, seal]),
    )
    officer["/P"] = page
    seal["/P"] = page
    builder.set_form(Array([officer, seal]))


def _signature_widget(name: str, *, box: Rectangle, spoken: tuple[str, ...], builder: PdfaBuilder) -> pikepdf.Object:
    """Return an empty signature field merged with its widget, printing, with an empty appearance.

    PDF/A asks for the Print flag and an appearance stream on every widget (ISO 19005-2, 6.3.2 and 6.3.3).
    """
    left, bottom, width, height = box
    appearance = builder.stream(
        b"",
        {
            "/Type": Name.XObject,
            "/Subtype": Name.Form,
            "/BBox": numbers((0, 0, width, height)),
            "/Resources": Dictionary(),
        },
    )
    return builder.indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Sig,
            T=pikepdf.String(name),
            # What a screen reader says for the field: the caption printed over it.
            TU=pikepdf.String(" ".join(spoken) or name),
            F=_PRINT | _LOCKED,
            Rect=numbers((left, bottom, left + width, bottom + height)),
            AP=Dictionary(N=appearance),
        )
    )


def _font_entries(fonts: FontSet, drawings: Sequence[Drawing]) -> dict[str, pikepdf.Object]:
    faces = sorted({run.face for drawing in drawings for run in drawing.runs})
    return {f"/{fonts.resource_name(face)}": fonts.objects[face] for face in faces}


def _conversion(pages: Pages, *, parts: CopyParts) -> dict[str, str]:
    extra = {_EXTRA_PROPERTIES[name]: value for name, value in parts.xmp_extra.items()}
    return {
        "conversion": parts.conversion_note,
        "sourceSha256": parts.source_sha256_hex,
        "imageHandling": image_handling(pages),
        **source_parts(pages),
        **extra,
    }
