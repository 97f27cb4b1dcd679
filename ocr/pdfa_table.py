"""Writes a table as PDF/A-2u on landscape pages: a heading, rows that wrap in their columns, sums, and closing words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pikepdf import Array, Dictionary, Name

from fonts import Face
from ocr.pdfa import PRODUCER, PdfaDocument, finished
from ocr.pdfa_builder import PdfaBuilder
from ocr.pdfa_drawing import HAIRLINE, INK, QUIET, WARNING, Drawing, Fill, Run, Typesetter
from ocr.pdfa_statement import PAGE_HEIGHT_PT, PAGE_WIDTH_PT
from ocr.pdfa_tags import HEADING, PARAGRAPH, Element, PageMarks
from ocr.xmp import DocumentFacts

_WIDTH_PT: Final = PAGE_HEIGHT_PT
_HEIGHT_PT: Final = PAGE_WIDTH_PT
_MARGIN_PT: Final = 36.0
_TOP_PT: Final = _HEIGHT_PT - 48.0
_FLOOR_PT: Final = 56.0
_SIZE_PT: Final = 8.5
_LEADING: Final = 1.35
_PAD_PT: Final = 3.0
_FOOT_PT: Final = 8.0


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: its heading, its part of the page's width, and on which side its words stand."""

    heading: str
    share: float
    to_the_right: bool = False


@dataclass(frozen=True, slots=True)
class TableParts:
    """The words of a table; `lead` stands before it, `closing` after its sums, the foot on every page."""

    title: str
    language: str
    created_at: datetime
    lead: tuple[str, ...]
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    sums: tuple[str, ...]
    closing: tuple[str, ...]
    foot: str
    page_label: str
    specimen_text: str | None = None


class _Flow:
    """Puts rows under each other and begins a new page where the present one is full."""

    def __init__(self, parts: TableParts, *, typesetter: Typesetter) -> None:
        self._parts = parts
        self._typesetter = typesetter
        room = _WIDTH_PT - 2 * _MARGIN_PT
        whole = sum(column.share for column in parts.columns)
        self._widths = [room * column.share / whole for column in parts.columns]
        self._row_number = 0
        self._y = _TOP_PT
        self.pages: list[Drawing] = [Drawing()]

    def line(self, text: str, *, face: Face, size_pt: float, role: str = PARAGRAPH) -> None:
        """Write a paragraph over the whole width."""
        room = _WIDTH_PT - 2 * _MARGIN_PT
        wrapped = self._typesetter.wrap(text, face=face, size_pt=size_pt, width_pt=room)
        self._make_room(len(wrapped) * size_pt * _LEADING, with_head=False)
        element = self._next_element(role)
        for words in wrapped:
            self._draw(Run(words, face, size_pt, x=_MARGIN_PT, y=self._y - size_pt, colour=INK, element=element))
            self._y -= size_pt * _LEADING
        self._y -= size_pt * 0.4

    def head(self) -> None:
        """Write the headings of the columns."""
        self._row([column.heading for column in self._parts.columns], face=Face.SANS_BOLD)

    def row(self, cells: Sequence[str], *, face: Face = Face.SANS) -> None:
        """Write a row; the headings stand again on each new page."""
        wrapped = self._wrapped(cells, face=face)
        self._make_room(_height(wrapped), with_head=True)
        self._draw_row(wrapped, face=face)

    def _row(self, cells: Sequence[str], *, face: Face) -> None:
        wrapped = self._wrapped(cells, face=face)
        self._make_room(_height(wrapped), with_head=False)
        self._draw_row(wrapped, face=face)

    def _wrapped(self, cells: Sequence[str], *, face: Face) -> list[tuple[str, ...]]:
        return [
            self._cut(text, face=face, room=width - 2 * _PAD_PT)
            for text, width in zip(cells, self._widths, strict=True)
        ]

    def _cut(self, text: str, *, face: Face, room: float) -> tuple[str, ...]:
        """Wrap at blanks, and cut a word that is wider than its column."""
        lines: list[str] = []
        for line in self._typesetter.wrap(text, face=face, size_pt=_SIZE_PT, width_pt=room):
            rest = line
            while rest and (width := self._typesetter.width(rest, face=face, size_pt=_SIZE_PT)) > room:
                count = max(1, int(len(rest) * room / width) - 1)
                lines.append(rest[:count])
                rest = rest[count:]
            lines.append(rest)
        return tuple(lines)

    def _make_room(self, height: float, *, with_head: bool) -> None:
        if self._y - height < _FLOOR_PT:
            self.pages.append(Drawing())
            self._y = _TOP_PT
            if with_head:
                self.head()

    def _draw_row(self, wrapped: list[tuple[str, ...]], *, face: Face) -> None:
        top, height = self._y, _height(wrapped)
        element = self._next_element(PARAGRAPH)
        left = _MARGIN_PT
        for lines, width, column in zip(wrapped, self._widths, self._parts.columns, strict=True):
            for place, words in enumerate(lines):
                x = left + _PAD_PT
                if column.to_the_right:
                    x = left + width - _PAD_PT - self._typesetter.width(words, face=face, size_pt=_SIZE_PT)
                y = top - _PAD_PT - _SIZE_PT - place * _SIZE_PT * _LEADING
                if words:
                    self._draw(Run(words, face, _SIZE_PT, x=x, y=y, colour=INK, element=element))
            left += width
        rule = Fill(boxes=((_MARGIN_PT, top - height, _WIDTH_PT - 2 * _MARGIN_PT, 0.4),), colour=HAIRLINE)
        self.pages[-1] += Drawing(fills=(rule,))
        self._y = top - height

    def _draw(self, run: Run) -> None:
        self.pages[-1] += Drawing(runs=(run,))

    def _next_element(self, role: str) -> Element:
        self._row_number += 1
        return Element(role, f"row {self._row_number}")


def write_table(parts: TableParts) -> PdfaDocument:
    """Return the document; equal parts give equal bytes.

    Raises:
        PdfaError: a letter cannot be drawn.
    """
    typesetter = Typesetter()
    flow = _Flow(parts, typesetter=typesetter)
    flow.line(parts.title, face=Face.SANS_BOLD, size_pt=15, role=HEADING)
    for text in parts.lead:
        flow.line(text, face=Face.SANS, size_pt=10)
    flow.head()
    for cells in parts.rows:
        flow.row(cells)
    flow.row(parts.sums, face=Face.SANS_BOLD)
    flow.line(" ", face=Face.SANS, size_pt=8)
    for text in parts.closing:
        flow.line(text, face=Face.SANS, size_pt=10)
    return _written(parts, flow.pages, typesetter=typesetter)


def _written(parts: TableParts, drawings: list[Drawing], *, typesetter: Typesetter) -> PdfaDocument:
    pages = [
        drawing + _foot(parts, number=number, count=len(drawings), typesetter=typesetter)
        for number, drawing in enumerate(drawings, start=1)
    ]
    builder = PdfaBuilder()
    fonts = typesetter.embed_faces(pages, builder=builder)
    for page in pages:
        marks = PageMarks()
        faces = sorted({run.face for run in page.runs})
        builder.add_page(
            media_box=(0, 0, _WIDTH_PT, _HEIGHT_PT),
            content=fonts.operators(page, marks=marks).encode("ascii"),
            resources=Dictionary(
                Font=Dictionary({f"/{fonts.resource_name(face)}": fonts.objects[face] for face in faces}),
                ProcSet=Array([Name.PDF, Name.Text]),
            ),
            marks=marks,
        )
    facts = DocumentFacts(title=parts.title, language=parts.language, created_at=parts.created_at, producer=PRODUCER)
    return finished(builder.finish(facts), page_count=len(pages))


def _foot(parts: TableParts, *, number: int, count: int, typesetter: Typesetter) -> Drawing:
    text = f"{parts.page_label} {number}/{count}"
    width = typesetter.width(text, face=Face.SANS, size_pt=_FOOT_PT)
    right = _WIDTH_PT - _MARGIN_PT
    size = typesetter.fitted_size(
        parts.foot, face=Face.SANS, size_pt=_FOOT_PT, width_pt=right - _MARGIN_PT - width - 12
    )
    quiet = Run(parts.foot, Face.SANS, size, x=_MARGIN_PT, y=_FLOOR_PT - 26, colour=QUIET)
    runs = [quiet, replace(quiet, text=text, size_pt=_FOOT_PT, x=right - width)]
    if parts.specimen_text:
        mark = replace(quiet, text=parts.specimen_text, face=Face.SANS_BOLD, size_pt=10, y=_FLOOR_PT - 40)
        runs.append(replace(mark, colour=WARNING))
    return Drawing(runs=tuple(runs))


def _height(wrapped: Sequence[Sequence[str]]) -> float:
    return max(len(lines) for lines in wrapped) * _SIZE_PT * _LEADING + 2 * _PAD_PT


__all__ = ["TableColumn", "TableParts", "write_table"]
