"""What can go wrong while specimens are made.

SampleError
├── UnknownSpecimen      a name that no specimen carries
├── LetterNotInFont      a text asks for a letter that the specimen fonts do not have
└── TextTooWide          a printed line does not fit its place
"""

from __future__ import annotations


class SampleError(Exception):
    """Making specimens failed."""


class UnknownSpecimen(SampleError):
    """The name belongs to no specimen; the message lists those that exist."""


class LetterNotInFont(SampleError):
    """A letter is missing from the specimen font; add it in `fonts/make_fonts.py`."""


class TextTooWide(SampleError):
    """A printed line is wider than the room its layout gives it."""
