"""Scores a reading against printed lines, whatever order a program gives them in."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

# Needed by this measure and by tests only; it is one compiled file without types.
import edlib  # type: ignore[import-not-found]

_SAME: Final = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "−": "-", "•": ".", "|": " "})


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one reading; they add up over pages."""

    wrong: int
    letters: int
    words_hit: int
    words_printed: int
    words_read: int

    @property
    def segcer(self) -> float:
        """Share of wrong letters: each printed line at its best place in the reading."""
        return self.wrong / max(1, self.letters)

    @property
    def wer(self) -> float:
        """One minus the harmonic mean of how many words were found and how many belong there."""
        return 1 - 2 * self.words_hit / max(1, self.words_printed + self.words_read)


def score(lines: Sequence[str], reading: str) -> Score:
    """Judge one reading; leaders, kinds of quotation marks and white space do not count."""
    read = _plain(reading)
    printed = [plain for plain in map(_plain, lines) if plain]
    hit = Counter(" ".join(printed).split()) & Counter(read.split())
    return Score(
        wrong=sum(_distance(line, read) for line in printed),
        letters=sum(map(len, printed)),
        words_hit=hit.total(),
        words_printed=sum(len(line.split()) for line in printed),
        words_read=len(read.split()),
    )


def total(scores: Iterable[Score]) -> Score:
    """Add scores up."""
    kept = list(scores)
    return Score(
        wrong=sum(one.wrong for one in kept),
        letters=sum(one.letters for one in kept),
        words_hit=sum(one.words_hit for one in kept),
        words_printed=sum(one.words_printed for one in kept),
        words_read=sum(one.words_read for one in kept),
    )


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFC", text).translate(_SAME)
    text = re.sub(r"[.…_]{3,}|(?:\. ){3,}", " ", text)
    return re.sub(r"\s+", " ", text).strip()


def _distance(line: str, reading: str) -> int:
    # The aligner knows 256 letters: what the line does not hold cannot match, so it is one letter to it.
    letters = set(line)
    folded = "".join(letter if letter in letters else "\0" for letter in reading)
    if not folded:
        return len(line)
    return min(len(line), int(edlib.align(line, folded, mode="HW", task="distance")["editDistance"]))
