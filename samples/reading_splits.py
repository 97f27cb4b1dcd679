"""The pages that reading is measured on: each split is one way in which paper reaches the counter.

The same seed gives the same pages on the same library versions; another seed gives fresh words and fresh damage.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from samples.bilingual_pages import BILINGUAL_PAGES
from samples.containers import write_jpeg, write_png
from samples.damage import Scanner, scan
from samples.office_pages import PAGES
from samples.photo import Shot, take_photo, write_photo
from samples.worn import LIGHTLY_WORN, WELL_WORN, Wear, cheap_jpeg, wear

DPI: Final = 300
LOW_DPI: Final = 150
# Vietnamese with English or French on one page; scanned as well as a counter can.
BILINGUAL: Final = "bilingual"


@dataclass(frozen=True, slots=True)
class MeasuredPage:
    """One file with the printed lines it shows; `dpi` is None when the file does not tell its scale."""

    split: str
    name: str
    suffix: str
    dpi: int | None
    content: bytes
    lines: tuple[str, ...]


Develop = Callable[[Image.Image, Image.Image, np.random.Generator], tuple[str, int | None, bytes]]


def _clean(sheet: Image.Image, _back: Image.Image, rng: np.random.Generator) -> tuple[str, int | None, bytes]:
    seen = scan(sheet, scanner=Scanner(tilt_degrees=float(rng.uniform(-0.5, 0.5))), rng=rng)
    if rng.uniform() < 0.25:
        return "png", DPI, write_png(seen, dpi=DPI)
    return "jpg", DPI, write_jpeg(seen, dpi=DPI)


def _skewed(sheet: Image.Image, _back: Image.Image, rng: np.random.Generator) -> tuple[str, int | None, bytes]:
    tilt = float(rng.choice([-1, 1])) * float(rng.uniform(1.2, 5))
    return (
        "jpg",
        DPI,
        write_jpeg(scan(sheet, scanner=Scanner(tilt_degrees=tilt, noise=4), rng=rng), dpi=DPI, quality=75),
    )


def _turned(sheet: Image.Image, _back: Image.Image, rng: np.random.Generator) -> tuple[str, int | None, bytes]:
    seen = scan(sheet, scanner=Scanner(tilt_degrees=float(rng.uniform(-1, 1)), noise=4), rng=rng)
    lying = seen.rotate(90 * int(rng.integers(1, 4)), expand=True)
    return "jpg", DPI, write_jpeg(lying, dpi=DPI, quality=80)


def _photo(sheet: Image.Image, _back: Image.Image, rng: np.random.Generator) -> tuple[str, int | None, bytes]:
    jitter = rng.uniform(-60, 60, 8)
    at = [(280, 220), (2720, 220), (2720, 3760), (280, 3760)]
    corners = [(x + jitter[2 * i], y + jitter[2 * i + 1]) for i, (x, y) in enumerate(at)]
    shot = Shot(corners_px=(corners[0], corners[1], corners[2], corners[3]), noise=5.0, blur_px=0.9, quality=64)
    return "jpg", None, write_photo(take_photo(sheet, shot=shot, rng=rng), quality=shot.quality)


def _low(sheet: Image.Image, _back: Image.Image, rng: np.random.Generator) -> tuple[str, int | None, bytes]:
    small = sheet.resize((sheet.width // 2, sheet.height // 2), Image.Resampling.BOX)
    seen = scan(small, scanner=Scanner(tilt_degrees=float(rng.uniform(-0.8, 0.8)), noise=5), rng=rng)
    return "jpg", LOW_DPI, write_jpeg(seen.convert("L"), dpi=LOW_DPI, quality=60)


def _bilevel(sheet: Image.Image, _back: Image.Image, rng: np.random.Generator) -> tuple[str, int | None, bytes]:
    seen = scan(sheet, scanner=Scanner(tilt_degrees=float(rng.uniform(-0.8, 0.8)), noise=14), rng=rng).convert("L")
    threshold = float(rng.uniform(125, 165))
    buffer = io.BytesIO()
    black = seen.point(lambda level: 255 if level > threshold else 0).convert("1", dither=Image.Dither.NONE)
    black.save(buffer, "TIFF", compression="group4", dpi=(DPI, DPI))
    return "tif", DPI, buffer.getvalue()


def _worn(how: Wear) -> Develop:
    def develop(sheet: Image.Image, back: Image.Image, rng: np.random.Generator) -> tuple[str, int | None, bytes]:
        worn = wear(sheet, dpi=DPI, wear=how, rng=rng, back=back)
        seen = scan(worn, scanner=Scanner(tilt_degrees=float(rng.uniform(-1.5, 1.5)), noise=4, shade=14), rng=rng)
        return "jpg", DPI, cheap_jpeg(seen, dpi=DPI, rng=rng)

    return develop


SPLITS: Final[tuple[tuple[str, Develop], ...]] = (
    ("clean", _clean),
    ("skewed", _skewed),
    ("turned", _turned),
    ("photo", _photo),
    ("low", _low),
    ("bilevel", _bilevel),
    ("worn", _worn(LIGHTLY_WORN)),
    ("well-worn", _worn(WELL_WORN)),
    (BILINGUAL, _clean),
)


def make_page(split: str, *, number: int, seed: int) -> MeasuredPage:
    """Print, damage and scan one page of a split."""
    names = [name for name, _ in SPLITS]
    place = names.index(split)
    rng = np.random.default_rng((seed, place, number))
    kinds = BILINGUAL_PAGES if split == BILINGUAL else PAGES
    page = kinds[(number + place) % len(kinds)](rng, DPI)
    back = kinds[(number + place + 1) % len(kinds)](rng, DPI)
    suffix, dpi, content = SPLITS[place][1](page.image, back.image, rng)
    return MeasuredPage(split, f"{split}-{number:02d}", suffix, dpi, content, page.lines)
