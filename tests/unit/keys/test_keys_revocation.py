"""Revocation evidence: only a fresh, signed `good` for our certificate is evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guard.egress import AllowedOrigin, GuardedHttp
from keys import (
    AuthorityAnswer,
    CertificateRevoked,
    CredentialKind,
    EvidenceReason,
    HttpRevocation,
    RevocationReason,
    RevocationRejected,
    RevocationUnavailable,
    answer_http,
    check_not_on_crl,
    open_authority,
)
from keys.credentials import load_certificate
from keys.revocation_check import OcspQuestion, check_crl, check_ocsp
from tests.loopback import serve_on_loopback
from tests.office import Office, OfficerCredentials

# Each has a database, a service or keys of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow


@pytest.fixture
def officer(office: Office) -> OfficerCredentials:
    return office.officer()


def _question(office: Office, officer: OfficerCredentials) -> OcspQuestion:
    return OcspQuestion(
        load_certificate(officer.credential.certificate_der),
        load_certificate(office.authority.issuing_der),
        b"nonce-of-sixteen",
        office.now,
    )


def _reason_for(question: OcspQuestion, answer_der: bytes) -> EvidenceReason:
    with pytest.raises(RevocationRejected) as caught:
        check_ocsp(answer_der, question=question, received_at=question.at_sent)
    return caught.value.reason


def _ask(office: Office, officer: OfficerCredentials) -> bytes:
    return office.revocation.ocsp(officer.credential.certificate_der, office.authority.issuing_der)


def test_good_officer_gets_evidence_made_now(office: Office, officer: OfficerCredentials) -> None:
    response = ocsp.load_der_ocsp_response(_ask(office, officer))
    assert response.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert response.this_update_utc == response.produced_at_utc == office.now
    assert response.serial_number == officer.serial


def test_evidence_about_an_officer_is_never_cached(office: Office, officer: OfficerCredentials) -> None:
    first = _ask(office, officer)
    office.clock.advance(timedelta(seconds=2))
    second = _ask(office, officer)
    assert ocsp.load_der_ocsp_response(second).produced_at_utc == office.now
    assert first != second


def test_revoked_officer_gets_no_evidence_from_that_moment(office: Office, officer: OfficerCredentials) -> None:
    _ask(office, officer)
    office.revoke(officer)
    with pytest.raises(CertificateRevoked, match=f"{officer.serial:x}"):
        _ask(office, officer)


def test_answer_says_when_and_why(office: Office, officer: OfficerCredentials) -> None:
    office.revoke(officer, reason=RevocationReason.SUPERSEDED)
    answer = office.authority.answer_ocsp(_question(office, officer).request_der(), at=office.now)
    response = ocsp.load_der_ocsp_response(answer)
    assert response.certificate_status is ocsp.OCSPCertStatus.REVOKED
    assert response.revocation_time_utc == office.now
    assert response.revocation_reason is x509.ReasonFlags.superseded


def test_unspecified_reason_is_left_out(office: Office, officer: OfficerCredentials) -> None:
    office.revoke(officer, reason=RevocationReason.UNSPECIFIED)
    answer = office.authority.answer_ocsp(_question(office, officer).request_der(), at=office.now)
    assert ocsp.load_der_ocsp_response(answer).revocation_reason is None


def test_answer_about_a_time_before_the_revocation_is_good(office: Office, officer: OfficerCredentials) -> None:
    before = office.now
    office.clock.advance(timedelta(minutes=1))
    office.revoke(officer)
    answer = office.authority.answer_ocsp(_question(office, officer).request_der(), at=before)
    assert ocsp.load_der_ocsp_response(answer).certificate_status is ocsp.OCSPCertStatus.GOOD


def _ask_by_serial(office: Office, question: OcspQuestion, serial: int) -> bytes:
    names = ocsp.load_der_ocsp_request(question.request_der())
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        names.issuer_name_hash, names.issuer_key_hash, serial, names.hash_algorithm
    )
    return office.authority.answer_ocsp(builder.build().public_bytes(Encoding.DER), at=office.now)


def test_serial_never_issued_is_unknown(office: Office, officer: OfficerCredentials) -> None:
    question = _question(office, officer)
    answer = _ask_by_serial(office, question, 4711)
    assert ocsp.load_der_ocsp_response(answer).certificate_status is ocsp.OCSPCertStatus.UNKNOWN
    assert _reason_for(question, answer) is EvidenceReason.OTHER_CERTIFICATE


def test_certificate_made_past_the_ledger_is_unknown(office: Office, officer: OfficerCredentials) -> None:
    """A stolen CA key may forge a certificate; the responder never calls it good."""
    ledger = office.folder / "authority" / "ledger.jsonl"
    lines = ledger.read_bytes().splitlines(keepends=True)
    ledger.write_bytes(b"".join(line for line in lines if f"{officer.serial:x}".encode() not in line))
    authority = open_authority(office.folder / "authority", clock=office.clock, random_bytes=office.random_bytes)
    question = _question(office, officer)
    answer = authority.answer_ocsp(question.request_der(), at=office.now)
    assert _reason_for(question, answer) is EvidenceReason.UNKNOWN_CERTIFICATE


def test_certificates_of_the_root_are_no_business_of_the_issuing_cas_responder(
    office: Office, officer: OfficerCredentials
) -> None:
    serial = load_certificate(office.authority.issuing_der).serial_number
    answer = _ask_by_serial(office, _question(office, officer), serial)
    assert ocsp.load_der_ocsp_response(answer).certificate_status is ocsp.OCSPCertStatus.UNKNOWN


def test_responder_is_not_asked_about_another_ca(office: Office, officer: OfficerCredentials, tmp_path: Path) -> None:
    stranger = Office(tmp_path / "stranger")
    answer = stranger.authority.answer_ocsp(_question(office, officer).request_der(), at=office.now)
    assert ocsp.load_der_ocsp_response(answer).response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED
    assert _reason_for(_question(office, officer), answer) is EvidenceReason.STATUS_NOT_SUCCESSFUL


@pytest.mark.parametrize("request_der", [b"", b"\x30\x00", b"GET / HTTP/1.1", bytes(5000)])
def test_garbage_gets_an_ocsp_error(office: Office, request_der: bytes) -> None:
    answer = office.authority.answer_ocsp(request_der, at=office.now)
    assert ocsp.load_der_ocsp_response(answer).response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_replayed_answer_is_refused(office: Office, officer: OfficerCredentials) -> None:
    question = _question(office, officer)
    old = office.authority.answer_ocsp(replace(question, nonce=b"another nonce").request_der(), at=office.now)
    assert _reason_for(question, old) is EvidenceReason.NONCE


def test_answer_without_nonce_must_have_been_made_after_we_asked(office: Office, officer: OfficerCredentials) -> None:
    question = _question(office, officer)
    builder = ocsp.OCSPRequestBuilder().add_certificate(question.certificate, question.issuer, hashes.SHA256())
    request_der = builder.build().public_bytes(Encoding.DER)
    old = office.authority.answer_ocsp(request_der, at=office.now - timedelta(minutes=1))
    assert _reason_for(question, old) is EvidenceReason.STALE
    fresh = office.authority.answer_ocsp(request_der, at=office.now)
    assert check_ocsp(fresh, question=question, received_at=office.now).der == fresh


@pytest.mark.parametrize("days", [-8, 1])
def test_answer_out_of_its_time_is_stale(office: Office, officer: OfficerCredentials, days: int) -> None:
    question = _question(office, officer)
    answer = office.authority.answer_ocsp(question.request_der(), at=office.now + timedelta(days=days))
    assert _reason_for(question, answer) is EvidenceReason.STALE


def test_answer_about_a_colleague_is_refused(office: Office, officer: OfficerCredentials) -> None:
    colleague = _question(office, office.officer())
    answer = office.authority.answer_ocsp(colleague.request_der(), at=office.now)
    assert _reason_for(_question(office, officer), answer) is EvidenceReason.OTHER_CERTIFICATE


def test_answer_signed_by_no_responder_is_refused(office: Office, officer: OfficerCredentials) -> None:
    """The officer's own key signs a `good` for the officer: it is certified by the issuer, but not for this."""
    question = _question(office, officer)
    honest = asn1_ocsp.OCSPResponse.load(office.authority.answer_ocsp(question.request_der(), at=office.now))
    basic = honest["response_bytes"]["response"].parsed
    key_bits = question.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    basic["tbs_response_data"]["responder_id"] = asn1_ocsp.ResponderId({"by_key": key_bits})
    signed = basic["tbs_response_data"].dump()
    basic["signature"] = office.activated_signer(officer, "0" * 64).sign(signed)
    basic["certs"] = [asn1_x509.Certificate.load(officer.credential.certificate_der)]
    forged = asn1_ocsp.OCSPResponse(
        {"response_status": "successful", "response_bytes": {"response_type": "basic_ocsp_response", "response": basic}}
    )
    assert _reason_for(question, forged.dump()) is EvidenceReason.SIGNATURE


def test_forged_status_breaks_the_signature(office: Office, officer: OfficerCredentials) -> None:
    office.revoke(officer, reason=RevocationReason.UNSPECIFIED)
    question = _question(office, officer)
    answer = office.authority.answer_ocsp(question.request_der(), at=office.now)
    forged = answer.replace(b"20261122030000Z", b"20271122030000Z", 1)
    assert _reason_for(question, forged) is EvidenceReason.SIGNATURE


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, 1200), value=st.integers(1, 255))
@pytest.mark.slow
def test_byte_changed_anywhere_never_makes_a_revoked_officer_good(
    office: Office, officer: OfficerCredentials, position: int, value: int
) -> None:
    office.revoke(officer)
    question = _question(office, officer)
    answer = bytearray(office.authority.answer_ocsp(question.request_der(), at=office.now))
    answer[position % len(answer)] ^= value
    with pytest.raises((CertificateRevoked, RevocationRejected)):
        check_ocsp(bytes(answer), question=question, received_at=office.now)


def test_chain_answers_are_kept_for_an_hour(office: Office) -> None:
    authority, revocation = office.authority, office.revocation
    first = revocation.ocsp(authority.tsa_der, authority.issuing_der)
    office.clock.advance(timedelta(minutes=59))
    assert revocation.ocsp(authority.tsa_der, authority.issuing_der) == first
    office.clock.advance(timedelta(minutes=1))
    assert revocation.ocsp(authority.tsa_der, authority.issuing_der) != first


def test_notice_of_revocation_clears_the_cache(office: Office) -> None:
    authority, revocation = office.authority, office.revocation
    revocation.ocsp(authority.tsa_der, authority.issuing_der)
    tsa_serial = load_certificate(authority.tsa_der).serial_number
    authority.revoke(tsa_serial, at=office.now, reason=RevocationReason.KEY_COMPROMISE)
    revocation.forget()
    with pytest.raises(CertificateRevoked):
        revocation.ocsp(authority.tsa_der, authority.issuing_der)


def test_crls_of_both_cas_are_current_and_signed(office: Office) -> None:
    for issuer_der in (office.authority.root_der, office.authority.issuing_der):
        crl = x509.load_der_x509_crl(office.revocation.crl(issuer_der))
        assert crl.issuer == load_certificate(issuer_der).subject


def test_issuing_ca_has_no_ocsp_and_is_asked_for_by_crl(office: Office) -> None:
    with pytest.raises(RevocationUnavailable, match="CRL"):
        office.revocation.ocsp(office.authority.issuing_der, office.authority.root_der)


def test_crl_of_a_stranger_is_not_had(office: Office, tmp_path: Path) -> None:
    with pytest.raises(RevocationUnavailable):
        office.revocation.crl(Office(tmp_path / "stranger").authority.root_der)


def test_listed_certificate_is_refused(office: Office, officer: OfficerCredentials) -> None:
    before = office.revocation.crl(office.authority.issuing_der)
    check_not_on_crl(before, certificate_der=officer.credential.certificate_der)
    office.revoke(officer)
    office.revocation.forget()
    after = office.revocation.crl(office.authority.issuing_der)
    with pytest.raises(CertificateRevoked):
        check_not_on_crl(after, certificate_der=officer.credential.certificate_der)


def test_crl_is_judged_before_it_is_used(office: Office, tmp_path: Path) -> None:
    issuer = load_certificate(office.authority.issuing_der)
    crl_der = office.authority.crl_der(CredentialKind.ISSUING, at=office.now)
    cases = [
        (b"garbage", office.now, EvidenceReason.MALFORMED),
        (crl_der, office.now + timedelta(days=31), EvidenceReason.STALE),
        (crl_der, office.now - timedelta(days=1), EvidenceReason.STALE),
        (Office(tmp_path / "s").authority.crl_der(CredentialKind.ISSUING, at=office.now), office.now,
         EvidenceReason.SIGNATURE),
        (office.authority.crl_der(CredentialKind.ROOT, at=office.now), office.now, EvidenceReason.SIGNATURE),
    ]  # fmt: skip
    for content, at, reason in cases:
        with pytest.raises(RevocationRejected) as caught:
            check_crl(content, issuer=issuer, at=at)
        assert caught.value.reason is reason


@dataclass
class _Service:
    office: Office
    fault: AuthorityAnswer | None = None

    def answer(self, method: str, path: str, content_type: str, body: bytes) -> AuthorityAnswer:
        if self.fault is not None:
            return self.fault
        return answer_http(
            self.office.authority, method=method, path=path, content_type=content_type, body=body, at=self.office.now
        )


@dataclass(frozen=True)
class _World:
    """An office whose certificates name a loopback service that really answers."""

    office: Office
    service: _Service
    source: HttpRevocation


@pytest.fixture
def world(tmp_path: Path) -> Iterator[_World]:
    services: list[_Service] = []

    def answer(method: str, path: str, content_type: str, body: bytes) -> AuthorityAnswer:
        return services[0].answer(method, path, content_type, body)

    with serve_on_loopback(answer) as port:
        base_url = f"http://127.0.0.1:{port}/pki"
        office = Office(tmp_path / "office-on-loopback", base_url=base_url)
        services.append(_Service(office))
        source = HttpRevocation(
            GuardedHttp([AllowedOrigin.from_url(base_url, allow_private=True)]),
            clock=office.clock,
            random_bytes=office.random_bytes,
            certificates_der=[office.authority.tsa_der, office.authority.issuing_der],
        )
        yield _World(office, services[0], source)


def test_evidence_comes_over_http_too(world: _World) -> None:
    officer, authority = world.office.officer(), world.office.authority
    assert world.source.ocsp(officer.credential.certificate_der, authority.issuing_der)
    assert world.source.crl(authority.issuing_der) == authority.crl_der(CredentialKind.ISSUING, at=world.office.now)
    assert world.source.crl(authority.root_der) == authority.crl_der(CredentialKind.ROOT, at=world.office.now)
    world.office.revoke(officer)
    with pytest.raises(CertificateRevoked):
        world.source.ocsp(officer.credential.certificate_der, authority.issuing_der)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (AuthorityAnswer(503, "text/plain", b"down"), RevocationUnavailable),
        (AuthorityAnswer(302, "text/plain", b""), RevocationUnavailable),
        (AuthorityAnswer(200, "application/ocsp-response", bytes(100_000)), RevocationUnavailable),
        (AuthorityAnswer(200, "application/ocsp-response", b"garbage"), RevocationRejected),
    ],
    ids=["down", "redirect", "huge", "garbage"],
)
def test_service_that_misbehaves_gives_no_evidence(
    world: _World, fault: AuthorityAnswer, error: type[Exception]
) -> None:
    officer = world.office.officer()
    world.service.fault = fault
    with pytest.raises(error, match="nothing was signed"):
        world.source.ocsp(officer.credential.certificate_der, world.office.authority.issuing_der)


def test_address_in_a_strangers_certificate_is_not_called(world: _World, tmp_path: Path) -> None:
    stranger = Office(tmp_path / "stranger", base_url="http://attacker.example/pki")
    officer = stranger.officer()
    with pytest.raises(RevocationUnavailable):
        world.source.ocsp(officer.credential.certificate_der, stranger.authority.issuing_der)


def test_crl_without_a_known_address_is_not_had(world: _World) -> None:
    officer = world.office.officer()
    with pytest.raises(RevocationUnavailable, match="address"):
        world.source.crl(officer.credential.certificate_der)


@pytest.mark.parametrize(
    ("method", "path", "content_type", "status"),
    [
        ("POST", "/pki/tsa", "text/plain", 415),
        ("POST", "/pki/ocsp", "", 415),
        ("POST", "/pki/other", "application/ocsp-request", 404),
        ("GET", "/pki/../authority.json", "", 404),
        ("GET", "/pki/root.key.pem", "", 404),
        ("PUT", "/pki/root.crl", "", 405),
        ("GET", "/pki/root.cer", "", 200),
    ],
)
def test_authority_answers_at_its_addresses_only(
    office: Office, method: str, path: str, content_type: str, status: int
) -> None:
    answer = answer_http(office.authority, method=method, path=path, content_type=content_type, body=b"", at=office.now)
    assert answer.status == status
    assert b"PRIVATE" not in answer.body
