"""An officer at the counter: from a scan to a certified copy, with and without scripts, by mouse and by keyboard."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from api.demo.office import OFFICER_LOGIN, OFFICER_PIN
from samples.cast import AN
from tests.small_paper import small_scan
from tests.visitors import PHONE, Visit, Visitor

READ_MILLISECONDS = 120_000


def take_in(officer: Visitor, folder: Path, content: bytes) -> None:
    scan = folder / "scan.jpg"
    scan.write_bytes(content)
    officer.go("/staff/new")
    officer.page.set_input_files("#scan", scan)
    officer.page.select_option("#doc_type", "VN.BIRTH_CERT")
    officer.page.fill("#holder_number", AN.id_number)
    officer.page.get_by_role("button", name="Nhận và đọc bản quét").click()
    officer.page.wait_for_url(re.compile(r"/staff/items/"))


def tick_all(officer: Visitor, name: str) -> None:
    boxes = officer.page.locator(f"input[name={name}]")
    assert not any(box.is_checked() for box in boxes.all()), "nothing may be ticked in advance"
    for box in boxes.all():
        box.check()


def prepare(officer: Visitor) -> None:
    officer.page.wait_for_selector("input[name=compared]", timeout=READ_MILLISECONDS)
    tick_all(officer, "compared")
    tick_all(officer, "line")
    assert not any(one.is_checked() for one in officer.page.locator("input[name=issuer]").all()), "nothing is ticked"
    officer.page.check("input[name=issuer][value=HOME]")
    officer.page.get_by_role("button", name="Lấy số và chuẩn bị bản sao").click()
    officer.page.wait_for_selector("#pin", timeout=60_000)
    # Who approves looks at the pages first; a picture that comes late moves the boxes below it.
    officer.page.wait_for_load_state("load")


def approve(officer: Visitor, pin: str) -> None:
    tick_all(officer, "checklist")
    officer.page.fill("#pin", pin)
    officer.page.get_by_role("button", name="Duyệt và ký bản sao này").click()


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_an_officer_certifies_a_scan(visit: Visit, tmp_path: Path, script: bool) -> None:
    officer = visit(login=OFFICER_LOGIN, script=script)
    take_in(officer, tmp_path, small_scan(mark="A" if script else "B"))
    prepare(officer)
    images = officer.page.locator("img[src*='/ready/']")
    assert images.count() == 2
    approve(officer, OFFICER_PIN)
    officer.page.get_by_text("đã được chứng thực và vào kho").wait_for(timeout=60_000)
    with officer.page.expect_download() as download:
        officer.page.get_by_role("link", name="Tải bản sao (PDF)").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    officer.go("/staff/register")
    assert officer.page.locator("tbody tr").count() >= 1


def test_a_wrong_pin_signs_nothing_and_keeps_the_number(visit: Visit, tmp_path: Path) -> None:
    officer = visit(login=OFFICER_LOGIN)
    officer.allowed_statuses = {403}
    take_in(officer, tmp_path, small_scan(mark="C"))
    prepare(officer)
    number = officer.page.locator("dt:text-is('Số chứng thực') + dd").inner_text()
    approve(officer, "not-the-pin")
    officer.page.get_by_role("alert").wait_for()
    assert "Sai PIN" in officer.page.get_by_role("alert").inner_text()
    assert officer.page.locator("dt:text-is('Số chứng thực') + dd").inner_text() == number
    approve(officer, OFFICER_PIN)
    officer.page.get_by_text("đã được chứng thực và vào kho").wait_for(timeout=60_000)


def test_an_officer_approves_with_the_keyboard_alone(visit: Visit, tmp_path: Path) -> None:
    officer = visit(login=OFFICER_LOGIN)
    take_in(officer, tmp_path, small_scan(mark="D"))
    prepare(officer)
    keyboard = officer.page.keyboard
    officer.page.locator("input[name=checklist]").first.focus()
    for _ in range(officer.page.locator("input[name=checklist]").count()):
        keyboard.press("Space")
        keyboard.press("Tab")
    keyboard.type(OFFICER_PIN)
    keyboard.press("Enter")
    officer.page.get_by_text("đã được chứng thực và vào kho").wait_for(timeout=60_000)


def test_a_blurred_scan_is_told_at_the_counter_and_cannot_be_prepared(visit: Visit, tmp_path: Path) -> None:
    officer = visit(login=OFFICER_LOGIN, width=PHONE)
    blurred = io.BytesIO()
    image = Image.open(io.BytesIO(small_scan(mark="E"))).filter(ImageFilter.GaussianBlur(9))
    image.save(blurred, "JPEG", dpi=(200, 200))
    take_in(officer, tmp_path, blurred.getvalue())
    officer.page.get_by_text("Chưa đạt: phải quét lại").wait_for(timeout=READ_MILLISECONDS)
    assert officer.page.get_by_role("button", name="Lấy số và chuẩn bị bản sao").count() == 0
    assert not officer.is_too_wide()


def test_a_file_that_is_no_scan_is_refused_with_its_reason(visit: Visit, tmp_path: Path) -> None:
    officer = visit(login=OFFICER_LOGIN)
    take_in(officer, tmp_path, b"GIF89a" + bytes(200))
    officer.page.get_by_text("Không nhận bản quét này").first.wait_for(timeout=READ_MILLISECONDS)
    officer.page.get_by_text("JPEG, PNG, TIFF hoặc PDF").first.wait_for()


def test_a_refusal_names_its_reason_and_the_remedy(visit: Visit, tmp_path: Path) -> None:
    officer = visit(login=OFFICER_LOGIN)
    take_in(officer, tmp_path, small_scan(mark="F"))
    officer.page.wait_for_selector("input[name=compared]", timeout=READ_MILLISECONDS)
    officer.page.get_by_role("link", name="Từ chối chứng thực").click()
    assert officer.page.locator("input[name=code]:checked").count() == 0
    officer.page.get_by_text("hư hỏng, cũ nát").click()
    officer.page.fill("#free_text", "Góc dưới bị rách, không còn dấu.")
    officer.page.get_by_role("button", name="Từ chối và in thông báo").click()
    notice = officer.page.locator("main").inner_text()
    assert "Góc dưới bị rách" in notice
    assert "cấp lại" in notice


def test_a_form_from_another_session_changes_nothing(visit: Visit) -> None:
    officer = visit(login=OFFICER_LOGIN)
    officer.allowed_statuses = {403}
    officer.go("/staff/new")
    officer.page.evaluate(
        "document.querySelectorAll('input[name=csrf_token]').forEach(field => { field.value = 'of-somebody-else' })"
    )
    officer.page.evaluate("document.querySelector('#scan').required = false")
    officer.page.select_option("#doc_type", "VN.DIPLOMA")
    officer.page.fill("#holder_number", AN.id_number)
    officer.page.get_by_role("button", name="Nhận và đọc bản quét").click()
    officer.page.get_by_role("heading", name="Yêu cầu không đến từ trang này").wait_for()
