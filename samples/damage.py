"""What a scanner or a phone does to a sheet: tone, noise, tilt, shadow, perspective, blur."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

NOISE_TILE_PX: Final = 512
SOFT_PX: Final = 2.0


@dataclass(frozen=True, slots=True)
class Scanner:
    """How an office scanner sees a sheet; noise and tone are levels of 255."""

    tilt_degrees: float = 0.0
    noise: float = 1.6
    shade: float = 6.0
    blur_px: float = 0.5
    lid: tuple[int, int, int] = (243, 243, 241)


QUIET: Final = Scanner(noise=0.0, shade=0.0, blur_px=0.45)


def _noise(shape: tuple[int, ...], *, sigma: float, rng: np.random.Generator) -> NDArray[np.float32]:
    height, width = shape[:2]
    tile = rng.standard_normal((NOISE_TILE_PX, NOISE_TILE_PX), dtype=np.float32) * np.float32(sigma)
    rows = math.ceil(height / NOISE_TILE_PX)
    columns = math.ceil(width / NOISE_TILE_PX)
    # Each copy of the tile is shifted and turned, so that no grid shows.
    bands = []
    for _ in range(rows):
        turned = [np.roll(np.rot90(tile, int(rng.integers(4))), int(rng.integers(NOISE_TILE_PX)), axis=1)]
        turned += [np.rot90(tile, int(rng.integers(4))) for _ in range(columns - 1)]
        bands.append(np.concatenate(turned, axis=1))
    return np.concatenate(bands, axis=0)[:height, :width]


def scan(image: Image.Image, *, scanner: Scanner, rng: np.random.Generator) -> Image.Image:
    """Return the sheet as the scanner's glass saw it, same size, same resolution."""
    if scanner.tilt_degrees:
        image = image.rotate(scanner.tilt_degrees, resample=Image.Resampling.BILINEAR, fillcolor=scanner.lid)
    if scanner.blur_px:
        # A box is enough for the softness of a lens, in a third of the time.
        soften = ImageFilter.BoxBlur if scanner.blur_px < SOFT_PX else ImageFilter.GaussianBlur
        image = image.filter(soften(scanner.blur_px))
    if not scanner.noise and not scanner.shade:
        return image
    pixels = np.asarray(image, dtype=np.float32)
    height, width = pixels.shape[:2]
    grain = _noise(pixels.shape, sigma=scanner.noise, rng=rng)
    across = np.linspace(-1, 1, width, dtype=np.float32) ** 2
    down = np.linspace(-0.6, 1, height, dtype=np.float32) ** 2
    shade = np.float32(scanner.shade) * (0.7 * across[None, :] + 0.5 * down[:, None])
    return Image.fromarray(_clipped(pixels + (grain - shade)[:, :, None]))


def add_grain(image: Image.Image, *, sigma: float, rng: np.random.Generator) -> Image.Image:
    """Return the picture with the grain of a sensor, alike in the three channels."""
    pixels = np.asarray(image, dtype=np.float32)
    return Image.fromarray(_clipped(pixels + _noise(pixels.shape, sigma=sigma, rng=rng)[:, :, None]))


def _clipped(pixels: NDArray[np.float32]) -> NDArray[np.uint8]:
    np.clip(pixels, 0, 255, out=pixels)
    return pixels.astype(np.uint8)
