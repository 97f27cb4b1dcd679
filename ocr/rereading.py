"""Reads foreign lines of a page again with the model that knows their letters: French with French, English with English.

The Vietnamese model reads English nearly right and French wrong in one letter of forty; a reading with both models
at once would cost tone marks on every other line. So only the pieces of lines that are surely foreign are read again,
and the second reading counts only when it is at least as sure as the first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby

from ocr.engine import GrayImage, Layout, OcrEngine, RecognisedWord
from ocr.language import column_pieces, language_of, line_languages, main_language
from ocr.syllables import read_syllable

EngineFor = Callable[[str], OcrEngine | None]
"""Gives the engine of a language, or None when its model is not installed or not to be used."""

_LEAST_WORDS = 2
_WHOLE_PAGE_SHARE = 0.7
_MARGIN_HEIGHTS = 0.35
_LENGTH_TOLERANCE = 0.3


def reread_foreign_lines(
    words: tuple[RecognisedWord, ...], *, gray: GrayImage, dpi: int, main: str, engine_for: EngineFor
) -> tuple[RecognisedWord, ...]:
    """Return the words with foreign lines as their own model reads them; boxes are in pixels of `gray`.

    Raises:
        OcrEngineFailed: an engine broke off.
    """
    pieces = _pieces(words)
    languages = line_languages([[word.text for word in piece] for piece in pieces])
    page_language = main_language(languages)
    told = [language for language in languages if language is not None]
    if page_language != main and told.count(page_language) >= _WHOLE_PAGE_SHARE * len(pieces):
        engine = engine_for(page_language)
        if engine is None:
            return words
        again = engine.recognise(gray, dpi=dpi, layout=Layout.PAGE)
        return again if _is_better(again, words) else words
    read: list[RecognisedWord] = []
    above: tuple[int, str | None] = (-1, None)
    for piece, language in zip(pieces, languages, strict=True):
        chosen = _own_language(piece, language, above=above)
        above = (piece[0].block, chosen)
        read.extend(_reread_piece(piece, chosen, gray=gray, dpi=dpi, main=main, engine_for=engine_for))
    return tuple(read)


def _own_language(
    piece: Sequence[RecognisedWord], language: str | None, *, above: tuple[int, str | None]
) -> str | None:
    """Return what a piece tells, or for the last words of a paragraph what the line above them told."""
    texts = [word.text for word in piece]
    told = language_of(texts)
    if told is not None or above[0] != piece[0].block:
        return told
    # A name between foreign lines may be Vietnamese: one syllable with a mark, and the line is left as it is.
    is_marked = any(not text.isascii() and read_syllable(text.strip(".,;:")) is not None for text in texts)
    return None if is_marked else language or above[1]


def _pieces(words: Sequence[RecognisedWord]) -> list[tuple[RecognisedWord, ...]]:
    pieces: list[tuple[RecognisedWord, ...]] = []
    for _, group in groupby(words, key=lambda word: (word.block, word.line)):
        line = tuple(group)
        pieces.extend(line[cut] for cut in column_pieces([word.box for word in line]))
    return pieces


def _reread_piece(
    piece: tuple[RecognisedWord, ...],
    language: str | None,
    *,
    gray: GrayImage,
    dpi: int,
    main: str,
    engine_for: EngineFor,
) -> tuple[RecognisedWord, ...]:
    is_foreign = language is not None and language != main and len(piece) >= _LEAST_WORDS
    engine = engine_for(language) if language is not None and is_foreign else None
    if engine is None:
        return piece
    left, top, right, bottom = _crop_box(piece, gray)
    again = engine.recognise(gray[top:bottom, left:right], dpi=dpi, layout=Layout.BLOCK)
    if not _is_better(again, piece):
        return piece
    # The line keeps its place in the page's order; only what is read in it is new.
    return tuple(
        replace(word, box=_shifted(word.box, left, top), block=piece[0].block, line=piece[0].line) for word in again
    )


def _crop_box(piece: Sequence[RecognisedWord], gray: GrayImage) -> tuple[int, int, int, int]:
    top, bottom = min(word.box[1] for word in piece), max(word.box[3] for word in piece)
    margin = max(3, round(_MARGIN_HEIGHTS * (bottom - top)))
    left, right = piece[0].box[0] - margin, max(word.box[2] for word in piece) + margin
    height, width = gray.shape
    return max(0, left), max(0, top - margin), min(width, right), min(height, bottom + margin)


def _shifted(box: tuple[int, int, int, int], left: int, top: int) -> tuple[int, int, int, int]:
    return box[0] + left, box[1] + top, box[2] + left, box[3] + top


def _is_better(again: Sequence[RecognisedWord], first: Sequence[RecognisedWord]) -> bool:
    letters, before = _letters(again), _letters(first)
    if not again or abs(letters - before) > _LENGTH_TOLERANCE * before:
        return False
    return _mean(again) >= _mean(first)


def _letters(words: Sequence[RecognisedWord]) -> int:
    return sum(len(word.text) for word in words)


def _mean(words: Sequence[RecognisedWord]) -> float:
    return sum(word.confidence for word in words) / len(words)
