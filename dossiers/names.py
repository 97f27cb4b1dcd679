"""Compare names as Vietnamese papers print them; only a person may say that two spellings are one person."""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import Final

# Both spellings are in use for the same syllable: Lý and Lí, Mỹ and Mĩ.
_SAME_VOWEL: Final = str.maketrans({"y": "i"})
_D_BAR: Final = str.maketrans({"đ": "d", "Đ": "D"})


class NameLikeness(StrEnum):
    """How two printed names stand to each other."""

    SAME = "SAME"
    SIMILAR = "SIMILAR"
    DIFFERENT = "DIFFERENT"


def compare_names(one: str, other: str) -> NameLikeness:
    """Say how like two names are: SAME but for case and spaces, SIMILAR but for marks, order or i/y, or DIFFERENT."""
    if _words(one) == _words(other):
        return NameLikeness.SAME
    if sorted(_bare_words(one)) == sorted(_bare_words(other)):
        return NameLikeness.SIMILAR
    return NameLikeness.DIFFERENT


def _words(name: str) -> tuple[str, ...]:
    return tuple(unicodedata.normalize("NFC", name).casefold().split())


def _bare_words(name: str) -> tuple[str, ...]:
    letters = unicodedata.normalize("NFD", name.translate(_D_BAR).casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return tuple(bare.translate(_SAME_VOWEL).split())
