"""Brings text to plain small letters, for comparing labels that print and misreading vary."""

from __future__ import annotations

import re
import unicodedata


def fold(text: str) -> str:
    """Return the text in lower case without tone marks or punctuation, for comparing labels."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^a-z0-9 ]+", " ", letters).split())
