"""Set the words of a mark into its room: the largest size that fits, broken between words and never cut."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from fonts import LoadedFace
from signing.errors import MarkUnusable
from signing.mark_fonts import MarkFaces

LARGEST_SIZE_PT, UNBROKEN_SIZE_PT, SMALLEST_SIZE_PT, STEP_PT = 11.0, 8.0, 5.0, 0.5
LEADING = 1.22
PADDING_PT = 7.0


@dataclass(frozen=True, slots=True)
class SetLine:
    """One line as it is drawn."""

    text: str
    is_heading: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """Lines at one size."""

    size_pt: float
    lines: tuple[SetLine, ...]

    @property
    def height_pt(self) -> float:
        """How high the block of lines stands."""
        return len(self.lines) * self.size_pt * LEADING

    def width_pt(self, faces: MarkFaces) -> float:
        """How wide the widest line is."""
        return max((face_of(line, faces).text_width(line.text, self.size_pt) for line in self.lines), default=0.0)


def fit(
    lines: tuple[str, ...], *, heading: str | None, size_pt: float | None, room: tuple[float, float], faces: MarkFaces
) -> Layout:
    """Return the largest setting that fits: unbroken lines down to a readable size, then wrapped ones.

    A given `size_pt` is kept: then lines are broken, never made smaller.

    Raises:
        MarkUnusable: nothing fits.
        GlyphMissing: a letter is not in the face.
    """
    paragraphs = [SetLine(unicodedata.normalize("NFC", text), is_heading=False) for text in lines]
    if heading:
        paragraphs.insert(0, SetLine(unicodedata.normalize("NFC", heading), is_heading=True))
    for size in [size_pt] if size_pt else _sizes(down_to=UNBROKEN_SIZE_PT):
        unbroken = Layout(size, tuple(paragraphs))
        if _fits(unbroken, room=room, faces=faces):
            return unbroken
    for size in [size_pt] if size_pt else _sizes(down_to=SMALLEST_SIZE_PT):
        wrapped = wrap(paragraphs, size_pt=size, width_pt=room[0], faces=faces)
        if _fits(wrapped, room=room, faces=faces):
            return wrapped
    raise MarkUnusable(
        f"a mark of {len(paragraphs)} lines does not fit {room[0]:.0f} × {room[1]:.0f} pt "
        f"at {size_pt or SMALLEST_SIZE_PT:g} pt; shorten it or give the field more room"
    )


def wrap(paragraphs: list[SetLine], *, size_pt: float, width_pt: float, faces: MarkFaces) -> Layout:
    """Break lines between words where they are wider than the room.

    Raises:
        GlyphMissing: a letter is not in the face.
    """
    return Layout(
        size_pt,
        tuple(
            SetLine(piece, line.is_heading)
            for line in paragraphs
            for piece in _pieces(line.text, face=face_of(line, faces), size_pt=size_pt, room_pt=width_pt)
        ),
    )


def face_of(line: SetLine, faces: MarkFaces) -> LoadedFace:
    """Return the face in which a line is set."""
    return faces.bold if line.is_heading else faces.plain


def _sizes(*, down_to: float) -> list[float]:
    return [LARGEST_SIZE_PT - STEP_PT * step for step in range(round((LARGEST_SIZE_PT - down_to) / STEP_PT) + 1)]


def _fits(layout: Layout, *, room: tuple[float, float], faces: MarkFaces) -> bool:
    # A hair of slack: a field that was made for exactly these lines must take them.
    return layout.width_pt(faces) <= room[0] + 0.01 and layout.height_pt <= room[1] + 0.01


def _pieces(text: str, *, face: LoadedFace, size_pt: float, room_pt: float) -> list[str]:
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
