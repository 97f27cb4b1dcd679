"""Finds which way up a page stands, and proves it by reading.

Projections alone fail on narrow receipts; mean confidence or letter counts alone each stood good pages on
their head. What holds: letters read with confidence of 75 and more, and three quarters of all letters so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ocr.engine import GrayImage, Layout, OcrEngine, RecognisedWord
from ocr.prepare import PreparedPage, estimate_skew, lines_run_down, loses_ink, straighten, turn

_SURE_CONFIDENCE = 75.0
_SURE_SHARE = 0.75
_SURE_LETTERS = 14
_BAND_SHARE = 0.16
_LEAST_SKEW_DEGREES = 0.15
"""Below this the lines are straight to the engine and to the eye."""


@dataclass(frozen=True, slots=True)
class UprightReading:
    """What was read from a page once it stood upright.

    `quarter_turns` were added clockwise, then `skew_degrees` undone; boxes are in pixels of `gray`, the upright,
    straightened copy. `may_straighten` is false where undoing the skew would cut ink off at a corner.
    """

    words: tuple[RecognisedWord, ...]
    gray: GrayImage
    quarter_turns: int
    skew_degrees: float
    may_straighten: bool
    is_verified: bool


@dataclass(frozen=True, slots=True)
class _Letters:
    """How many letters were read, and how many of them surely."""

    total: int
    sure: int

    @property
    def verified(self) -> bool:
        return self.sure >= _SURE_LETTERS and self.sure >= _SURE_SHARE * self.total

    @property
    def rank(self) -> float:
        return self.sure * self.sure / self.total if self.total else 0.0


class _TurnedCopies:
    """The four turns of one page, each straightened when first asked for."""

    def __init__(self, page: PreparedPage) -> None:
        self._page = page
        self._skews: dict[int, float] = {}

    def skew_degrees(self, quarter_turns: int) -> float:
        """Return the skew of the page in this turn; opposite turns share it."""
        axis = quarter_turns % 2
        if axis not in self._skews:
            skew = estimate_skew(turn(self._page.gray, axis), dpi=self._page.dpi)
            self._skews[axis] = skew if abs(skew) >= _LEAST_SKEW_DEGREES else 0.0
        return self._skews[axis]

    def turned(self, quarter_turns: int) -> GrayImage:
        """Return the page in this turn, not straightened."""
        return turn(self._page.gray, quarter_turns)

    def upright(self, quarter_turns: int) -> GrayImage:
        """Return the page in this turn, straightened."""
        return straighten(self.turned(quarter_turns), self.skew_degrees(quarter_turns))


def read_upright(page: PreparedPage, *, engine: OcrEngine) -> UprightReading:
    """Read the page in the turn that proves itself; the turn it came in wins every tie.

    A page that came upright is read once. Otherwise a band of each turn is tried and the best one read whole.
    """
    copies = _TurnedCopies(page)
    first = 1 if lines_run_down(page.gray, dpi=page.dpi) else 0
    words = engine.recognise(copies.upright(first), dpi=page.dpi, layout=Layout.PAGE)
    letters = _count_letters(words)
    if letters.verified:
        return _reading(copies, first, words, is_verified=True)
    best, best_letters = first, _band_letters(copies, first, engine=engine, dpi=page.dpi)
    for quarter_turns in [(first + 2) % 4, (first + 1) % 4, (first + 3) % 4]:
        tried = _band_letters(copies, quarter_turns, engine=engine, dpi=page.dpi)
        if (tried.verified, tried.rank) > (best_letters.verified, best_letters.rank):
            best, best_letters = quarter_turns, tried
    if not best_letters.verified and first != 0 and best_letters.sure < _SURE_LETTERS:
        best = 0  # Nothing was proven: a guess by projection must not turn a page that came otherwise.
    if best == first:
        return _reading(copies, first, words, is_verified=best_letters.verified)
    turned_words = engine.recognise(copies.upright(best), dpi=page.dpi, layout=Layout.PAGE)
    return _reading(copies, best, turned_words, is_verified=_count_letters(turned_words).verified)


def _reading(
    copies: _TurnedCopies, quarter_turns: int, words: tuple[RecognisedWord, ...], *, is_verified: bool
) -> UprightReading:
    skew = copies.skew_degrees(quarter_turns)
    return UprightReading(
        words=words,
        gray=copies.upright(quarter_turns),
        quarter_turns=quarter_turns,
        skew_degrees=skew,
        may_straighten=not loses_ink(copies.turned(quarter_turns), skew),
        is_verified=is_verified,
    )


def _band_letters(copies: _TurnedCopies, quarter_turns: int, *, engine: OcrEngine, dpi: int) -> _Letters:
    band = _inkiest_band(copies.upright(quarter_turns))
    return _count_letters(engine.recognise(band, dpi=dpi, layout=Layout.PAGE))


def _inkiest_band(gray: GrayImage) -> GrayImage:
    """Return the strip across the page that holds the most ink, away from the very edge."""
    height = gray.shape[0]
    band_height = max(60, round(height * _BAND_SHARE))
    if band_height >= height:
        return gray
    rows = (gray < 140).sum(axis=1).astype(float)
    # A scanner's black border would win otherwise: rows nearly full of ink are no text.
    rows[rows > 0.6 * gray.shape[1]] = 0
    step = max(1, band_height // 4)
    tops = range(0, height - band_height + 1, step)
    best = max(tops, key=lambda top: rows[top : top + band_height].sum())
    return gray[best : best + band_height]


def _count_letters(words: Iterable[RecognisedWord]) -> _Letters:
    total = sure = 0
    for word in words:
        letters = sum(1 for char in word.text if char.isalpha())
        total += letters
        if word.confidence >= _SURE_CONFIDENCE:
            sure += letters
    return _Letters(total=total, sure=sure)
