"""Reads one page inside a warm child: the engine stays loaded there from page to page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from guard.errors import TaskRefused
from guard.wire import Json, Reply
from ocr.columns import in_reading_order
from ocr.engine import TESSDATA_FOLDER, OcrEngine, RecognisedWord, open_engine
from ocr.errors import LanguageMissing, OcrEngineFailed
from ocr.image_wire import ENGINE_FAILED, LANGUAGE_MISSING, image_from_header, number
from ocr.look import MOST_UNREAD_BOXES
from ocr.orientation import UprightReading, read_upright
from ocr.page_look import look_at, pen_mask, pen_words, straightened_mask
from ocr.pixels import decode_pixels
from ocr.prepare import EVERY_STEP, WORKING_DPI, PreparedPage, Step, halved, ink_share, prepare
from ocr.rereading import reread_foreign_lines
from ocr.skew import turn
from ocr.unread_ink import read_what_was_dropped

_A4_LONG_SIDE_INCHES = 11.69
# A speck or a stroke of a seal read as punctuation helps nobody who searches or copies.
_SPECK_CONFIDENCE = 50.0


class PageReader:
    """Serves the task `read_page`; holds one engine for the languages asked for last."""

    def __init__(self, *, tessdata: Path = TESSDATA_FOLDER, steps: frozenset[Step] = EVERY_STEP) -> None:
        self._tessdata = tessdata
        self._steps = steps
        self._engine: OcrEngine | None = None
        self._foreign: dict[str, OcrEngine] = {}

    def read_page(self, header: Mapping[str, Json], payloads: tuple[bytes, ...]) -> Reply:
        """Read the image in the first payload; its header comes from `image_wire`.

        Raises:
            TaskRefused: a model is missing, the engine failed, or the image does not decode.
        """
        image = image_from_header(header, payloads)
        dpi = None if header.get("dpi") is None else number(header, "dpi")
        languages = header.get("languages")
        if not isinstance(languages, list):
            raise TaskRefused(LANGUAGE_MISSING, "no language was given")
        try:
            engine = self._engine_for(tuple(str(language) for language in languages))
        except LanguageMissing as exc:
            raise TaskRefused(LANGUAGE_MISSING, str(exc)) from exc
        long_side = max(image.width_px, image.height_px)
        shrink = _shrink(dpi or long_side / _A4_LONG_SIDE_INCHES)
        pixels = decode_pixels(image, shrink=shrink)
        small = halved(pixels)
        prepared = prepare(pixels, dpi=None if dpi is None else dpi / shrink, steps=self._steps, small=small)
        scale = prepared.scale / shrink
        small_dpi = prepared.dpi / prepared.scale / 2
        look = look_at(small, prepared.gray, pixels_dpi=small_dpi, gray_dpi=prepared.dpi)
        pen = pen_mask(small, pixels_dpi=small_dpi)
        del pixels, small
        base_turns = int(number(header, "quarter_turns")) % 4
        stood = PreparedPage(gray=turn(prepared.gray, base_turns), scale=scale, dpi=prepared.dpi)
        try:
            reading = read_upright(stood, engine=engine, steps=self._steps)
            rescue = read_what_was_dropped(reading.words, reading.gray, dpi=prepared.dpi, engine=engine)
            reading = self._in_own_languages(replace(reading, words=rescue.words), dpi=prepared.dpi)
        except OcrEngineFailed as exc:
            raise TaskRefused(ENGINE_FAILED, str(exc)) from exc
        words = in_reading_order([word for word in reading.words if not _is_speck(word)])
        if pen is not None:
            turns = base_turns + reading.quarter_turns
            ink = straightened_mask(pen, quarter_turns=turns, skew_degrees=reading.skew_degrees)
            look["pen_words"] = [
                *pen_words(ink, [word.box for word in words], scale=ink.shape[1] / reading.gray.shape[1])
            ]
            look["unread_boxes"] = [_page_box(box, reading, scale=scale) for box in rescue.unread[:MOST_UNREAD_BOXES]]
        return Reply(
            {
                "added_turns": reading.quarter_turns,
                "skew_degrees": reading.skew_degrees if reading.may_straighten else 0.0,
                "found_skew_degrees": reading.skew_degrees,
                "is_verified": reading.is_verified,
                "ink_share": round(ink_share(reading.gray), 5),
                "look": look,
                "words": [_word_row(word, reading, scale=scale) for word in words],
            }
        )

    def _in_own_languages(self, reading: UprightReading, *, dpi: int) -> UprightReading:
        """Read foreign lines again by their own model; only when one language was asked for, the main one."""
        if self._engine is None or len(self._engine.languages) != 1:
            return reading
        words = reread_foreign_lines(
            reading.words, gray=reading.gray, dpi=dpi, main=self._engine.languages[0], engine_for=self._foreign_engine
        )
        return replace(reading, words=words)

    def _foreign_engine(self, language: str) -> OcrEngine | None:
        if not (self._tessdata / f"{language}.traineddata").is_file():
            return None
        if language not in self._foreign:
            self._foreign[language] = open_engine((language,), tessdata=self._tessdata)
        return self._foreign[language]

    def _engine_for(self, languages: tuple[str, ...]) -> OcrEngine:
        if self._engine is None or self._engine.languages != languages:
            fresh = open_engine(languages, tessdata=self._tessdata)
            if self._engine is not None:
                self._engine.close()
            self._engine = fresh
        return self._engine


def _shrink(dpi: float) -> int:
    """Return how much smaller the image may be decoded and still serve the working resolution."""
    return next((factor for factor in (8, 4, 2) if dpi / factor >= WORKING_DPI), 1)


def _is_speck(word: RecognisedWord) -> bool:
    return word.confidence < _SPECK_CONFIDENCE and not any(char.isalnum() for char in word.text)


def _word_row(word: RecognisedWord, reading: UprightReading, *, scale: float) -> list[Json]:
    box = _page_box(word.box, reading, scale=scale)
    return [word.text, *box, round(word.confidence, 1), word.block, word.line]


def _page_box(box: tuple[int, int, int, int], reading: UprightReading, *, scale: float) -> list[Json]:
    """Return a box of the recognised copy in pixels of the page as it will stand in the document."""
    left, top, right, bottom = (float(side) for side in box)
    if not reading.may_straighten and reading.skew_degrees:
        # The page stays askew in the document: the box follows its word back to where it stands there.
        height, width = reading.gray.shape
        shift_x, shift_y = _skewed_shift(
            (left + right) / 2 - width / 2, (top + bottom) / 2 - height / 2, skew_degrees=reading.skew_degrees
        )
        left, right, top, bottom = left + shift_x, right + shift_x, top + shift_y, bottom + shift_y
    return [round(max(0.0, side) / scale, 1) for side in (left, top, right, bottom)]


def _skewed_shift(x: float, y: float, *, skew_degrees: float) -> tuple[float, float]:
    """Return how far a point (from the centre, y downwards) moves when the skew is put back, clockwise."""
    sine, cosine = math.sin(math.radians(skew_degrees)), math.cos(math.radians(skew_degrees))
    return x * cosine - y * sine - x, x * sine + y * cosine - y
