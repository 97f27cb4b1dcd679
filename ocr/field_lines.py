"""Lays a page's words out as a person sees them: rows across the page, cut into pieces, with the labels found in them.

The engine's blocks follow its layout analysis and may tear a label from its value; a row is what stands at one height.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ocr.folding import fold
from ocr.language import column_pieces
from ocr.pages import ReadPage, Word

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word with its place in the page's words."""

    word: Word
    place: int
    page_index: int


@dataclass(frozen=True, slots=True)
class Row:
    """The words at one height of a page from left to right; `cuts` are where a wide gap stands before a word."""

    page_index: int
    words: tuple[PlacedWord, ...]
    cuts: frozenset[int]

    @property
    def text(self) -> str:
        """The row as text."""
        return text_of(self.words)

    def piece_at(self, start: int) -> tuple[PlacedWord, ...]:
        """Return the words from `start` to the next wide gap."""
        end = min((cut for cut in self.cuts if cut > start), default=len(self.words))
        return self.words[start:end]

    @property
    def pieces(self) -> tuple[tuple[PlacedWord, ...], ...]:
        """The row cut at its wide gaps."""
        return tuple(self.piece_at(start) for start in sorted({0, *self.cuts}))


@dataclass(frozen=True, slots=True)
class LabelMatch:
    """A label in a row: which one, its words from `start` to before `end`, and whether a colon closes it."""

    label: str
    start: int
    end: int
    has_colon: bool


def rows_of(page: ReadPage) -> tuple[Row, ...]:
    """Return the rows of a page from top to bottom."""
    placed = [PlacedWord(word, place, page.page_index) for place, word in enumerate(page.words)]
    groups: list[list[PlacedWord]] = []
    for one in sorted(placed, key=lambda each: _middle(each.word)):
        if groups and _middle(one.word) - _middle(groups[-1][-1].word) < 0.4 * _height(groups[-1][-1].word):
            groups[-1].append(one)
        else:
            groups.append([one])
    return tuple(_row(page.page_index, group) for group in groups)


def find_labels(row: Row, labels: Collection[str]) -> tuple[LabelMatch, ...]:
    """Return the labels of a row from left to right, the longest wherever several begin."""
    tokens = [fold(one.word.text).split() for one in row.words]
    found = []
    index = 0
    while index < len(tokens):
        match = _longest(row, tokens, index, labels)
        if match is None:
            index += 1
        else:
            found.append(match)
            index = match.end
    return tuple(found)


def text_of(words: Iterable[PlacedWord]) -> str:
    """Return words joined by spaces."""
    return " ".join(one.word.text for one in words)


def box_of(words: Sequence[PlacedWord]) -> Box:
    """Return the box around words, in pixels of the upright page."""
    boxes = [one.word.box_px for one in words]
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def below(rows: Sequence[Row], row_index: int, *, around: Box) -> tuple[PlacedWord, ...]:
    """Return the piece of the next rows that stands under a box, within three heights of it; nothing when none does."""
    height = around[3] - around[1]
    for row in rows[row_index + 1 : row_index + 3]:
        for piece in row.pieces:
            left, top, right, _ = box_of(piece)
            if top - around[3] < 3.0 * height and left < around[2] and right > around[0]:
                return piece
    return ()


def _row(page_index: int, group: Sequence[PlacedWord]) -> Row:
    words = tuple(sorted(group, key=lambda one: one.word.box_px[0]))
    pieces = column_pieces([one.word.box_px for one in words])
    return Row(page_index, words, frozenset(piece.start for piece in pieces if piece.start))


def _longest(row: Row, tokens: Sequence[Sequence[str]], start: int, labels: Collection[str]) -> LabelMatch | None:
    if not tokens[start]:
        return None
    joined: list[str] = []
    best: LabelMatch | None = None
    for end in range(start, min(len(tokens), start + 12)):
        if end in row.cuts and end > start:
            break
        joined.extend(tokens[end])
        if " ".join(joined) in labels:
            closes = row.words[end].word.text.endswith(":")
            follows = end + 1 < len(row.words) and row.words[end + 1].word.text.startswith(":")
            best = LabelMatch(" ".join(joined), start, end + 1, closes or follows)
        if row.words[end].word.text.endswith(":"):
            break
    return best


def _middle(word: Word) -> float:
    return (word.box_px[1] + word.box_px[3]) / 2


def _height(word: Word) -> float:
    return max(1.0, word.box_px[3] - word.box_px[1])
