"""From painted pages to the bytes of a file: which scanner or phone, which container."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from samples.containers import write_jpeg, write_pdf, write_png, write_tiff
from samples.damage import Scanner, scan
from samples.photo import Shot, take_photo, write_photo
from samples.sheet import Page
from samples.truth import Developer


def _scan_all(pages: Sequence[Page], *, scanner: Scanner, rng: np.random.Generator) -> list[Image.Image]:
    return [scan(page.image, scanner=scanner, rng=rng) for page in pages]


def jpeg_scan(scanner: Scanner, *, quality: int = 86) -> Developer:
    """A one-page colour JPEG from a flatbed scanner."""

    def develop(pages: Sequence[Page], rng: np.random.Generator) -> bytes:
        return write_jpeg(scan(pages[0].image, scanner=scanner, rng=rng), dpi=pages[0].dpi, quality=quality)

    return develop


def grey_scan(scanner: Scanner, *, quality: int = 82) -> Developer:
    """A one-page grey JPEG."""

    def develop(pages: Sequence[Page], rng: np.random.Generator) -> bytes:
        grey = scan(pages[0].image, scanner=scanner, rng=rng).convert("L")
        return write_jpeg(grey, dpi=pages[0].dpi, quality=quality)

    return develop


def png_scan(scanner: Scanner) -> Developer:
    """A one-page colour PNG."""

    def develop(pages: Sequence[Page], rng: np.random.Generator) -> bytes:
        return write_png(scan(pages[0].image, scanner=scanner, rng=rng), dpi=pages[0].dpi)

    return develop


def tiff_scan(scanner: Scanner) -> Developer:
    """A colour TIFF with all pages, without loss."""

    def develop(pages: Sequence[Page], rng: np.random.Generator) -> bytes:
        return write_tiff(_scan_all(pages, scanner=scanner, rng=rng), dpi=pages[0].dpi)

    return develop


def office_pdf(scanner: Scanner) -> Developer:
    """A PDF with one JPEG a page."""

    def develop(pages: Sequence[Page], rng: np.random.Generator) -> bytes:
        return write_pdf(_scan_all(pages, scanner=scanner, rng=rng), dpi=pages[0].dpi)

    return develop


def phone_photo(shot: Shot) -> Developer:
    """A phone photo of the first page."""

    def develop(pages: Sequence[Page], rng: np.random.Generator) -> bytes:
        return write_photo(take_photo(pages[0].image, shot=shot, rng=rng), quality=shot.quality)

    return develop
