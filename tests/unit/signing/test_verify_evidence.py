"""Which evidence of revocation counts: fresh for the proven time, strong enough, and older than a key that lies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TypeAlias

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keys import Mode, TrustAnchors
from signing.verify.certificates import Certificate, CertificatePool, read_certificate
from signing.verify.chain import ChainJudge
from signing.verify.report import SubIndication
from signing.verify.revocation import RevocationPool, RevocationStatus

PrivateKey: TypeAlias = "ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey"
BEGIN, END = datetime(2008, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Holder:
    key: PrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def read(self) -> Certificate:
        found = read_certificate(self.der)
        assert found is not None
        return found


def issue(name: str, *, by: Holder | None = None, key: PrivateKey | None = None, responder: bool = False) -> Holder:
    own = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGIN)
        .not_valid_after(END)
        .add_extension(x509.BasicConstraints(ca=not responder, path_length=None), critical=True)
    )
    if responder:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
        builder = builder.add_extension(usage, critical=False)
    return Holder(own, builder.sign(by.key if by else own, hashes.SHA256()))


def revocation_list(
    issuer: Holder, *, at: datetime, until: datetime | None = None, revoked: Holder | None = None, since: datetime = NOW
) -> bytes:
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
    builder = builder.last_update(at).next_update(until or at + DAY)
    if revoked is not None:
        entry = x509.RevokedCertificateBuilder().serial_number(revoked.certificate.serial_number)
        reason = x509.CRLReason(x509.ReasonFlags.key_compromise)
        entry = entry.revocation_date(since).add_extension(reason, critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


@cache
def house() -> tuple[Holder, Holder, Holder]:
    """A root, an issuing authority below it, and somebody who signs."""
    root = issue("Root")
    issuing = issue("Issuing", by=root)
    return root, issuing, issue("Signer", by=issuing)


def pool_of(*holders: Holder) -> RevocationPool:
    return RevocationPool(CertificatePool([one.der for one in holders], ()), at=NOW)


@pytest.mark.parametrize(
    ("made", "until", "moment", "status"),
    [
        # Good for a moment it covers, and when it was made after the moment.
        (NOW - 5 * DAY, NOW - 3 * DAY, NOW - 4 * DAY, RevocationStatus.GOOD),
        (NOW - 5 * DAY, NOW - 3 * DAY, NOW - 9 * DAY, RevocationStatus.GOOD),
        # Not for a moment behind its end, however new it looks now, and not from the future.
        (NOW - 5 * DAY, NOW - 3 * DAY, NOW - 2 * DAY, RevocationStatus.STALE),
        (NOW + 2 * DAY, NOW + 3 * DAY, NOW - 2 * DAY, RevocationStatus.STALE),
    ],
)
def test_evidence_is_fresh_for_the_proven_time_not_for_today(
    made: datetime, until: datetime, moment: datetime, status: RevocationStatus
) -> None:
    _, issuing, signer = house()
    pool = pool_of(issuing)
    pool.add_crls([revocation_list(issuing, at=made, until=until)])
    assert pool.judge(signer.read, issuing.read, moment=moment, is_proven=True).status is status


def test_list_under_a_weak_key_counts_only_where_a_time_stamp_proves_it_is_old() -> None:
    # RSA-1024 was usable until 2010.
    weak = issue("Weak", key=rsa.generate_private_key(65537, 1024))  # noqa: S505  # it is the point
    signer = issue("Signer", by=weak)
    then = datetime(2009, 6, 1, tzinfo=UTC)
    evidence = revocation_list(weak, at=then)
    for proven_at, status in (
        (None, RevocationStatus.MISSING),
        (datetime(2010, 6, 1, tzinfo=UTC), RevocationStatus.MISSING),
        (then + DAY, RevocationStatus.GOOD),
    ):
        pool = pool_of(weak)
        pool.add_crls([evidence])
        if proven_at is not None:
            pool.prove([evidence], at=proven_at)
        assert pool.judge(signer.read, weak.read, moment=then, is_proven=True).status is status


def test_path_of_a_time_stamping_authority_under_a_weak_key_counts_only_for_old_tokens() -> None:
    weak = issue("Weak", key=rsa.generate_private_key(65537, 1024))  # noqa: S505  # it is the point
    authority = issue("Time", by=weak)
    then = datetime(2009, 6, 1, tzinfo=UTC)
    trust = TrustAnchors((weak.der,), (), (revocation_list(weak, at=then),), Mode.DEMO)
    for proven_at, found in ((then + DAY, None), (NOW, SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE)):
        judge = ChainJudge(trust, at=NOW)
        judge.revocation.prove(trust.crls_der, at=then + DAY)
        verdict = judge.judge_authority(authority.read, moment=then, proven_at=proven_at, is_proven=True)
        assert verdict.problem is found


def test_good_news_signed_by_a_key_that_was_lost_later_counts_only_if_it_is_proven_to_be_older() -> None:
    root, issuing, signer = house()
    lost_at, signed_at = NOW - 30 * DAY, NOW - 60 * DAY
    bad_news = revocation_list(root, at=NOW - DAY, until=NOW + DAY, revoked=issuing, since=lost_at)
    good_news = revocation_list(issuing, at=signed_at, until=signed_at + DAY)
    trust = TrustAnchors((root.der,), (issuing.der,), (bad_news, good_news), Mode.DEMO)
    for proven_at, found in (
        (lost_at - DAY, None),
        (lost_at + DAY, SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE),
        (None, SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE),
    ):
        judge = ChainJudge(trust, at=NOW)
        if proven_at is not None:
            judge.revocation.prove([good_news], at=proven_at)
        verdict = judge.judge(signer.read, moment=signed_at, is_proven=True)
        assert verdict.problem is found, proven_at


def answer(issuing: Holder, responder: Holder, signer: Holder) -> bytes:
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=signer.certificate,
        issuer=issuing.certificate,
        algorithm=hashes.SHA1(),  # noqa: S303  # an identifier, not a signature
        cert_status=ocsp.OCSPCertStatus.GOOD,
        this_update=NOW - DAY / 2,
        next_update=NOW + DAY,
        revocation_time=None,
        revocation_reason=None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.NAME, responder.certificate)
    builder = builder.certificates([responder.certificate])
    return builder.sign(responder.key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_responder_that_any_list_revokes_answers_for_nobody() -> None:
    _, issuing, signer = house()
    responder = issue("Responder", by=issuing, responder=True)
    older = revocation_list(issuing, at=NOW - 2 * DAY, until=NOW + DAY)
    newer = revocation_list(issuing, at=NOW - DAY, until=NOW + DAY, revoked=responder, since=NOW - DAY)
    for lists, is_heard in (([older], True), ([older, newer], False)):
        pool = pool_of(issuing)
        pool.add_ocsps([answer(issuing, responder, signer)])
        pool.add_crls(lists)
        facts = pool._facts(signer.read, issuing.read)
        assert (len(facts) == len(lists) + 1) is is_heard


@pytest.mark.parametrize("cut", [1, 30, 60, 200])
def test_torn_answer_is_no_evidence_and_never_an_exception(cut: int) -> None:
    _, issuing, signer = house()
    whole = answer(issuing, issuing, signer)
    for torn in (whole[:-cut], whole[:cut] + bytes([whole[cut] ^ 0xFF]) + whole[cut + 1 :], whole[cut:], bytes(cut)):
        pool = pool_of(issuing)
        pool.add_ocsps([torn])
        verdict = pool.judge(signer.read, issuing.read, moment=NOW, is_proven=False)
        assert verdict.status is RevocationStatus.MISSING
        assert all(date.tzinfo is not None for date in pool.dates())


def test_every_byte_of_an_answer_may_be_wrong_without_an_exception() -> None:
    # Responses are parsed piece by piece, so an error may wait behind any of their properties.
    _, issuing, signer = house()
    whole = answer(issuing, issuing, signer)
    for at in range(len(whole)):
        pool = pool_of(issuing)
        pool.add_ocsps([whole[:at] + bytes([whole[at] ^ 0x15]) + whole[at + 1 :]])
        pool.dates()
        assert pool.judge(signer.read, issuing.read, moment=NOW, is_proven=False).status is not RevocationStatus.REVOKED
