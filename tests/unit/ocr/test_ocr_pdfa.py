"""Documents written by the house: true size, untouched images, copyable text, empty signature fields."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pikepdf
import pytest
import zxingcpp
from PIL import Image

from guard import Isolation, SandboxPool
from ocr import (
    BAND_HEIGHT_PT,
    PdfaError,
    PdfaViolation,
    RenderFailed,
    StatementLine,
    StatementPage,
    StatementTooLong,
    check_pdfa,
    ocr_sandbox,
    page_preview,
    render_page,
    write_copy,
    write_pdfa,
)
from tests.reading_room import (
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
    with ocr_sandbox(1, Isolation.RLIMITS) as pool:
        yield pool


def _written() -> bytes:
    return write_pdfa(
        one_page(), title="Giấy khai sinh", language="vi", created_at=WRITTEN_AT, source_sha256_hex=SOURCE_SHA256_HEX
    ).pdf


def _media_box(pdf: bytes, page_index: int) -> list[float]:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return [float(side) for side in document.pages[page_index].MediaBox.as_list()]


def _saved(document: pikepdf.Pdf) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_scanner_bytes_stand_untouched_in_the_document() -> None:
    pages = one_page()
    with pikepdf.open(io.BytesIO(_written())) as document:
        image = document.pages[0].Resources.XObject.Im0
        assert image.read_raw_bytes() == pages.scan.pages[0].image.image_bytes
        assert image.Filter == pikepdf.Name.DCTDecode


def test_page_has_the_size_of_the_paper() -> None:
    assert _media_box(_written(), 0) == pytest.approx([0, 0, 620 / 75 * 72, 877 / 75 * 72], abs=0.001)


def test_equal_scans_give_equal_bytes() -> None:
    assert _written() == _written()
    assert write_copy(one_page(), parts=copy_parts()) == write_copy(one_page(), parts=copy_parts())


def test_lossless_image_keeps_its_predictor() -> None:
    image = flate_image()
    pages = pages_of((read_page(image), image))
    document = write_pdfa(pages, title="x", language="vi", created_at=WRITTEN_AT, source_sha256_hex=SOURCE_SHA256_HEX)
    with pikepdf.open(io.BytesIO(document.pdf)) as opened:
        assert opened.pages[0].Resources.XObject.Im0.read_bytes() == bytes(range(200)) * 100


@pytest.mark.parametrize(
    ("turns", "corner"), [(0, "upper left"), (1, "upper right"), (2, "lower right"), (3, "lower left")]
)
def test_quarter_turns_are_done_by_the_page_and_not_by_the_pixels(
    turns: int, corner: str, sandbox: SandboxPool
) -> None:
    image = jpeg_image()
    document = write_pdfa(
        pages_of((read_page(image, turns=turns), image)),
        title="x",
        language="vi",
        created_at=WRITTEN_AT,
        source_sha256_hex=SOURCE_SHA256_HEX,
    )
    drawn = np.asarray(Image.open(io.BytesIO(render_page(document.pdf, 0, dpi=72, sandbox=sandbox))).convert("L"))
    rows, columns = np.nonzero(drawn < 100)
    found = ("upper" if rows.mean() < drawn.shape[0] / 2 else "lower") + (
        " left" if columns.mean() < drawn.shape[1] / 2 else " right"
    )
    assert found == corner
    assert (drawn.shape[0] > drawn.shape[1]) == (turns % 2 == 0)


def test_band_hangs_below_the_scan_and_covers_nothing(sandbox: SandboxPool) -> None:
    image = jpeg_image()
    # At 72 dpi scan, band and pixels fall on the same grid.
    pages = pages_of((read_page(image, dpi=72.0), image))
    alone = write_pdfa(pages, title="x", language="vi", created_at=WRITTEN_AT, source_sha256_hex=SOURCE_SHA256_HEX).pdf
    copy = write_copy(pages, parts=copy_parts()).pdf
    assert _media_box(copy, 0)[1] == -BAND_HEIGHT_PT
    scan = np.asarray(Image.open(io.BytesIO(render_page(alone, 0, dpi=72, sandbox=sandbox))))
    certified = np.asarray(Image.open(io.BytesIO(render_page(copy, 0, dpi=72, sandbox=sandbox))))
    assert np.array_equal(certified[: scan.shape[0]], scan)


def test_code_square_leads_to_the_copy(sandbox: SandboxPool) -> None:
    copy = write_copy(one_page(), parts=copy_parts()).pdf
    drawn = Image.open(io.BytesIO(render_page(copy, 0, dpi=200, sandbox=sandbox)))
    assert [code.text for code in zxingcpp.read_barcodes(drawn)] == ["https://tracuu.example.vn/c/K7PM3QWX9DHT5"]


def test_copy_waits_for_officer_and_seal_with_empty_fields() -> None:
    copy = write_copy(one_page(), parts=copy_parts())
    with pikepdf.open(io.BytesIO(copy.pdf)) as document:
        fields = list(document.Root.AcroForm.Fields)
        assert [str(field.T) for field in fields] == ["Officer", "AgencySeal"]
        assert all(field.FT == "/Sig" and "/V" not in field and int(field.F) == 132 for field in fields)
        officer, seal = ([float(side) for side in field.Rect.as_list()] for field in fields)
        assert seal[2] < officer[0]
        assert fields[0].P.objgen == document.pages[-1].obj.objgen
    assert copy.page_count == 2


def test_dates_of_metadata_and_information_agree() -> None:
    with pikepdf.open(io.BytesIO(_written())) as document:
        assert str(document.docinfo.CreationDate) == "D:20261122070311Z"
        packet = document.Root.Metadata.read_bytes()
    assert b"<xmp:CreateDate>2026-11-22T07:03:11Z</xmp:CreateDate>" in packet
    assert SOURCE_SHA256_HEX.encode() in packet


def test_skewed_scan_is_straightened_by_the_page_and_not_by_the_pixels(sandbox: SandboxPool) -> None:
    image = jpeg_image()
    pages = pages_of((read_page(image, skew_degrees=2.0), image))
    document = write_pdfa(pages, title="x", language="vi", created_at=WRITTEN_AT, source_sha256_hex=SOURCE_SHA256_HEX)
    with pikepdf.open(io.BytesIO(document.pdf)) as opened:
        assert opened.pages[0].Resources.XObject.Im0.read_raw_bytes() == image.image_bytes
    drawn = np.asarray(Image.open(io.BytesIO(render_page(document.pdf, 0, dpi=75, sandbox=sandbox))).convert("L"))
    rows, columns = np.nonzero(drawn < 100)
    # The mark from (20, 20) to (120, 60), turned back by 2° counter-clockwise about the middle of the page.
    sine, cosine = np.sin(np.radians(2)), np.cos(np.radians(2))
    x, y = 70 - 310, 40 - 438.5
    assert columns.mean() == pytest.approx(x * cosine + y * sine + 310, abs=1.5)
    assert rows.mean() == pytest.approx(-x * sine + y * cosine + 438.5, abs=1.5)


def test_rectified_photo_is_not_called_a_scan() -> None:
    image = jpeg_image()
    pages = pages_of((read_page(image), image))
    flattened = replace(pages.scan.pages[0], is_phone_photo=True, outline_rectified=True)
    pages = replace(pages, scan=replace(pages.scan, pages=(flattened,)))
    document = write_pdfa(pages, title="x", language="vi", created_at=WRITTEN_AT, source_sha256_hex=SOURCE_SHA256_HEX)
    with pikepdf.open(io.BytesIO(document.pdf)) as opened:
        assert b"rectified to its paper outline" in opened.Root.Metadata.read_bytes()


@pytest.mark.parametrize(("read", "reason"), [((), "without pages"), ((0, 1), "2 pages were read of a scan of 1")])
def test_document_is_only_written_of_a_scan_that_was_read_whole(read: tuple[int, ...], reason: str) -> None:
    pages = one_page()
    page = pages.pages[0]
    partly = replace(pages, pages=tuple(replace(page, page_index=index) for index in read))
    with pytest.raises(PdfaError, match=reason):
        write_copy(partly, parts=copy_parts())


def test_officer_and_seal_do_not_share_a_field() -> None:
    with pytest.raises(PdfaError, match="different names"):
        write_copy(one_page(), parts=copy_parts(seal_field="Officer"))


def test_statement_that_does_not_fit_is_refused_and_not_cut() -> None:
    endless = StatementPage(heading="CHỨNG THỰC", lines=(StatementLine("Bản chính " * 60),) * 12)
    with pytest.raises(StatementTooLong, match="does not fit"):
        write_copy(one_page(), parts=copy_parts(statement=endless))


def test_fourth_line_in_the_band_is_refused_and_not_dropped() -> None:
    with pytest.raises(PdfaError, match="band"):
        write_copy(one_page(), parts=copy_parts(band_lines=("a", "b", "c", "d")))


def test_letter_outside_our_faces_is_refused() -> None:
    with pytest.raises(PdfaError, match="cannot be set"):
        write_copy(one_page(), parts=copy_parts(band_lines=("漢字",)))


def test_unknown_property_is_refused() -> None:
    with pytest.raises(PdfaError, match="nickname"):
        write_copy(one_page(), parts=copy_parts(xmp_extra={"nickname": "x"}))


def test_finished_documents_pass_our_own_check() -> None:
    for pdf in (_written(), write_copy(one_page(), parts=copy_parts()).pdf):
        claim = check_pdfa(pdf)
        assert (claim.part, claim.conformance) == (2, "U")


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        ("del document.Root.OutputIntents", "output intents"),
        ("del document.Root.Metadata", "no XMP"),
        ("document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript)", "acts by itself"),
        ("document.Root.AcroForm.NeedAppearances = True", "dynamic"),
        ("del document.pages[0].Resources.Font.T0.ToUnicode", "ToUnicode"),
        ("del document.pages[0].Resources.Font.T0.DescendantFonts[0].FontDescriptor.FontFile2", "not embedded"),
        ("document.pages[-1].Annots[0].F = 2", "does not print"),
        ("document.pages[-1].Annots[0].F = pikepdf.Array()", "not of the kind"),
        ("document.pages[-1].Annots[0].Subtype = pikepdf.Name.FileAttachment", "no form field"),
        ("del document.Root.StructTreeRoot", "no structure"),
        ("document.pages[0].Contents.write(b'/P <</MCID 99>> BDC EMC')", "lead to no element"),
        ("document.pages[0].Contents.write(b'q')", "open"),
        ("document.pages[0].Contents.write(b'0 0 0 1 k')", "operator"),
        ("document.pages[0].Contents.write(b'/F9 9 Tf')", "not there"),
        ("document.pages[0].Resources.XObject.Im0.ColorSpace = pikepdf.Name.DeviceCMYK", "output intent"),
        ("document.pages[0].Resources.Font.T0.DescendantFonts[0].DW = 900", "other widths"),
        ("document.Root.Extra = 2**31", "larger than"),
        ("document.Root.Extra = pikepdf.Dictionary(JS='app.alert(1)')", "acts by itself"),
        ("document.pages[0].Contents.Filter = pikepdf.Name.LZWDecode", "forbids"),
        ("del document.pages[-1].Annots[0].AP", "no appearance"),
        ("document.pages[0].AA = pikepdf.Dictionary()", "acts by itself"),
        ("document.Root.Metadata.write(b'<x/>')", "does not claim"),
    ],
)
@pytest.mark.slow
def test_document_that_breaks_a_rule_is_not_signed(harm: str, reason: str) -> None:
    with pikepdf.open(io.BytesIO(write_copy(one_page(), parts=copy_parts()).pdf)) as document:
        exec(harm, {"document": document, "pikepdf": pikepdf})  # noqa: S102 - our own literals above
        harmed = _saved(document)
    with pytest.raises(PdfaViolation, match=reason):
        check_pdfa(harmed)


def test_reader_hears_scan_then_each_block_then_statement_then_fields() -> None:
    image = jpeg_image()
    words = (*words_of("dòng một", line=1), *words_of("dòng hai", top=150, line=2))
    words += tuple(replace(word, block=2) for word in words_of("khối sau", top=300, line=3))
    copy = write_copy(pages_of((read_page(image, words=words), image)), parts=copy_parts()).pdf
    with pikepdf.open(io.BytesIO(copy)) as document:
        scanned, stated = document.Root.StructTreeRoot.K[0].K
        assert [str(element.S) for element in scanned.K] == ["/Figure", "/P", "/P"]
        assert "Ảnh quét trang 1" in str(scanned.K[0].Alt)
        # Two lines of one block are one paragraph of two marks.
        assert len(scanned.K[1].K) == 2
        spoken = [str(element.S) for element in stated.K]
        assert spoken[0] == "/H1"
        forms = [element.K.Obj for element in stated.K if element.S == "/Form"]
        assert [str(form.TU) for form in forms] == ["NGƯỜI THỰC HIỆN CHỨNG THỰC", "CHỮ KÝ SỐ CỦA CƠ QUAN"]
        assert all(page.Tabs == "/S" for page in document.pages)


def test_document_of_a_jpeg_is_hardly_larger_than_the_jpeg() -> None:
    noise = np.random.default_rng(7).integers(0, 255, (1400, 1000, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "JPEG", quality=80)
    image = replace(jpeg_image(width_px=1000, height_px=1400), image_bytes=out.getvalue())
    pages = pages_of((read_page(image), image))
    document = write_pdfa(pages, title="x", language="vi", created_at=WRITTEN_AT, source_sha256_hex=SOURCE_SHA256_HEX)
    assert len(document.pdf) < 1.02 * len(image.image_bytes)


def test_encrypted_and_broken_documents_are_not_signed() -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(_written())) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="owner", user="user"))
    with pytest.raises(PdfaViolation, match="encrypted"):
        check_pdfa(out.getvalue())
    with pytest.raises(PdfaViolation, match="does not open"):
        check_pdfa(b"%PDF-1.7 nothing")


def test_missing_page_is_not_drawn(sandbox: SandboxPool) -> None:
    with pytest.raises(RenderFailed, match="page 8"):
        render_page(_written(), 7, dpi=72, sandbox=sandbox)
    with pytest.raises(RenderFailed, match="page 3"):
        page_preview(one_page(), 2, max_px=300, sandbox=sandbox)


def test_preview_stands_upright_and_small(sandbox: SandboxPool) -> None:
    image = jpeg_image()
    pages = pages_of((read_page(image, turns=1), image))
    preview = Image.open(io.BytesIO(page_preview(pages, 0, max_px=300, sandbox=sandbox)))
    assert preview.format == "JPEG"
    assert preview.size == (300, 212)
