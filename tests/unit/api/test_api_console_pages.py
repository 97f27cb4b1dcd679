"""The console's further pages: what waits is thrown away, work that stopped, one's own key, people, delegations, keys, health."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.demo.office import OFFICER_LOGIN, OFFICER_PIN
from certify import Role as StaffRole
from tests.running import Running
from tests.small_paper import small_scan

# Starts a whole office: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow

HTML = {"Accept": "text/html"}
TUS = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


@pytest.fixture(scope="module")
def admin(running: Running) -> Iterator[httpx.Client]:
    running.enrol("quan-tri", "THIDU", StaffRole.ADMIN)
    with running.client("quan-tri") as client:
        yield client


def send(client: httpx.Client, address: str, **fields: Any) -> httpx.Response:
    return client.post(address, data={"csrf_token": client.headers["X-CSRF-Token"]} | fields, headers=HTML)


def version(page: str) -> str:
    return str(re.findall(r'name="version" value="([^"]+)"', page)[0])


def test_a_scan_that_waits_is_thrown_away_by_its_sender_and_by_nobody_else(running: Running) -> None:
    scan = small_scan(mark="waste")
    running.enrol("dong-nghiep", "THIDU", StaffRole.COUNTER_CLERK)
    with running.officer() as officer, running.client("dong-nghiep") as colleague:
        begun = officer.post("/v1/uploads", content=scan, headers=TUS | {"Upload-Length": str(len(scan))})
        upload_id = begun.headers["location"].rsplit("/", 1)[-1]
        assert upload_id in officer.get("/staff/new", headers=HTML).text
        assert upload_id not in colleague.get("/staff/new", headers=HTML).text
        assert send(colleague, f"/staff/new/scans/{upload_id}/end").status_code == 404
        assert send(officer, f"/staff/new/scans/{upload_id}/end").status_code == 303
        assert officer.get("/v1/uploads").json()["items"] == []


def test_a_form_without_any_scan_opens_no_case(running: Running) -> None:
    with running.officer() as officer:
        before = len(officer.get("/v1/cases").json()["items"])
        form = {
            "csrf_token": officer.headers["X-CSRF-Token"],
            "holder_number": "000195012345",
            "doc_type": "VN.DIPLOMA",
        }
        empty = {"scan": ("", b"", "application/octet-stream")}
        answer = officer.post("/staff/new", data=form, files=empty, headers=HTML)
        assert answer.status_code == 422
        assert len(officer.get("/v1/cases").json()["items"]) == before


def test_one_signature_leads_to_the_next_that_waits(running: Running) -> None:
    with running.officer() as officer:
        first, second = (running.prepare(officer, running.read_draft(officer, small_scan(mark=mark))) for mark in "XY")
        page = officer.get(f"/staff/items/{first['item_id']}", headers=HTML).text
        assert 'value="next"' in page
        form = {"sha256_hex": first["sha256"], "pin": OFFICER_PIN, "then": "next"}
        answer = send(officer, f"/staff/items/{first['item_id']}/approve", **form, checklist=[one["code"] for one in first["checklist"]] if isinstance(first["checklist"][0], dict) else first["checklist"])  # fmt: skip
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"] == f"/staff/items/{second['item_id']}?signed={first['item_id']}"
        told = officer.get(answer.headers["location"], headers=HTML).text
        assert f'href="/staff/items/{first["item_id"]}"' in told
        # Anything else in the address says nothing.
        assert officer.get(f"/staff/items/{second['item_id']}?signed=x", headers=HTML).status_code == 200


def test_an_issuer_that_nobody_named_is_shown_as_missing_on_the_page_of_the_original(running: Running) -> None:
    with running.officer() as officer:
        item_id = running.read_draft(officer, small_scan(mark="issuer"))
        here = f"/staff/items/{item_id}"
        before = officer.get(f"{here}?lang=en", headers=HTML).text
        assert "issuer-missing" not in before
        lines = re.findall(r'name="line" value="(\w+)"', before)
        form = {"compared": "1", "line": lines, "evidence": "", "relation": ""}
        for then in ("", "batch"):
            told = send(officer, f"{here}/prepare?lang=en", **form, then=then)
            assert told.status_code == 422
            assert 'id="issuer-missing"' in told.text
            assert 'href="#issuer"' in told.text
            assert "Nobody said whose paper it is" in told.text
        # Nothing of it was noted: the original waits as before, and goes on once it is said.
        assert officer.get(f"/v1/drafts/{item_id}").json()["state"] == "EXTRACTED"
        assert send(officer, f"{here}/prepare", **form, issuer="HOME").status_code == 303


def test_work_that_did_not_stop_is_not_taken_up_again(running: Running) -> None:
    with running.officer() as officer:
        item_id = running.read_draft(officer, small_scan(mark="jobs"))
        assert officer.get("/staff/jobs", headers=HTML).status_code == 200
        assert send(officer, f"/staff/items/{item_id}/go-on").status_code == 422


def test_the_own_key_is_tried_by_its_pin_and_only_that_page_may_speak_to_the_agent(running: Running) -> None:
    with running.officer() as officer:
        page = officer.get("/staff/token", headers=HTML)
        assert "connect-src 'self' http://127.0.0.1:8756;" in page.headers["content-security-policy"]
        assert "8756" not in officer.get("/staff/jobs", headers=HTML).headers["content-security-policy"]
        assert send(officer, "/staff/token", pin=OFFICER_PIN).status_code == 200
        assert send(officer, "/staff/token", pin="not-the-pin").status_code == 403


TABLE = """login;name;position;roles
{first};Lê Văn Mẫu;Công chức tư pháp;counter_clerk|certifier
{second};Trần Thị Mẫu;Văn thư;{role}
"""


def test_a_table_of_people_is_looked_at_ahead_and_entered_whole_or_not_at_all(admin: httpx.Client) -> None:
    bad = TABLE.format(first="mau-mot", second="mau-mot", role="king")
    looked = send(admin, "/staff/people/table", table=bad, act="look")
    assert looked.status_code == 200
    assert 'value="enter"' not in looked.text
    assert send(admin, "/staff/people/table", table=bad, act="enter").status_code == 422
    good = TABLE.format(first="mau-mot", second="mau-hai", role="seal_keeper")
    looked = send(admin, "/staff/people/table", table=good, act="look")
    assert 'value="enter"' in looked.text
    assert "Trần Thị Mẫu" not in admin.get("/staff/people", headers=HTML).text, "looking ahead writes nothing"
    assert send(admin, "/staff/people/table", table=good, act="enter").status_code == 200
    assert "Trần Thị Mẫu" in admin.get("/staff/people", headers=HTML).text
    assert send(admin, "/staff/people/table", table=good, act="enter").status_code == 422, "they are there already"
    assert send(admin, "/staff/people/table", table="a,b\n1,2", act="look").status_code == 422


def test_a_person_is_taken_on_changed_delegated_invited_and_leaves(admin: httpx.Client) -> None:
    form = {"login": "nguoi-moi", "name": "Phạm Thị Mẫu", "position": "Công chức", "role": ["counter_clerk"]}
    here = send(admin, "/staff/people", **form).headers["location"]
    assert send(admin, "/staff/people", **form).status_code == 422, "the name is taken"
    page = admin.get(here, headers=HTML).text
    change = {"name": "Phạm Thị Mẫu", "position": "Phó Chủ tịch", "role": ["certifier"]}
    assert send(admin, here, **change, version="old").status_code == 412
    assert send(admin, here, **change, version=version(page)).status_code == 303
    asked = {
        "capacity": "KT",
        "on_behalf_of": "Chủ tịch",
        "decision": "12/QĐ",
        "since": "2020-01-01",
        "until": "2099-12-31",
    }
    assert send(admin, f"{here}/delegations", **asked | {"decision": ""}).status_code == 422
    assert send(admin, f"{here}/delegations", **asked).status_code == 303
    delegation = re.findall(r"/staff/delegations/(\w+)/end", admin.get(here, headers=HTML).text)[0]
    assert send(admin, f"/staff/delegations/{delegation}/end").headers["location"] == here
    assert f"/staff/delegations/{delegation}/end" not in admin.get(here, headers=HTML).text
    assert "/in/" in send(admin, f"{here}/invitation").text
    assert send(admin, f"{here}/leaving").status_code == 303
    assert f'action="{here}/leaving"' not in admin.get(here, headers=HTML).text


def test_a_key_is_suspended_and_resumed_as_it_was_shown(admin: httpx.Client) -> None:
    page = admin.get("/staff/keys", headers=HTML).text
    key, seen = re.findall(r'/staff/keys/([\w.-]+)/changes".*?name="version" value="([^"]+)"', page)[0]
    address = f"/staff/keys/{key}/changes"
    assert send(admin, address, act="suspend", version="old").status_code == 412
    assert send(admin, address, act="sell", version=seen).status_code == 422
    assert send(admin, address, act="suspend", version=seen).status_code == 303
    again = dict(re.findall(r'/staff/keys/([\w.-]+)/changes".*?name="version" value="([^"]+)"', admin.get("/staff/keys", headers=HTML).text))  # fmt: skip
    assert send(admin, address, act="resume", version=again[key]).status_code == 303


def test_the_health_of_the_office_is_shown_and_its_paths_are_walked(admin: httpx.Client) -> None:
    assert admin.get("/staff/health", headers=HTML).status_code == 200
    assert send(admin, "/staff/health").status_code == 200


@pytest.mark.parametrize("path", ["/staff/people", "/staff/keys", "/staff/health"])
def test_who_administers_nothing_does_not_see_the_pages(running: Running, path: str) -> None:
    with running.client(OFFICER_LOGIN) as officer:
        assert officer.get(path, headers=HTML).status_code == 403


def test_a_neighbours_people_do_not_exist_here(running: Running) -> None:
    stranger = running.enrol("la", "THIDU-EDU", StaffRole.COUNTER_CLERK)
    running.enrol("quan-tri-giao-duc", "THIDU-EDU", StaffRole.ADMIN)
    own = running.enrol("nha", "THIDU", StaffRole.COUNTER_CLERK)
    with running.client("quan-tri-giao-duc") as neighbour:
        assert neighbour.get(f"/staff/people/{stranger}", headers=HTML).status_code == 200
        assert neighbour.get(f"/staff/people/{own}", headers=HTML).status_code == 404
        assert send(neighbour, f"/staff/people/{own}/leaving").status_code == 404
