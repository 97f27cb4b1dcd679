"""Several copies with one approval: by PIN or by passkey, each told by name, and a key tried without a document."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from api.demo.office import OFFICER_LOGIN
from api.identity import find_account
from certify import ItemState, get_staff
from keys import Pin
from tests.officer_keys import PASSPHRASE, guarded_key
from tests.running import PIN, Running
from tests.small_paper import small_scan
from tests.soft_passkey import SoftPasskey

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def officer(running: Running) -> Iterator[httpx.Client]:
    with running.officer() as client:
        yield client


@pytest.fixture(scope="module")
def device(running: Running, officer: httpx.Client) -> SoftPasskey:
    """The officer's passkey, registered as a browser would."""
    device = SoftPasskey(rp_id="localhost", origin="http://localhost:8750")
    asked = officer.get("/v1/passkeys/options").raise_for_status().json()
    answer = device.register(_challenge(asked))
    body = {"answer": answer, "expires_at": asked["expires_at"]}
    assert officer.post("/v1/passkeys", json=body).status_code == 204
    again = officer.post("/v1/passkeys", json=body)
    # The question was answered once; the same answer is none to another.
    assert (again.status_code, again.json()["reason"]) == (403, "CHALLENGE")
    return device


@pytest.fixture
def guarded(running: Running) -> Iterator[None]:
    """For one test the officer's key is one that a passkey guards."""
    with guarded_key(running):
        yield


def _challenge(asked: dict[str, Any]) -> bytes:
    text = asked["options"]["challenge"]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _prepared(running: Running, officer: httpx.Client, count: int, *, mark: str) -> list[dict[str, Any]]:
    return [
        running.prepare(officer, running.read_draft(officer, small_scan(mark=f"{mark}{number}")))
        for number in range(count)
    ]


def _lines(ready: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{"item_id": each["item_id"], "sha256": each["sha256"]} for each in ready]


def _finish(running: Running, officer: httpx.Client, told: dict[str, Any]) -> list[str]:
    operations = [line["operation_id"] for line in told["items"] if line["operation_id"] is not None]
    return [running.wait(officer, operation_id)["status"] for operation_id in operations]


def test_a_batch_is_approved_once_and_the_changed_copy_is_refused_by_name(
    running: Running, officer: httpx.Client
) -> None:
    ready = _prepared(running, officer, 3, mark="batch")
    changed = ready[1]["item_id"]
    # The second copy is given up and prepared anew after the officer saw it.
    version = running.services.pipeline.item(changed).version
    assert officer.delete(f"/v1/drafts/{changed}/number", headers={"If-Match": f'"{version}"'}).status_code == 204
    running.prepare(officer, changed)
    body = {"items": _lines(ready), "checklist": ready[0]["checklist"], "pin": PIN}
    answer = officer.post("/v1/approvals/batch", json=body)
    assert answer.status_code == 202, answer.text
    told = answer.json()
    assert (told["approved"], told["refused"]) == (2, 1)
    refused = [line for line in told["items"] if line["problem"] is not None]
    assert [line["item_id"] for line in refused] == [changed]
    assert refused[0]["title"]
    assert refused[0]["problem"]["code"] == "READY_COPY_CHANGED"
    assert _finish(running, officer, told) == ["DONE", "DONE"]
    assert running.services.pipeline.item(changed).state is ItemState.PREPARED


def test_a_wrong_pin_approves_nothing_of_a_batch(running: Running, officer: httpx.Client) -> None:
    ready = _prepared(running, officer, 2, mark="wrong")
    body = {"items": _lines(ready), "checklist": ready[0]["checklist"], "pin": "canary-000"}
    answer = officer.post("/v1/approvals/batch", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "WRONG_PIN")
    assert "canary" not in answer.text
    states = {running.services.pipeline.item(each["item_id"]).state for each in ready}
    assert states == {ItemState.PREPARED}


def test_a_passkey_approves_exactly_the_list_it_was_shown_and_once(
    running: Running, officer: httpx.Client, device: SoftPasskey, guarded: None
) -> None:
    ready = _prepared(running, officer, 2, mark="passkey")
    asked = officer.post("/v1/approvals/passkey-options", json={"items": _lines(ready)}).raise_for_status().json()
    assert asked["options"]["userVerification"] == "required"
    passkey = {"answer": device.approve(_challenge(asked)), "expires_at": asked["expires_at"]}
    body = {"checklist": ready[0]["checklist"], "passkey": passkey}
    for other in (_lines(ready)[::-1], _lines(ready)[:1]):
        wrong = officer.post("/v1/approvals/batch", json=body | {"items": other})
        assert (wrong.status_code, wrong.json()["code"], wrong.json()["reason"]) == (
            403,
            "PASSKEY_REFUSED",
            "CHALLENGE",
        )
    right = officer.post("/v1/approvals/batch", json=body | {"items": _lines(ready)})
    assert right.status_code == 202, right.text
    assert _finish(running, officer, right.json()) == ["DONE", "DONE"]
    replayed = officer.post("/v1/approvals/batch", json=body | {"items": _lines(ready)})
    assert replayed.status_code in {403, 409}
    assert replayed.json()["code"] in {"ACTIVATION_USED", "PASSKEY_REFUSED"}


def test_a_passkey_that_verified_nobody_approves_nothing(
    running: Running, officer: httpx.Client, device: SoftPasskey, guarded: None
) -> None:
    ready = _prepared(running, officer, 1, mark="touch")
    asked = officer.post("/v1/approvals/passkey-options", json={"items": _lines(ready)}).raise_for_status().json()
    device.verifies_user = False
    try:
        answer = device.approve(_challenge(asked))
    finally:
        device.verifies_user = True
    passkey = {"answer": answer, "expires_at": asked["expires_at"]}
    body = {"items": _lines(ready), "checklist": ready[0]["checklist"], "passkey": passkey}
    refused = officer.post("/v1/approvals/batch", json=body)
    assert (refused.status_code, refused.json()["reason"]) == (403, "NOT_VERIFIED")


@pytest.mark.parametrize(
    "body",
    [
        {"items": [], "checklist": [], "pin": "1"},
        {"items": [{"item_id": "0" * 26, "sha256": "0" * 64}], "checklist": []},
        {
            "items": [{"item_id": "0" * 26, "sha256": "0" * 64}],
            "checklist": [],
            "pin": "1",
            "passkey": {"answer": "{}", "expires_at": "2026-11-22T03:00:00Z"},
        },
        {"items": [{"item_id": "0" * 26, "sha256": "0" * 64}], "checklist": [], "pin": "1", "token": True},
    ],
    ids=["nothing", "no key", "two keys", "a key and a token"],
)
def test_a_batch_that_cannot_be_meant_is_refused(officer: httpx.Client, body: dict[str, Any]) -> None:
    assert officer.post("/v1/approvals/batch", json=body).status_code == 422


def test_a_token_is_neither_asked_nor_heard_about_an_item_of_nobody_here(officer: httpx.Client) -> None:
    unknown = "0" * 26
    lines = [{"item_id": unknown, "sha256": "0" * 64}]
    given = {"item_id": unknown, "signature": base64.b64encode(b"x" * 70).decode()}
    for path, body in (
        ("batch", {"items": lines, "checklist": [], "token": True}),
        ("token-questions", {"items": [unknown]}),
        ("token-signatures", {"items": [given]}),
    ):
        answer = officer.post(f"/v1/approvals/{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "ITEM_NOT_FOUND"), path
    unreadable = officer.post("/v1/approvals/token-signatures", json={"items": [given | {"signature": "%"}]})
    assert (unreadable.status_code, unreadable.json()["field"]) == (422, "signature")


def test_an_officer_tries_the_key_with_the_pin_and_no_document_is_made(running: Running, officer: httpx.Client) -> None:
    assert officer.post("/v1/token-trials", json={"pin": PIN}).json() == {"works": True}
    wrong = officer.post("/v1/token-trials", json={"pin": "000000"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "WRONG_PIN")


def test_an_officer_tries_a_token_by_what_it_signed(running: Running, officer: httpx.Client) -> None:
    services = running.services
    question = officer.get("/v1/token-trials/question").json()
    with services.database.read() as tx:
        key_id = get_staff(tx, find_account(tx, OFFICER_LOGIN).subject_id).key_id or ""
    certificate = services.keystore.credential(key_id).certificate_der
    assert question["certificate_sha256"] == hashlib.sha256(certificate).hexdigest()
    key = services.keystore.open_key(key_id, Pin(PIN))
    signature = base64.b64encode(key.sign(base64.b64decode(question["to_be_signed"]))).decode()
    key.close()
    body = {"signature": signature, "expires_at": question["expires_at"]}
    assert officer.post("/v1/token-trials", json=body).json() == {"works": True}
    wrong = officer.post("/v1/token-trials", json=body | {"signature": base64.b64encode(b"x" * 70).decode()})
    assert wrong.json()["code"] == "SIGNATURE_MISMATCH"
    for bad in ({}, body | {"signature": "%"}, body | {"expires_at": "2026-01-01T00:00:00Z"}):
        assert officer.post("/v1/token-trials", json=bad).status_code == 422


def test_nothing_that_opens_a_key_stands_in_the_database(
    running: Running, officer: httpx.Client, device: SoftPasskey, guarded: None
) -> None:
    """PIN and passphrase reach no workflow row, no remembered answer, no table at all."""
    services = running.services
    inspector = sa.inspect(services.database.engine)
    dump: list[str] = []
    with services.database.read() as tx:
        for table in inspector.get_table_names():
            rows = tx.execute(sa.text(f'SELECT * FROM "{table}"')).all()
            dump.append(json.dumps([[str(value) for value in row] for row in rows]))
    whole = "".join(dump)
    assert PASSPHRASE not in whole
    assert f'"{PIN}"' not in whole
    assert "canary-000" not in whole
