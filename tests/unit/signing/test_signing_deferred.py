"""Deferred signing: the key is in other hands, and only its right answer, in time, completes the file."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature

from keys import CertificateExpired, CertificateRevoked, KeyAlgorithm, TimestampToken
from signing import (
    DeferredExpired,
    DeferredMismatch,
    DeferredSignature,
    DeferredState,
    DeferredStateUnreadable,
    NewField,
    PadesLevel,
    SignatureMismatch,
    SigningServices,
    SignRequest,
    complete_deferred,
    prepare_deferred,
)
from signing.verify import Verdict, verify_pdf
from tests.blank_copies import blank_copy
from tests.office import Office, OfficerCredentials
from tests.unit.signing.conftest import MakeRequest


@pytest.fixture
def owner(office: Office) -> OfficerCredentials:
    return office.officer()


@pytest.fixture
def deferred(
    office: Office, owner: OfficerCredentials, services: SigningServices, ask: MakeRequest
) -> DeferredSignature:
    return prepare_deferred(
        blank_copy(), request=ask(level=PadesLevel.B_T), credential=owner.credential, services=services
    )


def _sign(office: Office, owner: OfficerCredentials, deferred: DeferredSignature) -> bytes:
    key = office.keystore.open_key(owner.key_id, owner.pin)
    try:
        return key.sign(deferred.to_be_signed)
    finally:
        key.close()


@pytest.mark.parametrize(
    ("level", "algorithm"),
    [(level, KeyAlgorithm.ECDSA_P256_SHA256) for level in PadesLevel] + [(PadesLevel.B_T, KeyAlgorithm.RSA_SHA256)],
)
def test_a_key_in_other_hands_signs_at_the_level_that_was_asked(
    office: Office, services: SigningServices, ask: MakeRequest, algorithm: KeyAlgorithm, level: PadesLevel
) -> None:
    owner = office.officer(algorithm=algorithm)
    deferred = prepare_deferred(blank_copy(), request=ask(level=level), credential=owner.credential, services=services)
    state = DeferredState.from_json(deferred.state.to_json())
    office.clock.advance(timedelta(minutes=2))
    signed = complete_deferred(
        deferred.prepared_pdf,
        state=state,
        signature=_sign(office, owner, deferred),
        credential=owner.credential,
        services=services,
        at=office.now,
    )
    report = verify_pdf(signed.pdf, trust=office.trust, at=office.now)
    assert report.verdict in {Verdict.VALID, Verdict.VALID_WITH_WARNING}
    assert report.signatures[0].cryptographically_valid
    assert report.signatures[0].level == level.value


def test_the_state_is_a_few_hundred_bytes_and_the_hash_covers_the_file(deferred: DeferredSignature) -> None:
    assert len(deferred.state.to_json()) < 400
    assert len(deferred.hash_to_sign) == 32


def test_a_raw_ecdsa_answer_over_the_hash_is_taken(
    office: Office, owner: OfficerCredentials, deferred: DeferredSignature, services: SigningServices
) -> None:
    """A token that signs hashes answers with r and s side by side."""
    der = _sign(office, owner, deferred)
    raw = b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(der))
    signed = complete_deferred(
        deferred.prepared_pdf,
        state=deferred.state,
        signature=raw,
        credential=owner.credential,
        services=services,
        at=office.now,
    )
    assert signed.level is PadesLevel.B_T


def test_a_new_field_can_be_deferred_too(
    office: Office, owner: OfficerCredentials, services: SigningServices, ask: MakeRequest
) -> None:
    request = ask("Fresh", level=PadesLevel.B_B, mark=None)
    deferred = prepare_deferred(
        blank_copy(), request=request, credential=owner.credential, services=services, new_field=NewField()
    )
    signed = complete_deferred(
        deferred.prepared_pdf,
        state=deferred.state,
        signature=_sign(office, owner, deferred),
        credential=owner.credential,
        services=services,
        at=office.now,
    )
    assert signed.field == "Fresh"


def _complete(
    office: Office, owner: OfficerCredentials, deferred: DeferredSignature, services: SigningServices, **other: object
) -> None:
    values: dict[str, object] = {
        "state": deferred.state,
        "signature": _sign(office, owner, deferred),
        "credential": owner.credential,
        "at": office.now,
    } | other
    pdf = values.pop("pdf", deferred.prepared_pdf)
    complete_deferred(pdf, services=services, **values)  # type: ignore[arg-type]


def test_a_signature_after_its_time_is_refused(
    office: Office, owner: OfficerCredentials, deferred: DeferredSignature, services: SigningServices
) -> None:
    with pytest.raises(DeferredExpired, match="prepare it again"):
        _complete(office, owner, deferred, services, at=deferred.state.expires_at)


def test_a_wrong_signature_is_refused_before_it_is_stamped(
    office: Office, owner: OfficerCredentials, deferred: DeferredSignature, services: SigningServices
) -> None:
    colleague = office.officer()
    other = prepare_deferred(
        blank_copy(pages=3),
        request=SignRequest(field="Officer", level=PadesLevel.B_T, signed_at=office.now),
        credential=owner.credential,
        services=services,
    )
    asked: list[bytes] = []

    class Listening:
        def stamp(self, imprint_sha256: bytes, *, at_sent: datetime) -> TimestampToken:
            asked.append(imprint_sha256 + str(at_sent).encode())
            raise AssertionError("a wrong signature was sent to be stamped")

    deaf = SigningServices(timestamps=Listening(), revocation=services.revocation)
    wrong = (
        b"",
        b"\x00" * 64,
        b"\x30\x00",
        _sign(office, colleague, deferred),
        _sign(office, owner, other),
        _sign(office, owner, deferred)[:-1],
    )
    for signature in wrong:
        with pytest.raises(SignatureMismatch):
            _complete(office, owner, deferred, deaf, signature=signature)
    assert asked == []


def test_another_file_or_certificate_is_refused(
    office: Office, owner: OfficerCredentials, deferred: DeferredSignature, services: SigningServices
) -> None:
    colleague = office.officer()
    with pytest.raises(DeferredMismatch, match="file"):
        _complete(office, owner, deferred, services, pdf=deferred.prepared_pdf + b"\n")
    with pytest.raises(DeferredMismatch, match="certificate"):
        _complete(office, owner, deferred, services, credential=colleague.credential)


def test_a_state_that_points_elsewhere_in_the_file_is_refused(
    office: Office, owner: OfficerCredentials, deferred: DeferredSignature, services: SigningServices
) -> None:
    for start, end in ((1, 9), (deferred.state.contents_start, 10**9), (deferred.state.contents_start + 1, 10)):
        moved = replace(deferred.state, contents_start=start, contents_end=end)
        with pytest.raises((DeferredMismatch, DeferredStateUnreadable)):
            _complete(office, owner, deferred, services, state=moved)


@pytest.mark.parametrize(
    "text",
    [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 3000, b'{"v":2}', b" " * 5000],
    ids=["empty", "no fields", "list", "null", "no text", "deep", "version", "long"],
)
def test_a_state_that_was_not_written_here_is_refused(text: bytes) -> None:
    with pytest.raises(DeferredStateUnreadable):
        DeferredState.from_json(text)


def test_a_certificate_revoked_meanwhile_signs_nothing(
    office: Office, owner: OfficerCredentials, deferred: DeferredSignature, services: SigningServices
) -> None:
    office.revoke(owner)
    with pytest.raises(CertificateRevoked):
        _complete(office, owner, deferred, services)


def test_a_certificate_that_ended_meanwhile_signs_nothing(
    office: Office, owner: OfficerCredentials, deferred: DeferredSignature, services: SigningServices
) -> None:
    later = office.now + timedelta(days=1000)
    state = replace(deferred.state, expires_at=later + timedelta(minutes=1))
    with pytest.raises(CertificateExpired):
        _complete(office, owner, deferred, services, state=state, at=later)


def test_the_hash_is_what_a_hash_signing_key_signs(office: Office, deferred: DeferredSignature) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    signature = key.sign(deferred.hash_to_sign, ec.ECDSA(Prehashed(hashes.SHA256())))
    key.public_key().verify(signature, deferred.to_be_signed, ec.ECDSA(hashes.SHA256()))
