"""How much a clerk does for a one-page original: at most three interactions besides looking, confirming and paying."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

from api.demo.office import OFFICER_LOGIN, OFFICER_PIN
from samples.cast import AN
from tests.browser.test_browser_intake import _GIVE, clear
from tests.running import Running
from tests.small_paper import small_scan
from tests.visitors import Visit, Visitor

READ_MILLISECONDS = 120_000


class Counted:
    """Counts what a person does to the page. Ticks and the PIN with its key confirm, and are not counted."""

    def __init__(self, officer: Visitor) -> None:
        self.officer = officer
        self.done: list[str] = []

    def does(self, what: str, act: Callable[[], object]) -> None:
        self.done.append(what)
        act()

    def confirms(self, name: str) -> None:
        for box in self.officer.page.locator(f"input[name={name}]").all():
            box.check()


def test_a_one_page_original_takes_three_interactions_and_opens_the_next(visit: Visit, running: Running) -> None:
    with running.officer() as another:
        waiting = running.prepare(another, running.read_draft(another, small_scan(mark="next")))["item_id"]
    officer = visit(login=OFFICER_LOGIN)
    clear(officer)
    page, counted = officer.page, Counted(officer)
    scan = base64.b64encode(small_scan(mark="three")).decode()
    counted.does("drop the scan", lambda: page.evaluate(_GIVE, ["drop", ["quet.jpg"], scan]))
    page.wait_for_selector(".scans input:checked")

    def whose() -> None:
        page.fill("#holder_number", AN.id_number)
        page.keyboard.press("Enter")

    counted.does("type whose it is, and Enter", whose)
    page.wait_for_selector("input[name=compared]", timeout=READ_MILLISECONDS)
    for name in ("compared", "line"):
        counted.confirms(name)
    page.check("input[name=issuer][value=HOME]")
    counted.does("take a number", page.get_by_role("button", name="Lấy số và chuẩn bị bản sao").click)
    page.wait_for_selector("#pin", timeout=60_000)
    page.wait_for_load_state("load")
    counted.confirms("checklist")
    page.fill("#pin", OFFICER_PIN)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"\?signed="), timeout=60_000)
    assert f"/staff/items/{waiting}" in page.url, "the one that waits for approval comes before all others"
    assert "đã được chứng thực và vào kho" in page.locator(".note.good").first.inner_text()
    assert len(counted.done) <= 3, counted.done


def test_what_is_under_way_and_the_own_key_have_pages(visit: Visit) -> None:
    officer = visit(login=OFFICER_LOGIN)
    officer.go("/staff/jobs")
    assert officer.page.get_by_role("heading", name="Việc đang chạy").count() == 1
    officer.go("/staff/token")
    officer.page.fill("#pin", OFFICER_PIN)
    officer.page.get_by_role("button", name="Ký thử bằng PIN").click()
    officer.page.get_by_text("Khóa ký được, và là khóa của anh chị.").first.wait_for()
