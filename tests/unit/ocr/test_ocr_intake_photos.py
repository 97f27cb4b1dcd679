"""Phone photos: told from scans, laid flat when the whole sheet is seen, never given a scale they do not have."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageDraw

from guard import SandboxPool
from ocr.intake import accept_scan
from ocr.outline import find_page_outline, flatten_page
from ocr.raster import Pixels
from ocr.scan import Scan
from tests.attack.upload_parts import jpeg_bytes, page_picture
from tests.unit.ocr.in_process import KINDS, open_sandbox

# Starts a whole office or waits for clocks: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow

PHOTO = (1500, 2000)
CORNERS = ((176.0, 118.0), (1351.0, 86.0), (1418.0, 1856.0), (98.0, 1884.0))


@pytest.fixture(scope="module", params=KINDS)
def sandbox(request: pytest.FixtureRequest) -> Iterator[SandboxPool]:
    with open_sandbox(request.param) as pool:
        yield pool


def photo_of_sheet(corners: tuple[tuple[float, float], ...] = CORNERS) -> Image.Image:
    sheet = page_picture((1050, 1485))
    targets = ((0, 0), (1050, 0), (1050, 1485), (0, 1485))
    rows, values = [], []
    for (x, y), (u, v) in zip(corners, targets, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    coefficients = tuple(float(number) for number in np.linalg.solve(np.array(rows, float), np.array(values, float)))
    table = Image.new("RGB", PHOTO, (104, 76, 52))
    mask = Image.new("L", sheet.size, 255)
    for layer, filling in ((sheet, (0, 0, 0)), (mask, 0)):
        layer.info["seen"] = layer.transform(PHOTO, Image.Transform.PERSPECTIVE, coefficients, fillcolor=filling)
    table.paste(sheet.info["seen"], (0, 0), mask.info["seen"])
    return table


def phone_jpeg(picture: Image.Image, *, orientation: int = 1, dpi: int = 72) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = "GPS-CANARY"
    exif[ExifTags.Base.Orientation] = orientation
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.FNumber] = 1.8
    return jpeg_bytes(picture, exif=exif.tobytes(), dpi=(dpi, dpi))


def as_pixels(picture: Image.Image) -> Pixels:
    return np.ascontiguousarray(np.asarray(picture.convert("RGB"))[:, :, ::-1])


def take(upload: bytes, sandbox: SandboxPool) -> Scan:
    return accept_scan(upload, declared_type="image/jpeg", sandbox=sandbox)


def test_outline_is_found_to_a_few_pixels() -> None:
    corners = find_page_outline(as_pixels(photo_of_sheet()))
    assert corners is not None
    assert np.abs(corners - np.array(CORNERS)).max() < 6


def test_sheet_is_laid_flat_at_the_resolution_it_really_has(sandbox: SandboxPool) -> None:
    scan = take(phone_jpeg(photo_of_sheet()), sandbox)
    (page,) = scan.pages
    assert (page.is_phone_photo, page.outline_rectified, page.quarter_turns) == (True, True, 0)
    assert page.dpi == pytest.approx(1176 / 210 * 25.4, abs=3)
    assert page.image.height_px / page.image.width_px == pytest.approx(297 / 210, abs=0.002)
    assert scan.warnings == ("PHONE_PHOTO", "OUTLINE_RECTIFIED", "REENCODED_JPEG_95")
    assert b"CANARY" not in page.image.image_bytes
    flat = Image.open(BytesIO(page.image.image_bytes)).resize((210, 297))
    sheet = page_picture((1050, 1485)).resize((210, 297))
    assert np.abs(np.asarray(flat).astype(int) - np.asarray(sheet).astype(int)).mean() < 9


def test_photo_taken_sideways_stands_up_before_it_is_laid_flat(sandbox: SandboxPool) -> None:
    lying = photo_of_sheet().transpose(Image.Transpose.ROTATE_90)
    (page,) = take(phone_jpeg(lying, orientation=6), sandbox).pages
    assert (page.outline_rectified, page.quarter_turns) == (True, 0)
    assert page.image.height_px > page.image.width_px


@pytest.mark.parametrize("density", [72, 300])
def test_photo_without_outline_has_no_scale_whatever_density_it_claims(density: int, sandbox: SandboxPool) -> None:
    upload = phone_jpeg(page_picture((1500, 2000)), dpi=density)
    scan = take(upload, sandbox)
    assert (scan.pages[0].dpi, scan.pages[0].is_phone_photo, scan.pages[0].outline_rectified) == (None, True, False)
    assert scan.warnings == ("PHONE_PHOTO",)


def test_sheet_cut_off_by_the_edge_of_the_photo_is_not_measured() -> None:
    cut = ((-60.0, 118.0), (1351.0, 86.0), (1418.0, 1856.0), (-90.0, 1884.0))
    assert flatten_page(as_pixels(photo_of_sheet(cut))) is None


def test_square_note_is_not_taken_for_a_sheet_of_a4() -> None:
    square = ((200.0, 300.0), (1300.0, 300.0), (1300.0, 1400.0), (200.0, 1400.0))
    assert find_page_outline(as_pixels(photo_of_sheet(square))) is None


def test_printed_frame_on_a_sheet_that_fills_the_photo_is_not_taken_for_its_edge() -> None:
    sheet = Image.new("RGB", PHOTO, (236, 234, 228))
    pen = ImageDraw.Draw(sheet)
    for width, frame in ((40, (150, 120, 60)), (6, (90, 20, 20))):
        pen.rectangle((140, 140, 1360, 1866), outline=frame, width=width)
    assert find_page_outline(as_pixels(sheet)) is None


def test_empty_table_has_no_sheet() -> None:
    assert find_page_outline(as_pixels(Image.new("RGB", PHOTO, (104, 76, 52)))) is None


def test_picture_of_camera_shape_without_any_metadata_counts_as_a_photo(sandbox: SandboxPool) -> None:
    (page,) = take(jpeg_bytes(page_picture((1800, 2400)), dpi=(0, 0)), sandbox).pages
    assert page.is_phone_photo


def test_scanner_that_writes_its_model_is_no_camera(sandbox: SandboxPool) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = "Scanner 9000"
    (page,) = take(jpeg_bytes(exif=exif.tobytes()), sandbox).pages
    assert (page.is_phone_photo, page.dpi) == (False, 200)
