"""Tells which language a printed line is in, so that each line is read by the model that knows its letters.

Three languages are told apart by what only one of them writes: Vietnamese by its syllables and marks, English and
French by their commonest words, endings and letters. A line that does not tell is None and follows its neighbours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from ocr.syllables import Tone, is_plain_syllable, read_syllable, split_tone

VIETNAMESE: Final = "vie"
ENGLISH: Final = "eng"
FRENCH: Final = "fra"


def _listed(rows: str) -> frozenset[str]:
    return frozenset(rows.split())


_ENGLISH_WORDS: Final = _listed(
    """
    the of and to in is that this for with by from as at on has have been was were are be his her their or which
    date number name issued issue birth place full sex male female nationality expires residence origin citizen card
    certificate certifies hereby language level personal director university degree bachelor master grade year study
    person holder valid document not specimen page no republic socialist independence freedom happiness foreign
    centre center shall any between party agreement contract signed address english
    """
)
_FRENCH_WORDS: Final = _listed(
    """
    le la les des du un une et est dans pour par avec sur au aux ce cette ces qui que dont son sa ses été a à où
    né née nom prénom prénoms lieu date naissance sexe nationalité délivré délivrée certificat acte mairie république
    française diplôme université année mention présent présente soussigné soussignée fait monsieur madame droit
    numéro adresse domicile signature entre partie contrat attestation procuration jugement tribunal
    """
)
_SHARED: Final = _ENGLISH_WORDS & _FRENCH_WORDS
_FRENCH_LETTERS: Final = re.compile(r"[çœæëïîûÿ]|[a-z](?:é|è|ê|à|â|ô)[a-z]{2}", re.IGNORECASE)
_ELISION: Final = re.compile(r"^(?:[cdjlmnst]|qu)['’](?=[^\W\d_])", re.IGNORECASE)
_ENGLISH_ENDINGS: Final = ("tion", "ing", "ness", "ship", "ment", "ity", "ate", "ed", "th", "ly")
_FRENCH_ENDINGS: Final = ("tion", "ment", "ité", "eur", "euse", "aire", "ée", "és", "ées")
_MARKED: Final = frozenset("ăđơư")
_LEAST_LETTERS: Final = 4
_LEAST_MARGIN: Final = 1.5
_GAP_HEIGHTS: Final = 2.2


def language_of(words: Iterable[str]) -> str | None:
    """Return the language of some words read together, or None when they do not tell."""
    scores = {VIETNAMESE: 0.0, ENGLISH: 0.0, FRENCH: 0.0}
    letters = 0
    for raw in words:
        word = unicodedata.normalize("NFC", raw).strip('.,;:!?()[]"“”«»…-–/')
        bare = _ELISION.sub("", word)
        if not bare.replace("-", "").replace("’", "").replace("'", "").isalpha():
            continue
        letters += len(bare)
        if bare != word:
            scores[FRENCH] += 1.0
        _score(bare.lower(), scores)
    ranked = sorted(scores, key=lambda language: -scores[language])
    best, second = ranked[0], ranked[1]
    if letters < _LEAST_LETTERS or scores[best] - scores[second] < _LEAST_MARGIN:
        return None
    return best


def line_languages(lines: Sequence[Sequence[str]]) -> tuple[str | None, ...]:
    """Return the language of each line of words; a line that does not tell takes that of both its neighbours."""
    told = [language_of(line) for line in lines]
    filled = list(told)
    for index, language in enumerate(told):
        if language is None and 0 < index < len(told) - 1 and told[index - 1] == told[index + 1]:
            filled[index] = told[index - 1]
    return tuple(filled)


def main_language(languages: Iterable[str | None]) -> str:
    """Return the commonest language of some lines; Vietnamese when none tells."""
    told = [language for language in languages if language is not None]
    return max(dict.fromkeys((VIETNAMESE, *told)), key=told.count)


def is_common_foreign_word(word: str) -> bool:
    """Tell whether a word is one of the commonest of English or French papers."""
    return word.lower() in _ENGLISH_WORDS or word.lower() in _FRENCH_WORDS


def column_pieces(boxes: Sequence[tuple[float, float, float, float]]) -> tuple[slice, ...]:
    """Cut a line of word boxes where a gap is much wider than a space: side by side stand two columns."""
    heights = sorted(bottom - top for _, top, _, bottom in boxes)
    limit = _GAP_HEIGHTS * heights[len(heights) // 2] if heights else 0.0
    cuts = [index + 1 for index, (one, two) in enumerate(pairwise(boxes)) if two[0] - one[2] > limit]
    return tuple(slice(start, stop) for start, stop in pairwise((0, *cuts, len(boxes))))


def _score(word: str, scores: dict[str, float]) -> None:
    if word in _ENGLISH_WORDS and word not in _SHARED:
        scores[ENGLISH] += 1.0
    if word in _FRENCH_WORDS and word not in _SHARED:
        scores[FRENCH] += 1.0
    syllable = read_syllable(word)
    if syllable is not None:
        spelled, _ = split_tone(word)
        is_marked = syllable.tone not in (Tone.LEVEL, Tone.ACUTE, Tone.GRAVE) or any(c in _MARKED for c in spelled)
        # Short plain syllables (an, on, la, me) are words of all three languages.
        scores[VIETNAMESE] += 1.2 if is_marked else 0.7 if not word.isascii() else 0.25
        return
    if is_plain_syllable(word):
        return
    if _FRENCH_LETTERS.search(word):
        scores[FRENCH] += 0.9
    elif word.isascii() and len(word) > 2:
        scores[ENGLISH] += 0.5 + (0.3 if word.endswith(_ENGLISH_ENDINGS) else 0.0)
        scores[FRENCH] += 0.5 + (0.3 if word.endswith(_FRENCH_ENDINGS) else 0.0)
