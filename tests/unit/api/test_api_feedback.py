"""Feedback: said by whose thing it is, read by the agency that did it, answered once, and readable by nobody else."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from certify import Role as StaffRole
from tests.running import Running

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow
TEXT = "Tôi đã chờ hai giờ mà không ai gọi số."
ANSWER = "Quầy 3 đã thêm người từ ngày mai."


@pytest.fixture(scope="module")
def refused(running: Running) -> dict[str, Any]:
    """An original of An's that the ward refused: its item and its case."""
    with running.officer() as officer:
        item_id = running.read_draft(officer)
        asked = {"code": "DAMAGED_ILLEGIBLE", "free_text": "Tờ giấy rách mất một góc"}
        done = officer.post(f"/v1/drafts/{item_id}/refusal", json=asked, headers={"If-Match": "*"})
        assert done.status_code == 201, done.text
        return {"item": item_id, "case": officer.get(f"/v1/drafts/{item_id}").json()["case_id"]}


def say(client: httpx.Client, about: str, about_id: str, text: str = TEXT) -> httpx.Response:
    return client.post("/v1/feedback", json={"about": about, "about_id": about_id, "kind": "COMPLAINT", "text": text})


def test_a_word_on_a_refusal_reaches_its_agency_and_the_answer_its_citizen(
    running: Running, refused: dict[str, Any]
) -> None:
    with running.citizen("an") as an, running.citizen("chau") as chau, running.officer() as officer:
        given = say(an, "REFUSAL", refused["item"])
        assert given.status_code == 201, given.text
        told = given.json()
        assert (told["agency_code"], told["answer"]) == ("THIDU", None)
        assert told["feedback_id"] in [one["feedback_id"] for one in an.get("/v1/feedback").json()["items"]]
        place = f"/v1/received-feedback/{told['feedback_id']}"
        assert officer.get(place).json()["text"] == TEXT
        answered = officer.post(f"{place}/reply", json={"text": ANSWER})
        assert (answered.status_code, answered.json()["answer"]) == (200, ANSWER)
        again = officer.post(f"{place}/reply", json={"text": "Khác"})
        assert (again.status_code, again.json()["code"]) == (409, "ANSWER_REFUSED")
        running.services.couriers[0].round()
        assert "FEEDBACK_ANSWERED" in [one["kind"] for one in an.get("/v1/notices").json()["items"]]
        assert an.get(f"/v1/feedback/{told['feedback_id']}").json()["answer"] == ANSWER
        assert chau.get(f"/v1/feedback/{told['feedback_id']}").status_code == 404
        assert chau.get("/v1/feedback").json()["items"] == []
    running.enrol("can-bo-khac", "THIDU-EDU", StaffRole.COUNTER_CLERK)
    with running.client("can-bo-khac") as other:
        assert other.get(place).status_code == 404
        assert other.post(f"{place}/reply", json={"text": ANSWER}).status_code == 404
        assert other.get("/v1/received-feedback").json()["items"] == []
    with running.services.database.read() as tx:
        rows = str(tx.exec_driver_sql("SELECT * FROM dossiers_feedback").all())
    assert TEXT not in rows
    assert ANSWER not in rows


def test_nobody_says_anything_of_what_is_not_theirs_or_was_not_refused(
    running: Running, refused: dict[str, Any]
) -> None:
    with running.citizen("an") as an, running.citizen("chau") as chau, running.officer() as officer:
        for about, about_id in (("CASE", refused["case"]), ("REFUSAL", refused["item"])):
            assert say(chau, about, about_id).status_code == 404
        assert say(an, "CASE", refused["case"]).status_code == 201
        open_item = running.read_draft(officer)
        assert say(an, "REFUSAL", open_item).json()["field"] == "about"
        assert say(an, "DOSSIER", refused["case"]).status_code == 404
        assert say(an, "CASE", "01ARZ3NDEKTSV4RRFFQ69G5FAV").status_code == 404
        assert say(an, "CASE", refused["case"], "   ").status_code == 422
        assert say(an, "CASE", refused["case"], "x" * 2001).status_code == 422
        assert say(officer, "CASE", refused["case"]).status_code == 401


def test_pages_say_and_answer_it(running: Running, refused: dict[str, Any]) -> None:
    with running.citizen("binh") as binh, running.citizen("an") as an, running.officer() as officer:
        form = {"about": "CASE", "about_id": refused["case"], "kind": "THANKS", "text": "Cảm ơn <b>chị</b>"}
        page = an.get("/citizen/feedback", params={"about": "CASE", "about_id": refused["case"]}).text
        assert 'action="/citizen/feedback"' in page
        sent = an.post("/citizen/feedback", data=form | {"csrf_token": an.headers["X-CSRF-Token"]})
        assert sent.status_code == 303
        shown = an.get("/citizen/feedback").text
        assert "Cảm ơn &lt;b&gt;chị&lt;/b&gt;" in shown
        denied = binh.post("/citizen/feedback", data=form | {"csrf_token": binh.headers["X-CSRF-Token"]})
        assert denied.status_code == 404
        wrong = an.post("/citizen/feedback", data=form | {"kind": "X", "csrf_token": an.headers["X-CSRF-Token"]})
        assert wrong.status_code == 422
        newest = an.get("/v1/feedback").json()["items"][0]["feedback_id"]
        assert f"/staff/feedback/{newest}" in officer.get("/staff/feedback").text
        csrf = {"csrf_token": officer.headers["X-CSRF-Token"]}
        assert officer.post(f"/staff/feedback/{newest}", data=csrf | {"text": ""}).status_code == 409
        assert officer.post(f"/staff/feedback/{newest}", data=csrf | {"text": ANSWER}).status_code == 303
        assert ANSWER in an.get("/citizen/feedback").text
        assert f"/staff/feedback/{newest}" not in officer.get("/staff/feedback").text


def test_an_office_counts_what_it_was_told_by_kind(running: Running, refused: dict[str, Any]) -> None:
    with running.citizen("an") as an:
        assert say(an, "CASE", refused["case"]).status_code == 201
    running.enrol("quan-tri-so-lieu", "THIDU", StaffRole.ADMIN)
    with running.client("quan-tri-so-lieu") as admin:
        read = admin.get("/v1/figures", params={"keys": "feedback_received"})
    assert read.status_code == 200, read.text
    (figure,) = [one for one in read.json()["figures"] if one["key"] == "feedback_received"]
    assert figure["value"] >= 1
