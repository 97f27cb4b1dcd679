"""What the embedded authority is asked for: kinds of credential, subjects, and the names it gives them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cryptography import x509
from cryptography.x509.oid import NameOID

from keys.errors import AuthorityRefused
from keys.mode import SPECIMEN_MARK, Mode

# X.520 bounds both names at 64 characters; OpenSSL and Acrobat refuse longer ones.
_MAX_CHARACTERS = 64


class CredentialKind(StrEnum):
    """Whom a certificate is for; the ledger keeps it."""

    OFFICER = "OFFICER"
    SEAL = "SEAL"
    FOREIGN_OFFICER = "FOREIGN_OFFICER"
    FOREIGN_OFFICE = "FOREIGN_OFFICE"
    ROOT = "ROOT"
    ISSUING = "ISSUING"
    OCSP = "OCSP"
    TSA = "TSA"


SUBSCRIBER_KINDS = frozenset(
    {CredentialKind.OFFICER, CredentialKind.SEAL, CredentialKind.FOREIGN_OFFICER, CredentialKind.FOREIGN_OFFICE}
)


class RevocationReason(StrEnum):
    """Why a certificate is withdrawn (RFC 5280, 5.3.1)."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is certified; in demo and training `cn` and `o` get the specimen mark in front."""

    cn: str
    o: str
    ou: str = ""
    serial: str = ""
    country: str = "VN"


@dataclass(frozen=True, slots=True)
class IssuedCredential:
    """A fresh certificate with its chain (issuer first, root last) and its key in a PKCS#12 file."""

    kind: CredentialKind
    serial: int
    certificate_der: bytes
    chain_der: tuple[bytes, ...]
    pkcs12: bytes


def specimen_text(text: str, mode: Mode) -> str:
    """Put the specimen mark before a name, once, where the mode asks for it."""
    if not mode.is_specimen or text.startswith(SPECIMEN_MARK):
        return text
    return f"{SPECIMEN_MARK} {text}"


def make_name(subject: Subject, *, mode: Mode) -> x509.Name:
    """Write a subject as an X.509 name.

    Raises:
        AuthorityRefused: a part is empty, too long with its mark, or has control characters.
    """
    parts = [
        (NameOID.COUNTRY_NAME, subject.country),
        (NameOID.ORGANIZATION_NAME, specimen_text(subject.o, mode)),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, subject.ou),
        (NameOID.COMMON_NAME, specimen_text(subject.cn, mode)),
        (NameOID.SERIAL_NUMBER, subject.serial),
    ]
    if not subject.cn.strip() or not subject.o.strip():
        raise AuthorityRefused("a subject needs a common name and an organisation; fill both")
    for oid, text in parts:
        if len(text) > _MAX_CHARACTERS:
            raise AuthorityRefused(
                f"the subject's attribute {oid.dotted_string} has {len(text)} characters with its mark; "
                f"{_MAX_CHARACTERS} are allowed, so shorten it"
            )
        if not text.isprintable():
            raise AuthorityRefused(f"the subject's attribute {oid.dotted_string} has unprintable characters")
    try:
        return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts if text])
    except ValueError as exc:
        raise AuthorityRefused(f"the subject cannot be written as an X.509 name: {exc}") from exc
