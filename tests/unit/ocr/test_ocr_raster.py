"""Pictures decoded as strictly as ever in a fraction of the memory."""

from __future__ import annotations

import io
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from guard import Isolation, ProcessLimits
from ocr import IntakeCode, ScanRefused, accept_scan, ocr_sandbox
from ocr.png import SIGNATURE, idat_of
from ocr.raster import decode_whole, encode_lossless, has_colour, look_over, to_pixels
from ocr.scan import standalone_image

MIB = 1024 * 1024


def _picture(mode: str = "RGB", *, width_px: int = 300, height_px: int = 701) -> Image.Image:
    """Colours that differ everywhere, taller than one band."""
    rows, columns = np.mgrid[0:height_px, 0:width_px]
    colours = np.stack([rows % 256, columns % 256, (rows + columns) % 256], axis=2).astype(np.uint8)
    picture = Image.fromarray(colours)
    if mode in ("RGBA", "LA"):
        picture = picture.convert(mode)
        picture.putalpha(Image.fromarray((columns % 256).astype(np.uint8)))
        return picture
    return picture.convert(mode)


def _encoded(picture: Image.Image, file_format: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, file_format)
    return out.getvalue()


@pytest.mark.parametrize(("mode", "components"), [("RGB", 3), ("L", 1)])
@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_a_look_is_half_as_large(mode: str, components: int, file_format: str) -> None:
    encoded = _encoded(_picture(mode), file_format)
    look = look_over(encoded, width_px=300, height_px=701, components=components)
    assert look.shape[0] in (350, 351)
    assert look.shape[1] == 150
    assert has_colour(look) is (mode == "RGB")


@pytest.mark.parametrize("stated", [(300, 500), (500, 701)])
def test_picture_of_another_size_than_stated_is_refused(stated: tuple[int, int]) -> None:
    encoded = _encoded(_picture(), "JPEG")
    with pytest.raises(ScanRefused, match="another size") as look:
        look_over(encoded, width_px=stated[0], height_px=stated[1], components=3)
    with pytest.raises(ScanRefused, match="another size"):
        decode_whole(encoded, width_px=stated[0], height_px=stated[1])
    assert look.value.code is IntakeCode.CORRUPT_FILE


def test_a_look_sees_the_same_damage_as_a_full_decoding() -> None:
    encoded = bytearray(_encoded(_picture(), "JPEG"))
    middle = len(encoded) // 2
    encoded[middle : middle + 40] = bytes(range(0x80, 0xA8))
    encoded[middle + 41 : middle + 43] = b"\xff\xd3"
    with pytest.raises(ScanRefused, match="damaged"):
        look_over(bytes(encoded), width_px=300, height_px=701, components=3)
    with pytest.raises(ScanRefused, match="damaged"):
        decode_whole(bytes(encoded), width_px=300, height_px=701)


@pytest.mark.parametrize("mode", ["RGB", "CMYK", "P", "YCbCr"])
def test_band_by_band_conversion_equals_the_whole(mode: str) -> None:
    picture = _picture(mode)
    pixels, _ = to_pixels(picture)
    assert np.array_equal(pixels[:, :, ::-1], np.asarray(picture.convert("RGB")))


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_is_laid_on_white_paper_in_every_band(mode: str) -> None:
    picture = _picture(mode)
    pixels, warnings = to_pixels(picture)
    paper = Image.new("RGBA", picture.size, "white")
    whole = np.asarray(Image.alpha_composite(paper, picture.convert("RGBA")).convert("RGB"))
    assert np.array_equal(pixels[:, :, ::-1], whole)
    assert warnings == ("ALPHA_FLATTENED",)


@pytest.mark.parametrize("mode", ["I;16", "I"])
def test_deep_grey_becomes_eight_bits_and_says_so(mode: str) -> None:
    deep = Image.fromarray(np.full((10, 10), 0x8000, dtype=np.uint16 if mode == "I;16" else np.int32))
    pixels, warnings = to_pixels(deep)
    assert (int(pixels[0, 0]), warnings) == (0x80, ("DEPTH_REDUCED",))


def test_pixels_that_are_no_page_are_refused() -> None:
    with pytest.raises(ScanRefused, match="kind F"):
        to_pixels(Image.new("F", (10, 10)))


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_lossless_rows_bring_every_pixel_back(mode: str) -> None:
    pixels = np.asarray(_picture(mode))
    kept = encode_lossless(pixels)
    back = cv2.imdecode(np.frombuffer(standalone_image(kept), np.uint8), cv2.IMREAD_UNCHANGED)
    assert back is not None
    assert np.array_equal(back, pixels)


def test_rows_spread_over_many_chunks_are_joined() -> None:
    rows = bytes(range(256)) * 100

    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")

    pieces = b"".join(chunk(b"IDAT", rows[start : start + 7]) for start in range(0, len(rows), 7))
    assert idat_of(SIGNATURE + pieces + chunk(b"IEND", b"")) == rows


@pytest.mark.slow
def test_picture_that_needs_too_much_memory_is_not_called_damaged() -> None:
    limits = ProcessLimits(memory_bytes=40 * MIB, cpu_seconds=20.0, wall_seconds=60.0, output_bytes=64 * MIB)
    upload = _encoded(Image.new("RGB", (5000, 5000), "white"), "PNG")
    with ocr_sandbox(1, Isolation.RLIMITS, limits=limits) as sandbox, pytest.raises(ScanRefused) as refusal:
        accept_scan(upload, declared_type=None, sandbox=sandbox)
    assert refusal.value.code is IntakeCode.DECOMPRESSION_LIMIT
