"""Reads amounts in figures and in Vietnamese words, and tells whether the two agree.

The words follow the school's rules: hàng nghìn, triệu, tỷ; "linh" or "lẻ" for an empty ten; mốt, tư, lăm after a
ten. Marks may be missing or wrong by a misreading, so the words are compared without them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ocr.folding import fold

_ONES: Final = {
    "khong": 0, "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "nham": 5, "sau": 6, "bay": 7,
    "tam": 8, "chin": 9,
}  # fmt: skip
_SCALES: Final = {"nghin": 10**3, "ngan": 10**3, "trieu": 10**6, "ty": 10**9, "ti": 10**9}
_FILLERS: Final = frozenset(("va", "linh", "le"))
_DIGIT_WORDS: Final = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_SCALE_WORDS: Final = ("", "nghìn", "triệu")
_BILLION: Final = 10**9
_LARGEST: Final = 10**15
_FIGURES: Final = re.compile(
    r"(?<![\d.,])(?P<number>\d{1,3}(?:[.,\s]\d{3})+|\d{4,15})(?:,\d{1,2})?\s*(?P<unit>đồng|đ|VNĐ|VND|dong)(?![^\W\d_])",
    re.IGNORECASE,
)
_WORDS: Final = re.compile(r"(?:bằng|viết bằng|ghi bằng)\s+chữ\s*:?\s*(?P<words>[^():;]{4,160})", re.IGNORECASE)
_UNITS: Final = re.compile(r"\b(dong|chan|viet nam|vnd)\b.*$")


@dataclass(frozen=True, slots=True)
class FoundAmount:
    """An amount of đồng with its span in the text; `agrees` is None where no words stood beside the figures."""

    dong: int
    start: int
    end: int
    agrees: bool | None


def find_amounts(text: str) -> tuple[FoundAmount, ...]:
    """Return the amounts in figures, each compared with the words that follow it before the next amount."""
    figures = list(_FIGURES.finditer(text))
    found = []
    for place, match in enumerate(figures):
        until = figures[place + 1].start() if place + 1 < len(figures) else len(text)
        spelled = _WORDS.search(text, match.end(), until)
        dong = int(re.sub(r"\D", "", match["number"]))
        agrees = None if spelled is None else read_amount_words(spelled["words"]) == dong
        found.append(FoundAmount(dong, match.start(), match.end(), agrees))
    return tuple(found)


def read_amount_words(text: str) -> int | None:
    """Return the đồng that words spell, or None when they spell no number."""
    return read_number_words(_UNITS.sub("", fold(text)).strip())


def read_number_words(text: str) -> int | None:
    """Return the whole number below 10^15 that Vietnamese words spell, or None for anything else."""
    count = _Count()
    words = fold(text).split()
    if not words or not all(count.take(word) for word in words):
        return None
    return count.number


class _Count:
    """A number as its words are heard: the group of three so far, the digit that waits for its place."""

    def __init__(self) -> None:
        self._total = 0
        self._group = 0
        self._digit: int | None = None
        self._scale = _LARGEST
        self._has_begun = False

    @property
    def number(self) -> int | None:
        """The number heard, None when there is none or it is too large."""
        number = self._total + self._group + (self._digit or 0)
        return number if self._has_begun and number < _LARGEST else None

    def take(self, word: str) -> bool:
        """Hear one word; False when no number goes on with it."""
        if word in _ONES:
            is_first = self._digit is None
            self._digit, self._has_begun = _ONES[word], True
            return is_first
        if word == "muoi":
            # mười alone is ten; hai mươi is twenty.
            self._group += 10 if self._digit is None else self._digit * 10
            self._digit, self._has_begun = None, True
            return True
        if word == "tram" and self._digit is not None:
            self._group, self._digit = self._group + self._digit * 100, None
            return True
        if word in _SCALES and self._has_begun:
            return self._close_group(_SCALES[word])
        return word in _FILLERS and self._has_begun

    def _close_group(self, scale: int) -> bool:
        group = self._group + (self._digit or 0)
        self._group, self._digit = 0, None
        if scale == _BILLION:
            self._total, self._scale = (self._total + group) * scale, scale
            return self._total < _LARGEST
        if scale >= self._scale and self._scale != _BILLION:
            return False
        self._total, self._scale = self._total + group * scale, scale
        return True


def write_number_words(number: int) -> str:
    """Return the words of a whole number below 10^15, as a clerk writes them.

    Raises:
        ValueError: the number is negative or too large.
    """
    if not 0 <= number < _LARGEST:
        raise ValueError("numbers from 0 to below 10^15 are written in words")
    if number == 0:
        return _DIGIT_WORDS[0]
    billions, rest = divmod(number, 10**9)
    parts = [f"{write_number_words(billions)} tỷ"] if billions else []
    for power in (2, 1, 0):
        group = rest // 10 ** (3 * power) % 1000
        if group:
            parts.append(f"{_group_words(group, is_first=not parts)} {_SCALE_WORDS[power]}".strip())
    return " ".join(parts)


def _group_words(group: int, *, is_first: bool) -> str:
    hundreds, tens, ones = group // 100, group // 10 % 10, group % 10
    words = []
    if hundreds or not is_first:
        words.append(f"{_DIGIT_WORDS[hundreds]} trăm")
    if tens == 0 and ones and words:
        words.append("linh")
    if tens == 1:
        words.append("mười")
    elif tens:
        words.append(f"{_DIGIT_WORDS[tens]} mươi")
    if ones == 1 and tens > 1:
        words.append("mốt")
    elif ones == 5 and tens:
        words.append("lăm")
    elif ones:
        words.append(_DIGIT_WORDS[ones])
    return " ".join(words)
