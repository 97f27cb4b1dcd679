"""Draw the visible mark of a signature into its widget.

The mark is a form XObject of our own: thin frame, picture, QR code, heading, lines, in faces that are embedded as far
as they are used, so that a PDF/A-2u file stays one. Ink is DeviceGray, which every output intent covers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

from pyhanko.pdf_utils import generic

from fonts import EmbeddedFont, GlyphMissing
from signing.errors import MarkUnusable
from signing.mark_fonts import MarkFaces
from signing.mark_layout import LEADING, PADDING_PT, Layout, SetLine, face_of, fit, wrap
from signing.mark_picture import SealImage, draw_qr, qr_side_pt
from signing.objects import PdfValue, add_stream
from signing.reading import RevisionWriter

FRAME_WIDTH_PT = 0.5
FRAME_GRAY = 0.45
# A turned page shows its content clockwise; the mark is drawn the other way round, so that it stands upright.
_TURNS: dict[int, tuple[int, ...]] = {90: (0, 1, -1, 0, 0, 0), 180: (-1, 0, 0, -1, 0, 0), 270: (0, -1, 1, 0, 0, 0)}


class Align(StrEnum):
    """Where the lines of a mark stand."""

    LEFT = "left"
    RIGHT = "right"
    CENTRE = "centre"


@dataclass(frozen=True, slots=True)
class MarkStyle:
    """How a mark looks. A `size_pt` that is given is kept; without one the lines are set as large as they fit."""

    size_pt: float | None = None
    framed: bool = True
    align: Align = Align.LEFT
    padding_pt: float = PADDING_PT


@dataclass(frozen=True, slots=True)
class Mark:
    """What a visible signature says; a line may be wrapped between words, never cut."""

    lines: tuple[str, ...]
    heading: str | None = None
    style: MarkStyle = field(default_factory=MarkStyle)
    image: SealImage | None = None
    qr_text: str | None = None

    @property
    def pictures(self) -> int:
        """How many squares stand at the left of the words."""
        return (self.image is not None) + (self.qr_text is not None)


def measure_mark(mark: Mark, *, width_pt: float, faces: MarkFaces) -> tuple[int, int]:
    """Return the smallest width and height the mark takes at its own size, with lines no wider than `width_pt`.

    Raises:
        MarkUnusable: the mark has no size of its own, or a letter has no glyph.
    """
    size_pt = mark.style.size_pt
    if size_pt is None:
        raise MarkUnusable("a mark without a size of its own takes the room it is given; name a box for it")
    paragraphs = [SetLine(text, is_heading=False) for text in mark.lines]
    if mark.heading:
        paragraphs.insert(0, SetLine(mark.heading, is_heading=True))
    around = 2 * mark.style.padding_pt
    try:
        layout = wrap(paragraphs, size_pt=size_pt, width_pt=width_pt - around, faces=faces)
        height_pt = layout.height_pt + around
        if mark.qr_text is not None:
            height_pt = max(height_pt, qr_side_pt(mark.qr_text) + around)
        # Whole points first: a field's box has them, and the pictures grow with its height.
        height = math.ceil(height_pt)
        pictures_pt = mark.pictures * (height - around + mark.style.padding_pt)
        return math.ceil(layout.width_pt(faces) + around + pictures_pt), height
    except GlyphMissing as exc:
        raise MarkUnusable(f"the mark cannot be drawn: {exc}") from exc


def draw_mark(
    mark: Mark,
    *,
    writer: RevisionWriter,
    width_pt: float,
    height_pt: float,
    faces: MarkFaces,
    rotation: int = 0,
) -> generic.IndirectObject:
    """Add the mark's form XObject to the revision and return the reference to it.

    Width and height are those of the widget on the unturned page; on a page turned by `rotation` the mark stands
    upright for who reads it.

    Raises:
        MarkUnusable: the text does not fit the field even at the smallest size, or has a letter without a glyph.
    """
    if rotation in (90, 270):
        width_pt, height_pt = height_pt, width_pt
    padding_pt = mark.style.padding_pt
    side_pt = max(height_pt - 2 * padding_pt, 0.0)
    words_left_pt = padding_pt + mark.pictures * (side_pt + padding_pt)
    try:
        room = (width_pt - words_left_pt - padding_pt, height_pt - 2 * padding_pt)
        layout = fit(mark.lines, heading=mark.heading, size_pt=mark.style.size_pt, room=room, faces=faces)
        plain = faces.subset(faces.plain, [line.text for line in layout.lines if not line.is_heading])
        bold = faces.subset(faces.bold, [line.text for line in layout.lines if line.is_heading])
    except GlyphMissing as exc:
        raise MarkUnusable(f"the mark cannot be drawn: {exc}") from exc
    used = {"/F1": plain} | ({"/F2": bold} if mark.heading else {})
    resources: dict[str, PdfValue] = {"/Font": {key: font.add_to(writer) for key, font in used.items()}}
    parts = ["q", *_frame(mark, width_pt=width_pt, height_pt=height_pt)]
    left_pt = padding_pt
    if mark.image is not None:
        resources["/XObject"] = {"/Im1": mark.image.add_to(writer)}
        parts += _picture(mark.image, left_pt=left_pt, bottom_pt=padding_pt, side_pt=side_pt)
        left_pt += side_pt + padding_pt
    if mark.qr_text is not None:
        parts += draw_qr(mark.qr_text, left_pt=left_pt, bottom_pt=padding_pt, side_pt=side_pt)
    parts += _words(
        mark,
        layout,
        fonts=(plain.font, bold.font),
        left_pt=words_left_pt,
        room_pt=room[0],
        height_pt=height_pt,
        faces=faces,
    )
    header: dict[str, PdfValue] = {
        "/Type": "/XObject",
        "/Subtype": "/Form",
        "/BBox": (0, 0, float(width_pt), float(height_pt)),
        "/Resources": resources,
    }
    if rotation in _TURNS:
        header["/Matrix"] = _TURNS[rotation]
    return add_stream(writer, "\n".join([*parts, "Q", ""]).encode("ascii"), header)


def _frame(mark: Mark, *, width_pt: float, height_pt: float) -> list[str]:
    if not mark.style.framed:
        return []
    half = FRAME_WIDTH_PT / 2
    return [
        f"{FRAME_WIDTH_PT} w {FRAME_GRAY} G",
        f"{half:g} {half:g} {width_pt - FRAME_WIDTH_PT:.3f} {height_pt - FRAME_WIDTH_PT:.3f} re S",
    ]


def _picture(image: SealImage, *, left_pt: float, bottom_pt: float, side_pt: float) -> list[str]:
    """Place the picture in its square, its proportions kept."""
    scale = side_pt / max(image.width_px, image.height_px)
    width_pt, height_pt = image.width_px * scale, image.height_px * scale
    x, y = left_pt + (side_pt - width_pt) / 2, bottom_pt + (side_pt - height_pt) / 2
    return [f"q {width_pt:.3f} 0 0 {height_pt:.3f} {x:.3f} {y:.3f} cm /Im1 Do Q"]


def _words(
    mark: Mark,
    layout: Layout,
    *,
    fonts: tuple[EmbeddedFont, EmbeddedFont],
    left_pt: float,
    room_pt: float,
    height_pt: float,
    faces: MarkFaces,
) -> list[str]:
    plain, bold = fonts
    leading = layout.size_pt * LEADING
    # The block of lines stands in the middle of the height; its first baseline is one ascent below its top.
    baseline = height_pt - (height_pt - layout.height_pt) / 2 - layout.size_pt * plain.ascent / 1000
    parts = ["0 g BT"]
    for index, line in enumerate(layout.lines):
        name, font = ("/F2", bold) if line.is_heading else ("/F1", plain)
        spare_pt = room_pt - face_of(line, faces).text_width(line.text, layout.size_pt)
        x = left_pt + {Align.LEFT: 0.0, Align.RIGHT: spare_pt, Align.CENTRE: spare_pt / 2}[mark.style.align]
        parts.append(f"{name} {layout.size_pt:g} Tf 1 0 0 1 {x:.3f} {baseline - index * leading:.3f} Tm")
        parts.append(f"<{font.encode(line.text).hex().upper()}> Tj")
    return [*parts, "ET"]
