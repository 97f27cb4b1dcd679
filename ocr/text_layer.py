"""The text that a scanner put under its pages: held against our own reading, kept where both read the same.

Whoever made the file could write anything into its layer: an identity number with another digit would be found by every
search and seen by nobody. So a layer never overrules what was read from the picture. Words that both read are kept, which
is to say written as they are; a word that the layer has otherwise is written as we read it, and shown as doubtful. A
layer that has little to do with the page is dropped without a word being doubted.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ocr.pages import Pages, ReadPage

# A layer of another page, of another language's model or of nothing but noise lies far below; scanners' own reading of a
# clean Vietnamese page lies above.
_LEAST_AGREEMENT: Final = 0.8
_EDGE: Final = ".,;:!?()[]{}\"'“”‘’«»…-–—_/*•|"
MOST_LETTERS: Final = 60_000


class LayerVerdict(StrEnum):
    """What became of a page's text layer; the values are stable and public."""

    NONE = "NONE"
    KEPT = "KEPT"
    """Every word was read by both."""
    KEPT_IN_PART = "KEPT_IN_PART"
    """What both read is kept; where they differ our reading stands and is doubtful."""
    DROPPED = "DROPPED"
    """It does not agree with the picture."""


@dataclass(frozen=True, slots=True)
class LayerComparison:
    """`agreement` (0 to 1) is the share of words, of both, that the other has too; `disputed` are places in our words."""

    verdict: LayerVerdict
    agreement: float = 0.0
    disputed: tuple[int, ...] = ()


NO_LAYER: Final = LayerComparison(LayerVerdict.NONE)


def compare_layer(page: ReadPage, layer_text: str | None) -> LayerComparison:
    """Hold a page's reading against the text layer the page came with.

    The order of words is not compared: columns and tables are put in order differently by every program.
    """
    if layer_text is None:
        return NO_LAYER
    theirs = Counter(_plain_words(layer_text.split()))
    ours = [(place, plain) for place, word in enumerate(page.words) if (plain := _plain(word.text))]
    theirs_count, left, disputed = theirs.total(), theirs.copy(), []
    for place, plain in ours:
        if left[plain] > 0:
            left[plain] -= 1
        else:
            disputed.append(place)
    both = len(ours) - len(disputed)
    total = len(ours) + theirs_count
    agreement = 2 * both / total if total else 1.0
    if agreement < _LEAST_AGREEMENT:
        return LayerComparison(LayerVerdict.DROPPED, agreement)
    if both == len(ours) == theirs_count:
        return LayerComparison(LayerVerdict.KEPT, 1.0)
    return LayerComparison(LayerVerdict.KEPT_IN_PART, agreement, tuple(disputed))


def layers_of(pages: Pages) -> tuple[LayerComparison, ...]:
    """Give the comparison of every page."""
    return tuple(
        compare_layer(read, scanned.layer_text) for read, scanned in zip(pages.pages, pages.scan.pages, strict=True)
    )


def _plain_words(words: Iterable[str]) -> Iterator[str]:
    return (plain for word in words if (plain := _plain(word)))


def _plain(word: str) -> str:
    # Marks of punctuation and leaders are read differently by every engine, and mean nothing to who searches.
    return unicodedata.normalize("NFC", word).strip(_EDGE).casefold()
