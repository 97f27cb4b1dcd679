"""What years and offices do to a paper before it is scanned: texture, toner, folds, staples, stamps, pens, copiers.

The model is harder than clean print on purpose; it stands for paper that cannot be printed and scanned here, and
proves nothing about it (docs/limitations.md).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from samples.ornament import draw_seal
from samples.typeface import BLUE_INK, load_face

MM_PER_INCH: Final = 25.4
Levels = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Wear:
    """How much of each thing a sheet has met; shares are 0 to 1, tone is in levels of 255."""

    texture: float = 5.0
    yellowing: float = 0.5
    toner_loss: float = 0.25
    toner_dust: int = 160
    folds: int = 2
    has_staple: bool = True
    has_stamp: bool = True
    has_scribble: bool = True
    bleed_through: float = 0.10
    copier_streaks: int = 2


LIGHTLY_WORN: Final = Wear(toner_loss=0.12, toner_dust=60, folds=1, has_scribble=False, copier_streaks=0)
WELL_WORN: Final = Wear()


def wear(
    sheet: Image.Image, *, dpi: int, wear: Wear, rng: np.random.Generator, back: Image.Image | None
) -> Image.Image:
    """Return the sheet as it lies before the scanner; `back` is what is printed on its other side."""
    print_layer = _with_toner(sheet, dpi=dpi, loss=wear.toner_loss, rng=rng)
    if wear.has_scribble:
        _scribble(print_layer, dpi=dpi, rng=rng)
    if wear.has_stamp:
        _stamp(print_layer, dpi=dpi, rng=rng)
    if back is not None and wear.bleed_through:
        print_layer = _with_back(print_layer, back, share=wear.bleed_through)
    paper = _paper(print_layer.size, dpi=dpi, wear=wear, rng=rng)
    worn = ImageChops.multiply(print_layer, paper)
    draw = ImageDraw.Draw(worn)
    _dust(draw, worn.size, dpi=dpi, count=wear.toner_dust, rng=rng)
    for _ in range(wear.copier_streaks):
        _streak(draw, worn.size, dpi=dpi, rng=rng)
    if wear.has_staple:
        _staple(draw, dpi=dpi, rng=rng)
    return worn


def cheap_jpeg(image: Image.Image, *, dpi: int, rng: np.random.Generator) -> bytes:
    """Return the file of a cheap scanner: sharpened too much, coarsely coded, coarsely coloured."""
    sharpened = image.filter(ImageFilter.UnsharpMask(radius=2, percent=130, threshold=2))
    buffer = io.BytesIO()
    sharpened.save(buffer, "JPEG", quality=int(rng.integers(38, 58)), subsampling="4:2:0", dpi=(dpi, dpi))
    return buffer.getvalue()


def _cloud(size: tuple[int, int], *, cell_px: float, rng: np.random.Generator) -> Levels:
    """Smooth random levels around 0, about -1 to 1."""
    columns, rows = max(2, round(size[0] / cell_px)), max(2, round(size[1] / cell_px))
    coarse = Image.fromarray(rng.standard_normal((rows, columns)).astype(np.float32))
    return np.asarray(coarse.resize(size, Image.Resampling.BICUBIC), dtype=np.float32) * np.float32(0.5)


def _paper(size: tuple[int, int], *, dpi: int, wear: Wear, rng: np.random.Generator) -> Image.Image:
    """Fibres, stains of age and creases, as a layer to multiply with."""
    millimetre = dpi / MM_PER_INCH
    tone = 250.0 + wear.texture * _cloud(size, cell_px=0.35 * millimetre, rng=rng)
    tone += 0.8 * wear.texture * _cloud(size, cell_px=6 * millimetre, rng=rng)
    tone -= wear.yellowing * 14 * np.abs(_cloud(size, cell_px=60 * millimetre, rng=rng))
    for _ in range(wear.folds):
        _fold(tone, millimetre=millimetre, rng=rng)
    warm = np.array((1.0, 1.0 - 0.02 * wear.yellowing, 1.0 - 0.07 * wear.yellowing), np.float32)
    return Image.fromarray(np.clip(tone[:, :, None] * warm, 0, 255).astype(np.uint8))


def _fold(tone: Levels, *, millimetre: float, rng: np.random.Generator) -> None:
    """A crease across the sheet, dark on one side and light on the other, nearly straight."""
    height, width = tone.shape
    place = height * float(rng.uniform(0.25, 0.75))
    rows = np.arange(height, dtype=np.float32)[:, None]
    drift = np.linspace(0, float(rng.uniform(-2, 2)) * millimetre, width, dtype=np.float32)[None, :]
    distance = (rows - place - drift) / np.float32(millimetre)
    tone -= np.float32(rng.uniform(35, 70)) * np.exp(-((distance / 0.25) ** 2))
    tone -= np.float32(10) * np.exp(-((distance / 6) ** 2)) * np.sign(distance)


def _with_toner(sheet: Image.Image, *, dpi: int, loss: float, rng: np.random.Generator) -> Image.Image:
    """Toner that did not take: strokes grow grey in patches and lose grains."""
    patches = np.clip(_cloud(sheet.size, cell_px=18 * dpi / MM_PER_INCH, rng=rng) + 0.35, 0, 1)
    grains = np.clip(_cloud(sheet.size, cell_px=0.18 * dpi / MM_PER_INCH, rng=rng) * 1.6, 0, 1)
    lift = np.float32(loss) * (0.5 * patches + patches * grains)
    pixels = np.asarray(sheet, dtype=np.float32)
    return Image.fromarray((pixels + (255 - pixels) * lift[:, :, None]).clip(0, 255).astype(np.uint8))


def _with_back(front: Image.Image, back: Image.Image, *, share: float) -> Image.Image:
    """What is printed on the back shows through, mirrored and soft."""
    mirrored = back.convert("L").transpose(Image.Transpose.FLIP_LEFT_RIGHT).resize(front.size)
    soft = mirrored.filter(ImageFilter.GaussianBlur(3)).point(lambda level: round(255 - (255 - level) * share))
    return ImageChops.multiply(front, soft.convert("RGB"))


def _stamp(image: Image.Image, *, dpi: int, rng: np.random.Generator) -> None:
    """A round seal set on printed text."""
    width_mm, height_mm = (side / dpi * MM_PER_INCH for side in image.size)
    centre = (width_mm * float(rng.uniform(0.35, 0.75)), height_mm * float(rng.uniform(0.3, 0.7)))
    draw_seal(image, dpi=dpi, centre_mm=centre, office="ỦY BAN NHÂN DÂN", place="PHƯỜNG THÍ DỤ", rng=rng)


def _scribble(image: Image.Image, *, dpi: int, rng: np.random.Generator) -> None:
    """A handwritten remark in the margin, and a pen line under one printed line."""
    millimetre = dpi / MM_PER_INCH
    font = load_face("Hand-Regular", size_px=5.5 * millimetre)
    note = Image.new("L", (round(60 * millimetre), round(12 * millimetre)), 0)
    ImageDraw.Draw(note).text((2 * millimetre, 2 * millimetre), "đã đối chiếu", font=font, fill=230)
    turned = note.rotate(float(rng.uniform(4, 12)), resample=Image.Resampling.BICUBIC, expand=True)
    place = (round(image.width * 0.55), round(image.height * float(rng.uniform(0.9, 0.93))))
    image.paste(BLUE_INK, place, turned)
    y = image.height * float(rng.uniform(0.3, 0.6))
    across = np.linspace(image.width * 0.2, image.width * 0.6, 40)
    down = y + np.cumsum(rng.normal(0, 0.05 * millimetre, 40))
    points = [(float(x), float(sunk)) for x, sunk in zip(across, down, strict=True)]
    ImageDraw.Draw(image).line(points, fill=BLUE_INK, width=max(1, round(0.3 * millimetre)), joint="curve")


def _dust(draw: ImageDraw.ImageDraw, size: tuple[int, int], *, dpi: int, count: int, rng: np.random.Generator) -> None:
    for _ in range(count):
        x, y = float(rng.uniform(0, size[0])), float(rng.uniform(0, size[1]))
        radius = float(rng.uniform(0.03, 0.16)) * dpi / MM_PER_INCH
        tone = int(rng.integers(30, 130))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(tone, tone, tone))


def _streak(draw: ImageDraw.ImageDraw, size: tuple[int, int], *, dpi: int, rng: np.random.Generator) -> None:
    """A scratch on a copier's drum: a thin grey line down the whole sheet."""
    x = float(rng.uniform(0.05, 0.95)) * size[0]
    tone = int(rng.integers(120, 190))
    width = max(1, round(float(rng.uniform(0.08, 0.2)) * dpi / MM_PER_INCH))
    draw.line((x, 0, x + float(rng.uniform(-3, 3)), size[1]), fill=(tone, tone, tone), width=width)


def _staple(draw: ImageDraw.ImageDraw, *, dpi: int, rng: np.random.Generator) -> None:
    """A staple in the upper left corner with its shadow."""
    millimetre = dpi / MM_PER_INCH
    x, y = 9 * millimetre, 9 * millimetre
    reach, fall = 8 * millimetre, float(rng.uniform(2, 5)) * millimetre
    for offset, tone in ((0.5 * millimetre, 150), (0.0, 95)):
        draw.line(
            (x, y + fall + offset, x + reach, y + offset), fill=(tone, tone, tone + 4), width=round(0.6 * millimetre)
        )
