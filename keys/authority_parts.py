"""The parts of the embedded authority on disk: a certificate and a PKCS#8 key each, and the successors of its services.

The OCSP responder and the time-stamping service live half as long as the issuing CA. Within a year of its end such a
part gets a successor in the folder `successors`; a part is never overwritten, and what it signed stays verifiable.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from guard.clock import RandomBytes
from keys.authority_ca import CertificateOrder, Issuer, new_serial, write_certificate, write_root
from keys.authority_ledger import Ledger, LedgerEntry
from keys.authority_names import CredentialKind, Subject, make_name
from keys.errors import KeyFileUnusable
from keys.files import locked_folder, make_private_folder, read_private_file, write_new_file
from keys.mode import Mode
from keys.private import matches

PART_TITLES: Final = {
    CredentialKind.ROOT: "Root CA",
    CredentialKind.ISSUING: "Issuing CA",
    CredentialKind.OCSP: "OCSP Responder",
    CredentialKind.TSA: "Time-Stamping Service",
}
SERVICES: Final = (CredentialKind.OCSP, CredentialKind.TSA)
SUCCESSION: Final = timedelta(days=365)
"""A service with less time left gets a successor: copies are renewed half a year ahead, and it must be there by then."""
_ORGANISATION: Final = "Vidimus"
_SUCCESSORS: Final = "successors"


@dataclass(frozen=True, slots=True)
class PartMaker:
    """What a part is made with."""

    folder: Path
    ledger: Ledger
    mode: Mode
    base_url: str
    random_bytes: RandomBytes

    def make(self, kind: CredentialKind, *, issuer: Issuer | None, at: datetime, path: Path) -> Issuer:
        """Make a key, certify it (the root by itself), record it and write both; `path` has no ending."""
        private_key = ec.generate_private_key(ec.SECP256R1())
        order = CertificateOrder(
            kind=kind,
            subject=make_name(Subject(cn=f"{_ORGANISATION} {PART_TITLES[kind]}", o=_ORGANISATION), mode=self.mode),
            public_key=private_key.public_key(),
            serial=new_serial(self.random_bytes),
            at=at,
        )
        if issuer is None:
            certificate = write_root(order, private_key=private_key, mode=self.mode)
        else:
            certificate = write_certificate(order, issuer=issuer, mode=self.mode, base_url=self.base_url)
        part = Issuer(certificate, private_key)
        self.ledger.add(ledger_entry(certificate, kind=kind, issuer=issuer_of(kind), at=at))
        key_pem = private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_new_file(path.with_name(f"{path.name}.key.pem"), key_pem)
        write_new_file(path.with_name(f"{path.name}.pem"), certificate.public_bytes(Encoding.PEM))
        return part

    def present_service(self, kind: CredentialKind, *, first: Issuer, issuing: Issuer, at: datetime) -> Issuer:
        """Give the service that answers now: the newest one, or a successor made now because its end is near."""
        if not _is_ending(first, at=at) or first.certificate.not_valid_before_utc > at:
            return first
        folder = self.folder / _SUCCESSORS
        make_private_folder(folder)
        with locked_folder(folder):
            numbers = sorted(
                int(path.name.split("-")[1].partition(".")[0]) for path in folder.glob(f"{kind.lower()}-*.pem")
            )
            certified = [number for number in numbers if (folder / f"{kind.lower()}-{number}.pem").exists()]
            newest = read_part(folder / f"{kind.lower()}-{certified[-1]}", kind) if certified else first
            # Nothing is won by a successor that ends with its issuer when this one does, too.
            ends_with_issuer = newest.certificate.not_valid_after_utc >= issuing.certificate.not_valid_after_utc
            if not _is_ending(newest, at=at) or ends_with_issuer:
                return newest
            # A key whose certificate was never written, because the power failed, keeps its number to itself.
            following = max(numbers, default=1) + 1
            return self.make(kind, issuer=issuing, at=at, path=folder / f"{kind.lower()}-{following}")


def issuer_of(kind: CredentialKind) -> CredentialKind:
    """Say which CA certifies a part."""
    return CredentialKind.ROOT if kind in (CredentialKind.ROOT, CredentialKind.ISSUING) else CredentialKind.ISSUING


def ledger_entry(
    certificate: x509.Certificate, *, kind: CredentialKind, issuer: CredentialKind, at: datetime
) -> LedgerEntry:
    """Write down what a certificate is."""
    return LedgerEntry(
        serial=certificate.serial_number,
        kind=kind,
        issuer=issuer,
        issued_at=at,
        not_after=certificate.not_valid_after_utc,
    )


def read_part(path: Path, kind: CredentialKind) -> Issuer:
    """Read a part; `path` has no ending.

    Raises:
        KeyFileUnusable: a file is missing or exposed, or they do not belong together.
        ValueError: a file holds something else.
    """
    private_key = load_pem_private_key(read_private_file(path.with_name(f"{path.name}.key.pem")), password=None)
    certificate = x509.load_pem_x509_certificate(read_private_file(path.with_name(f"{path.name}.pem")))
    if not isinstance(private_key, ec.EllipticCurvePrivateKey) or not matches(private_key, certificate):
        raise KeyFileUnusable(f"the key and certificate of part {kind} do not belong together")
    return Issuer(certificate, private_key)


def _is_ending(part: Issuer, *, at: datetime) -> bool:
    return part.certificate.not_valid_after_utc - at < SUCCESSION
