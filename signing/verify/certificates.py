"""Read certificates and find the path from a signer to an anchor (RFC 5280), without fetching anything."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from asn1crypto.parser import parse
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keys.anchor_scope import Purpose
from keys.errors import CertificateUnusable
from keys.mode import carries_specimen_mark, carries_training_mark

MAX_PATH_LENGTH = 8
MAX_SIGNATURE_CHECKS = 64
"""Pools full of look-alike issuers must not cost more than this many public-key operations a path."""

CERTIFICATE_ERRORS = (ValueError, TypeError, OverflowError, IndexError, UnsupportedAlgorithm, x509.InvalidVersion)
_UNDERSTOOD = (
    x509.BasicConstraints,
    x509.KeyUsage,
    x509.ExtendedKeyUsage,
    x509.CertificatePolicies,
    x509.SubjectAlternativeName,
)


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """A certificate with the facts a path needs, read once."""

    der: bytes = field(repr=False)
    parsed: x509.Certificate = field(repr=False)
    subject: bytes = field(repr=False)
    issuer: bytes = field(repr=False)
    public_key_der: bytes = field(repr=False)
    not_before: datetime
    not_after: datetime
    is_ca: bool
    path_length: int | None
    key_usage: x509.KeyUsage | None = field(repr=False)
    extended_key_usage: frozenset[str] | None
    extended_key_usage_is_critical: bool
    has_unknown_critical: bool
    has_ocsp_nocheck: bool
    is_specimen: bool
    is_training: bool

    @property
    def sha256_hex(self) -> str:
        """The certificate's fingerprint."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def is_self_issued(self) -> bool:
        """True when issuer and subject are the same name."""
        return self.subject == self.issuer

    def name(self, oid: x509.ObjectIdentifier, *, of_issuer: bool = False) -> str:
        """Give one attribute of the subject's (or issuer's) name, or an empty text."""
        chosen = self.parsed.issuer if of_issuer else self.parsed.subject
        values = chosen.get_attributes_for_oid(oid)
        return str(values[0].value) if values else ""

    @property
    def issuer_name(self) -> str:
        """The issuer in the words a reader is shown."""
        return self.name(NameOID.COMMON_NAME, of_issuer=True) or self.name(NameOID.ORGANIZATION_NAME, of_issuer=True)

    def is_valid_at(self, moment: datetime) -> bool:
        """Tell whether the moment lies in the window of validity."""
        return self.not_before <= moment <= self.not_after

    def was_issued_by(self, issuer: Certificate) -> bool:
        """Verify the issuer's signature on this certificate."""
        try:
            self.parsed.verify_directly_issued_by(issuer.parsed)
        except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
            return False
        return True

    def has_purpose(self, purpose: x509.ObjectIdentifier) -> bool:
        """Tell whether the extended key usage names this purpose."""
        return self.extended_key_usage is not None and purpose.dotted_string in self.extended_key_usage


def read_certificate(der: bytes) -> Certificate | None:
    """Read one certificate; None when nobody could use it (it then takes part in no path)."""
    try:
        with warnings.catch_warnings():
            # Old certificates break rules (negative serial numbers); that is theirs, not a defect of this program.
            warnings.simplefilter("ignore")
            return _read(der)
    except (*CERTIFICATE_ERRORS, CertificateUnusable):
        return None


def is_certificate(der: bytes) -> bool:
    """Tell whether this is the DER of a certificate at all, whatever stands in its extensions."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            x509.load_der_x509_certificate(der)
    except (ValueError, TypeError):
        return False
    except x509.InvalidVersion:
        return True
    return True


def _read(der: bytes) -> Certificate:
    parsed = x509.load_der_x509_certificate(der)
    issuer, subject, public_key_der = _names_and_key(parsed.tbs_certificate_bytes)
    basic: x509.BasicConstraints | None = None
    key_usage: x509.KeyUsage | None = None
    extended: x509.ExtendedKeyUsage | None = None
    extended_is_critical = has_unknown = nocheck = False
    for extension in parsed.extensions:
        value = extension.value
        if isinstance(value, x509.BasicConstraints):
            basic = value
        elif isinstance(value, x509.KeyUsage):
            key_usage = value
        elif isinstance(value, x509.ExtendedKeyUsage):
            extended, extended_is_critical = value, extension.critical
        elif isinstance(value, x509.OCSPNoCheck):
            nocheck = True
        # Name and policy constraints are not judged here: a path that needs them is not proven (fail closed).
        has_unknown |= extension.critical and not isinstance(value, _UNDERSTOOD)
        has_unknown |= isinstance(value, x509.NameConstraints)
    return Certificate(
        der=der,
        parsed=parsed,
        subject=subject,
        issuer=issuer,
        public_key_der=public_key_der,
        not_before=parsed.not_valid_before_utc,
        not_after=parsed.not_valid_after_utc,
        is_ca=basic is not None and basic.ca,
        path_length=basic.path_length if basic is not None else None,
        key_usage=key_usage,
        extended_key_usage=None if extended is None else frozenset(usage.dotted_string for usage in extended),
        extended_key_usage_is_critical=extended_is_critical,
        has_unknown_critical=has_unknown,
        has_ocsp_nocheck=nocheck,
        is_specimen=carries_specimen_mark(der),
        is_training=carries_training_mark(der),
    )


_EXPLICIT_VERSION = 2


def _names_and_key(tbs: bytes) -> tuple[bytes, bytes, bytes]:
    """Give issuer, subject and public key as they stand in a certificate (RFC 5280, 4.1).

    Building names as objects costs more than everything else that is read, and links are compared byte by byte.
    """
    members = members_of(tbs)
    if parse(members[0], strict=False)[0] != _EXPLICIT_VERSION:
        members = [b"", *members]
    return members[3], members[5], members[6]


def members_of(sequence_der: bytes) -> list[bytes]:
    """Give the encoded members of a sequence.

    Raises:
        ValueError: it ends early.
    """
    content = parse(sequence_der, strict=False)[4]
    members: list[bytes] = []
    while content:
        _, _, _, header, body, trailer = parse(content, strict=False)
        length = len(header) + len(body) + len(trailer)
        members.append(content[:length])
        content = content[length:]
    return members


@lru_cache(maxsize=1024)
def _read_given(der: bytes) -> Certificate | None:
    """Read a certificate that came with the anchors: every file of a process is judged by the same ones."""
    return read_certificate(der)


@lru_cache(maxsize=1024)
def _was_given_issued(certificate: Certificate, issuer: Certificate) -> bool:
    """Verify a signature between two certificates that came with the anchors; of a stranger's nothing is kept."""
    return certificate.was_issued_by(issuer)


class CertificatePool:
    """Every certificate a file and the trust folder offer; each is parsed once."""

    def __init__(self, roots_der: Iterable[bytes], intermediates_der: Iterable[bytes]) -> None:
        """Start from the anchors and the intermediates given with them."""
        roots, intermediates = tuple(roots_der), tuple(intermediates_der)
        self._read: dict[bytes, Certificate | None] = {}
        self._issued: dict[tuple[bytes, bytes], bool] = {}
        self._given = {der: _read_given(der) for der in (*roots, *intermediates)}
        self._by_subject: dict[bytes, list[Certificate]] = {}
        self._paths: dict[bytes, tuple[Certificate, ...] | None] = {}
        self._anchors = {der for der in roots if self.add(der) is not None}
        for der in intermediates:
            self.add(der)

    def add(self, der: bytes) -> Certificate | None:
        """Take a certificate in and give it as read."""
        if der not in self._read:
            certificate = self._given[der] if der in self._given else read_certificate(der)
            self._read[der] = certificate
            self._paths.clear()
            if certificate is not None:
                self._by_subject.setdefault(certificate.subject, []).append(certificate)
        return self._read[der]

    def dates(self) -> set[datetime]:
        """Give when any certificate begins or ends; it is still valid in its last second."""
        known = [one for one in self._read.values() if one is not None]
        return {one.not_before for one in known} | {one.not_after for one in known}

    def candidates(self, subject: bytes) -> list[Certificate]:
        """Give the certificates of this name, anchors first."""
        return sorted(self._by_subject.get(subject, ()), key=lambda one: one.der not in self._anchors)

    def is_anchor(self, certificate: Certificate) -> bool:
        """Tell whether this very certificate is an anchor."""
        return certificate.der in self._anchors

    def find_path(self, certificate: Certificate) -> tuple[Certificate, ...] | None:
        """Give the path from the certificate to an anchor, signatures verified; None when there is none."""
        if certificate.der not in self._paths:
            budget = [MAX_SIGNATURE_CHECKS]
            self._paths[certificate.der] = self._extend((certificate,), budget)
        return self._paths[certificate.der]

    def issuer_of(self, certificate: Certificate) -> Certificate | None:
        """Give the certificate's issuer, trusted or not."""
        for candidate in self.candidates(certificate.issuer)[:8]:
            if self.was_issued(certificate, by=candidate):
                return candidate
        return None

    def was_issued(self, certificate: Certificate, *, by: Certificate) -> bool:
        """Verify an issuer's signature on a certificate, each pair once."""
        pair = (certificate.der, by.der)
        if pair not in self._issued:
            is_given = certificate.der in self._given and by.der in self._given
            self._issued[pair] = _was_given_issued(certificate, by) if is_given else certificate.was_issued_by(by)
        return self._issued[pair]

    def _extend(self, path: tuple[Certificate, ...], budget: list[int]) -> tuple[Certificate, ...] | None:
        last = path[-1]
        if self.is_anchor(last):
            return path
        if len(path) > MAX_PATH_LENGTH:
            return None
        for candidate in self.candidates(last.issuer):
            if budget[0] <= 0 or any(candidate is one for one in path):
                continue
            budget[0] -= 1
            if self.was_issued(last, by=candidate):
                found = self._extend((*path, candidate), budget)
                if found is not None:
                    return found
        return None


def path_breaks_rules(path: tuple[Certificate, ...]) -> bool:
    """Tell whether a path breaks RFC 5280, 6.1 (CA flag, path length, key usage, unknown critical extensions)."""
    for depth, certificate in enumerate(path):
        is_last = depth == len(path) - 1
        if certificate.has_unknown_critical and not is_last:
            return True
        if depth == 0:
            continue
        intermediates_below = sum(not one.is_self_issued for one in path[1:depth])
        if not certificate.is_ca and not (is_last and certificate.parsed.version is x509.Version.v1):
            return True
        if certificate.path_length is not None and intermediates_below > certificate.path_length:
            return True
        if certificate.key_usage is not None and not certificate.key_usage.key_cert_sign:
            return True
    return False


def may_sign_documents(certificate: Certificate) -> bool:
    """Tell whether key usage and extended key usage allow signing documents."""
    usage = certificate.key_usage
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        return False
    purposes = certificate.extended_key_usage
    return purposes is None or not purposes <= _OTHER_PURPOSES


_OTHER_PURPOSES = frozenset(
    purpose.dotted_string
    for purpose in (
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CODE_SIGNING,
        ExtendedKeyUsageOID.TIME_STAMPING,
        ExtendedKeyUsageOID.OCSP_SIGNING,
    )
)
"""A certificate whose purposes are all among these was never meant for documents."""

_QC_STATEMENTS = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")
# id-etsi-qct-esign and id-etsi-qct-eseal (ETSI EN 319 412-5, 4.2.3) as DER object identifiers.
_QC_TYPES = {bytes.fromhex("060704008e46010601"): Purpose.SIGNING, bytes.fromhex("060704008e46010602"): Purpose.SEAL}


def signing_purposes(certificate: Certificate) -> frozenset[Purpose]:
    """Tell whether a certificate is a person's or an office's; one that does not say so may be either."""
    try:
        extension = certificate.parsed.extensions.get_extension_for_oid(_QC_STATEMENTS).value
    except x509.ExtensionNotFound:
        return _EITHER
    statements = extension.value if isinstance(extension, x509.UnrecognizedExtension) else b""
    return frozenset(purpose for oid, purpose in _QC_TYPES.items() if oid in statements) or _EITHER


_EITHER = frozenset({Purpose.SIGNING, Purpose.SEAL})
