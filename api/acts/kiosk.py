"""The question at the kiosk: which procedures its words name. Rules over the catalogue: no model, and nothing is kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from dossiers import Procedure

_MOST_FINDS: Final = 3
_MOST_WORDS: Final = 20
# A word of the title says more than one of the purpose, and that more than one of a paper it asks for.
_TITLE, _PURPOSE, _PAPER = 4, 2, 1


def find_by_question(procedures: Sequence[Procedure], question: str) -> tuple[Procedure, ...]:
    """Give the procedures that a question names, the best first; none when its words fit nothing.

    Accents and case do not matter, and the words may be of any of the three languages. A word counts for the more the fewer
    procedures have it: "register" tells them hardly apart, "kindergarten" does.
    """
    weights = [_words_of(one) for one in procedures]
    asked = list(dict.fromkeys(_words(question)))[:_MOST_WORDS]
    spread = {word: sum(word in known for known in weights) for word in asked}
    scored = [
        (sum(known[word] * len(weights) // spread[word] for word in asked if word in known), -place)
        for place, known in enumerate(weights)
    ]
    best = max((score for score, _ in scored), default=0)
    # What fits less than half as well as the best would only be in the way.
    fitting = [place for score, place in sorted(scored, reverse=True) if score and 2 * score >= best]
    return tuple(procedures[-place] for place in fitting[:_MOST_FINDS])


def _words_of(procedure: Procedure) -> Mapping[str, int]:
    weighted: dict[str, int] = {}
    papers = [text for one in procedure.requirements for text in dict(one.title).values()]
    for weight, texts in (
        (_PAPER, papers),
        (_PURPOSE, dict(procedure.purpose).values()),
        (_TITLE, dict(procedure.title).values()),
    ):
        for text in texts:
            weighted.update(dict.fromkeys(_words(text), weight))
    return weighted


def _words(text: str) -> list[str]:
    flat = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    bare = "".join(sign for sign in flat if not unicodedata.combining(sign))
    return [word for word in re.findall(r"[a-z0-9]+", bare) if len(word) > 1]
