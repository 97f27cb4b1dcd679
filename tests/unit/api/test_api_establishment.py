"""Agencies and people over HTTP: entered, changed and ended within the own tree, from the version that was seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.demo.office import WARD
from certify import Agency, add_agency
from certify import Role as StaffRole
from tests.running import Running

# A whole office is started.
pytestmark = pytest.mark.slow

NAME = {"vi": "UBND phường Mới", "en": "New Ward", "fr": "Quartier Neuf"}
PERSON = {"agency_code": WARD, "name": "Lê Văn Mẫu", "position": "Công chức", "roles": ["counter_clerk"]}


@pytest.fixture(scope="module")
def admin(running: Running) -> Iterator[httpx.Client]:
    running.enrol("quan-tri-1", WARD, StaffRole.ADMIN)
    with running.client("quan-tri-1") as client:
        yield client


@pytest.fixture(scope="module")
def stranger(running: Running) -> Iterator[httpx.Client]:
    services = running.services
    with services.database.transaction() as tx:
        add_agency(tx, Agency("XAKHAC", "Xã", "O", "A", "COMMUNE", None, None, "S", services.clock.now(), None))
    running.enrol("quan-tri-khac", "XAKHAC", StaffRole.ADMIN)
    with running.client("quan-tri-khac") as client:
        yield client


def found(admin: httpx.Client, code: str, **more: Any) -> httpx.Response:
    return admin.post("/v1/agencies", json={"code": code, "name": NAME} | more)


def take_on(admin: httpx.Client, login: str, **more: Any) -> dict[str, Any]:
    made = admin.post("/v1/staff", json=PERSON | {"login": login} | more)
    assert made.status_code == 201, made.text
    told: dict[str, Any] = made.json()
    return told


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_an_agency_is_entered_once_below_the_own_one_and_nowhere_else(
    admin: httpx.Client, stranger: httpx.Client
) -> None:
    key = {"Idempotency-Key": "agency-0001"}
    made = admin.post("/v1/agencies", json={"code": "MOI-1", "name": NAME}, headers=key)
    assert (made.status_code, made.json()["parent_code"], made.json()["name"]) == (201, WARD, NAME)
    again = admin.post("/v1/agencies", json={"code": "MOI-1", "name": NAME}, headers=key)
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (made.json(), "true")
    assert code_of(found(admin, "MOI-1"))[0] == 409
    assert code_of(found(stranger, "MOI-2", parent_code=WARD)) == (404, "AGENCY_NOT_FOUND")


def test_an_agency_is_abolished_from_above_as_it_was_seen(admin: httpx.Client, stranger: httpx.Client) -> None:
    assert found(admin, "CU-1").status_code == 201
    assert found(admin, "KE-1").status_code == 201
    decision = {"successors": ["KE-1"], "decision_number": "15/NQ"}
    place = "/v1/agencies/CU-1/abolition"
    assert admin.post(place, json=decision).status_code == 428
    assert admin.post(place, json=decision, headers={"If-Match": '"x"'}).status_code == 412
    seen = {"If-Match": admin.get("/v1/agencies/CU-1").headers["ETag"]}
    assert stranger.post(place, json=decision, headers=seen).status_code == 404
    # What an agency leaves is not given to another tree.
    other = admin.post(place, json=decision | {"successors": ["XAKHAC"]}, headers=seen)
    assert other.status_code == 404
    ended = admin.post(place, json=decision, headers=seen)
    assert (ended.status_code, ended.json()["moved_cases"]) == (200, 0)
    assert ended.json()["agency"]["valid_to"] is not None
    assert admin.post(place, json=decision, headers=seen).status_code == 412


def test_nobody_abolishes_the_own_agency(admin: httpx.Client) -> None:
    found(admin, "KE-2")
    seen = {"If-Match": admin.get(f"/v1/agencies/{WARD}").headers["ETag"]}
    asked = {"successors": ["KE-2"], "decision_number": "1"}
    assert code_of(admin.post(f"/v1/agencies/{WARD}/abolition", json=asked, headers=seen)) == (403, "FORBIDDEN")


def test_a_person_is_taken_on_invited_once_and_comes_in(
    running: Running, admin: httpx.Client, stranger: httpx.Client
) -> None:
    told = take_on(admin, "le-van-mau")
    place = f"/v1/staff/{told['staff_id']}"
    assert stranger.post(f"{place}/invitation").status_code == 404
    assert code_of(admin.post("/v1/staff", json=PERSON | {"login": "le-van-mau"})) == (422, "REQUEST_INVALID")
    first = admin.post(f"{place}/invitation").json()["link"]
    second = admin.post(f"{place}/invitation").json()["link"]
    with running.client() as newcomer:
        paths = ["/in/" + link.rpartition("/in/")[2] for link in (first, second)]
        # The earlier one ended with the later.
        assert newcomer.get(paths[0]).status_code == 401
        assert newcomer.get(paths[1]).status_code == 303
        own = newcomer.get("/v1/sessions/current").json()
    assert (own["login"], own["roles"]) == ("le-van-mau", ["counter_clerk"])
    # Whoever came in once is recovered by two: one administrator alone would come in as anybody.
    assert admin.post(f"{place}/invitation").status_code == 409


def test_roles_are_changed_as_they_were_seen_and_hold_in_an_open_session(
    running: Running, admin: httpx.Client, stranger: httpx.Client
) -> None:
    told = take_on(admin, "doi-vai")
    place = f"/v1/staff/{told['staff_id']}"
    seen = {"If-Match": admin.get(place).headers["ETag"]}
    assert admin.patch(place, json={"roles": ["auditor"]}).status_code == 428
    assert stranger.patch(place, json={"roles": ["auditor"]}, headers=seen).status_code == 404
    with running.client("doi-vai") as clerk:
        assert clerk.get("/v1/staff").status_code == 403
        changed = admin.patch(place, json={"roles": ["auditor"], "position": "Kiểm tra"}, headers=seen)
        assert (changed.json()["roles"], changed.json()["position"]) == (["auditor"], "Kiểm tra")
        assert clerk.get("/v1/staff").status_code == 200
    lost = admin.patch(place, json={"position": "Khác"}, headers=seen)
    assert code_of(lost) == (412, "PRECONDITION_FAILED")
    admin.post(f"{place}/leaving").raise_for_status()
    gone = {"If-Match": admin.get(place).headers["ETag"]}
    assert admin.patch(place, json={"position": "Khác"}, headers=gone).status_code == 409


def test_nobody_gives_roles_to_oneself(admin: httpx.Client) -> None:
    place = f"/v1/staff/{admin.get('/v1/sessions/current').json()['subject_id']}"
    seen = {"If-Match": admin.get(place).headers["ETag"]}
    assert code_of(admin.patch(place, json={"roles": ["admin", "certifier"]}, headers=seen)) == (403, "FORBIDDEN")
    assert admin.patch(place, json={"position": "Chánh văn phòng"}, headers=seen).status_code == 200


@pytest.mark.parametrize(
    "wrong", [{"roles": []}, {"roles": ["citizen"]}, {"login": "A B"}, {"name": ""}, {"agency_code": "XAKHAC"}]
)
def test_a_person_who_cannot_be_meant_is_not_taken_on(
    admin: httpx.Client, stranger: httpx.Client, wrong: dict[str, Any]
) -> None:
    asked = PERSON | {"login": "khong-ai"} | wrong
    assert admin.post("/v1/staff", json=asked).status_code in {404, 422}


def test_an_agency_seals_by_itself_by_a_decision_only(admin: httpx.Client, stranger: httpx.Client) -> None:
    assert found(admin, "DAU-1").status_code == 201
    asked = {
        "decision_number": "16/QĐ",
        "valid_from": "2026-11-22T00:00:00+07:00",
        "valid_until": "2027-11-22T00:00:00+07:00",
    }
    place = "/v1/agencies/DAU-1/seal-policies"
    assert stranger.post(place, json=asked).status_code == 404
    made = admin.post(place, json=asked, headers={"Idempotency-Key": "seal-policy-1"})
    assert (made.status_code, made.json()["decision_number"]) == (201, "16/QĐ")
    assert admin.post(place, json=asked | {"valid_until": asked["valid_from"]}).status_code in {403, 409, 422}


def test_two_people_are_asked_for_by_a_decision_in_the_own_tree_until_it_is_ended(
    running: Running, admin: httpx.Client, stranger: httpx.Client
) -> None:
    place = f"/v1/agencies/{WARD}/four-eyes"
    asked = {"decision_number": "17/QĐ", "doc_type": "VN.LAND_CERT"}
    assert stranger.post(place, json=asked).status_code == 404
    assert stranger.get(place).status_code == 404
    with running.officer() as officer:
        assert officer.post(place, json=asked).status_code == 403
    made = admin.post(place, json=asked, headers={"Idempotency-Key": "four-eyes-1"})
    assert (made.status_code, made.json()["holds"], made.json()["doc_type"]) == (201, True, "VN.LAND_CERT")
    wrong = admin.post(place, json=asked | {"valid_until": "2020-01-01T00:00:00+07:00"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "GUARD_REFUSED"), wrong.text
    assert admin.post(place, json=asked | {"doc_type": "VN.NOTHING"}).status_code == 422
    policy = f"{place}/{made.json()['policy_id']}/end"
    assert stranger.post(policy).status_code == 404
    assert admin.post(policy).json()["holds"] is False
    assert [one["holds"] for one in admin.get(place).json()["items"]] == [False]


def test_page_of_four_eyes_shows_a_form_to_the_administrator_and_refuses_what_cannot_be_meant(
    running: Running, admin: httpx.Client
) -> None:
    with running.officer() as officer:
        assert officer.get("/staff/four-eyes").status_code == 403
    csrf = {"csrf_token": admin.headers["X-CSRF-Token"]}
    refused = admin.post("/staff/four-eyes", data=csrf | {"decision": " ", "since": "2026-13-01"})
    assert refused.status_code == 422
    done = admin.post("/staff/four-eyes", data=csrf | {"decision": "18/QĐ"})
    assert done.status_code == 303, done.text
    assert "18/QĐ" in admin.get("/staff/four-eyes").text
