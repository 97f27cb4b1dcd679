"""Compare names as Vietnamese papers print them; only a person may say that two spellings are one person."""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import Final

# Both spellings are in use for the same syllable: Lý and Lí, Mỹ and Mĩ.
_SAME_VOWEL: Final = str.maketrans({"y": "i"})
_D_BAR: Final = str.maketrans({"đ": "d", "Đ": "D"})
_JOINED: Final = str.maketrans(dict.fromkeys("-‐‑–.'’", " "))
# Marks of tone; the others (breve, circumflex, horn) make another letter.
_TONES: Final = frozenset("\u0300\u0301\u0303\u0309\u0323")
_LEAST_WORDS: Final = 2


class NameLikeness(StrEnum):
    """How two printed names stand to each other; all between the first and the last are for a person to judge.

    OLD_SPELLING differs by where the mark of tone stands (hòa, hoà) or by i and y, DIACRITICS by other marks, ORDER by
    the order of the words, JOINED by blanks and hyphens, MIDDLE_NAME by a middle word that one of them leaves out.
    """

    SAME = "SAME"
    OLD_SPELLING = "OLD_SPELLING"
    DIACRITICS = "DIACRITICS"
    ORDER = "ORDER"
    JOINED = "JOINED"
    MIDDLE_NAME = "MIDDLE_NAME"
    DIFFERENT = "DIFFERENT"


def compare_names(one: str, other: str) -> NameLikeness:
    """Say how like two names are; the same two give the same answer in either order."""
    if _words(one) == _words(other):
        return NameLikeness.SAME
    if _modern(one) == _modern(other):
        return NameLikeness.OLD_SPELLING
    first, second = _bare_words(one), _bare_words(other)
    if first == second:
        return NameLikeness.DIACRITICS
    if sorted(first) == sorted(second):
        return NameLikeness.ORDER
    if "".join(first) == "".join(second):
        return NameLikeness.JOINED
    if _leaves_out(first, second) or _leaves_out(second, first):
        return NameLikeness.MIDDLE_NAME
    return NameLikeness.DIFFERENT


def _words(name: str) -> tuple[str, ...]:
    return tuple(unicodedata.normalize("NFC", name).casefold().split())


def _modern(name: str) -> tuple[tuple[str, str], ...]:
    """Each word as its letters and its tone, wherever in the word the mark stands."""
    found = []
    for word in unicodedata.normalize("NFD", name.casefold()).split():
        tone = "".join(sign for sign in word if sign in _TONES)
        letters = "".join(sign for sign in word if sign not in _TONES)
        found.append((unicodedata.normalize("NFC", letters).translate(_SAME_VOWEL), tone))
    return tuple(found)


def _bare_words(name: str) -> tuple[str, ...]:
    letters = unicodedata.normalize("NFD", name.translate(_D_BAR).translate(_JOINED).casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return tuple(bare.translate(_SAME_VOWEL).split())


def _leaves_out(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    """Whether the short one has the family and the given name of the long one, and of its middle words only some."""
    if not _LEAST_WORDS <= len(short) < len(long) or (short[0], short[-1]) != (long[0], long[-1]):
        return False
    middle = iter(long[1:-1])
    return all(word in middle for word in short[1:-1])
