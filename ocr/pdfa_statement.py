"""Sets the page of the certification statement: heading, the officer's words, room for both signatures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from fonts import Face
from ocr.errors import StatementTooLong
from ocr.pdfa_drawing import HAIRLINE, INK, QUIET, Drawing, Fill, Rectangle, Run, Typesetter, frame
from ocr.pdfa_tags import HEADING, PARAGRAPH, Element

PAGE_WIDTH_PT = 595.276
PAGE_HEIGHT_PT = 841.89
SIGNATURE_SIZE_PT = (210.0, 90.0)

_MARGIN_PT = 71.0
_FRAME_INSET_PT = 30.0
_HEADING_PT = 16.0
_FIRST_BASELINE_PT = PAGE_HEIGHT_PT - 118.0
_LEADING = 1.5
_CAPTION_PT = 11.0
_NOTE_PT = 8.6
_NOTE_FLOOR_PT = 44.0
_LARGE_SCALE = 1.15
"""For a short statement, which leaves at least `_AMPLE_AIR_PT` of its page free."""
_AMPLE_AIR_PT = 200.0
_SCALES = (_LARGE_SCALE, 1.0, 0.94, 0.88, 0.82, 0.76)
"""A long statement is set smaller in these steps; below the last it would be hard to read."""
_AIR_ABOVE, _AIR_UNDER_HEADING, _AIR_OVER_CAPTIONS = 0.18, 0.04, 0.26
"""How free height is shared out; the rest stays under the signatures, so that the page rests in its upper half."""


class Align(StrEnum):
    """Where a line stands between the margins."""

    LEFT = "LEFT"
    CENTRE = "CENTRE"
    RIGHT = "RIGHT"


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One paragraph of the statement; it wraps between the margins. An empty text leaves a gap."""

    text: str
    bold: bool = False
    align: Align = Align.LEFT
    size_pt: float = 13.0


@dataclass(frozen=True, slots=True)
class StatementPage:
    """The words of the statement; the captions stand above the two signature boxes, one line each entry."""

    heading: str
    lines: tuple[StatementLine, ...]
    officer_caption: tuple[str, ...] = ("NGƯỜI THỰC HIỆN CHỨNG THỰC",)
    seal_caption: tuple[str, ...] = ("CHỮ KÝ SỐ CỦA CƠ QUAN",)


@dataclass(frozen=True, slots=True)
class StatementSheet:
    """The set page and where its two signature fields lie (left, bottom, width, height)."""

    drawing: Drawing
    officer_box: Rectangle
    seal_box: Rectangle


def set_statement(statement: StatementPage, *, conversion_note: str, typesetter: Typesetter) -> StatementSheet:
    """Return the page, set as large as it fits.

    Raises:
        StatementTooLong: it does not fit at the smallest readable size; nothing is cut off.
    """
    note = _set_note(conversion_note, typesetter=typesetter)
    note_top = max((run.y for run in note.runs), default=_NOTE_FLOOR_PT) + 24
    for scale in _SCALES:
        tight = _set_words(statement, scale=scale, air_pt=0.0, typesetter=typesetter)
        air_pt = _box_top(statement, words_end=tight.end_y) - SIGNATURE_SIZE_PT[1] - note_top
        if air_pt >= (_AMPLE_AIR_PT if scale == _LARGE_SCALE else 0.0):
            words = _set_words(statement, scale=scale, air_pt=air_pt, typesetter=typesetter)
            box_top = _box_top(statement, words_end=words.end_y) - _AIR_OVER_CAPTIONS * air_pt
            return _with_boxes(statement, words.drawing, note=note, box_top=box_top, typesetter=typesetter)
    raise StatementTooLong(
        f"the statement of {len(statement.lines)} paragraphs does not fit one page; shorten titles or captions"
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """Heading and paragraphs with the baseline that would come next."""

    drawing: Drawing
    end_y: float


def _box_top(statement: StatementPage, *, words_end: float) -> float:
    captions = max(len(statement.officer_caption), len(statement.seal_caption))
    return words_end - 34 - captions * _CAPTION_PT * _LEADING


def _set_words(statement: StatementPage, *, scale: float, air_pt: float, typesetter: Typesetter) -> _Words:
    room = PAGE_WIDTH_PT - 2 * _MARGIN_PT
    runs: list[Run] = []
    y = _FIRST_BASELINE_PT - _AIR_ABOVE * air_pt
    size = _HEADING_PT * scale
    for text in typesetter.wrap(statement.heading, face=Face.SERIF_BOLD, size_pt=size, width_pt=room):
        run = _aligned(text, face=Face.SERIF_BOLD, size_pt=size, align=Align.CENTRE, y=y, typesetter=typesetter)
        runs.append(replace(run, element=Element(HEADING, "heading")))
        y -= size * 1.35
    rule = Fill(boxes=((PAGE_WIDTH_PT / 2 - 42, y + size * 0.62, 84, 0.8),), colour=INK)
    y -= 24 * scale + _AIR_UNDER_HEADING * air_pt
    for index, line in enumerate(statement.lines):
        face = Face.SERIF_BOLD if line.bold else Face.SERIF
        size = line.size_pt * scale
        if not line.text.strip():
            y -= size * 0.6
            continue
        for text in typesetter.wrap(line.text, face=face, size_pt=size, width_pt=room):
            run = _aligned(text, face=face, size_pt=size, align=line.align, y=y, typesetter=typesetter)
            runs.append(replace(run, element=Element(PARAGRAPH, f"line {index}")))
            y -= size * _LEADING
        y -= size * 0.28
    inset = _FRAME_INSET_PT
    outer = (inset, inset, PAGE_WIDTH_PT - 2 * inset, PAGE_HEIGHT_PT - 2 * inset)
    inner = (inset + 3, inset + 3, PAGE_WIDTH_PT - 2 * inset - 6, PAGE_HEIGHT_PT - 2 * inset - 6)
    fills = (
        frame(outer, thickness=0.9, colour=QUIET),
        frame(inner, thickness=0.35, colour=QUIET),
        rule,
    )
    return _Words(drawing=Drawing(fills=fills, runs=tuple(runs)), end_y=y)


def _set_note(note: str, *, typesetter: Typesetter) -> Drawing:
    """Return the mark of conversion at the foot of the page, inside the frame."""
    room = PAGE_WIDTH_PT - 2 * _MARGIN_PT
    lines = typesetter.wrap(note, face=Face.SERIF_ITALIC, size_pt=_NOTE_PT, width_pt=room)
    runs = []
    for index, text in enumerate(reversed(lines)):
        y = _NOTE_FLOOR_PT + index * _NOTE_PT * 1.35
        run = _aligned(text, face=Face.SERIF_ITALIC, size_pt=_NOTE_PT, align=Align.CENTRE, y=y, typesetter=typesetter)
        runs.append(replace(run, element=Element(PARAGRAPH, "note")))
    if not runs:
        return Drawing()
    top = runs[-1].y + _NOTE_PT + 5
    rule = Fill(boxes=((_MARGIN_PT, top, room, 0.4),), colour=HAIRLINE)
    return Drawing(fills=(rule,), runs=tuple(reversed(runs)))


def _with_boxes(
    statement: StatementPage, words: Drawing, *, note: Drawing, box_top: float, typesetter: Typesetter
) -> StatementSheet:
    width, height = SIGNATURE_SIZE_PT
    officer = (PAGE_WIDTH_PT - _MARGIN_PT - width, box_top - height, width, height)
    seal = (_MARGIN_PT, box_top - height, width, height)
    rows = max(len(statement.officer_caption), len(statement.seal_caption))
    runs = (
        *_caption(statement.officer_caption, box=officer, rows=rows, typesetter=typesetter),
        *_caption(statement.seal_caption, box=seal, rows=rows, typesetter=typesetter),
    )
    # No outline here: the mark of each signature draws its own.
    # The order is that of reading aloud: the words, what the signatures mean, the note at the foot.
    return StatementSheet(drawing=words + Drawing(runs=runs) + note, officer_box=officer, seal_box=seal)


def _caption(lines: tuple[str, ...], *, box: Rectangle, rows: int, typesetter: Typesetter) -> list[Run]:
    """Set the lines above a box; the first lines of both captions stand level, whatever follows them."""
    left, bottom, width, height = box
    runs = []
    for index, text in enumerate(lines):
        face = Face.SERIF_ITALIC if index else Face.SERIF_BOLD
        size = typesetter.fitted_size(text, face=face, size_pt=_CAPTION_PT, width_pt=width)
        x = left + (width - typesetter.width(text, face=face, size_pt=size)) / 2
        y = bottom + height + 9 + (rows - 1 - index) * _CAPTION_PT * 1.35
        element = Element(PARAGRAPH, f"caption {left:.0f}")
        runs.append(Run(text=text, face=face, size_pt=size, x=x, y=y, colour=INK, element=element))
    return runs


def _aligned(text: str, *, face: Face, size_pt: float, align: Align, y: float, typesetter: Typesetter) -> Run:
    room = PAGE_WIDTH_PT - 2 * _MARGIN_PT
    # One word wider than the page is set smaller rather than cut.
    size = typesetter.fitted_size(text, face=face, size_pt=size_pt, width_pt=room)
    slack = room - typesetter.width(text, face=face, size_pt=size)
    shift = {Align.LEFT: 0.0, Align.CENTRE: slack / 2, Align.RIGHT: slack}[align]
    return Run(text=text, face=face, size_pt=size, x=_MARGIN_PT + shift, y=y, colour=INK)
