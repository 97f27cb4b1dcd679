"""Read a CMS signature (RFC 5652) and judge its mathematics: digest, signed attributes, signature, signer.

No chain, no time, no trust: only whether the holder of the named certificate's key signed these bytes.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms, core, tsp, x509
from asn1crypto.parser import parse

from signing.verify.algorithms import (
    SignatureAlgorithm,
    SignedContent,
    digest_bytes,
    read_digest_algorithm,
    read_signature_algorithm,
    verify_raw_signature,
)
from signing.verify.ber import is_indefinite, to_definite
from signing.verify.errors import CmsUnreadable

ASN1_ERRORS = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)
"""What asn1crypto raises on hostile DER; measured, see notes on totality in `verify.py`."""

_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_SIGNING_TIME = "1.2.840.113549.1.9.5"
_SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
_SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
_SIGNATURE_TIMESTAMP = "1.2.840.113549.1.9.16.2.14"
_CONTENT_TIMESTAMP = "1.2.840.113549.1.9.16.2.20"
_ADOBE_REVOCATION = "1.2.840.113583.1.1.8"
_SIGNATURE_POLICY = "1.2.840.113549.1.9.16.2.15"


@dataclass(frozen=True, slots=True)
class CmsObject:
    """A SignedData with what stands around it."""

    signed_data: Any = field(repr=False)
    certificates_der: tuple[bytes, ...] = field(repr=False)
    crls_der: tuple[bytes, ...] = field(repr=False)
    ocsps_der: tuple[bytes, ...] = field(repr=False)
    content_type: str
    encapsulated: bytes | None = field(repr=False)
    has_padding_data: bool


@dataclass(frozen=True, slots=True)
class SignerVerdict:
    """The mathematics of one SignerInfo."""

    digest_matches: bool
    signature_matches: bool
    certificate_der: bytes | None = field(repr=False)
    certificate_is_referenced: bool
    algorithm: SignatureAlgorithm | None
    signing_time: datetime | None
    signature_value: bytes = field(repr=False)
    timestamp_tokens: tuple[bytes, ...] = field(repr=False)
    signature_policy_oid: str | None
    reasons: tuple[str, ...]
    content_tokens: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def is_valid(self) -> bool:
        """True when these bytes were signed by the key of the named certificate."""
        return self.digest_matches and self.signature_matches and not self.reasons


def read_cms(contents: bytes) -> CmsObject:
    """Read the CMS object at the beginning of `contents`; the rest must be zero padding.

    Raises:
        CmsUnreadable: it is no SignedData.
    """
    try:
        if is_indefinite(contents):
            encoded, length = to_definite(contents)
        else:
            _, _, _, header, content, trailer = parse(contents, strict=False)
            length = len(header) + len(content) + len(trailer)
            encoded = contents[:length]
        info = cms.ContentInfo.load(encoded)
        if info["content_type"].native != "signed_data":
            raise CmsUnreadable("CMS_UNREADABLE", "the signature is no CMS SignedData")
        signed_data = info["content"]
        encapsulated = signed_data["encap_content_info"]
        return CmsObject(
            signed_data=signed_data,
            certificates_der=tuple(_certificates(signed_data)),
            crls_der=tuple(_crls(signed_data)),
            ocsps_der=tuple(_ocsps(signed_data)),
            content_type=encapsulated["content_type"].native,
            encapsulated=_encapsulated(encapsulated["content"]),
            has_padding_data=bool(contents[length:].strip(b"\x00")),
        )
    except ASN1_ERRORS as exc:
        raise CmsUnreadable("CMS_UNREADABLE", "the signature's CMS object cannot be read") from exc


def _encapsulated(content: Any) -> bytes | None:
    if isinstance(content, core.Void) or content.native is None:
        return None
    if isinstance(content, core.ParsableOctetString | core.OctetString):
        return bytes(content)
    return bytes(content.contents)


def _certificates(signed_data: Any) -> list[bytes]:
    if not signed_data["certificates"]:
        return []
    return [choice.chosen.dump() for choice in signed_data["certificates"] if choice.name == "certificate"]


def _crls(signed_data: Any) -> list[bytes]:
    found = [archived for archive in _adobe_archives(signed_data) for archived in archive.items("crl")]
    if signed_data["crls"]:
        found += [choice.chosen.dump() for choice in signed_data["crls"] if choice.name == "certificate_list"]
    return found


def _ocsps(signed_data: Any) -> list[bytes]:
    return [archived for archive in _adobe_archives(signed_data) for archived in archive.items("ocsp")]


# asn1crypto ships no types.
class _AnyItems(core.SequenceOf):  # type: ignore[misc]
    _child_spec = core.Any


# asn1crypto ships no types.
class _RevocationArchive(core.Sequence):  # type: ignore[misc]
    """Adobe's attribute with revocation data beside an `adbe.pkcs7.detached` signature."""

    _fields = (
        ("crl", _AnyItems, {"explicit": 0, "optional": True}),
        ("ocsp", _AnyItems, {"explicit": 1, "optional": True}),
        ("other", _AnyItems, {"explicit": 2, "optional": True}),
    )

    def items(self, name: str) -> list[bytes]:
        """Give the members of one list as DER."""
        members = self[name]
        return [] if isinstance(members, core.Void) else [member.dump() for member in members]


def _adobe_archives(signed_data: Any) -> list[_RevocationArchive]:
    archives: list[_RevocationArchive] = []
    for signer in signed_data["signer_infos"]:
        for value in _attribute(signer["signed_attrs"], _ADOBE_REVOCATION):
            archive = _RevocationArchive.load(value.dump())
            try:
                archive.items("crl"), archive.items("ocsp")
            except ASN1_ERRORS:
                continue  # Evidence we cannot read is evidence we do not have; the signature stands without it.
            archives.append(archive)
    return archives


def _attribute(attributes: Any, oid: str) -> list[Any]:
    """Give the values of an attribute; an attribute that stands twice is refused by its readers."""
    values: list[Any] = []
    for attribute in attributes or ():
        if attribute["type"].dotted == oid:
            values.extend(attribute["values"])
    return values


def verify_signers(
    signature: CmsObject,
    *,
    content: SignedContent,
    hashed_content_allowed: str | None = None,
    other_certificates_der: Iterable[bytes] = (),
) -> tuple[SignerVerdict, ...]:
    """Judge every SignerInfo against the digest of the bytes the ByteRange covers.

    A signer's certificate that is not in the CMS is looked for among `other_certificates_der` (DSS, trust folder).
    `hashed_content_allowed` names the digest for SubFilter adbe.pkcs7.sha1, where the CMS encapsulates the
    digest of the document in place of the document (ISO 32000-1, 12.8.3.3).
    """
    others = tuple(other_certificates_der)
    try:
        judged = tuple(
            _verify_signer(signature, signer, content, hashed_content_allowed, _find(signature, signer, others))
            for signer in signature.signed_data["signer_infos"]
        )
    except ASN1_ERRORS as exc:
        raise CmsUnreadable("CMS_UNREADABLE", "a SignerInfo cannot be read") from exc
    if not judged:
        raise CmsUnreadable("CMS_UNREADABLE", "the CMS object has no SignerInfo")
    return judged


def _verify_signer(
    signature: CmsObject,
    signer: Any,
    content: SignedContent,
    hashed_content_allowed: str | None,
    certificate: x509.Certificate | None,
) -> SignerVerdict:
    reasons: list[str] = []
    algorithm: SignatureAlgorithm | None = None
    digest_matches = signature_matches = False
    attributes = signer["signed_attrs"]
    try:
        digest = read_digest_algorithm(signer["digest_algorithm"])
        algorithm = read_signature_algorithm(signer["signature_algorithm"], digest=digest)
        signed: bytes | None
        if attributes and len(attributes):
            expected = _expected_digest(signature, digest, content, hashed_content_allowed)
            digest_matches = _message_digest_matches(attributes, expected)
            signed = _encode_signed(attributes)
            reasons += _attribute_reasons(signature, attributes)
        else:
            signed = _signed_directly(signature, content, hashed_content_allowed)
            digest_matches = signed is not None
        if certificate is None:
            reasons.append("NO_SIGNING_CERTIFICATE_FOUND")
        elif signed is not None:
            signature_matches = verify_raw_signature(
                signed,
                signature=signer["signature"].native,
                public_key_der=certificate.public_key.dump(),
                algorithm=algorithm,
            )
    except CmsUnreadable as exc:
        reasons.append(exc.code)
    is_referenced = _is_referenced(attributes, certificate, reasons)
    return SignerVerdict(
        digest_matches=digest_matches,
        signature_matches=signature_matches,
        certificate_der=certificate.dump() if certificate is not None else None,
        certificate_is_referenced=is_referenced,
        algorithm=algorithm,
        signing_time=_signing_time(attributes),
        signature_value=signer["signature"].native,
        timestamp_tokens=tuple(value.dump() for value in _attribute(signer["unsigned_attrs"], _SIGNATURE_TIMESTAMP)),
        signature_policy_oid=_policy_oid(attributes),
        reasons=tuple(reasons),
        content_tokens=tuple(value.dump() for value in _attribute(attributes, _CONTENT_TIMESTAMP)),
    )


def _expected_digest(
    signature: CmsObject, digest: str, content: SignedContent, hashed_content_allowed: str | None
) -> bytes:
    """Give the messageDigest owed; empty when the encapsulated digest is not that of the document."""
    if hashed_content_allowed and signature.encapsulated is not None:
        inner = _signed_directly(signature, content, hashed_content_allowed)
        return b"" if inner is None else digest_bytes(inner, digest)
    return content.digest(digest)


def _signed_directly(signature: CmsObject, content: SignedContent, hashed_content_allowed: str | None) -> bytes | None:
    """Give the bytes that are signed where there are no signed attributes; None when they are not the document's."""
    inner = signature.encapsulated
    if hashed_content_allowed and inner is not None:
        return inner if hmac.compare_digest(inner, content.digest(hashed_content_allowed)) else None
    return content.joined()


def _message_digest_matches(attributes: Any, expected: bytes) -> bool:
    values = _attribute(attributes, _MESSAGE_DIGEST)
    return len(values) == 1 and hmac.compare_digest(values[0].native, expected)


def _attribute_reasons(signature: CmsObject, attributes: Any) -> list[str]:
    reasons: list[str] = []
    types = [attribute["type"].dotted for attribute in attributes]
    if len(types) != len(set(types)):
        reasons.append("SIGNED_ATTRIBUTE_TWICE")
    content_types = _attribute(attributes, _CONTENT_TYPE)
    if len(content_types) != 1 or content_types[0].native != signature.content_type:
        reasons.append("CONTENT_TYPE_MISMATCH")
    return reasons


def _encode_signed(attributes: Any) -> bytes:
    """Give what was signed: the DER encoding of the attributes, however they were sent (RFC 5652, 5.4).

    In DER a SET OF is sorted and its lengths are definite. A signature over an unsorted set is no CMS signature.
    """
    encoded = sorted(attribute.dump() for attribute in attributes)
    return bytes(core.SetOf(spec=core.Any, contents=b"".join(encoded)).dump())


def _find(signature: CmsObject, signer: Any, others: Iterable[bytes]) -> x509.Certificate | None:
    identifier = signer["sid"]
    for der in (*signature.certificates_der, *others):
        certificate = x509.Certificate.load(der)
        if identifier.name == "issuer_and_serial_number":
            wanted = identifier.chosen
            if (
                certificate.serial_number == wanted["serial_number"].native
                # Names are prepared for comparison only when their spellings differ: that is slow.
                and (
                    certificate.issuer.dump() == wanted["issuer"].dump()
                    or certificate.issuer.hashable == wanted["issuer"].hashable
                )
            ):
                return certificate
        elif certificate.key_identifier == identifier.chosen.native:
            return certificate
    return None


def _is_referenced(attributes: Any, certificate: x509.Certificate | None, reasons: list[str]) -> bool:
    """Compare the ESS signing-certificate attribute (RFC 5035) with the certificate used; a mismatch is a reason."""
    if certificate is None or not attributes:
        return False
    newer = _attribute(attributes, _SIGNING_CERTIFICATE_V2)
    older = _attribute(attributes, _SIGNING_CERTIFICATE)
    values = newer or older
    if not values:
        return False
    first = values[0]["certs"][0]
    digest = read_digest_algorithm(first["hash_algorithm"]) if newer else "sha1"
    if hmac.compare_digest(first["cert_hash"].native, digest_bytes(certificate.dump(), digest)):
        return True
    reasons.append("SIGNING_CERTIFICATE_MISMATCH")
    return False


def _signing_time(attributes: Any) -> datetime | None:
    values = _attribute(attributes, _SIGNING_TIME)
    moment = values[0].native if len(values) == 1 else None
    return moment.astimezone(UTC) if isinstance(moment, datetime) and moment.tzinfo else None


def _policy_oid(attributes: Any) -> str | None:
    """Give the signature policy's identifier; one we cannot read is shown as unknown, it changes no verdict."""
    values = _attribute(attributes, _SIGNATURE_POLICY)
    if not values:
        return None
    try:
        return str(_AnyItems.load(values[0].dump())[0].parse(core.ObjectIdentifier).dotted)
    except ASN1_ERRORS:
        return "unknown"


def read_timestamp_content(token: CmsObject) -> tsp.TSTInfo:
    """Give the TSTInfo a time-stamp token encapsulates (RFC 3161, 2.4.2).

    Raises:
        CmsUnreadable: the token holds something else.
    """
    if token.content_type != "tst_info" or token.encapsulated is None:
        raise CmsUnreadable("TIMESTAMP_UNREADABLE", "the time-stamp token does not hold a TSTInfo")
    return tsp.TSTInfo.load(token.encapsulated)
