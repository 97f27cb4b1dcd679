"""The citizen's door over HTTP: papers, links, consents, dossiers, and who looked; and the recipient's side of it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.running import Running

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow

PROCEDURE = "SAMPLE-CIVIL-STATUS-EXTRACT"
TERMS = {"purpose": "Xin học cho con", "recipient": "Trường mầm non Hoa Phượng"}


@pytest.fixture(scope="module")
def paper(running: Running) -> dict[str, Any]:
    """A certified paper in An's vault."""
    with running.officer() as officer:
        return running.certify(officer)


@pytest.fixture
def an(running: Running, paper: dict[str, Any]) -> Iterator[httpx.Client]:
    with running.citizen("an") as client:
        yield client


@pytest.fixture
def clerk(running: Running) -> Iterator[httpx.Client]:
    with running.recipient() as client:
        yield client


def make_share(an: httpx.Client, paper: dict[str, Any], **more: Any) -> dict[str, Any]:
    made = an.post("/v1/shares", json={"record_id": paper["record_id"], **TERMS, **more})
    assert made.status_code == 201, made.text
    share: dict[str, Any] = made.json()
    return share


def open_share(running: Running, share: dict[str, Any], **more: Any) -> httpx.Response:
    with running.client() as stranger:
        return stranger.post("/v1/shares/open", json={"token": share["link"].rpartition("#")[2], **more})


def file_dossier(an: httpx.Client, **more: Any) -> httpx.Response:
    match = an.get(f"/v1/procedures/{PROCEDURE}/match").json()
    chosen = {one["requirement_id"]: one["candidates"][0] for one in match["outcomes"] if one["candidates"]}
    return an.post("/v1/submissions", json={"procedure_id": PROCEDURE, "chosen": chosen, "consent": True} | more)


def test_a_paper_is_fetched_byte_for_byte_and_named_by_its_digest(an: httpx.Client, paper: dict[str, Any]) -> None:
    told = an.get(f"/v1/records/{paper['record_id']}")
    content = an.get(f"/v1/records/{paper['record_id']}/file")
    digest = hashlib.sha256(content.content)
    assert content.headers["etag"] == told.headers["etag"] == f'"{digest.hexdigest()}"'
    assert content.headers["content-digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    assert told.json()["title"]["en"]
    assert an.get(f"/v1/records/{paper['record_id']}/pages/1").content.startswith(b"\x89PNG")
    assert an.get(f"/v1/records/{paper['record_id']}/pages/99").status_code in {404, 422}


def test_the_vault_and_its_history_are_read_page_by_page(an: httpx.Client, paper: dict[str, Any]) -> None:
    assert [one["record_id"] for one in an.get("/v1/records").json()["items"]] == [paper["record_id"]]
    for _ in range(3):
        an.get(f"/v1/records/{paper['record_id']}/file")
    whole = [one["event_id"] for one in an.get("/v1/history", params={"limit": 100}).json()["items"]]
    seen: list[str] = []
    page = an.get("/v1/history", params={"limit": 2}).json()
    while True:
        seen += [one["event_id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        page = an.get("/v1/history", params={"limit": 2, "cursor": page["next_cursor"]}).json()
    assert seen == whole
    assert len(whole) >= 4


@pytest.mark.parametrize("limit", [0, 101, "many"])
def test_a_page_has_from_one_to_a_hundred_lines(an: httpx.Client, limit: object) -> None:
    answer = an.get("/v1/records", params={"limit": str(limit)})
    assert (answer.status_code, answer.json()["field"]) == (422, "limit")


def test_a_link_shows_the_paper_with_its_verdict_and_counts_the_look(
    running: Running, an: httpx.Client, paper: dict[str, Any]
) -> None:
    share = make_share(an, paper, max_views=2)
    shown = open_share(running, share).json()
    assert shown["answer"]["verdict"] == "VALID_WITH_WARNING"
    assert shown["answer"]["warnings"] == ["SPECIMEN"]
    assert (shown["purpose"], shown["views_used"], shown["max_views"]) == (TERMS["purpose"], 1, 2)
    with running.client() as stranger:
        image = stranger.get("/v1/shares/pages/1", headers={"X-Share-Ticket": shown["ticket"]})
        assert image.content.startswith(b"\x89PNG")
        for forged in ("", "x", shown["ticket"][:-2], shown["ticket"].replace(".", "x."), "." + shown["ticket"]):
            assert stranger.get("/v1/shares/pages/1", headers={"X-Share-Ticket": forged}).status_code == 401
        assert stranger.get("/v1/shares/pages/1").status_code == 422
    assert open_share(running, share).status_code == 200
    closed = open_share(running, share)
    assert (closed.status_code, closed.json()["code"]) == (410, "SHARE_CLOSED")


def test_a_reader_answers_once_and_takes_the_file_only_where_the_holder_let_them(
    running: Running, an: httpx.Client, paper: dict[str, Any]
) -> None:
    for_looking, for_taking = make_share(an, paper), make_share(an, paper, download=True, recipient_agency="THIDU-EDU")
    looking, taking = open_share(running, for_looking).json(), open_share(running, for_taking).json()
    assert (looking["may_download"], taking["may_download"]) == (False, True)
    assert taking["legal_basis"].endswith("Điều 10")
    assert all(not one["verified"] for one in taking["fields"])
    with running.client() as reader:
        refused = reader.get("/v1/shares/file", headers={"X-Share-Ticket": looking["ticket"]})
        file = reader.get("/v1/shares/file", headers={"X-Share-Ticket": taking["ticket"]})
        ticket = {"X-Share-Ticket": taking["ticket"]}
        no_reason = reader.post("/v1/shares/answer", json={"answer": "REFUSED"}, headers=ticket)
        told = reader.post("/v1/shares/answer", json={"answer": "REFUSED", "reason": "Thiếu trang"}, headers=ticket)
        again = reader.post("/v1/shares/answer", json={"answer": "ACCEPTED"}, headers=ticket)
        forged = reader.post("/v1/shares/answer", json={"answer": "ACCEPTED"}, headers={"X-Share-Ticket": "x.y"})
    assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")
    assert file.content == an.get(f"/v1/records/{paper['record_id']}/file").content
    assert [one.status_code for one in (no_reason, told, again, forged)] == [409, 204, 409, 401]
    listed = {one["share_id"]: one for one in an.get("/v1/shares").json()["items"]}
    answer = listed[for_taking["share_id"]]["answer"]
    assert (answer["answer"], answer["reason"]) == ("REFUSED", "Thiếu trang")
    assert listed[for_looking["share_id"]]["answer"] is None


def test_the_pages_of_a_link_work_without_account_and_script(
    running: Running, an: httpx.Client, paper: dict[str, Any]
) -> None:
    share = make_share(an, paper, download=True)
    with running.client(follow_redirects=True) as reader:
        opened = reader.post("/s", data={"token": share["link"]})
        note = reader.get("/s/note")
        file = reader.get("/s/paper.pdf")
        without = reader.post("/s/answer", data={"decision": "REFUSED"})
        thanks = reader.post("/s/answer", data={"decision": "ACCEPTED"})
        assert an.delete(f"/v1/shares/{share['share_id']}").status_code == 204
        closed = reader.get("/s/note", headers={"Accept": "text/html"})
    assert opened.headers["cache-control"] == note.headers["cache-control"] == "no-store"
    assert TERMS["purpose"] in note.text
    assert file.content.startswith(b"%PDF-")
    assert without.status_code == 409
    assert thanks.url.path == "/s/thanks"
    assert closed.status_code == 410


def test_a_link_taken_back_shows_nothing_more(running: Running, an: httpx.Client, paper: dict[str, Any]) -> None:
    share = make_share(an, paper)
    ticket = open_share(running, share).json()["ticket"]
    assert an.delete(f"/v1/shares/{share['share_id']}").status_code == 204
    assert open_share(running, share).status_code == 410
    with running.client() as stranger:
        assert stranger.get("/v1/shares/pages/1", headers={"X-Share-Ticket": ticket}).status_code == 410
    listed = {one["share_id"]: one for one in an.get("/v1/shares").json()["items"]}
    assert listed[share["share_id"]]["revoked_at"]
    assert "link" not in listed[share["share_id"]]


def test_a_passcode_is_asked_for_and_guessing_it_closes_the_link(
    running: Running, an: httpx.Client, paper: dict[str, Any]
) -> None:
    share = make_share(an, paper, passcode="hoa phượng 12")
    for _ in range(5):
        assert open_share(running, share, passcode="hoa phượng 13").status_code == 403
    assert open_share(running, share, passcode="hoa phượng 12").status_code in {403, 410}


@pytest.mark.parametrize("token", ["A" * 43, "x", "é" * 40])
def test_a_link_nobody_made_is_like_one_that_is_over(running: Running, token: str) -> None:
    with running.client() as stranger:
        answer = stranger.post("/v1/shares/open", json={"token": token})
    assert answer.status_code in {404, 410}


@pytest.mark.parametrize(
    ("change", "field"), [({"days": 8}, "days"), ({"max_views": 101}, "max_views"), ({"purpose": " "}, "purpose")]
)
def test_a_link_that_may_not_be_is_not_made(
    an: httpx.Client, paper: dict[str, Any], change: dict[str, Any], field: str
) -> None:
    answer = an.post("/v1/shares", json={"record_id": paper["record_id"], **TERMS, **change})
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_a_dossier_is_filed_fetched_answered_and_seen_by_its_holder(an: httpx.Client, clerk: httpx.Client) -> None:
    filed = file_dossier(an)
    assert filed.status_code == 201
    submission = filed.json()
    assert an.get(filed.headers["location"]).json()["manifest"] == submission["manifest"]
    address = f"/v1/received/{submission['submission_id']}"
    item = next(one for one in submission["items"] if one["mode"] == "REFERENCE")
    fetched = clerk.post(f"{address}/items/{item['requirement_id']}/fetch")
    assert hashlib.sha256(fetched.content).hexdigest() == item["sha256"] == fetched.headers["etag"].strip('"')
    etag = clerk.get(address).headers["ETag"]
    answer_to = f"{address}/items/{item['requirement_id']}/answer"
    assert clerk.post(answer_to, json={"answer": "ACCEPTED"}).status_code == 428
    moved = clerk.post(f"{address}/step", json={"step": "RECEIVE"}, headers={"If-Match": etag})
    assert (moved.status_code, moved.json()["step"]) == (200, "RECEIVE")
    stale = clerk.post(answer_to, json={"answer": "ACCEPTED"}, headers={"If-Match": etag})
    assert (stale.status_code, stale.json()["code"]) == (412, "PRECONDITION_FAILED")
    fresh = {"If-Match": moved.headers["ETag"]}
    assert clerk.post(answer_to, json={"answer": "REJECTED"}, headers=fresh).status_code == 409
    answered = clerk.post(answer_to, json={"answer": "ACCEPTED"}, headers=fresh)
    assert answered.status_code == 200
    again = clerk.post(answer_to, json={"answer": "ACCEPTED"}, headers={"If-Match": answered.headers["ETag"]})
    assert (again.status_code, again.json()["code"]) == (409, "ANSWER_REFUSED")
    seen = an.get(f"/v1/submissions/{submission['submission_id']}").json()
    assert [step["step"] for step in seen["steps"]] == ["GUIDE", "RECEIVE"]
    assert next(one for one in seen["items"] if one["mode"] == "REFERENCE")["answer"] == "ACCEPTED"
    assert "FETCHED" in [entry["action"] for entry in an.get("/v1/history").json()["items"]]


@pytest.mark.parametrize("step", ["RETURN", "NOWHERE"])
def test_a_dossier_does_not_jump(an: httpx.Client, clerk: httpx.Client, step: str) -> None:
    submission = file_dossier(an).json()
    address = f"/v1/received/{submission['submission_id']}/step"
    answer = clerk.post(address, json={"step": step}, headers={"If-Match": '"1"'})
    assert answer.status_code in {409, 422}


def test_a_consent_taken_back_stops_the_next_fetch_and_both_stand_in_the_history(
    an: httpx.Client, clerk: httpx.Client
) -> None:
    submission = file_dossier(an).json()
    item = next(one for one in submission["items"] if one["mode"] == "REFERENCE")
    fetch = f"/v1/received/{submission['submission_id']}/items/{item['requirement_id']}/fetch"
    assert clerk.post(fetch).status_code == 200
    withdrawn = an.delete(f"/v1/consents/{submission['consent_id']}")
    assert withdrawn.json()["withdrawn_at"]
    refused = clerk.post(fetch)
    assert (refused.status_code, refused.json()["code"]) == (410, "GRANT_REVOKED")
    newest = an.get("/v1/history").json()["items"][0]
    assert (newest["action"], newest["outcome"]) == ("FETCHED", "REVOKED")
    listed = {one["consent_id"]: one for one in an.get("/v1/consents").json()["items"]}
    assert listed[submission["consent_id"]] == withdrawn.json()


def test_nothing_is_sent_without_consent(an: httpx.Client) -> None:
    answer = file_dossier(an, consent=False)
    assert (answer.status_code, answer.json()["code"]) == (422, "CONSENT_INVALID")


def test_a_missing_paper_is_said_and_not_sent(an: httpx.Client) -> None:
    answer = file_dossier(an, chosen={})
    assert (answer.status_code, answer.json()["code"]) == (422, "REQUIREMENT_UNANSWERED")


def test_a_dossier_sent_twice_with_one_key_is_one_dossier(an: httpx.Client) -> None:
    before = len(an.get("/v1/submissions", params={"limit": 100}).json()["items"])
    match = an.get(f"/v1/procedures/{PROCEDURE}/match").json()
    chosen = {one["requirement_id"]: one["candidates"][0] for one in match["outcomes"] if one["candidates"]}
    form = {"procedure_id": PROCEDURE, "chosen": chosen, "consent": True}
    key = {"Idempotency-Key": "kitchen-table-1"}
    first, second = (an.post("/v1/submissions", json=form, headers=key) for _ in range(2))
    assert first.json() == second.json()
    assert second.headers["etag"] == first.headers["etag"]
    assert len(an.get("/v1/submissions", params={"limit": 100}).json()["items"]) == before + 1


def test_a_procedure_says_what_is_missing(running: Running) -> None:
    with running.client() as anyone:
        ids = [one["procedure_id"] for one in anyone.get("/v1/procedures").json()["items"]]
    assert PROCEDURE in ids
    with running.citizen("chau") as chau:
        kinds = [one["kind"] for one in chau.get(f"/v1/procedures/{PROCEDURE}/match").json()["outcomes"]]
        assert chau.get("/v1/procedures/NO-SUCH/match").status_code == 404
    assert "MISSING" in kinds
