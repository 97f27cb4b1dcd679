"""Anybody at the verifier's door: a file, a changed file, a code; with scripts and without."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import Running
from tests.visitors import PHONE, Visit, Visitor
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


def test_a_code_has_one_printed_form() -> None:
    assert format_code("K7PM3QWX9DHT5") == "K7PM-3QWX-9DHT-5"
