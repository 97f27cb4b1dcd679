"""Papers of study: a diploma with its transcript, a bilingual certificate, a student's confirmation."""

from __future__ import annotations

import numpy as np

from samples.cast import BINH, CHAU, RECTOR
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
from samples.ornament import draw_border
from samples.sheet import Page, Sheet
from samples.typeface import BODY, BOLD, ITALIC, SCRIPT, Colour

LANDSCAPE_MM = (297.0, 210.0)
GOLD: Colour = (168, 128, 52)
NAVY: Colour = (34, 58, 112)
UNIVERSITY = ("BỘ GIÁO DỤC THÍ DỤ", "TRƯỜNG ĐẠI HỌC MINH HỌA")
UNIVERSITY_SEAL = "TRƯỜNG ĐẠI HỌC MINH HỌA"

TRANSCRIPT: tuple[tuple[str, str, str, str, str], ...] = (
    ("MH101", "Triết học", "3", "8,2", "B+"),
    ("MH102", "Toán cao cấp", "4", "7,8", "B"),
    ("MH103", "Nhập môn lập trình", "4", "9,1", "A"),
    ("MH104", "Xác suất và thống kê", "3", "8,4", "B+"),
    ("MH105", "Tiếng Anh cơ sở", "3", "8,8", "A"),
    ("MH106", "Pháp luật đại cương", "2", "9,0", "A"),
    ("MH107", "Kỹ thuật số", "3", "7,5", "B"),
    ("MH108", "Cấu trúc dữ liệu", "4", "8,6", "A"),
    ("MH109", "Cơ sở dữ liệu", "4", "9,3", "A"),
    ("MH110", "Mạng máy tính", "3", "8,0", "B+"),
    ("MH111", "Hệ điều hành", "3", "7,9", "B"),
    ("MH112", "Kinh tế học đại cương", "2", "8,5", "A"),
    ("MH113", "Phương pháp nghiên cứu", "2", "8,7", "A"),
    ("MH114", "Giáo dục thể chất", "1", "8,0", "B+"),
    ("MH201", "Công nghệ phần mềm", "4", "9,0", "A"),
    ("MH202", "An toàn thông tin", "3", "8,9", "A"),
    ("MH203", "Trí tuệ nhân tạo", "3", "8,3", "B+"),
    ("MH204", "Phân tích hệ thống", "3", "8,6", "A"),
    ("MH205", "Đồ họa máy tính", "3", "7,7", "B"),
    ("MH206", "Lưu trữ và văn thư số", "3", "9,2", "A"),
    ("MH207", "Chữ ký số và ứng dụng", "3", "9,4", "A"),
    ("MH208", "Thực tập tốt nghiệp", "5", "9,0", "A"),
    ("MH209", "Khóa luận tốt nghiệp", "10", "9,3", "A"),
)
TRANSCRIPT_HEAD = ("Mã học phần", "Tên học phần", "Số tín chỉ", "Điểm số", "Điểm chữ")
TRANSCRIPT_WIDTHS_MM = (28, 76, 22, 20, 20)


def _average() -> str:
    """The mean of the marks, weighted by credit points, as the transcript prints it."""
    weighted = sum(int(row[2]) * float(row[3].replace(",", ".")) for row in TRANSCRIPT)
    return f"{weighted / sum(int(row[2]) for row in TRANSCRIPT):.2f}".replace(".", ",")


def _paint_diploma_front(rng: np.random.Generator) -> Page:
    sheet = Sheet(size_mm=LANDSCAPE_MM, paper=(253, 249, 236))
    draw_border(sheet.image, dpi=sheet.dpi, inset_mm=14.5, colour=GOLD, band_mm=6.0)
    print_motto(sheet, y_mm=32, size_pt=13)
    sheet.centred("HIỆU TRƯỞNG TRƯỜNG ĐẠI HỌC MINH HỌA", y_mm=53, style=BOLD.sized(14).tinted(NAVY))
    sheet.centred("cấp", y_mm=61, style=ITALIC.sized(14))
    sheet.centred("BẰNG KỸ SƯ", y_mm=77, style=BOLD.sized(30).tinted((178, 32, 36)))
    sheet.centred("Ngành Công nghệ thông tin", y_mm=88, style=BOLD.sized(16).tinted(NAVY))
    sheet.centred("cho", y_mm=97, style=ITALIC.sized(14))
    sheet.centred(f"Bà {CHAU.name}", y_mm=112, style=SCRIPT.sized(30).tinted(NAVY))
    sheet.note("holder_name", CHAU.name)
    sheet.note("id_number", CHAU.id_number)
    left, right = 62.0, 165.0
    line = [Filled("Ngày sinh:", CHAU.born_text, "birth_date"), Filled("Số định danh:", CHAU.id_number)]
    print_fields(sheet, line, x_mm=left, y_mm=123, stops_mm=(right,), size_pt=13.5)
    line = [Filled("Năm tốt nghiệp:", "2021", "graduation_year"), Filled("Xếp loại tốt nghiệp:", "Giỏi", "grade")]
    print_fields(sheet, line, x_mm=left, y_mm=131.5, stops_mm=(right,), size_pt=13.5)
    print_fields(sheet, [Filled("Hình thức đào tạo:", "Chính quy")], x_mm=left, y_mm=140, size_pt=13.5)
    print_fields(sheet, [Filled("Số hiệu:", "MH-KS 004217", "document_number")], x_mm=36, y_mm=176, size_pt=12)
    print_fields(sheet, [Filled("Số vào sổ gốc cấp bằng:", "217/2021")], x_mm=36, y_mm=183, size_pt=12)
    sheet.note("issuer", "Trường Đại học Minh Họa")
    sheet.note("issued_on", "28/07/2021")
    head = Signatory(title=("HIỆU TRƯỞNG",), name=RECTOR, seal_office=UNIVERSITY_SEAL)
    print_signature(
        sheet, head, x_mm=212, y_mm=146, rng=rng, room_mm=32, date_line="Minh Họa, ngày 28 tháng 7 năm 2021"
    )
    return sheet.finish()


def _paint_transcript(part: int, *, rng: np.random.Generator) -> Page:
    sheet = Sheet(paper=(254, 253, 250))
    print_office(sheet, UNIVERSITY, x_mm=60, y_mm=26, size_pt=11.5)
    print_motto(sheet, x_mm=145, y_mm=26, size_pt=11.5)
    if part == 1:
        sheet.centred("BẢNG ĐIỂM TOÀN KHÓA", y_mm=54, style=BOLD.sized(18).tinted(NAVY))
        line = [Filled("Họ và tên:", CHAU.name, "transcript_name", BOLD), Filled("Ngày sinh:", CHAU.born_text)]
        print_fields(sheet, line, x_mm=22, y_mm=67, stops_mm=(118,))
        line = [Filled("Ngành:", "Công nghệ thông tin"), Filled("Khóa học:", "2016 - 2021")]
        print_fields(sheet, line, x_mm=22, y_mm=75, stops_mm=(118,))
        rows, y_mm = TRANSCRIPT[:14], 83.0
    else:
        sheet.centred("BẢNG ĐIỂM TOÀN KHÓA (tiếp theo)", y_mm=54, style=BOLD.sized(15).tinted(NAVY))
        rows, y_mm = TRANSCRIPT[14:], 62.0
    table = (TRANSCRIPT_HEAD, *rows)
    bottom_mm = print_table(
        sheet, table, x_mm=22, y_mm=y_mm, widths_mm=TRANSCRIPT_WIDTHS_MM, row_mm=9.4, centred_columns=(0, 2, 3, 4)
    )
    if part == 2:
        credit_points = sum(int(row[2]) for row in TRANSCRIPT)
        line = [
            Filled("Tổng số tín chỉ:", str(credit_points), "credits"),
            Filled("Điểm trung bình:", _average(), "average"),
        ]
        print_fields(sheet, line, x_mm=22, y_mm=bottom_mm + 10, stops_mm=(100,))
        head = Signatory(
            title=("TL. HIỆU TRƯỞNG", "TRƯỞNG PHÒNG ĐÀO TẠO"), name="Cao Nhật Lệ", seal_office=UNIVERSITY_SEAL
        )
        date_line = "Minh Họa, ngày 28 tháng 7 năm 2021"
        print_signature(sheet, head, x_mm=143, y_mm=bottom_mm + 24, rng=rng, date_line=date_line)
    sheet.centred(f"Trang {part} / 2", y_mm=283, style=ITALIC.sized(10))
    return sheet.finish()


def paint_diploma(rng: np.random.Generator) -> tuple[Page, ...]:
    """The engineer's diploma of Châu with its two-page transcript."""
    return _paint_diploma_front(rng), _paint_transcript(1, rng=rng), _paint_transcript(2, rng=rng)


def paint_bilingual_certificate(rng: np.random.Generator) -> tuple[Page, ...]:
    """A bilingual certificate of Châu; it prints her name without diacritics, so a person must compare it."""
    sheet = Sheet(size_mm=LANDSCAPE_MM, paper=(250, 252, 254), dpi=240)
    draw_border(sheet.image, dpi=sheet.dpi, inset_mm=14.0, colour=(60, 104, 150), band_mm=4.6)
    print_motto(sheet, x_mm=84, y_mm=32, size_pt=11)
    sheet.centred("SOCIALIST REPUBLIC OF VIET NAM", x_mm=213, y_mm=32, style=BOLD.sized(10.5))
    sheet.centred("Independence - Freedom - Happiness", x_mm=213, y_mm=37.1, style=BOLD.sized(11))
    sheet.centred("CHỨNG CHỈ NGOẠI NGỮ", y_mm=58, style=BOLD.sized(25).tinted(NAVY))
    sheet.centred("FOREIGN LANGUAGE CERTIFICATE", y_mm=67.5, style=BODY.sized(15).tinted(NAVY))
    sheet.centred("Trung tâm Ngoại ngữ Minh Họa chứng nhận", y_mm=80, style=BODY.sized(13))
    sheet.centred("Minh Hoa Foreign Language Centre hereby certifies that", y_mm=86.5, style=ITALIC.sized(12))
    sheet.centred("LE NGOC CHAU", y_mm=101, style=BOLD.sized(22).tinted((24, 24, 30)))
    sheet.note("holder_name", "LE NGOC CHAU")
    sheet.note("name_spelling", "no diacritics")
    pairs = (
        ("Ngày sinh:", "Date of birth:", CHAU.born_text, "birth_date"),
        ("Số định danh cá nhân:", "Personal ID number:", CHAU.id_number, "id_number"),
        ("Ngôn ngữ:", "Language:", "Tiếng Anh / English", "language"),
        ("Trình độ:", "Level:", "B2 - Khá / Upper intermediate", "level"),
    )
    for index, (vietnamese, english, value, key) in enumerate(pairs):
        y_mm = 115 + index * 11.0
        print_fields(sheet, [Filled(vietnamese, value, key, BOLD)], x_mm=72, y_mm=y_mm, size_pt=12.5)
        sheet.text(english, x_mm=72, y_mm=y_mm + 4.7, style=ITALIC.sized(10.5).tinted((70, 70, 76)))
    line = [Filled("Số hiệu / No.:", "NN-B2 000731", "document_number")]
    print_fields(sheet, line, x_mm=36, y_mm=178, size_pt=11)
    sheet.note("issuer", "Trung tâm Ngoại ngữ Minh Họa")
    sheet.note("issued_on", "12/12/2022")
    head = Signatory(title=("GIÁM ĐỐC / DIRECTOR",), name="Lương Bích Thủy", seal_office="TRUNG TÂM NGOẠI NGỮ")
    date_line = "Minh Họa, ngày 12 tháng 12 năm 2022"
    print_signature(sheet, head, x_mm=226, y_mm=148, rng=rng, room_mm=32, date_line=date_line, size_pt=12)
    return (sheet.finish(),)


def paint_student_confirmation(rng: np.random.Generator) -> tuple[Page, ...]:
    """A student's confirmation, scanned out of focus."""
    sheet = Sheet(paper=(254, 254, 250))
    print_office(sheet, UNIVERSITY, x_mm=60, y_mm=26, size_pt=11.5)
    print_motto(sheet, x_mm=146, y_mm=26, size_pt=11.5)
    sheet.centred("GIẤY XÁC NHẬN SINH VIÊN", y_mm=62, style=BOLD.sized(18))
    body = (
        f"Trường Đại học Minh Họa xác nhận ông {BINH.name}, sinh ngày {BINH.born_text}, số định danh cá nhân "
        f"{BINH.id_number}, là học viên cao học ngành Quản lý công, khóa 2025 - 2027, "
        "hình thức đào tạo vừa làm vừa học."
    )
    sheet.note("holder_name", BINH.name)
    sheet.note("id_number", BINH.id_number)
    sheet.note("birth_date", BINH.born_text)
    y_mm = print_paragraph(sheet, body, x_mm=27, y_mm=80, to_x_mm=186, indent_mm=10, step_mm=7.6)
    more = "Trong thời gian học tập, học viên chấp hành tốt nội quy của nhà trường và đóng học phí đầy đủ."
    y_mm = print_paragraph(sheet, more, x_mm=27, y_mm=y_mm + 2, to_x_mm=186, indent_mm=10, step_mm=7.6)
    sheet.text("Giấy này được cấp để làm thủ tục vay vốn học tập.", x_mm=37, y_mm=y_mm + 2, style=BODY)
    head = Signatory(title=("TL. HIỆU TRƯỞNG", "TRƯỞNG PHÒNG ĐÀO TẠO"), name="Cao Nhật Lệ", seal_office=UNIVERSITY_SEAL)
    date_line = "Minh Họa, ngày 10 tháng 11 năm 2026"
    print_signature(sheet, head, x_mm=143, y_mm=y_mm + 24, rng=rng, date_line=date_line)
    return (sheet.finish(),)
