"""The smallest scan that an office would take: one page, in colour, at 200 dpi, with words that can be read."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from samples.cast import CAST

FONT = Path(__file__).resolve().parents[1] / "fonts" / "VidimusSerif-Regular.ttf"


def small_scan(*, mark: str = "", holder: str = CAST["an"].name, born: str = CAST["an"].born_text) -> bytes:
    """The page as a JPEG file: the same bytes every time, and others for another mark.

    It is printed in black: words in blue are taken for pen ink, and fields in it are left to a person.
    """
    image = Image.new("RGB", (900, 560), (252, 250, 244))
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(str(FONT), 40)
    lines = (
        "GIẤY KHAI SINH",
        f"Họ và tên: {holder}",
        f"Ngày sinh: {born}",
        f"MẪU SPECIMEN {mark}",
    )
    for row, line in enumerate(lines):
        draw.text((60, 50 + row * 110), line, fill=(24, 24, 28), font=font)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", dpi=(200, 200), quality=90)
    return buffer.getvalue()
