"""Where one invented paper is filled in: its people by chance, its sheet, and the truth of what is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from samples.layout import Filled, print_fields, print_motto, print_office, print_paragraph
from samples.ornament import draw_seal
from samples.sheet import Sheet
from samples.typeface import BODY, BOLD, ITALIC

_FAMILY = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
    "Trịnh",
    "Đoàn",
]
_MIDDLE = (["Thị", "Ngọc", "Thu", "Thanh", "Bích", "Hồng"], ["Văn", "Hữu", "Đức", "Minh", "Quang", "Xuân"])
GIVEN = (
    ["Hương", "Lan", "Nguyệt", "Phượng", "Thủy", "Oanh", "Uyên", "Khuê", "Diễm", "Trâm"],
    ["Hùng", "Dũng", "Khoa", "Nghĩa", "Phước", "Trường", "Kiệt", "Hiếu", "Thịnh", "Toàn"],
)
WARDS = ("Thí Dụ", "Mẫu Mực", "Hoa Phượng", "Bến Mẫu", "Cây Bàng")
PROVINCE = "tỉnh Minh Họa"

Truth = dict[str, str]


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person."""

    name: str
    number: str
    born_on: date
    is_woman: bool

    @property
    def born(self) -> str:
        """The birth date as forms print it."""
        return f"{self.born_on:%d/%m/%Y}"

    @property
    def gender(self) -> str:
        """The sex as forms print it."""
        return "Nữ" if self.is_woman else "Nam"


class Desk:
    """Where one paper is filled in: chance, a sheet and its truth."""

    def __init__(self, rng: np.random.Generator, *, dpi: int) -> None:
        self.rng = rng
        self.sheet = Sheet(dpi=dpi, paper=(int(rng.integers(246, 256)), int(rng.integers(244, 252)), 246))
        self.truth: Truth = {}
        self.y_mm = 74.0

    def pick(self, choices: Sequence[str]) -> str:
        """Choose one."""
        return choices[int(self.rng.integers(len(choices)))]

    def day(self, first: int, last: int) -> date:
        """Choose a day from the first of one year to the last of another."""
        start = date(first, 1, 1)
        return start + timedelta(days=int(self.rng.integers((date(last, 12, 31) - start).days)))

    def person(self, *, is_woman: bool | None = None, first: int = 1950, last: int = 2005) -> Person:
        """Invent a person whose reserved number agrees with birth year and sex."""
        woman = bool(self.rng.integers(2)) if is_woman is None else is_woman
        kind = 0 if woman else 1
        parts = [self.pick(_FAMILY), self.pick(_MIDDLE[kind]), self.pick(GIVEN[kind])]
        born = self.day(first, last)
        century = 2 * ((born.year - 1900) // 100) + int(woman)
        number = f"000{century}{born.year % 100:02d}{int(self.rng.integers(10**6)):06d}"
        return Person(" ".join(parts), number, born, woman)

    def head(self, title: str, *, office: str, number: str = "", day: date | None = None) -> None:
        """Print office, motto, number, place and date, and the title."""
        print_office(self.sheet, ("ỦY BAN NHÂN DÂN", office), x_mm=54, y_mm=26)
        print_motto(self.sheet, x_mm=142, y_mm=26, size_pt=11.5)
        if number:
            self.sheet.centred(f"Số: {number}", x_mm=54, y_mm=41, style=BODY.sized(12))
            self.truth["document_number"] = number
        if day is not None:
            self.sheet.centred(
                f"{self.pick(WARDS)}, ngày {day:%d} tháng {day:%m} năm {day.year}",
                x_mm=142, y_mm=41, style=ITALIC.sized(12),
            )  # fmt: skip
            self.truth["issued_on"] = f"{day:%d/%m/%Y}"
        self.sheet.centred(title, y_mm=58, style=BOLD.sized(17))

    def row(self, *fields: tuple[str, str, str]) -> None:
        """Print labelled fields on one line and note those with a key."""
        filled = [Filled(label, value) for label, value, _ in fields]
        print_fields(self.sheet, filled, x_mm=25, y_mm=self.y_mm, stops_mm=(118,)[: len(fields) - 1])
        self.truth |= {key: value for _, value, key in fields if key}
        self.y_mm += 9.2

    def who(self, person: Person, prefix: str = "", *, label: str = "Họ, chữ đệm, tên:") -> None:
        """Print a person's name, birth date, sex and number."""
        name_key = f"{prefix[:-1]}_name" if prefix else "holder_name"
        self.row((label, self.name(person), name_key))
        self.row(
            ("Ngày, tháng, năm sinh:", person.born, f"{prefix}birth_date"),
            ("Giới tính:", person.gender, f"{prefix}gender"),
        )
        self.row(("Số định danh cá nhân:", person.number, f"{prefix}id_number"))

    def name(self, person: Person) -> str:
        """Spell a name in capitals or not, as forms do."""
        return person.name.upper() if self.rng.random() < 0.6 else person.name

    def line(self, text: str, *, bold: bool = False) -> None:
        """Print a line that is no field."""
        self.sheet.text(text, x_mm=25, y_mm=self.y_mm, style=BOLD if bold else BODY)
        self.y_mm += 9.2

    def prose(self, text: str) -> None:
        """Print a paragraph."""
        self.y_mm = print_paragraph(self.sheet, text, x_mm=25, y_mm=self.y_mm, to_x_mm=186, indent_mm=8) + 2

    def seal(self) -> None:
        """Set a seal near the foot."""
        x_mm, y_mm = float(self.rng.uniform(120, 160)), float(self.rng.uniform(238, 256))
        draw_seal(self.sheet.image, dpi=self.sheet.dpi, centre_mm=(x_mm, y_mm), diameter_mm=30, rng=self.rng,
                  office="UBND PHƯỜNG THÍ DỤ", place="TỈNH MINH HỌA")  # fmt: skip
