"""An invented identity card, both sides on one page as offices scan it; no real card is imitated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from samples.cast import BINH
from samples.ornament import draw_seal
from samples.sheet import SPECIMEN_LINE, Page, Sheet
from samples.typeface import DARK_RED, SANS, SANS_BOLD, Colour, Style

CARD_MM: Final = (85.6, 54.0)
CARD_X_MM: Final = 62.2
FRONT_Y_MM: Final = 52.0
BACK_Y_MM: Final = 128.0
TEAL: Final[Colour] = (24, 92, 104)
LABEL: Final = Style(face="Sans-Regular", size_pt=6.4, colour=(70, 84, 90))
VALUE: Final = Style(face="Sans-Bold", size_pt=8.2, colour=(22, 26, 34))
Pair = tuple[str, str, str, float, float]
CARD_MARK: Final = Style(face="Serif-Bold", size_pt=10.0, colour=DARK_RED, spacing_pt=0.6)


def _card_face(sheet: Sheet, *, tint: Colour, rng: np.random.Generator) -> Image.Image:
    """A card blank with fine waves that run from one tint to another."""
    width, height = (round(sheet.px(side)) for side in CARD_MM)
    across = np.linspace(0, 1, width, dtype=np.float32)[None, :, None]
    pale, deep = np.array((250, 250, 246), np.float32), np.array(tint, np.float32)
    ramp = pale * (1 - 0.55 * across) + deep * (0.55 * across)
    face = Image.fromarray(np.broadcast_to(ramp, (height, width, 3)).astype(np.uint8))
    draw = ImageDraw.Draw(face)
    phase = float(rng.uniform(0, math.pi))
    line: Colour = (tint[0] + 32, tint[1] + 18, tint[2] + 14)
    time = np.linspace(0, width, 160)
    for strand in range(26):
        base = height * (strand - 3) / 20
        wave = base + height * 0.11 * np.sin(time / width * 2.4 * math.pi + phase + strand * 0.11)
        draw.line([(float(x), float(y)) for x, y in zip(time, wave, strict=True)], fill=line, width=1)
    return face


def _lay_card(sheet: Sheet, face: Image.Image, *, y_mm: float) -> None:
    corner = (round(sheet.px(CARD_X_MM)), round(sheet.px(y_mm)))
    mask = Image.new("L", face.size, 0)
    edge = (0, 0, face.width - 1, face.height - 1)
    ImageDraw.Draw(mask).rounded_rectangle(edge, radius=sheet.px(3.2), fill=255)
    shadow = Image.new("L", sheet.image.size, 0)
    shadow.paste(mask.point(lambda level: level * 90 // 255), (corner[0] + 5, corner[1] + 7))
    sheet.image.paste((120, 120, 124), (0, 0), shadow.filter(ImageFilter.GaussianBlur(7)))
    sheet.image.paste(face, corner, mask)


def _draw_silhouette(sheet: Sheet, *, x_mm: float, y_mm: float) -> None:
    """A head and shoulders as in an icon: nobody's portrait."""

    def box(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        return (sheet.px(x_mm + left), sheet.px(y_mm + top), sheet.px(x_mm + right), sheet.px(y_mm + bottom))

    sheet.draw.rectangle(box(0, 0, 20, 26), fill=(226, 234, 236), outline=(150, 168, 172), width=3)
    sheet.draw.pieslice(box(2.5, 15.5, 17.5, 36.5), 180, 360, fill=(128, 152, 158))
    sheet.draw.ellipse(box(5.7, 4.2, 14.3, 14.4), fill=(128, 152, 158))


def _print_pairs(sheet: Sheet, pairs: Sequence[Pair]) -> None:
    for label, value, key, x_mm, y_mm in pairs:
        sheet.text(label, x_mm=CARD_X_MM + x_mm, y_mm=y_mm, style=LABEL)
        sheet.text(value, x_mm=CARD_X_MM + x_mm, y_mm=y_mm + 3.9, style=VALUE)
        if key:
            sheet.note(key, value)


def paint_id_card(rng: np.random.Generator) -> tuple[Page, ...]:
    """The invented card of Bình, front above back on one A4 page at true size."""
    sheet = Sheet(paper=(250, 250, 250))
    sheet.centred("Hai mặt của thẻ, quét ở tỷ lệ 100 %", y_mm=34, style=SANS.sized(11))
    _lay_card(sheet, _card_face(sheet, tint=(150, 196, 204), rng=rng), y_mm=FRONT_Y_MM)
    top = FRONT_Y_MM
    sheet.text("THẺ CÔNG DÂN THÍ DỤ", x_mm=CARD_X_MM + 28, y_mm=top + 8.2, style=SANS_BOLD.sized(10).tinted(TEAL))
    sheet.text("Citizen card of the invented Thi Du", x_mm=CARD_X_MM + 28, y_mm=top + 12.2, style=LABEL)
    _draw_silhouette(sheet, x_mm=CARD_X_MM + 4.5, y_mm=top + 15.5)
    front = (
        ("Số định danh / ID number", BINH.id_number, "id_number", 28.0, top + 18.0),
        ("Họ và tên / Full name", BINH.printed_name, "holder_name", 28.0, top + 26.4),
        ("Ngày sinh / Date of birth", BINH.born_text, "birth_date", 28.0, top + 34.8),
        ("Giới tính / Sex", "Nam / Male", "gender", 58.0, top + 34.8),
        ("Quốc tịch / Nationality", "Việt Nam", "", 28.0, top + 43.2),
        ("Giá trị đến / Expires", "02/08/2033", "expires_on", 58.0, top + 43.2),
    )
    _print_pairs(sheet, front)
    sheet.text(SPECIMEN_LINE, x_mm=CARD_X_MM + 4.5, y_mm=top + 51.6, style=CARD_MARK.sized(8))
    _lay_card(sheet, _card_face(sheet, tint=(206, 190, 150), rng=rng), y_mm=BACK_Y_MM)
    top = BACK_Y_MM
    sheet.text(SPECIMEN_LINE, x_mm=CARD_X_MM + 5, y_mm=top + 8.2, style=CARD_MARK)
    back = (
        ("Nơi thường trú / Place of residence", "12 Hoa Phượng, Thí Dụ, Minh Họa", "", 5.0, top + 15.0),
        ("Quê quán / Place of origin", "Mẫu Mực, Minh Họa", "", 5.0, top + 24.0),
        ("Ngày cấp / Date of issue", "02/08/2023", "issued_on", 5.0, top + 33.0),
        ("Nơi cấp / Issued by", "Phòng Căn cước Thí Dụ", "issuer", 40.0, top + 33.0),
    )
    _print_pairs(sheet, back)
    draw_seal(
        sheet.image,
        dpi=sheet.dpi,
        centre_mm=(CARD_X_MM + 74, top + 17),
        office="PHÒNG CĂN CƯỚC",
        place="THÍ DỤ",
        rng=rng,
        diameter_mm=16.0,
    )
    note = "Thẻ in thử, không dùng để chứng minh danh tính."
    sheet.text(note, x_mm=CARD_X_MM + 5, y_mm=top + 47.5, style=LABEL.sized(7))
    return (sheet.finish(),)
