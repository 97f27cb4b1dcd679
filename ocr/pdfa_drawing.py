"""What stands visibly on a page besides the scan: text, filled boxes and the look-up square, in points."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pikepdf
import segno

from fonts import EmbeddedFont, Face, GlyphMissing, LoadedFace, embed, load_face
from ocr.errors import PdfaError
from ocr.pdfa_builder import PdfaBuilder
from ocr.pdfa_tags import ARTIFACT, END, FOOTER, Element, PageMarks

Colour = tuple[float, float, float]
Rectangle = tuple[float, float, float, float]
"""Left, bottom, width, height in points."""

BLACK: Colour = (0.0, 0.0, 0.0)
INK: Colour = (0.13, 0.16, 0.22)
QUIET: Colour = (0.38, 0.42, 0.48)
HAIRLINE: Colour = (0.72, 0.75, 0.79)
WARNING: Colour = (0.72, 0.11, 0.11)
_QUIET_ZONE_MODULES = 4  # ISO/IEC 18004: four modules of white around the symbol.


@dataclass(frozen=True, slots=True)
class Run:
    """One piece of text with its baseline's left end; a screen reader passes over what belongs to no element."""

    text: str
    face: Face
    size_pt: float
    x: float
    y: float
    colour: Colour = BLACK
    element: Element | None = None


@dataclass(frozen=True, slots=True)
class Fill:
    """Boxes of one colour; `alt` is spoken in the place of a picture made of boxes, ornaments have none."""

    boxes: tuple[Rectangle, ...]
    colour: Colour = BLACK
    alt: str | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything drawn on one page, fills below text."""

    fills: tuple[Fill, ...] = ()
    runs: tuple[Run, ...] = ()

    def __add__(self, other: Drawing) -> Drawing:
        return Drawing(fills=self.fills + other.fills, runs=self.runs + other.runs)


class Typesetter:
    """Measures and breaks text in our faces; each face is read once."""

    def __init__(self) -> None:
        self._faces: dict[Face, LoadedFace] = {}

    def face(self, face: Face) -> LoadedFace:
        """Return the loaded face."""
        if face not in self._faces:
            self._faces[face] = load_face(face)
        return self._faces[face]

    def width(self, text: str, *, face: Face, size_pt: float) -> float:
        """Return the width of a text in points.

        Raises:
            PdfaError: a letter is in none of our faces.
        """
        try:
            return self.face(face).text_width(text.replace("\u00a0", " "), size_pt)
        except GlyphMissing as exc:
            raise PdfaError(f"a text of {len(text)} letters cannot be set: {exc}") from exc

    def fitted_size(self, text: str, *, face: Face, size_pt: float, width_pt: float) -> float:
        """Return the size, at most `size_pt`, at which the text fits a width."""
        natural = self.width(text, face=face, size_pt=size_pt)
        return size_pt if natural <= width_pt else size_pt * width_pt / natural

    def wrap(self, text: str, *, face: Face, size_pt: float, width_pt: float) -> tuple[str, ...]:
        """Return the text broken into lines at single spaces; two or more spaces are a gap that stays.

        A word longer than the width stands alone and may run over.
        """
        lines: list[str] = []
        # A no-break space holds a gap together until the lines are made.
        gapped = re.sub(r" {2,}", lambda gap: "\u00a0" * len(gap.group()), text.strip())
        for word in gapped.split(" "):
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.width(longer, face=face, size_pt=size_pt) <= width_pt:
                lines[-1] = longer
            else:
                lines.append(word)
        return tuple(line.replace("\u00a0", " ") for line in lines)

    def embed_faces(self, drawings: Iterable[Drawing], *, builder: PdfaBuilder) -> FontSet:
        """Embed exactly the letters that these drawings use."""
        texts: dict[Face, list[str]] = {}
        for drawing in drawings:
            for run in drawing.runs:
                texts.setdefault(run.face, []).append(run.text)
        fonts = {}
        for face in sorted(texts):
            try:
                fonts[face] = embed(self.face(face), texts[face])
            except GlyphMissing as exc:
                raise PdfaError(f"a text cannot be set in {face.value}: {exc}") from exc
        return FontSet(fonts=fonts, objects={face: builder.font(font) for face, font in fonts.items()})


@dataclass(frozen=True, slots=True)
class FontSet:
    """The visible fonts of a document and their objects."""

    fonts: Mapping[Face, EmbeddedFont]
    objects: Mapping[Face, pikepdf.Object]

    def resource_name(self, face: Face) -> str:
        """Return the name under which a page's resources list the font."""
        return f"V{sorted(self.fonts).index(face)}"

    def footer(self, drawing: Drawing) -> str:
        """Return the operators of a drawing that stands on every page and is not read out on each."""
        return "\n".join((FOOTER, "q", *map(_fill, drawing.fills), *self._text(drawing.runs, marks=None), "Q", END, ""))

    def operators(self, drawing: Drawing, *, marks: PageMarks) -> str:
        """Return the content stream operators of a drawing, each piece marked with the element it belongs to."""
        out = ["q"]
        for fill in drawing.fills:
            opening = ARTIFACT if fill.alt is None else marks.figure(fill.alt, box=_bounds(fill.boxes))
            out += [opening, _fill(fill), END]
        return "\n".join((*out, *self._text(drawing.runs, marks=marks), "Q", ""))

    def _text(self, runs: tuple[Run, ...], *, marks: PageMarks | None) -> list[str]:
        if not runs:
            return []
        out = ["BT", "0 Tr", "100 Tz"]
        element: Element | None = None
        for run in runs:
            if marks is not None:
                out.append(_opening(run.element, after=element, marks=marks))
                element = run.element
            text = self.fonts[run.face].encode(run.text).hex().upper()
            out += [
                f"{_colour(run.colour)} rg",
                f"/{self.resource_name(run.face)} {run.size_pt:.2f} Tf",
                f"1 0 0 1 {run.x:.2f} {run.y:.2f} Tm",
                f"<{text}> Tj",
            ]
            if marks is not None:
                out.append(END)
        return [*out, "ET"]


@dataclass(frozen=True, slots=True)
class LookupSquare:
    """A QR code; `quiet_zone_pt` is the white it needs on all four sides, which the caller keeps free."""

    fill: Fill
    quiet_zone_pt: float


def lookup_square(url: str, *, left: float, bottom: float, side_pt: float) -> LookupSquare:
    """Return a QR code of error correction M as boxes; the side is that of the symbol without its quiet zone."""
    code = segno.make(url, error="m", micro=False, boost_error=False)
    rows = [bytes(row) for row in code.matrix]
    module = side_pt / len(rows)
    boxes = []
    for row_index, row in enumerate(rows):
        y = bottom + side_pt - (row_index + 1) * module
        start = 0
        while start < len(row):
            end = start
            while end < len(row) and row[end]:
                end += 1
            if end > start:
                boxes.append((left + start * module, y, (end - start) * module, module))
            start = end + 1
    return LookupSquare(fill=Fill(boxes=tuple(boxes), alt=url), quiet_zone_pt=_QUIET_ZONE_MODULES * module)


def frame(box: Rectangle, *, thickness: float, colour: Colour) -> Fill:
    """Return the four sides of a box, drawn inside it."""
    x, y, width, height = box
    return Fill(
        boxes=(
            (x, y, width, thickness),
            (x, y + height - thickness, width, thickness),
            (x, y, thickness, height),
            (x + width - thickness, y, thickness, height),
        ),
        colour=colour,
    )


def _fill(fill: Fill) -> str:
    boxes = [f"{x:.3f} {y:.3f} {width:.3f} {height:.3f} re" for x, y, width, height in fill.boxes]
    return "\n".join((f"{_colour(fill.colour)} rg", *boxes, "f"))


def _opening(element: Element | None, *, after: Element | None, marks: PageMarks) -> str:
    if element is None:
        return ARTIFACT
    return marks.again() if element == after else marks.open(element.role)


def _bounds(boxes: tuple[Rectangle, ...]) -> tuple[float, float, float, float]:
    return (
        min(x for x, _, _, _ in boxes),
        min(y for _, y, _, _ in boxes),
        max(x + width for x, _, width, _ in boxes),
        max(y + height for _, y, _, height in boxes),
    )


def _colour(colour: Colour) -> str:
    return " ".join(f"{part:.3f}" for part in colour)
