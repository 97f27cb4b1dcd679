"""A key signs only what its owner approved, once, before the deadline."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from keys import (
    ActivationDesk,
    ActivationExpired,
    ActivationMissing,
    ActivationNotYours,
    ActivationRefused,
    ActivationRequest,
    ActivationRequired,
    ActivationUsed,
    CertificateExpired,
    CertificateUnusable,
    DigestNotActivated,
    Pin,
    WrongPin,
    check_signing_certificate,
)
from tests.office import Office, sha256_hex

FIRST, SECOND, THIRD = sha256_hex(b"first copy"), sha256_hex(b"second copy"), sha256_hex(b"third copy")


def test_officer_signs_the_digest_they_approved(office: Office) -> None:
    officer = office.officer()
    signature = office.activated_signer(officer, FIRST).sign(b"signed attributes")
    public_key = x509.load_der_x509_certificate(officer.credential.certificate_der).public_key()
    assert isinstance(public_key, ec.EllipticCurvePublicKey)
    public_key.verify(signature, b"signed attributes", ec.ECDSA(hashes.SHA256()))


def test_another_digest_is_refused(office: Office) -> None:
    officer = office.officer()
    activation_id = office.activate(officer, FIRST)
    with pytest.raises(DigestNotActivated, match=SECOND):
        office.desk.signer(activation_id, key_id=officer.key_id, digest_hex=SECOND)


def test_another_users_request_is_refused(office: Office) -> None:
    officer, colleague = office.officer(), office.officer()
    activation_id = office.activate(officer, FIRST)
    with pytest.raises(ActivationNotYours):
        office.desk.signer(activation_id, key_id=officer.key_id, digest_hex=FIRST, user_id=colleague.user_id)
    with pytest.raises(ActivationNotYours):
        office.desk.signer(activation_id, key_id=colleague.key_id, digest_hex=FIRST)


def test_colleagues_pin_does_not_open_an_officers_key(office: Office) -> None:
    officer, colleague = office.officer(), office.officer()
    request = ActivationRequest(officer.key_id, colleague.user_id, office.now + timedelta(minutes=1), (FIRST,))
    with pytest.raises(WrongPin):
        office.desk.activate_by_pin(request, colleague.pin)


def test_expired_activation_is_refused(office: Office) -> None:
    officer = office.officer()
    activation_id = office.activate(officer, FIRST)
    office.clock.advance(timedelta(minutes=5))
    with pytest.raises(ActivationExpired):
        office.desk.signer(activation_id, key_id=officer.key_id, digest_hex=FIRST)


def test_signer_taken_in_time_does_not_sign_after_the_deadline(office: Office) -> None:
    officer = office.officer()
    signer = office.activated_signer(officer, FIRST)
    office.clock.advance(timedelta(minutes=5))
    with pytest.raises(ActivationExpired):
        signer.sign(b"too late")
    assert not office.uses.used


def test_digest_is_signed_once(office: Office) -> None:
    officer = office.officer()
    activation_id = office.activate(officer, FIRST, SECOND)
    signer = office.desk.signer(activation_id, key_id=officer.key_id, digest_hex=FIRST)
    twin = office.desk.signer(activation_id, key_id=officer.key_id, digest_hex=FIRST)
    signer.sign(b"once")
    with pytest.raises(ActivationUsed):
        signer.sign(b"twice")
    with pytest.raises(ActivationUsed):
        twin.sign(b"twice")
    with pytest.raises(ActivationUsed):
        office.desk.signer(activation_id, key_id=officer.key_id, digest_hex=FIRST)


def test_use_recorded_by_another_process_is_refused_before_signing(office: Office) -> None:
    officer = office.officer()
    activation_id = office.activate(officer, FIRST)
    signer = office.desk.signer(activation_id, key_id=officer.key_id, digest_hex=FIRST)
    office.uses.use_once(activation_id, FIRST, at=office.now)
    with pytest.raises(ActivationUsed):
        signer.sign(b"elsewhere already")


def test_batch_signs_every_approved_digest_and_then_closes_the_key(office: Office) -> None:
    officer = office.officer()
    activation_id = office.activate(officer, FIRST, SECOND, THIRD)
    signers = [
        office.desk.signer(activation_id, key_id=officer.key_id, digest_hex=digest) for digest in (THIRD, FIRST, SECOND)
    ]
    assert len({signer.sign(b"copy") for signer in signers}) == 3
    with pytest.raises(ActivationUsed):
        office.desk.signer(activation_id, key_id=officer.key_id, digest_hex=SECOND)


def test_parallel_uses_of_one_digest_make_one_signature(office: Office) -> None:
    officer = office.officer()
    signer = office.activated_signer(officer, FIRST)
    outcomes: list[str] = []

    def sign() -> None:
        try:
            signer.sign(b"race")
            outcomes.append("signed")
        except ActivationUsed:
            outcomes.append("refused")

    threads = [threading.Thread(target=sign) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 15 + ["signed"]


def test_restart_of_the_process_loses_every_activation(office: Office) -> None:
    officer = office.officer()
    activation_id = office.activate(officer, FIRST)
    with pytest.raises(ActivationMissing, match="approve again"):
        office.new_desk().signer(activation_id, key_id=officer.key_id, digest_hex=FIRST)


def test_withdrawn_activation_signs_nothing(office: Office) -> None:
    officer = office.officer()
    activation_id = office.activate(officer, FIRST)
    signer = office.desk.signer(activation_id, key_id=officer.key_id, digest_hex=FIRST)
    office.desk.deactivate(activation_id)
    office.desk.deactivate(activation_id)
    with pytest.raises(ActivationMissing):
        signer.sign(b"withdrawn")


def test_closed_desk_signs_nothing(office: Office) -> None:
    officer = office.officer()
    seal_signer, signer = office.seal_signer(), office.activated_signer(officer, FIRST)
    office.desk.close()
    for closed in (seal_signer, signer):
        with pytest.raises(ActivationMissing):
            closed.sign(b"closed")


def test_expired_activations_are_forgotten_in_the_end(office: Office) -> None:
    officer = office.officer()
    activation_id = office.activate(officer, FIRST)
    office.clock.advance(timedelta(minutes=36))
    office.desk.close_expired()
    with pytest.raises(ActivationMissing):
        office.desk.signer(activation_id, key_id=officer.key_id, digest_hex=FIRST)


def test_seal_needs_no_person_and_an_officers_key_always_does(office: Office) -> None:
    officer = office.officer()
    assert office.seal_signer().sign(b"seal")
    assert office.seal_signer().credential.unattended
    with pytest.raises(ActivationRequired, match=officer.key_id):
        office.desk.unattended_signer(officer.key_id)
    with pytest.raises(ActivationRequired, match=officer.key_id):
        office.keystore.open_unattended(officer.key_id)
    request = ActivationRequest("seal", "user-1", office.now + timedelta(minutes=1), (FIRST,))
    with pytest.raises(ActivationRefused):
        office.desk.activate_by_pin(request, Pin("whatever"))


@pytest.mark.parametrize(
    ("minutes", "error"), [(0, ActivationExpired), (-1, ActivationExpired), (31, ActivationRefused)]
)
def test_deadline_lies_within_the_half_hour_to_come(office: Office, minutes: int, error: type[Exception]) -> None:
    officer = office.officer()
    deadline = office.now + timedelta(minutes=minutes)
    with pytest.raises(error):
        office.desk.activate_by_pin(ActivationRequest(officer.key_id, officer.user_id, deadline, (FIRST,)), officer.pin)


def test_officer_with_an_expired_certificate_activates_nothing(office: Office) -> None:
    officer = office.officer()
    office.clock.advance(timedelta(days=731))
    with pytest.raises(CertificateExpired, match="renew"):
        office.activate(officer, FIRST)


def test_certificate_is_not_used_before_its_time(office: Office) -> None:
    officer = office.officer()
    with pytest.raises(CertificateExpired, match="not valid before"):
        check_signing_certificate(officer.credential.certificate_der, at=office.now - timedelta(hours=1))


def test_certificate_of_a_ca_signs_no_documents(office: Office) -> None:
    with pytest.raises(CertificateUnusable, match="not meant"):
        check_signing_certificate(office.authority.issuing_der, at=office.now)


@pytest.mark.parametrize(
    "digests",
    [(), (FIRST, FIRST), ("abc",), (FIRST.upper(),), ("g" * 64,), tuple(sha256_hex(bytes(2) * n) for n in range(1001))],
    ids=["none", "twice", "short", "upper", "not hex", "too many"],
)
def test_malformed_request_is_refused(office: Office, digests: tuple[str, ...]) -> None:
    with pytest.raises(ActivationRefused):
        ActivationRequest("officer-1", "user-1", office.now, digests)


def test_request_without_user_or_time_zone_is_refused(office: Office) -> None:
    with pytest.raises(ActivationRefused):
        ActivationRequest("officer-1", "", office.now, (FIRST,))
    with pytest.raises(ActivationRefused):
        ActivationRequest("officer-1", "user-1", office.now.replace(tzinfo=None), (FIRST,))


def test_challenge_is_made_as_the_module_says() -> None:
    deadline = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    request = ActivationRequest("officer-1", "user-1", deadline, (FIRST, SECOND))
    fields = [b"vidimus-act-1", b"officer-1", b"user-1", b"2026-11-22T10:00:00.000000Z", b"2"]
    fields += [bytes.fromhex(FIRST), bytes.fromhex(SECOND)]
    encoded = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    assert request.challenge == hashlib.sha256(encoded).digest()


def test_challenge_changes_with_everything_it_binds(office: Office) -> None:
    request = ActivationRequest("officer-1", "user-1", office.now, (FIRST, SECOND))
    others = [
        replace(request, key_id="officer-2"),
        replace(request, user_id="user-2"),
        replace(request, expires_at=office.now + timedelta(microseconds=1)),
        replace(request, digests=(SECOND, FIRST)),
        replace(request, digests=(FIRST,)),
        # The border between two fields moves: without lengths these would encode alike.
        replace(request, key_id="officer-1u", user_id="ser-1"),
    ]
    assert len({item.challenge for item in (request, *others)}) == 1 + len(others)


def test_signing_survives_a_failed_check_before_the_key_is_used(office: Office) -> None:
    """A signer that was only looked at costs nothing: the approval still holds."""
    officer = office.officer()
    activation_id = office.activate(officer, FIRST)
    office.desk.signer(activation_id, key_id=officer.key_id, digest_hex=FIRST)
    assert office.desk.signer(activation_id, key_id=officer.key_id, digest_hex=FIRST).sign(b"now")


def test_desk_says_which_key_it_does_not_know(office: Office) -> None:
    desk: ActivationDesk = office.desk
    with pytest.raises(Exception, match="officer-9"):
        desk.activate_by_pin(
            ActivationRequest("officer-9", "user-9", office.now + timedelta(minutes=1), (FIRST,)), Pin("123456")
        )
