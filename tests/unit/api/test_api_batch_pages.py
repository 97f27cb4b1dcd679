"""Batches as pages, without scripts: compared for later, taken together, one left out, one PIN, an outcome for each."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.running import PIN, Running
from tests.small_paper import small_scan

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def officer(running: Running) -> Iterator[httpx.Client]:
    with running.officer() as client:
        yield client


def compared(running: Running, officer: httpx.Client, *, mark: str) -> str:
    """Compare an original on its page, for a batch; gives the item's id."""
    item_id = running.read_draft(officer, small_scan(mark=mark))
    told = officer.get(f"/staff/items/{item_id}").text
    form = {
        "compared": re.findall(r'name="compared" value="(\d+)"', told)[0],
        "line": re.findall(r'name="line" value="([^"]+)"', told),
        "issuer": "HOME",
        "then": "batch",
    }
    done = officer.post(f"/staff/items/{item_id}/prepare", data=form)
    assert (done.status_code, done.headers["location"]) == (303, "/staff/batches"), done.text
    return item_id


def test_a_batch_goes_from_ticks_to_copies_by_forms_alone(running: Running, officer: httpx.Client) -> None:
    items = [compared(running, officer, mark=mark) for mark in ("one", "two", "three")]
    shown = officer.get("/staff/batches").text
    assert all(f'value="{item_id}"' in shown for item_id in items)
    assert "checked" not in shown, "nothing may be ticked in advance"
    opened = officer.post("/staff/batches", data={"item": items})
    place = opened.headers["location"]
    assert officer.post(f"{place}/ticks", data={"item_id": items[1], "ticked": "no"}).status_code == 303
    assert officer.post(f"{place}/numbers").status_code == 303
    assert officer.post(f"{place}/numbers").status_code == 303, "sent again it takes nothing twice"
    told = officer.get(place).text
    lines = re.findall(r'name="line" value="([^"]+)"', told)
    assert [line.partition("=")[0] for line in lines] == [items[0], items[2]]
    form = {"line": lines, "checklist": re.findall(r'name="checklist" value="([^"]+)"', told), "pin": PIN}
    turned = officer.post(f"{place}/approval", data=form | {"line": lines[::-1]})
    assert turned.status_code == 409
    assert "COPY_NOT_READY" in turned.text
    wrong = officer.post(f"{place}/approval", data=form | {"pin": "999999"})
    assert "WRONG_PIN" in wrong.text
    assert officer.post(f"{place}/approval", data=form).status_code == 303
    deadline = time.monotonic() + 120
    while "Đã chứng thực 2 trên 2" not in (told := officer.get(place).text):
        assert time.monotonic() < deadline, told
        time.sleep(0.3)
    assert f'action="{place}/approval"' not in told
    assert f'action="{place}/ticks"' not in told, "an approved batch is not changed any more"


def test_an_empty_batch_is_a_page_that_says_so(officer: httpx.Client) -> None:
    answer = officer.post("/staff/batches", data={})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_a_comparison_that_says_too_little_takes_no_place_in_a_batch(running: Running, officer: httpx.Client) -> None:
    item_id = running.read_draft(officer, small_scan(mark="unlooked"))
    form = {"compared": "0", "line": [], "issuer": "HOME", "then": "batch"}
    answer = officer.post(f"/staff/items/{item_id}/prepare", data=form)
    assert answer.status_code in {409, 422}
    assert f'value="{item_id}"' not in officer.get("/staff/batches").text


def test_a_batch_of_another_agency_is_no_page(running: Running, officer: httpx.Client) -> None:
    item_id = compared(running, officer, mark="other")
    place = officer.post("/staff/batches", data={"item": [item_id]}).headers["location"]
    with running.recipient() as stranger:
        assert stranger.get(place).status_code in {403, 404}
        assert stranger.post(f"{place}/numbers").status_code in {403, 404}
