"""Blocks that many papers share: the motto, the issuing office, a labelled field, a table, a signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from samples.ornament import draw_seal, draw_signature
from samples.sheet import Sheet
from samples.typeface import BLACK, BLUE_INK, BODY, BOLD, ITALIC, Colour, Style

MOTTO: Final = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
GAP_MM: Final = 2.0


@dataclass(frozen=True, slots=True)
class Filled:
    """One field of a form: its label, its value, and the truth key it is kept under (empty: not kept)."""

    label: str
    value: str
    key: str = ""
    style: Style = BODY


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signs, in which office's name, and what the seal says around its edge."""

    title: Sequence[str]
    name: str
    seal_office: str = ""
    seal_place: str = "TỈNH MINH HỌA"


def print_motto(sheet: Sheet, *, y_mm: float, x_mm: float | None = None, size_pt: float = 13.0) -> None:
    """Print the national motto with its rule, centred on `x_mm`."""
    middle_mm = sheet.size_mm[0] / 2 if x_mm is None else x_mm
    sheet.centred(MOTTO[0], x_mm=middle_mm, y_mm=y_mm, style=BOLD.sized(size_pt - 0.5))
    sheet.centred(MOTTO[1], x_mm=middle_mm, y_mm=y_mm + size_pt * 0.46, style=BOLD.sized(size_pt))
    half_mm = sheet.width_of(MOTTO[1], style=BOLD.sized(size_pt)) / 2
    sheet.rule(x_mm=middle_mm - half_mm, to_x_mm=middle_mm + half_mm, y_mm=y_mm + size_pt * 0.46 + 2.0, colour=BLACK)


def print_office(sheet: Sheet, lines: Sequence[str], *, x_mm: float, y_mm: float, size_pt: float = 12.0) -> None:
    """Print the issuing office at the upper left: the last line is bold and has a short rule below."""
    for index, line in enumerate(lines):
        style = BOLD if index == len(lines) - 1 else BODY
        sheet.centred(line, x_mm=x_mm, y_mm=y_mm + index * size_pt * 0.46, style=style.sized(size_pt))
    below_mm = y_mm + (len(lines) - 1) * size_pt * 0.46 + 2.0
    sheet.rule(x_mm=x_mm - 11, to_x_mm=x_mm + 11, y_mm=below_mm, colour=BLACK)


def print_fields(
    sheet: Sheet,
    fields: Sequence[Filled],
    *,
    x_mm: float,
    y_mm: float,
    stops_mm: Sequence[float] = (),
    size_pt: float = 13.0,
    leaders_to_mm: float = 0.0,
) -> None:
    """Print labelled fields on one line; `stops_mm` says where the second and later ones begin."""
    starts = (x_mm, *stops_mm)
    for index, filled in enumerate(fields):
        cursor_mm = sheet.ink(filled.label, x_mm=starts[index], y_mm=y_mm, style=BODY.sized(size_pt))
        value_x_mm = cursor_mm + (GAP_MM if filled.label else 0.0)
        if leaders_to_mm:
            end_mm = starts[index + 1] - GAP_MM if index + 1 < len(starts) else leaders_to_mm
            sheet.leaders(x_mm=cursor_mm + 1.0, y_mm=y_mm, to_x_mm=end_mm)
        style = filled.style if filled.style.face.startswith("Hand") else filled.style.sized(size_pt)
        sheet.ink(filled.value, x_mm=value_x_mm + (2.0 if leaders_to_mm else 0.0), y_mm=y_mm, style=style)
        sheet.lines.append(f"{filled.label} {filled.value}".strip())
        if filled.key:
            sheet.note(filled.key, filled.value)


def print_paragraph(
    sheet: Sheet,
    text: str,
    *,
    x_mm: float,
    y_mm: float,
    to_x_mm: float,
    style: Style = BODY,
    indent_mm: float = 0.0,
    step_mm: float = 6.6,
) -> float:
    """Print a justified paragraph and return the baseline that would follow it."""
    words = text.split()
    while words:
        room_mm = to_x_mm - x_mm - indent_mm
        count = 1
        while count < len(words) and sheet.width_of(" ".join(words[: count + 1]), style=style) <= room_mm:
            count += 1
        line, words = words[:count], words[count:]
        sheet.lines.append(" ".join(line))
        natural_mm = sheet.width_of(" ".join(line), style=style)
        stretch_mm = (room_mm - natural_mm) / max(len(line) - 1, 1) if words else 0.0
        cursor_mm = x_mm + indent_mm
        space_mm = sheet.width_of(" ", style=style)
        for word in line:
            cursor_mm = sheet.ink(word, x_mm=cursor_mm, y_mm=y_mm, style=style) + space_mm + stretch_mm
        indent_mm = 0.0
        y_mm += step_mm
    return y_mm


def print_signature(
    sheet: Sheet,
    signatory: Signatory,
    *,
    x_mm: float,
    y_mm: float,
    rng: np.random.Generator,
    room_mm: float = 34.0,
    date_line: str = "",
    size_pt: float = 13.0,
    ink: Colour = BLUE_INK,
) -> None:
    """Print who signs, the pen signature, the seal over its left third, and the name below."""
    step_mm = size_pt * 0.44
    if date_line:
        sheet.centred(date_line, x_mm=x_mm, y_mm=y_mm, style=ITALIC.sized(size_pt))
        y_mm += step_mm
    for line in signatory.title:
        sheet.centred(line, x_mm=x_mm, y_mm=y_mm, style=BOLD.sized(size_pt - 0.5))
        y_mm += step_mm
    middle_mm = y_mm + room_mm / 2 - step_mm * 0.8
    draw_signature(sheet.image, dpi=sheet.dpi, centre_mm=(x_mm + 4, middle_mm), rng=rng, colour=ink)
    sheet.centred(signatory.name, x_mm=x_mm, y_mm=y_mm + room_mm - step_mm * 0.5, style=BOLD.sized(size_pt))
    if signatory.seal_office:
        draw_seal(
            sheet.image,
            dpi=sheet.dpi,
            centre_mm=(x_mm - 19, middle_mm - 1.5),
            diameter_mm=32.0,
            office=signatory.seal_office,
            place=signatory.seal_place,
            rng=rng,
        )


def print_table(
    sheet: Sheet,
    rows: Sequence[Sequence[str]],
    *,
    x_mm: float,
    y_mm: float,
    widths_mm: Sequence[float],
    row_mm: float = 7.2,
    size_pt: float = 11.5,
    centred_columns: Sequence[int] = (),
    head_tint: Colour = (236, 236, 240),
) -> float:
    """Print a ruled table whose first row is its head; return the y of its lower edge."""
    right_mm = x_mm + sum(widths_mm)
    head = (sheet.px(x_mm), sheet.px(y_mm), sheet.px(right_mm), sheet.px(y_mm + row_mm))
    sheet.draw.rectangle(head, fill=head_tint)
    for row_index, row in enumerate(rows):
        cursor_mm = x_mm
        base_mm = y_mm + row_index * row_mm + row_mm * 0.68
        for column, (cell, width_mm) in enumerate(zip(row, widths_mm, strict=True)):
            style = (BOLD if row_index == 0 else BODY).sized(size_pt)
            if row_index == 0 or column in centred_columns:
                sheet.ink(cell, x_mm=cursor_mm + width_mm / 2, y_mm=base_mm, style=style, align="middle")
            else:
                sheet.ink(cell, x_mm=cursor_mm + 2.2, y_mm=base_mm, style=style)
            cursor_mm += width_mm
        sheet.lines.append(" ".join(cell for cell in row if cell))
    bottom_mm = y_mm + len(rows) * row_mm
    for index in range(len(rows) + 1):
        sheet.rule(x_mm=x_mm, to_x_mm=right_mm, y_mm=y_mm + index * row_mm, colour=BLACK, width_mm=0.2)
    edge_mm = x_mm
    for width_mm in (0.0, *widths_mm):
        edge_mm += width_mm
        line = (sheet.px(edge_mm), sheet.px(y_mm), sheet.px(edge_mm), sheet.px(bottom_mm))
        sheet.draw.line(line, fill=BLACK, width=max(1, round(sheet.px(0.2))))
    return bottom_mm
