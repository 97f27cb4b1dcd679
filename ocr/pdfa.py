"""Writes a scan as a searchable PDF/A-2u: the image as it was scanned, the text invisibly over it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from pikepdf import Array, Dictionary, Name

from guard.spool import Room
from guard.wire import Payload, bytes_of, sha256_hex_of
from ocr.errors import PdfaError
from ocr.pages import Pages, ReadPage
from ocr.pdfa_builder import PdfaBuilder
from ocr.pdfa_tags import END, PageMarks
from ocr.pdfa_text import InvisibleCodes, invisible_codes, invisible_text
from ocr.scan import PageImage, ScanPage
from ocr.xmp import DocumentFacts

PRODUCER = "Vidimus"
TEXT_FONT = "T0"

_TURNS = ((1, 0, 0, 1, 0, 0), (0, -1, 1, 0, 0, 1), (-1, 0, 0, -1, 1, 1), (0, 1, -1, 0, 1, 0))
"""Where the unit square goes under 0 to 3 clockwise quarter turns."""
_SCAN_SPOKEN = {
    "vi": "Ảnh quét trang {number} của bản giấy. Chữ nhận dạng được từ ảnh được đọc tiếp theo.",
    "fr": "Image numérisée de la page {number} du document papier. Le texte reconnu suit.",
    "en": "Scanned image of page {number} of the paper. The recognised text follows.",
}
"""What a screen reader says for the image of a page; English where there is no other."""
_MUTE_SCAN_SPOKEN = {
    "vi": "Ảnh quét trang {number} của bản giấy. Không nhận dạng được chữ nào.",
    "fr": "Image numérisée de la page {number} du document papier. Aucun texte n’a été reconnu.",
    "en": "Scanned image of page {number} of the paper. No text was recognised on it.",
}


@dataclass(frozen=True, slots=True)
class PdfaDocument:
    """A finished file; its bytes are not changed any more, only appended to.

    A large one lies in a file of the room it was written in, and is gone with it.
    """

    content: Payload = field(repr=False)
    sha256_hex: str
    page_count: int

    @property
    def pdf(self) -> bytes:
        """All of it in memory; do not ask for it when it may be large."""
        return bytes_of(self.content)


@dataclass(frozen=True, slots=True)
class PlacedScan:
    """A scan page ready to be put on a sheet whose origin is the scan's lower left corner."""

    width_pt: float
    height_pt: float
    operators: str


def write_pdfa(
    pages: Pages,
    *,
    title: str,
    language: str,
    created_at: datetime,
    source_sha256_hex: str,
    producer: str = PRODUCER,
    images: Iterable[PageImage] | None = None,
    room: Room | None = None,
) -> PdfaDocument:
    """Return the scan alone as PDF/A-2u, each page at its true size with its text.

    The same pages, title and time give the same bytes. `images` stand in for those of `pages`, one a page and in its
    order, when a long original is read from where it is kept; with a room no more of them is held than it allows.
    """
    builder = PdfaBuilder(images_of(pages, instead=images), room=room)
    codes = invisible_codes(pages.pages)
    text_font = builder.invisible_font(codes)
    for (page, scan_page), image in zip(paired(pages), builder.images, strict=True):
        marks = PageMarks()
        placed = place_scan(page, scan_page, codes=codes, language=language, marks=marks)
        builder.add_page(
            media_box=(0, 0, placed.width_pt, placed.height_pt),
            content=placed.operators.encode("ascii"),
            resources=Dictionary(
                Font=Dictionary({f"/{TEXT_FONT}": text_font}),
                XObject=Dictionary(Im0=image),
                ProcSet=Array([Name.PDF, Name.Text, Name.ImageB, Name.ImageC]),
            ),
            marks=marks,
        )
    facts = DocumentFacts(
        title=title,
        language=language,
        created_at=created_at,
        producer=producer,
        conversion={"sourceSha256": source_sha256_hex, "imageHandling": image_handling(pages), **source_parts(pages)},
    )
    return finished(builder.finish(facts), page_count=len(pages.pages))


def paired(pages: Pages) -> tuple[tuple[ReadPage, ScanPage], ...]:
    """Return each read page with its image.

    Raises:
        PdfaError: there is no page, or the reading is not of this scan.
    """
    if not pages.pages:
        raise PdfaError("a document without pages cannot be written; scan at least one page")
    indexes = [page.page_index for page in pages.pages]
    if indexes != [page.page_index for page in pages.scan.pages]:
        raise PdfaError(f"{len(indexes)} pages were read of a scan of {len(pages.scan.pages)}; read all of them again")
    return tuple(zip(pages.pages, pages.scan.pages, strict=True))


def place_scan(
    page: ReadPage, scan_page: ScanPage, *, codes: InvisibleCodes, language: str, marks: PageMarks
) -> PlacedScan:
    """Return the operators that put the image upright and straight at its true size, and its words over it."""
    width, height = page.width_px * 72.0 / page.dpi, page.height_px * 72.0 / page.dpi
    a, b, c, d, e, f = _TURNS[page.quarter_turns % 4]
    matrix = (a * width, b * height, c * width, d * height, e * width, f * height)
    if scan_page.image.width_px == 0 or scan_page.image.height_px == 0:
        raise PdfaError(f"the image of page {page.page_index + 1} has no size; scan it again")
    operators = [marks.figure(_spoken(page, language=language), box=(0, 0, width, height)), "q"]
    if page.skew_degrees:
        sine, cosine = math.sin(math.radians(page.skew_degrees)), math.cos(math.radians(page.skew_degrees))
        x, y = width / 2, height / 2
        rotation = (cosine, sine, -sine, cosine, x - x * cosine + y * sine, y - x * sine - y * cosine)
        # The turned image must not reach out of the scan's own area, below which the band stands.
        operators.append(f"0 0 {width:.3f} {height:.3f} re W n")
        operators.append(" ".join(f"{value:.6f}" for value in rotation) + " cm")
    operators += [" ".join(f"{value:.4f}" for value in matrix) + " cm", "/Im0 Do", "Q", END, ""]
    text = invisible_text(page, codes=codes, font_name=TEXT_FONT, marks=marks)
    return PlacedScan(width_pt=width, height_pt=height, operators="\n".join(operators) + text)


def _spoken(page: ReadPage, *, language: str) -> str:
    spoken = _SCAN_SPOKEN if page.words else _MUTE_SCAN_SPOKEN
    return spoken.get(language, spoken["en"]).format(number=page.page_index + 1)


def images_of(pages: Pages, *, instead: Iterable[PageImage] | None) -> Iterable[PageImage]:
    """Return the images to embed: those of the pages, or those that stand in for them."""
    return (page.image for page in pages.scan.pages) if instead is None else instead


def source_parts(pages: Pages) -> dict[str, str]:
    """Return what the document says about an original that was handed in as several scans."""
    parts = pages.scan.part_sha256_hexes
    return {"sourceParts": " ".join(parts)} if parts else {}


def image_handling(pages: Pages) -> str:
    """Return what the document says about how its images relate to the paper."""
    if any(page.outline_rectified for page in pages.scan.pages):
        return "photographed page rectified to its paper outline"
    return "page images as scanned, placed at true size"


def finished(content: Payload, *, page_count: int) -> PdfaDocument:
    """Return the file with its digest."""
    return PdfaDocument(content, sha256_hex=sha256_hex_of(content), page_count=page_count)
