"""A sheet of specimen paper: text is printed at true size and noted as truth in the same call."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Final

from PIL import Image, ImageDraw

from samples.errors import TextTooWide
from samples.ornament import draw_watermark
from samples.typeface import BODY, DARK_RED, SOFT, Colour, Style, check_letters, load_face

MM_PER_INCH: Final = 25.4
POINTS_PER_INCH: Final = 72.0
A4_MM: Final = (210.0, 297.0)

MARK_Y_MM: Final = 10.2
MARK_SIZE_PT: Final = 12.0
SPECIMEN_LINE: Final = "MẪU / SPECIMEN"
SPECIMEN_FOOTER: Final = "Bản mẫu, không có giá trị pháp lý - Specimen, not a valid document"


@dataclass(frozen=True, slots=True)
class Page:
    """One printed page before any scanner has seen it, with its truth."""

    image: Image.Image
    dpi: int
    lines: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Sheet:
    """A page under the press. Lengths are millimetres from the top left corner; `y_mm` is the baseline.

    The words MẪU / SPECIMEN are printed when the sheet is made and again when it is finished: no layout can
    leave them out.
    """

    dpi: int = 300
    size_mm: tuple[float, float] = A4_MM
    paper: Colour = (253, 252, 248)
    image: Image.Image = field(init=False)
    draw: ImageDraw.ImageDraw = field(init=False)
    lines: list[str] = field(init=False, default_factory=list)
    fields: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Cut the paper and print the specimen mark."""
        width_px, height_px = (round(length / MM_PER_INCH * self.dpi) for length in self.size_mm)
        self.image = Image.new("RGB", (width_px, height_px), self.paper)
        draw_watermark(self.image)
        self.draw = ImageDraw.Draw(self.image)
        self._print_mark()

    def px(self, length_mm: float) -> float:
        """Millimetres in pixels of this sheet."""
        return length_mm / MM_PER_INCH * self.dpi

    def width_of(self, text: str, *, style: Style = BODY) -> float:
        """The printed width in millimetres."""
        font = load_face(style.face, size_px=self._size_px(style))
        spacing = style.spacing_pt / POINTS_PER_INCH * MM_PER_INCH * max(len(text) - 1, 0)
        return font.getlength(text) / self.dpi * MM_PER_INCH + spacing

    def text(self, text: str, *, x_mm: float, y_mm: float, style: Style = BODY, align: str = "left") -> float:
        """Print one line, note it as truth, and return where it ends (millimetres from the left)."""
        self.lines.append(text)
        return self.ink(text, x_mm=x_mm, y_mm=y_mm, style=style, align=align)

    def centred(self, text: str, *, y_mm: float, style: Style = BODY, x_mm: float | None = None) -> None:
        """Print one line centred on `x_mm` (the middle of the sheet when not said)."""
        middle_mm = self.size_mm[0] / 2 if x_mm is None else x_mm
        self.text(text, x_mm=middle_mm, y_mm=y_mm, style=style, align="middle")

    def ink(self, text: str, *, x_mm: float, y_mm: float, style: Style = BODY, align: str = "left") -> float:
        """Print without noting a truth line; for pieces of a line that the caller notes as one."""
        text = unicodedata.normalize("NFC", text)
        check_letters(text, face=style.face)
        width_mm = self.width_of(text, style=style)
        left_mm = x_mm - {"left": 0.0, "middle": width_mm / 2, "right": width_mm}[align]
        if left_mm < 0 or left_mm + width_mm > self.size_mm[0]:
            raise TextTooWide(
                f"a line of {len(text)} letters needs {width_mm:.0f} mm from {left_mm:.0f} mm on a sheet of "
                f"{self.size_mm[0]:.0f} mm; shorten it or print it smaller"
            )
        font = load_face(style.face, size_px=self._size_px(style))
        if style.spacing_pt:
            cursor_mm = left_mm
            for letter in text:
                self.draw.text((self.px(cursor_mm), self.px(y_mm)), letter, font=font, fill=style.colour, anchor="ls")
                cursor_mm += self.width_of(letter, style=style) + style.spacing_pt / POINTS_PER_INCH * MM_PER_INCH
        else:
            self.draw.text((self.px(left_mm), self.px(y_mm)), text, font=font, fill=style.colour, anchor="ls")
        return left_mm + width_mm

    def note(self, key: str, value: str) -> None:
        """Note one field of the truth."""
        self.fields[key] = unicodedata.normalize("NFC", value)

    def rule(self, *, x_mm: float, y_mm: float, to_x_mm: float, colour: Colour = SOFT, width_mm: float = 0.25) -> None:
        """Draw a horizontal line."""
        width_px = max(1, round(self.px(width_mm)))
        self.draw.line((self.px(x_mm), self.px(y_mm), self.px(to_x_mm), self.px(y_mm)), fill=colour, width=width_px)

    def leaders(self, *, x_mm: float, y_mm: float, to_x_mm: float, colour: Colour = (120, 118, 118)) -> None:
        """Draw a dotted leader, as forms that are filled in by hand have."""
        step_px, radius_px = self.px(1.05), max(0.8, self.px(0.12))
        cursor_px, base_px = self.px(x_mm), self.px(y_mm) + self.px(0.5)
        while cursor_px < self.px(to_x_mm):
            box = (cursor_px - radius_px, base_px - radius_px, cursor_px + radius_px, base_px + radius_px)
            self.draw.ellipse(box, fill=colour)
            cursor_px += step_px

    def finish(self) -> Page:
        """Print the specimen footer and hand over the page with its truth."""
        footer = Style(face="Sans-Italic", size_pt=7.5, colour=DARK_RED)
        self.centred(SPECIMEN_FOOTER, y_mm=self.size_mm[1] - 5.2, style=footer)
        lines = tuple(unicodedata.normalize("NFC", line) for line in self.lines)
        return Page(image=self.image, dpi=self.dpi, lines=lines, fields=tuple(self.fields.items()))

    def _size_px(self, style: Style) -> float:
        return style.size_pt / POINTS_PER_INCH * self.dpi

    def _print_mark(self) -> None:
        x_mm, y_mm = self.size_mm[0] / 2, MARK_Y_MM
        style = Style(face="Serif-Bold", size_pt=MARK_SIZE_PT, spacing_pt=0.6).tinted(DARK_RED)
        half_mm = self.width_of(SPECIMEN_LINE, style=style) / 2
        cap_mm = MARK_SIZE_PT * 0.235
        # Rules above and below only: a closed frame makes engines read its sides as letters.
        for rule_y_mm in (y_mm - cap_mm - 2.4, y_mm + 2.2):
            self.rule(x_mm=x_mm - half_mm, to_x_mm=x_mm + half_mm, y_mm=rule_y_mm, colour=DARK_RED, width_mm=0.35)
        self.text(SPECIMEN_LINE, x_mm=x_mm, y_mm=y_mm, style=style, align="middle")
