"""The syllable of Vietnamese as a grammar: which initial, which rhyme, which tone may stand together.

A written word that no rule can build was misread, or is foreign, or a name from another language: it is worth a
second look. Nothing here changes a word; only the place of a tone mark (hòa, hoà) can be compared or set on request.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final


class Tone(StrEnum):
    """The six tones, each by the combining mark that writes it (none for the level tone)."""

    LEVEL = ""
    GRAVE = "\u0300"
    ACUTE = "\u0301"
    TILDE = "\u0303"
    HOOK = "\u0309"
    DOT = "\u0323"


def _spelled(rows: str) -> frozenset[str]:
    return frozenset(rows.split())


_TONE_MARKS: Final = "".join(tone.value for tone in Tone)

_INITIALS: Final = _spelled("b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x") | {""}
_FRONT: Final = ("e", "ê", "i", "y")
"""Before these, c, g and ng are written k, gh and ngh."""

_RHYMES: Final = _spelled(
    """
    a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
    e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu
    o oc oi om on ong ooc oong op ot oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oe oen
    oeo oet ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u ua uc ui um un ung up ut uân uâng uât uây uê uêch uênh uôc
    uôi uôm uôn uông uôt uơ uy uya uych uynh uyt uyu uyp uyên uyêt ư ưa ưc ưi ưm ưng ưt ưu ươc ươi ươm ươn ương
    ươp ươt ươu y
    """
)
_RHYMES_WITHOUT_INITIAL: Final = frozenset(("yêm", "yên", "yêng", "yêt", "yêu", "y"))
_RHYMES_AFTER_QU: Final = frozenset(("y", "ych", "ynh", "yt", "yên", "yêt", "yn"))
_STOPS: Final = ("c", "ch", "p", "t")
_OPEN_PAIRS: Final = frozenset(("oa", "oe", "uy"))
"""Only these differ between the styles: old hòa, khỏe, thúy; new hoà, khoẻ, thuý."""
_MARKED_VOWELS: Final = "ăâêôơư"
_VOWELS: Final = "aăâeêioôơuưy"
_WORD: Final = re.compile(r"[^\W\d_]+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Syllable:
    """One syllable in lower case, taken apart; `initial` + `rhyme` is its spelling without the tone."""

    initial: str
    rhyme: str
    tone: Tone


def split_tone(word: str) -> tuple[str, Tone | None]:
    """Return the word in NFC without its tone mark, and the tone; None when it carries more than one."""
    plain, found = [], []
    for char in unicodedata.normalize("NFD", word):
        if char in _TONE_MARKS:
            found.append(char)
        else:
            plain.append(char)
    spelled = unicodedata.normalize("NFC", "".join(plain))
    if len(found) > 1:
        return spelled, None
    return spelled, Tone(found[0]) if found else Tone.LEVEL


# Vietnamese has some seven thousand syllables, and most words of a page were met on an earlier one.
@lru_cache(maxsize=8192)
def read_syllable(word: str) -> Syllable | None:
    """Return the syllable a word spells, or None when Vietnamese builds no such syllable."""
    lowered = unicodedata.normalize("NFC", word.lower())
    spelled, tone = split_tone(lowered)
    if tone is None:
        return None
    parts = _parts(spelled)
    if parts is None:
        return None
    initial, rhyme = parts
    if rhyme.endswith(_STOPS) and tone not in (Tone.ACUTE, Tone.DOT):
        return None
    syllable = Syllable(initial, rhyme, tone)
    # A mark on the wrong letter is a misreading: only the two styles are ways to write it.
    if lowered not in (write_syllable(syllable, old_style=True), write_syllable(syllable, old_style=False)):
        return None
    return syllable


def is_plain_syllable(word: str) -> bool:
    """Tell whether letters without any mark could be a syllable whose marks were left out, as in LE NGOC CHAU."""
    lowered = word.lower()
    return lowered.isascii() and _is_letters(lowered) and _plain_parts_exist(lowered)


def write_syllable(syllable: Syllable, *, old_style: bool = True) -> str:
    """Return the syllable's spelling; the style decides only where oa, oe and uy without a final carry the mark."""
    rhyme = syllable.rhyme
    place = _tone_place(rhyme, old_style=old_style, after_qu=syllable.initial == "qu")
    marked = rhyme[: place + 1] + syllable.tone.value + rhyme[place + 1 :]
    return unicodedata.normalize("NFC", syllable.initial + marked)


def with_tone_style(text: str, *, old_style: bool) -> str:
    """Return the text with every tone mark at the place of one style; words of no Vietnamese form stay untouched."""

    def placed(match: re.Match[str]) -> str:
        word = match.group(0)
        syllable = read_syllable(word)
        if syllable is None:
            return word
        return _with_case_of(write_syllable(syllable, old_style=old_style), unicodedata.normalize("NFC", word))

    return _WORD.sub(placed, unicodedata.normalize("NFC", text))


def same_spelling(first: str, second: str) -> bool:
    """Tell whether two texts are the same but for case, Unicode form and the place of tone marks."""
    return _comparable(first) == _comparable(second)


def _comparable(text: str) -> str:
    return " ".join(with_tone_style(text, old_style=True).casefold().split())


def _with_case_of(spelling: str, model: str) -> str:
    # Both are NFC and differ only in which vowel carries the mark: letters stand one beside the other.
    return "".join(char.upper() if like.isupper() else char for char, like in zip(spelling, model, strict=True))


def _parts(spelled: str) -> tuple[str, str] | None:
    for length in (3, 2, 1, 0):
        initial, rhyme = spelled[:length], spelled[length:]
        if len(initial) == length and initial in _INITIALS and _may_stand_together(initial, rhyme):
            return initial, rhyme
    return None


def _may_stand_together(initial: str, rhyme: str) -> bool:
    if not rhyme:
        return False
    if initial == "qu":
        # The u is written once: qu + ôc, qu + yên; a rhyme that begins with a rounded vowel would double it.
        return rhyme in _RHYMES_AFTER_QU or (rhyme in _RHYMES and rhyme[0] not in "uưo")
    if initial == "":
        return rhyme in _RHYMES_WITHOUT_INITIAL or (rhyme in _RHYMES and not rhyme.startswith("iê"))
    if rhyme not in _RHYMES:
        return False
    is_front = rhyme.startswith(_FRONT)
    if initial in ("k", "gh", "ngh"):
        return is_front
    if initial in ("c", "ng"):
        return not is_front
    if initial == "g":
        # gì, giếng and gìn are written without a second i; gia and giu begin with gi.
        return not is_front or (rhyme[0] == "i" and rhyme not in ("ia", "iu"))
    if initial == "gi":
        return rhyme[0] not in "iy"
    return not (rhyme == "y" and initial not in ("h", "k", "l", "m", "s", "t", "v", "n", "th"))


def _tone_place(rhyme: str, *, old_style: bool, after_qu: bool) -> int:
    for place, char in enumerate(rhyme):
        # The second of ươ, the only one of iê, uô, yê.
        if char in _MARKED_VOWELS and rhyme[place + 1 : place + 2] != "ơ":
            return place
    vowels = [place for place, char in enumerate(rhyme) if char in _VOWELS]
    if len(vowels) == 1:
        return vowels[0]
    if rhyme in _OPEN_PAIRS and not after_qu:
        return 0 if old_style else 1
    has_final = vowels[-1] < len(rhyme) - 1
    if has_final or len(vowels) == 3:
        return vowels[1]
    # oo and the falling pairs (ai, eo, ưa, ia) carry it on the first; rising oa, oe, uê, uơ, uy on the second.
    return vowels[1] if rhyme[:2] in ("oa", "oe", "uê", "uơ", "uy") else vowels[0]


def _is_letters(word: str) -> bool:
    return bool(_WORD.fullmatch(word))


def _unmarked(spelled: str) -> str:
    plain = unicodedata.normalize("NFD", spelled.replace("đ", "d"))
    return "".join(char for char in plain if not unicodedata.combining(char))


_PLAIN_RHYMES: Final = frozenset(_unmarked(rhyme) for rhyme in (*_RHYMES, *_RHYMES_WITHOUT_INITIAL, *_RHYMES_AFTER_QU))
_PLAIN_INITIALS: Final = frozenset(_unmarked(initial) for initial in _INITIALS)


def _plain_parts_exist(word: str) -> bool:
    return any(word[:length] in _PLAIN_INITIALS and word[length:] in _PLAIN_RHYMES for length in (3, 2, 1, 0))
