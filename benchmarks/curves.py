"""Curves as a picture for the results: both axes logarithmic, every number also as text for whoever sees no picture."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_WIDTH: Final = 900
_HEIGHT: Final = 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 340, 50, 50
_COLOURS: Final = ("#0b5c8a", "#b3541e", "#2e7d32", "#7b3fa0", "#a3123c", "#5d5d00", "#00707a", "#444a52", "#c2185b")
_INK: Final = "#1b1b1b"


@dataclass(frozen=True, slots=True)
class Curve:
    """One line: its name, and what was measured (milliseconds) at which size."""

    name: str
    points: tuple[tuple[int, float], ...]


def draw_curves(curves: Sequence[Curve], *, title: str) -> str:
    """Draw them as SVG; a description holds every number.

    Raises:
        ValueError: there is nothing to draw.
    """
    points = [point for curve in curves for point in curve.points]
    if not points:
        raise ValueError("there is no point to draw")
    axes = _Axes.around(points)
    said = "; ".join(
        f"{curve.name}: " + ", ".join(f"{took:.1f} ms at {count:,}" for count, took in curve.points) for curve in curves
    )
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
            'font-family="sans-serif" font-size="13" aria-labelledby="t d">'
        ),
        f'<title id="t">{escape(title)}</title><desc id="d">{escape(said)}</desc>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="26" font-size="18" font-weight="bold" fill="{_INK}">{escape(title)}</text>',
        *axes.drawn(sorted({count for count, _ in points})),
    ]
    for number, curve in enumerate(sorted(curves, key=lambda curve: -curve.points[-1][1])):
        colour = _COLOURS[number % len(_COLOURS)]
        line = " ".join(f"{axes.x(count):.1f},{axes.y(took):.1f}" for count, took in curve.points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{axes.x(count):.1f}" cy="{axes.y(took):.1f}" r="3.5" fill="{colour}"/>'
            for count, took in curve.points
        ]
        row = _TOP + 12 + number * 24
        parts.append(f'<rect x="{_WIDTH - _RIGHT + 24}" y="{row - 9}" width="12" height="4" fill="{colour}"/>')
        parts.append(f'<text x="{_WIDTH - _RIGHT + 42}" y="{row}" fill="{_INK}">{escape(curve.name)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


@dataclass(frozen=True, slots=True)
class _Axes:
    """Where a size and a time stand in the picture."""

    least: tuple[float, float]
    most: tuple[float, float]

    @classmethod
    def around(cls, points: Sequence[tuple[int, float]]) -> _Axes:
        counts = [math.log10(count) for count, _ in points]
        took = [math.log10(max(one, 0.1)) for _, one in points]
        return cls((min(counts), math.floor(min(took))), (max(counts), math.ceil(max(took))))

    def x(self, count: float) -> float:
        return self._at(math.log10(count), 0, _LEFT, _WIDTH - _RIGHT)

    def y(self, took: float) -> float:
        return self._at(math.log10(max(took, 0.1)), 1, _HEIGHT - _BOTTOM, _TOP)

    def drawn(self, counts: Sequence[int]) -> Iterator[str]:
        """The lines of whole decades, with what they mean."""
        for decade in range(int(self.least[1]), int(self.most[1]) + 1):
            row = self.y(10.0**decade)
            yield f'<path d="M{_LEFT} {row:.1f}H{_WIDTH - _RIGHT}" stroke="#d5d8dc"/>'
            yield f'<text x="{_LEFT - 8}" y="{row + 4:.1f}" text-anchor="end" fill="{_INK}">{10.0**decade:g} ms</text>'
        for count in counts:
            column = self.x(count)
            yield f'<path d="M{column:.1f} {_TOP}V{_HEIGHT - _BOTTOM}" stroke="#d5d8dc"/>'
            yield f'<text x="{column:.1f}" y="{_HEIGHT - _BOTTOM + 20}" text-anchor="middle" fill="{_INK}">{count:,}</text>'

    def _at(self, value: float, axis: int, begin: float, end: float) -> float:
        width = (self.most[axis] - self.least[axis]) or 1.0
        return begin + (end - begin) * (value - self.least[axis]) / width
