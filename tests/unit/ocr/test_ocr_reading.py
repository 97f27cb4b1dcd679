"""Recognition in a warm child, on specimens: words, stance, quality, and what happens when it cannot work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from guard import Isolation, SandboxPool
from ocr import (
    LanguageMissing,
    OcrEngineFailed,
    Pages,
    PagesUnreadable,
    QualityCode,
    QualityVerdict,
    Scan,
    ScanPage,
    accept_scan,
    decode_pages,
    encode_pages,
    judge,
    ocr_sandbox,
    read_pages,
)
from samples.generate import specimen_named, write_specimen
from tests.reading_room import SOURCE_SHA256_HEX, jpeg_image, one_page

# Starts real processes or reads real pages: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxPool]:
    with ocr_sandbox(1, Isolation.RLIMITS) as pool:
        yield pool


def _read(name: str, *, folder: Path, sandbox: SandboxPool) -> tuple[Pages, str]:
    written = write_specimen(specimen_named(name), folder=folder)
    scan = accept_scan(written.file.read_bytes(), declared_type=None, sandbox=sandbox)
    return read_pages(scan, sandbox=sandbox), (folder / f"{name}.txt").read_text(encoding="utf-8")


def _scan(page: ScanPage) -> Scan:
    return Scan(sha256_hex=SOURCE_SHA256_HEX, media_type="image/jpeg", byte_count=1, pages=(page,))


def _blank_page() -> ScanPage:
    return replace(one_page().scan.pages[0], dpi=300.0)


def test_clean_birth_certificate_is_read_with_every_diacritic(tmp_path: Path, sandbox: SandboxPool) -> None:
    pages, truth = _read("birth-certificate", folder=tmp_path, sandbox=sandbox)
    assert sorted(pages.text.split()) == sorted(truth.split())
    assert judge(pages).verdict is QualityVerdict.GOOD


@pytest.mark.slow
def test_upside_down_page_is_stood_upright(tmp_path: Path, sandbox: SandboxPool) -> None:
    pages, truth = _read("marital-status", folder=tmp_path, sandbox=sandbox)
    assert pages.pages[0].quarter_turns == 2
    assert QualityCode.UPSIDE_DOWN in {reason.code for reason in judge(pages).reasons}
    assert truth.splitlines()[1] in pages.text
    first, last = pages.pages[0].words[0], pages.pages[0].words[-1]
    assert first.box_px[1] < last.box_px[1]


@pytest.mark.slow
def test_blurred_page_is_refused(tmp_path: Path, sandbox: SandboxPool) -> None:
    quality = judge(_read("student-confirmation-blurred", folder=tmp_path, sandbox=sandbox)[0])
    assert quality.verdict is QualityVerdict.REFUSE
    assert [reason.code for reason in quality.reasons] == [QualityCode.BLURRED]


@pytest.mark.slow
def test_grey_page_at_150_dpi_is_refused_though_it_reads_well(tmp_path: Path, sandbox: SandboxPool) -> None:
    pages, truth = _read("income-confirmation-grey", folder=tmp_path, sandbox=sandbox)
    assert {reason.code for reason in judge(pages).reasons} == {
        QualityCode.RESOLUTION_TOO_LOW,
        QualityCode.NOT_COLOUR,
    }
    found = set(pages.text.split())
    assert sum(word in found for word in truth.split()) > 0.9 * len(truth.split())


def test_stored_pages_come_back_equal() -> None:
    pages = one_page()
    stored = encode_pages(pages)
    assert decode_pages(stored) == pages
    assert encode_pages(decode_pages(stored)) == stored


def test_blank_page_is_read_as_blank(sandbox: SandboxPool) -> None:
    page = _blank_page()
    told: list[tuple[int, int]] = []
    pages = read_pages(_scan(page), sandbox=sandbox, on_page=lambda done, total: told.append((done, total)))
    assert pages.text == ""
    assert pages.pages[0].quarter_turns == 0
    assert told == [(1, 1)]


def test_missing_model_is_named_with_its_package(sandbox: SandboxPool) -> None:
    with pytest.raises(LanguageMissing, match="tesseract-ocr-tlh"):
        read_pages(_scan(_blank_page()), sandbox=sandbox, languages=("tlh",))


@pytest.mark.parametrize("language", ["../../etc/passwd", "vie/../vie", ""])
def test_language_is_a_name_and_never_a_path(language: str, sandbox: SandboxPool) -> None:
    with pytest.raises(LanguageMissing):
        read_pages(_scan(_blank_page()), sandbox=sandbox, languages=(language,))


def test_broken_image_fails_and_does_not_become_an_empty_page(sandbox: SandboxPool) -> None:
    page = _blank_page()
    broken = replace(page, image=replace(page.image, image_bytes=b"\xff\xd8\xff\xe0 nothing"))
    with pytest.raises(OcrEngineFailed, match="page 1"):
        read_pages(_scan(broken), sandbox=sandbox)


def test_image_of_another_size_than_stated_is_not_read(sandbox: SandboxPool) -> None:
    page = _blank_page()
    lying = replace(page, image=replace(jpeg_image(), width_px=400))
    with pytest.raises(OcrEngineFailed, match="another size"):
        read_pages(_scan(lying), sandbox=sandbox)


@pytest.mark.parametrize(
    "harm",
    [
        lambda stored: stored[:10],
        lambda stored: stored[:-1],
        lambda stored: stored + b"x",
        lambda stored: b"X" + stored[1:],
        lambda stored: stored.replace(b'"words":[[', b'"words":[[3,', 1),
        lambda stored: stored.replace(b'"GOOD"', b'"FINE"', 1),
    ],
)
def test_damaged_store_is_refused(harm: object) -> None:
    assert callable(harm)
    with pytest.raises(PagesUnreadable):
        decode_pages(harm(encode_pages(one_page())))
