"""Passkeys that sign in and confirm: each question answered once, by the one it was put to, with the user verified."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from api.acts.leaving import leave_office
from api.demo.office import OFFICER_LOGIN, RECIPIENT_LOGIN
from api.identity import find_account
from api.identity.passkeys import Purpose, new_challenge, use_challenge
from api.identity.tables import passkeys
from keys import PasskeyRefused
from tests.running import Running
from tests.soft_passkey import SoftPasskey

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow


def challenge_in(options: dict[str, Any]) -> bytes:
    text = options["challenge"]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def register(client: httpx.Client, **made: Any) -> SoftPasskey:
    device = SoftPasskey(rp_id="localhost", origin="http://localhost:8750", **made)
    asked = client.get("/v1/passkeys/options").raise_for_status().json()
    device.user_handle = base64.urlsafe_b64decode(asked["options"]["user"]["id"] + "==")
    body = {"answer": device.register(challenge_in(asked["options"])), "expires_at": asked["expires_at"]}
    kept = client.post("/v1/passkeys", json=body)
    assert kept.status_code == 204, kept.text
    return device


def ask(client: httpx.Client, path: str = "/v1/sessions/passkey-options") -> bytes:
    options = client.post(path).raise_for_status().json()["options"]
    assert options["userVerification"] == "required"
    return challenge_in(options)


@pytest.fixture(scope="module")
def device(running: Running) -> SoftPasskey:
    with running.citizen("an") as citizen:
        return register(citizen)


def test_a_passkey_says_by_itself_whose_it_is_and_opens_a_session(running: Running, device: SoftPasskey) -> None:
    with running.client() as browser:
        asked = browser.post("/v1/sessions/passkey-options").json()["options"]
        assert asked["allowCredentials"] == []
        entered = browser.post("/v1/sessions/passkey", json={"answer": device.approve(challenge_in(asked))})
        assert entered.status_code == 201, entered.text
        assert (entered.json()["door"], entered.json()["method"]) == ("citizen", "passkey")
        assert browser.get("/v1/records").status_code == 200


def test_an_answer_is_taken_once(running: Running, device: SoftPasskey) -> None:
    with running.client() as browser, running.client() as thief:
        answer = device.approve(ask(browser))
        assert browser.post("/v1/sessions/passkey", json={"answer": answer}).status_code == 201
        again = thief.post("/v1/sessions/passkey", json={"answer": answer})
    assert (again.status_code, again.json()["reason"]) == (403, "CHALLENGE")


def test_an_answer_to_a_question_that_nobody_asked_is_refused(running: Running, device: SoftPasskey) -> None:
    with running.client() as browser:
        answer = device.approve(b"c" * 32)
        assert browser.post("/v1/sessions/passkey", json={"answer": answer}).json()["reason"] == "CHALLENGE"


def test_a_question_for_one_thing_is_not_answered_for_another(running: Running, device: SoftPasskey) -> None:
    with running.citizen("an") as citizen, running.client() as browser:
        to_confirm = device.approve(ask(citizen, "/v1/sessions/current/passkey-options"))
        assert browser.post("/v1/sessions/passkey", json={"answer": to_confirm}).status_code == 403
        to_sign_in = device.approve(ask(browser))
        assert citizen.post("/v1/sessions/current/passkey", json={"answer": to_sign_in}).status_code == 403


def test_a_question_ends_after_five_minutes(running: Running) -> None:
    services = running.services
    at = services.clock.now()
    with services.database.transaction() as tx:
        asked = new_challenge(tx, Purpose.SIGN_IN, account_id=None, at=at, random_bytes=services.random_bytes)
        with pytest.raises(PasskeyRefused):
            use_challenge(tx, asked, Purpose.SIGN_IN, account_id=None, at=at + timedelta(minutes=5))
        use_challenge(tx, asked, Purpose.SIGN_IN, account_id=None, at=at + timedelta(minutes=4))


@pytest.mark.parametrize("fault", ["unverified", "stranger", "origin", "rp", "handle", "garbage", "huge"])
def test_an_answer_with_a_fault_opens_nothing(running: Running, device: SoftPasskey, fault: str) -> None:
    changes: dict[str, Any] = {
        "unverified": {"verifies_user": False},
        "stranger": {"credential_id": b"s" * 32},
        "origin": {"origin": "https://evil.example"},
        "rp": {"rp_id": "evil.example"},
        "handle": {"user_handle": b"somebody else"},
    }.get(fault, {})
    forged = SoftPasskey(
        **{
            "rp_id": device.rp_id,
            "origin": device.origin,
            "key": device.key,
            "credential_id": device.credential_id,
            "sign_count": 1000,
            "user_handle": device.user_handle,
        }
        | changes
    )
    with running.client() as browser:
        answer = forged.approve(ask(browser))
        answer = {"garbage": "{}", "huge": answer[:-1] + " " * 20_001 + "}"}.get(fault, answer)
        refused = browser.post("/v1/sessions/passkey", json={"answer": answer})
        assert refused.status_code in {403, 422}, refused.text
        assert not browser.cookies


def test_the_passkey_of_another_does_not_confirm(running: Running, device: SoftPasskey) -> None:
    with running.officer() as officer:
        answer = device.approve(ask(officer, "/v1/sessions/current/passkey-options"))
        refused = officer.post("/v1/sessions/current/passkey", json={"answer": answer})
    assert (refused.status_code, refused.json()["reason"]) == (403, "UNKNOWN_PASSKEY")


def test_a_passkey_confirms_who_is_there(running: Running, device: SoftPasskey) -> None:
    with running.citizen("an") as citizen:
        before = citizen.headers["X-CSRF-Token"]
        answer = device.approve(ask(citizen, "/v1/sessions/current/passkey-options"))
        confirmed = citizen.post("/v1/sessions/current/passkey", json={"answer": answer})
        assert confirmed.status_code == 200, confirmed.text
        assert confirmed.json()["csrf_token"] != before


def test_an_owner_lists_and_removes_own_passkeys_and_nobody_elses(running: Running) -> None:
    with running.citizen("chau") as citizen, running.officer() as stranger, running.citizen("chau") as elsewhere:
        gone = register(citizen)
        (own,) = citizen.get("/v1/passkeys").json()["items"]
        assert stranger.delete(f"/v1/passkeys/{own['passkey_id']}").status_code == 404
        assert citizen.delete(f"/v1/passkeys/{own['passkey_id']}").status_code == 204
        assert citizen.get("/v1/passkeys").json()["items"] == []
        # It may have gone with the device: what is open there ends too.
        assert elsewhere.get("/v1/passkeys").status_code == 401
    with running.client() as browser:
        refused = browser.post("/v1/sessions/passkey", json={"answer": gone.approve(ask(browser))})
    assert refused.json()["reason"] == "UNKNOWN_PASSKEY"


def test_a_passkey_from_before_opens_the_staff_account_of_its_owner(running: Running) -> None:
    with running.officer() as officer:
        device = register(officer)
    services = running.services
    with services.database.transaction() as tx:
        staff_id = find_account(tx, OFFICER_LOGIN).subject_id
        tx.execute(sa.update(passkeys).where(passkeys.c.user_id == staff_id).values(account_id=None))
    with running.client() as browser:
        entered = browser.post("/v1/sessions/passkey", json={"answer": device.approve(ask(browser))})
    assert (entered.status_code, entered.json()["door"]) == (201, "staff")


def test_the_pages_offer_passkeys_and_take_their_answers(running: Running, device: SoftPasskey) -> None:
    with running.client() as browser:
        assert 'data-passkey="/sign-in/passkey/options"' in browser.get("/sign-in").text
        asked = browser.post("/sign-in/passkey/options").json()
        form = {"answer": device.approve(challenge_in(asked)), "next": "/citizen/history"}
        entered = browser.post("/sign-in/passkey", data=form)
        assert (entered.status_code, entered.headers["location"]) == (303, "/citizen/history")
        replayed = browser.post("/sign-in/passkey", data=form)
        assert replayed.status_code == 403
        account = browser.get("/citizen/account")
        csrf = account.text.split('name="csrf_token" value="')[1].split('"')[0]
        asked = browser.post("/citizen/confirm/passkey/options", headers={"X-CSRF-Token": csrf}).json()
        answered = {"csrf_token": csrf, "answer": device.approve(challenge_in(asked)), "next": "/citizen"}
        assert browser.post("/citizen/confirm/passkey", data=answered).headers["location"] == "/citizen"
        csrf = browser.get("/citizen/account").text.split('name="csrf_token" value="')[1].split('"')[0]
        asked = browser.post("/citizen/account/passkeys/options", headers={"X-CSRF-Token": csrf}).json()
        assert json.dumps(asked["excludeCredentials"]) != "[]"
        second = SoftPasskey(rp_id="localhost", origin="http://localhost:8750")
        kept = {"csrf_token": csrf, "answer": second.register(challenge_in(asked))}
        assert browser.post("/citizen/account/passkeys", data=kept).status_code == 303
        assert browser.post("/citizen/account/passkeys", data=kept).status_code == 403


def test_the_passkeys_of_one_who_left_open_nothing(running: Running) -> None:
    # The last test of this module: nobody comes back from leaving.
    with running.recipient() as clerk:
        device = register(clerk)
    services = running.services
    with services.database.transaction() as tx:
        ended = leave_office(tx, find_account(tx, RECIPIENT_LOGIN).subject_id, at=services.clock.now())
    assert ended.passkeys == 1
    with running.client() as browser:
        refused = browser.post("/v1/sessions/passkey", json={"answer": device.approve(ask(browser))})
    assert refused.json()["reason"] == "UNKNOWN_PASSKEY"
