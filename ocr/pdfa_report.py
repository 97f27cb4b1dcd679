"""Writes a report as PDF/A-2u: words that flow over pages, a look-up square, and pictures side by side with boxes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from pikepdf import Array, Dictionary, Name

from fonts import Face
from ocr.errors import PdfaError, ScanRefused
from ocr.jpeg import read_jpeg
from ocr.pdfa import PRODUCER, PdfaDocument, finished
from ocr.pdfa_builder import PdfaBuilder
from ocr.pdfa_drawing import (
    HAIRLINE,
    INK,
    QUIET,
    WARNING,
    Colour,
    Drawing,
    Fill,
    Rectangle,
    Run,
    Typesetter,
    frame,
    lookup_square,
)
from ocr.pdfa_statement import PAGE_HEIGHT_PT, PAGE_WIDTH_PT
from ocr.pdfa_tags import END, HEADING, PARAGRAPH, Element, PageMarks
from ocr.scan import ImageEncoding, PageImage
from ocr.xmp import DocumentFacts

_MARGIN_PT = 56.0
_TOP_PT = PAGE_HEIGHT_PT - 64.0
_FLOOR_PT = 74.0
_LEADING = 1.42
_GAP = 0.7
_PARAGRAPH = 0.25
_SQUARE_PT = 68.0
_FOOT_PT = 8.0
_GAP_PT = 14.0
_MAX_PIXELS = 4_000_000
_COLOURS = (1, 3)


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One paragraph; an empty text leaves a gap, `bar` draws a bar of this colour at its left.

    With `keep` it stands on one page with what follows it.
    """

    text: str
    bold: bool = False
    quiet: bool = False
    size_pt: float = 10.5
    bar: Colour | None = None
    keep: bool = False


@dataclass(frozen=True, slots=True)
class PicturePair:
    """Two states of one page beside each other; `words` are for those who cannot see the boxes.

    Boxes are left, top, right and bottom as parts of each picture's width and height, from its upper left corner.
    """

    caption: str
    captions: tuple[str, str]
    pictures_jpeg: tuple[bytes, bytes] = field(repr=False)
    boxes: tuple[tuple[float, float, float, float], ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class ReportParts:
    """The words of a report; `lookup_url` goes into the square, the foot stands on every page."""

    title: str
    language: str
    created_at: datetime
    lookup_url: str
    lines: tuple[ReportLine, ...]
    foot: str
    page_label: str
    specimen_text: str | None = None
    pairs: tuple[PicturePair, ...] = ()


@dataclass(slots=True)
class _Page:
    """One page in the making."""

    drawing: Drawing = field(default_factory=Drawing)
    images: list[tuple[PageImage, Rectangle]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def write_report(parts: ReportParts) -> PdfaDocument:
    """Return the report; equal parts give equal bytes.

    Raises:
        PdfaError: a letter cannot be drawn, or a picture is no grey or RGB JPEG.
    """
    typesetter = Typesetter()
    pages = _flow(parts, typesetter=typesetter)
    pages += [_pair_page(pair, typesetter=typesetter) for pair in parts.pairs]
    for number, page in enumerate(pages, start=1):
        page.drawing += _foot(parts, number=number, count=len(pages), typesetter=typesetter)
    builder = PdfaBuilder()
    fonts = typesetter.embed_faces([page.drawing for page in pages], builder=builder)
    for page in pages:
        marks = PageMarks()
        content, images = fonts.operators(page.drawing, marks=marks), {}
        for index, (image, (left, bottom, width, height)) in enumerate(page.images):
            images[f"/Im{index}"] = builder.image(image)
            # Pictures lie under the boxes that are drawn over them.
            figure = marks.figure(page.words[index], box=(left, bottom, left + width, bottom + height))
            placed = f"q {width:.3f} 0 0 {height:.3f} {left:.3f} {bottom:.3f} cm /Im{index} Do Q"
            content = f"{figure}\n{placed}\n{END}\n{content}"
        faces = sorted({run.face for run in page.drawing.runs})
        builder.add_page(
            media_box=(0, 0, PAGE_WIDTH_PT, PAGE_HEIGHT_PT),
            content=content.encode("ascii"),
            resources=Dictionary(
                Font=Dictionary({f"/{fonts.resource_name(face)}": fonts.objects[face] for face in faces}),
                XObject=Dictionary(images),
                ProcSet=Array([Name.PDF, Name.Text, Name.ImageB, Name.ImageC]),
            ),
            marks=marks,
        )
    facts = DocumentFacts(title=parts.title, language=parts.language, created_at=parts.created_at, producer=PRODUCER)
    return finished(builder.finish(facts), page_count=len(pages))


def _flow(parts: ReportParts, *, typesetter: Typesetter) -> list[_Page]:
    square = lookup_square(
        parts.lookup_url,
        left=PAGE_WIDTH_PT - _MARGIN_PT - _SQUARE_PT,
        bottom=_TOP_PT - _SQUARE_PT + 12,
        side_pt=_SQUARE_PT,
    )
    pages = [_Page(Drawing(fills=(replace(square.fill, alt=parts.lookup_url),)))]
    square_floor = _TOP_PT - _SQUARE_PT - square.quiet_zone_pt
    y = _TOP_PT
    for index, line in enumerate(parts.lines):
        if line.keep and y < _TOP_PT and y - _kept_height(parts.lines[index:], typesetter=typesetter) < _FLOOR_PT:
            pages.append(_Page())
            y = _TOP_PT
        if not line.text.strip():
            y -= line.size_pt * _GAP
            continue
        face = Face.SANS_BOLD if line.bold else Face.SANS
        left = _MARGIN_PT + (12 if line.bar else 0)
        room = PAGE_WIDTH_PT - _MARGIN_PT - left
        if len(pages) == 1 and y > square_floor:
            room -= _SQUARE_PT + square.quiet_zone_pt + 8
        wrapped = _broken(line.text, face=face, size_pt=line.size_pt, room=room, typesetter=typesetter)
        height = len(wrapped) * line.size_pt * _LEADING
        if y - height < _FLOOR_PT:
            pages.append(_Page())
            y = _TOP_PT
        runs = []
        top = y + line.size_pt
        for text in wrapped:
            colour = QUIET if line.quiet else INK
            run = Run(text=text, face=face, size_pt=line.size_pt, x=left, y=y, colour=colour)
            runs.append(replace(run, element=Element(PARAGRAPH if index else HEADING, f"line {index}")))
            y -= line.size_pt * _LEADING
        bars = (
            (Fill(boxes=((_MARGIN_PT, y + line.size_pt * 0.9, 4.0, top - y - line.size_pt * 0.9),), colour=line.bar),)
            if line.bar
            else ()
        )
        pages[-1].drawing += Drawing(fills=bars, runs=tuple(runs))
        y -= line.size_pt * _PARAGRAPH
    return pages


def _kept_height(lines: tuple[ReportLine, ...], *, typesetter: Typesetter) -> float:
    """How much room the first line and all that it is kept with need; each is taken to have the whole width."""
    height, room = 0.0, PAGE_WIDTH_PT - 2 * _MARGIN_PT
    for line in lines:
        if line.text.strip():
            face = Face.SANS_BOLD if line.bold else Face.SANS
            count = len(_broken(line.text, face=face, size_pt=line.size_pt, room=room, typesetter=typesetter))
            height += count * line.size_pt * _LEADING + line.size_pt * _PARAGRAPH
        else:
            height += line.size_pt * _GAP
        if not line.keep:
            break
    return height


def _broken(text: str, *, face: Face, size_pt: float, room: float, typesetter: Typesetter) -> list[str]:
    """Wrap at blanks, and cut words (digests, names of certificates) that are wider than the page."""
    lines: list[str] = []
    for line in typesetter.wrap(text, face=face, size_pt=size_pt, width_pt=room):
        rest = line
        while rest and typesetter.width(rest, face=face, size_pt=size_pt) > room:
            count = max(1, int(len(rest) * room / typesetter.width(rest, face=face, size_pt=size_pt)) - 1)
            lines.append(rest[:count])
            rest = rest[count:]
        lines.append(rest)
    return lines


def _pair_page(pair: PicturePair, *, typesetter: Typesetter) -> _Page:
    page = _Page()
    width = (PAGE_WIDTH_PT - 2 * _MARGIN_PT - _GAP_PT) / 2
    heading = Element(HEADING, "pair")
    runs = [Run(pair.caption, Face.SANS_BOLD, 12, x=_MARGIN_PT, y=_TOP_PT, colour=INK, element=heading)]
    top = _TOP_PT - 40
    for text in typesetter.wrap(pair.words, face=Face.SANS, size_pt=9.5, width_pt=PAGE_WIDTH_PT - 2 * _MARGIN_PT):
        runs.append(Run(text=text, face=Face.SANS, size_pt=9.5, x=_MARGIN_PT, y=top + 21, colour=INK))
        top -= 14
    fills: list[Fill] = []
    for place, (caption, jpeg) in enumerate(zip(pair.captions, pair.pictures_jpeg, strict=True)):
        image = _image_of_jpeg(jpeg)
        left = _MARGIN_PT + place * (width + _GAP_PT)
        height = min(width * image.height_px / image.width_px, top - 10 - _FLOOR_PT)
        used = height * image.width_px / image.height_px
        bottom = top - height
        size = typesetter.fitted_size(caption, face=Face.SANS, size_pt=9, width_pt=width)
        runs.append(Run(text=caption, face=Face.SANS, size_pt=size, x=left, y=top + 14, colour=QUIET))
        page.images.append((image, (left, bottom, used, height)))
        page.words.append(f"{pair.caption}: {caption}")
        fills.append(frame((left, bottom, used, height), thickness=0.5, colour=HAIRLINE))
        for x0, y0, x1, y1 in pair.boxes:
            box = (left + x0 * used, bottom + (1 - y1) * height, (x1 - x0) * used, (y1 - y0) * height)
            fills.append(frame(box, thickness=1.4, colour=WARNING))
    page.drawing = Drawing(fills=tuple(fills), runs=tuple(runs))
    return page


def _foot(parts: ReportParts, *, number: int, count: int, typesetter: Typesetter) -> Drawing:
    text = f"{parts.page_label} {number}/{count}"
    width = typesetter.width(text, face=Face.SANS, size_pt=_FOOT_PT)
    right = PAGE_WIDTH_PT - _MARGIN_PT
    rule = Fill(boxes=((_MARGIN_PT, _FLOOR_PT - 16, right - _MARGIN_PT, 0.5),), colour=HAIRLINE)
    room = right - _MARGIN_PT - width - 12
    size = typesetter.fitted_size(parts.foot, face=Face.SANS, size_pt=_FOOT_PT, width_pt=room)
    runs = [
        Run(text=parts.foot, face=Face.SANS, size_pt=size, x=_MARGIN_PT, y=_FLOOR_PT - 28, colour=QUIET),
        Run(text=text, face=Face.SANS, size_pt=_FOOT_PT, x=right - width, y=_FLOOR_PT - 28, colour=QUIET),
    ]
    if parts.specimen_text:
        runs.append(
            Run(
                text=parts.specimen_text,
                face=Face.SANS_BOLD,
                size_pt=11,
                x=_MARGIN_PT,
                y=_FLOOR_PT - 46,
                colour=WARNING,
            )
        )
    return Drawing(fills=(rule,), runs=tuple(runs))


def _image_of_jpeg(jpeg: bytes) -> PageImage:
    """Take a picture as it is coded; nothing is decoded here."""
    try:
        read = read_jpeg(jpeg, max_pixels=_MAX_PIXELS)
    except ScanRefused as exc:
        raise PdfaError(f"a picture for the report is no whole JPEG: {exc}") from exc
    seen = read.frame
    if seen.components not in _COLOURS:
        raise PdfaError("a picture for the report is no grey or RGB JPEG")
    return PageImage(ImageEncoding.JPEG, read.stripped, seen.width_px, seen.height_px, 8, seen.components)


__all__ = ["PicturePair", "ReportLine", "ReportParts", "write_report"]
