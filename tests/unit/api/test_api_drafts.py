"""Drafts over HTTP: a scan comes in, is read, is prepared, is approved, cancelled or refused."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator

import httpx
import pytest

from tests.running import DOC_TYPE, Running
from tests.small_paper import small_scan

# Starts a whole office or waits for clocks: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def officer(running: Running) -> Iterator[httpx.Client]:
    with running.officer() as client:
        yield client


@pytest.fixture(scope="module")
def draft(running: Running, officer: httpx.Client) -> str:
    """A scan that was read."""
    return running.read_draft(officer)


def test_a_scan_becomes_a_certified_copy_over_http(running: Running, officer: httpx.Client) -> None:
    told = running.certify(officer)
    assert (told["status"], told["item_state"], told["problem"]) == ("DONE", "CERTIFIED", None)
    with running.citizen() as citizen:
        record = citizen.get(f"/v1/records/{told['record_id']}").json()
    assert record["code"] == told["code_of_copy"]


def test_a_draft_shows_quality_and_a_summary_but_not_the_words(officer: httpx.Client, draft: str) -> None:
    answer = officer.get(f"/v1/drafts/{draft}")
    told = answer.json()
    assert answer.headers["etag"] == f'"{told["version"]}"'
    assert (told["state"], told["doc_type"], told["pages"]) == ("EXTRACTED", DOC_TYPE, 1)
    page = told["read"][0]
    assert page["words"] > 5
    assert "text" not in page
    assert told["holder"]["number_last4"] == "2345"
    assert "000195012345" not in answer.text
    for reason in page["reasons"]:
        assert reason["text"]


def test_a_page_and_a_preview_can_be_looked_at(officer: httpx.Client, draft: str) -> None:
    image = officer.get(f"/v1/drafts/{draft}/pages/1")
    assert image.content.startswith(b"\xff\xd8")
    assert officer.get(f"/v1/drafts/{draft}/pages/2").status_code in {404, 422}
    assert officer.get(f"/v1/drafts/{draft}/pages/0").status_code == 404
    preview = officer.get(f"/v1/drafts/{draft}/preview")
    assert (preview.status_code, preview.content[:5]) == (200, b"%PDF-")
    assert officer.get(f"/v1/drafts/{draft}").json()["register_number"] is None


def test_the_lines_read_least_surely_can_be_looked_at(officer: httpx.Client, draft: str) -> None:
    line = officer.get(f"/v1/drafts/{draft}/pages/1/lines/1")
    assert line.content.startswith(b"\x89PNG")
    assert officer.get(f"/v1/drafts/{draft}/pages/1/lines/99").status_code == 422
    assert officer.get(f"/v1/drafts/{draft}/pages/9/lines/1").status_code == 422


def test_two_scans_chosen_on_the_page_are_one_original(running: Running, officer: httpx.Client) -> None:
    files = [("scan", ("1.jpg", small_scan(), "image/jpeg")), ("scan", ("2.jpg", small_scan(), "image/jpeg"))]
    data = {"holder_number": "000195012345", "doc_type": DOC_TYPE, "copies": "1"}
    answer = officer.post("/staff/new", files=files, data=data)
    assert answer.status_code == 303, answer.text
    item_id = answer.headers["location"].rsplit("/", 1)[-1]
    running.services.pipeline.wait_read(item_id, timeout_seconds=120)
    assert officer.get(f"/v1/drafts/{item_id}").json()["pages"] == 2


def test_page_without_a_chosen_file_says_so(officer: httpx.Client) -> None:
    data = {"holder_number": "000195012345", "doc_type": DOC_TYPE, "copies": "1"}
    answer = officer.post("/staff/new", files={"scan": ("", b"", "application/octet-stream")}, data=data)
    assert answer.status_code == 422
    empty = officer.post("/staff/new", files={"scan": ("empty.jpg", b"", "image/jpeg")}, data=data)
    assert (empty.status_code, "000195012345" in empty.text) == (422, True)


def test_two_scans_of_one_original_are_one_draft_of_two_pages(running: Running, officer: httpx.Client) -> None:
    files = [("file", ("1.jpg", small_scan(), "image/jpeg")), ("file", ("2.jpg", small_scan(), "image/jpeg"))]
    data = {"holder_number": "000195012345", "doc_type": DOC_TYPE}
    answer = officer.post("/v1/drafts", files=files, data=data)
    assert answer.status_code == 202, answer.text
    item_id = answer.json()["item_id"]
    running.services.pipeline.wait_read(item_id, timeout_seconds=120)
    assert officer.get(f"/v1/drafts/{item_id}").json()["pages"] == 2
    assert officer.get(f"/v1/drafts/{item_id}/pages/2").content.startswith(b"\xff\xd8")


def test_more_scans_than_an_original_may_have_are_refused(officer: httpx.Client) -> None:
    files = [("file", (f"{number}.jpg", b"x", "image/jpeg")) for number in range(21)]
    answer = officer.post("/v1/drafts", files=files, data={"holder_number": "000195012345", "doc_type": DOC_TYPE})
    assert answer.status_code in {400, 422}


def test_nothing_is_approved_before_it_is_prepared(officer: httpx.Client, draft: str) -> None:
    assert officer.get(f"/v1/drafts/{draft}/ready").status_code == 409


@pytest.mark.parametrize(("header", "status"), [({}, 428), ({"If-Match": '"999"'}, 412), ({"If-Match": 'W/"3"'}, 412)])
@pytest.mark.parametrize("act", ["prepare", "refusal", "number"])
def test_an_update_names_the_version_it_was_made_from(
    officer: httpx.Client, draft: str, header: dict[str, str], status: int, act: str
) -> None:
    body = {"prepare": {"pages_compared": 1}, "refusal": {"code": "DAMAGED_ILLEGIBLE"}, "number": None}[act]
    method = "DELETE" if act == "number" else "POST"
    answer = officer.request(method, f"/v1/drafts/{draft}/{act}", json=body, headers=header)
    assert answer.status_code == status


def test_pages_that_were_not_compared_are_not_prepared(running: Running, officer: httpx.Client, draft: str) -> None:
    etag = officer.get(f"/v1/drafts/{draft}").headers["ETag"]
    answer = officer.post(
        f"/v1/drafts/{draft}/prepare",
        json={"pages_compared": 2},
        headers={"If-Match": etag, "Accept-Language": "en"},
    )
    assert (answer.status_code, answer.json()["reason"]) == (409, "PAGES_NOT_COMPARED")
    assert answer.json()["detail"] == running.services.messages.text("reason.PAGES_NOT_COMPARED", "en")


def test_a_prepared_copy_is_shown_cancelled_and_prepared_under_a_new_number(
    running: Running, officer: httpx.Client
) -> None:
    item_id = running.read_draft(officer, small_scan(mark="B"))
    first = running.prepare(officer, item_id)
    whole = officer.get(f"/v1/drafts/{item_id}/ready/file")
    assert hashlib.sha256(whole.content).hexdigest() == first["sha256"] == whole.headers["etag"].strip('"')
    assert officer.get(f"/v1/drafts/{item_id}/ready/pages/1").content.startswith(b"\x89PNG")
    etag = officer.get(f"/v1/drafts/{item_id}/ready").headers["ETag"]
    assert officer.delete(f"/v1/drafts/{item_id}/number", headers={"If-Match": etag}).status_code == 204
    again = officer.get(f"/v1/drafts/{item_id}").json()
    assert again["state"] == "VOIDED"
    second = running.prepare(officer, item_id)
    assert second["register_number"] != first["register_number"]
    lines = {line["number"]: line["note"] for line in officer.get("/v1/register").json()["items"]}
    assert lines[first["register_number"]] == "VOID CANCELLED"


def test_a_refusal_gives_a_notice_in_three_languages_and_ends_the_draft(
    running: Running, officer: httpx.Client
) -> None:
    item_id = running.read_draft(officer, small_scan(mark="C"))
    etag = officer.get(f"/v1/drafts/{item_id}").headers["ETag"]
    asked = {"code": "DAMAGED_ILLEGIBLE", "free_text": "Góc dưới bị rách."}
    url = f"/v1/drafts/{item_id}/refusal"
    wrong = officer.post(url, json={"code": "BECAUSE"}, headers={"If-Match": etag})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "REFUSAL_INCOMPLETE")
    refused = officer.post(url, json=asked, headers={"If-Match": etag})
    assert refused.status_code == 201
    assert set(refused.json()["notices"]) == {"vi", "en", "fr"}
    assert officer.get(f"/v1/drafts/{item_id}").json()["state"] == "REFUSED"
    again = officer.post(url, json=asked, headers={"If-Match": "*"})
    assert again.status_code == 409


def test_the_same_call_with_the_same_key_takes_one_scan_in(running: Running, officer: httpx.Client) -> None:
    scan, key = small_scan(mark="D"), {"Idempotency-Key": "counter-3-scan-17"}
    first = running.upload(officer, scan, headers=key)
    second = running.upload(officer, scan, headers=key)
    assert (first.status_code, second.status_code) == (202, 202)
    assert second.json() == first.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert second.headers["location"] == first.headers["location"]
    other = running.upload(officer, small_scan(mark="E"), headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_CONFLICT")
    running.wait(officer, first.json()["operation_id"])


def test_a_refused_call_may_be_tried_again_with_the_same_key(running: Running, officer: httpx.Client) -> None:
    key = {"Idempotency-Key": "counter-3-scan-18"}
    nobody = running.upload(officer, small_scan(), data={"holder_number": "000300000000"}, headers=key)
    assert (nobody.status_code, nobody.json()["field"]) == (422, "holder_name")
    fields = {"holder_number": "000300000000", "holder_name": "Đinh Thị Mẫu", "holder_birth_date": "2001-02-03"}
    enrolled = running.upload(officer, small_scan(), data=fields, headers=key)
    assert enrolled.status_code == 202
    running.wait(officer, enrolled.json()["operation_id"])


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"holder_number": "12a"}, "holder_number"),
        ({"holder_number": "１２３４５６７８９０１２"}, "holder_number"),
        ({"copies": "0"}, "copies"),
        ({"copies": "many"}, "copies"),
        ({"holder_birth_date": "31/12/1999"}, "holder_birth_date"),
    ],
)
def test_a_field_that_cannot_be_meant_is_named(
    running: Running, officer: httpx.Client, data: dict[str, str], field: str
) -> None:
    answer = running.upload(officer, small_scan(), data=data)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_progress_comes_as_events_until_the_end(running: Running, officer: httpx.Client) -> None:
    accepted = running.upload(officer, small_scan(mark="F"))
    events, told = [], {"status": ""}
    with officer.stream("GET", f"/v1/operations/{accepted.json()['operation_id']}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("event: "):
                events.append(line.removeprefix("event: "))
            if line.startswith("data: "):
                told = json.loads(line.removeprefix("data: "))
    assert events[0] == "progress"
    assert events[-1] == "end"
    assert told["status"] == "DONE"


def test_many_who_watch_leave_the_door_open_for_others(running: Running, officer: httpx.Client) -> None:
    item_id = running.read_draft(officer, small_scan(mark="G"))
    ready = running.prepare(officer, item_id)
    assert running.approve(officer, ready).status_code == 202
    path = f"/v1/operations/certify-{item_id}-1/events"
    streams = [officer.stream("GET", path) for _ in range(12)]
    opened = [stream.__enter__() for stream in streams]
    try:
        assert officer.get("/v1/drafts", timeout=5).status_code == 200
    finally:
        for stream in streams:
            stream.__exit__(None, None, None)
    assert all(answer.status_code == 200 for answer in opened)
    assert running.wait(officer, f"certify-{item_id}-1")["status"] == "DONE"


def test_the_queue_is_read_page_by_page_without_gap_or_repetition(officer: httpx.Client, draft: str) -> None:
    whole = [row["item_id"] for row in officer.get("/v1/drafts", params={"limit": 100}).json()["items"]]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = officer.get("/v1/drafts", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [row["item_id"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == whole
    assert draft in seen


@pytest.mark.parametrize("cursor", ["", "x", "MTo", "MTonOyBEUk9Q", "é", "A" * 300])
def test_a_cursor_that_was_not_written_here_is_refused(officer: httpx.Client, cursor: str) -> None:
    answer = officer.get("/v1/drafts", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["field"]) == (422, "cursor")


def test_a_cursor_of_one_list_does_not_open_another(officer: httpx.Client, draft: str) -> None:
    cursor = officer.get("/v1/drafts", params={"limit": 1}).json()["next_cursor"]
    assert officer.get("/v1/drafts", params={"limit": 1, "cursor": cursor}).status_code == 200
    for path, more in (("/v1/drafts", {"state": "EXTRACTED"}), ("/v1/register", {}), ("/v1/received", {})):
        answer = officer.get(path, params={"cursor": cursor} | more)
        assert (answer.status_code, answer.json()["field"]) == (422, "cursor"), path


def test_originals_are_listed_by_the_state_in_which_they_stand(officer: httpx.Client, draft: str) -> None:
    waiting = officer.get("/v1/drafts", params={"state": "EXTRACTED", "limit": 100}).json()["items"]
    assert {row["state"] for row in waiting} == {"EXTRACTED"}
    assert draft in {row["item_id"] for row in waiting}
    assert officer.get("/v1/drafts", params={"state": "LOST"}).status_code == 422


def test_the_register_is_a_table_too(officer: httpx.Client) -> None:
    told = officer.get("/v1/register").json()
    answer = officer.get("/v1/register", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["number"] for row in rows] == [line["number"] for line in told["items"]]
    first = officer.get("/v1/register", params={"limit": 1}).json()
    second = officer.get("/v1/register", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert [first["items"][0]["number"], second["items"][0]["number"]] == [row["number"] for row in rows[:2]]


@pytest.mark.parametrize(
    "operation_id", ["read-01ARZ3NDEKTSV4RRFFQ69G5FAV-1", "read-x-1", "certify-01ARZ3NDEKTSV4RRFFQ69G5FAV-0", "nothing"]
)
def test_an_operation_nobody_began_is_not_found(officer: httpx.Client, operation_id: str) -> None:
    assert officer.get(f"/v1/operations/{operation_id}").status_code == 404


def test_a_certification_nobody_approved_is_no_operation(officer: httpx.Client, draft: str) -> None:
    assert officer.get(f"/v1/operations/certify-{draft}-1").status_code == 404
    assert officer.get(f"/v1/operations/read-{draft}-2").status_code == 404
