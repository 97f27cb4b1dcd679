"""Cases, agencies, people, delegations and keys over HTTP: what an office's administrator may see and stop, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI

from api.demo.office import OFFICER_LOGIN
from api.deprecation import Deprecation, deprecated
from api.front_door import FrontDoor
from api.identity import find_account
from certify import Agency, add_agency
from certify import Role as StaffRole
from tests.running import Running

# Starts a whole office or waits for clocks: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow

FROM, UNTIL = "2026-11-01T00:00:00+07:00", "2099-01-01T00:00:00+07:00"


@pytest.fixture(scope="module")
def admin(running: Running) -> Iterator[httpx.Client]:
    running.enrol("quan-tri-2", "THIDU", StaffRole.ADMIN)
    with running.client("quan-tri-2") as client:
        yield client


@pytest.fixture(scope="module")
def stranger(running: Running) -> Iterator[httpx.Client]:
    """The administrator of an office that stands in another tree."""
    services = running.services
    with services.database.transaction() as tx:
        add_agency(
            tx,
            Agency("XAKHAC", "Xã Khác", "Other", "Autre", "COMMUNE", None, None, "S", services.clock.now(), None),
        )
    running.enrol("quan-tri-khac", "XAKHAC", StaffRole.ADMIN)
    with running.client("quan-tri-khac") as client:
        yield client


@pytest.fixture(scope="module")
def officer_id(running: Running) -> str:
    with running.services.database.read() as tx:
        return find_account(tx, OFFICER_LOGIN).subject_id


def officers_key(running: Running, admin: httpx.Client, officer_id: str) -> str:
    keys = admin.get("/v1/keys", params={"limit": 100}).raise_for_status().json()["items"]
    return next(key["key_id"] for key in keys if key["owner_id"] == officer_id)


def test_cases_are_listed_by_state_and_shown_with_their_originals(running: Running) -> None:
    with running.officer() as officer:
        item_id = running.read_draft(officer)
        listed = (
            officer.get("/v1/cases", params={"state": "IN_PROGRESS", "limit": 100}).raise_for_status().json()["items"]
        )
        assert {case["state"] for case in listed} == {"IN_PROGRESS"}
        case_id = officer.get(f"/v1/drafts/{item_id}").json()["case_id"]
        assert case_id in {case["case_id"] for case in listed}
        case = officer.get(f"/v1/cases/{case_id}").raise_for_status().json()
        assert [item["item_id"] for item in case["items"]] == [item_id]
        assert "requester" not in officer.get(f"/v1/cases/{case_id}").text
        first = officer.get("/v1/cases", params={"limit": 1}).json()
        assert len(first["items"]) == 1
    with running.recipient() as other:
        assert other.get(f"/v1/cases/{case_id}").status_code == 404
        assert other.get("/v1/cases").json()["items"] == []


def test_agencies_are_told_to_everybody_who_works_here(running: Running) -> None:
    with running.recipient() as clerk:
        listed = clerk.get("/v1/agencies", params={"limit": 100}).raise_for_status().json()["items"]
        assert "THIDU" in {agency["code"] for agency in listed}
        assert clerk.get("/v1/agencies/THIDU").json()["name"]["vi"]
        assert clerk.get("/v1/agencies/NOWHERE").status_code == 404
    with running.client() as anyone:
        assert anyone.get("/v1/agencies").status_code == 401


def test_people_of_another_tree_do_not_exist(
    running: Running, admin: httpx.Client, stranger: httpx.Client, officer_id: str
) -> None:
    people = admin.get("/v1/staff").raise_for_status().json()["items"]
    assert officer_id in {person["staff_id"] for person in people}
    assert admin.get(f"/v1/staff/{officer_id}").json()["agency_code"] == "THIDU"
    for path in (f"/v1/staff/{officer_id}", f"/v1/staff/{officer_id}/delegations", "/v1/staff?agency=THIDU"):
        assert stranger.get(path).status_code == 404, path
    with running.officer() as officer:
        assert officer.get("/v1/staff").status_code == 403


def test_a_delegation_is_entered_by_its_decision_and_ended(
    admin: httpx.Client, stranger: httpx.Client, officer_id: str
) -> None:
    asked = {
        "staff_id": officer_id,
        "capacity": "TUQ",
        "on_behalf_of": "Chủ tịch",
        "decision_number": "12/QĐ-UBND",
        "valid_from": FROM,
        "valid_until": UNTIL,
    }
    key = {"Idempotency-Key": "delegation-0001"}
    assert stranger.post("/v1/delegations", json=asked).status_code == 404
    made = admin.post("/v1/delegations", json=asked, headers=key)
    assert made.status_code == 201, made.text
    assert admin.post("/v1/delegations", json=asked, headers=key).json() == made.json()
    other = admin.post("/v1/delegations", json=asked | {"capacity": "KT"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_CONFLICT")
    told = made.json()
    assert (told["holds_now"], told["valid_from"]) == (True, "2026-10-31T17:00:00Z")
    place = f"/v1/delegations/{told['delegation_id']}"
    assert stranger.delete(place).status_code == 404
    ended = admin.delete(place).raise_for_status().json()
    assert (ended["holds_now"], ended["ended_at"] is None) == (False, False)
    assert admin.delete(place).json()["ended_at"] == ended["ended_at"]
    listed = admin.get(f"/v1/staff/{officer_id}/delegations").json()["items"]
    assert told["delegation_id"] in {one["delegation_id"] for one in listed}


@pytest.mark.parametrize(
    "wrong",
    [{"valid_until": "2000-01-01T00:00:00Z"}, {"valid_from": "2026-11-01T00:00:00"}, {"capacity": "X"}, {"more": 1}],
)
def test_a_delegation_that_cannot_be_meant_is_refused(
    admin: httpx.Client, officer_id: str, wrong: dict[str, object]
) -> None:
    asked = {
        "staff_id": officer_id,
        "capacity": "TUQ",
        "on_behalf_of": "Chủ tịch",
        "decision_number": "12/QĐ-UBND",
        "valid_from": FROM,
        "valid_until": UNTIL,
    }
    assert admin.post("/v1/delegations", json=asked | wrong).status_code in {409, 422}


def test_a_key_is_suspended_from_the_version_that_was_seen(
    running: Running, admin: httpx.Client, stranger: httpx.Client, officer_id: str
) -> None:
    key_id = officers_key(running, admin, officer_id)
    seen = admin.get(f"/v1/keys/{key_id}")
    tag, place = {"If-Match": seen.headers["ETag"]}, f"/v1/keys/{key_id}/changes"
    lost = {"reason": "TOKEN_LOST"}
    assert admin.post(f"{place}/suspend", json=lost).status_code == 428
    assert stranger.get(f"/v1/keys/{key_id}").status_code == 404
    assert stranger.post(f"{place}/suspend", json=lost, headers=tag).status_code == 404
    suspended = admin.post(f"{place}/suspend", json=lost, headers=tag)
    assert (suspended.status_code, suspended.json()["status"]) == (200, "SUSPENDED")
    late = admin.post(f"{place}/resume", json={"reason": "FOUND_AGAIN"}, headers=tag)
    assert (late.status_code, late.json()["code"]) == (412, "PRECONDITION_FAILED")
    now = {"If-Match": suspended.headers["ETag"]}
    assert admin.post(f"{place}/suspend", json=lost, headers=now).status_code == 409
    assert admin.post(f"{place}/resume", json={"reason": "FOUND_AGAIN"}, headers=now).json()["status"] == "ACTIVE"
    assert admin.post(f"{place}/burn", json=lost, headers=now).status_code == 404


def test_keys_are_listed_with_what_ends_and_the_paths_are_walked(
    running: Running, admin: httpx.Client, stranger: httpx.Client
) -> None:
    listed = admin.get("/v1/keys").raise_for_status()
    assert "PRIVATE" not in listed.text
    assert {"PERSONAL", "AGENCY"} <= {key["kind"] for key in listed.json()["items"]}
    assert admin.get("/v1/keys/ending").raise_for_status().json()["next_cursor"] is None
    walked = admin.post("/v1/keys/dry-run").raise_for_status().json()
    assert {step["step"] for step in walked["steps"]} >= {"CERTIFICATE", "TIMESTAMP"}
    own = {key["key_id"] for key in listed.json()["items"]}
    assert stranger.get("/v1/keys").json()["items"] == []
    assert not {step["path"] for step in stranger.post("/v1/keys/dry-run").json()["steps"]} & own
    with running.officer() as officer:
        assert officer.get("/v1/keys").status_code == 403


def test_a_revoked_key_is_revoked_for_ever_and_the_embedded_authority_knows(
    running: Running, admin: httpx.Client
) -> None:
    keys = admin.get("/v1/keys", params={"limit": 100}).json()["items"]
    key_id = next(key["key_id"] for key in keys if key["kind"] == "AGENCY" and key["status"] == "ACTIVE")
    tag = {"If-Match": admin.get(f"/v1/keys/{key_id}").headers["ETag"]}
    told = admin.post(f"/v1/keys/{key_id}/revocation", json={"reason": "superseded"}, headers=tag)
    assert told.status_code == 200, told.text
    assert (told.json()["status"], told.json()["tell_authority"]) == ("REVOKED", False)
    again = admin.post(
        f"/v1/keys/{key_id}/changes/resume", json={"reason": "SORRY"}, headers={"If-Match": told.headers["ETag"]}
    )
    assert again.status_code == 409


async def test_an_address_that_will_go_says_so_on_every_answer(running: Running) -> None:
    app = FastAPI()
    app.state.services = running.services
    app.add_middleware(FrontDoor, services=running.services)
    since, sunset = datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)

    @app.get("/v1/old", deprecated=True)
    @deprecated(Deprecation(since, sunset, "/v1/new"))
    def old() -> dict[str, str]:
        return {}

    @app.get("/v1/new")
    def new() -> dict[str, str]:
        return {}

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        told, other = await client.get("/v1/old"), await client.get("/v1/new")
    assert told.headers["deprecation"] == f"@{int(since.timestamp())}"
    assert told.headers["sunset"] == "Sat, 01 Jan 2028 00:00:00 GMT"
    assert '</v1/new>; rel="successor-version"' in told.headers["link"]
    assert "deprecation" not in other.headers
    assert app.openapi()["paths"]["/v1/old"]["get"]["deprecated"]
