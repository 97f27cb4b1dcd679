"""A figure as a picture: bars in SVG, with title, description and every number as text, for whoever sees no picture."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Final

from api.figures.report import Figure

_WIDTH: Final = 720
_LEFT: Final = 8
_ROW: Final = 48
_TOP: Final = 56
_BAR: Final = "#0b5c8a"
_INK: Final = "#1b1b1b"
_FONT: Final = 'font-family="sans-serif" font-size="14"'


def draw_bars(
    figure: Figure, *, title: str, said: str, label: Callable[[str], str], value: Callable[[float | None], str]
) -> str:
    """Draw the groups of a figure as bars; `said` is the sentence that says the same."""
    known = [cell.value for cell in figure.cells if cell.value is not None]
    longest = max(known, default=0) or 1
    height = _TOP + _ROW * max(1, len(figure.cells)) + 12
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" {_FONT}',
        f'aria-labelledby="title-{escape(figure.key)} desc-{escape(figure.key)}">',
        f'<title id="title-{escape(figure.key)}">{escape(title)}</title>',
        f'<desc id="desc-{escape(figure.key)}">{escape(said)}</desc>',
        f'<text x="{_LEFT}" y="28" font-size="18" font-weight="bold" fill="{_INK}">{escape(title)}</text>',
    ]
    for row, cell in enumerate(figure.cells):
        top = _TOP + _ROW * row
        room = _WIDTH - _LEFT - 110
        length = 0.0 if cell.value is None else room * cell.value / longest
        # The name stands above its bar: names of agencies and papers are longer than any column left of bars.
        parts += [
            f'<text x="{_LEFT}" y="{top + 14}" fill="{_INK}">{escape(label(cell.group))}</text>',
            f'<rect x="{_LEFT}" y="{top + 20}" width="{length:.1f}" height="16" fill="{_BAR}"/>',
            f'<text x="{_LEFT + length + 8:.1f}" y="{top + 33}" fill="{_INK}">{escape(value(cell.value))}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"
