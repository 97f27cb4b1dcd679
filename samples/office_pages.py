"""Office papers with words drawn by chance: forms, letters, tables and columns, for measuring, never twice the same.

Names, numbers and places are drawn from lists of invented or everyday words; nobody is meant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from samples.layout import Filled, Signatory, print_fields, print_motto, print_office, print_paragraph, print_signature
from samples.layout import print_table as lay_table
from samples.sheet import Page, Sheet
from samples.typeface import BODY, BOLD, ITALIC

FAMILY: Final = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
    "Trịnh",
    "Đoàn",
    "Lương",
)
MIDDLE: Final = ("Văn", "Thị", "Hữu", "Đức", "Ngọc", "Minh", "Xuân", "Thu", "Quốc", "Thanh", "Bích", "Đình")
GIVEN: Final = (
    "Hùng",
    "Dũng",
    "Cường",
    "Tuấn",
    "Thắng",
    "Hương",
    "Lan",
    "Huệ",
    "Nguyệt",
    "Phượng",
    "Yến",
    "Tuyết",
    "Hằng",
    "Thảo",
    "Quỳnh",
    "Vượng",
    "Kiệt",
)
WARDS: Final = ("Thí Dụ", "Ví Dụ", "Bản Mẫu", "Giả Định", "Tưởng Tượng", "Minh Chứng")
STREETS: Final = ("Hoa Phượng", "Sông Đào", "Lúa Vàng", "Trúc Bạch", "Cầu Gỗ", "Đồi Chè", "Bến Nước")
GOODS: Final = (
    "Đơn đề nghị cấp lại giấy chứng nhận",
    "Bản sao trích lục bản đồ địa chính",
    "Văn bản ủy quyền nộp hồ sơ",
    "Chứng từ thực hiện nghĩa vụ tài chính",
    "Giấy xác nhận tình trạng hôn nhân",
    "Biên lai thu phí, lệ phí",
    "Hợp đồng thuê quyền sử dụng đất",
    "Sổ theo dõi kết quả học tập",
)
SENTENCES: Final = (
    "Căn cứ Luật Tổ chức chính quyền địa phương và các văn bản hướng dẫn thi hành.",
    "Kết quả số hóa được lưu vào kho dữ liệu điện tử để tái sử dụng cho những lần giải quyết tiếp theo.",
    "Cán bộ tiếp nhận có trách nhiệm kiểm tra, đối chiếu bản chính và ký số theo đúng thẩm quyền.",
    "Không yêu cầu người dân cung cấp lại giấy tờ đã được số hóa còn giá trị sử dụng.",
    "Hai bên cam kết chịu trách nhiệm trước pháp luật về những nội dung đã khai trên đây.",
    "Mọi tranh chấp phát sinh được giải quyết trên nguyên tắc thương lượng, hòa giải.",
    "Thời hạn giải quyết được tính từ ngày nhận đủ hồ sơ hợp lệ theo quy định.",
    "Người lao động được hưởng lương vào ngày mồng năm hằng tháng bằng hình thức chuyển khoản.",
    "Thửa đất có nguồn gốc do cha mẹ để lại, sử dụng ổn định và không có tranh chấp.",
    "Ông, bà có tên nêu trên được miễn một phần lệ phí theo chính sách hiện hành.",
    "Giấy này được lập thành hai bản có giá trị như nhau, mỗi bên giữ một bản.",
    "Đề nghị các cơ quan, tổ chức liên quan tạo điều kiện giúp đỡ khi cần thiết.",
)
LEFT_MM, RIGHT_MM = 28.0, 192.0

Print = Callable[[np.random.Generator, int], Page]


def _one(words: tuple[str, ...], rng: np.random.Generator) -> str:
    return words[int(rng.integers(len(words)))]


def _name(rng: np.random.Generator) -> str:
    return f"{_one(FAMILY, rng)} {_one(MIDDLE, rng)} {_one(GIVEN, rng)}"


def _number(rng: np.random.Generator, digits: int) -> str:
    return "".join(str(digit) for digit in rng.integers(0, 10, digits))


def _day(rng: np.random.Generator, *, in_words: bool) -> str:
    day, month, year = int(rng.integers(1, 29)), int(rng.integers(1, 13)), int(rng.integers(1960, 2026))
    return f"ngày {day:02d} tháng {month:02d} năm {year}" if in_words else f"{day:02d}/{month:02d}/{year}"


def _place(rng: np.random.Generator) -> str:
    return f"số {int(rng.integers(1, 300))} đường {_one(STREETS, rng)}, phường {_one(WARDS, rng)}, tỉnh Minh Họa"


def _text(rng: np.random.Generator, sentences: int) -> str:
    return " ".join(SENTENCES[int(index)] for index in rng.permutation(len(SENTENCES))[:sentences])


def _opened(dpi: int, rng: np.random.Generator, *, title: str) -> Sheet:
    sheet = Sheet(dpi=dpi)
    print_office(sheet, ("ỦY BAN NHÂN DÂN", f"PHƯỜNG {_one(WARDS, rng).upper()}"), x_mm=58, y_mm=25, size_pt=12)
    print_motto(sheet, y_mm=25, x_mm=142, size_pt=11.5)
    sheet.centred(f"Số: {_number(rng, 3)}/GXN-UBND", x_mm=58, y_mm=39, style=BODY.sized(12))
    sheet.centred(f"Thí Dụ, {_day(rng, in_words=True)}", x_mm=142, y_mm=39, style=ITALIC.sized(12))
    sheet.centred(title, y_mm=55, style=BOLD.sized(16))
    return sheet


def _signed(sheet: Sheet, rng: np.random.Generator, *, y_mm: float, is_sealed: bool = True) -> None:
    office = "ỦY BAN NHÂN DÂN PHƯỜNG THÍ DỤ" if is_sealed else ""
    signatory = Signatory(("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"), _name(rng), seal_office=office)
    print_signature(sheet, signatory, x_mm=146, y_mm=y_mm, rng=rng)


def print_form(rng: np.random.Generator, dpi: int) -> Page:
    """A form filled in on dotted lines."""
    sheet = _opened(dpi, rng, title="TỜ KHAI XÁC NHẬN CƯ TRÚ")
    rows = (
        ("Họ, chữ đệm, tên:", _name(rng).upper()),
        ("Ngày, tháng, năm sinh:", _day(rng, in_words=False)),
        ("Số định danh cá nhân:", _number(rng, 12)),
        ("Nơi cư trú:", _place(rng)),
        ("Quê quán:", f"phường {_one(WARDS, rng)}, tỉnh Minh Họa"),
        ("Họ và tên chủ hộ:", _name(rng)),
        ("Số điện thoại liên hệ:", "0" + _number(rng, 9)),
        ("Nội dung đề nghị:", _one(GOODS, rng)),
        ("Họ và tên người mẹ:", _name(rng)),
        ("Họ và tên người cha:", _name(rng)),
    )
    y_mm = 68.0
    for label, value in rows:
        print_fields(sheet, (Filled(label, value, style=BOLD),), x_mm=LEFT_MM, y_mm=y_mm, leaders_to_mm=RIGHT_MM)
        y_mm += 8.6
    y_mm = print_paragraph(sheet, _text(rng, 3), x_mm=LEFT_MM, y_mm=y_mm + 3, to_x_mm=RIGHT_MM, indent_mm=10)
    _signed(sheet, rng, y_mm=y_mm + 6)
    return sheet.finish()


def print_letter(rng: np.random.Generator, dpi: int) -> Page:
    """A decision in justified paragraphs, sealed."""
    sheet = _opened(dpi, rng, title="QUYẾT ĐỊNH")
    y_mm = 68.0
    for number in range(1, 5):
        heading = f"Điều {number}. {_name(rng)}, số định danh {_number(rng, 12)}."
        sheet.text(heading, x_mm=LEFT_MM, y_mm=y_mm, style=BOLD)
        y_mm = print_paragraph(sheet, _text(rng, 4), x_mm=LEFT_MM, y_mm=y_mm + 7, to_x_mm=RIGHT_MM, indent_mm=10)
        y_mm += 2
    _signed(sheet, rng, y_mm=min(y_mm + 4, 232))
    return sheet.finish()


def print_list(rng: np.random.Generator, dpi: int) -> Page:
    """A receipt with a ruled table."""
    sheet = _opened(dpi, rng, title="GIẤY TIẾP NHẬN HỒ SƠ")
    print_fields(sheet, (Filled("Tiếp nhận hồ sơ của:", _name(rng)),), x_mm=LEFT_MM, y_mm=68)
    print_fields(sheet, (Filled("Địa chỉ:", _place(rng)),), x_mm=LEFT_MM, y_mm=76)
    rows = [("TT", "Tên giấy tờ", "Bản chính", "Lệ phí")]
    for index, good in enumerate(rng.permutation(len(GOODS))):
        fee = f"{int(rng.integers(1, 900))}.000"
        rows.append((str(index + 1), GOODS[int(good)], f"{int(rng.integers(0, 3)):02d}", fee))
    y_mm = lay_table(sheet, rows, x_mm=LEFT_MM, y_mm=84, widths_mm=(12, 92, 28, 30), centred_columns=(0, 2, 3))
    y_mm = print_paragraph(sheet, _text(rng, 3), x_mm=LEFT_MM, y_mm=y_mm + 11, to_x_mm=RIGHT_MM)
    _signed(sheet, rng, y_mm=y_mm + 6)
    return sheet.finish()


def print_columns(rng: np.random.Generator, dpi: int) -> Page:
    """A notice in two columns."""
    sheet = _opened(dpi, rng, title="THÔNG BÁO")
    for left_mm, right_mm in ((LEFT_MM, 105.0), (115.0, RIGHT_MM)):
        y_mm = 68.0
        for _ in range(3):
            y_mm = 2 + print_paragraph(
                sheet, _text(rng, 4), x_mm=left_mm, y_mm=y_mm, to_x_mm=right_mm, style=BODY.sized(11.5), step_mm=5.8
            )
    return sheet.finish()


PAGES: Final[tuple[Print, ...]] = (print_form, print_letter, print_list, print_columns)
