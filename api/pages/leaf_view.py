"""The pages of a scan beside what was read on them: doubtful words marked, the lines read least surely cut out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from api.pages.views import PageImage, Say
from certify import Item
from ocr import LayerComparison, Pages, QualityVerdict, ReadPage, doubtful_words, layers_of, worst_lines

# Words below this are marked, as in the quality gate's policy.
_DOUBTFUL_BELOW: Final = 60.0
# Words below this are drawn in a second colour: read, though not surely.
_UNSURE_BELOW: Final = 85.0


@dataclass(frozen=True, slots=True)
class Box:
    """A word that was not read surely, in pixels of the upright page; `level` is `doubt` or `unsure`.

    `number` counts the doubtful words of all pages from 1; an unsure one has 0.
    """

    x: float
    y: float
    width: float
    height: float
    level: str = "doubt"
    number: int = 0


@dataclass(frozen=True, slots=True)
class Token:
    """A recognised word; a doubtful one is marked, says how sure the reading is, and has the number of its box."""

    text: str
    doubt: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class ReadLeaf:
    """A page image beside what was read on it."""

    image: PageImage
    boxes: tuple[Box, ...]
    lines: tuple[tuple[Token, ...], ...]
    doubts: int
    worst: tuple[PageImage, ...] = ()


def read_leaves(item: Item, pages: Pages, say: Say) -> tuple[ReadLeaf, ...]:
    """Lay every page out."""
    layers = layers_of(pages)
    leaves: list[ReadLeaf] = []
    for page, layer in zip(pages.pages, layers, strict=True):
        before = sum(leaf.doubts for leaf in leaves)
        leaves.append(_leaf(item, page, len(layers), say, layer=layer, before=before))
    return tuple(leaves)


def _leaf(item: Item, page: ReadPage, total: int, say: Say, *, layer: LayerComparison, before: int) -> ReadLeaf:
    """Lay one page out; `before` doubtful words stand on the pages before it."""
    number = page.page_index + 1
    boxes = []
    # What the engine is unsure of, what Vietnamese cannot spell though the engine is sure, and what the scanner's own
    # recognition read otherwise.
    doubtful = {one.place for one in doubtful_words(page)} | set(layer.disputed)
    doubtful |= {place for place, word in enumerate(page.words) if word.confidence < _DOUBTFUL_BELOW}
    numbers = {place: before + n for n, place in enumerate(sorted(doubtful), 1)}
    for place, word in enumerate(page.words):
        if place in doubtful or word.confidence < _UNSURE_BELOW:
            left, top, right, bottom = word.box_px
            level = "doubt" if place in doubtful else "unsure"
            size = round(right - left, 1), round(bottom - top, 1)
            boxes.append(Box(round(left, 1), round(top, 1), *size, level, numbers.get(place, 0)))
    places = iter(range(len(page.words)))
    lines = tuple(
        tuple(_token(word.text, word.confidence, numbers.get(next(places), 0)) for word in line) for line in page.lines
    )
    image = PageImage(
        # Another scan is another address: a kept image of the earlier one must never be compared with the paper.
        src=f"/staff/items/{item.item_id}/pages/{number}.jpg?scan={item.scan_number}",
        caption=say("page.page_of", n=number, total=total),
        alt=say("page.scan_alt", n=number, total=total),
        width=page.width_px,
        height=page.height_px,
    )
    return ReadLeaf(image, tuple(boxes), lines, len(doubtful), _worst(item, page, say))


def _token(text: str, confidence: float, number: int) -> Token:
    return Token(text, f"{confidence:.0f} %" if number else "", number)


def _worst(item: Item, page: ReadPage, say: Say) -> tuple[PageImage, ...]:
    """The lines a person should look at first, where the gate was not content with the page."""
    if page.quality.verdict is QualityVerdict.GOOD:
        return ()
    number = page.page_index + 1
    return tuple(
        PageImage(
            src=f"/staff/items/{item.item_id}/pages/{number}/lines/{place}.png?scan={item.scan_number}",
            caption="",
            alt=say("page.item.worst_alt", n=place, page=number),
            width=round(right - left),
            height=round(bottom - top),
        )
        for place, (left, top, right, bottom) in enumerate(worst_lines(page), 1)
    )
