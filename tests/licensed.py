"""A stand-in for licensed trust services: the embedded authority's code without its specimen marks, on loopback.

No door of the product makes one: production homes have no authority, so tests put it together from its parts.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from api.clock import SystemClock
from keys import AuthorityAnswer, CredentialKind, EmbeddedAuthority, FaultBoard, Mode, Subject, answer_http
from keys.authority_ca import CertificateOrder, Issuer, new_serial, write_certificate, write_root
from keys.authority_ledger import Ledger, LedgerEntry
from keys.authority_names import make_name
from tests.loopback import serve_on_loopback

TSA_POLICY = "1.3.6.1.4.1.99998.1"
_ORGANISATION = "Trung tâm Chứng thực Thí Dụ"
_TITLES = {
    CredentialKind.ROOT: "Thí Dụ Root CA",
    CredentialKind.ISSUING: "Thí Dụ Issuing CA",
    CredentialKind.OCSP: "Thí Dụ OCSP",
    CredentialKind.TSA: "Thí Dụ TSA",
}


@dataclass(frozen=True, slots=True)
class LicensedAuthority:
    """A CA, a TSA and an OCSP responder that carry no specimen mark, served at `base_url`."""

    authority: EmbeddedAuthority
    issuing: Issuer
    ledger: Ledger
    faults: FaultBoard
    base_url: str

    @property
    def tsa_url(self) -> str:
        return f"{self.base_url}/tsa"

    def certify_request(self, request_pem: bytes, *, kind: CredentialKind, at: datetime) -> bytes:
        """Certify a PKCS #10 request; gives the certificate with its chain as PEM."""
        request = x509.load_pem_x509_csr(request_pem)
        assert request.is_signature_valid
        order = CertificateOrder(
            kind=kind, subject=request.subject, public_key=request.public_key(), serial=_serial(), at=at
        )
        certificate = write_certificate(order, issuer=self.issuing, mode=Mode.PRODUCTION, base_url=self.base_url)
        self.ledger.add(_entry(certificate, kind=kind, issuer=CredentialKind.ISSUING, at=at))
        return certificate.public_bytes(Encoding.PEM) + self.issuing.certificate.public_bytes(Encoding.PEM)


@contextmanager
def serve_licensed(folder: Path) -> Iterator[LicensedAuthority]:
    """Make such an authority and answer for it on a free loopback port until the block ends."""
    clock = SystemClock()
    made: list[LicensedAuthority] = []

    def answer(method: str, path: str, content_type: str, body: bytes) -> AuthorityAnswer:
        return answer_http(
            made[0].authority,
            method=method,
            path=path,
            content_type=content_type,
            body=body,
            at=clock.now(),
            faults=made[0].faults,
        )

    with serve_on_loopback(answer) as port:
        made.append(_make(folder, base_url=f"http://127.0.0.1:{port}/pki", at=clock.now()))
        yield made[0]


def _make(folder: Path, *, base_url: str, at: datetime) -> LicensedAuthority:
    folder.mkdir(mode=0o700)
    ledger = Ledger(folder / "ledger.jsonl")
    parts: dict[CredentialKind, Issuer] = {}
    for kind, title in _TITLES.items():
        private_key = ec.generate_private_key(ec.SECP256R1())
        order = CertificateOrder(
            kind=kind,
            subject=make_name(Subject(cn=title, o=_ORGANISATION), mode=Mode.PRODUCTION),
            public_key=private_key.public_key(),
            serial=_serial(),
            at=at,
        )
        is_top = kind in (CredentialKind.ROOT, CredentialKind.ISSUING)
        signer = CredentialKind.ROOT if is_top else CredentialKind.ISSUING
        if kind is CredentialKind.ROOT:
            certificate = write_root(order, private_key=private_key, mode=Mode.PRODUCTION)
        else:
            certificate = write_certificate(order, issuer=parts[signer], mode=Mode.PRODUCTION, base_url=base_url)
        parts[kind] = Issuer(certificate, private_key)
        ledger.add(_entry(certificate, kind=kind, issuer=signer, at=at))
    authority = EmbeddedAuthority(
        parts,
        ledger=ledger,
        mode=Mode.PRODUCTION,
        base_url=base_url,
        random_bytes=secrets.token_bytes,
        tsa_policy_oid=TSA_POLICY,
    )
    return LicensedAuthority(authority, parts[CredentialKind.ISSUING], ledger, FaultBoard(folder), base_url)


def _serial() -> int:
    return new_serial(secrets.token_bytes)


def _entry(certificate: x509.Certificate, *, kind: CredentialKind, issuer: CredentialKind, at: datetime) -> LedgerEntry:
    return LedgerEntry(
        serial=certificate.serial_number,
        kind=kind,
        issuer=issuer,
        issued_at=at,
        not_after=certificate.not_valid_after_utc,
    )
