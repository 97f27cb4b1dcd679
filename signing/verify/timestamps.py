"""Judge RFC 3161 time-stamp tokens: what they stamp, who signed them, and whether that authority is trusted."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.x509.oid import ExtendedKeyUsageOID

from signing.verify.algorithms import PlainContent, SignatureAlgorithm, SignedContent, read_digest_algorithm
from signing.verify.certificates import Certificate
from signing.verify.chain import ChainJudge, ChainVerdict
from signing.verify.cms import ASN1_ERRORS, CmsObject, SignerVerdict, read_cms, read_timestamp_content, verify_signers
from signing.verify.errors import CmsUnreadable
from signing.verify.policy import usable_until
from signing.verify.report import SubIndication
from signing.verify.revocation import CLOCK_SKEW


@dataclass(frozen=True, slots=True)
class TimestampFacts:
    """A token as judged; `is_valid` is mathematics and purpose, `chain` is trust."""

    is_valid: bool
    gen_time: datetime | None
    certificate: Certificate | None = field(repr=False)
    algorithm: SignatureAlgorithm | None
    has_padding_data: bool
    reasons: tuple[str, ...]


def read_token(token_der: bytes, *, content: SignedContent | None, chains: ChainJudge) -> TimestampFacts:
    """Judge a token against the content it claims to stamp (RFC 3161, 2.4.2); trust is judged by `trust_token`."""
    try:
        token = read_cms(token_der)
        info = read_timestamp_content(token)
        gen_time = info["gen_time"].native.astimezone(UTC)
        imprint = info["message_imprint"]
        digest = read_digest_algorithm(imprint["hash_algorithm"])
        stamped = imprint["hashed_message"].native
        signers = verify_signers(token, content=PlainContent(token.encapsulated or b""))
    except CmsUnreadable as exc:
        return _unreadable(exc.code)
    except ASN1_ERRORS:
        return _unreadable("TIMESTAMP_UNREADABLE")
    for der in token.certificates_der:
        chains.certificates.add(der)
    matches = content is not None and hmac.compare_digest(content.digest(digest), stamped)
    return _facts(token, signers, gen_time, chains, imprint_matches=matches)


def _unreadable(code: str) -> TimestampFacts:
    return TimestampFacts(
        is_valid=False, gen_time=None, certificate=None, algorithm=None, has_padding_data=False, reasons=(code,)
    )


def _facts(
    token: CmsObject,
    signers: tuple[SignerVerdict, ...],
    gen_time: datetime,
    chains: ChainJudge,
    *,
    imprint_matches: bool,
) -> TimestampFacts:
    signer = signers[0]
    reasons: list[str] = []
    certificate = chains.certificates.add(signer.certificate_der) if signer.certificate_der else None
    if not imprint_matches:
        reasons.append("TIMESTAMP_IMPRINT_MISMATCH")
    if len(signers) != 1 or not signer.is_valid or not signer.certificate_is_referenced:
        # RFC 3161, 2.4.2: the token names its one signer's certificate by ESSCertID.
        reasons.append("TIMESTAMP_SIGNATURE_INVALID")
    if certificate is not None and not certificate.has_purpose(ExtendedKeyUsageOID.TIME_STAMPING):
        reasons.append("TIMESTAMP_WRONG_PURPOSE")
    return TimestampFacts(
        is_valid=not reasons,
        gen_time=gen_time,
        certificate=certificate,
        algorithm=signer.algorithm,
        has_padding_data=token.has_padding_data,
        reasons=tuple(reasons),
    )


def trust_token(facts: TimestampFacts, *, chains: ChainJudge, proven_at: datetime, is_proven: bool) -> ChainVerdict:
    """Judge the authority's chain; `proven_at` is the earliest time the token itself is known to have existed."""
    if not facts.is_valid or facts.certificate is None or facts.gen_time is None or facts.algorithm is None:
        return ChainVerdict.refused()
    if facts.gen_time > chains.at + CLOCK_SKEW:
        return ChainVerdict.refused()
    if facts.gen_time > proven_at + CLOCK_SKEW:
        # A newer time-stamp covers this one and says that it was there before its own time.
        return ChainVerdict(SubIndication.TIMESTAMP_ORDER_FAILURE)
    if not facts.certificate.is_valid_at(facts.gen_time):
        return ChainVerdict.refused()
    purposes = facts.certificate.extended_key_usage or frozenset()
    if len(purposes) != 1 or not facts.certificate.extended_key_usage_is_critical:
        # RFC 3161, 2.3: the extension is critical and names time-stamping alone.
        return ChainVerdict.refused()
    if proven_at > usable_until(facts.algorithm, facts.certificate.public_key_der):
        return ChainVerdict.refused()
    return chains.judge_authority(facts.certificate, moment=facts.gen_time, proven_at=proven_at, is_proven=is_proven)
