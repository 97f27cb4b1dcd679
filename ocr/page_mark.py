"""Draws for whom and why a page is shown over the whole of it, so that a picture of the page says so wherever it goes."""

from __future__ import annotations

import io
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from fonts import Face, load_face
from ocr.pixels import Pixels

_INK: Final = (150, 30, 30, 78)
_ANGLE_DEGREES: Final = 30
_LETTER_SHARE: Final = 46
"""The letters are this many times smaller than the page is wide."""
_MOST_LETTERS: Final = 64


def with_mark(pixels: Pixels, lines: tuple[str, ...]) -> Pixels:
    """Draw the lines across the page, again and again: no part of it that is worth cutting out stays without them."""
    colours = pixels if pixels.ndim == 3 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    page = Image.fromarray(np.ascontiguousarray(colours[:, :, 2::-1])).convert("RGBA")
    tile = _tile(lines, letter_px=max(9, page.width // _LETTER_SHARE))
    layer = Image.new("RGBA", page.size, (*_INK[:3], 0))
    for row, top in enumerate(range(-tile.height // 2, page.height, tile.height)):
        # Every other row is shifted, so that no straight strip between the words is free of them.
        for left in range(-(row % 2) * tile.width // 2, page.width, tile.width):
            layer.paste(tile, (left, top))
    drawn = np.asarray(Image.alpha_composite(page, layer).convert("RGB"), dtype=np.uint8)
    return np.ascontiguousarray(drawn[:, :, ::-1])


def _tile(lines: tuple[str, ...], *, letter_px: int) -> Image.Image:
    font = ImageFont.truetype(io.BytesIO(load_face(Face.SANS_BOLD).font_file), letter_px)
    text = "\n".join(line if len(line) <= _MOST_LETTERS else f"{line[: _MOST_LETTERS - 1]}…" for line in lines)
    left, top, right, bottom = ImageDraw.Draw(Image.new("RGBA", (1, 1))).multiline_textbbox((0, 0), text, font=font)
    flat = Image.new("RGBA", (int(right - left) + 2 * letter_px, int(bottom - top) + 2 * letter_px), (*_INK[:3], 0))
    ImageDraw.Draw(flat).multiline_text((letter_px - left, letter_px - top), text, font=font, fill=_INK)
    return flat.rotate(_ANGLE_DEGREES, expand=True, resample=Image.Resampling.BICUBIC)
