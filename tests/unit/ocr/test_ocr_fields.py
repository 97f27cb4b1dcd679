"""Fields are offered where a label vouches for them, and left empty where anything speaks against them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ocr import UNKNOWN, FieldCheck, Pages, read_fields
from ocr.field_rules import FALLBACK, FIELD_SETS
from tests.reading_room import jpeg_image, pages_of, read_page, words_of


def _pages(*lines: str, confidence: float = 95.0) -> Pages:
    image = jpeg_image()
    words = tuple(
        word
        for index, line in enumerate(lines)
        for word in words_of(line, top=50.0 + 40 * index, confidence=confidence, line=index)
    )
    return pages_of((read_page(image, words=words), image))


def _values(*lines: str, confidence: float = 95.0) -> dict[str, str]:
    return {field.name: field.value for field in read_fields(_pages(*lines, confidence=confidence)).fields}


@pytest.mark.parametrize(
    ("title", "doc_type"),
    [
        ("GIẤY KHAI SINH", "VN.BIRTH_CERT"),
        ("TRÍCH LỤC KHAI SINH", "VN.BIRTH_EXTRACT"),
        ("GIẤY CHỨNG NHẬN KẾT HÔN", "VN.MARRIAGE_CERT"),
        ("GIẤY ỦY QUYỀN", "VN.POWER_OF_ATTORNEY"),
        ("BẰNG TỐT NGHIỆP ĐẠI HỌC", "VN.DIPLOMA"),
        ("TRÍCH LỤC KHAI TỬ", "VN.DEATH_EXTRACT"),
        ("XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ", "VN.RESIDENCE"),
        ("BẢNG KẾT QUẢ HỌC TẬP", "VN.TRANSCRIPT"),
        ("GIẤY CHỨNG NHẬN ĐĂNG KÝ DOANH NGHIỆP", "VN.BUSINESS_REG"),
        ("HỢP ĐỒNG LAO ĐỘNG", "VN.CONTRACT"),
        ("GIẤY MỜI HỌP", UNKNOWN),
    ],
)
def test_type_is_told_by_the_title(title: str, doc_type: str) -> None:
    assert read_fields(_pages("Độc lập - Tự do - Hạnh phúc", title)).doc_type == doc_type


def test_title_over_two_lines_is_recognised() -> None:
    assert read_fields(_pages("GIẤY CHỨNG NHẬN", "QUYỀN SỬ DỤNG ĐẤT")).doc_type == "VN.LAND_CERT"


def test_title_mentioned_in_a_sentence_is_no_title() -> None:
    assert read_fields(_pages("Nơi đăng ký: Giấy khai sinh số 12")).doc_type == UNKNOWN
    assert read_fields(_pages("giấy khai sinh bản sao kèm theo")).doc_type == UNKNOWN


def test_labelled_values_are_read() -> None:
    values = _values(
        "Họ, chữ đệm, tên: NGUYỄN THỊ HOÀI AN",
        "Ngày, tháng, năm sinh: 14/03/1995",
        "Số định danh cá nhân: 000195012345",
        "Ngày cấp: ngày 6 tháng 5 năm 2024",
    )
    assert values == {
        "holder_name": "NGUYỄN THỊ HOÀI AN",
        "birth_date": "14/03/1995",
        "id_number": "000195012345",
        "issued_on": "06/05/2024",
    }


def test_number_carries_the_checks_it_passed() -> None:
    (number,) = read_fields(_pages("Số CMND: 000123456")).fields
    assert number.checks == (FieldCheck.LABELLED, FieldCheck.LENGTH_9, FieldCheck.SPECIMEN_PREFIX)


@pytest.mark.parametrize(
    "line",
    [
        "Điện thoại: 000195012345",
        "Số định danh cá nhân: 0001950123456",
        "Ngày sinh: 31/02/1995",
        "Họ và tên: 12 34",
        "Họ và tên cha mẹ nuôi: Nguyễn Văn Mẫu",
    ],
)
def test_value_without_label_or_form_stays_empty(line: str) -> None:
    assert _values(line) == {}


def test_name_ends_where_the_next_label_begins() -> None:
    assert _values("Họ và tên: Lê Ngọc Châu Ngày sinh: 25/11/1998") == {
        "holder_name": "Lê Ngọc Châu",
        "birth_date": "25/11/1998",
    }


def test_impossible_date_discredits_its_line() -> None:
    assert _values("Họ và tên: Pham Hinh Đức Sinh ngày: 03/06/4485") == {}


def test_doubtful_value_stays_empty() -> None:
    assert _values("Số định danh cá nhân: 000195012345", confidence=70.0) == {}


def test_first_person_named_is_not_replaced_by_the_next() -> None:
    assert _values("Họ và tên: Phạm Minh Đức", "Họ và tên: Trần Quốc Bình") == {"holder_name": "Phạm Minh Đức"}


def test_decision_is_a_courts_only_under_the_name_of_a_court() -> None:
    assert read_fields(_pages("QUYẾT ĐỊNH", "Điều 1. Công bố danh mục")).doc_type == UNKNOWN
    court = _pages("TÒA ÁN NHÂN DÂN", "TỈNH MINH HỌA", "QUYẾT ĐỊNH", "Thẩm phán thụ lý vụ án, nguyên đơn và bị đơn")
    assert read_fields(court).doc_type == "VN.COURT_DECISION"


def test_sides_of_a_card_are_told_apart() -> None:
    front = ("CĂN CƯỚC CÔNG DÂN", "Số / No.: 000093067890", "Họ và tên / Full name:", "TRẦN QUỐC BÌNH",
             "Ngày sinh / Date of birth: 02/08/1993")  # fmt: skip
    back = ("Đặc điểm nhận dạng / Personal identification: sẹo chấm", "Ngày cấp / Date of issue: 02/08/2023",
            "Ngón trỏ trái / Left index finger")  # fmt: skip
    assert read_fields(_pages(*front)).doc_type == "VN.ID_CARD_FRONT"
    assert read_fields(_pages(*back)).doc_type == "VN.ID_CARD_BACK"
    assert read_fields(_pages(*front, *back)).doc_type == "VN.ID_CARD"
    assert _values(*front)["holder_name"] == "TRẦN QUỐC BÌNH"


def test_field_carries_the_box_of_its_value_alone() -> None:
    (name,) = read_fields(_pages("Họ và tên: Phạm Minh Đức")).fields
    left, top, right, bottom = name.box_px
    assert (top, bottom) == (50.0, 80.0)
    assert left > 150
    assert right > left


_BIRTH = (
    "GIẤY KHAI SINH",
    "Số: 118/2024/KS",
    "Họ, chữ đệm, tên: NGUYỄN THỊ HOÀI AN",
    "Ngày, tháng, năm sinh: 14/03/1995",
    "Ghi bằng chữ: ngày mười bốn, tháng ba, năm một nghìn chín trăm chín mươi lăm",
    "Số định danh cá nhân: 000195012345",
    "Họ, chữ đệm, tên người mẹ: LÝ THỊ HỒNG GẤM",
    "Giấy tờ tùy thân: Thẻ căn cước số 000170004321",
)


def test_mothers_number_is_never_the_childs() -> None:
    values = _values(*_BIRTH)
    assert (values["id_number"], values["mother_id_number"]) == ("000195012345", "000170004321")
    without = _values(*(line for line in _BIRTH if not line.startswith("Số định danh")))
    assert "id_number" not in without
    assert without["mother_id_number"] == "000170004321"


def test_number_date_and_words_that_agree_say_so() -> None:
    found = {one.name: one for one in read_fields(_pages(*_BIRTH)).fields}
    assert FieldCheck.BIRTH_YEAR_AGREES in found["id_number"].checks
    assert {FieldCheck.BIRTH_YEAR_AGREES, FieldCheck.WORDS_AGREE} <= set(found["birth_date"].checks)
    assert "birth_date_words" not in found


def test_date_that_its_own_words_contradict_stays_empty() -> None:
    values = _values(*(line.replace("14/03/1995", "14/08/1995") for line in _BIRTH))
    assert "birth_date" not in values
    assert values["id_number"] == "000195012345"


def test_number_that_contradicts_the_birth_date_stays_empty_with_it() -> None:
    values = _values("Họ và tên: Lê Ngọc Châu", "Ngày sinh: 25/11/1998", "Số định danh: 000191024680")
    assert values == {"holder_name": "Lê Ngọc Châu"}


@pytest.mark.parametrize("digits", ["999195012345", "003195012345"])
def test_number_of_no_province_stays_empty(digits: str) -> None:
    assert _values(f"Số định danh cá nhân: {digits}") == {}


def test_name_that_no_syllable_builds_needs_a_very_sure_reading() -> None:
    assert _values("Họ và tên: Nguyễn Thj Hoàí", confidence=90.0) == {}
    assert _values("Họ và tên: Kwame Mensah", confidence=95.0) == {"holder_name": "Kwame Mensah"}


def test_pen_written_value_stays_empty() -> None:
    pages = _pages("Họ và tên: Phạm Minh Đức", "Số định danh: 000085013579")
    (page,) = pages.pages
    written = replace(page, look=replace(page.look, pen_words=(3, 4, 5)))
    assert [one.name for one in read_fields(replace(pages, pages=(written,))).fields] == ["id_number"]


def test_couple_stands_in_two_columns() -> None:
    image = jpeg_image()
    left, right = (("Họ, chữ đệm, tên vợ:", "NGUYỄN THỊ AN"), ("Họ, chữ đệm, tên chồng:", "TRẦN QUỐC BÌNH"))
    words = words_of("GIẤY CHỨNG NHẬN KẾT HÔN", top=20.0, line=0)
    for column, (x, lines) in enumerate(((0.0, left), (320.0, right))):
        for row, line in enumerate((*lines, f"Số căn cước: 00019{5 - column}012345")):
            for word in words_of(line, top=80.0 + 45 * row, line=1 + row + 10 * column):
                box = word.box_px
                words += (replace(word, box_px=(box[0] + x, box[1], box[2] + x, box[3])),)
    values = {one.name: one.value for one in read_fields(pages_of((read_page(image, words=words), image))).fields}
    assert (values["wife_name"], values["husband_name"]) == ("NGUYỄN THỊ AN", "TRẦN QUỐC BÌNH")
    assert (values["wife_id_number"], values["husband_id_number"]) == ("000195012345", "000194012345")


def test_text_that_runs_on_is_read_whole_or_not_at_all() -> None:
    start = ("GIẤY KHAI SINH", "Nơi sinh: Bệnh viện Phụ sản Minh Họa, phường Thí Dụ, thành phố Minh")
    assert _values(*start, "Họa, tỉnh Minh Họa")["birth_place"].endswith("thành phố Minh Họa, tỉnh Minh Họa")
    long = "Họa là nơi có rất nhiều chữ không thuộc về dòng trên của tờ giấy này"
    assert "birth_place" not in _values(*start, long)


def test_every_field_of_every_kind_has_its_name_in_the_pages() -> None:
    rows = (Path(__file__).parents[3] / "api/messages/pages_staff.yaml").read_text(encoding="utf-8")
    names = {rule.name for one in (*FIELD_SETS, FALLBACK) for rule in one.rules} - {"birth_date_words"}
    assert sorted(name for name in names if f"page.field.{name}:" not in rows) == []
