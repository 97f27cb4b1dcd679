"""Intake of TIFF and PDF: page by page, as stored where possible."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from guard import SandboxPool
from ocr.intake import accept_scan
from ocr.intake_limits import IntakeLimits
from ocr.scan import ImageEncoding, PageImage, Scan, standalone_image
from tests.attack.upload_parts import (
    jpeg_bytes,
    one_page_pdf,
    page_picture,
    pdf_bytes,
    scanned_pdf,
    stream,
    tiff_bytes,
)
from tests.unit.ocr.in_process import KINDS, open_sandbox

# Starts real processes or reads real pages: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow

LARGE = (1654, 2339)


@pytest.fixture(scope="module", params=KINDS)
def sandbox(request: pytest.FixtureRequest) -> Iterator[SandboxPool]:
    with open_sandbox(request.param) as pool:
        yield pool


def take(upload: bytes, sandbox: SandboxPool) -> Scan:
    return accept_scan(upload, declared_type=None, sandbox=sandbox)


def pixels_of(image: PageImage) -> npt.NDArray[np.uint8]:
    return np.asarray(Image.open(BytesIO(standalone_image(image))))


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("mode", ["RGB", "L", "1"])
def test_tiff_of_every_lossless_kind_keeps_every_pixel_of_every_page(
    compression: str, mode: str, sandbox: SandboxPool
) -> None:
    pictures = [page_picture(size, mode) for size in ((420, 594), (594, 420), (300, 300))]
    scan = take(tiff_bytes(pictures, compression=compression), sandbox)
    assert [page.page_index for page in scan.pages] == [0, 1, 2]
    for page, picture in zip(scan.pages, pictures, strict=True):
        assert np.array_equal(pixels_of(page.image), np.asarray(picture))
        assert page.dpi == 200


@pytest.mark.parametrize("photometric", [0, 1])
def test_fax_coded_tiff_keeps_its_one_strip(photometric: int, sandbox: SandboxPool) -> None:
    picture = page_picture(mode="1")
    upload = tiff_bytes([picture], compression="group4", tiffinfo={262: photometric, 278: picture.height})
    (page,) = take(upload, sandbox).pages
    assert page.image.encoding is ImageEncoding.CCITT_G4
    assert page.image.image_bytes in upload
    assert page.image.black_is_1 is (photometric == 1)
    assert np.array_equal(pixels_of(page.image), np.asarray(Image.open(BytesIO(upload))))


def test_fax_coded_tiff_in_many_strips_is_rebuilt_without_loss(sandbox: SandboxPool) -> None:
    picture = page_picture(mode="1")
    (page,) = take(tiff_bytes([picture], compression="group4", tiffinfo={278: 16}), sandbox).pages
    assert page.image.encoding is ImageEncoding.FLATE
    assert np.array_equal(pixels_of(page.image), np.asarray(picture))


@pytest.mark.parametrize("rows", [594, 32])
def test_jpeg_inside_tiff_shows_the_same_picture(rows: int, sandbox: SandboxPool) -> None:
    upload = tiff_bytes([page_picture()], compression="jpeg", tiffinfo={278: rows})
    (page,) = take(upload, sandbox).pages
    assert page.image.encoding is (ImageEncoding.JPEG if rows == 594 else ImageEncoding.FLATE)
    expected = np.asarray(Image.open(BytesIO(upload)).convert("RGB")).astype(int)
    assert np.abs(pixels_of(page.image).astype(int) - expected).mean() < 1


def test_tiff_orientation_becomes_page_geometry(sandbox: SandboxPool) -> None:
    assert take(tiff_bytes([page_picture()], tiffinfo={274: 6}), sandbox).pages[0].quarter_turns == 1


def test_mirrored_tiff_is_unmirrored_without_loss(sandbox: SandboxPool) -> None:
    scan = take(tiff_bytes([page_picture()], tiffinfo={274: 2}), sandbox)
    assert scan.warnings == ("MIRRORING_UNDONE",)
    assert np.array_equal(pixels_of(scan.pages[0].image), np.asarray(page_picture())[:, ::-1])


def test_metadata_of_tiff_leaves(sandbox: SandboxPool) -> None:
    upload = tiff_bytes([page_picture()], tiffinfo={315: "CANARY-ARTIST", 700: b"CANARY-XMP"})
    scan = take(upload, sandbox)
    assert b"CANARY" in upload
    assert b"CANARY" not in scan.pages[0].image.image_bytes


def test_tiff_without_resolution_has_no_scale(sandbox: SandboxPool) -> None:
    buffer = BytesIO()
    page_picture().save(buffer, "TIFF")
    assert take(buffer.getvalue(), sandbox).pages[0].dpi is None


def test_office_scan_keeps_the_jpeg_of_each_page(sandbox: SandboxPool) -> None:
    jpeg = jpeg_bytes(page_picture(LARGE), comment=b"CANARY")
    scan = take(scanned_pdf(jpeg, width=LARGE[0], height=LARGE[1]), sandbox)
    (page,) = scan.pages
    assert page.image.encoding is ImageEncoding.JPEG
    assert page.image.image_bytes[-5000:] == jpeg[-5000:]
    assert b"CANARY" not in page.image.image_bytes
    assert page.dpi == pytest.approx(200, abs=0.5)
    assert scan.warnings == ()


def test_invisible_text_of_a_scanner_does_not_cost_the_jpeg(sandbox: SandboxPool) -> None:
    content = b"q 595 0 0 842 0 0 cm /Im0 Do Q BT 3 Tr /F1 9 Tf 50 700 Td (CANARY) Tj ET"
    jpeg = jpeg_bytes(page_picture(LARGE))
    scan = take(scanned_pdf(jpeg, width=LARGE[0], height=LARGE[1], content=content), sandbox)
    assert scan.pages[0].image.encoding is ImageEncoding.JPEG


@pytest.mark.parametrize(
    ("content", "page"),
    [
        (b"q 595 0 0 842 0 0 cm /Im0 Do Q 1 0 0 rg 50 50 200 200 re f", ""),
        (b"q 595 0 0 842 0 0 cm /Im0 Do Q BT 0 Tr /F1 9 Tf 50 700 Td (visible) Tj ET", ""),
        (b"q 300 0 0 400 0 0 cm /Im0 Do Q", ""),
        (b"q 595 0 0 -842 0 842 cm /Im0 Do Q", ""),
        (b"q 595 0 0 842 0 0 cm /Im0 Do Q", "/Annots [<< /Subtype /Square /Rect [10 10 90 90] /C [1 0 0] >>]"),
        (b"q 595 0 0 842 0 0 cm /Im0 Do Q", "/CropBox [0 0 300 300]"),
        (b"/G0 gs q 595 0 0 842 0 0 cm /Im0 Do Q", ""),
    ],
)
def test_page_that_shows_more_or_less_than_its_picture_is_drawn(
    content: bytes, page: str, sandbox: SandboxPool
) -> None:
    jpeg = jpeg_bytes(page_picture(LARGE))
    scan = take(scanned_pdf(jpeg, width=LARGE[0], height=LARGE[1], content=content, page=page), sandbox)
    assert scan.pages[0].image.encoding is ImageEncoding.FLATE
    assert scan.warnings == ("PAGE_RENDERED",)


def test_drawn_page_is_not_enlarged_beyond_its_picture(sandbox: SandboxPool) -> None:
    coarse = (827, 1170)
    content = b"q 595 0 0 842 0 0 cm /Im0 Do Q 0 0 m 9 9 l S"
    scan = take(scanned_pdf(jpeg_bytes(page_picture(coarse)), width=827, height=1170, content=content), sandbox)
    assert scan.pages[0].dpi == 100


def test_text_page_is_drawn_at_300_dpi(sandbox: SandboxPool) -> None:
    (page,) = take(one_page_pdf(), sandbox).pages
    assert (page.image.width_px, page.dpi, page.is_colour) == (2480, 300, False)
    assert pixels_of(page.image).min() == 0


def test_rotation_of_a_pdf_page_becomes_page_geometry(sandbox: SandboxPool) -> None:
    jpeg = jpeg_bytes(page_picture(LARGE))
    (page,) = take(scanned_pdf(jpeg, width=LARGE[0], height=LARGE[1], page="/Rotate 270"), sandbox).pages
    assert (page.quarter_turns, page.image.encoding) == (3, ImageEncoding.JPEG)


def test_drawn_page_stands_already(sandbox: SandboxPool) -> None:
    (page,) = take(one_page_pdf(page="/Rotate 90"), sandbox).pages
    assert page.quarter_turns == 0
    assert page.image.width_px > page.image.height_px


def test_fax_coded_pdf_keeps_its_bytes(sandbox: SandboxPool) -> None:
    picture = page_picture(LARGE, "1")
    tiff = tiff_bytes([picture], compression="group4", tiffinfo={278: picture.height, 262: 0})
    with Image.open(BytesIO(tiff)) as opened:
        offset, length = opened.tag_v2[273][0], opened.tag_v2[279][0]  # type: ignore[attr-defined]
    coded = tiff[offset : offset + length]
    image = (
        f"/Subtype /Image /Width {LARGE[0]} /Height {LARGE[1]} /ColorSpace /DeviceGray /BitsPerComponent 1 "
        f"/Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns {LARGE[0]} /Rows {LARGE[1]} >>"
    )
    pdf = one_page_pdf(
        resources="/XObject << /Im0 5 0 R >>",
        content=stream("", b"q 595 0 0 842 0 0 cm /Im0 Do Q"),
        extra=[stream(image, coded)],
    )
    (page,) = take(pdf, sandbox).pages
    assert (page.image.encoding, page.image.image_bytes) == (ImageEncoding.CCITT_G4, coded)
    assert np.array_equal(pixels_of(page.image), np.asarray(picture))


def _lossless_pdf(picture: Image.Image, rows: bytes, *, parameters: str = "") -> bytes:
    """A PDF of one page that is one picture in Flate coding."""
    colours = "/DeviceGray" if picture.mode == "L" else "/DeviceRGB"
    image = (
        f"/Subtype /Image /Width {picture.width} /Height {picture.height} /ColorSpace {colours} /BitsPerComponent 8 "
        f"/Filter /FlateDecode {parameters}"
    )
    return one_page_pdf(
        resources="/XObject << /Im0 5 0 R >>",
        content=stream("", b"q 595 0 0 842 0 0 cm /Im0 Do Q"),
        extra=[stream(image, rows)],
    )


@pytest.mark.parametrize(("mode", "colours"), [("L", 1), ("RGB", 3)])
def test_lossless_pdf_picture_with_png_rows_keeps_its_bytes(mode: str, colours: int, sandbox: SandboxPool) -> None:
    picture = page_picture(LARGE, mode)
    lines = np.asarray(picture).reshape(picture.height, -1)
    rows = zlib.compress(b"".join(b"\0" + line.tobytes() for line in lines))
    parameters = f"/DecodeParms << /Predictor 15 /Colors {colours} /BitsPerComponent 8 /Columns {picture.width} >>"
    scan = take(_lossless_pdf(picture, rows, parameters=parameters), sandbox)
    assert scan.pages[0].image.image_bytes == rows
    assert scan.warnings == ()
    assert np.array_equal(pixels_of(scan.pages[0].image), np.asarray(picture))


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_lossless_pdf_picture_without_predictor_keeps_every_pixel(mode: str, sandbox: SandboxPool) -> None:
    picture = page_picture(LARGE, mode)
    scan = take(_lossless_pdf(picture, zlib.compress(picture.tobytes())), sandbox)
    assert scan.warnings == ("REENCODED_LOSSLESS",)
    assert np.array_equal(pixels_of(scan.pages[0].image), np.asarray(picture))


def test_lossless_pdf_picture_of_another_length_than_stated_is_drawn(sandbox: SandboxPool) -> None:
    picture = page_picture(LARGE)
    scan = take(_lossless_pdf(picture, zlib.compress(picture.tobytes() + b"\n")), sandbox)
    assert scan.warnings == ("PAGE_RENDERED",)


def test_pages_beyond_one_batch_keep_their_order_and_size(sandbox: SandboxPool) -> None:
    kids = " ".join(f"{number} 0 R" for number in range(3, 14))
    leaves = [f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {200 + n} 300] >>".encode() for n in range(11)]
    tree = f"<< /Type /Pages /Kids [{kids}] /Count 11 >>".encode()
    upload = pdf_bytes([b"<< /Type /Catalog /Pages 2 0 R >>", tree, *leaves])
    scan = accept_scan(
        upload, declared_type=None, sandbox=sandbox, limits=IntakeLimits(pages_per_call=3, render_dpi=72)
    )
    assert [page.image.width_px for page in scan.pages] == [200 + n for n in range(11)]
    assert [page.page_index for page in scan.pages] == list(range(11))


def test_harmless_link_and_outline_do_not_count_as_active(sandbox: SandboxPool) -> None:
    link = "/Annots [<< /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://a.test) >> >>]"
    pdf = one_page_pdf(catalog="/OpenAction [3 0 R /Fit]", page=link)
    assert len(take(pdf, sandbox).pages) == 1


def test_compressed_content_is_read(sandbox: SandboxPool) -> None:
    drawn = stream("/Filter /FlateDecode", zlib.compress(b"0 0 0 rg 0 0 595 842 re f"))
    assert pixels_of(take(one_page_pdf(content=drawn), sandbox).pages[0].image).max() == 0
