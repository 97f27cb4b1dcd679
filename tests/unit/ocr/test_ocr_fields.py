"""Fields are offered where a label vouches for them, and left empty where anything speaks against them."""

from __future__ import annotations

import pytest

from ocr import FieldCheck, Pages, read_fields
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
    ],
)
def test_type_is_told_by_the_title(title: str, doc_type: str) -> None:
    assert read_fields(_pages("Độc lập - Tự do - Hạnh phúc", title)).doc_type == doc_type


def test_title_over_two_lines_is_recognised() -> None:
    assert read_fields(_pages("GIẤY CHỨNG NHẬN", "QUYỀN SỬ DỤNG ĐẤT")).doc_type == "VN.LAND_CERT"


def test_title_mentioned_in_a_sentence_is_no_title() -> None:
    assert read_fields(_pages("Nơi đăng ký: Giấy khai sinh số 12")).doc_type is None
    assert read_fields(_pages("giấy khai sinh bản sao kèm theo")).doc_type is None


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
