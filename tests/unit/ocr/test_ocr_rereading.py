"""French and English lines are read by the model that knows their letters, Vietnamese ones are left alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from guard import SandboxPool
from ocr import ImageEncoding, PageImage, Pages, Scan, ScanPage, read_pages
from ocr.engine import GrayImage, Layout, OcrEngine, RecognisedWord
from ocr.rereading import reread_foreign_lines
from samples.containers import write_jpeg
from samples.damage import Scanner, scan
from samples.layout import print_paragraph
from samples.sheet import Sheet
from tests.reading_room import SOURCE_SHA256_HEX
from tests.unit.ocr.in_process import InProcessSandbox

# Reads real pages: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow

_VIETNAMESE = "Giấy chứng nhận này được cấp cho người có tên dưới đây để sử dụng theo quy định của pháp luật."
_FRENCH = "L'élève a réussi ses examens dès la première année, où il reçut les félicitations du jury de Besançon."
_BLANK = np.full((400, 900), 255, np.uint8)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxPool]:
    with InProcessSandbox() as pool:
        yield pool


def _scan_of(*paragraphs: str) -> Scan:
    sheet = Sheet(dpi=200)
    y_mm = 60.0
    for paragraph in paragraphs:
        y_mm = print_paragraph(sheet, paragraph, x_mm=25, y_mm=y_mm, to_x_mm=185) + 8
    rng = np.random.Generator(np.random.PCG64(3))
    seen: Image.Image = scan(sheet.finish().image, scanner=Scanner(noise=4.0, blur_px=0.8), rng=rng)
    image = PageImage(ImageEncoding.JPEG, write_jpeg(seen, dpi=200), seen.width, seen.height, 8, 3)
    page = ScanPage(0, image, 200.0, is_colour=True, quarter_turns=0, is_phone_photo=False, outline_rectified=False)
    return Scan(SOURCE_SHA256_HEX, "image/jpeg", 1, (page,))


def _found(pages: Pages, truth: str) -> float:
    read = pages.text.split()
    return sum(word in read for word in truth.split()) / len(truth.split())


def test_each_language_of_a_bilingual_page_is_read_by_its_own_model(sandbox: SandboxPool) -> None:
    pages = read_pages(_scan_of(_VIETNAMESE, _FRENCH), sandbox=sandbox)
    assert _found(pages, _VIETNAMESE) == 1.0
    assert _found(pages, _FRENCH) >= 0.95


def test_page_in_french_is_read_as_french_without_being_told(sandbox: SandboxPool) -> None:
    assert _found(read_pages(_scan_of(_FRENCH, _FRENCH, _FRENCH), sandbox=sandbox), _FRENCH) >= 0.95


def test_two_languages_asked_for_are_read_as_asked(sandbox: SandboxPool) -> None:
    pages = read_pages(_scan_of(_FRENCH), sandbox=sandbox, languages=("vie", "fra"))
    assert pages.languages == ("vie", "fra")
    assert _found(pages, _FRENCH) >= 0.9


class _Told(OcrEngine):
    """An engine that answers what it was told to."""

    languages = ("eng",)

    def __init__(self, text: str, *, confidence: float) -> None:
        self._words = _words(text, confidence=confidence)
        self.calls = 0

    def recognise(self, image: GrayImage, *, dpi: int, layout: Layout) -> tuple[RecognisedWord, ...]:
        del image, dpi, layout
        self.calls += 1
        return self._words

    def close(self) -> None:
        return


def _words(text: str, *, confidence: float, line: int = 1) -> tuple[RecognisedWord, ...]:
    return tuple(
        RecognisedWord(word, (20 + 60 * place, 40 * line, 70 + 60 * place, 40 * line + 20), confidence, 1, line)
        for place, word in enumerate(text.split())
    )


def _reread(words: tuple[RecognisedWord, ...], engine: OcrEngine | None) -> list[str]:
    again = reread_foreign_lines(words, gray=_BLANK, dpi=200, main="vie", engine_for=lambda _language: engine)
    return [word.text for word in again]


def test_second_reading_counts_only_when_it_is_as_sure() -> None:
    first = (
        *_words("giấy chứng nhận của người", confidence=95.0),
        *_words("thls is the certificate", confidence=80.0, line=2),
    )
    assert _reread(first, _Told("this is the certificate", confidence=90.0))[-4:] == [
        "this",
        "is",
        "the",
        "certificate",
    ]
    assert _reread(first, _Told("this is the certificate", confidence=70.0))[-4:] == [
        "thls",
        "is",
        "the",
        "certificate",
    ]
    assert _reread(first, _Told("this", confidence=99.0))[-4:] == ["thls", "is", "the", "certificate"]
    assert _reread(first, None)[-4:] == ["thls", "is", "the", "certificate"]


def test_vietnamese_page_is_never_read_twice() -> None:
    engine = _Told("giay chung nhan", confidence=100.0)
    first = (*_words("giấy chứng nhận của người", confidence=60.0), *_words("LE NGOC CHAU", confidence=60.0, line=2))
    assert _reread(first, engine) == [word.text for word in first]
    assert engine.calls == 0


def test_word_read_again_keeps_its_line_and_stands_at_its_place() -> None:
    first = _words("giấy chứng nhận của người", confidence=95.0) + _words(
        "this ls the certificate", confidence=50.0, line=3
    )
    again = reread_foreign_lines(
        first, gray=_BLANK, dpi=200, main="vie", engine_for=lambda _: _Told("this is the certificate", confidence=90.0)
    )
    assert {(word.block, word.line) for word in again[-4:]} == {(1, 3)}
    assert again[-4].box[1] > 120
