"""Birth certificates: a grown citizen's, registered anew, and a newborn's."""

from __future__ import annotations

import numpy as np

from samples.cast import AN, BINH, CHAIRMAN, GIANG, REGISTRAR, VICE_CHAIRMAN, Citizen
from samples.layout import Filled, Signatory, print_fields, print_motto, print_signature
from samples.ornament import draw_border
from samples.sheet import Page, Sheet
from samples.typeface import BODY, BOLD, SEAL_RED, Colour

LEFT_MM = 24.0


def _print_head(sheet: Sheet, *, subtitle: str, number: str) -> None:
    print_motto(sheet, y_mm=27)
    sheet.centred("GIẤY KHAI SINH", y_mm=50, style=BOLD.sized(28).tinted(SEAL_RED))
    sheet.centred(subtitle, y_mm=57.5, style=BOLD.sized(13))
    sheet.centred(f"Số: {number}", y_mm=64.5, style=BODY.sized(13))
    sheet.note("document_number", number)


def _print_person(sheet: Sheet, *, y_mm: float, role: str, name: str, born: str, id_number: str, home: str) -> None:
    print_fields(sheet, [Filled(f"Họ, chữ đệm, tên người {role}:", name)], x_mm=LEFT_MM, y_mm=y_mm)
    line = [Filled("Năm sinh:", born), Filled("Dân tộc:", "Kinh"), Filled("Quốc tịch:", "Việt Nam")]
    print_fields(sheet, line, x_mm=LEFT_MM, y_mm=y_mm + 8, stops_mm=(78, 125))
    print_fields(sheet, [Filled("Nơi cư trú:", home)], x_mm=LEFT_MM, y_mm=y_mm + 16)
    print_fields(sheet, [Filled("Giấy tờ tùy thân: Thẻ căn cước số", id_number)], x_mm=LEFT_MM, y_mm=y_mm + 24)


def _print_child(sheet: Sheet, child: Citizen, *, in_words: str, born_at: str) -> None:
    name = [Filled("Họ, chữ đệm, tên:", child.printed_name, "holder_name")]
    print_fields(sheet, name, x_mm=LEFT_MM, y_mm=78, size_pt=14)
    line = [Filled("Ngày, tháng, năm sinh:", child.born_text, "birth_date"), Filled("Giới tính:", child.gender_vi)]
    print_fields(sheet, line, x_mm=LEFT_MM, y_mm=86.5, stops_mm=(125,))
    print_fields(sheet, [Filled("Ghi bằng chữ:", in_words)], x_mm=LEFT_MM, y_mm=94.5)
    line = [Filled("Dân tộc:", "Kinh"), Filled("Quốc tịch:", "Việt Nam")]
    print_fields(sheet, line, x_mm=LEFT_MM, y_mm=102.5, stops_mm=(78,))
    print_fields(sheet, [Filled("Nơi sinh:", born_at, "birth_place")], x_mm=LEFT_MM, y_mm=110.5)
    print_fields(sheet, [Filled("Quê quán:", "phường Thí Dụ, tỉnh Minh Họa")], x_mm=LEFT_MM, y_mm=118.5)
    print_fields(sheet, [Filled("Số định danh cá nhân:", child.id_number, "id_number")], x_mm=LEFT_MM, y_mm=126.5)


def _print_foot(sheet: Sheet, *, issued: str, head: Signatory, rng: np.random.Generator) -> None:
    print_fields(
        sheet, [Filled("Nơi đăng ký khai sinh:", "UBND phường Thí Dụ, tỉnh Minh Họa", "issuer")], x_mm=LEFT_MM, y_mm=216
    )
    print_fields(sheet, [Filled("Ngày, tháng, năm đăng ký:", issued, "issued_on")], x_mm=LEFT_MM, y_mm=224)
    clerk = Signatory(title=("NGƯỜI THỰC HIỆN",), name=REGISTRAR)
    print_signature(sheet, clerk, x_mm=58, y_mm=234, rng=rng, room_mm=36)
    # Two lines of title leave less room for the pen.
    print_signature(sheet, head, x_mm=148, y_mm=234, rng=rng, room_mm=41 - 5 * len(head.title))


def _blank(*, paper: Colour, border: Colour | None = None) -> Sheet:
    sheet = Sheet(paper=paper)
    if border is not None:
        draw_border(sheet.image, dpi=sheet.dpi, inset_mm=14.0, colour=border, band_mm=4.4)
    return sheet


def paint_birth_certificate(rng: np.random.Generator) -> tuple[Page, ...]:
    """The birth certificate of An, registered anew: the clean specimen that recognition is measured on."""
    sheet = _blank(paper=(254, 250, 244))
    _print_head(sheet, subtitle="(BẢN CHÍNH)", number="118/2024/KS")
    _print_child(
        sheet,
        AN,
        in_words="ngày mười bốn, tháng ba, năm một nghìn chín trăm chín mươi lăm",
        born_at="Trạm y tế phường Thí Dụ, tỉnh Minh Họa",
    )
    sheet.rule(x_mm=LEFT_MM, to_x_mm=186, y_mm=132, colour=(190, 150, 150))
    _print_person(sheet, y_mm=141, role="mẹ", name="LÝ THỊ HỒNG GẤM", born="1970", id_number="000170004321",
                  home="số 12 đường Hoa Phượng, phường Thí Dụ, tỉnh Minh Họa")  # fmt: skip
    _print_person(sheet, y_mm=175, role="cha", name="NGUYỄN KHẮC HUỲNH", born="1968", id_number="000068001234",
                  home="số 12 đường Hoa Phượng, phường Thí Dụ, tỉnh Minh Họa")  # fmt: skip
    head = Signatory(title=("CHỦ TỊCH",), name=CHAIRMAN, seal_office="UBND PHƯỜNG THÍ DỤ")
    _print_foot(sheet, issued="06/05/2024", head=head, rng=rng)
    return (sheet.finish(),)


def paint_newborn_certificate(rng: np.random.Generator) -> tuple[Page, ...]:
    """The birth certificate of Giang, daughter of An and Bình."""
    sheet = _blank(paper=(250, 252, 246), border=(78, 134, 122))
    _print_head(sheet, subtitle="(BẢN CHÍNH)", number="042/2026/KS")
    _print_child(
        sheet,
        GIANG,
        in_words="ngày mười tám, tháng năm, năm hai nghìn không trăm hai mươi sáu",
        born_at="Bệnh viện Đa khoa tỉnh Minh Họa",
    )
    sheet.rule(x_mm=LEFT_MM, to_x_mm=186, y_mm=132, colour=(140, 170, 160))
    for parent, role, y_mm in ((AN, "mẹ", 141.0), (BINH, "cha", 175.0)):
        _print_person(sheet, y_mm=y_mm, role=role, name=parent.printed_name, born=str(parent.born_on.year),
                      id_number=parent.id_number, home=parent.address)  # fmt: skip
    head = Signatory(title=("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"), name=VICE_CHAIRMAN, seal_office="UBND PHƯỜNG THÍ DỤ")
    _print_foot(sheet, issued="25/05/2026", head=head, rng=rng)
    return (sheet.finish(),)
