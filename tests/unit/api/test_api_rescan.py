"""A scan that is not good enough is scanned again, as long as no number was taken for it."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from tests.running import Running
from tests.small_paper import small_scan

pytestmark = pytest.mark.slow


def at_100_dpi() -> bytes:
    """The same page as a counter must not accept it."""
    image = Image.open(io.BytesIO(small_scan()))
    out = io.BytesIO()
    image.resize((image.width // 2, image.height // 2)).save(out, "JPEG", dpi=(100, 100), quality=90)
    return out.getvalue()


@pytest.mark.matrix
def test_a_refused_scan_is_replaced_by_a_better_one_and_certified(running: Running) -> None:
    with running.officer() as officer:
        item_id = running.read_draft(officer, at_100_dpi())
        assert officer.get(f"/v1/drafts/{item_id}").json()["quality"] == "REFUSE"
        page = officer.get(f"/staff/items/{item_id}", headers={"Accept": "text/html"}).text
        worst = re.findall(rf"/staff/items/{item_id}/pages/1/lines/\d\.png\?scan=1", page)
        assert len(worst) == 3
        assert officer.get(worst[0]).content.startswith(b"\x89PNG")
        accepted = officer.post(f"/v1/drafts/{item_id}/scan", files={"file": ("scan.jpg", small_scan(), "image/jpeg")})
        assert accepted.status_code == 202, accepted.text
        assert running.wait(officer, accepted.json()["operation_id"])["status"] == "DONE"
        assert officer.get(f"/v1/drafts/{item_id}").json()["quality"] != "REFUSE"
        ready = running.prepare(officer, item_id)
        told = running.wait(officer, running.approve(officer, ready).json()["operation_id"])
        assert told["item_state"] == "CERTIFIED"


def test_a_scan_under_a_reserved_number_is_not_replaced(running: Running) -> None:
    with running.officer() as officer:
        item_id = running.read_draft(officer)
        running.prepare(officer, item_id)
        answer = officer.post(f"/v1/drafts/{item_id}/scan", files={"file": ("scan.jpg", small_scan(), "image/jpeg")})
        assert (answer.status_code, answer.json()["code"]) == (409, "TRANSITION_REFUSED")


def test_another_agency_cannot_replace_the_scan(running: Running) -> None:
    with running.officer() as officer, running.recipient() as stranger:
        item_id = running.read_draft(officer)
        answer = stranger.post(f"/v1/drafts/{item_id}/scan", files={"file": ("scan.jpg", small_scan(), "image/jpeg")})
        assert answer.status_code == 404
