"""New original in a real browser: dropped anywhere, pasted, several at once, a line that breaks, and the pages put in order."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from playwright.sync_api import Route

from api.demo.office import OFFICER_LOGIN
from samples.cast import AN
from tests.small_paper import small_scan
from tests.visitors import PHONE, Visit, Visitor

READ_MILLISECONDS = 120_000
_GIVE = """([kind, names, content]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const data = new DataTransfer();
  for (const name of names) data.items.add(new File([bytes, name], name, { type: "image/jpeg" }));
  const options = { bubbles: true, cancelable: true };
  const event = kind === "paste" ? new ClipboardEvent("paste", { ...options, clipboardData: data })
    : new DragEvent("drop", { ...options, dataTransfer: data });
  document.querySelector("footer").dispatchEvent(event);
}"""


def give(officer: Visitor, kind: str, *names: str, mark: str) -> None:
    """Drop or paste files at the foot of the page, as far from the drop zone as the page goes."""
    there = officer.page.locator(".scans input:not([disabled])").count()
    officer.page.evaluate(_GIVE, [kind, list(names), base64.b64encode(small_scan(mark=mark)).decode()])
    officer.page.wait_for_function(
        "count => document.querySelectorAll('.scans input:not([disabled])').length >= count", arg=there + len(names)
    )


def clear(officer: Visitor) -> None:
    officer.go("/staff/new")
    while officer.page.locator(".scans [data-end]").count():
        officer.page.locator(".scans [data-end]").first.click()
        officer.page.wait_for_load_state("load")


def test_a_scan_dropped_anywhere_is_sent_ticked_and_taken_in(visit: Visit) -> None:
    officer = visit(login=OFFICER_LOGIN)
    clear(officer)
    give(officer, "drop", "quet-1.jpg", mark="drop")
    assert officer.page.locator(".scans input:checked").count() == 1
    officer.page.fill("#holder_number", AN.id_number)
    officer.page.keyboard.press("Enter")
    officer.page.wait_for_url(re.compile(r"/staff/items/"))
    officer.page.wait_for_selector("input[name=compared]", timeout=READ_MILLISECONDS)


def test_several_dropped_scans_wait_and_the_next_visit_still_has_them(visit: Visit) -> None:
    officer = visit(login=OFFICER_LOGIN)
    clear(officer)
    give(officer, "drop", "a.jpg", "b.jpg", "c.jpg", mark="many")
    assert officer.page.locator(".scans input:checked").count() == 1, "one drop of three is not one original"
    give(officer, "paste", "d.jpg", mark="pasted")
    officer.go("/staff/new")
    names = officer.page.locator(".scans [data-name]").all_inner_texts()
    assert names == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    assert officer.page.locator(".scans input:checked").count() == 0
    clear(officer)
    assert officer.page.locator(".scans > li").count() == 0


def test_what_was_chosen_together_is_one_original(visit: Visit, tmp_path: Path) -> None:
    officer = visit(login=OFFICER_LOGIN, width=PHONE)
    clear(officer)
    for name in ("mot.jpg", "hai.jpg"):
        (tmp_path / name).write_bytes(small_scan(mark=name))
    officer.page.set_input_files("#scan", [tmp_path / "mot.jpg", tmp_path / "hai.jpg"])
    officer.page.wait_for_function("() => document.querySelectorAll('.scans input:checked').length === 2")
    assert not officer.is_too_wide()
    officer.page.fill("#holder_number", AN.id_number)
    officer.page.get_by_role("button", name="Nhận và đọc bản quét").click()
    officer.page.wait_for_url(re.compile(r"/staff/items/"))
    officer.page.wait_for_selector("input[name=compared]", timeout=READ_MILLISECONDS)
    officer.page.get_by_role("link", name="Sắp xếp, xoay, tách, ghép trang").click()
    officer.page.fill("#place-1", "2")
    officer.page.fill("#place-2", "1")
    assert not officer.is_too_wide()
    officer.page.get_by_role("button", name="Áp dụng").click()
    officer.page.wait_for_url(re.compile(r"/staff/items/\w+$"))
    officer.page.wait_for_selector("input[name=compared]", timeout=READ_MILLISECONDS)
    assert "hai" in officer.page.locator(".read").first.inner_text()


def test_a_line_that_breaks_is_taken_up_where_it_stood(visit: Visit) -> None:
    officer = visit(login=OFFICER_LOGIN)
    clear(officer)
    broken: list[str] = []

    def break_once(route: Route) -> None:
        if route.request.method == "PATCH" and not broken:
            broken.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    officer.page.route("**/v1/uploads/**", break_once)
    give(officer, "drop", "dut-mang.jpg", mark="broken")
    assert len(broken) == 1
    assert officer.page.locator(".scans input:checked").count() == 1
    clear(officer)


@pytest.mark.parametrize("name", ["ghi-chu.txt"])
def test_what_is_no_scan_by_its_name_is_not_taken_from_a_drop_of_many(visit: Visit, name: str) -> None:
    officer = visit(login=OFFICER_LOGIN)
    clear(officer)
    give(officer, "drop", "a.jpg", mark="only")
    officer.page.evaluate(_GIVE, ["drop", [name, "b.txt"], ""])
    assert officer.page.locator(".scans > li").count() == 1
    clear(officer)
