"""What outside judges say about our documents: veraPDF, qpdf and poppler, on real specimens and odd pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from guard import Isolation, SandboxPool
from ocr import Pages, PdfaViolation, accept_scan, check_pdfa, ocr_sandbox, read_pages, write_copy, write_pdfa
from samples.catalogue import SPECIMENS
from samples.generate import specimen_named, write_specimen
from tests.conformance.judges import ONLY_UNCLAIMED, assert_pdfa_2u, pdf_image_bytes, pdf_text, qpdf_check, verapdf
from tests.conformance.pdf_mutants import mutant_of
from tests.reading_room import (
    SENTENCE,
    SOURCE_SHA256_HEX,
    WRITTEN_AT,
    copy_parts,
    flate_image,
    jpeg_image,
    one_page,
    pages_of,
    read_page,
    words_of,
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxPool]:
    with ocr_sandbox(2, Isolation.RLIMITS) as pool:
        yield pool


def _searchable(pages: Pages, path: Path) -> Path:
    document = write_pdfa(
        pages, title="Bản <quét> & tìm", language="vi", created_at=WRITTEN_AT, source_sha256_hex=SOURCE_SHA256_HEX
    )
    path.write_bytes(document.pdf)
    return path


def _odd_pages() -> Pages:
    colour, grey, lossless = jpeg_image(), jpeg_image(mode="L", width_px=300, height_px=90), flate_image()
    return pages_of(
        (read_page(colour, words=words_of(SENTENCE), skew_degrees=2.3), colour),
        (read_page(grey, page_index=1, turns=1), grey),
        (read_page(lossless, page_index=2, turns=3, words=words_of("€ © — “Ặ” ﬁ ½")), lossless),
    )


def test_verapdf_rejects_what_is_no_pdfa(tmp_path: Path) -> None:
    """The judge itself is judged: it must be able to say no."""
    good = _searchable(one_page(), tmp_path / "good.pdf")
    harmed = tmp_path / "harmed.pdf"
    harmed.write_bytes(good.read_bytes().replace(b"/GTS_PDFA1", b"/GTS_PDFX1"))
    (tmp_path / "none.pdf").write_bytes(b"nothing")
    verdicts = [judgement.passed for judgement in verapdf([good, harmed, tmp_path / "none.pdf"])]
    assert verdicts == [True, False, False]


def test_odd_pages_are_pdfa_2u_and_sound(tmp_path: Path) -> None:
    searchable = _searchable(_odd_pages(), tmp_path / "searchable.pdf")
    copy = tmp_path / "copy.pdf"
    copy.write_bytes(write_copy(_odd_pages(), parts=copy_parts()).pdf)
    assert_pdfa_2u(searchable, copy)
    assert "No syntax or stream encoding errors" in qpdf_check(searchable)
    assert "No syntax or stream encoding errors" in qpdf_check(copy)


def test_sentence_is_copied_whole_with_every_diacritic(tmp_path: Path) -> None:
    path = _searchable(one_page(), tmp_path / "one.pdf")
    assert pdf_text(path).strip() == SENTENCE


def test_statement_and_band_are_copied_as_they_read(tmp_path: Path) -> None:
    path = tmp_path / "copy.pdf"
    path.write_bytes(write_copy(one_page(), parts=copy_parts()).pdf)
    text = pdf_text(path, page_number=2)
    for words in ("CHỨNG THỰC BẢN SAO ĐÚNG VỚI BẢN CHÍNH", "K7PM-3QWX-9DHT-5", "MẪU – SPECIMEN", "Trang 2/2"):
        assert words in text
    assert "Trang 1/2" in pdf_text(path, page_number=1)


def test_poppler_takes_out_the_very_bytes_of_the_scanner(tmp_path: Path) -> None:
    pages = one_page()
    path = _searchable(pages, tmp_path / "one.pdf")
    assert pdf_image_bytes(path, tmp_path) == (pages.scan.pages[0].image.image_bytes,)


@pytest.mark.slow
def test_birth_certificate_is_searchable_with_its_whole_truth(tmp_path: Path, sandbox: SandboxPool) -> None:
    written = write_specimen(specimen_named("birth-certificate"), folder=tmp_path)
    scan = accept_scan(written.file.read_bytes(), declared_type=None, sandbox=sandbox)
    pages = read_pages(scan, sandbox=sandbox)
    path = _searchable(pages, tmp_path / "birth.pdf")
    assert_pdfa_2u(path)
    truth = (tmp_path / "birth-certificate.txt").read_text(encoding="utf-8")
    assert sorted(pdf_text(path).split()) == sorted(truth.split())


@pytest.mark.slow
def test_every_container_becomes_pdfa_2u(tmp_path: Path, sandbox: SandboxPool) -> None:
    written_paths = []
    for name in ("diploma", "bilingual-certificate", "marriage-certificate", "residence-confirmation"):
        written = write_specimen(specimen_named(name), folder=tmp_path)
        scan = accept_scan(written.file.read_bytes(), declared_type=None, sandbox=sandbox)
        pages = read_pages(scan, sandbox=sandbox)
        written_paths.append(_searchable(pages, tmp_path / f"{name}.searchable.pdf"))
        copy = tmp_path / f"{name}.copy.pdf"
        copy.write_bytes(write_copy(pages, parts=copy_parts()).pdf)
        written_paths.append(copy)
    assert_pdfa_2u(*written_paths)
    for path in written_paths:
        qpdf_check(path)


def test_structure_breaks_no_rule_of_pdfua_1_and_claims_nothing(tmp_path: Path) -> None:
    """A scan of unknown content cannot be promised to be accessible; all that a machine can check holds."""
    searchable = _searchable(_odd_pages(), tmp_path / "searchable.pdf")
    copy = tmp_path / "copy.pdf"
    copy.write_bytes(write_copy(_odd_pages(), parts=copy_parts()).pdf)
    details = {judgement.detail for judgement in verapdf([searchable, copy], flavour="ua1")}
    assert details == {ONLY_UNCLAIMED}
    assert b"pdfuaid" not in searchable.read_bytes() + copy.read_bytes()


def _accepted_mutants(seeds: range, folder: Path) -> list[Path]:
    """Those harmed copies that our own check accepts; it must refuse or accept every one, never break."""
    whole = write_copy(_odd_pages(), parts=copy_parts()).pdf
    accepted: list[Path] = []
    # Chance harms some entries twice in the same way; one judgement is enough.
    known: set[bytes] = set()
    for seed in seeds:
        mutant = mutant_of(whole, seed=seed)
        if mutant is None or mutant.pdf in known:
            continue
        known.add(mutant.pdf)
        try:
            check_pdfa(mutant.pdf)
        except PdfaViolation:
            continue
        path = folder / f"{mutant.name.replace('/', '')}.pdf"
        path.write_bytes(mutant.pdf)
        accepted.append(path)
    return accepted


@pytest.mark.slow
def test_harmed_copy_that_our_check_accepts_is_accepted_by_verapdf(tmp_path: Path) -> None:
    accepted = _accepted_mutants(range(120), tmp_path)
    assert 20 < len(accepted) < 110
    assert_pdfa_2u(*accepted)


@pytest.mark.slow
@pytest.mark.matrix
def test_thousand_harmed_copies_find_our_check_no_laxer_than_verapdf(tmp_path: Path) -> None:
    assert_pdfa_2u(*_accepted_mutants(range(1000, 2000), tmp_path))


@pytest.mark.slow
@pytest.mark.matrix
def test_every_specimen_becomes_pdfa_2u_and_a_structured_document(tmp_path: Path, sandbox: SandboxPool) -> None:
    paths = []
    for specimen in SPECIMENS:
        written = write_specimen(specimen, folder=tmp_path)
        scan = accept_scan(written.file.read_bytes(), declared_type=None, sandbox=sandbox)
        pages = read_pages(scan, sandbox=sandbox)
        paths.append(_searchable(pages, tmp_path / f"{specimen.name}.searchable.pdf"))
        check_pdfa(paths[-1].read_bytes())
    assert len(paths) == len(SPECIMENS)
    assert_pdfa_2u(*paths)
    assert {judgement.detail for judgement in verapdf(paths, flavour="ua1")} == {ONLY_UNCLAIMED}
