"""Take a PDF page by page: a page that is one picture gives that picture, every other page is drawn anew."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, replace

import numpy as np
import pikepdf
import pypdfium2

from ocr.errors import IntakeCode, ScanRefused
from ocr.intake_limits import IntakeLimits
from ocr.jpeg import read_jpeg
from ocr.pdf_flate import keep_flate
from ocr.pdf_page import PageGeometry, page_geometry, sole_picture
from ocr.picture import TakenPages, check_page_size, check_sides, keep_jpeg
from ocr.raster import Pixels, encode_lossless, has_colour, look_over
from ocr.scan import ImageEncoding, PageImage, ScanPage, standalone_image
from ocr.text_layer import MOST_LETTERS

_POINTS_PER_INCH = 72.0
_MM_PER_INCH = 25.4
_RENDER_DPI_RANGE = (72, 400)
_SINGLE_STRIP = {"/CCITTFaxDecode", "/CCF"}
_FLATE = {"/FlateDecode", "/Fl"}
_DCT = {"/DCTDecode", "/DCT"}


@dataclass(frozen=True, slots=True)
class _Source:
    """The document as both readers see it."""

    opened: pikepdf.Pdf
    pdf: bytes


def check_pdf_pages(opened: pikepdf.Pdf, *, limits: IntakeLimits) -> int:
    """Count the pages and check the size of each.

    Raises:
        ScanRefused: NO_PAGES, TOO_MANY_PAGES, PAGE_SIZE or CORRUPT_FILE.
    """
    try:
        count = len(opened.pages)
        if count == 0:
            raise ScanRefused(IntakeCode.NO_PAGES, "the PDF holds no page")
        if count > limits.max_pages:
            raise ScanRefused(IntakeCode.TOO_MANY_PAGES, f"the PDF has {count} pages; {limits.max_pages} are allowed")
        for page in opened.pages:
            geometry = page_geometry(page)
            check_page_size(_to_mm(geometry.width_pt), _to_mm(geometry.height_pt), limits=limits)
    except (pikepdf.PdfError, ValueError, TypeError, AttributeError, KeyError, RuntimeError) as exc:
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "a page of the PDF is damaged; export it again") from exc
    return count


def take_pdf_page(opened: pikepdf.Pdf, pdf: bytes, *, page_index: int, limits: IntakeLimits) -> TakenPages:
    """Take one page.

    Raises:
        ScanRefused: with the code that fits.
    """
    try:
        page = opened.pages[page_index]
        geometry = page_geometry(page)
        picture = sole_picture(page, geometry)
    except (pikepdf.PdfError, ValueError, TypeError, AttributeError, KeyError, RuntimeError) as exc:
        raise ScanRefused(IntakeCode.CORRUPT_FILE, f"page {page_index + 1} of the PDF is damaged") from exc
    if picture.covers_page:
        kept = _keep_stored(picture.image, limits=limits)
        if kept is not None:
            image, pixels, warnings = kept
            taken = _taken(
                image, pixels, geometry, page_index=page_index, turns=geometry.quarter_turns, warnings=warnings
            )
            return _with_layer(taken, pdf, page_index=page_index) if picture.has_hidden_text else taken
    dpi = _render_dpi(picture.largest_dpi, default=limits.render_dpi)
    pixels = _render(pdf, page_index, dpi=dpi, limits=limits)
    return _taken(
        encode_lossless(pixels), pixels, geometry, page_index=page_index, turns=0, warnings=("PAGE_RENDERED",), dpi=dpi
    )


def _taken(
    image: PageImage,
    pixels: Pixels,
    geometry: PageGeometry,
    *,
    page_index: int,
    turns: int,
    warnings: tuple[str, ...],
    dpi: float | None = None,
) -> TakenPages:
    across = image.width_px / geometry.width_pt * _POINTS_PER_INCH
    down = image.height_px / geometry.height_pt * _POINTS_PER_INCH
    page = ScanPage(
        page_index=page_index,
        image=image,
        # Two axes may differ by rounding; the coarser one is the one to answer for.
        dpi=dpi if dpi is not None else min(across, down),
        is_colour=has_colour(pixels),
        quarter_turns=turns,
        is_phone_photo=False,
        outline_rectified=False,
    )
    return TakenPages((page,), warnings)


def _with_layer(taken: TakenPages, pdf: bytes, *, page_index: int) -> TakenPages:
    """Take the scanner's own text along; one that cannot be read is as good as none."""
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError:
        return taken
    try:
        layer = document[page_index].get_textpage()
        # A character may be two units long: the count is a bound on what is held, not on what is shown.
        text = layer.get_text_range(count=min(layer.count_chars(), MOST_LETTERS)) if layer.count_chars() else ""
    except (pypdfium2.PdfiumError, IndexError, ValueError):
        return taken
    finally:
        document.close()
    (page,) = taken.pages
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    return replace(taken, pages=(replace(page, layer_text=unicodedata.normalize("NFC", printable)[:MOST_LETTERS]),))


def _keep_stored(
    image: pikepdf.Object | None, *, limits: IntakeLimits
) -> tuple[PageImage, Pixels, tuple[str, ...]] | None:
    """Keep a DCT, T.6 or Flate picture; None leaves every other coding to the renderer."""
    if not isinstance(image, pikepdf.Stream):
        return None
    filters = image.get("/Filter")
    names = [str(name) for name in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]
    if len(names) != 1:
        return None
    raw = bytes(image.read_raw_bytes())
    width, height = int(image.get("/Width", 0)), int(image.get("/Height", 0))
    if names[0] in _DCT:
        jpeg = read_jpeg(raw, max_pixels=limits.max_pixels)
        check_sides(jpeg.frame.width_px, jpeg.frame.height_px, limits=limits)
        if (jpeg.frame.width_px, jpeg.frame.height_px) != (width, height):
            raise ScanRefused(IntakeCode.CORRUPT_FILE, "a picture in the PDF has another size than the PDF states")
        if "/DecodeParms" in image or not _plain_colour(image, components=jpeg.frame.components):
            return None
        kept, pixels, warnings = keep_jpeg(jpeg)
        return kept, pixels, (*(w for w in jpeg.warnings if w != "TRAILING_DATA_DROPPED"), *warnings)
    if names[0] in _FLATE:
        return keep_flate(image, limits=limits)
    if names[0] in _SINGLE_STRIP:
        return _keep_fax(image, raw, limits=limits)
    return None


def _plain_colour(image: pikepdf.Stream, *, components: int) -> bool:
    """Tell whether the colour space says no more than the number of components does."""
    space = image.get("/ColorSpace")
    if isinstance(space, pikepdf.Array) and str(space[0]) == "/ICCBased":
        return int(space[1].get("/N", 0)) == components
    return str(space) == {1: "/DeviceGray", 3: "/DeviceRGB"}.get(components)


def _keep_fax(
    image: pikepdf.Stream, raw: bytes, *, limits: IntakeLimits
) -> tuple[PageImage, Pixels, tuple[str, ...]] | None:
    parameters = image.get("/DecodeParms")
    if not isinstance(parameters, pikepdf.Dictionary) or int(parameters.get("/K", 0)) != -1:
        return None
    width, height = int(image.get("/Width", 0)), int(image.get("/Height", 0))
    plain = int(parameters.get("/Columns", 1728)) == width and not bool(parameters.get("/EncodedByteAlign", False))
    if not plain or bool(image.get("/ImageMask", False)) or str(image.get("/ColorSpace")) != "/DeviceGray":
        return None
    check_sides(width, height, limits=limits)
    kept = PageImage(
        ImageEncoding.CCITT_G4, raw, width, height, 1, 1, black_is_1=bool(parameters.get("/BlackIs1", False))
    )
    return kept, look_over(standalone_image(kept), width_px=width, height_px=height, components=1), ()


def _render_dpi(largest_dpi: float | None, *, default: int) -> float:
    """Draw at the resolution the page's own picture has: more would hide from the judge how coarse the scan is."""
    if largest_dpi is None:
        return float(default)
    low, high = _RENDER_DPI_RANGE
    return float(min(max(math.floor(largest_dpi), low), high))


def _render(pdf: bytes, page_index: int, *, dpi: float, limits: IntakeLimits) -> Pixels:
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as exc:
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "the PDF cannot be drawn; print it to a plain PDF") from exc
    try:
        page = document[page_index]
        width, height = page.get_size()
        check_sides(
            math.ceil(width * dpi / _POINTS_PER_INCH), math.ceil(height * dpi / _POINTS_PER_INCH), limits=limits
        )
        drawn = page.render(scale=dpi / _POINTS_PER_INCH, draw_annots=True).to_numpy()
    except (pypdfium2.PdfiumError, IndexError) as exc:
        raise ScanRefused(IntakeCode.CORRUPT_FILE, f"page {page_index + 1} of the PDF cannot be drawn") from exc
    finally:
        document.close()
    pixels = np.ascontiguousarray(drawn[:, :, :3] if drawn.ndim == 3 else drawn).astype(np.uint8)
    return pixels if has_colour(pixels) or pixels.ndim == 2 else np.ascontiguousarray(pixels[:, :, 0])


def _to_mm(points: float) -> float:
    return points / _POINTS_PER_INCH * _MM_PER_INCH
