"""Draws the band below each page of a certified copy: look-up code, words of the agency, page number, specimen mark.

The band hangs below the scan (its top is y = 0), so that nothing ever covers what was scanned.
"""

from __future__ import annotations

from dataclasses import dataclass

from fonts import Face
from ocr.errors import PdfaError
from ocr.pdfa_drawing import HAIRLINE, INK, QUIET, WARNING, Drawing, Fill, Run, Typesetter, lookup_square
from ocr.pdfa_tags import PARAGRAPH, Element

BAND_HEIGHT_PT = 68.0
BAND_LEAST_WIDTH_PT = 280.0
"""A narrower scan gets a wider sheet, so that the code stays readable."""
_SQUARE_PT = 16 / 25.4 * 72
"""The printed symbol without its quiet zone."""
_SQUARE_TOP_PT = -10.0
"""White above it for the largest modules a symbol of this size can have; below it, more than printers cut off."""
_MARGIN_PT = 17.0
_GAP_PT = 3.0
_CODE_PT = 10.0
_SMALL_PT = 7.0
_PAGE_PT = 7.5
_SPECIMEN_PT = 10.5
_FIRST_BASELINE_PT = _SQUARE_TOP_PT - 7.4
"""The capitals of the first line end level with the symbol, the third small line stands level with its foot."""
_LAST_BASELINE_PT = _SQUARE_TOP_PT - _SQUARE_PT + 1.2
_LEADING_PT = 10.6
_MOST_LINES = 3


@dataclass(frozen=True, slots=True)
class BandWords:
    """The fixed words of the band in the copy's language."""

    code_label: str = "Mã tra cứu"
    page_label: str = "Trang"


@dataclass(frozen=True, slots=True)
class Band:
    """What one band says; `code` and `lines` stand as given, `lookup_url` goes into the square."""

    code: str
    lookup_url: str
    lines: tuple[str, ...]
    specimen_text: str | None
    words: BandWords


def draw_band(band: Band, *, width_pt: float, page_number: int, page_count: int, typesetter: Typesetter) -> Drawing:
    """Return the band for a page of this width; long texts are set smaller, never cut.

    Raises:
        PdfaError: it is given more lines than it holds.
    """
    if len(band.lines) > _MOST_LINES:
        raise PdfaError(f"{len(band.lines)} lines do not fit the band; it holds {_MOST_LINES}")
    square = lookup_square(band.lookup_url, left=_MARGIN_PT, bottom=_SQUARE_TOP_PT - _SQUARE_PT, side_pt=_SQUARE_PT)
    text_left = _MARGIN_PT + _SQUARE_PT + square.quiet_zone_pt + _GAP_PT
    # The rule stands over the words only: a line above the square would lie in its quiet zone.
    rule = Fill(boxes=((text_left, -2.4, width_pt - _MARGIN_PT - text_left, 0.5),), colour=HAIRLINE)
    right_runs, right_width = _right_column(
        band, right=width_pt - _MARGIN_PT, page_number=page_number, page_count=page_count, typesetter=typesetter
    )
    room = width_pt - _MARGIN_PT - text_left - right_width - _GAP_PT
    left_runs = _left_column(band, left=text_left, room=room, typesetter=typesetter)
    return Drawing(fills=(rule, square.fill), runs=(*left_runs, *right_runs))


def _left_column(band: Band, *, left: float, room: float, typesetter: Typesetter) -> tuple[Run, ...]:
    label = f"{band.words.code_label}: "
    whole = label + band.code
    size = typesetter.fitted_size(whole, face=Face.SANS_BOLD, size_pt=_CODE_PT, width_pt=room)
    y = _FIRST_BASELINE_PT
    label_width = typesetter.width(label, face=Face.SANS, size_pt=size)
    spoken = Element(PARAGRAPH, "code")
    runs = [
        Run(text=label, face=Face.SANS, size_pt=size, x=left, y=y, colour=QUIET, element=spoken),
        Run(text=band.code, face=Face.SANS_BOLD, size_pt=size, x=left + label_width, y=y, colour=INK, element=spoken),
    ]
    for index, line in enumerate(band.lines):
        y = _LAST_BASELINE_PT + (_MOST_LINES - 1 - index) * _LEADING_PT
        line_size = typesetter.fitted_size(line, face=Face.SANS, size_pt=_SMALL_PT, width_pt=room)
        spoken = Element(PARAGRAPH, f"band {index}")
        runs.append(Run(text=line, face=Face.SANS, size_pt=line_size, x=left, y=y, colour=INK, element=spoken))
    return tuple(runs)


def _right_column(
    band: Band, *, right: float, page_number: int, page_count: int, typesetter: Typesetter
) -> tuple[tuple[Run, ...], float]:
    page_text = f"{band.words.page_label} {page_number}/{page_count}"
    page_width = typesetter.width(page_text, face=Face.SANS, size_pt=_PAGE_PT)
    runs = [
        Run(text=page_text, face=Face.SANS, size_pt=_PAGE_PT, x=right - page_width, y=_FIRST_BASELINE_PT, colour=QUIET)
    ]
    if band.specimen_text is None:
        return tuple(runs), page_width
    width = typesetter.width(band.specimen_text, face=Face.SANS_BOLD, size_pt=_SPECIMEN_PT)
    runs.append(
        Run(
            text=band.specimen_text,
            face=Face.SANS_BOLD,
            size_pt=_SPECIMEN_PT,
            x=right - width,
            y=_LAST_BASELINE_PT,
            colour=WARNING,
            element=Element(PARAGRAPH, "specimen"),
        )
    )
    return tuple(runs), max(width, page_width)
