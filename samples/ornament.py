"""What makes a paper look official: border, watermark, round red seal, signature.

No state emblem and no design of a real seal or card is drawn, ever: a seal here is two rings, the name of an
invented office and the words MẪU SPECIMEN.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from samples.typeface import BLUE_INK, SEAL_RED, Colour, load_face

MM_PER_INCH: Final = 25.4
ARC_RADIANS: Final = 2.55
WATERMARK: Final = "MẪU   SPECIMEN   MẪU   SPECIMEN   MẪU"
SEAL_WORDS: Final = ("MẪU", "SPECIMEN")


@lru_cache(maxsize=8)
def _watermark_mask(size_px: tuple[int, int]) -> Image.Image:
    quarter = (size_px[0] // 4, size_px[1] // 4)
    mask = Image.new("L", quarter, 0)
    letters = Image.new("L", (max(quarter) * 2, max(quarter) * 2), 0)
    draw = ImageDraw.Draw(letters)
    font = load_face("Serif-Bold", size_px=min(quarter) * 0.085)
    step = min(quarter) * 0.30
    middle = letters.width / 2
    for row in range(-4, 5):
        draw.text((middle, middle + row * step), WATERMARK, font=font, fill=255, anchor="mm")
    turned = letters.rotate(32, resample=Image.Resampling.BICUBIC)
    left = (turned.width - quarter[0]) // 2
    top = (turned.height - quarter[1]) // 2
    mask.paste(turned.crop((left, top, left + quarter[0], top + quarter[1])))
    return mask.resize(size_px, Image.Resampling.BICUBIC)


def draw_watermark(image: Image.Image) -> None:
    """Lay a pale MẪU SPECIMEN across the sheet, light enough that no reader of letters stumbles over it."""
    mask = _watermark_mask(image.size).point(lambda level: level * 14 // 255)
    image.paste((150, 60, 60), (0, 0), mask)


def draw_border(image: Image.Image, *, dpi: int, inset_mm: float, colour: Colour, band_mm: float = 5.0) -> None:
    """Draw a band of interlaced waves between two rules, as certificates have."""
    scale = dpi / MM_PER_INCH
    inset, band = inset_mm * scale, band_mm * scale
    draw = ImageDraw.Draw(image)
    width, height = image.size
    thin = max(1, round(0.18 * scale))
    for distance, weight in ((inset, 3), (inset + 0.9 * scale, 1), (inset + band, 1), (inset + band + 0.7 * scale, 2)):
        box = (distance, distance, width - distance, height - distance)
        draw.rectangle(box, outline=colour, width=max(1, round(weight * thin * 0.8)))
    # The waves are printed pale, as security printing is: a dark band would be read as letters.
    wave = tuple((part * 2 + 3 * 250) // 5 for part in colour)
    pale = tuple((part + 4 * 250) // 5 for part in colour)
    centre = inset + (band + 0.9 * scale) / 2
    amplitude = (band - 1.8 * scale) / 2
    for side_length, horizontal, offset in (
        (width, True, centre),
        (width, True, height - centre),
        (height, False, centre),
        (height, False, width - centre),
    ):
        start, stop = inset + band * 0.9, side_length - inset - band * 0.9
        waves = max(4, round((stop - start) / (4.6 * scale)))
        along = np.linspace(start, stop, waves * 24)
        for strand in range(4):
            phase = strand * math.pi / 4
            turns = (along - start) / (stop - start) * waves * 2 * math.pi
            across = offset + amplitude * np.sin(turns + phase)
            points = zip(along, across, strict=True) if horizontal else zip(across, along, strict=True)
            shade = wave if strand % 2 == 0 else pale
            draw.line([(float(x), float(y)) for x, y in points], fill=shade, width=thin, joint="curve")


def _draw_arc_text(mask: Image.Image, text: str, *, radius: float, size: float, below: bool) -> None:
    natural = load_face("Sans-Bold", size_px=size).getlength(text) * 1.06
    # Long names are set smaller: the words above must not run into the words below.
    size *= min(1.0, ARC_RADIANS * radius / natural)
    font = load_face("Sans-Bold", size_px=size)
    middle = mask.width / 2
    widths = [font.getlength(letter) * 1.06 for letter in text]
    angle = -sum(widths) / radius / 2
    for letter, width in zip(text, widths, strict=True):
        turn = angle + width / radius / 2
        tile = Image.new("L", (round(size * 2.4),) * 2, 0)
        ImageDraw.Draw(tile).text((tile.width / 2, tile.height / 2), letter, font=font, fill=255, anchor="mm")
        if below:
            x, y = middle + radius * math.sin(turn), middle + radius * math.cos(turn)
            tile = tile.rotate(math.degrees(turn), resample=Image.Resampling.BICUBIC)
        else:
            x, y = middle + radius * math.sin(turn), middle - radius * math.cos(turn)
            tile = tile.rotate(-math.degrees(turn), resample=Image.Resampling.BICUBIC)
        place = (round(x - tile.width / 2), round(y - tile.height / 2))
        area = mask.crop((*place, place[0] + tile.width, place[1] + tile.height))
        mask.paste(ImageChops.lighter(area, tile), place)
        angle += width / radius


def draw_seal(
    image: Image.Image,
    *,
    dpi: int,
    centre_mm: tuple[float, float],
    office: str,
    place: str,
    rng: np.random.Generator,
    diameter_mm: float = 36.0,
    colour: Colour = SEAL_RED,
) -> None:
    """Stamp a round red specimen seal; the ink is uneven and what lies under it stays visible."""
    size = round(diameter_mm / MM_PER_INCH * dpi)
    mask = Image.new("L", (size, size), 0)
    draw = ImageDraw.Draw(mask)
    line = max(2, size // 85)
    for inset, width in ((0.012, line * 1.8), (0.045, line * 0.7), (0.235, line * 0.8)):
        edge = size * inset
        draw.ellipse((edge, edge, size - edge, size - edge), outline=255, width=max(1, round(width)))
    _draw_arc_text(mask, office, radius=size * 0.36, size=size * 0.088, below=False)
    _draw_arc_text(mask, place, radius=size * 0.365, size=size * 0.078, below=True)
    for word, share, height in ((SEAL_WORDS[0], 0.17, 0.435), (SEAL_WORDS[1], 0.083, 0.565)):
        font = load_face("Sans-Bold", size_px=size * share)
        draw.text((size / 2, size * height), word, font=font, fill=255, anchor="mm")
    for x in (0.085, 0.915):
        dot = size * 0.016
        draw.ellipse((size * x + 0.045 * size * (1 if x < 0.5 else -1) - dot, size / 2 - dot,
                      size * x + 0.045 * size * (1 if x < 0.5 else -1) + dot, size / 2 + dot), fill=255)  # fmt: skip
    turned = mask.rotate(float(rng.uniform(-14, 14)), resample=Image.Resampling.BICUBIC)
    patches = rng.uniform(0.62, 1.0, (14, 14)).astype(np.float32)
    cloud = np.asarray(Image.fromarray((patches * 255).astype(np.uint8)).resize((size, size), Image.Resampling.BICUBIC))
    grain = rng.uniform(0.72, 1.0, (size, size)).astype(np.float32)
    ink = np.asarray(turned, dtype=np.float32) * (cloud.astype(np.float32) / 255) * grain * 1.05
    soft = Image.fromarray(np.clip(ink, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(max(0.5, dpi / 420)))
    left = round(centre_mm[0] / MM_PER_INCH * dpi - size / 2)
    top = round(centre_mm[1] / MM_PER_INCH * dpi - size / 2)
    box = (left, top, left + size, top + size)
    under = image.crop(box)
    stamped = ImageChops.multiply(under, Image.new("RGB", under.size, colour))
    image.paste(Image.composite(stamped, under, soft), box)


def draw_signature(
    image: Image.Image,
    *,
    dpi: int,
    centre_mm: tuple[float, float],
    rng: np.random.Generator,
    width_mm: float = 34.0,
    colour: Colour = BLUE_INK,
) -> None:
    """Draw a pen signature: loops that lean forward, a long stroke back, the pressure changing as it goes."""
    scale = dpi / MM_PER_INCH
    over = 2
    width, height = round(width_mm * scale * over), round(width_mm * 0.5 * scale * over)
    mask = Image.new("L", (width, height), 0)
    draw = ImageDraw.Draw(mask)
    loops = int(rng.integers(3, 7))
    time = np.linspace(0, 1, 900)
    knots = np.linspace(0, 1, loops + 3)
    tall = np.interp(time, knots, rng.uniform(0.25, 1.5, loops + 3)) * (1 - 0.5 * time)
    wide = np.interp(time, knots, rng.uniform(0.2, 1.6, loops + 3))
    slant = float(rng.uniform(0.0, 0.3))
    angle = 2 * math.pi * loops * time + float(rng.uniform(0, 2 * math.pi))
    y = 0.5 - 0.27 * np.sin(angle) * tall - float(rng.uniform(-0.06, 0.12)) * time
    x = 0.14 + 0.6 * time + 0.055 * np.cos(angle) * wide + slant * (0.5 - y)
    tail = np.linspace(0, 1, 260)
    if rng.uniform() < 0.5:
        # An underline that sweeps back below the name.
        x = np.concatenate([x, x[-1] + (0.9 - x[-1]) * np.sin(tail * math.pi / 2) - 0.66 * tail**2])
        y = np.concatenate([y, y[-1] + (0.86 - y[-1]) * tail**0.7])
    else:
        # A flourish that runs out to the right and lifts.
        x = np.concatenate([x, x[-1] + (0.97 - x[-1]) * tail])
        y = np.concatenate([y, y[-1] + 0.2 * np.sin(tail * math.pi) - 0.22 * tail**2])
    np.clip(y, 0.03, 0.97, out=y)
    pressure = 0.34 * scale * over * (0.75 + 0.5 * np.abs(np.sin(np.linspace(0, 9, x.size) + slant * 9)))
    points = np.stack([x * width, y * height], axis=1)
    for (x0, y0), (x1, y1), pen in zip(points[:-1], points[1:], pressure, strict=False):
        draw.line((x0, y0, x1, y1), fill=235, width=max(2, round(float(pen))))
    small = mask.resize((width // over, height // over), Image.Resampling.LANCZOS)
    left = round(centre_mm[0] * scale - small.width / 2)
    top = round(centre_mm[1] * scale - small.height / 2)
    image.paste(colour, (left, top), small)
