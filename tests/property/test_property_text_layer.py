"""Whatever words were read, another program copies exactly them, in their order, out of the searchable document."""

from __future__ import annotations

import subprocess
import unicodedata

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocr import Pages, Word, write_copy, write_pdfa
from tests.reading_room import SOURCE_SHA256_HEX, WRITTEN_AT, copy_parts, jpeg_image, pages_of, read_page

_VOWELS = "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
_LETTERS = [unicodedata.normalize("NFC", vowel + tone) for vowel in _VOWELS for tone in _TONES]
_LETTERS += list("bcdđghklmnpqrstvxzBCDĐGHKLMNPQRSTVXZ0123456789")
_ENDS = ("", ",", ".", ":", ";", ")", "%")

# Both composed and decomposed letters arrive; a document always holds the composed ones.
texts = st.builds(
    lambda letters, end, form: unicodedata.normalize(form, "".join(letters)) + end,
    st.lists(st.sampled_from(_LETTERS), min_size=1, max_size=12),
    st.sampled_from(_ENDS),
    st.sampled_from(("NFC", "NFD")),
)
pages_of_words = st.lists(st.lists(texts, min_size=1, max_size=7), min_size=1, max_size=8)


def _laid_out(lines: list[list[str]], *, turns: int) -> Pages:
    """The words of each line side by side, 14 to 26 px high with ragged edges, as boxes of real letters are."""
    image = jpeg_image(width_px=1240, height_px=1754)
    words = []
    for line, row in enumerate(lines):
        left, top = 60.0, 100.0 + 60 * line
        for index, text in enumerate(row):
            shown = unicodedata.normalize("NFC", text)
            width, sink = 12.0 * len(shown), 3.0 * (index % 3)
            box = (left, top + sink, left + width, top + 22 + sink)
            words.append(Word(text=text, box_px=box, confidence=90.0, block=1, line=line))
            left += width + 9
    return pages_of((read_page(image, words=tuple(words), dpi=150.0, turns=turns), image))


def _copied_text(pdf: bytes, *, last_page: int) -> str:
    command = ["pdftotext", "-q", "-enc", "UTF-8", "-l", str(last_page), "-", "-"]
    return subprocess.run(command, input=pdf, capture_output=True, check=True).stdout.decode("utf-8")


def _shown(lines: list[list[str]]) -> list[str]:
    return [unicodedata.normalize("NFC", text) for row in lines for text in row]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines=pages_of_words)
def test_copied_text_equals_the_words_that_were_read(lines: list[list[str]]) -> None:
    document = write_pdfa(
        _laid_out(lines, turns=0), title="x", language="vi", created_at=WRITTEN_AT, source_sha256_hex=SOURCE_SHA256_HEX
    )
    assert _copied_text(document.pdf, last_page=1).split() == _shown(lines)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines=pages_of_words, turns=st.sampled_from((0, 2)))
def test_band_of_a_copy_follows_the_words_and_changes_none(lines: list[list[str]], turns: int) -> None:
    copy = write_copy(_laid_out(lines, turns=turns), parts=copy_parts())
    words = _shown(lines)
    assert _copied_text(copy.pdf, last_page=1).split()[: len(words)] == words


@settings(max_examples=20, deadline=None)
@given(text=st.text(min_size=1, max_size=20))
def test_any_text_at_all_gives_a_document_and_never_an_error(text: str) -> None:
    document = write_pdfa(
        _laid_out([[text]], turns=0), title="x", language="vi", created_at=WRITTEN_AT,
        source_sha256_hex=SOURCE_SHA256_HEX,
    )  # fmt: skip
    assert document.page_count == 1
