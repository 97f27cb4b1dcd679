"""A citizen and a verifier with a keyboard alone, what a share costs in taps, and what a page costs to load."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from playwright.sync_api import Response

from tests.keyboard import Keyboard
from tests.running import Running
from tests.visitors import PHONE, Visit

FIRST_LOAD_BYTES = 60_000


@pytest.fixture(scope="module")
def paper(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certified copy as a file; it lies in An's vault, too."""
    with running.officer() as officer, running.citizen() as citizen:
        running.certify(officer)
        record_id = citizen.get("/citizen").text.split("/citizen/records/")[1][:26]
        file = tmp_path_factory.mktemp("copy") / "giấy khai sinh.pdf"
        file.write_bytes(citizen.get(f"/citizen/records/{record_id}/paper.pdf").content)
    return file


def test_a_citizen_shares_and_takes_back_with_a_keyboard_alone(visit: Visit, paper: Path) -> None:
    citizen = visit(login="an")
    keys, page = Keyboard(citizen.page), citizen.page
    keys.follow("Giấy khai sinh")
    keys.write("#recipient", "Trường Đại học Minh Họa")
    keys.write("#purpose", "Xét học bổng")
    keys.follow("Tạo liên kết")
    assert "/s#" in page.input_value("#link")
    keys.follow("Các liên kết đã chia sẻ")
    keys.follow("Thu hồi liên kết")
    page.get_by_text("Đã thu hồi").first.wait_for()
    keys.follow("Ai đã xem")
    assert page.get_by_text("Thu hồi liên kết").count() >= 1


def test_a_verifier_checks_a_file_and_a_code_with_a_keyboard_alone(visit: Visit, paper: Path) -> None:
    anybody = visit()
    keys, page = Keyboard(anybody.page), anybody.page
    anybody.go("/verify")
    keys.reach("#file")
    with page.expect_file_chooser() as chooser:
        keys.press("Enter")
    chooser.value.set_files(paper)
    keys.follow("Kiểm tra tệp")
    assert page.locator(".verdict.good").count() == 1
    keys.reach("Câu trả lời bằng ngôn ngữ khác")
    keys.press("Enter")
    assert page.locator("details[open] [lang=en]").count() == 1
    anybody.go("/verify")
    keys.write("#code", "k7pm-3qwx-9dht-5")
    with page.expect_navigation():
        keys.press("Enter")
    assert page.locator(".verdict.none").count() == 1


def test_a_paper_is_shared_in_three_taps_and_shows_its_first_page_on_the_shelf(visit: Visit, paper: Path) -> None:
    citizen = visit(login="an", width=PHONE)
    page = citizen.page
    page.wait_for_load_state("networkidle")
    assert page.locator(".preview").first.evaluate("image => image.complete && image.naturalWidth > 100")
    # Typing to whom and why is no tap; opening the paper, making the link and copying it are.
    taps = 0
    for name in (".paper h3 a", "#share button", "[data-copy]"):
        if name == "#share button":
            page.fill("#recipient", "Trường Đại học Minh Họa")
            page.fill("#purpose", "Xét học bổng")
        page.locator(name).first.click()
        taps += 1
    assert taps <= 3
    assert "/s#" in page.input_value("#link")


@pytest.mark.parametrize(("path", "login"), [("/", ""), ("/verify", ""), ("/sign-in", ""), ("/citizen", "an")])
def test_a_first_load_is_at_most_sixty_kilobytes_and_comes_from_this_office_alone(
    visit: Visit, running: Running, paper: Path, path: str, login: str
) -> None:
    visitor = visit(login=login)
    came: list[Response] = []

    def note(response: Response) -> None:
        came.append(response)

    # What the page of the sign-in still waits for belongs to that page.
    visitor.page.wait_for_load_state("networkidle")
    visitor.page.on("response", note)
    visitor.go(path)
    visitor.page.wait_for_load_state("networkidle")
    # A proxy compresses text on the way; pictures of papers are what the viewer shows, and are not counted.
    sizes = {one.url: len(gzip.compress(one.body())) for one in came if "image/png" not in one.headers["content-type"]}
    assert all(url.startswith(running.base_url) for url in sizes)
    assert sum(sizes.values()) <= FIRST_LOAD_BYTES, sizes
    assert len(sizes) >= 4
