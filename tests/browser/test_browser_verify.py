"""Anybody at the verifier's door: a file, a changed file, a code; with scripts and without."""

from __future__ import annotations

import hashlib
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import ARGUMENTS
from tests.fake_camera import film_of_code
from tests.running import Running
from tests.visitors import PHONE, Visit, Visitor, listen
from vault import format_code


@pytest.fixture(scope="module")
def certified(running: Running) -> tuple[str, bytes]:
    """Code and bytes of a certified copy."""
    with running.officer() as officer, running.citizen() as citizen:
        running.certify(officer)
        records = citizen.get("/citizen").text
        record_id = records.split("/citizen/records/")[1][:26]
        content = citizen.get(f"/citizen/records/{record_id}/paper.pdf").content
        code = citizen.get(f"/citizen/records/{record_id}").text.split('<dd class="mono">')[1].split("<")[0]
    return code, content


def verify(visitor: Visitor, folder: Path, content: bytes) -> None:
    paper = folder / "giấy khai sinh.pdf"
    paper.write_bytes(content)
    visitor.go("/verify")
    visitor.page.set_input_files("#file", paper)
    visitor.page.get_by_role("button", name="Kiểm tra tệp").click()
    visitor.page.locator(".verdict").wait_for()


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_a_certified_copy_is_valid_and_says_it_is_a_specimen(
    visit: Visit, tmp_path: Path, certified: tuple[str, bytes], script: bool
) -> None:
    anybody = visit(script=script)
    verify(anybody, tmp_path, certified[1])
    assert anybody.page.locator(".verdict.good").count() == 1
    assert anybody.page.locator("h1").inner_text().startswith("MẪU – SPECIMEN, không dùng thật. Hợp lệ")
    assert anybody.page.locator(".answers .good").count() == 3


def test_a_changed_copy_is_not_valid_and_shows_nothing_green(
    visit: Visit, tmp_path: Path, certified: tuple[str, bytes]
) -> None:
    changed = bytearray(certified[1])
    changed[len(changed) // 3] ^= 1
    anybody = visit(width=PHONE)
    verify(anybody, tmp_path, bytes(changed))
    assert anybody.page.locator(".verdict.bad").count() == 1
    assert anybody.page.locator(".answers .good").count() == 0
    assert not anybody.is_too_wide()


def test_a_text_file_is_told_apart_from_a_forgery(visit: Visit, tmp_path: Path) -> None:
    anybody = visit()
    verify(anybody, tmp_path, b"hello")
    assert anybody.page.locator(".verdict.none").count() == 1


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_a_typed_code_is_answered_without_any_name(visit: Visit, certified: tuple[str, bytes], script: bool) -> None:
    anybody = visit(script=script)
    anybody.go("/verify")
    anybody.page.fill("#code", certified[0].lower())
    anybody.page.get_by_role("button", name="Tra mã").click()
    words = anybody.page.locator("main").inner_text()
    assert certified[0] in words
    assert "Hoài An" not in words
    assert anybody.page.locator(".verdict.good").count() == 1


@pytest.mark.parametrize(("code", "word"), [("0000000000000", "mã"), ("K7PM3QWX9DHT4", "gõ")])
def test_an_unknown_or_mistyped_code_is_never_green(visit: Visit, code: str, word: str) -> None:
    anybody = visit()
    anybody.go(f"/c/{code}")
    assert anybody.page.locator(".verdict.none").count() == 1
    assert word in anybody.page.locator("h1").inner_text()


def test_the_root_can_be_downloaded_and_compared(visit: Visit) -> None:
    anybody = visit()
    anybody.go("/trust")
    with anybody.page.expect_download() as download:
        anybody.page.get_by_role("link", name="Tải chứng thư gốc").first.click()
    assert Path(download.value.path()).read_bytes()[0] == 0x30


def test_a_chosen_file_is_hashed_here_and_sent_only_after_a_click(
    visit: Visit, tmp_path: Path, certified: tuple[str, bytes]
) -> None:
    paper = tmp_path / "copy.pdf"
    paper.write_bytes(certified[1])
    anybody = visit()
    anybody.go("/verify")
    anybody.page.wait_for_load_state("networkidle")
    asked: list[str] = []
    anybody.page.on("request", lambda request: asked.append(request.url))
    anybody.page.set_input_files("#file", paper)
    anybody.page.locator("[data-digest]:not([hidden])").wait_for()
    assert anybody.page.locator("[data-digest] code").inner_text() == hashlib.sha256(certified[1]).hexdigest()
    assert asked == []


@pytest.mark.parametrize(("host", "is_ours"), [("", True), ("https://chung-thuc.example", False)])
def test_a_code_is_read_by_the_camera_and_a_foreign_address_is_not_followed(
    chromium: Browser, running: Running, tmp_path: Path, host: str, is_ours: bool
) -> None:
    film = film_of_code(tmp_path / "code.y4m", f"{host or running.base_url}/c/K7PM3QWX9DHT5")
    camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with closing(
        chromium.browser_type.launch(
            executable_path="/usr/bin/chromium",
            args=[*ARGUMENTS, *camera, f"--use-file-for-fake-video-capture={film}"],
        )
    ) as browser:
        context = browser.new_context(viewport={"width": PHONE, "height": 900}, locale="vi-VN")
        anybody = Visitor(running, context, context.new_page())
        listen(anybody)
        anybody.go("/verify")
        assert anybody.page.evaluate("typeof window.jsQR") == "undefined"
        anybody.page.get_by_role("button", name="Quét mã bằng camera").click()
        if is_ours:
            anybody.page.wait_for_url("**/c/K7PM3QWX9DHT5")
            assert anybody.page.locator(".verdict.none").count() == 1
        else:
            anybody.page.get_by_text("chung-thuc.example").wait_for()
            assert anybody.page.input_value("#code") == "K7PM3QWX9DHT5"
            assert anybody.page.url.endswith("/verify")
        assert anybody.complaints == []


def test_without_a_camera_the_page_says_how_to_go_on(visit: Visit) -> None:
    anybody = visit()
    anybody.go("/verify")
    anybody.page.get_by_role("button", name="Quét mã bằng camera").click()
    anybody.page.get_by_text("Không mở được camera").wait_for()


def test_a_code_has_one_printed_form() -> None:
    assert format_code("K7PM3QWX9DHT5") == "K7PM-3QWX-9DHT-5"
