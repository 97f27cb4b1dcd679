"""Finds which way up a page stands, and proves it by reading.

Projections alone fail on narrow receipts; mean confidence or letter counts alone each stood good pages on
their head. What holds: letters read with confidence of 75 and more, and three quarters of all letters so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ocr.engine import GrayImage, Layout, OcrEngine, RecognisedWord
from ocr.leaders import drop_dotted_leaders, drop_ruled_lines
from ocr.prepare import EVERY_STEP, PreparedPage, Step
from ocr.skew import estimate_skew, hangs_down, lines_run_down, loses_ink, straighten, turn

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
    def judged(self) -> tuple[bool, float]:
        return self.verified, self.sure * self.sure / self.total if self.total else 0.0


class _TurnedCopies:
    """The four turns of one page, each straightened and cleaned when first asked for."""

    def __init__(self, page: PreparedPage, *, steps: frozenset[Step]) -> None:
        self._page = page
        self._steps = steps
        self._skews: dict[int, float] = {}
        self._cleaned: dict[int, GrayImage] = {}

    def skew_degrees(self, quarter_turns: int) -> float:
        """Return the skew of the page in this turn; opposite turns share it."""
        axis = quarter_turns % 2
        if axis not in self._skews:
            skew = 0.0
            if Step.STRAIGHTEN in self._steps:
                skew = estimate_skew(turn(self._page.gray, axis), dpi=self._page.dpi)
            self._skews[axis] = skew if abs(skew) >= _LEAST_SKEW_DEGREES else 0.0
        return self._skews[axis]

    def turned(self, quarter_turns: int) -> GrayImage:
        """Return the page in this turn, not straightened."""
        return turn(self._page.gray, quarter_turns)

    def upright(self, quarter_turns: int) -> GrayImage:
        """Return the page in this turn, straightened, without leaders and rules; opposite turns share the work."""
        axis = quarter_turns % 2
        if axis not in self._cleaned:
            gray = straighten(self.turned(axis), self.skew_degrees(axis))
            if Step.LEADERS in self._steps:
                gray = drop_dotted_leaders(gray, dpi=self._page.dpi)
            if Step.RULES in self._steps:
                gray = drop_ruled_lines(gray, dpi=self._page.dpi)
            self._cleaned[axis] = gray
        return turn(self._cleaned[axis], quarter_turns - axis)


def read_upright(page: PreparedPage, *, engine: OcrEngine, steps: frozenset[Step] = EVERY_STEP) -> UprightReading:
    """Read the page in the turn that proves itself; the turn it came in wins every tie.

    A page that came upright is read once. A page that seems to lie on its side, or on its head, is tried by bands
    first, because reading it whole the wrong way costs more than all the bands.
    """
    copies = _TurnedCopies(page, steps=steps)
    if Step.TURN not in steps:
        words = engine.recognise(copies.upright(0), dpi=page.dpi, layout=Layout.PAGE)
        return _reading(copies, 0, words, is_verified=False)
    trial = _Trial(copies, engine=engine, dpi=page.dpi)
    first = 0
    if lines_run_down(page.gray, dpi=page.dpi):
        first = trial.best_of((3, 1, 0, 2) if hangs_down(copies.upright(1), dpi=page.dpi) else (1, 3, 0, 2))
    elif hangs_down(copies.upright(0), dpi=page.dpi):
        first = trial.best_of((2, 0))
    words = engine.recognise(copies.upright(first), dpi=page.dpi, layout=Layout.PAGE)
    if _count_letters(words).verified:
        return _reading(copies, first, words, is_verified=True)
    best = trial.best_of((first, (first + 2) % 4, (first + 1) % 4, (first + 3) % 4))
    if not trial.letters(best).verified and first != 0 and trial.letters(best).sure < _SURE_LETTERS:
        best = 0  # Nothing was proven: a guess by projection must not turn a page that came otherwise.
    if best == first:
        return _reading(copies, first, words, is_verified=trial.letters(best).verified)
    turned_words = engine.recognise(copies.upright(best), dpi=page.dpi, layout=Layout.PAGE)
    return _reading(copies, best, turned_words, is_verified=_count_letters(turned_words).verified)


class _Trial:
    """Reads a band of a page in several turns, each once."""

    def __init__(self, copies: _TurnedCopies, *, engine: OcrEngine, dpi: int) -> None:
        self._copies = copies
        self._engine = engine
        self._dpi = dpi
        self._tried: dict[int, _Letters] = {}

    def letters(self, quarter_turns: int) -> _Letters:
        """Return what the band of this turn gave."""
        if quarter_turns not in self._tried:
            band = _inkiest_band(self._copies.upright(quarter_turns))
            self._tried[quarter_turns] = _count_letters(self._engine.recognise(band, dpi=self._dpi, layout=Layout.PAGE))
        return self._tried[quarter_turns]

    def best_of(self, turns: tuple[int, ...]) -> int:
        """Return the first turn that proves itself, else the one that reads best."""
        for quarter_turns in turns:
            if self.letters(quarter_turns).verified:
                return quarter_turns
        return max(turns, key=lambda quarter_turns: self.letters(quarter_turns).judged)


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
