"""A passkey approves exactly one request of exactly its owner, once, and only when it verified who that is."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from keys import (
    ActivationExpired,
    ActivationNotYours,
    ActivationRequest,
    ActivationRequired,
    ActivationUsed,
    Attendance,
    CredentialKind,
    DigestNotActivated,
    Passkey,
    PasskeyReason,
    PasskeyRefused,
    Pin,
    RelyingParty,
    Subject,
    VerifiedPasskey,
    assertion_options,
    registration_options,
    verify_assertion,
    verify_registration,
)
from tests.office import AGENCY, Office, sha256_hex
from tests.soft_passkey import SoftPasskey

PARTY = RelyingParty("127.0.0.1", "Vidimus", ("http://127.0.0.1:8750",))
FIRST, SECOND = sha256_hex(b"first copy"), sha256_hex(b"second copy")
USER, KEY = "user-1", "guarded"


@pytest.fixture
def device() -> SoftPasskey:
    return SoftPasskey()


@pytest.fixture
def passkey(device: SoftPasskey) -> Passkey:
    return verify_registration(PARTY, device.register(b"c" * 32), user_id=USER, challenge=b"c" * 32)


@pytest.fixture
def request_(office: Office) -> ActivationRequest:
    pin = Pin("long passphrase of the store")
    issued = office.authority.issue(
        CredentialKind.OFFICER, subject=Subject("Trần Văn Mẫu", AGENCY), pin=pin, at=office.now, rounds=1000
    )
    office.keystore.install(KEY, pkcs12=issued.pkcs12, pin=pin, attendance=Attendance.BY_PASSKEY)
    return ActivationRequest(KEY, USER, office.now + timedelta(minutes=5), (FIRST, SECOND))


def approve(device: SoftPasskey, passkey: Passkey, request: ActivationRequest) -> VerifiedPasskey:
    answer = device.approve(request.challenge)
    return verify_assertion(PARTY, answer, challenge=request.challenge, passkey=passkey)


def test_a_passkey_opens_its_owners_key_for_the_digests_it_approved(
    office: Office, device: SoftPasskey, passkey: Passkey, request_: ActivationRequest
) -> None:
    activation_id = office.desk.activate_by_passkey(request_, approve(device, passkey, request_))
    for digest in (SECOND, FIRST):
        assert office.desk.signer(activation_id, key_id=KEY, digest_hex=digest, user_id=USER).sign(b"copy")
    with pytest.raises(ActivationUsed):
        office.desk.signer(activation_id, key_id=KEY, digest_hex=FIRST)


def test_a_guarded_key_is_nobodys_without_a_passkey(office: Office, request_: ActivationRequest) -> None:
    with pytest.raises(ActivationRequired):
        office.desk.unattended_signer(KEY)
    officer = office.officer()
    assert office.keystore.is_guarded(KEY)
    assert not office.keystore.is_guarded(officer.key_id)
    proof = VerifiedPasskey(b"x", Passkey(b"", b"", "", 0))
    with pytest.raises(ActivationRequired, match="PIN"):
        office.keystore.open_by_passkey(officer.key_id, proof)


def test_the_same_answer_opens_nothing_a_second_time(
    office: Office, device: SoftPasskey, passkey: Passkey, request_: ActivationRequest
) -> None:
    proof = approve(device, passkey, request_)
    activation_id = office.desk.activate_by_passkey(request_, proof)
    office.desk.deactivate(activation_id)
    for desk in (office.desk, office.new_desk()):
        with pytest.raises(ActivationUsed):
            desk.activate_by_passkey(request_, proof)


def test_an_answer_for_other_documents_opens_nothing(
    office: Office, device: SoftPasskey, passkey: Passkey, request_: ActivationRequest
) -> None:
    answer = device.approve(request_.challenge)
    for other in (
        replace(request_, digests=(SECOND, FIRST)),
        replace(request_, digests=(FIRST,)),
        replace(request_, user_id="user-2"),
        replace(request_, key_id="other"),
        replace(request_, expires_at=request_.expires_at + timedelta(seconds=1)),
    ):
        with pytest.raises(PasskeyRefused) as caught:
            verify_assertion(PARTY, answer, challenge=other.challenge, passkey=passkey)
        assert caught.value.reason is PasskeyReason.CHALLENGE
    proof = verify_assertion(PARTY, answer, challenge=request_.challenge, passkey=passkey)
    with pytest.raises(ActivationNotYours):
        office.desk.activate_by_passkey(replace(request_, digests=(FIRST,)), proof)


def test_a_digest_that_was_not_approved_is_refused_and_logged(
    office: Office,
    device: SoftPasskey,
    passkey: Passkey,
    request_: ActivationRequest,
    caplog: pytest.LogCaptureFixture,
) -> None:
    activation_id = office.desk.activate_by_passkey(request_, approve(device, passkey, request_))
    with caplog.at_level(logging.WARNING, "keys.activation"), pytest.raises(DigestNotActivated):
        office.desk.signer(activation_id, key_id=KEY, digest_hex=sha256_hex(b"third"))
    told = caplog.records[-1].__dict__
    assert (told["refusal"], told["activation_id"]) == ("DigestNotActivated", activation_id)


def test_a_colleagues_passkey_opens_nothing(
    office: Office, device: SoftPasskey, passkey: Passkey, request_: ActivationRequest
) -> None:
    theirs = replace(passkey, user_id="user-2")
    with pytest.raises(ActivationNotYours):
        office.desk.activate_by_passkey(request_, approve(device, theirs, request_))


def test_an_answer_after_the_deadline_opens_nothing(
    office: Office, device: SoftPasskey, passkey: Passkey, request_: ActivationRequest
) -> None:
    proof = approve(device, passkey, request_)
    office.clock.advance(timedelta(minutes=5))
    with pytest.raises(ActivationExpired):
        office.desk.activate_by_passkey(request_, proof)


def test_a_touch_without_verification_proves_nothing(passkey: Passkey, device: SoftPasskey) -> None:
    device.verifies_user = False
    with pytest.raises(PasskeyRefused) as caught:
        verify_assertion(PARTY, device.approve(b"c" * 32), challenge=b"c" * 32, passkey=passkey)
    assert caught.value.reason is PasskeyReason.NOT_VERIFIED
    with pytest.raises(PasskeyRefused):
        verify_registration(PARTY, device.register(b"c" * 32), user_id=USER, challenge=b"c" * 32)


def test_another_site_or_another_passkey_proves_nothing(passkey: Passkey, device: SoftPasskey) -> None:
    for stranger in (
        replace(device, origin="https://evil.example"),
        replace(device, rp_id="evil.example"),
        SoftPasskey(credential_id=device.credential_id),
        SoftPasskey(),
    ):
        with pytest.raises(PasskeyRefused):
            verify_assertion(PARTY, stranger.approve(b"c" * 32), challenge=b"c" * 32, passkey=passkey)


def test_a_counter_that_goes_back_betrays_a_copy(passkey: Passkey, device: SoftPasskey) -> None:
    used = verify_assertion(PARTY, device.approve(b"c" * 32), challenge=b"c" * 32, passkey=passkey).passkey
    device.sign_count = 0
    with pytest.raises(PasskeyRefused) as caught:
        verify_assertion(PARTY, device.approve(b"d" * 32), challenge=b"d" * 32, passkey=used)
    assert caught.value.reason is PasskeyReason.CLONED


def test_a_passkey_that_does_not_count_is_accepted(device: SoftPasskey) -> None:
    device.counts = False
    passkey = verify_registration(PARTY, device.register(b"c" * 32), user_id=USER, challenge=b"c" * 32)
    for challenge in (b"d" * 32, b"e" * 32):
        assert verify_assertion(PARTY, device.approve(challenge), challenge=challenge, passkey=passkey)


@pytest.mark.parametrize(
    "answer",
    ["", "null", "[]", "{}", '{"rawId": 5}', '{"id":"a","rawId":"a","response":{}}', "x" * 30_000, "[" * 10_000],
)
def test_an_answer_no_browser_sends_is_refused(passkey: Passkey, answer: str) -> None:
    with pytest.raises(PasskeyRefused):
        verify_assertion(PARTY, answer, challenge=b"c" * 32, passkey=passkey)
    with pytest.raises(PasskeyRefused):
        verify_registration(PARTY, answer, user_id=USER, challenge=b"c" * 32)


def test_every_byte_of_an_answer_matters(passkey: Passkey, device: SoftPasskey) -> None:
    whole = json.loads(device.approve(b"c" * 32))
    for part in ("clientDataJSON", "authenticatorData", "signature"):
        altered = json.loads(json.dumps(whole))
        text = altered["response"][part]
        altered["response"][part] = text[:-3] + ("A" if text[-3] != "A" else "B") + text[-2:]
        with pytest.raises(PasskeyRefused):
            verify_assertion(PARTY, json.dumps(altered), challenge=b"c" * 32, passkey=passkey)


def test_what_a_browser_is_asked_demands_user_verification(passkey: Passkey) -> None:
    asked = json.loads(assertion_options(PARTY, challenge=b"c" * 32, passkeys=(passkey,)))
    assert asked["userVerification"] == "required"
    made = json.loads(registration_options(PARTY, user_id=USER, user_name="an", challenge=b"c" * 32))
    assert made["authenticatorSelection"]["userVerification"] == "required"
