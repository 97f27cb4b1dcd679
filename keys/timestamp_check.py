"""RFC 3161 from the asking side: the request, and every check an answer must pass before its token is used."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID

from keys import der
from keys.credentials import find_extension, is_issued_by, load_certificate
from keys.errors import CertificateUnusable, TimestampReason, TimestampRejected

_SHA256 = der.sequence(der.object_identifier("2.16.840.1.101.3.4.2.1"), der.null())
_IMPRINT_BYTES = 32
_SKEW = timedelta(seconds=1)
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


# asn1crypto has no types, so its classes are Any to mypy.
class TimeStampResp(core.Sequence):  # type: ignore[misc]
    """RFC 3161, 2.4.2; asn1crypto's own forgets that a refusal carries no token."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


@dataclass(frozen=True, slots=True)
class TimestampToken:
    """A time-stamp token (CMS ContentInfo) that passed the checks, and the time it proves."""

    der: bytes
    gen_time: datetime


@dataclass(frozen=True, slots=True)
class TimestampQuestion:
    """What was asked and when: an answer is judged against it."""

    imprint_sha256: bytes
    nonce: int
    policy_oid: str | None
    at_sent: datetime

    def request_der(self) -> bytes:
        """Encode the TimeStampReq, asking for the certificate to be included."""
        return der.sequence(
            der.integer(1),
            der.sequence(_SHA256, der.octet_string(self.imprint_sha256)),
            der.object_identifier(self.policy_oid) if self.policy_oid else b"",
            der.integer(self.nonce),
            der.boolean_true(),
        )


def ask_timestamp(
    imprint_sha256: bytes, *, nonce: int, at_sent: datetime, policy_oid: str | None = None
) -> TimestampQuestion:
    """Form the question.

    Raises:
        ValueError: the imprint is no SHA-256 digest.
    """
    if len(imprint_sha256) != _IMPRINT_BYTES:
        raise ValueError(f"an imprint is {_IMPRINT_BYTES} bytes of SHA-256, not {len(imprint_sha256)}")
    return TimestampQuestion(imprint_sha256, nonce, policy_oid, at_sent)


def check_timestamp(
    answer_der: bytes, *, question: TimestampQuestion, received_at: datetime, issuers: Sequence[x509.Certificate]
) -> TimestampToken:
    """Judge an answer; only a token that passes everything comes out.

    `issuers` are the CAs whose time-stamping certificates are accepted.

    Raises:
        TimestampRejected: with the reason of the first check that failed.
    """
    try:
        return _check(answer_der, question=question, received_at=received_at, issuers=issuers)
    except CertificateUnusable as exc:
        raise _rejected(TimestampReason.CERTIFICATE, "its certificate cannot be read") from exc
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, UnsupportedAlgorithm) as exc:
        # asn1crypto decodes late and by attribute, so a crooked answer may fail anywhere in here.
        raise _rejected(TimestampReason.MALFORMED, "the answer cannot be read") from exc


def read_stored_token(
    token_der: bytes, *, imprint_sha256: bytes, issuers: Sequence[x509.Certificate] | None = None
) -> TimestampToken:
    """Judge a token that was kept: its imprint, its certificate's purpose and its signature; with `issuers` its trust too.

    Raises:
        TimestampRejected: with the reason of the first check that failed.
    """
    try:
        return _read_token(cms.ContentInfo.load(token_der, strict=True), imprint_sha256=imprint_sha256, issuers=issuers)
    except CertificateUnusable as exc:
        raise _rejected(TimestampReason.CERTIFICATE, "its certificate cannot be read") from exc
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, UnsupportedAlgorithm) as exc:
        raise _rejected(TimestampReason.MALFORMED, "the token cannot be read") from exc


def _read_token(
    token: cms.ContentInfo, *, imprint_sha256: bytes, issuers: Sequence[x509.Certificate] | None
) -> TimestampToken:
    token_der = token.dump()
    signed_data = token["content"]
    tst_info_der = bytes(signed_data["encap_content_info"]["content"])
    tst_info = tsp.TSTInfo.load(tst_info_der, strict=True)
    imprint = tst_info["message_imprint"]
    same = imprint["hashed_message"].native == imprint_sha256
    if imprint["hash_algorithm"]["algorithm"].native != "sha256" or not same:
        raise _rejected(TimestampReason.IMPRINT, "the imprint is not that of the checkpoint")
    gen_time: datetime = tst_info["gen_time"].native
    _check_signer(signed_data, tst_info_der=tst_info_der, gen_time=gen_time, issuers=issuers)
    return TimestampToken(token_der, gen_time)


def _check_signer(
    signed_data: cms.SignedData, *, tst_info_der: bytes, gen_time: datetime, issuers: Sequence[x509.Certificate] | None
) -> None:
    signer_info = signed_data["signer_infos"][0]
    signed = der.retag(signer_info["signed_attrs"].dump(), 0x31)
    attributes = {item["type"].native: item["values"] for item in cms.CMSAttributes.load(signed, strict=True)}
    certificate = _find_signer(signed_data, attributes)
    _check_identifier(signer_info["sid"], certificate)
    if issuers is not None:
        _check_certificate(certificate, at=gen_time, issuers=issuers)
    digest_name = signer_info["digest_algorithm"]["algorithm"].native
    _check_digest(attributes, digest_name=digest_name, tst_info_der=tst_info_der)
    _check_signature(
        certificate.public_key(),
        signature=signer_info["signature"].native,
        signed=signed,
        algorithm=_HASHES[digest_name](),
    )


def _check(
    answer_der: bytes, *, question: TimestampQuestion, received_at: datetime, issuers: Sequence[x509.Certificate]
) -> TimestampToken:
    response = TimeStampResp.load(answer_der, strict=True)
    # (1) granted
    status = response["status"]["status"].native
    if status not in ("granted", "granted_with_mods"):
        raise _rejected(TimestampReason.STATUS_NOT_GRANTED, f"the answer says {status}")
    token = response["time_stamp_token"]
    # Taken before anything inside is looked at: asn1crypto re-encodes what was touched, and we keep what was signed.
    token_der = token.dump()
    if token["content_type"].native != "signed_data":
        raise _rejected(TimestampReason.MALFORMED, "the token is no SignedData")
    signed_data = token["content"]
    encapsulated = signed_data["encap_content_info"]
    if encapsulated["content_type"].native != "tst_info" or len(signed_data["signer_infos"]) != 1:
        raise _rejected(TimestampReason.MALFORMED, "the token is no time-stamp of one signer")
    tst_info_der = bytes(encapsulated["content"])
    tst_info = tsp.TSTInfo.load(tst_info_der, strict=True)
    # (2) to (5) it answers this question, now
    gen_time = _check_answer(tst_info, question=question, received_at=received_at)
    # (6) the certificate, (7) the signature
    _check_signer(signed_data, tst_info_der=tst_info_der, gen_time=gen_time, issuers=issuers)
    return TimestampToken(token_der, gen_time)


def _check_answer(tst_info: tsp.TSTInfo, *, question: TimestampQuestion, received_at: datetime) -> datetime:
    # (2) the nonce: no old answer is played back
    if tst_info["nonce"].native != question.nonce:
        raise _rejected(TimestampReason.NONCE, "the nonce is not the one sent")
    # (3) the imprint: it stamps our bytes
    imprint = tst_info["message_imprint"]
    same = imprint["hashed_message"].native == question.imprint_sha256
    if imprint["hash_algorithm"]["algorithm"].native != "sha256" or not same:
        raise _rejected(TimestampReason.IMPRINT, "the imprint is not the one sent")
    # (4) the policy, where one was asked for
    if question.policy_oid and tst_info["policy"].dotted != question.policy_oid:
        raise _rejected(TimestampReason.POLICY, f"the policy is not {question.policy_oid}")
    # (5) the time: a second on both sides for the fraction an authority cuts off
    gen_time: datetime = tst_info["gen_time"].native
    if not question.at_sent - _SKEW <= gen_time <= received_at + _SKEW:
        raise _rejected(
            TimestampReason.GEN_TIME,
            f"its time {gen_time:%Y-%m-%dT%H:%M:%SZ} lies outside [sent - 1 s, received + 1 s]",
        )
    return gen_time


def _find_signer(signed_data: cms.SignedData, attributes: Mapping[str, core.SetOf]) -> x509.Certificate:
    """Find the certificate that the signed ESSCertIDv2 names (RFC 5816, 2.2.1)."""
    if "signing_certificate_v2" not in attributes:
        raise _rejected(TimestampReason.CERTIFICATE, "it does not say which certificate signed it (RFC 5816)")
    certificate_id = attributes["signing_certificate_v2"][0]["certs"][0]
    digest_name = certificate_id["hash_algorithm"]["algorithm"].native
    if digest_name not in _HASHES:
        raise _rejected(TimestampReason.CERTIFICATE, f"it names its certificate by {digest_name}")
    wanted = certificate_id["cert_hash"].native
    for choice in signed_data["certificates"]:
        certificate_der = choice.chosen.dump()
        if hashlib.new(digest_name, certificate_der).digest() == wanted:
            return load_certificate(certificate_der)
    raise _rejected(TimestampReason.CERTIFICATE, "the certificate it names is not in the token")


def _check_identifier(identifier: cms.SignerIdentifier, certificate: x509.Certificate) -> None:
    """The unsigned identifier must not point at another certificate than the signed one."""
    if identifier.name != "issuer_and_serial_number":
        return
    named = identifier.chosen
    same_issuer = named["issuer"].dump() == certificate.issuer.public_bytes()
    if not same_issuer or named["serial_number"].native != certificate.serial_number:
        raise _rejected(TimestampReason.CERTIFICATE, "it names two different certificates")


def _check_certificate(certificate: x509.Certificate, *, at: datetime, issuers: Sequence[x509.Certificate]) -> None:
    purposes = find_extension(certificate, x509.ExtendedKeyUsage)
    # RFC 3161, 2.3: exactly this purpose, and critical.
    if purposes is None or not purposes.critical or list(purposes.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise _rejected(TimestampReason.CERTIFICATE, "its certificate is not for time-stamping alone")
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise _rejected(TimestampReason.CERTIFICATE, "its certificate was not valid at that time")
    if not any(is_issued_by(certificate, issuer) for issuer in issuers):
        raise _rejected(TimestampReason.CERTIFICATE, "its certificate comes from no configured issuer")


def _check_digest(attributes: Mapping[str, core.SetOf], *, digest_name: str, tst_info_der: bytes) -> None:
    if digest_name not in _HASHES:
        raise _rejected(TimestampReason.SIGNATURE, f"its digest {digest_name} is not accepted")
    expected = hashlib.new(digest_name, tst_info_der).digest()
    if attributes["message_digest"][0].native != expected or attributes["content_type"][0].native != "tst_info":
        raise _rejected(TimestampReason.SIGNATURE, "its signed digest is of something else")


def _check_signature(
    public_key: CertificatePublicKeyTypes, *, signature: bytes, signed: bytes, algorithm: hashes.HashAlgorithm
) -> None:
    try:
        if isinstance(public_key, rsa.RSAPublicKey):
            public_key.verify(signature, signed, padding.PKCS1v15(), algorithm)
        elif isinstance(public_key, ec.EllipticCurvePublicKey):
            public_key.verify(signature, signed, ec.ECDSA(algorithm))
        else:
            raise _rejected(TimestampReason.SIGNATURE, "its key is neither RSA nor EC")
    except InvalidSignature as exc:
        raise _rejected(TimestampReason.SIGNATURE, "its signature does not verify") from exc


def _rejected(reason: TimestampReason, text: str) -> TimestampRejected:
    return TimestampRejected(
        f"a time-stamp was refused: {text}; nothing was signed with it, check the time-stamping service",
        reason=reason,
    )
