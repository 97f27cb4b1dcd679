"""Codes for machines: QR codes, barcodes and machine-readable zones are read, proven and set beside the print."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from io import BytesIO

import numpy as np
import pytest
import segno
import zxingcpp
from PIL import Image

from guard import SandboxPool
from ocr import (
    CodeKind,
    FieldCheck,
    ImageEncoding,
    MachineCode,
    PageImage,
    Pages,
    Scan,
    ScanPage,
    decode_pages,
    encode_pages,
    read_codes,
    read_fields,
    read_pages,
)
from ocr.machine_codes import code_from_json, code_to_json, read_card_code
from ocr.mrz import check_digit, find_mrz, read_mrz
from samples.containers import write_jpeg
from samples.sheet import Sheet
from samples.typeface import SANS, SANS_BOLD
from tests.reading_room import SOURCE_SHA256_HEX, jpeg_image, pages_of, read_page, words_of
from tests.unit.ocr.in_process import InProcessSandbox

_CARD = "000093067890||Trần Quốc Bình|02081993|Nam|12 Hoa Phượng, Thí Dụ, Minh Họa|02082023"
_BOX = (10.0, 10.0, 50.0, 50.0)


def td1_lines(*, number: str = "093067890", citizen: str = "000093067890") -> tuple[str, str, str]:
    """The zone of Bình's invented card."""
    first = f"IDVNM{number}{check_digit(number)}{citizen}<<"
    first += str(check_digit(first[5:29]))
    second = f"930802{check_digit('930802')}M330802{check_digit('330802')}VNM".ljust(29, "<")
    middle = first[5:30] + second[0:7] + second[8:15] + second[18:29]
    return first, second + str(check_digit(middle)), "TRAN<<QUOC<BINH".ljust(30, "<")


def test_zone_of_a_card_is_read_with_its_citizens_number() -> None:
    zone = read_mrz(td1_lines())
    assert zone is not None
    assert (zone.citizen_number, zone.birth_date, zone.expires_on) == (
        "000093067890", date(1993, 8, 2), date(2033, 8, 2),
    )  # fmt: skip
    assert (zone.surname, zone.given_names, zone.sex, zone.nationality) == ("TRAN", "QUOC BINH", "M", "VNM")


def test_zone_of_a_passport_is_the_specimen_of_the_standard() -> None:
    zone = read_mrz(["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"])
    assert zone is not None
    assert (zone.document_number, zone.surname, zone.given_names) == ("L898902C3", "ERIKSSON", "ANNA MARIA")
    assert (zone.birth_date, zone.expires_on, zone.citizen_number) == (date(1974, 8, 12), date(2012, 4, 15), None)


@pytest.mark.parametrize("place", range(30))
def test_zone_with_any_figure_changed_is_not_read(place: int) -> None:
    first, second, names = td1_lines()
    for row, line in enumerate((first, second)):
        if line[place].isdigit():
            changed = line[:place] + str((int(line[place]) + 1) % 10) + line[place + 1 :]
            assert read_mrz([changed if row == 0 else first, changed if row == 1 else second, names]) is None


def test_letters_taken_for_figures_are_put_right_where_the_check_digit_proves_it() -> None:
    first, second, names = td1_lines()
    assert read_mrz([first, second.replace("930802", "93O8O2"), names]) == read_mrz([first, second, names])


@pytest.mark.parametrize("lines", [[], ["P<"], ["A" * 30] * 3, ["<" * 44] * 2, ["<" * 30] * 3])
def test_other_lines_are_no_zone(lines: list[str]) -> None:
    assert read_mrz(lines) is None


def test_birth_date_of_unknown_century_is_left_out() -> None:
    first = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
    second = f"L898902C36UTO250812{check_digit('250812')}F330415{check_digit('330415')}" + "<" * 14 + "0"
    second += str(check_digit(second[0:10] + second[13:20] + second[21:43]))
    zone = read_mrz([first, second])
    assert zone is not None
    assert zone.birth_date is None


def test_code_of_a_card_says_seven_fields() -> None:
    code = read_card_code(_CARD)
    assert code is not None
    assert (code.citizen_number, code.name, code.birth_date, code.issued_on) == (
        "000093067890", "Trần Quốc Bình", date(1993, 8, 2), date(2023, 8, 2),
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "https://tracuu.example.vn/c/K7PM3QWX9DHT5",
        _CARD.replace("000093067890", "003093067890"),
        _CARD.replace("02081993", "31021993"),
        _CARD.replace("Trần Quốc Bình", "12 34"),
        _CARD.replace("||", "|1234|"),
        _CARD.replace("Nam", "?"),
        "",
    ],
)
def test_another_code_is_no_card(text: str) -> None:
    assert read_card_code(text) is None


def _card_pages(*codes: MachineCode, printed: tuple[str, ...] = ()) -> Pages:
    lines = ("CĂN CƯỚC CÔNG DÂN", "Họ và tên / Full name", "Ngày sinh / Date of birth", "Giới tính / Sex", *printed)
    words = tuple(w for row, line in enumerate(lines) for w in words_of(line, top=40.0 + 90 * row, line=row))
    image = jpeg_image()
    return pages_of((replace(read_page(image, words=words), codes=codes), image))


def test_what_a_code_says_is_a_field_with_its_box() -> None:
    fields = {one.name: one for one in read_fields(_card_pages(MachineCode(CodeKind.QR, _CARD, _BOX))).fields}
    assert fields["holder_name"].value == "Trần Quốc Bình"
    assert fields["id_number"].checks[:1] == (FieldCheck.MACHINE_READ,)
    assert fields["birth_date"].box_px == _BOX


def test_zone_proves_its_fields_by_check_digits() -> None:
    zone = MachineCode(CodeKind.MRZ, "\n".join(td1_lines()), _BOX)
    fields = {one.name: one for one in read_fields(_card_pages(zone)).fields}
    assert fields["id_number"].checks[:2] == (FieldCheck.MACHINE_READ, FieldCheck.CHECK_DIGIT)
    assert fields["expires_on"].value == "02/08/2033"
    # A zone has no marks: the name is not offered as the holder spells it.
    assert "holder_name" not in fields


def test_print_and_code_that_agree_say_so_and_that_differ_leave_the_field_empty() -> None:
    code = MachineCode(CodeKind.QR, _CARD, _BOX)
    same = read_fields(_card_pages(code, printed=("Số / No.: 000093067890",))).fields
    (number,) = (one for one in same if one.name == "id_number")
    assert FieldCheck.MACHINE_READ in number.checks
    assert FieldCheck.LABELLED in number.checks
    other = read_fields(_card_pages(code, printed=("Số / No.: 000093067891",))).fields
    assert "id_number" not in {one.name for one in other}


def test_card_code_on_another_paper_is_not_its_holder() -> None:
    pages = _card_pages(MachineCode(CodeKind.QR, _CARD, _BOX))
    words = words_of("GIẤY ỦY QUYỀN")
    (page,) = pages.pages
    assert read_fields(replace(pages, pages=(replace(page, words=words),))).fields == ()


@pytest.mark.parametrize(
    "row", [[], ["QR", "x"], ["QR", 5, 0, 0, 1, 1], ["QR", "x", 5, 0, 1, 1], ["XX", "x", 0, 0, 1, 1]]
)
def test_row_that_is_no_code_is_refused(row: list[object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        code_from_json(row)


def test_codes_are_stored_with_their_pages() -> None:
    code = MachineCode(CodeKind.QR, _CARD, _BOX)
    assert code_from_json(code_to_json(code)) == code
    pages = _card_pages(code)
    assert decode_pages(encode_pages(pages)).pages[0].codes == (code,)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxPool]:
    with InProcessSandbox() as pool:
        yield pool


def _scan_of(image: Image.Image, *, dpi: int) -> Scan:
    page = PageImage(ImageEncoding.JPEG, write_jpeg(image, dpi=dpi), image.width, image.height, 8, 3)
    scanned = ScanPage(0, page, float(dpi), is_colour=True, quarter_turns=0, is_phone_photo=False,
                       outline_rectified=False)  # fmt: skip
    return Scan(SOURCE_SHA256_HEX, "image/jpeg", 1, (scanned,))


def test_speck_read_as_a_letter_at_the_edge_of_a_zone_does_not_hide_it() -> None:
    first, second, names = td1_lines()
    whole = read_mrz((first, second, names))
    assert whole is not None
    for speckled in (("1" + first, second, names), (first + "1", second, names + "<"), (first, "I" + second, names)):
        assert find_mrz("\n".join(speckled)) == whole
    assert find_mrz("\n".join(("11" + first, second, names))) is None
    assert find_mrz("\n".join((first[1:] + "1", second, names))) is None


@pytest.mark.slow
@pytest.mark.parametrize("degrees", [0, 2, 180])
def test_codes_and_zone_printed_on_a_page_are_read(sandbox: SandboxPool, degrees: int) -> None:
    sheet = Sheet(dpi=300)
    sheet.text("Đặc điểm nhận dạng: sẹo chấm cách đuôi lông mày phải", x_mm=30, y_mm=40)
    sheet.text("Ngày cấp giấy chứng nhận này được cấp cho người có tên", x_mm=30, y_mm=50)
    for row, line in enumerate(td1_lines()):
        for place, char in enumerate(line):
            style = SANS_BOLD.sized(11)
            sheet.ink(char, x_mm=40 + 2.6 * place, y_mm=70 + 6.0 * row, style=style, align="middle")
    out = BytesIO()
    segno.make(_CARD, error="m").save(out, kind="png", scale=6)
    sheet.image.paste(Image.open(out).convert("RGB"), (350, 1300))
    bars = np.asarray(zxingcpp.create_barcode("VDM000741", zxingcpp.BarcodeFormat.Code128).to_image(scale=4))
    sheet.image.paste(Image.fromarray(bars).convert("RGB"), (1300, 1400))
    sheet.text("Thí Dụ, ngày 02 tháng 8 năm 2023", x_mm=30, y_mm=220, style=SANS.sized(12))
    image = sheet.finish().image.rotate(degrees, fillcolor=(250, 250, 248))
    pages = read_codes(read_pages(_scan_of(image, dpi=300), sandbox=sandbox), sandbox=sandbox)
    codes = {code.kind: code for code in pages.pages[0].codes}
    assert codes[CodeKind.QR].text == _CARD
    assert codes[CodeKind.BARCODE].text == "VDM000741"
    assert codes[CodeKind.QR].box_px[0] == pytest.approx(350, abs=60)
    assert codes[CodeKind.QR].box_px[1] == pytest.approx(1300, abs=60)
    zone, truth = find_mrz(codes[CodeKind.MRZ].text), read_mrz(td1_lines())
    assert zone is not None
    assert truth is not None
    # No check digit proves the line of names: its fillers may be misread.
    assert replace(zone, given_names="") == replace(truth, given_names="")
