"""Fresh invented papers for the benchmark of fields: other people, numbers, dates and damage at every seed.

Offices, people and numbers are invented, numbers begin with the reserved 000, and every page says MẪU / SPECIMEN. The
forms are not those of `samples/`: other wording of labels, other order, printed and damaged by other figures.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import segno
from PIL import Image

from benchmarks.field_desk import GIVEN, PROVINCE, WARDS, Desk, Truth
from ocr.amounts import write_number_words
from ocr.mrz import check_digit
from samples.containers import write_jpeg
from samples.damage import Scanner, scan
from samples.layout import print_motto, print_office
from samples.typeface import BODY, BOLD, ITALIC, SANS, SANS_BOLD


@dataclass(frozen=True, slots=True)
class FieldPaper:
    """One scan with what is printed on it."""

    doc_type: str
    jpeg: bytes
    truth: Truth


def _number(desk: Desk, suffix: str) -> str:
    return f"{int(desk.rng.integers(1, 900))}/{int(desk.rng.integers(2012, 2027))}/{suffix}"


def _birth(desk: Desk) -> None:
    child = desk.person(first=1960, last=2025)
    desk.head("GIẤY KHAI SINH", office="PHƯỜNG THÍ DỤ", number=_number(desk, "KS"))
    desk.who(child)
    day = child.born_on
    desk.line(
        f"Ghi bằng chữ: ngày {write_number_words(day.day)}, tháng {write_number_words(day.month)}, "
        f"năm {write_number_words(day.year)}"
    )
    desk.row(("Nơi sinh:", f"Trạm y tế phường {desk.pick(WARDS)}, {PROVINCE}", "birth_place"))
    for role, prefix, woman in (("mẹ", "mother_", True), ("cha", "father_", False)):
        parent = desk.person(is_woman=woman, first=1930, last=1959)
        desk.row((f"Họ, chữ đệm, tên người {role}:", desk.name(parent), f"{prefix}name"))
        desk.row(("Giấy tờ tùy thân: Thẻ căn cước số", parent.number, f"{prefix}id_number"))
    desk.row(("Nơi đăng ký khai sinh:", f"UBND phường {desk.pick(WARDS)}, {PROVINCE}", "issuer"))
    desk.row(("Ngày, tháng, năm đăng ký:", f"{desk.day(2025, 2026):%d/%m/%Y}", "issued_on"))


def _death(desk: Desk) -> None:
    desk.head("TRÍCH LỤC KHAI TỬ", office="PHƯỜNG MẪU MỰC", number=_number(desk, "TLKT-BS"), day=desk.day(2020, 2026))
    desk.who(desk.person(first=1920, last=1980))
    day = desk.day(2000, 2019)
    desk.row(("Đã chết vào lúc:", f"ngày {day:%d} tháng {day:%m} năm {day.year}", ""))
    desk.truth["death_date"] = f"{day:%d/%m/%Y}"
    desk.row(("Nơi chết:", f"phường {desk.pick(WARDS)}, {PROVINCE}", "death_place"))
    desk.row(("Nguyên nhân chết:", "tuổi già", ""))


def _marriage(desk: Desk) -> None:
    desk.head("GIẤY CHỨNG NHẬN KẾT HÔN", office="PHƯỜNG HOA PHƯỢNG", number=_number(desk, "KH"))
    for prefix, role, woman in (("husband_", "chồng", False), ("wife_", "vợ", True)):
        spouse = desk.person(is_woman=woman, first=1970, last=2000)
        desk.row((f"Họ, chữ đệm, tên {role}:", desk.name(spouse), f"{prefix}name"))
        desk.row(("Ngày, tháng, năm sinh:", spouse.born, f"{prefix}birth_date"))
        desk.row(("Số căn cước:", spouse.number, f"{prefix}id_number"))
    desk.row(("Nơi đăng ký:", f"UBND phường {desk.pick(WARDS)}, {PROVINCE}", "issuer"))
    desk.row(("Ngày, tháng, năm đăng ký:", f"{desk.day(2019, 2026):%d/%m/%Y}", "issued_on"))


def _residence(desk: Desk) -> None:
    desk.head(
        "XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ", office="PHƯỜNG THÍ DỤ", number=_number(desk, "XN-CAP"), day=desk.day(2022, 2026)
    )
    desk.who(desk.person(), label="1. Họ, chữ đệm và tên:")
    home = f"số {int(desk.rng.integers(1, 99))} đường {desk.pick(WARDS)}, phường {desk.pick(WARDS)}, {PROVINCE}"
    desk.row(("5. Nơi thường trú:", home, "address"))
    other = desk.person()
    desk.row(("7. Họ, chữ đệm và tên chủ hộ:", other.name, ""), ("8. Quan hệ:", "Con", ""))
    desk.row(("9. Số định danh cá nhân của chủ hộ:", other.number, ""))


def _diploma(desk: Desk) -> None:
    graduate, day = desk.person(first=1970, last=2000), desk.day(2019, 2026)
    desk.head("BẰNG CỬ NHÂN", office="TRƯỜNG ĐẠI HỌC MINH HỌA", day=day)
    desk.line("Ngành Quản lý công")
    desk.row(("Cho: Ông" if not graduate.is_woman else "Cho: Bà", graduate.name, "holder_name"))
    desk.row(("Ngày sinh:", graduate.born, "birth_date"), ("Số định danh:", graduate.number, "id_number"))
    desk.row(
        ("Năm tốt nghiệp:", str(day.year), "graduation_year"),
        ("Xếp loại tốt nghiệp:", desk.pick(("Giỏi", "Khá")), "grade"),
    )
    desk.row(("Số hiệu:", f"MH {int(desk.rng.integers(10**5, 10**6))}", "document_number"))


def _transcript(desk: Desk) -> None:
    pupil = desk.person(first=1995, last=2008)
    desk.head("BẢNG KẾT QUẢ HỌC TẬP", office="TRƯỜNG TRUNG HỌC THÍ DỤ", day=desk.day(2015, 2026))
    desk.row(("Họ và tên học sinh:", desk.name(pupil), "holder_name"))
    desk.row(("Ngày sinh:", pupil.born, "birth_date"), ("Lớp:", "12A6", ""))
    for subject in ("Toán", "Vật lý", "Hóa học", "Ngữ văn", "Lịch sử"):
        desk.line(f"Môn học {subject}: {int(desk.rng.integers(4, 10))},{int(desk.rng.integers(10))}")
    desk.row(("Tổng số tín chỉ:", str(int(desk.rng.integers(60, 150))), "credits"),
             ("Điểm trung bình:", f"{int(desk.rng.integers(5, 10))},{int(desk.rng.integers(10, 99))}", "average"))  # fmt: skip


def _land(desk: Desk) -> None:
    desk.head(
        "GIẤY CHỨNG NHẬN QUYỀN SỬ DỤNG ĐẤT",
        office="TỈNH MINH HỌA",
        number=_number(desk, "GCN"),
        day=desk.day(2016, 2026),
    )
    owner = desk.person()
    desk.row(
        ("Ông:" if not owner.is_woman else "Bà:", desk.name(owner), "holder_name"),
        ("Số định danh:", owner.number, "id_number"),
    )
    desk.row(("Địa chỉ:", f"phường {desk.pick(WARDS)}, {PROVINCE}", "address"))
    desk.row(("a) Thửa đất số:", str(int(desk.rng.integers(2, 900))), "parcel"))
    desk.row(("b) Tờ bản đồ số:", str(int(desk.rng.integers(2, 90))), "map_sheet"))
    desk.row(("c) Diện tích:", f"{int(desk.rng.integers(40, 400))},{int(desk.rng.integers(1, 9))} mét vuông", "area"))


def _business(desk: Desk) -> None:
    desk.head("GIẤY CHỨNG NHẬN ĐĂNG KÝ HỘ KINH DOANH", office="PHƯỜNG THÍ DỤ", number=_number(desk, "HKD"))
    day, owner = desk.day(2016, 2026), desk.person()
    desk.line(f"Đăng ký lần đầu, ngày {day.day} tháng {day.month} năm {day.year}")
    desk.truth["issued_on"] = f"{day:%d/%m/%Y}"
    desk.row(("1. Tên hộ kinh doanh:", f"TIỆM MAY {desk.pick(GIVEN[0]).upper()}", "business_name"))
    dong = int(desk.rng.integers(10, 900)) * 1_000_000
    desk.row(("2. Vốn kinh doanh:", f"{dong:,} đồng".replace(",", "."), "capital"))
    desk.row(("3. Chủ hộ kinh doanh:", desk.name(owner), "holder_name"))
    desk.row(("Sinh ngày:", owner.born, "birth_date"), ("Dân tộc:", "Kinh", ""))
    desk.row(("Số định danh cá nhân:", owner.number, "id_number"))


def _power(desk: Desk) -> None:
    desk.head("GIẤY ỦY QUYỀN", office="PHƯỜNG THÍ DỤ")
    day = desk.day(2020, 2026)
    desk.line(f"Hôm nay, ngày {day.day} tháng {day.month} năm {day.year}, tại UBND phường Thí Dụ")
    desk.truth["issued_on"] = f"{day:%d/%m/%Y}"
    for title, name, prefix in (
        ("I. BÊN ỦY QUYỀN (Bên A)", "holder_name", ""),
        ("II. BÊN ĐƯỢC ỦY QUYỀN (Bên B)", "agent_name", "agent_"),
    ):
        party = desk.person()
        desk.line(title, bold=True)
        desk.row(("Họ và tên:", desk.name(party), name), ("Sinh ngày:", party.born, f"{prefix}birth_date"))
        desk.row(("Số định danh cá nhân:", party.number, f"{prefix}id_number"))
    desk.line("III. NỘI DUNG ỦY QUYỀN", bold=True)
    desk.prose("Bên A ủy quyền cho Bên B thay mặt Bên A nộp hồ sơ và nhận kết quả thủ tục hành chính.")


def _court(desk: Desk) -> None:
    print_office(desk.sheet, ("TÒA ÁN NHÂN DÂN", "TỈNH MINH HỌA"), x_mm=54, y_mm=26)
    print_motto(desk.sheet, x_mm=142, y_mm=26, size_pt=11.5)
    number, day = _number(desk, "QĐST-DS"), desk.day(2016, 2026)
    desk.sheet.centred(f"Số: {number}", x_mm=54, y_mm=41, style=BODY.sized(12))
    line = f"Minh Họa, ngày {day:%d} tháng {day:%m} năm {day.year}"
    desk.sheet.centred(line, x_mm=142, y_mm=41, style=ITALIC.sized(12))
    desk.sheet.centred("QUYẾT ĐỊNH", y_mm=58, style=BOLD.sized(17))
    desk.truth |= {"document_number": number, "issued_on": f"{day:%d/%m/%Y}"}
    desk.prose("Thẩm phán thụ lý vụ án dân sự về việc tranh chấp hợp đồng vay, giữa các đương sự:")
    desk.row(("Nguyên đơn:", f"Bà {desk.person(is_woman=True).name}", ""))
    desk.row(("Bị đơn:", f"Ông {desk.person(is_woman=False).name}", ""))
    rows = desk.sheet.lines[-2:]
    desk.truth |= {"plaintiff_name": rows[0].split("Bà ")[1], "defendant_name": rows[1].split("Ông ")[1]}


def _contract(desk: Desk) -> None:
    desk.head("HỢP ĐỒNG CHO THUÊ NHÀ", office="PHƯỜNG THÍ DỤ", number=_number(desk, "HĐTN"))
    day = desk.day(2018, 2026)
    desk.line(f"Hôm nay, ngày {day.day} tháng {day.month} năm {day.year}, chúng tôi gồm có:")
    desk.truth["issued_on"] = f"{day:%d/%m/%Y}"
    for title, prefix in (("BÊN A (bên cho thuê)", "party_a_"), ("BÊN B (bên thuê)", "party_b_")):
        party = desk.person()
        desk.line(title.upper(), bold=True)
        desk.row(("Họ và tên:", desk.name(party), f"{prefix}name"))
        desk.row(("Số căn cước:", party.number, f"{prefix}id_number"))
    desk.line("Điều 1. Giá thuê và cách trả", bold=True)
    dong = int(desk.rng.integers(10, 900)) * 1_000_000
    figures = f"{dong:,} đồng".replace(",", ".")
    desk.line(f"Giá trị hợp đồng: {figures} (bằng chữ: {write_number_words(dong)} đồng).")
    desk.truth["value"] = figures


def _card_front(desk: Desk) -> None:
    holder, ends, sheet = desk.person(), desk.day(2027, 2040), desk.sheet
    sheet.text("CĂN CƯỚC CÔNG DÂN", x_mm=60, y_mm=50, style=SANS_BOLD.sized(13))
    rows = (
        ("Số định danh / ID number", holder.number, "id_number"),
        ("Họ và tên / Full name", holder.name.upper(), "holder_name"),
        ("Ngày sinh / Date of birth", holder.born, "birth_date"),
        ("Giới tính / Sex", holder.gender, "gender"),
        ("Giá trị đến / Expires", f"{ends:%d/%m/%Y}", "expires_on"),
    )
    for place, (label, value, key) in enumerate(rows):
        sheet.text(label, x_mm=60, y_mm=60 + 12 * place, style=SANS.sized(8))
        sheet.text(value, x_mm=60, y_mm=65 + 12 * place, style=SANS_BOLD.sized(10))
        desk.truth[key] = value
    issued = desk.day(2021, 2026)
    said = f"{holder.number}||{holder.name}|{holder.born_on:%d%m%Y}|{holder.gender}|Thí Dụ, Minh Họa|{issued:%d%m%Y}"
    out = io.BytesIO()
    segno.make(said, error="m").save(out, kind="png", scale=max(3, round(sheet.dpi / 60)))
    sheet.image.paste(Image.open(out).convert("RGB"), (round(sheet.px(140)), round(sheet.px(45))))
    desk.truth |= {"holder_name": holder.name, "issued_on": f"{issued:%d/%m/%Y}", "address": "Thí Dụ, Minh Họa"}


def _card_back(desk: Desk) -> None:
    holder, ends, issued, sheet = desk.person(), desk.day(2027, 2040), desk.day(2021, 2026), desk.sheet
    sheet.text(
        "Đặc điểm nhận dạng / Personal identification: nốt ruồi cách mép phải", x_mm=40, y_mm=50, style=SANS.sized(9)
    )
    sheet.text(f"Ngày cấp / Date of issue: {issued:%d/%m/%Y}", x_mm=40, y_mm=58, style=SANS.sized(9))
    sheet.text("Ngón trỏ trái / Left index finger", x_mm=40, y_mm=66, style=SANS.sized(9))
    card = holder.number[3:]
    first = f"IDVNM{card}{check_digit(card)}{holder.number}<<"
    first += str(check_digit(first[5:29]))
    born, until = f"{holder.born_on:%y%m%d}", f"{ends:%y%m%d}"
    sex = "F" if holder.is_woman else "M"
    second = f"{born}{check_digit(born)}{sex}{until}{check_digit(until)}VNM".ljust(29, "<")
    second += str(check_digit(first[5:30] + second[0:7] + second[8:15] + second[18:29]))
    for row, line in enumerate((first, second, "TRAN<<MAU".ljust(30, "<"))):
        for place, char in enumerate(line):
            sheet.ink(char, x_mm=42 + 2.6 * place, y_mm=84 + 6.0 * row, style=SANS_BOLD.sized(11), align="middle")
    desk.truth |= {"id_number": holder.number, "card_number": card, "birth_date": holder.born, "gender": holder.gender,
                   "expires_on": f"{ends:%d/%m/%Y}", "issued_on": f"{issued:%d/%m/%Y}"}  # fmt: skip


def _other(desk: Desk) -> None:
    desk.head("GIẤY MỜI HỌP", office="PHƯỜNG THÍ DỤ")
    desk.prose(
        "Kính mời các hộ gia đình đến dự cuộc họp tổ dân phố về việc vệ sinh đường phố; khi đi mang theo giấy khai "
        f"sinh của trẻ. Liên hệ: bà {desk.person(is_woman=True).name}, điện thoại 000 123 4567."
    )


MAKERS: tuple[tuple[str, Callable[[Desk], None]], ...] = (
    ("VN.BIRTH_CERT", _birth),
    ("VN.DEATH_EXTRACT", _death),
    ("VN.MARRIAGE_CERT", _marriage),
    ("VN.RESIDENCE", _residence),
    ("VN.ID_CARD_FRONT", _card_front),
    ("VN.ID_CARD_BACK", _card_back),
    ("VN.DIPLOMA", _diploma),
    ("VN.TRANSCRIPT", _transcript),
    ("VN.LAND_CERT", _land),
    ("VN.BUSINESS_REG", _business),
    ("VN.POWER_OF_ATTORNEY", _power),
    ("VN.COURT_DECISION", _court),
    ("VN.CONTRACT", _contract),
    ("UNKNOWN", _other),
)


def make_paper(place: int, *, seed: int) -> FieldPaper:
    """Make the paper of one kind (`place` in MAKERS) for one seed, scanned with that seed's damage."""
    rng = np.random.Generator(np.random.PCG64((seed, place)))
    doc_type, fill = MAKERS[place]
    desk = Desk(rng, dpi=int(rng.choice((200, 300))))
    fill(desk)
    if rng.random() < 0.5:
        desk.seal()
    page = desk.sheet.finish()
    scanner = Scanner(
        tilt_degrees=float(rng.uniform(-1.6, 1.6)),
        noise=float(rng.uniform(0.5, 5.0)),
        shade=float(rng.uniform(0.0, 16.0)),
        blur_px=float(rng.uniform(0.3, 1.4)) * page.dpi / 300,
    )
    seen = scan(page.image, scanner=scanner, rng=rng)
    return FieldPaper(doc_type, write_jpeg(seen, dpi=page.dpi, quality=int(rng.integers(60, 93))), dict(desk.truth))
