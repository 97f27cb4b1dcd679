"""Pages drawn for people: upright, small, with the words boxed by how surely they were read."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from guard import ChildRefused, SandboxPool
from ocr import (
    ImageEncoding,
    PageImage,
    Pages,
    RenderFailed,
    page_overlay,
    page_preview,
    render_page,
    write_pdfa,
)
from ocr.raster import encode_lossless
from tests.reading_room import SOURCE_SHA256_HEX, WRITTEN_AT, jpeg_image, one_page, pages_of, read_page, words_of
from tests.unit.ocr.in_process import InProcessSandbox, open_sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxPool]:
    with InProcessSandbox() as pool:
        yield pool


def _three_words(*, mode: str = "RGB", turns: int = 0) -> Pages:
    """Words read surely, doubtfully and hardly, one below the other."""
    image = jpeg_image(mode=mode)
    lines = ((300.0, 95.0), (400.0, 70.0), (500.0, 20.0))
    words = tuple(
        word
        for index, (top, confidence) in enumerate(lines)
        for word in words_of("Thí", top=top, confidence=confidence, line=index)
    )
    return pages_of((read_page(image, words=words, turns=turns), image))


def _drawn(png: bytes) -> npt.NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def test_the_mark_stands_over_every_part_of_the_page_and_the_paper_stays_readable(sandbox: SandboxPool) -> None:
    pdf = write_pdfa(
        _three_words(), title="x", language="vi", created_at=WRITTEN_AT, source_sha256_hex=SOURCE_SHA256_HEX
    ).pdf
    plain = _drawn(render_page(pdf, 0, dpi=60, sandbox=sandbox)).astype(int)
    marked = _drawn(
        render_page(pdf, 0, dpi=60, sandbox=sandbox, mark=("Trường Hoa Phượng", "Xin học", "29/11/2026"))
    ).astype(int)
    assert marked.shape == plain.shape
    changed = np.abs(marked - plain).max(axis=2) > 8
    height, width = changed.shape
    parts = [changed[row * height // 4 : (row + 1) * height // 4, column * width // 3 : (column + 1) * width // 3]
             for row in range(4) for column in range(3)]  # fmt: skip
    assert min(part.mean() for part in parts) > 0.005
    assert changed.mean() < 0.4
    assert np.abs(marked - plain).max() < 120


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_words_are_boxed_green_amber_and_red_by_confidence(mode: str, sandbox: SandboxPool) -> None:
    drawn = _drawn(page_overlay(_three_words(mode=mode), 0, max_px=877, sandbox=sandbox))
    assert drawn.shape == (877, 620, 3)
    sure, doubtful, hardly = (drawn[top, 50].astype(int) for top in (300, 400, 500))
    assert sure[1] > max(sure[0], sure[2])
    assert doubtful[0] > doubtful[1] > doubtful[2]
    assert hardly[0] > 2 * hardly[1]
    assert drawn[700, 300].tolist() == [255, 255, 255]


def test_boxes_follow_the_page_when_it_is_turned_and_made_small(sandbox: SandboxPool) -> None:
    png = page_overlay(_three_words(turns=1), 0, max_px=400, sandbox=sandbox)
    drawn = _drawn(png)
    assert Image.open(io.BytesIO(png)).format == "PNG"
    assert drawn.shape[:2] == (282, 400)
    factor = 400 / 877
    assert drawn[round(300 * factor), round(50 * factor)].tolist() != [255, 255, 255]


def test_words_stay_readable_under_their_tint(sandbox: SandboxPool) -> None:
    image = jpeg_image()
    pages = pages_of((read_page(image, words=words_of("Mark", top=25.0)), image))
    drawn = _drawn(page_overlay(pages, 0, max_px=877, sandbox=sandbox))
    assert drawn[40, 60].max() < 70


@pytest.mark.slow
def test_overlay_comes_out_of_a_walled_child_too() -> None:
    with open_sandbox("child") as child:
        assert _drawn(page_overlay(one_page(), 0, max_px=300, sandbox=child)).shape == (300, 212, 3)


def test_overlay_of_a_missing_page_is_refused(sandbox: SandboxPool) -> None:
    with pytest.raises(RenderFailed, match="no page 3"):
        page_overlay(one_page(), 2, max_px=300, sandbox=sandbox)


@pytest.mark.parametrize("boxes", [None, 7, [1], [[1, 2, 3, 4]], [[1, 2, 3, 4, True]], [[1, 2, 3, 4, float("nan")]]])
def test_box_that_is_no_box_is_refused(boxes: object, sandbox: SandboxPool) -> None:
    image = jpeg_image()
    header = {
        "encoding": "JPEG", "width_px": 620, "height_px": 877, "bits_per_component": 8, "components": 3,
        "black_is_1": False, "quarter_turns": 0, "skew_degrees": 0.0, "max_px": 300, "width_px_upright": 620,
        "boxes": boxes,
    }  # fmt: skip
    with pytest.raises(ChildRefused, match="four sides"):
        sandbox.call("overlay_page", header, [image.image_bytes])  # type: ignore[arg-type]


def test_box_beside_the_page_is_cut_at_its_edge(sandbox: SandboxPool) -> None:
    image = jpeg_image()
    header = {
        "encoding": "JPEG", "width_px": 620, "height_px": 877, "bits_per_component": 8, "components": 3,
        "black_is_1": False, "quarter_turns": 0, "skew_degrees": 0.0, "max_px": 877, "width_px_upright": 620,
        "boxes": [[-1e300, -5.0, 1e300, 10.0, 99.0]],
    }  # fmt: skip
    reply = sandbox.call("overlay_page", header, [image.image_bytes])  # type: ignore[arg-type]
    assert _drawn(reply.payloads[0]).shape == (877, 620, 3)


def test_skewed_page_is_shown_straight(sandbox: SandboxPool) -> None:
    image = jpeg_image()
    pages = pages_of((read_page(image, skew_degrees=5.0), image))
    straight = np.asarray(Image.open(io.BytesIO(page_preview(one_page(), 0, max_px=877, sandbox=sandbox))))
    turned = np.asarray(Image.open(io.BytesIO(page_preview(pages, 0, max_px=877, sandbox=sandbox))))
    assert turned.shape == straight.shape
    assert not np.array_equal(turned, straight)


@pytest.mark.parametrize(("mode", "black_is_1"), [("1", False), ("1", True), ("L", False), ("RGB", False)])
def test_stored_image_of_any_coding_is_shown(mode: str, black_is_1: bool, sandbox: SandboxPool) -> None:
    picture = Image.new("RGB", (900, 1300), "white")
    picture.paste((0, 0, 0), (100, 100, 400, 300))
    if mode == "1":
        out = io.BytesIO()
        picture.convert("1").save(out, "TIFF", compression="group4", tiffinfo={278: 1300})
        with Image.open(io.BytesIO(out.getvalue())) as stored:
            tags: dict[int, tuple[int, ...]] = dict(stored.tag_v2)  # type: ignore[attr-defined]
        start, length = tags[273][0], tags[279][0]
        strip = out.getvalue()[start : start + length]
        image = PageImage(ImageEncoding.CCITT_G4, strip, 900, 1300, 1, 1, black_is_1=black_is_1)
    else:
        image = encode_lossless(np.asarray(picture.convert(mode), dtype=np.uint8))
    shown = _drawn(page_preview(pages_of((read_page(image), image)), 0, max_px=300, sandbox=sandbox))
    dark, paper = shown[45, 60].mean(), shown[200, 100].mean()
    assert abs(dark - paper) > 200
    # The strip was coded for a TIFF whose zeros are black, which PDF calls BlackIs1.
    assert bool(dark < paper) is (black_is_1 or mode != "1")


@pytest.mark.parametrize(("page_index", "dpi", "reason"), [(7, 72, "no page 8"), (0, 600, "too fine")])
def test_page_that_is_missing_or_too_large_is_not_drawn(
    page_index: int, dpi: int, reason: str, sandbox: SandboxPool
) -> None:
    image = jpeg_image()
    # At 40 dpi the sheet measures 39 by 56 centimetres.
    pages = pages_of((read_page(image, dpi=40.0), image))
    pdf = write_pdfa(pages, title="x", language="vi", created_at=WRITTEN_AT, source_sha256_hex=SOURCE_SHA256_HEX).pdf
    with pytest.raises(RenderFailed, match=reason):
        render_page(pdf, page_index, dpi=dpi, sandbox=sandbox)


@pytest.mark.parametrize(
    ("pdf", "dpi", "reason"),
    [(b"no document", 72, "does not open"), (b"%PDF-1.7", 72, "does not open"), (b"", 5, "dpi")],
)
def test_document_that_cannot_be_drawn_is_refused(pdf: bytes, dpi: int, reason: str, sandbox: SandboxPool) -> None:
    with pytest.raises(RenderFailed, match=reason):
        render_page(pdf, 0, dpi=dpi, sandbox=sandbox)
