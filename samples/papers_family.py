"""Papers of family and home: marriage certificate, marital status, residence confirmation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from samples.cast import AN, BINH, CHAIRMAN, CHAU, GIANG, REGISTRAR, VICE_CHAIRMAN, Citizen
from samples.layout import (
    Filled,
    Signatory,
    print_fields,
    print_motto,
    print_office,
    print_paragraph,
    print_signature,
    print_table,
)
from samples.ornament import draw_border, draw_signature
from samples.sheet import Page, Sheet
from samples.typeface import BODY, BOLD, ITALIC, SEAL_RED, SOFT

OFFICE = ("ỦY BAN NHÂN DÂN", "PHƯỜNG THÍ DỤ")
WARD_SEAL = "UBND PHƯỜNG THÍ DỤ"


def _print_spouse(sheet: Sheet, spouse: Citizen, *, role: str, key: str, x_mm: float) -> None:
    rows = (
        Filled(f"Họ, chữ đệm, tên {role}:", ""),
        Filled("", spouse.printed_name, f"{key}_name", BOLD),
        Filled("Ngày sinh:", spouse.born_text, f"{key}_birth_date"),
        Filled("Dân tộc:", "Kinh"),
        Filled("Quốc tịch:", "Việt Nam"),
        Filled("Nơi cư trú:", "phường Thí Dụ,"),
        Filled("", "tỉnh Minh Họa"),
        Filled("Số căn cước:", spouse.id_number, f"{key}_id_number"),
    )
    for index, row in enumerate(rows):
        print_fields(sheet, [row], x_mm=x_mm, y_mm=88 + index * 8.6)


def paint_marriage_certificate(rng: np.random.Generator) -> tuple[Page, ...]:
    """The marriage certificate of An and Bình, two pages."""
    first = Sheet(paper=(253, 246, 245))
    draw_border(first.image, dpi=first.dpi, inset_mm=13.5, colour=(196, 92, 110), band_mm=5.0)
    print_motto(first, y_mm=29)
    first.centred("GIẤY CHỨNG NHẬN KẾT HÔN", y_mm=54, style=BOLD.sized(24).tinted(SEAL_RED))
    first.centred("Số: 37/2023/KH", y_mm=63, style=BODY)
    first.note("document_number", "37/2023/KH")
    first.note("holder_name", AN.printed_name)
    first.note("id_number", AN.id_number)
    first.note("birth_date", AN.born_text)
    _print_spouse(first, AN, role="vợ", key="wife", x_mm=27)
    _print_spouse(first, BINH, role="chồng", key="husband", x_mm=110)
    middle = (first.px(104), first.px(82), first.px(104), first.px(152))
    first.draw.line(middle, fill=(214, 150, 160), width=max(1, round(first.px(0.25))))
    wording = (
        "Hai bên nam, nữ tự nguyện kết hôn, có đủ điều kiện kết hôn theo quy định của pháp luật và đã ký tên "
        "vào Sổ đăng ký kết hôn. Giấy chứng nhận này có giá trị kể từ ngày đăng ký."
    )
    print_paragraph(first, wording, x_mm=27, y_mm=166, to_x_mm=183, indent_mm=10, step_mm=7)
    print_fields(first, [Filled("Nơi đăng ký:", "UBND phường Thí Dụ, tỉnh Minh Họa", "issuer")], x_mm=27, y_mm=192)
    print_fields(first, [Filled("Ngày, tháng, năm đăng ký:", "20/10/2023", "issued_on")], x_mm=27, y_mm=200)
    for title, x_mm in (("VỢ", 48.0), ("CHỒNG", 92.0)):
        first.centred(title, x_mm=x_mm, y_mm=216, style=BOLD.sized(12.5))
        draw_signature(first.image, dpi=first.dpi, centre_mm=(x_mm, 230), rng=rng, width_mm=28)
    for spouse, x_mm in ((AN, 48.0), (BINH, 92.0)):
        first.centred(spouse.name, x_mm=x_mm, y_mm=250, style=BODY.sized(12))
    head = Signatory(title=("CHỦ TỊCH",), name=CHAIRMAN, seal_office=WARD_SEAL)
    print_signature(first, head, x_mm=153, y_mm=216, rng=rng, room_mm=36)
    second = Sheet(paper=(253, 246, 245))
    second.centred("GHI CHÚ NHỮNG THAY ĐỔI SAU NÀY", y_mm=34, style=BOLD.sized(15).tinted(SEAL_RED))
    rows = (
        ("Ngày, tháng, năm", "Nội dung ghi chú", "Căn cứ"),
        ("12/01/2024", "Đổi nơi cư trú: số 12 đường Hoa Phượng", "Thông báo số 05"),
        ("18/05/2026", "Sinh con: Trần Bảo Giang", "Giấy khai sinh số 042"),
        ("", "", ""),
        ("", "", ""),
        ("", "", ""),
    )
    print_table(second, rows, x_mm=22, y_mm=44, widths_mm=(38, 82, 46), row_mm=11, centred_columns=(0,))
    note = (
        "Giấy chứng nhận kết hôn được cấp cho mỗi bên một bản. Khi có thay đổi, người được cấp mang theo bản chính "
        "đến nơi đã đăng ký để được ghi chú. Không tẩy xóa, không sửa chữa, không ép nhựa."
    )
    print_paragraph(second, note, x_mm=22, y_mm=126, to_x_mm=188, style=ITALIC.sized(12), indent_mm=10)
    clerk = Signatory(title=("CÔNG CHỨC TƯ PHÁP - HỘ TỊCH",), name=REGISTRAR, seal_office=WARD_SEAL)
    print_signature(second, clerk, x_mm=140, y_mm=162, rng=rng, date_line="Thí Dụ, ngày 25 tháng 5 năm 2026")
    return first.finish(), second.finish()


def paint_marital_status(rng: np.random.Generator) -> tuple[Page, ...]:
    """The confirmation that Châu is not married; it is scanned upside down."""
    sheet = Sheet()
    print_office(sheet, OFFICE, x_mm=52, y_mm=26)
    sheet.centred("Số: 214/2026/XN-UBND", x_mm=52, y_mm=42, style=BODY.sized(12))
    print_motto(sheet, x_mm=138, y_mm=26, size_pt=12)
    sheet.centred("Thí Dụ, ngày 03 tháng 9 năm 2026", x_mm=138, y_mm=42, style=ITALIC.sized(12))
    sheet.centred("GIẤY XÁC NHẬN TÌNH TRẠNG HÔN NHÂN", y_mm=62, style=BOLD.sized(16))
    sheet.note("document_number", "214/2026/XN-UBND")
    sheet.note("issued_on", "03/09/2026")
    sheet.note("issuer", "UBND phường Thí Dụ, tỉnh Minh Họa")
    request = "Xét đề nghị của bà Lê Ngọc Châu về việc cấp Giấy xác nhận tình trạng hôn nhân,"
    sheet.text(request, x_mm=35, y_mm=78, style=BODY)
    sheet.centred("XÁC NHẬN:", y_mm=89, style=BOLD)
    rows: tuple[Sequence[Filled], ...] = (
        (Filled("Họ, chữ đệm, tên:", CHAU.printed_name, "holder_name", BOLD),),
        (Filled("Ngày, tháng, năm sinh:", CHAU.born_text, "birth_date"), Filled("Giới tính:", "Nữ")),
        (Filled("Dân tộc:", "Kinh"), Filled("Quốc tịch:", "Việt Nam")),
        (Filled("Giấy tờ tùy thân: Thẻ căn cước số", CHAU.id_number, "id_number"),),
        (Filled("Nơi cư trú:", CHAU.address),),
        (Filled("Tình trạng hôn nhân:", "Chưa đăng ký kết hôn với ai", "marital_status"),),
    )
    for index, row in enumerate(rows):
        print_fields(sheet, row, x_mm=27, y_mm=101 + index * 9.4, stops_mm=(112,)[: len(row) - 1])
    purpose = (
        "Giấy này được cấp để bổ sung hồ sơ vay vốn mua nhà ở xã hội, không có giá trị sử dụng để đăng ký kết hôn. "
        "Giấy có giá trị trong thời hạn sáu tháng kể từ ngày cấp."
    )
    print_paragraph(sheet, purpose, x_mm=27, y_mm=159, to_x_mm=187, indent_mm=10, step_mm=7.2)
    clerk = Signatory(title=("NGƯỜI LẬP BIỂU",), name=REGISTRAR)
    print_signature(sheet, clerk, x_mm=56, y_mm=192, rng=rng, room_mm=38)
    head = Signatory(title=("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"), name=VICE_CHAIRMAN, seal_office=WARD_SEAL)
    print_signature(sheet, head, x_mm=143, y_mm=192, rng=rng, room_mm=38)
    return (sheet.finish(),)


def _residence(
    holder: Citizen, *, number: str, household: Sequence[tuple[Citizen, str]], rng: np.random.Generator
) -> tuple[Page, ...]:
    relation = next(relation for member, relation in household if member is holder)
    sheet = Sheet(paper=(252, 252, 251))
    print_office(sheet, ("CÔNG AN TỈNH MINH HỌA", "CÔNG AN PHƯỜNG THÍ DỤ"), x_mm=54, y_mm=26, size_pt=11.5)
    sheet.centred(f"Số: {number}", x_mm=54, y_mm=42, style=BODY.sized(12))
    print_motto(sheet, x_mm=141, y_mm=26, size_pt=11.5)
    sheet.centred("Thí Dụ, ngày 15 tháng 10 năm 2026", x_mm=141, y_mm=42, style=ITALIC.sized(12))
    sheet.centred("XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ", y_mm=63, style=BOLD.sized(17))
    sheet.note("document_number", number)
    sheet.note("issued_on", "15/10/2026")
    sheet.note("issuer", "Công an phường Thí Dụ, tỉnh Minh Họa")
    rows: tuple[Sequence[Filled], ...] = (
        (Filled("1. Họ, chữ đệm và tên:", holder.printed_name, "holder_name", BOLD),),
        (
            Filled("2. Ngày, tháng, năm sinh:", holder.born_text, "birth_date"),
            Filled("3. Giới tính:", holder.gender_vi),
        ),
        (Filled("4. Số định danh cá nhân:", holder.id_number, "id_number"),),
        (Filled("5. Nơi thường trú:", holder.address, "address"),),
        (Filled("6. Nơi ở hiện tại:", holder.address),),
        (Filled("7. Họ, chữ đệm và tên chủ hộ:", household[0][0].name), Filled("8. Quan hệ:", relation)),
    )
    for index, row in enumerate(rows):
        print_fields(sheet, row, x_mm=25, y_mm=80 + index * 9.2, stops_mm=(136,)[: len(row) - 1])
    sheet.text("9. Thông tin các thành viên khác trong hộ gia đình:", x_mm=25, y_mm=135.5, style=BODY)
    table = [("TT", "Họ, chữ đệm và tên", "Ngày sinh", "Giới tính", "Số định danh", "Quan hệ")]
    for index, (member, relation) in enumerate(household, start=1):
        table.append((str(index), member.name, member.born_text, member.gender_vi, member.id_number, relation))
    widths = (11, 50, 25, 20, 32, 24)
    bottom_mm = print_table(
        sheet, table, x_mm=24, y_mm=141, widths_mm=widths, row_mm=9, size_pt=11, centred_columns=(0, 2, 3, 4, 5)
    )
    validity = "Xác nhận này có giá trị đến hết ngày 15 tháng 10 năm 2027."
    sheet.text(validity, x_mm=25, y_mm=bottom_mm + 10, style=BODY)
    clerk = Signatory(title=("CÁN BỘ ĐĂNG KÝ",), name="Trương Mỹ Duyên")
    print_signature(sheet, clerk, x_mm=56, y_mm=bottom_mm + 24, rng=rng, room_mm=38)
    head = Signatory(title=("TRƯỞNG CÔNG AN PHƯỜNG",), name="Phan Đình Khôi", seal_office="CÔNG AN PHƯỜNG THÍ DỤ")
    print_signature(sheet, head, x_mm=145, y_mm=bottom_mm + 24, rng=rng, room_mm=38)
    sheet.rule(x_mm=24, to_x_mm=60, y_mm=270, colour=SOFT)
    sheet.text("Mẫu dùng cho tập huấn, ban hành nội bộ.", x_mm=24, y_mm=275, style=ITALIC.sized(10))
    return (sheet.finish(),)


def paint_residence_confirmation(rng: np.random.Generator) -> tuple[Page, ...]:
    """The residence confirmation of An, whose household is Bình and Giang."""
    household = ((BINH, "Chủ hộ"), (AN, "Vợ"), (GIANG, "Con"))
    return _residence(AN, number="1203/XN-CAP", household=household, rng=rng)


def paint_second_residence(rng: np.random.Generator) -> tuple[Page, ...]:
    """The residence confirmation of Giang, for the photo that tells no scale."""
    household = ((BINH, "Chủ hộ"), (GIANG, "Con"), (AN, "Vợ"))
    (page,) = _residence(GIANG, number="1204/XN-CAP", household=household, rng=rng)
    # The photo cuts off the lower edge, and with it the footer: what cannot be seen is not truth.
    return (replace(page, lines=page.lines[:-1]),)
