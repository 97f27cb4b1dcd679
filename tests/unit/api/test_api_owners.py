"""A or B: what belongs to one citizen or agency does not exist for another, on every route, by every id."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from api.access import OwnerRule, Requires, Role, declaration_of
from api.demo.office import OFFICER_LOGIN
from api.routes.openapi import api_routes
from certify import Agency, abolish, add_agency
from certify import Role as StaffRole
from samples.cast import CAST
from tests.running import Running

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow

NEIGHBOUR_LOGIN = "giao-duc"
# What stands in an address of a thing that really is somebody's.
STILL_ALLOWED = {"/v1/copies/{code}", "/c/{code}"}


@dataclass(frozen=True)
class Belongings:
    """Everything of An and of the ward that has an id."""

    ids: dict[str, str]
    etag: str

    def address(self, path: str) -> str | None:
        """The address of the thing a route is about, None when the route names nothing of anybody."""
        names = re.findall(r"\{(\w+)(?::path)?\}", path)
        if not set(names) & (set(self.ids) - {"number"}):
            return None
        filled = path
        for name in names:
            filled = re.sub(r"\{" + name + r"(:path)?\}", self.ids.get(name, "x"), filled)
        return filled


@pytest.fixture(scope="module")
def belongings(running: Running) -> Belongings:
    with running.officer() as officer:
        told = running.certify(officer)
        draft = officer.get(f"/v1/drafts/{told['item_id']}")
        etag, case_id = draft.headers["ETag"], draft.json()["case_id"]
    with running.citizen("an") as an:
        share = an.post(
            "/v1/shares", json={"record_id": told["record_id"], "purpose": "Xin học", "recipient": "Trường Hoa Phượng"}
        ).json()
        asked = "SAMPLE-CIVIL-STATUS-EXTRACT"
        match = an.get(f"/v1/procedures/{asked}/match").json()
        chosen = {one["requirement_id"]: one["candidates"][0] for one in match["outcomes"] if one["candidates"]}
        filed = an.post("/v1/submissions", json={"procedure_id": asked, "chosen": chosen, "consent": True})
        assert filed.status_code == 201, filed.text
    submission = filed.json()
    numbers = {name: {"number": CAST[name].id_number} for name in ("an", "chau")}
    with running.officer() as officer:
        # A mandate of An over a vault of a minor: An's to use, and Châu knows nothing of it.
        entered = officer.post("/v1/mandates", json={
            "holder": {"number": "000219012345", "name": "Nguyễn Bé Thí Dụ", "birth_date": "2019-03-02"},
            "person": numbers["an"], "kind": "PARENT", "document_number": "KS 3/2019",
        })  # fmt: skip
        assert entered.status_code == 201, entered.text
        mandate = entered.json()
    holder_id = mandate["holder_id"]
    ids = {
        "item_id": told["item_id"],
        "case_id": case_id,
        "record_id": told["record_id"],
        "operation_id": told["operation_id"],
        "code": told["code_of_copy"],
        "share_id": share["share_id"],
        "consent_id": submission["consent_id"],
        "submission_id": submission["submission_id"],
        "requirement_id": submission["items"][0]["requirement_id"],
        "holder_id": holder_id,
        "mandate_id": mandate["mandate_id"],
        "number": "1",
    }
    return Belongings(ids, etag)


@pytest.fixture(scope="module")
def neighbour(running: Running) -> Iterator[httpx.Client]:
    """A clerk and certifier of another agency, with every right there."""
    running.enrol(NEIGHBOUR_LOGIN, "THIDU-EDU", *StaffRole)
    with running.client(NEIGHBOUR_LOGIN) as client:
        yield client


def owned_calls(
    running: Running, belongings: Belongings, owners: set[OwnerRule]
) -> Iterator[tuple[str, str, Requires]]:
    for route in api_routes(running.app):
        declared = declaration_of(route)
        assert declared is not None
        address = belongings.address(route.path)
        if address is None or declared.owner not in owners or route.path in STILL_ALLOWED:
            continue
        for method in sorted(route.methods or ()):
            yield method, address, declared


def call(client: httpx.Client, method: str, address: str, *, etag: str) -> httpx.Response:
    """A call that has everything right but its owner."""
    more: dict[str, Any] = {"headers": {"If-Match": etag}}
    if address.endswith("/scan"):
        more["files"] = {"scan" if address.startswith("/staff") else "file": ("a.jpg", b"\xff\xd8\xff", "image/jpeg")}
        more["data"] = {"csrf_token": client.headers["X-CSRF-Token"]}
    elif method in {"POST", "PUT", "DELETE"} and address.startswith("/v1"):
        more["json"] = whole_body(address)
    elif method == "POST":
        more["data"] = {
            "csrf_token": client.headers["X-CSRF-Token"],
            "requirement_id": "birth",
            "sha256_hex": "0" * 64,
            "pin": "1",
            "code": "DAMAGED_ILLEGIBLE",
            "answer": "ACCEPTED",
            "decision": "ACCEPTED",
            "version": "1",
            "to": "RECEIVE",
            "issuer": "HOME",
            "choice": "CERTIFY",
            "act": "CLAIM",
            "way": "VAULT",
            "step": "RECEIVE",
            "status": "5",
            "why": "VAULT_DOWN",
            "expires_at": "2026-11-22T10:03:11+07:00",
            "signature": "MEUC",
        }
    if address.endswith("/file") and "/copies/" in address:
        more["params"] = {"reason": "CURIOSITY"}
    return client.request(method, address, **more)


def whole_body(address: str) -> dict[str, Any]:
    last = address.rsplit("/", 1)[-1]
    bodies: dict[str, dict[str, Any]] = {
        "prepare": {"pages_compared": 1},
        "comparison": {"pages_compared": 1},
        "evidence": {"reason": "REVIEW", "words": "x"},
        "refusal": {"code": "DAMAGED_ILLEGIBLE"},
        "answer": {"answer": "ACCEPTED"},
        "step": {"step": "RECEIVE"},
        "receipt": {"receipt_number": "BL-1"},
        "ground": {"kind": "EXEMPT", "code": "MERIT"},
        "reuse": {"choice": "CERTIFY"},
        "paper-copies": {"copies": 1},
        "acts": {"act": "CLAIM"},
        "delivery": {"way": "VAULT"},
        "annulment": {"decision_number": "1/QĐ", "reason": "WRONG_ORIGINAL"},
        "original": {"change": "REVOKED", "reason": "ISSUER_NOTICE"},
        "recall": {"holder_number": "000191012345", "reason": "WRONG_PERSON"},
        "end": {"document_number": "X"},
        "confirmation": {"value": "x"},
        "joint-rule": {"others_share_alone": True},
        "shares": {"record_id": "01KAM5X0E8Q2V7T9B3C4D5F6G7", "purpose": "x", "recipient": "y"},
        "signature-question": {"certificate": "MIIB"},
        "signature": {"certificate": "MIIB", "signature": "MEUC", "signing_time": "2026-11-22T10:03:11+07:00"},
        "status": {"status": 5, "reason": "x"},
        "withdrawal": {},
        "by-hand": {"why": "VAULT_DOWN", "sha256": "0" * 64},
        "approval": {"answer": "{}"},
        "users": {"person_number": "000191012345", "document_number": "x", "ends_on": "2030-01-01"},
    }
    return bodies.get(last, {})


def test_another_agency_finds_nothing_of_the_ward(
    running: Running, neighbour: httpx.Client, belongings: Belongings
) -> None:
    calls = list(owned_calls(running, belongings, {OwnerRule.AGENCY, OwnerRule.RECIPIENT}))
    assert len(calls) > 25
    for method, address, _declared in calls:
        answer = call(neighbour, method, address, etag=belongings.etag)
        assert answer.status_code == 404, f"{method} {address}: {answer.status_code} {answer.text[:300]}"


def test_the_ward_itself_is_not_the_recipient_of_the_dossier(running: Running, belongings: Belongings) -> None:
    with running.officer() as officer:
        calls = list(owned_calls(running, belongings, {OwnerRule.RECIPIENT}))
        assert calls
        for method, address, _declared in calls:
            assert call(officer, method, address, etag='"1"').status_code == 404, f"{method} {address}"


def test_another_citizen_finds_nothing_of_an(running: Running, belongings: Belongings) -> None:
    with running.citizen("chau") as chau:
        calls = [
            (method, address)
            for method, address, declared in owned_calls(running, belongings, {OwnerRule.SELF, OwnerRule.MANDATE})
            if Role.CITIZEN in declared.roles
        ]
        assert len(calls) > 10
        for method, address in calls:
            answer = call(chau, method, address, etag=belongings.etag)
            assert answer.status_code == 404, f"{method} {address}: {answer.status_code} {answer.text[:300]}"


def test_the_lists_of_others_do_not_name_it(running: Running, neighbour: httpx.Client, belongings: Belongings) -> None:
    ids = {value for name, value in belongings.ids.items() if name.endswith("_id") and name != "requirement_id"}
    with running.citizen("chau") as chau:
        asked = [chau.get(f"/v1/{place}") for place in ("records", "history", "shares", "consents", "submissions")] + [
            neighbour.get(f"/v1/{place}") for place in ("drafts", "received")
        ]
    for answer in asked:
        assert answer.status_code == 200
        assert not [one for one in ids if one in answer.text]


def test_a_paper_of_another_is_neither_shared_nor_sent(running: Running, belongings: Belongings) -> None:
    record_id = belongings.ids["record_id"]
    with running.citizen("chau") as chau:
        shared = chau.post("/v1/shares", json={"record_id": record_id, "purpose": "x", "recipient": "y"})
        chosen = {belongings.ids["requirement_id"]: record_id}
        form = {"procedure_id": "SAMPLE-CIVIL-STATUS-EXTRACT", "chosen": chosen, "consent": True}
        sent = chau.post("/v1/submissions", json=form)
    assert (shared.status_code, sent.status_code) == (404, 422)
    assert sent.json()["code"] == "CHOICE_REFUSED"


def test_a_refused_look_is_not_a_look(running: Running, belongings: Belongings) -> None:
    with running.citizen("an") as an:
        reasons = [entry["reason"] for entry in an.get("/v1/history").json()["items"]]
    assert "CURIOSITY" not in reasons


def test_the_key_of_one_caller_gives_nothing_to_another(running: Running, belongings: Belongings) -> None:
    key = {"Idempotency-Key": "a-key-both-chose"}
    form = {"record_id": belongings.ids["record_id"], "purpose": "x", "recipient": "y"}
    with running.citizen("an") as an, running.citizen("chau") as chau:
        assert an.post("/v1/shares", json=form, headers=key).status_code == 201
        assert chau.post("/v1/shares", json=form, headers=key).status_code == 404


def test_the_office_may_look_for_a_reason_and_the_holder_sees_it(running: Running, belongings: Belongings) -> None:
    address = f"/v1/copies/{belongings.ids['code']}/file"
    with running.client(OFFICER_LOGIN) as officer:
        assert officer.get(address).status_code == 422
        assert officer.get(address, params={"reason": "because of Mrs An"}).status_code == 422
        content = officer.get(address, params={"reason": "COMPLAINT_17"})
    assert content.content.startswith(b"%PDF-")
    with running.citizen("an") as an:
        entry = an.get("/v1/history").json()["items"][0]
    assert (entry["action"], entry["reason"], entry["agency_code"]) == ("STAFF_ACCESS", "COMPLAINT_17", "THIDU")


def looks_of_staff(running: Running) -> list[dict[str, Any]]:
    with running.citizen("an") as an:
        return [one for one in an.get("/v1/history").json()["items"] if one["reason"] == "CASE"]


def test_an_ended_case_opens_to_a_colleague_only_with_an_entry_that_the_holder_sees(
    running: Running, belongings: Belongings
) -> None:
    item_id = belongings.ids["item_id"]
    running.enrol("kiem-tra", "THIDU", StaffRole.AUDITOR)
    with running.officer() as officer:
        # On the day itself it is the work of who certified it.
        assert officer.get(f"/v1/drafts/{item_id}/pages/1").status_code == 200
    assert looks_of_staff(running) == []
    with running.client("kiem-tra") as auditor:
        assert auditor.get("/v1/drafts").status_code == 200
        assert looks_of_staff(running) == []
        assert auditor.get(f"/v1/drafts/{item_id}/pages/1").status_code == 200
        assert auditor.get(f"/staff/items/{item_id}").status_code == 200
    # Turning the pages is one look.
    (entry,) = looks_of_staff(running)
    assert (entry["action"], entry["agency_code"]) == ("STAFF_ACCESS", "THIDU")


def test_a_copy_is_given_for_a_case_of_this_holder_and_of_no_other(running: Running, belongings: Belongings) -> None:
    address = f"/v1/copies/{belongings.ids['code']}/file"
    with running.officer() as officer:
        own = officer.get(f"/v1/drafts/{belongings.ids['item_id']}").json()["case_id"]
        other_item = running.read_draft(officer, holder="chau")
        other = officer.get(f"/v1/drafts/{other_item}").json()["case_id"]
        assert officer.get(address).json()["field"] == "reason"
        assert officer.get(address, params={"case_id": other}).status_code == 404
        assert officer.get(address, params={"case_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}).status_code == 404
        before = len(looks_of_staff(running))
        assert officer.get(address, params={"case_id": own}).content.startswith(b"%PDF-")
    assert len(looks_of_staff(running)) == before + 1


def test_successor_of_an_abolished_agency_sees_its_cases_and_nobody_else_does(running: Running) -> None:
    services, at = running.services, running.services.clock.now()
    with services.database.transaction() as tx:
        for code in ("XA-CU", "XA-MOI"):
            add_agency(tx, Agency(code, code, code, code, "COMMUNE", "THIDU", None, "X/BS", at, None))
    for login, code in (("nguoi-cu", "XA-CU"), ("nguoi-moi", "XA-MOI"), ("nguoi-ngoai", "THIDU-EDU")):
        running.enrol(login, code, StaffRole.COUNTER_CLERK)
    with (
        running.client("nguoi-cu") as before,
        running.client("nguoi-moi") as after,
        running.client("nguoi-ngoai") as other,
    ):
        item_id = running.read_draft(before)
        case_id = before.get(f"/v1/drafts/{item_id}").json()["case_id"]
        assert after.get(f"/v1/drafts/{item_id}").status_code == 404
        with services.database.transaction() as tx:
            now = services.clock.now()
            abolish(tx, "XA-CU", successors=["XA-MOI"], decision_number="01/NQ-HĐND", since=now, at=now)
        assert after.get(f"/v1/drafts/{item_id}").json()["case_id"] == case_id
        assert [one["case_id"] for one in after.get("/v1/cases").json()["items"]] == [case_id]
        assert before.get(f"/v1/drafts/{item_id}").status_code == 403
        assert other.get(f"/v1/drafts/{item_id}").status_code == 404
