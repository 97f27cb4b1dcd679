"""What can go wrong with a face.

FontError
├── FaceDamaged       a face beside this file is not what make_fonts.py writes
├── GlyphMissing      a text has a letter that the face cannot draw
└── OriginalUnknown   a face should be made from a file that nobody has looked at
"""

from __future__ import annotations


class FontError(Exception):
    """Base of every error of `fonts`."""


class FaceDamaged(FontError):
    """A face beside this file is not what `make_fonts.py` writes."""


class GlyphMissing(FontError):
    """A text has a letter that the face cannot draw; the message names code points, never the text."""


class OriginalUnknown(FontError):
    """A face should be made from an original of another version than the recipe knows."""
