"""Lays the recognised words invisibly over the page image, so that search, copy and selection match the scan."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fonts.embedding import to_unicode_cmap
from ocr.pages import ReadPage, Word
from ocr.pdfa_tags import END, PARAGRAPH, PageMarks

_ADVANCE_EM = 0.5
_LEAST_SIZE_PT = 1.0
_LEAST_SPACE_SHARE = 0.08
"""A space is at least this share of the size wide, or readers join the words."""


@dataclass(frozen=True, slots=True)
class InvisibleCodes:
    """Two-byte codes of the letters a document uses, counted from 1 in the order of their code points."""

    codes: Mapping[str, int]
    to_unicode: bytes
    cid_to_gid: bytes

    def encode(self, text: str) -> str:
        """Return the text as a hexadecimal PDF string."""
        return "".join(f"{self.codes[letter]:04X}" for letter in text)


def invisible_codes(pages: Iterable[ReadPage]) -> InvisibleCodes:
    """Return codes for every letter of the pages.

    Only used letters are listed: a map of the whole range breaks PDF/A-2u for Vietnamese (6.2.11.7.2).
    """
    letters = {" ", "?"}
    for page in pages:
        for word in page.words:
            letters.update(_speakable(word.text))
    codes = {letter: index + 1 for index, letter in enumerate(sorted(letters))}
    return InvisibleCodes(
        codes=codes,
        to_unicode=to_unicode_cmap({code: letter for letter, code in codes.items()}),
        cid_to_gid=b"\0\0" + b"\0\1" * len(codes),
    )


def invisible_text(page: ReadPage, *, codes: InvisibleCodes, font_name: str, marks: PageMarks) -> str:
    """Return the operators that place the words of a page, in points with the origin at its lower left.

    Each block becomes a paragraph of the logical structure, in the order in which it was read.
    """
    if not page.words:
        return ""
    points_per_px = 72.0 / page.dpi
    height_pt = page.height_px * points_per_px
    operators = ["BT", "3 Tr"]
    block: int | None = None
    for line in page.lines:
        operators.append(marks.again() if line[0].block == block else marks.open(PARAGRAPH))
        operators += _line(line, codes=codes, font_name=font_name, points_per_px=points_per_px, height_pt=height_pt)
        operators.append(END)
        block = line[0].block
    operators.append("ET")
    return "\n".join(operators) + "\n"


def _line(
    words: tuple[Word, ...], *, codes: InvisibleCodes, font_name: str, points_per_px: float, height_pt: float
) -> list[str]:
    # One size and one baseline a line: readers break a line where either jumps.
    bottom = sorted(word.box_px[3] for word in words)[(3 * len(words)) // 4]
    heights = sorted(word.box_px[3] - word.box_px[1] for word in words)
    size = max(_LEAST_SIZE_PT, heights[(3 * len(heights)) // 4] * points_per_px)
    baseline = height_pt - bottom * points_per_px
    operators = [f"/{font_name} {size:.2f} Tf"]
    for index, word in enumerate(words):
        text = _speakable(word.text)
        left, right = word.box_px[0] * points_per_px, word.box_px[2] * points_per_px
        width = max(0.5, right - left)
        stretch = 100 * width / (len(text) * _ADVANCE_EM * size)
        is_alone = len(text) == 1
        # PDFium measures a text object by its glyphs, ours are blank, and drops what has no width: with one letter alone
        # nothing would be copied, found or printed to text. The space behind it gives the object a width.
        shown = codes.encode(f"{text} " if is_alone else text)
        operators += [f"{stretch:.2f} Tz", f"1 0 0 1 {left:.2f} {baseline:.2f} Tm", f"<{shown}> Tj"]
        if index + 1 < len(words) and not is_alone:
            gap = max(_LEAST_SPACE_SHARE * size, words[index + 1].box_px[0] * points_per_px - right)
            operators += [f"{100 * gap / (_ADVANCE_EM * size):.2f} Tz", f"<{codes.encode(' ')}> Tj"]
    return operators


def _speakable(text: str) -> str:
    """Return a word's letters in NFC without what no ToUnicode map may hold (controls, surrogates, U+FEFF)."""
    composed = unicodedata.normalize("NFC", text)
    kept = [
        letter
        for letter in composed
        if unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Cn"} and ord(letter) <= 0xFFFF
    ]
    return "".join(kept) or "?"
