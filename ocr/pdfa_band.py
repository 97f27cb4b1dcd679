"""Draws the band below each page of a certified copy: look-up code, words of the agency, page number, specimen mark.

The band hangs below the scan (its top is y = 0), so that nothing ever covers what was scanned.
"""

from __future__ import annotations

from dataclasses import dataclass

from fonts import Face
from ocr.errors import PdfaError
from ocr.pdfa_drawing import HAIRLINE, INK, QUIET, WARNING, Drawing, Fill, Run, Typesetter, lookup_square

BAND_HEIGHT_PT = 54.0
BAND_LEAST_WIDTH_PT = 280.0
"""A narrower scan gets a wider sheet, so that the code stays readable."""
_SQUARE_PT = 16 / 25.4 * 72
_MARGIN_PT = 17.0
_GAP_PT = 7.0
_CODE_PT = 9.5
_SMALL_PT = 6.6
_LEADING_PT = 8.6
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
    square_bottom = -BAND_HEIGHT_PT + (BAND_HEIGHT_PT - _SQUARE_PT) / 2 - 1
    square = lookup_square(band.lookup_url, left=_MARGIN_PT - 4, bottom=square_bottom, side_pt=_SQUARE_PT)
    rule = Fill(boxes=((_MARGIN_PT, -2.4, width_pt - 2 * _MARGIN_PT, 0.5),), colour=HAIRLINE)
    text_left = _MARGIN_PT - 4 + _SQUARE_PT + _GAP_PT
    right_runs, right_width = _right_column(
        band, right=width_pt - _MARGIN_PT, page_number=page_number, page_count=page_count, typesetter=typesetter
    )
    room = width_pt - _MARGIN_PT - text_left - right_width - _GAP_PT
    left_runs = _left_column(band, left=text_left, room=room, typesetter=typesetter)
    return Drawing(fills=(rule, square), runs=(*left_runs, *right_runs))


def _left_column(band: Band, *, left: float, room: float, typesetter: Typesetter) -> tuple[Run, ...]:
    label = f"{band.words.code_label}: "
    whole = label + band.code
    size = typesetter.fitted_size(whole, face=Face.SANS_BOLD, size_pt=_CODE_PT, width_pt=room)
    y = -14.5
    label_width = typesetter.width(label, face=Face.SANS, size_pt=size)
    runs = [
        Run(text=label, face=Face.SANS, size_pt=size, x=left, y=y, colour=QUIET),
        Run(text=band.code, face=Face.SANS_BOLD, size_pt=size, x=left + label_width, y=y, colour=INK),
    ]
    for line in band.lines:
        y -= _LEADING_PT if runs[2:] else 10.4
        line_size = typesetter.fitted_size(line, face=Face.SANS, size_pt=_SMALL_PT, width_pt=room)
        runs.append(Run(text=line, face=Face.SANS, size_pt=line_size, x=left, y=y, colour=INK))
    return tuple(runs)


def _right_column(
    band: Band, *, right: float, page_number: int, page_count: int, typesetter: Typesetter
) -> tuple[tuple[Run, ...], float]:
    page_text = f"{band.words.page_label} {page_number}/{page_count}"
    page_width = typesetter.width(page_text, face=Face.SANS, size_pt=7.5)
    runs = [Run(text=page_text, face=Face.SANS, size_pt=7.5, x=right - page_width, y=-14.5, colour=QUIET)]
    if band.specimen_text is None:
        return tuple(runs), page_width
    width = typesetter.width(band.specimen_text, face=Face.SANS_BOLD, size_pt=9.5)
    runs.append(
        Run(text=band.specimen_text, face=Face.SANS_BOLD, size_pt=9.5, x=right - width, y=-33.0, colour=WARNING)
    )
    return tuple(runs), max(width, page_width)
