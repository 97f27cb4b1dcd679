"""The page on which one copy is approved: by PIN, by a passkey, or by a token in the officer's own machine."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from certify import ItemState
from keys import IssuedCredential
from tests.officer_keys import PASSPHRASE, guarded_key, issue, key_in_hand, unreadable_key
from tests.running import PIN, Running
from tests.small_paper import small_scan
from tests.soft_passkey import SoftPasskey

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow

HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def officer(running: Running) -> Iterator[httpx.Client]:
    with running.officer() as client:
        yield client


def register(client: httpx.Client) -> SoftPasskey:
    device = SoftPasskey(rp_id="localhost", origin="http://localhost:8750")
    asked = client.get("/v1/passkeys/options").raise_for_status().json()
    body = {"answer": device.register(challenge_of(asked["options"])), "expires_at": asked["expires_at"]}
    assert client.post("/v1/passkeys", json=body).status_code == 204
    return device


def challenge_of(options: dict[str, Any]) -> bytes:
    text = options["challenge"]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def prepared(running: Running, officer: httpx.Client, mark: str) -> dict[str, Any]:
    return running.prepare(officer, running.read_draft(officer, small_scan(mark=mark)))


def send(client: httpx.Client, ready: dict[str, Any], step: str, **fields: Any) -> httpx.Response:
    """Send a form of the approval's step; `step` is what follows `approve` in its address."""
    form = {"csrf_token": client.headers["X-CSRF-Token"], "sha256_hex": ready["sha256"]}
    form |= {"checklist": ready["checklist"]} | fields
    return client.post(f"/staff/items/{ready['item_id']}/approve{step}", data=form, headers=HTML)


def ask(client: httpx.Client, ready: dict[str, Any], step: str, **fields: Any) -> httpx.Response:
    """Ask what the page's script asks."""
    form = {"sha256_hex": ready["sha256"], "checklist": ready["checklist"]} | fields
    return client.post(f"/staff/items/{ready['item_id']}/approve/{step}", data=form)


def answered(client: httpx.Client, device: SoftPasskey, ready: dict[str, Any]) -> dict[str, str]:
    """What the page sends after a passkey answered for this copy."""
    asked = ask(client, ready, "passkey-question").raise_for_status().json()
    assert asked["options"]["userVerification"] == "required"
    return {"answer": device.approve(challenge_of(asked["options"])), "expires_at": asked["expires_at"]}


def state_of(running: Running, ready: dict[str, Any]) -> ItemState:
    return running.services.pipeline.item(ready["item_id"]).state


def shown(client: httpx.Client, ready: dict[str, Any]) -> httpx.Response:
    return client.get(f"/staff/items/{ready['item_id']}", headers=HTML)


def test_the_page_asks_for_what_opens_the_officers_key(running: Running, officer: httpx.Client) -> None:
    ready = prepared(running, officer, "ways")
    by_pin = shown(officer, ready)
    assert 'id="pin"' in by_pin.text
    assert "data-passkey" not in by_pin.text
    assert "8756" not in by_pin.headers["content-security-policy"]
    with guarded_key(running):
        without = shown(officer, ready).text
        assert 'href="/staff/account"' in without.split('id="act"')[1], (
            "who has no passkey yet is led to where one is made"
        )
        assert "data-passkey" not in without
        refused = ask(officer, ready, "passkey-question")
        assert (refused.status_code, refused.json()["field"]) == (422, "passkey")
    with key_in_hand(running):
        in_hand = shown(officer, ready)
        assert "data-token" in in_hand.text
        assert 'id="pin"' not in in_hand.text, "the PIN of a token is typed at the agent and never on a page"
        assert "connect-src 'self' http://127.0.0.1:8756;" in in_hand.headers["content-security-policy"]
        by_pin = send(officer, ready, "", pin=PIN)
        assert by_pin.status_code == 409, by_pin.text
        assert "KEY_IN_HAND" in by_pin.text
    with unreadable_key(running):
        # Whose key cannot be found still looks at the copy, and is told when it is to sign.
        assert 'id="pin"' in shown(officer, ready).text
        assert "KEY_FILE_UNUSABLE" in send(officer, ready, "", pin=PIN).text
    assert state_of(running, ready) is ItemState.PREPARED


def test_a_passkey_approves_what_was_shown_and_opens_the_next(running: Running, officer: httpx.Client) -> None:
    device = register(officer)
    first, second = prepared(running, officer, "key1"), prepared(running, officer, "key2")
    with guarded_key(running):
        page = shown(officer, first).text
        assert "data-passkey" in page
        assert 'id="pin"' not in page
        passkey = answered(officer, device, first)
        # Asked for one copy, given for another; a later deadline; a line that nobody confirmed.
        other = send(officer, second, "/passkey", **passkey)
        assert (other.status_code, "PASSKEY_REFUSED" in other.text) == (403, True)
        later = send(officer, first, "/passkey", **passkey | {"expires_at": "2099-01-01T00:00:00+00:00"})
        assert (later.status_code, "PASSKEY_REFUSED" in later.text) == (403, True)
        unconfirmed = answered(officer, device, second)
        missing = send(officer, second, "/passkey", **unconfirmed, checklist=second["checklist"][1:])
        assert "CHECKLIST_INCOMPLETE" in missing.text
        assert {state_of(running, one) for one in (first, second)} == {ItemState.PREPARED}
        passkey = answered(officer, device, first)
        done = send(officer, first, "/passkey", **passkey, then="next")
        assert done.status_code == 303, done.text
        assert done.headers["location"].endswith(f"?signed={first['item_id']}")
        assert state_of(running, first) is ItemState.CERTIFIED
        again = send(officer, first, "/passkey", **passkey)
        assert again.status_code in {403, 409}


def test_another_persons_passkey_and_another_files_digest_sign_nothing(running: Running, officer: httpx.Client) -> None:
    own = register(officer)
    with running.citizen("an") as citizen:
        theirs = register(citizen)
    ready = prepared(running, officer, "theirs")
    with guarded_key(running):
        # Theirs answers the very question; a copy of one that nobody registered does so, too.
        for device in (theirs, SoftPasskey(rp_id="localhost", origin="http://localhost:8750")):
            refused = send(officer, ready, "/passkey", **answered(officer, device, ready))
            assert refused.status_code == 403, refused.text
            assert 'role="alert"' in refused.text
        foreign = ready | {"sha256": "0" * 64}
        refused = send(officer, foreign, "/passkey", **answered(officer, own, foreign))
        assert (refused.status_code, "READY_COPY_CHANGED" in refused.text) == (409, True)
        assert ask(officer, ready | {"sha256": "no digest"}, "passkey-question").status_code == 409
    # A key that no passkey guards is not opened by one.
    refused = send(officer, ready, "/passkey", **answered(officer, own, ready))
    assert (refused.status_code, "ACTIVATION_REQUIRED" in refused.text) == (403, True)
    assert state_of(running, ready) is ItemState.PREPARED


def sign(issued: IssuedCredential, to_be_signed: bytes) -> str:
    key = pkcs12.load_pkcs12(issued.pkcs12, PASSPHRASE.encode()).key
    if isinstance(key, rsa.RSAPrivateKey):
        made = key.sign(to_be_signed, padding.PKCS1v15(), hashes.SHA256())
    else:
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        made = key.sign(to_be_signed, ec.ECDSA(hashes.SHA256()))
    return base64.b64encode(made).decode()


def test_a_token_in_hand_signs_what_was_shown_and_a_wrong_signature_leaves_it_waiting(
    running: Running, officer: httpx.Client
) -> None:
    ready = prepared(running, officer, "hand")
    with key_in_hand(running) as issued:
        foreign = ask(officer, ready | {"sha256": "0" * 64}, "token-question")
        assert (foreign.status_code, foreign.json()["code"]) == (409, "READY_COPY_CHANGED")
        missing = ask(officer, ready, "token-question", checklist=ready["checklist"][1:])
        assert missing.json()["code"] == "CHECKLIST_INCOMPLETE"
        assert state_of(running, ready) is ItemState.PREPARED
        asked = ask(officer, ready, "token-question").raise_for_status().json()
        wrong = sign(issue(running, "Trần Văn Mẫu"), base64.b64decode(asked["to_be_signed"]))
        refused = send(officer, ready, "/signature", signature=wrong)
        assert "SIGNATURE_MISMATCH" in refused.text
        assert send(officer, ready, "/signature", signature="%").status_code == 422
        assert state_of(running, ready) is ItemState.AWAITING_SIGNATURE
        # Asked anew, as after a token that was pulled out: under the same number.
        page = shown(officer, ready).text
        assert "data-token" in page
        asked = ask(officer, ready, "token-question").raise_for_status().json()
        signature = sign(issued, base64.b64decode(asked["to_be_signed"]))
        done = send(officer, ready, "/signature", signature=signature)
        assert (done.status_code, done.headers["location"]) == (303, f"/staff/items/{ready['item_id']}")
        assert state_of(running, ready) is ItemState.CERTIFIED
        again = send(officer, ready, "/signature", signature=signature)
        assert "SIGNATURE_NOT_AWAITED" in again.text
