"""The reading of a page as its child does it, served in this process: turned, skewed, mirrored in boxes, refused."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from guard import ChildRefused, SandboxPool
from guard.wire import Json
from ocr import (
    ImageEncoding,
    LanguageMissing,
    OcrEngineFailed,
    PageImage,
    Pages,
    QualityCode,
    Scan,
    ScanPage,
    encode_pages,
    read_pages,
)
from ocr.engine import CommandEngine, Layout, ResidentEngine, read_word_table
from ocr.image_wire import image_header
from tests.reading_room import SOURCE_SHA256_HEX, jpeg_image
from tests.unit.ocr.in_process import InProcessSandbox

# Reads real pages: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow

_FONT = Path(__file__).parents[3] / "fonts" / "VidimusSerif-Regular.ttf"
_LINES = (
    "Giấy chứng nhận này được cấp cho người có tên dưới đây",
    "Nguyễn Thị Hoài An, sinh ngày 14 tháng 03 năm 1995",
    "Nơi cư trú: số 12 đường Hoa Phượng, phường Thí Dụ",
    "Ủy ban nhân dân phường Thí Dụ, tỉnh Minh Họa",
)
_DPI = 200


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxPool]:
    with InProcessSandbox() as pool:
        yield pool


def _paper(*, first_y: int = 300, left: int = 130) -> Image.Image:
    """An A5 sheet at 200 dpi with four printed lines, on paper that is not quite white."""
    paper = Image.new("RGB", (1165, 1654), (252, 250, 244))
    draw = ImageDraw.Draw(paper)
    font = ImageFont.truetype(str(_FONT), 38)
    for index, line in enumerate(_LINES):
        draw.text((left, first_y + 90 * index), line, font=font, fill=(25, 25, 30))
    return paper


def _scan(paper: Image.Image, *, dpi: float | None = _DPI, quarter_turns: int = 0) -> Scan:
    out = io.BytesIO()
    paper.save(out, "JPEG", quality=92)
    image = PageImage(ImageEncoding.JPEG, out.getvalue(), paper.width, paper.height, 8, 3)
    page = ScanPage(0, image, dpi, is_colour=True, quarter_turns=quarter_turns, is_phone_photo=False,
                    outline_rectified=False)  # fmt: skip
    return Scan(SOURCE_SHA256_HEX, "image/jpeg", 1, (page,))


def _recall(pages: Pages) -> float:
    truth = " ".join(_LINES).split()
    read = pages.text.split()
    return sum(word in read for word in truth) / len(truth)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_page_is_read_however_it_lies_and_its_boxes_stand_upright(turns: int, sandbox: SandboxPool) -> None:
    lying = _paper().rotate(90 * turns, expand=True)
    pages = read_pages(_scan(lying), sandbox=sandbox)
    page = pages.pages[0]
    assert _recall(pages) > 0.9
    assert page.quarter_turns == turns
    assert (page.width_px, page.height_px) == (1165, 1654)
    first = page.words[0]
    assert first.box_px[0] == pytest.approx(130, abs=12)
    assert 290 < first.box_px[1] < 340
    if turns == 2:
        assert QualityCode.UPSIDE_DOWN in [reason.code for reason in page.quality.reasons]


def test_turn_that_intake_knew_is_not_reported_as_found(sandbox: SandboxPool) -> None:
    lying = _paper().rotate(90, expand=True)
    page = read_pages(_scan(lying, quarter_turns=1), sandbox=sandbox).pages[0]
    assert page.quarter_turns == 1
    assert QualityCode.SIDEWAYS not in [reason.code for reason in page.quality.reasons]


def test_skew_is_undone_where_nothing_is_cut_off(sandbox: SandboxPool) -> None:
    askew = _paper().rotate(-3, resample=Image.Resampling.BICUBIC, fillcolor=(252, 250, 244))
    pages = read_pages(_scan(askew), sandbox=sandbox)
    assert _recall(pages) > 0.9
    assert pages.pages[0].skew_degrees == pytest.approx(3, abs=0.3)


def test_boxes_follow_their_words_where_straightening_would_cut_ink_off(sandbox: SandboxPool) -> None:
    paper = _paper(first_y=700)
    askew = paper.rotate(-4, resample=Image.Resampling.BICUBIC, fillcolor=(252, 250, 244))
    # Ink in two corners, which turning within the page would push out of it.
    draw = ImageDraw.Draw(askew)
    draw.rectangle((2, 2, 90, 40), fill="black")
    draw.rectangle((askew.width - 90, askew.height - 40, askew.width - 2, askew.height - 2), fill="black")
    page = read_pages(_scan(askew), sandbox=sandbox).pages[0]
    assert page.skew_degrees == 0
    first = next(word for word in page.words if word.text == "Giấy")
    # Where the word really stands: its place on the straight paper, turned clockwise by 4° about the centre.
    x, y = 167.0 - paper.width / 2, 723.0 - paper.height / 2
    sine, cosine = math.sin(math.radians(4)), math.cos(math.radians(4))
    centre = ((first.box_px[0] + first.box_px[2]) / 2, (first.box_px[1] + first.box_px[3]) / 2)
    assert centre[0] == pytest.approx(x * cosine - y * sine + paper.width / 2, abs=15)
    assert centre[1] == pytest.approx(x * sine + y * cosine + paper.height / 2, abs=15)


def test_page_without_scale_is_read_as_if_it_were_a4(sandbox: SandboxPool) -> None:
    page = read_pages(_scan(_paper(), dpi=None), sandbox=sandbox).pages[0]
    assert page.dpi == pytest.approx(1654 / 11.69, abs=0.1)
    assert QualityCode.SCALE_UNKNOWN in [reason.code for reason in page.quality.reasons]


def test_same_page_gives_the_same_reading_twice(sandbox: SandboxPool) -> None:
    scan = _scan(_paper())
    assert encode_pages(read_pages(scan, sandbox=sandbox)) == encode_pages(read_pages(scan, sandbox=sandbox))


def test_empty_sheet_has_no_words_and_is_called_blank(sandbox: SandboxPool) -> None:
    page = read_pages(_scan(Image.new("RGB", (1165, 1654), "white")), sandbox=sandbox).pages[0]
    assert page.words == ()
    assert QualityCode.BLANK_PAGE in [reason.code for reason in page.quality.reasons]


def test_language_that_is_not_installed_is_named(sandbox: SandboxPool) -> None:
    with pytest.raises(LanguageMissing, match="tesseract-ocr-xyz"):
        read_pages(_scan(_paper()), sandbox=sandbox, languages=("xyz",))
    with pytest.raises(LanguageMissing, match="at least one"):
        read_pages(_scan(_paper()), sandbox=sandbox, languages=())


def test_other_language_replaces_the_engine(sandbox: SandboxPool) -> None:
    pages = read_pages(_scan(_paper()), sandbox=sandbox, languages=("vie", "eng"))
    assert pages.languages == ("vie", "eng")
    assert len(pages.pages[0].words) > 20


def test_image_that_does_not_decode_is_no_reading(sandbox: SandboxPool) -> None:
    broken = PageImage(ImageEncoding.JPEG, b"\xff\xd8\xff\xe0 nothing", 600, 800, 8, 3)
    page = ScanPage(0, broken, 200.0, is_colour=True, quarter_turns=0, is_phone_photo=False, outline_rectified=False)
    with pytest.raises(OcrEngineFailed, match="page 1 was not read"):
        read_pages(Scan(SOURCE_SHA256_HEX, "image/jpeg", 1, (page,)), sandbox=sandbox)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"languages": "vie"}, "no language"),
        ({"encoding": "WEBP"}, "no encoding"),
        ({"width_px": None}, "width_px"),
        ({"width_px": True}, "width_px"),
        ({"width_px": 700}, "another size"),
        ({"quarter_turns": "1"}, "quarter_turns"),
    ],
)
def test_header_that_is_no_header_is_refused(change: dict[str, Json], reason: str, sandbox: SandboxPool) -> None:
    image = jpeg_image()
    header: dict[str, Json] = {**image_header(image), "dpi": 75.0, "quarter_turns": 0, "languages": ["vie"], **change}
    with pytest.raises(ChildRefused, match=reason):
        sandbox.call("read_page", header, [image.image_bytes])
    with pytest.raises(ChildRefused):
        sandbox.call("read_page", header, [])


def test_command_line_engine_reads_the_same_words_as_the_resident_one() -> None:
    grey = np.asarray(_paper().convert("L"))
    resident, command = ResidentEngine(("vie",)), CommandEngine(("vie",))
    words = [engine.recognise(grey, dpi=_DPI, layout=Layout.PAGE) for engine in (resident, command)]
    for engine in (resident, command):
        engine.close()
    texts = [[word.text for word in found] for found in words]
    assert len(set(texts[0]) & set(texts[1])) > 0.9 * len(set(texts[0]))


def test_command_line_engine_that_takes_too_long_is_a_failure() -> None:
    engine = CommandEngine(("vie",), timeout_seconds=0.001)
    with pytest.raises(OcrEngineFailed, match="could not read"):
        engine.recognise(np.full((400, 400), 255, np.uint8), dpi=_DPI, layout=Layout.BLOCK)


def test_rows_that_are_no_words_are_passed_over() -> None:
    table = (
        "level\tpage\n" + "5\t1\t2\t1\t3\t1\t10\t20\t30\t40\t96.5\tCa\u0300\n" + "5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t-1\tx\n"
    )
    (word,) = read_word_table(table + "5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t50\t \n" + "4\t1\t1\t1\t1\t0\t0\t0\t9\t9\t-1\t\n")
    assert (word.text, word.box, word.confidence, word.block, word.line) == ("Cà", (10, 20, 40, 60), 96.5, 2, 1003)
