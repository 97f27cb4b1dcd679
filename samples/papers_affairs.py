"""Papers of property and trade: land certificate, household business, power of attorney, pay confirmation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from samples.cast import AN, BINH, DUC, LAND_OFFICER, NEIGHBOUR_CHAIRMAN, REGISTRAR, TRADE_OFFICER
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
from samples.ornament import draw_border, draw_seal, draw_signature
from samples.sheet import Page, Sheet
from samples.typeface import BLACK, BODY, BOLD, HAND, ITALIC, SANS, SEAL_RED

PARCEL_MM = ((134.0, 168.0), (171.0, 163.0), (178.0, 199.0), (137.0, 203.0))


def _draw_parcel(sheet: Sheet) -> None:
    points = [(sheet.px(x), sheet.px(y)) for x, y in PARCEL_MM]
    sheet.draw.polygon(points, outline=BLACK, width=max(2, round(sheet.px(0.4))))
    for (x_mm, y_mm), label in zip(PARCEL_MM, ("1", "2", "3", "4"), strict=True):
        dot = sheet.px(0.7)
        box = (sheet.px(x_mm) - dot, sheet.px(y_mm) - dot, sheet.px(x_mm) + dot, sheet.px(y_mm) + dot)
        sheet.draw.ellipse(box, fill=BLACK)
        sheet.ink(label, x_mm=x_mm + (-4.0 if x_mm < 150 else 2.0), y_mm=y_mm + 1.0, style=SANS.sized(9))
    for x_mm, y_mm, metres in ((150, 162.5, "12,4"), (176.5, 182, "11,9"), (154, 205.5, "13,6"), (126, 186, "11,7")):
        sheet.ink(metres, x_mm=x_mm, y_mm=y_mm, style=SANS.sized(9))
    sheet.ink("Thửa 128", x_mm=148, y_mm=183, style=SANS.sized(10))
    sheet.ink("B", x_mm=183, y_mm=158, style=BOLD.sized(11))
    arrow = [(sheet.px(184.3), sheet.px(159.5)), (sheet.px(183.1), sheet.px(165)), (sheet.px(185.5), sheet.px(165))]
    sheet.draw.polygon(arrow, fill=BLACK)


def paint_land_certificate(rng: np.random.Generator) -> tuple[Page, ...]:
    """The land certificate of An and Bình, with a red stamp over printed lines."""
    sheet = Sheet(paper=(252, 240, 240))
    draw_border(sheet.image, dpi=sheet.dpi, inset_mm=13.5, colour=(184, 112, 128), band_mm=3.6)
    print_motto(sheet, y_mm=28)
    sheet.centred("GIẤY CHỨNG NHẬN", y_mm=47, style=BOLD.sized(24).tinted(SEAL_RED))
    sheet.centred("QUYỀN SỬ DỤNG ĐẤT, QUYỀN SỞ HỮU TÀI SẢN", y_mm=56, style=BOLD.sized(13.5).tinted(SEAL_RED))
    sheet.centred("GẮN LIỀN VỚI ĐẤT", y_mm=62.5, style=BOLD.sized(13.5).tinted(SEAL_RED))
    sheet.centred("Số: MH 00128/2024", y_mm=70, style=BODY.sized(12))
    sheet.note("document_number", "MH 00128/2024")
    sheet.text("1. Người sử dụng đất, chủ sở hữu tài sản gắn liền với đất:", x_mm=25, y_mm=82, style=BOLD.sized(12.5))
    rows: tuple[Sequence[Filled], ...] = (
        (Filled("Bà:", AN.printed_name, "holder_name"), Filled("Số định danh:", AN.id_number, "id_number")),
        (Filled("Ông:", BINH.printed_name, "co_holder_name"), Filled("Số định danh:", BINH.id_number)),
        (Filled("Địa chỉ:", AN.address, "address"),),
    )
    for index, row in enumerate(rows):
        print_fields(sheet, row, x_mm=30, y_mm=90.5 + index * 8, stops_mm=(122,)[: len(row) - 1], size_pt=12.5)
    sheet.text("2. Thông tin thửa đất:", x_mm=25, y_mm=117, style=BOLD.sized(12.5))
    details = (
        ("a) Thửa đất số:", "128", "parcel"),
        ("b) Tờ bản đồ số:", "14", "map_sheet"),
        ("c) Diện tích:", "152,6 mét vuông", "area"),
        ("d) Loại đất:", "Đất ở tại đô thị", ""),
        ("đ) Thời hạn sử dụng:", "Lâu dài", ""),
        ("e) Hình thức sử dụng:", "Sử dụng chung của vợ và chồng", ""),
    )
    for index, (label, value, key) in enumerate(details):
        print_fields(sheet, [Filled(label, value, key)], x_mm=30, y_mm=125 + index * 7.2, size_pt=12.5)
    sheet.text("3. Sơ đồ thửa đất:", x_mm=125, y_mm=152, style=BOLD.sized(12.5))
    _draw_parcel(sheet)
    sheet.text("4. Tài sản gắn liền với đất:", x_mm=25, y_mm=172, style=BOLD.sized(12.5))
    for index, text in enumerate(
        ("Nhà ở riêng lẻ, 02 tầng", "Diện tích sàn: 118,0 mét vuông", "Kết cấu: bê tông, gạch")
    ):
        sheet.text(text, x_mm=30, y_mm=180 + index * 7.2, style=BODY.sized(12.5))
    sheet.text("5. Ghi chú: Không.", x_mm=25, y_mm=203, style=BODY.sized(12.5))
    sheet.note("issuer", "Văn phòng Đăng ký đất đai tỉnh Minh Họa")
    sheet.note("issued_on", "19/01/2024")
    date_line = "Minh Họa, ngày 19 tháng 01 năm 2024"
    head = Signatory(title=("VĂN PHÒNG ĐĂNG KÝ ĐẤT ĐAI", "GIÁM ĐỐC"), name=LAND_OFFICER)
    print_signature(sheet, head, x_mm=138, y_mm=216, rng=rng, room_mm=36, date_line=date_line, size_pt=12.5)
    for centre_mm, turn in (((116.0, 238.0), "CHI NHÁNH THÍ DỤ"), ((74.0, 138.0), "TỈNH MINH HỌA")):
        draw_seal(sheet.image, dpi=sheet.dpi, centre_mm=centre_mm, office="VP ĐĂNG KÝ ĐẤT ĐAI", place=turn, rng=rng)
    print_fields(sheet, [Filled("Số vào sổ cấp giấy:", "CN 00077")], x_mm=25, y_mm=272, size_pt=11)
    return (sheet.finish(),)


def paint_business_registration(rng: np.random.Generator) -> tuple[Page, ...]:
    """The household business of Đức, scanned at the lowest resolution the rule allows."""
    sheet = Sheet(dpi=200, paper=(252, 252, 246))
    draw_border(sheet.image, dpi=sheet.dpi, inset_mm=13.0, colour=(90, 130, 96), band_mm=3.2)
    print_office(sheet, ("UBND PHƯỜNG THÍ DỤ", "PHÒNG KINH TẾ"), x_mm=56, y_mm=30)
    print_motto(sheet, x_mm=138, y_mm=30, size_pt=11.5)
    sheet.centred("GIẤY CHỨNG NHẬN", y_mm=58, style=BOLD.sized(20).tinted((150, 30, 36)))
    sheet.centred("ĐĂNG KÝ HỘ KINH DOANH", y_mm=67, style=BOLD.sized(17).tinted((150, 30, 36)))
    sheet.centred("Số: 000-8502-MH", y_mm=75, style=BODY)
    sheet.centred("Đăng ký lần đầu, ngày 11 tháng 4 năm 2022", y_mm=82, style=ITALIC.sized(12))
    sheet.note("document_number", "000-8502-MH")
    sheet.note("issued_on", "11/04/2022")
    sheet.note("issuer", "Phòng Kinh tế, UBND phường Thí Dụ")
    rows: tuple[Sequence[Filled], ...] = (
        (Filled("1. Tên hộ kinh doanh:", "CÀ PHÊ SÁCH BẾN MẪU", "business_name", BOLD),),
        (Filled("2. Địa điểm kinh doanh:", DUC.address),),
        (Filled("3. Điện thoại:", "000 000 0045"), Filled("Thư điện tử:", "ben.mau@vi-du.example")),
        (Filled("4. Ngành, nghề kinh doanh:", "Dịch vụ giải khát; bán lẻ sách báo"),),
        (Filled("5. Vốn kinh doanh:", "250.000.000 đồng", "capital"),),
        (Filled("6. Chủ hộ kinh doanh:", DUC.printed_name, "holder_name", BOLD), Filled("Giới tính:", "Nam")),
        (Filled("Sinh ngày:", DUC.born_text, "birth_date"), Filled("Dân tộc:", "Kinh")),
        (Filled("Số định danh cá nhân:", DUC.id_number, "id_number"),),
        (Filled("Nơi thường trú:", DUC.address),),
    )
    for index, row in enumerate(rows):
        print_fields(sheet, row, x_mm=25, y_mm=98 + index * 9, stops_mm=(110,)[: len(row) - 1])
    table = (
        ("Mã ngành", "Tên ngành", "Ghi chú"),
        ("5630", "Dịch vụ phục vụ đồ uống", "Chính"),
        ("4761", "Bán lẻ sách, báo, tạp chí", ""),
    )
    print_table(sheet, table, x_mm=25, y_mm=180, widths_mm=(30, 96, 34), row_mm=8.4, centred_columns=(0, 2))
    head = Signatory(title=("TRƯỞNG PHÒNG",), name=TRADE_OFFICER, seal_office="PHÒNG KINH TẾ THÍ DỤ")
    print_signature(sheet, head, x_mm=142, y_mm=222, rng=rng, room_mm=36)
    return (sheet.finish(),)


def _handwritten(label: str, value: str, key: str = "") -> Filled:
    return Filled(label, value, key, HAND)


def paint_power_of_attorney(rng: np.random.Generator) -> tuple[Page, ...]:
    """A power of attorney from Đức to Bình: a printed form filled in by hand."""
    sheet = Sheet(paper=(252, 251, 246))
    print_motto(sheet, y_mm=28)
    sheet.centred("GIẤY ỦY QUYỀN", y_mm=50, style=BOLD.sized(20))
    opening = "Hôm nay, ngày 22 tháng 9 năm 2026, tại UBND phường Thí Dụ, tỉnh Minh Họa, chúng tôi gồm có:"
    print_paragraph(sheet, opening, x_mm=25, y_mm=62, to_x_mm=187, indent_mm=10)
    sheet.note("issued_on", "22/09/2026")
    sheet.note("issuer", "UBND phường Thí Dụ, tỉnh Minh Họa")
    for title, person, key, y_mm in (
        ("I. BÊN ỦY QUYỀN (Bên A)", DUC, "holder", 80.0),
        ("II. BÊN ĐƯỢC ỦY QUYỀN (Bên B)", BINH, "agent", 120.0),
    ):
        sheet.text(title, x_mm=25, y_mm=y_mm, style=BOLD)
        rows: tuple[Sequence[Filled], ...] = (
            (_handwritten("Họ và tên:", person.name, f"{key}_name"), _handwritten("Sinh ngày:", person.born_text)),
            (_handwritten("Số định danh cá nhân:", person.id_number, f"{key}_id_number"),),
            (_handwritten("Nơi cư trú:", person.address),),
        )
        for index, row in enumerate(rows):
            stops = (122,)[: len(row) - 1]
            print_fields(sheet, row, x_mm=30, y_mm=y_mm + 9.5 + index * 9.5, stops_mm=stops, leaders_to_mm=185)
    sheet.note("id_number", DUC.id_number)
    sheet.note("birth_date", DUC.born_text)
    sheet.text("III. NỘI DUNG ỦY QUYỀN", x_mm=25, y_mm=160, style=BOLD)
    scope = (
        "Bên A ủy quyền cho Bên B thay mặt Bên A nộp hồ sơ và nhận kết quả thủ tục thay đổi nội dung đăng ký hộ kinh "
        "doanh tại Trung tâm Phục vụ hành chính công phường Thí Dụ; ký các giấy tờ liên quan trong phạm vi ủy quyền."
    )
    y_mm = print_paragraph(sheet, scope, x_mm=25, y_mm=168.5, to_x_mm=187, indent_mm=10)
    term = "Thời hạn ủy quyền: từ ngày 22/9/2026 đến hết ngày 31/12/2026. Bên B không nhận thù lao."
    y_mm = print_paragraph(sheet, term, x_mm=25, y_mm=y_mm + 1, to_x_mm=187, indent_mm=10)
    for title, person, x_mm in (("BÊN A", DUC, 56.0), ("BÊN B", BINH, 150.0)):
        sheet.centred(title, x_mm=x_mm, y_mm=212, style=BOLD.sized(12.5))
        sheet.centred("(Ký, ghi rõ họ tên)", x_mm=x_mm, y_mm=217.5, style=ITALIC.sized(11))
        draw_signature(sheet.image, dpi=sheet.dpi, centre_mm=(x_mm, 228), rng=rng, width_mm=34)
        sheet.centred(person.name, x_mm=x_mm, y_mm=246, style=HAND.sized(16))
    clerk = "Người tiếp nhận đã kiểm tra giấy tờ tùy thân của hai bên."
    sheet.text(clerk, x_mm=25, y_mm=260, style=ITALIC.sized(11.5))
    sheet.text(f"Công chức tiếp nhận: {REGISTRAR}", x_mm=25, y_mm=267, style=BODY.sized(11.5))
    draw_seal(sheet.image, dpi=sheet.dpi, centre_mm=(156, 264), office="UBND PHƯỜNG THÍ DỤ", place="TỈNH MINH HỌA",
              rng=rng, diameter_mm=30)  # fmt: skip
    return (sheet.finish(),)


def paint_income_confirmation(rng: np.random.Generator) -> tuple[Page, ...]:
    """A pay confirmation of Bình, scanned as a grey picture at 150 dpi."""
    sheet = Sheet(dpi=150)
    print_office(sheet, ("CÔNG TY TNHH THÍ DỤ", "PHÒNG NHÂN SỰ"), x_mm=54, y_mm=26)
    print_motto(sheet, x_mm=140, y_mm=26, size_pt=11.5)
    sheet.centred("GIẤY XÁC NHẬN THU NHẬP", y_mm=62, style=BOLD.sized(18))
    body = (
        f"Công ty TNHH Thí Dụ xác nhận ông {BINH.name}, sinh ngày {BINH.born_text}, số định danh cá nhân "
        f"{BINH.id_number}, hiện là chuyên viên phòng Kỹ thuật, có thu nhập ba tháng gần nhất như sau:"
    )
    sheet.note("holder_name", BINH.name)
    sheet.note("id_number", BINH.id_number)
    sheet.note("birth_date", BINH.born_text)
    y_mm = print_paragraph(sheet, body, x_mm=25, y_mm=78, to_x_mm=187, indent_mm=10, step_mm=7.4)
    rows = (
        ("Tháng", "Lương chính", "Phụ cấp", "Thực nhận"),
        ("8/2026", "14.500.000", "1.200.000", "14.050.000"),
        ("9/2026", "14.500.000", "1.200.000", "14.050.000"),
        ("10/2026", "14.500.000", "1.650.000", "14.480.000"),
    )
    bottom_mm = print_table(
        sheet, rows, x_mm=25, y_mm=y_mm + 2, widths_mm=(30, 44, 44, 44), row_mm=9, centred_columns=(0, 1, 2, 3)
    )
    sheet.text("Đơn vị tính: đồng.", x_mm=25, y_mm=bottom_mm + 8, style=ITALIC.sized(11.5))
    head = Signatory(title=("GIÁM ĐỐC",), name="Tạ Quang Khải", seal_office="CÔNG TY TNHH THÍ DỤ")
    date_line = "Thí Dụ, ngày 05 tháng 11 năm 2026"
    print_signature(sheet, head, x_mm=143, y_mm=bottom_mm + 24, rng=rng, date_line=date_line)
    return (sheet.finish(),)


def paint_birth_extract(rng: np.random.Generator) -> tuple[Page, ...]:
    """An extract of Bình's birth entry that another office issued as a file; its signature is added elsewhere."""
    sheet = Sheet(dpi=200, paper=(255, 255, 255))
    print_office(sheet, ("ỦY BAN NHÂN DÂN", "PHƯỜNG MẪU MỰC"), x_mm=52, y_mm=26)
    sheet.centred("Số: 09/TLKS-BS", x_mm=52, y_mm=42, style=BODY.sized(12))
    print_motto(sheet, x_mm=138, y_mm=26, size_pt=12)
    sheet.centred("Mẫu Mực, ngày 28 tháng 10 năm 2026", x_mm=138, y_mm=42, style=ITALIC.sized(12))
    sheet.centred("TRÍCH LỤC KHAI SINH", y_mm=66, style=BOLD.sized(20))
    sheet.centred("(Bản sao điện tử)", y_mm=73.5, style=ITALIC.sized(13))
    sheet.note("document_number", "09/TLKS-BS")
    sheet.note("issued_on", "28/10/2026")
    sheet.note("issuer", "UBND phường Mẫu Mực, tỉnh Minh Họa")
    rows: tuple[Sequence[Filled], ...] = (
        (Filled("Họ, chữ đệm, tên:", BINH.printed_name, "holder_name"),),
        (Filled("Ngày, tháng, năm sinh:", BINH.born_text, "birth_date"), Filled("Giới tính:", "Nam")),
        (Filled("Nơi sinh:", "phường Mẫu Mực, tỉnh Minh Họa"),),
        (Filled("Dân tộc:", "Kinh"), Filled("Quốc tịch:", "Việt Nam")),
        (Filled("Số định danh cá nhân:", BINH.id_number, "id_number"),),
        (Filled("Họ, chữ đệm, tên người mẹ:", "MAI THỊ KIM OANH"),),
        (Filled("Họ, chữ đệm, tên người cha:", "TRẦN VĂN LỰU"),),
        (Filled("Đăng ký khai sinh tại:", "UBND phường Mẫu Mực, tỉnh Minh Họa"),),
        (Filled("Số:", "52/1993"), Filled("Ngày đăng ký:", "10/08/1993")),
    )
    for index, row in enumerate(rows):
        print_fields(sheet, row, x_mm=27, y_mm=92 + index * 9.6, stops_mm=(120,)[: len(row) - 1])
    sheet.text("Văn bản này được ký số bởi cơ quan ban hành.", x_mm=27, y_mm=190, style=ITALIC.sized(12))
    sheet.centred("CHỦ TỊCH", x_mm=143, y_mm=204, style=BOLD.sized(12.5))
    sheet.centred(NEIGHBOUR_CHAIRMAN, x_mm=143, y_mm=244, style=BOLD)
    draw_seal(sheet.image, dpi=sheet.dpi, centre_mm=(126, 222), office="UBND PHƯỜNG MẪU MỰC", place="TỈNH MINH HỌA",
              rng=rng, diameter_mm=32)  # fmt: skip
    return (sheet.finish(),)
