"""Turn one checked picture file into scan pages: as stored where a PDF can hold it, rebuilt and said so elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from ocr.errors import IntakeCode, ScanRefused
from ocr.exif import Exif
from ocr.intake_limits import IntakeLimits
from ocr.jpeg import Jpeg, read_jpeg
from ocr.outline import flatten_page
from ocr.png import read_png
from ocr.raster import Pixels, decode_whole, encode_jpeg, encode_lossless, has_colour, look_over, to_pixels
from ocr.scan import ImageEncoding, PageImage, ScanPage, standalone_image

_CMYK = 4
# What phones write when they know nothing: 72 (EXIF's default), 96 (some apps); no scanner is that coarse.
_MEANINGLESS_DPI = 100.0
_CAMERA_PIXELS = 4_000_000
_FULL_SIZE_PIXELS = 40_000_000
_CAMERA_ASPECTS = (4 / 3, 3 / 2, 16 / 9)
_ASPECT_TOLERANCE = 0.01
_MM_PER_INCH = 25.4
_LEAST_PAGE_MM = 10.0


@dataclass(frozen=True, slots=True)
class TakenPages:
    """Pages with the warnings that arose on the way."""

    pages: tuple[ScanPage, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Picture:
    """A picture that was decoded whole once, with what its file said; `is_colour` is what the decoded pixels showed."""

    image: PageImage
    is_colour: bool
    dpi: float | None
    exif: Exif
    warnings: tuple[str, ...]


def take_jpeg(encoded: bytes, *, limits: IntakeLimits) -> TakenPages:
    """Take a JPEG as one page, its coded pixels unchanged unless it is CMYK, mirrored or a photo to rectify.

    Raises:
        ScanRefused: with the code that fits.
    """
    jpeg = read_jpeg(encoded, max_pixels=limits.max_pixels)
    check_sides(jpeg.frame.width_px, jpeg.frame.height_px, limits=limits)
    image, look, warnings = keep_jpeg(jpeg)
    return _finish(_Picture(image, has_colour(look), jpeg.dpi, jpeg.exif, (*jpeg.warnings, *warnings)), limits=limits)


def take_png(encoded: bytes, *, limits: IntakeLimits) -> TakenPages:
    """Take a PNG as one page, losslessly.

    Raises:
        ScanRefused: with the code that fits.
    """
    png = read_png(encoded, max_pixels=limits.max_pixels)
    width, height = png.header.width_px, png.header.height_px
    check_sides(width, height, limits=limits)
    warnings: tuple[str, ...] = ()
    if png.stored_as_is:
        components = 3 if png.header.colour_type == 2 else 1
        pixels = look_over(png.stripped, width_px=width, height_px=height, components=components)
        image = PageImage(ImageEncoding.FLATE, png.rows, width, height, png.header.bit_depth, components)
    else:
        # (1) strictly, for complaints alone, (2) by the decoder that knows alpha and palettes
        look_over(png.stripped, width_px=width, height_px=height, components=3)
        pixels, warnings = to_pixels(open_picture(png.stripped, file_format="PNG"))
        if png.header.bit_depth == 16:
            warnings = tuple(dict.fromkeys((*warnings, "DEPTH_REDUCED")))
        image = encode_lossless(pixels)
    return _finish(_Picture(image, has_colour(pixels), png.dpi, png.exif, (*png.warnings, *warnings)), limits=limits)


def keep_jpeg(jpeg: Jpeg) -> tuple[PageImage, Pixels, tuple[str, ...]]:
    """Keep the stripped JPEG after decoding it whole, and give a look at it of at least half its size.

    CMYK becomes RGB because PDF/A with an sRGB intent forbids it.

    Raises:
        ScanRefused: CORRUPT_FILE.
    """
    frame = jpeg.frame
    look = look_over(jpeg.stripped, width_px=frame.width_px, height_px=frame.height_px, components=frame.components)
    if frame.components != _CMYK:
        kept = PageImage(ImageEncoding.JPEG, jpeg.stripped, frame.width_px, frame.height_px, 8, frame.components)
        return kept, look, ()
    colours, _ = to_pixels(open_picture(jpeg.stripped, file_format="JPEG"))
    return encode_jpeg(colours), colours, ("COLOUR_CONVERTED", "REENCODED_JPEG_95")


def open_picture(encoded: bytes, *, file_format: str) -> Image.Image:
    """Decode with Pillow, by the one named format: left to itself it would even start Ghostscript.

    Raises:
        ScanRefused: CORRUPT_FILE.
    """
    try:
        picture = Image.open(BytesIO(encoded), formats=[file_format])
        picture.load()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as exc:
        raise ScanRefused(IntakeCode.CORRUPT_FILE, f"the {file_format} picture does not decode") from exc
    return picture


def check_sides(width_px: int, height_px: int, *, limits: IntakeLimits) -> None:
    """Refuse pictures too large to decode or too small to be a page.

    Raises:
        ScanRefused: TOO_MANY_PIXELS or RESOLUTION_TOO_LOW.
    """
    if width_px * height_px > limits.max_pixels:
        raise ScanRefused(
            IntakeCode.TOO_MANY_PIXELS,
            f"{width_px} × {height_px} pixels; {limits.max_pixels} are allowed; scan at a lower resolution",
        )
    if min(width_px, height_px) < limits.min_side_px:
        raise ScanRefused(
            IntakeCode.RESOLUTION_TOO_LOW,
            f"{width_px} × {height_px} pixels cannot be a page; scan it at 200 dpi or more",
        )


def check_page_size(width_mm: float, height_mm: float, *, limits: IntakeLimits) -> None:
    """Refuse pages beyond A2 and slips nobody can read.

    Raises:
        ScanRefused: PAGE_SIZE.
    """
    if max(width_mm, height_mm) > limits.max_page_mm or min(width_mm, height_mm) < _LEAST_PAGE_MM:
        raise ScanRefused(
            IntakeCode.PAGE_SIZE,
            f"a page of {width_mm:.0f} × {height_mm:.0f} mm is not accepted (10 mm to {limits.max_page_mm:.0f} mm); "
            "check the resolution the scanner states",
        )


def _finish(picture: _Picture, *, limits: IntakeLimits) -> TakenPages:
    warnings = list(picture.warnings)
    if _is_phone_photo(picture):
        return _finish_photo(picture)
    image = picture.image
    if picture.exif.mirrored:
        image = _unmirrored(image)
        warnings.append("MIRRORING_UNDONE")
        if image.encoding is ImageEncoding.JPEG:
            warnings.append("REENCODED_JPEG_95")
    dpi = picture.dpi
    if (
        dpi is not None
        and dpi < _MEANINGLESS_DPI
        and max(image.width_px, image.height_px) / dpi * _MM_PER_INCH > (limits.max_page_mm)
    ):
        # A scanner that left the default density behind: better no scale than a sheet of one metre.
        dpi = None
        warnings.append("DENSITY_IGNORED")
    if dpi is not None:
        check_page_size(image.width_px / dpi * _MM_PER_INCH, image.height_px / dpi * _MM_PER_INCH, limits=limits)
    page = ScanPage(
        page_index=0,
        image=image,
        dpi=dpi,
        is_colour=picture.is_colour,
        quarter_turns=picture.exif.quarter_turns,
        is_phone_photo=False,
        outline_rectified=False,
    )
    return TakenPages((page,), tuple(warnings))


def _is_phone_photo(picture: _Picture) -> bool:
    """Tell a photo from a scan: by what only cameras write, else by a camera's shape without a believable scale."""
    if picture.exif.has_exposure:
        return True
    if picture.dpi is not None and picture.dpi >= _MEANINGLESS_DPI:
        return False
    width, height = picture.image.width_px, picture.image.height_px
    aspect = max(width, height) / min(width, height)
    shaped = any(abs(aspect / camera - 1) < _ASPECT_TOLERANCE for camera in _CAMERA_ASPECTS)
    return picture.exif.has_model or (shaped and width * height >= _CAMERA_PIXELS)


def _finish_photo(picture: _Picture) -> TakenPages:
    """Stand the photo up, look for the sheet, and lay it flat; without an outline the scale stays unknown."""
    image, is_colour = picture.image, picture.is_colour
    warnings = ["PHONE_PHOTO", *picture.warnings]
    turns = picture.exif.quarter_turns
    if picture.exif.mirrored:
        image = _unmirrored(image)
        warnings += ["MIRRORING_UNDONE", "REENCODED_JPEG_95"]
    flat = flatten_page(_upright(image, quarter_turns=turns))
    if flat is not None:
        image, is_colour, turns = encode_jpeg(flat.pixels), has_colour(flat.pixels), 0
        warnings += ["OUTLINE_RECTIFIED", "REENCODED_JPEG_95"]
    page = ScanPage(
        page_index=0,
        image=image,
        dpi=None if flat is None else flat.dpi,
        is_colour=is_colour,
        quarter_turns=turns,
        is_phone_photo=True,
        outline_rectified=flat is not None,
    )
    return TakenPages((page,), tuple(dict.fromkeys(warnings)))


def full_pixels(image: PageImage) -> Pixels:
    """Decode a kept image at its full size.

    Raises:
        ScanRefused: CORRUPT_FILE.
    """
    return decode_whole(standalone_image(image), width_px=image.width_px, height_px=image.height_px)


def _upright(image: PageImage, *, quarter_turns: int) -> Pixels:
    if image.width_px * image.height_px > _FULL_SIZE_PIXELS:
        # A sheet is laid flat at 400 dpi at most, which half of so large a photo still resolves.
        pixels = look_over(
            standalone_image(image), width_px=image.width_px, height_px=image.height_px, components=image.components
        )
    else:
        pixels = full_pixels(image)
    return np.ascontiguousarray(np.rot90(pixels, -quarter_turns)) if quarter_turns else pixels


def _unmirrored(image: PageImage) -> PageImage:
    """Undo a mirror image; a PDF page cannot be mirrored, so this is the one orientation that costs a re-encoding."""
    upright = np.asarray(cv2.flip(full_pixels(image), 1), dtype=np.uint8)
    return encode_jpeg(upright) if image.encoding is ImageEncoding.JPEG else encode_lossless(upright)
