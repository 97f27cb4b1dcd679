"""The specimen fonts, loaded from this package so that no system font is needed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import ImageFont

from samples.errors import LetterNotInFont

FONT_FOLDER: Final = Path(__file__).resolve().parent / "fonts"

Colour = tuple[int, int, int]

BLACK: Final[Colour] = (28, 27, 30)
SOFT: Final[Colour] = (92, 90, 92)
DARK_RED: Final[Colour] = (166, 30, 38)
SEAL_RED: Final[Colour] = (204, 26, 36)
BLUE_INK: Final[Colour] = (30, 52, 140)


@dataclass(frozen=True, slots=True)
class Style:
    """How a piece of text is printed; the size is in points of 1/72 inch."""

    face: str = "Serif-Regular"
    size_pt: float = 13.0
    colour: Colour = BLACK
    spacing_pt: float = 0.0

    def sized(self, size_pt: float) -> Style:
        """The same style in another size."""
        return replace(self, size_pt=size_pt)

    def tinted(self, colour: Colour) -> Style:
        """The same style in another colour."""
        return replace(self, colour=colour)


BODY: Final = Style()
BOLD: Final = Style(face="Serif-Bold")
ITALIC: Final = Style(face="Serif-Italic")
BOLD_ITALIC: Final = Style(face="Serif-BoldItalic")
SANS: Final = Style(face="Sans-Regular", size_pt=10.0)
SANS_BOLD: Final = Style(face="Sans-Bold", size_pt=10.0)
HAND: Final = Style(face="Hand-Regular", size_pt=15.0, colour=BLUE_INK)
SCRIPT: Final = Style(face="Script-SemiBold", size_pt=22.0)


@lru_cache(maxsize=256)
def load_face(face: str, *, size_px: float) -> ImageFont.FreeTypeFont:
    """Return a specimen face at a size in pixels.

    Basic layout keeps the same glyph positions whether or not the machine has a shaping library.
    """
    return ImageFont.truetype(FONT_FOLDER / f"ThiDu{face}.ttf", size_px, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=512)
def _has_letter(face: str, letter: str) -> bool:
    font = load_face(face, size_px=24.0)
    return bytes(font.getmask(letter)) != bytes(font.getmask("\U0010fffd"))


def check_letters(text: str, *, face: str) -> None:
    """Refuse a text that the face cannot print in full: a box instead of a letter would spoil the truth.

    Raises:
        LetterNotInFont: names the letter by its code point.
    """
    for letter in text:
        if letter != " " and not _has_letter(face, letter):
            raise LetterNotInFont(
                f"U+{ord(letter):04X} is not in ThiDu{face}.ttf; add it in samples/fonts/make_fonts.py"
            )
