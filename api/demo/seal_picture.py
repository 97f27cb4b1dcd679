"""The picture of the invented agency's seal: a red ring that says MẪU – SPECIMEN, and is like no real seal."""

from __future__ import annotations

import io
from importlib import resources

from PIL import Image, ImageDraw, ImageFont

_SIDE_PX = 400
_RED = (190, 30, 35, 255)
_WORDS = (("MẪU", 92, 0.44), ("SPECIMEN", 44, 0.63))


def draw_specimen_seal() -> bytes:
    """Draw the picture as a PNG with transparency; the same bytes every time."""
    picture = Image.new("RGBA", (_SIDE_PX, _SIDE_PX), (*_RED[:3], 0))
    pen = ImageDraw.Draw(picture)
    for inset, width in ((6, 12), (34, 4)):
        pen.ellipse((inset, inset, _SIDE_PX - inset, _SIDE_PX - inset), outline=_RED, width=width)
    face = resources.files("fonts").joinpath("VidimusSans-Bold.ttf").read_bytes()
    for text, size_px, height in _WORDS:
        font = ImageFont.truetype(io.BytesIO(face), size_px)
        pen.text((_SIDE_PX / 2, _SIDE_PX * height), text, font=font, fill=_RED, anchor="mm")
    target = io.BytesIO()
    picture.save(target, "PNG", optimize=True)
    return target.getvalue()
