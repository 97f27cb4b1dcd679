"""Doubtful words beside the scan: walked by Tab, told to who listens, shown on the picture, and never in the way."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from api.demo.office import OFFICER_LOGIN
from tests.accessibility import violations
from tests.browser.test_browser_staff import READ_MILLISECONDS, prepare
from tests.running import Running
from tests.small_paper import small_scan
from tests.visitors import PHONE, Visit

# The engine reads them, and no Vietnamese syllable is spelled so.
STRANGE = "Xqwz Brtkh"
_FOCUSED = "document.activeElement.dataset.word || document.activeElement.getAttribute('href') || document.activeElement.tagName"


@pytest.fixture(scope="module")
def read(running: Running) -> str:
    """The page of an item whose words were read with doubt."""
    with running.officer() as officer:
        return f"/staff/items/{running.read_draft(officer, small_scan(mark=STRANGE))}"


def to_the_words(page: Page) -> int:
    """Put the focus right before the first word; gives how many there are."""
    page.wait_for_load_state("load")
    count = page.locator("a[data-word]").count()
    assert count >= 2, "the scan was read without a doubt; choose stranger words"
    page.locator("a[href='#after-words']").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "region"
    return count


@pytest.mark.parametrize("width", [1280, PHONE])
def test_tab_walks_the_doubtful_words_and_the_box_on_the_picture_follows(visit: Visit, read: str, width: int) -> None:
    officer = visit(login=OFFICER_LOGIN, width=width)
    officer.go(read)
    page, keyboard = officer.page, officer.page.keyboard
    count = to_the_words(page)
    line = page.locator("[data-walk]")
    assert line.is_hidden()
    for number in range(1, count + 1):
        keyboard.press("Tab")
        assert page.evaluate(_FOCUSED) == str(number)
        told = page.locator("a[data-word]:focus").inner_text()
        assert re.search(rf", chữ chưa chắc {number}/{count}, độ chắc \d+ %$", told), told
        assert page.locator("rect.now").get_attribute("id") == f"box-{number}"
        assert f"{number}/{count}" in line.inner_text()
        word, shown = page.locator("a[data-word]:focus").bounding_box(), line.bounding_box()
        assert word is not None
        assert shown is not None
        assert word["y"] + word["height"] <= shown["y"], "the line hides the word that has the focus"
    assert not officer.is_too_wide()
    assert violations(page) == []
    keyboard.press("Enter")
    assert page.evaluate(_FOCUSED) == str(count), "a look at the picture does not lose the place"
    assert page.locator("rect.now").is_visible()
    keyboard.press("Shift+Tab")
    assert page.evaluate(_FOCUSED) == str(count - 1)
    keyboard.press("Tab")
    keyboard.press("Tab")
    assert page.evaluate(_FOCUSED) == "SUMMARY"
    assert line.is_hidden()
    assert page.locator("rect.now").count() == 0


def test_whoever_does_not_look_at_the_words_passes_by_them_and_certifies(visit: Visit, running: Running) -> None:
    with running.officer() as client:
        item_id = running.read_draft(client, small_scan(mark=f"{STRANGE} 2"))
    officer = visit(login=OFFICER_LOGIN)
    officer.go(f"/staff/items/{item_id}")
    officer.page.locator("a[href='#after-words']").focus()
    officer.page.keyboard.press("Enter")
    officer.page.keyboard.press("Tab")
    assert officer.page.evaluate(_FOCUSED) == "SUMMARY"
    officer.go(f"/staff/items/{item_id}")
    prepare(officer)


def test_without_scripts_a_word_leads_to_its_box_and_nothing_else_happens(visit: Visit, read: str) -> None:
    officer = visit(login=OFFICER_LOGIN, script=False)
    officer.go(read)
    page = officer.page
    page.wait_for_selector("input[name=compared]", timeout=READ_MILLISECONDS)
    page.locator("a[data-word='2']").focus()
    page.keyboard.press("Enter")
    assert page.url.endswith(f"{read}#box-2")
    assert page.locator("rect:target").get_attribute("id") == "box-2"
    assert page.locator("[data-walk]").first.is_hidden()
    assert page.locator("input[name=compared]").count() == 1


def test_the_words_are_told_in_the_language_of_the_page(visit: Visit, read: str, tmp_path: Path) -> None:
    for language, said in (("en", "doubtful word 1 of"), ("fr", "mot incertain 1 sur")):
        officer = visit(login=OFFICER_LOGIN, language=language)
        officer.go(read)
        assert said in officer.page.locator("a[data-word='1']").inner_text()
        assert officer.page.locator("a[data-word='1'] span").get_attribute("lang") == language
        officer.page.locator("a[data-word='1']").focus()
        officer.page.screenshot(path=tmp_path / f"{language}.png")
