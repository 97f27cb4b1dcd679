"""Draw the visible mark of a signature into its existing, empty widget.

The mark is a form XObject of our own: thin frame, heading, lines, in faces that are embedded as far as they are
used, so that a PDF/A-2u file stays one. Ink is DeviceGray, which every output intent for print or screen covers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from pyhanko.pdf_utils import generic

from fonts import EmbeddedFont, Face, GlyphMissing, LoadedFace, embed, load_face
from signing.errors import MarkUnusable
from signing.objects import PdfValue, add_dictionary, add_stream
from signing.reading import RevisionWriter

LARGEST_SIZE_PT, UNBROKEN_SIZE_PT, SMALLEST_SIZE_PT, STEP_PT = 11.0, 8.0, 5.0, 0.5
LEADING = 1.22
PADDING_PT = 7.0
FRAME_WIDTH_PT = 0.5
FRAME_GRAY = 0.45


@dataclass(frozen=True, slots=True)
class Mark:
    """What a visible signature says; a line may be wrapped between words, never cut."""

    lines: tuple[str, ...]
    heading: str | None = None


@dataclass(frozen=True, slots=True)
class MarkFaces:
    """The two faces of a mark, loaded once and kept by the caller."""

    plain: LoadedFace
    bold: LoadedFace

    @classmethod
    def load(cls) -> Self:
        """Load the faces that the rules on form ask for: metrics of Times New Roman."""
        return cls(plain=load_face(Face.SERIF), bold=load_face(Face.SERIF_BOLD))


@dataclass(frozen=True, slots=True)
class _SetLine:
    text: str
    is_heading: bool


@dataclass(frozen=True, slots=True)
class _Layout:
    size_pt: float
    lines: tuple[_SetLine, ...]


def draw_mark(
    mark: Mark, *, writer: RevisionWriter, width_pt: float, height_pt: float, faces: MarkFaces
) -> generic.IndirectObject:
    """Add the mark's form XObject to the revision and return the reference to it.

    Raises:
        MarkUnusable: the text does not fit the field even at the smallest size, or has a letter without a glyph.
    """
    try:
        layout = _fit(mark, width_pt=width_pt, height_pt=height_pt, faces=faces)
        plain = embed(faces.plain, [line.text for line in layout.lines if not line.is_heading])
        bold = embed(faces.bold, [line.text for line in layout.lines if line.is_heading])
    except GlyphMissing as exc:
        raise MarkUnusable(f"the mark cannot be drawn: {exc}") from exc
    used = {"/F1": plain} | ({"/F2": bold} if mark.heading else {})
    content = _content(layout, width_pt=width_pt, height_pt=height_pt, plain=plain, bold=bold)
    return add_stream(
        writer,
        content,
        {
            "/Type": "/XObject",
            "/Subtype": "/Form",
            "/BBox": (0, 0, float(width_pt), float(height_pt)),
            "/Resources": {"/Font": {key: _add_font(font, writer=writer) for key, font in used.items()}},
        },
    )


def _fit(mark: Mark, *, width_pt: float, height_pt: float, faces: MarkFaces) -> _Layout:
    """Return the largest setting that fits: unbroken lines down to a readable size, then wrapped ones."""
    room = (width_pt - 2 * PADDING_PT, height_pt - 2 * PADDING_PT)
    paragraphs = [_SetLine(text, is_heading=False) for text in mark.lines]
    if mark.heading:
        paragraphs.insert(0, _SetLine(mark.heading, is_heading=True))
    for size_pt in _sizes(down_to=UNBROKEN_SIZE_PT):
        if _fits(paragraphs, size_pt=size_pt, room=room, faces=faces):
            return _Layout(size_pt, tuple(paragraphs))
    for size_pt in _sizes(down_to=SMALLEST_SIZE_PT):
        wrapped = [
            _SetLine(piece, line.is_heading)
            for line in paragraphs
            for piece in _wrap(line.text, face=_face(line, faces), size_pt=size_pt, room_pt=room[0])
        ]
        if _fits(wrapped, size_pt=size_pt, room=room, faces=faces):
            return _Layout(size_pt, tuple(wrapped))
    raise MarkUnusable(
        f"a mark of {len(paragraphs)} lines does not fit {width_pt:.0f} × {height_pt:.0f} pt "
        f"at {SMALLEST_SIZE_PT:.0f} pt; shorten it or give the field more room"
    )


def _sizes(*, down_to: float) -> list[float]:
    return [LARGEST_SIZE_PT - STEP_PT * step for step in range(round((LARGEST_SIZE_PT - down_to) / STEP_PT) + 1)]


def _fits(lines: list[_SetLine], *, size_pt: float, room: tuple[float, float], faces: MarkFaces) -> bool:
    widest = max((_face(line, faces).text_width(line.text, size_pt) for line in lines), default=0.0)
    return widest <= room[0] and len(lines) * size_pt * LEADING <= room[1]


def _face(line: _SetLine, faces: MarkFaces) -> LoadedFace:
    return faces.bold if line.is_heading else faces.plain


def _wrap(text: str, *, face: LoadedFace, size_pt: float, room_pt: float) -> list[str]:
    pieces: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if line and face.text_width(longer, size_pt) > room_pt:
            pieces.append(line)
            line = word
        else:
            line = longer
    return [*pieces, line]


def _content(layout: _Layout, *, width_pt: float, height_pt: float, plain: EmbeddedFont, bold: EmbeddedFont) -> bytes:
    half = FRAME_WIDTH_PT / 2
    leading = layout.size_pt * LEADING
    block = leading * len(layout.lines)
    # The block of lines stands in the middle of the height; its first baseline is one ascent below its top.
    baseline = height_pt - (height_pt - block) / 2 - layout.size_pt * plain.ascent / 1000
    parts = [
        "q",
        f"{FRAME_WIDTH_PT} w {FRAME_GRAY} G",
        f"{half:g} {half:g} {width_pt - FRAME_WIDTH_PT:.3f} {height_pt - FRAME_WIDTH_PT:.3f} re S",
        "0 g BT",
    ]
    for index, line in enumerate(layout.lines):
        name, font = ("/F2", bold) if line.is_heading else ("/F1", plain)
        parts.append(f"{name} {layout.size_pt:g} Tf 1 0 0 1 {PADDING_PT:g} {baseline - index * leading:.3f} Tm")
        parts.append(f"<{font.encode(line.text).hex().upper()}> Tj")
    return "\n".join([*parts, "ET", "Q", ""]).encode("ascii")


def _add_font(font: EmbeddedFont, *, writer: RevisionWriter) -> generic.IndirectObject:
    """Add a Type 0 font over a TrueType descendant with Identity-H (ISO 32000-1, 9.7)."""
    base_font = f"/{font.postscript_name}"
    descriptor: dict[str, PdfValue] = {
        "/Type": "/FontDescriptor",
        "/FontName": base_font,
        "/Flags": font.flags,
        "/FontBBox": font.bbox,
        "/ItalicAngle": font.italic_angle,
        "/Ascent": font.ascent,
        "/Descent": font.descent,
        "/CapHeight": font.cap_height,
        "/StemV": font.stem_v,
        "/FontFile2": add_stream(writer, font.font_file, {"/Length1": len(font.font_file)}),
    }
    widths: list[PdfValue] = []
    for glyph_id, width in font.widths.items():
        widths += (glyph_id, [width])
    descendant: dict[str, PdfValue] = {
        "/Type": "/Font",
        "/Subtype": "/CIDFontType2",
        "/BaseFont": base_font,
        "/CIDSystemInfo": {"/Registry": b"Adobe", "/Ordering": b"Identity", "/Supplement": 0},
        "/FontDescriptor": add_dictionary(writer, descriptor),
        "/DW": 0,
        "/W": widths,
        "/CIDToGIDMap": "/Identity",
    }
    whole: dict[str, PdfValue] = {
        "/Type": "/Font",
        "/Subtype": "/Type0",
        "/BaseFont": base_font,
        "/Encoding": "/Identity-H",
        "/DescendantFonts": [add_dictionary(writer, descendant)],
        "/ToUnicode": add_stream(writer, font.to_unicode),
    }
    return add_dictionary(writer, whole)
