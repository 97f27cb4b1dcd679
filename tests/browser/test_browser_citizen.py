"""A citizen in the own vault: look, share, take back, file a dossier, and see who looked."""

from __future__ import annotations

import pytest

from api.demo.office import RECIPIENT_LOGIN
from tests.running import Running
from tests.visitors import PHONE, Visit, Visitor


@pytest.fixture(scope="module")
def copy_in_vault(running: Running) -> str:
    """The code of a certified copy in An's vault."""
    with running.officer() as officer:
        return str(running.certify(officer)["code"] or "")


def share(citizen: Visitor, *, passcode: str = "") -> str:
    citizen.go("/citizen")
    citizen.page.locator(".paper h3 a").first.click()
    citizen.page.fill("#recipient", "Trường Đại học Minh Họa")
    citizen.page.fill("#purpose", "Xét học bổng")
    if passcode:
        citizen.page.get_by_text("Thêm lựa chọn").click()
        citizen.page.fill("#passcode", passcode)
    citizen.page.get_by_role("button", name="Tạo liên kết").click()
    # The address printed in links is the office's for ever; this server listens at another port each time.
    return "/s#" + citizen.page.input_value("#link").partition("/s#")[2]


@pytest.mark.usefixtures("copy_in_vault")
class TestVault:
    """Everything here needs a paper in the vault."""

    def test_a_paper_shows_its_verdict_its_pages_and_its_history(self, visit: Visit) -> None:
        citizen = visit(login="an")
        citizen.page.locator(".paper h3 a").first.click()
        page = citizen.page
        assert page.locator("h1").inner_text().startswith("MẪU – SPECIMEN")
        assert page.locator(".answers li").count() == 3
        page.wait_for_load_state("networkidle")
        first = page.locator("main img").first
        assert first.evaluate("image => image.complete && image.naturalWidth > 300")
        assert page.get_by_text("Đưa vào kho").count() >= 1
        with page.expect_download() as download:
            page.get_by_role("link", name="Tải tệp đã ký (PDF)").click()
        assert download.value.suggested_filename.endswith(".pdf")
        citizen.go("/citizen/history")
        assert page.get_by_text("Xem hoặc tải").count() >= 1

    def test_a_shared_paper_opens_by_its_link_and_the_secret_leaves_the_address(self, visit: Visit) -> None:
        link = share(visit(login="an"))
        guest = visit(width=PHONE)
        guest.go(link)
        assert "#" not in guest.page.url
        guest.page.get_by_role("button", name="Xem giấy tờ").click()
        guest.page.wait_for_load_state("networkidle")
        assert "Xét học bổng" in guest.page.locator("main").inner_text()
        assert guest.page.locator("main img").first.evaluate("image => image.naturalWidth > 300")
        assert not guest.is_too_wide()

    def test_a_shared_paper_opens_without_scripts_by_pasting_the_link(self, visit: Visit) -> None:
        link = share(visit(login="an", script=False), passcode="hoa-phuong-7")
        guest = visit(script=False)
        guest.go("/s")
        guest.page.fill("#token", link)
        guest.page.fill("#passcode", "hoa-phuong-7")
        guest.page.get_by_role("button", name="Xem giấy tờ").click()
        assert guest.page.locator("h1").inner_text().startswith("MẪU – SPECIMEN")

    def test_a_link_that_was_taken_back_shows_nothing_and_the_holder_sees_the_try(self, visit: Visit) -> None:
        citizen = visit(login="an")
        link = share(citizen)
        citizen.go("/citizen/shares")
        citizen.page.get_by_role("button", name="Thu hồi liên kết").first.click()
        citizen.page.get_by_text("Đã thu hồi").first.wait_for()
        guest = visit()
        guest.allowed_statuses = {410}
        guest.go(link)
        guest.page.get_by_role("button", name="Xem giấy tờ").click()
        guest.page.get_by_role("alert").wait_for()
        assert guest.page.locator("main img").count() == 0
        citizen.go("/citizen/history")
        assert citizen.page.get_by_text("Từ chối: đã thu hồi").count() >= 1

    def test_a_dossier_is_filed_from_the_vault_and_each_fetch_is_seen(self, visit: Visit) -> None:
        citizen = visit(login="an")
        citizen.go("/citizen/procedures/SAMPLE-CIVIL-STATUS-EXTRACT")
        page = citizen.page
        assert not page.locator("#consent").is_checked()
        page.locator("#consent").check()
        page.get_by_role("button", name="Nộp hồ sơ").click()
        page.get_by_text("Rút sự đồng ý").wait_for()
        where = page.url
        agency = visit(login=RECIPIENT_LOGIN)
        agency.go("/staff/submissions")
        agency.page.locator(".paper h3 a").first.click()
        with agency.page.expect_download() as download:
            agency.page.get_by_role("button", name="Lấy giấy tờ").first.click()
        assert download.value.suggested_filename.endswith(".pdf")
        agency.page.get_by_text("Trả lời cho thành phần này").first.click()
        agency.page.get_by_label("Chấp nhận", exact=True).check()
        agency.page.get_by_role("button", name="Ghi câu trả lời").click()
        page.goto(where)
        page.get_by_text("Được chấp nhận").wait_for()
        citizen.go("/citizen/history")
        assert page.get_by_text("Cơ quan lấy giấy tờ").count() >= 1
        page.goto(where)
        page.get_by_role("button", name="Rút sự đồng ý").click()
        page.get_by_text("Sự đồng ý này đã kết thúc").wait_for()
        agency.allowed_statuses = {410}
        agency.page.get_by_role("button", name="Lấy giấy tờ").first.click()
        agency.page.get_by_role("alert").wait_for()

    def test_without_consent_nothing_is_filed(self, visit: Visit) -> None:
        citizen = visit(login="an")
        citizen.allowed_statuses = {422}
        citizen.go("/citizen/procedures/SAMPLE-CIVIL-STATUS-EXTRACT")
        citizen.page.evaluate("document.querySelector('#consent').required = false")
        citizen.page.get_by_role("button", name="Nộp hồ sơ").click()
        citizen.page.get_by_role("alert").wait_for()

    def test_anothers_paper_is_not_found(self, visit: Visit) -> None:
        citizen = visit(login="an")
        address = citizen.page.locator(".paper h3 a").first.get_attribute("href")
        stranger = visit(login="binh")
        stranger.allowed_statuses = {404}
        assert stranger.go(str(address)).status == 404
        assert stranger.page.get_by_role("heading", name="Không tìm thấy").count() == 1


def test_an_empty_vault_says_how_it_is_filled(visit: Visit) -> None:
    citizen = visit(login="duc", width=PHONE)
    assert "bộ phận một cửa" in citizen.page.locator("main").inner_text()
    assert not citizen.is_too_wide()


def test_signing_out_closes_the_door(visit: Visit) -> None:
    citizen = visit(login="an")
    citizen.page.get_by_role("button", name="Đăng xuất").click()
    citizen.allowed_statuses = {401}
    assert citizen.go("/citizen").status == 401
    citizen.page.get_by_role("heading", name="Hãy đăng nhập").wait_for()
