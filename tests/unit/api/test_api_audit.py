"""The auditor: read only, by number, code, day and person; and evidence of one copy that a stranger can check."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator

import httpx
import pytest

from api.acts.audit import check_bundle
from api.acts.proofs import log_key
from api.errors import RequestInvalid
from certify import Role
from tests.running import Running
from tests.small_paper import small_scan

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def code(running: Running) -> str:
    with running.officer() as officer:
        told: str = running.certify(officer)["code_of_copy"]
        given_up = running.prepare(officer, running.read_draft(officer, small_scan(mark="given-up")))
        item = officer.get(f"/v1/drafts/{given_up['item_id']}")
        officer.delete(f"/v1/drafts/{given_up['item_id']}/number", headers={"If-Match": item.headers["ETag"]})
    return told


@pytest.fixture(scope="module")
def auditor(running: Running, code: str) -> Iterator[httpx.Client]:
    running.enrol("kiem-tra", "THIDU", Role.AUDITOR)
    with running.client("kiem-tra") as client:
        yield client


def taken(auditor: httpx.Client, code: str) -> bytes:
    why = {"reason": "COMPLAINT", "words": "Đơn số 12"}
    return auditor.post(f"/v1/audit/copies/{code}/evidence", json=why).raise_for_status().content


def lines(auditor: httpx.Client, **asked: str | int) -> list[dict[str, object]]:
    found: list[dict[str, object]] = auditor.get("/v1/audit/lines", params=asked).raise_for_status().json()["items"]
    return found


def test_lines_are_found_by_number_code_day_and_person(running: Running, auditor: httpx.Client, code: str) -> None:
    everything = lines(auditor)
    assert [(line["number"], line["status"]) for line in everything] == [(2, "VOID"), (1, "FINAL")]
    assert lines(auditor, number=1) == lines(auditor, code=code) == everything[1:]
    today = running.services.law.local_date(running.services.clock.now())
    assert lines(auditor, day=today.isoformat()) == everything
    assert lines(auditor, day="2020-01-01") == []
    assert lines(auditor, person=str(everything[0]["officer_id"])) == everything
    assert lines(auditor, person="somebody-else") == []


def test_voids_are_findings_and_a_whole_book_has_no_gap(auditor: httpx.Client) -> None:
    book_id = auditor.get("/v1/register/books").json()["items"][0]["book_id"]
    found = auditor.get(f"/v1/audit/books/{book_id}/findings").json()["items"]
    assert [(one["kind"], one["number"], one["code"]) for one in found if one["kind"] != "OVERRIDE"] == [
        ("VOID", 2, "CANCELLED")
    ]


def test_evidence_is_checked_with_the_logs_key_alone_and_the_holder_sees_that_it_was_read(
    running: Running, auditor: httpx.Client, code: str
) -> None:
    bundle = taken(auditor, code)
    checked = check_bundle(bundle, key=log_key(running.services))
    assert (checked.code, checked.number) == (code, "1")
    with zipfile.ZipFile(io.BytesIO(bundle)) as package:
        assert {"copy.pdf", "copy.pdf.proof", "row.json", "delegation.json", "approval.json", "history.json"} <= set(
            package.namelist()
        )
    with running.citizen("an") as an:
        assert "AUDIT_COMPLAINT: Đơn số 12" in {one["reason"] for one in an.get("/v1/history").json()["items"]}
        shown = an.get("/citizen/history").text
        assert "Giải quyết khiếu nại, tố cáo: Đơn số 12" in shown
    with zipfile.ZipFile(io.BytesIO(bundle)) as package:
        asked = json.loads(package.read("asked.json"))
    assert (asked["reason"], asked["words"]) == ("COMPLAINT", "Đơn số 12")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"reason": "COMPLAINT"}, 422),
        ({"reason": "COMPLAINT", "words": "  "}, 422),
        ({"reason": "COMPLAINT", "words": "a\u0000b"}, 422),
        ({"reason": "CURIOSITY", "words": "Đơn số 12"}, 409),
    ],
)
def test_no_evidence_is_given_without_a_reason_and_the_history_says_nothing(
    running: Running, auditor: httpx.Client, code: str, body: dict[str, str], status: int
) -> None:
    with running.citizen("an") as an:
        before = an.get("/v1/history").json()["items"]
        assert auditor.post(f"/v1/audit/copies/{code}/evidence", json=body).status_code == status
        assert auditor.get(f"/v1/audit/copies/{code}/evidence").status_code == 405
        assert an.get("/v1/history").json()["items"] == before


def test_page_asks_why_before_it_gives_the_evidence(running: Running, auditor: httpx.Client, code: str) -> None:
    address = f"/staff/audit/{code}/evidence"
    assert address in auditor.get("/staff/audit", params={"code": code}).text
    asked = auditor.get(address)
    assert 'value="COMPLAINT"' in asked.text
    refused = auditor.post(address, data={"reason": "COMPLAINT", "words": " "})
    assert refused.status_code == 422
    assert 'value="COMPLAINT" selected' in refused.text
    given = auditor.post(address, data={"reason": "REVIEW", "words": "Kế hoạch 3/2026"}).raise_for_status()
    assert check_bundle(given.content, key=log_key(running.services)).code == code


@pytest.mark.parametrize("part", ["copy.pdf", "row.json", "copy.pdf.proof", "README.txt"])
def test_a_changed_part_of_a_bundle_is_named(running: Running, auditor: httpx.Client, code: str, part: str) -> None:
    bundle = taken(auditor, code)
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bundle)) as package, zipfile.ZipFile(changed, "w") as forged:
        for name in package.namelist():
            forged.writestr(name, package.read(name) + (b" " if name == part else b""))
    with pytest.raises(RequestInvalid, match=part.replace(".", r"\.")):
        check_bundle(changed.getvalue(), key=log_key(running.services))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no zip at all"])
def test_what_is_no_bundle_is_refused(running: Running, content: bytes) -> None:
    with pytest.raises(RequestInvalid):
        check_bundle(content, key=log_key(running.services))


def test_auditor_changes_nothing(auditor: httpx.Client, code: str) -> None:
    assert auditor.post(f"/v1/register/copies/{code}/annulment", json={}).status_code == 403
    assert auditor.post("/v1/register/books", json={}).status_code == 403


def test_officer_is_no_auditor(running: Running, code: str) -> None:
    with running.officer() as officer:
        assert officer.get("/v1/audit/lines").status_code == 403
        assert officer.post(f"/v1/audit/copies/{code}/evidence", json={}).status_code == 403
