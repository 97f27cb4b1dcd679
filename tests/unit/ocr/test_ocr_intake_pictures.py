"""Intake of JPEG and PNG: what is kept, what leaves, what is rebuilt and said so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pytest
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from guard import SandboxPool
from ocr.intake import accept_scan
from ocr.scan import ImageEncoding, PageImage, Scan, ScanPage, standalone_image
from tests.attack.upload_parts import jpeg_bytes, jpeg_segment, page_picture, png_bytes, png_chunk
from tests.unit.ocr.in_process import KINDS, open_sandbox

CANARY = b"CANARY-GPS-000741"


@pytest.fixture(scope="module", params=KINDS)
def sandbox(request: pytest.FixtureRequest) -> Iterator[SandboxPool]:
    with open_sandbox(request.param) as pool:
        yield pool


def take(upload: bytes, sandbox: SandboxPool) -> Scan:
    return accept_scan(upload, declared_type=None, sandbox=sandbox)


def only_page(upload: bytes, sandbox: SandboxPool) -> ScanPage:
    (page,) = take(upload, sandbox).pages
    return page


def pixels_of(image: PageImage) -> npt.NDArray[np.uint8]:
    return np.asarray(Image.open(BytesIO(standalone_image(image))))


def coded_data(jpeg: bytes) -> bytes:
    start = jpeg.index(b"\xff\xda")
    end = re.compile(rb"\xff\xd9").search(jpeg, start)
    assert end is not None
    return jpeg[start : end.end()]


def loaded_exif(orientation: int = 1, **tags: object) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Artist] = CANARY.decode()
    for name, value in tags.items():
        exif[ExifTags.Base[name]] = value
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSMapDatum] = CANARY.decode()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.MakerNote] = CANARY
    return exif.tobytes()


def test_canary_position_never_survives_and_the_coded_pixels_do(sandbox: SandboxPool) -> None:
    plain = jpeg_bytes(comment=CANARY, exif=loaded_exif())
    xmp = jpeg_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + CANARY)
    second = jpeg_segment(0xE2, b"MPF\0" + CANARY)
    upload = plain[:2] + xmp + second + plain[2:] + b"trailing " + CANARY + jpeg_bytes()
    assert upload.count(CANARY) >= 6
    scan = take(upload, sandbox)
    image = scan.pages[0].image
    assert CANARY not in image.image_bytes
    assert coded_data(image.image_bytes) == coded_data(plain)
    assert image.encoding is ImageEncoding.JPEG
    assert scan.warnings == ("TRAILING_DATA_DROPPED",)
    assert scan.pages[0].dpi == 200
    assert np.array_equal(pixels_of(image), np.asarray(Image.open(BytesIO(plain))))


def test_thumbnail_inside_jfif_leaves_and_the_density_stays(sandbox: SandboxPool) -> None:
    plain = jpeg_bytes()
    jfif = jpeg_segment(0xE0, b"JFIF\0\x01\x01\x01\x01\x2c\x01\x2c\x04\x04" + (CANARY * 3)[:48])
    upload = b"\xff\xd8" + jfif + plain[20:]
    page = only_page(upload, sandbox)
    assert CANARY not in page.image.image_bytes
    assert page.dpi == 300


@pytest.mark.parametrize("options", [{"progressive": True}, {"subsampling": "4:2:0"}, {"restart_marker_rows": 2}])
def test_jpeg_of_every_honest_kind_keeps_its_coded_data(options: dict[str, object], sandbox: SandboxPool) -> None:
    upload = jpeg_bytes(None, **options)
    assert coded_data(only_page(upload, sandbox).image.image_bytes) == coded_data(upload)


def test_grey_jpeg_stays_grey_and_says_so(sandbox: SandboxPool) -> None:
    page = only_page(jpeg_bytes(page_picture(mode="L")), sandbox)
    assert (page.image.components, page.is_colour) == (1, False)


def test_grey_page_saved_as_colour_is_not_colour(sandbox: SandboxPool) -> None:
    page = only_page(jpeg_bytes(page_picture(mode="L").convert("RGB")), sandbox)
    assert (page.image.components, page.is_colour) == (3, False)
    assert only_page(jpeg_bytes(), sandbox).is_colour


def test_cmyk_jpeg_becomes_rgb_and_says_so(sandbox: SandboxPool) -> None:
    scan = take(jpeg_bytes(page_picture(mode="CMYK")), sandbox)
    assert scan.pages[0].image.components == 3
    assert scan.warnings == ("COLOUR_CONVERTED", "REENCODED_JPEG_95")
    expected = np.asarray(page_picture()).astype(int)
    assert np.abs(pixels_of(scan.pages[0].image).astype(int) - expected).mean() < 3


def test_jpeg_stored_as_rgb_keeps_its_colours_for_readers_that_assume_ycbcr(sandbox: SandboxPool) -> None:
    upload = jpeg_bytes(keep_rgb=True)
    without_markers = b"\xff\xd8" + upload[upload.index(b"\xff\xdb") :]
    image = only_page(without_markers, sandbox).image
    assert b"Adobe" in image.image_bytes
    assert np.abs(pixels_of(image).astype(int) - np.asarray(page_picture()).astype(int)).mean() < 3


@pytest.mark.parametrize(("orientation", "turns"), [(1, 0), (3, 2), (6, 1), (8, 3), (99, 0)])
def test_orientation_becomes_page_geometry_without_re_encoding(
    orientation: int, turns: int, sandbox: SandboxPool
) -> None:
    upload = jpeg_bytes(exif=loaded_exif(orientation))
    page = only_page(upload, sandbox)
    assert page.quarter_turns == turns
    assert coded_data(page.image.image_bytes) == coded_data(upload)


@pytest.mark.parametrize("orientation", [2, 4, 5, 7])
def test_mirrored_scan_is_unmirrored_at_a_stated_cost(orientation: int, sandbox: SandboxPool) -> None:
    upright = page_picture()
    transposed = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        7: Image.Transpose.TRANSVERSE,
    }[orientation]
    scan = take(jpeg_bytes(upright.transpose(transposed), exif=loaded_exif(orientation)), sandbox)
    (page,) = scan.pages
    stood = np.rot90(pixels_of(page.image), -page.quarter_turns)
    assert np.abs(stood.astype(int) - np.asarray(upright).astype(int)).mean() < 4
    assert scan.warnings == ("MIRRORING_UNDONE", "REENCODED_JPEG_95")


def test_foreign_colour_profile_leaves_with_a_warning(sandbox: SandboxPool) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    scan = take(jpeg_bytes(icc_profile=lab), sandbox)
    assert scan.warnings == ("COLOUR_PROFILE_DROPPED",)
    assert b"ICC_PROFILE" not in scan.pages[0].image.image_bytes
    assert take(jpeg_bytes(icc_profile=srgb), sandbox).warnings == ()


def test_scan_without_density_has_no_scale(sandbox: SandboxPool) -> None:
    page = only_page(jpeg_bytes(dpi=(0, 0)), sandbox)
    assert page.dpi is None
    assert not page.is_phone_photo


def test_default_density_on_a_large_scan_is_no_scale(sandbox: SandboxPool) -> None:
    scan = take(jpeg_bytes(Image.new("RGB", (2480, 3508), "white"), dpi=(72, 72)), sandbox)
    assert scan.pages[0].dpi is None
    assert scan.warnings == ("DENSITY_IGNORED",)


def test_png_rows_are_kept_as_stored(sandbox: SandboxPool) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", CANARY.decode())
    for mode in ("RGB", "L", "1"):
        picture = page_picture(mode=mode)
        page = only_page(png_bytes(picture, pnginfo=info) + CANARY, sandbox)
        assert page.image.encoding is ImageEncoding.FLATE
        assert page.image.image_bytes in png_bytes(picture)
        assert CANARY not in page.image.image_bytes
        assert np.array_equal(pixels_of(page.image), np.asarray(picture))
        assert page.dpi == pytest.approx(200, abs=0.1)
        assert page.image.bits_per_component == (1 if mode == "1" else 8)


def test_png_exif_orientation_is_obeyed_and_dropped(sandbox: SandboxPool) -> None:
    page = only_page(png_bytes(exif=loaded_exif(6)), sandbox)
    assert page.quarter_turns == 1
    assert CANARY not in page.image.image_bytes


def test_transparent_png_lies_on_white_paper(sandbox: SandboxPool) -> None:
    picture = page_picture(mode="RGBA")
    picture.putpixel((5, 5), (0, 0, 0, 0))
    scan = take(png_bytes(picture), sandbox)
    assert scan.warnings == ("ALPHA_FLATTENED",)
    assert tuple(pixels_of(scan.pages[0].image)[5, 5]) == (255, 255, 255)


def test_palette_png_becomes_colours_without_loss(sandbox: SandboxPool) -> None:
    picture = page_picture().quantize(64)
    assert np.array_equal(pixels_of(only_page(png_bytes(picture), sandbox).image), np.asarray(picture.convert("RGB")))


def test_sixteen_bit_png_is_reduced_and_says_so(sandbox: SandboxPool) -> None:
    grey = np.asarray(page_picture(mode="L")).astype(np.uint16) * 256 + 77
    scan = take(png_bytes(Image.fromarray(grey)), sandbox)
    assert scan.warnings == ("DEPTH_REDUCED",)
    assert np.array_equal(pixels_of(scan.pages[0].image), np.asarray(page_picture(mode="L")))


def test_ancillary_chunks_before_the_rows_are_dropped(sandbox: SandboxPool) -> None:
    whole = png_bytes()
    hidden = png_chunk(b"zTXt", CANARY) + png_chunk(b"prVt", CANARY) + png_chunk(b"iCCP", b"Adobe RGB\0\0" + CANARY)
    scan = take(whole[:33] + hidden + whole[33:], sandbox)
    assert CANARY not in standalone_image(scan.pages[0].image)
    assert scan.warnings == ("COLOUR_PROFILE_DROPPED",)


def test_scan_remembers_the_digest_and_size_of_the_upload(sandbox: SandboxPool) -> None:
    scan = accept_scan(b"%s" % jpeg_bytes(), declared_type="image/jpg; name=../../x", sandbox=sandbox)
    assert (len(scan.sha256_hex), scan.byte_count, scan.media_type) == (64, len(jpeg_bytes()), "image/jpeg")
