"""The embedded authority of demo and training homes: root, issuing CA, OCSP responder and time-stamping service.

It lives in one folder, closed to other users: `authority.json`, a certificate and a PKCS#8 key per part, and the
ledger of what it issued. It stands in for a licensed trust service provider and refuses to exist in production.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import (
    Encoding,
)

from guard.clock import Clock, RandomBytes
from keys.authority_ca import CertificateOrder, Issuer, new_serial, write_certificate, write_crl
from keys.authority_ledger import Ledger, LedgerEntry
from keys.authority_names import (
    SUBSCRIBER_KINDS,
    CredentialKind,
    IssuedCredential,
    RevocationReason,
    Subject,
    make_name,
)
from keys.authority_ocsp import OcspResponder
from keys.authority_parts import PART_TITLES, SERVICES, PartMaker, issuer_of, ledger_entry, read_part
from keys.authority_tsa import TimestampResponder
from keys.credentials import KeyAlgorithm
from keys.errors import AuthorityRefused, AuthorityUnusable, KeyExists, KeyFileUnusable
from keys.files import make_private_folder, read_private_file, replace_file, write_new_file
from keys.mode import DEMO_TSA_POLICY_OID, Mode
from keys.pin import Pin
from keys.pkcs12 import PKCS12_ROUNDS, write_pkcs12
from keys.private import make_private_key

_SETTINGS = "authority.json"
_LEDGER = "ledger.jsonl"
_CRL_REISSUE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Crl:
    der: bytes
    made_at: datetime
    serials: tuple[int, ...]


class EmbeddedAuthority:
    """Issues, withdraws, answers and stamps; keys are parsed once and held. Safe for threads and processes."""

    def __init__(
        self,
        parts: dict[CredentialKind, Issuer],
        *,
        ledger: Ledger,
        mode: Mode,
        base_url: str,
        random_bytes: RandomBytes,
        tsa_policy_oid: str = DEMO_TSA_POLICY_OID,
    ) -> None:
        """Use `create_authority` or `open_authority`."""
        self.mode = mode
        self.base_url = base_url
        self._parts = parts
        self._ledger = ledger
        self._random_bytes = random_bytes
        self._crls: dict[CredentialKind, _Crl] = {}
        self._lock = threading.Lock()
        issuer = parts[CredentialKind.ISSUING].certificate
        ocsp, tsa = parts[CredentialKind.OCSP], parts[CredentialKind.TSA]
        self._ocsp = OcspResponder(ocsp.certificate, ocsp.private_key, issuer=issuer, ledger=ledger)
        self._tsa = TimestampResponder(
            tsa.certificate,
            tsa.private_key,
            issuer=issuer,
            policy_oid=tsa_policy_oid,
            random_bytes=random_bytes,
        )

    @property
    def root_der(self) -> bytes:
        """The root's certificate."""
        return self._der(CredentialKind.ROOT)

    @property
    def issuing_der(self) -> bytes:
        """The issuing CA's certificate."""
        return self._der(CredentialKind.ISSUING)

    @property
    def ocsp_der(self) -> bytes:
        """The OCSP responder's certificate."""
        return self._der(CredentialKind.OCSP)

    @property
    def tsa_der(self) -> bytes:
        """The time-stamping service's certificate."""
        return self._der(CredentialKind.TSA)

    def issue(
        self,
        kind: CredentialKind,
        *,
        subject: Subject,
        pin: Pin,
        at: datetime,
        algorithm: KeyAlgorithm = KeyAlgorithm.ECDSA_P256_SHA256,
        rounds: int = PKCS12_ROUNDS,
    ) -> IssuedCredential:
        """Make a key, certify it and pack both under the PIN; the key is kept nowhere else.

        Raises:
            AuthorityRefused: not a kind for subscribers, or a subject that cannot be written.
        """
        if kind not in SUBSCRIBER_KINDS:
            raise AuthorityRefused(f"a {kind} certificate is part of the authority itself and is not issued")
        private_key = make_private_key(algorithm)
        order = CertificateOrder(
            kind=kind,
            subject=make_name(subject, mode=self.mode),
            public_key=private_key.public_key(),
            serial=new_serial(self._random_bytes),
            at=at,
        )
        issuer = self._parts[CredentialKind.ISSUING]
        certificate = write_certificate(order, issuer=issuer, mode=self.mode, base_url=self.base_url)
        # Recorded before it is handed out: a certificate nobody can withdraw must not exist.
        self._ledger.add(ledger_entry(certificate, kind=kind, issuer=CredentialKind.ISSUING, at=at))
        certificate_der = certificate.public_bytes(Encoding.DER)
        chain_der = (self.issuing_der, self.root_der)
        pkcs12 = write_pkcs12(private_key, certificate_der=certificate_der, chain_der=chain_der, pin=pin, rounds=rounds)
        return IssuedCredential(kind, order.serial, certificate_der, chain_der, pkcs12)

    def revoke(self, serial: int, *, at: datetime, reason: RevocationReason) -> LedgerEntry:
        """Withdraw a certificate for ever; the first withdrawal stands.

        Raises:
            SerialUnknown: it was not issued here.
        """
        return self._ledger.revoke(serial, at=at.replace(microsecond=0), reason=reason)

    def issued(self) -> tuple[LedgerEntry, ...]:
        """List what was issued, in order."""
        return self._ledger.entries()

    def answer_ocsp(self, request_der: bytes, *, at: datetime) -> bytes:
        """Answer an OCSP request (RFC 6960) about a certificate of the issuing CA."""
        return self._ocsp.answer(request_der, at=at)

    def answer_timestamp(self, request_der: bytes, *, at: datetime) -> bytes:
        """Answer a time-stamp request (RFC 3161)."""
        return self._tsa.answer(request_der, at=at)

    def crl_der(self, which: CredentialKind, *, at: datetime) -> bytes:
        """Give the CRL of the root or the issuing CA, made anew when something changed or an hour has passed.

        Raises:
            AuthorityRefused: another part than these two.
        """
        if which not in (CredentialKind.ROOT, CredentialKind.ISSUING):
            raise AuthorityRefused(f"the part {which} issues no certificates and has no CRL")
        entries = [entry for entry in self._ledger.entries() if entry.issuer is which]
        revoked = {entry.serial: found for entry in entries if (found := entry.revocation_at(at))}
        with self._lock:
            known = self._crls.get(which)
            if known and known.serials == tuple(revoked) and known.made_at <= at < known.made_at + _CRL_REISSUE:
                return known.der
            number = self._ledger.next_crl_number(which, at=at)
            der = write_crl(self._parts[which], revoked=revoked, number=number, at=at)
            self._crls[which] = _Crl(der, at, tuple(revoked))
            return der

    def export_trust(self, folder: Path, *, at: datetime) -> None:
        """Write what a verifier elsewhere needs into a folder: root, issuing CA and both CRLs; no secret is in it."""
        folder.mkdir(parents=True, exist_ok=True)
        for kind in (CredentialKind.ROOT, CredentialKind.ISSUING):
            name = kind.lower()
            pem = self._parts[kind].certificate.public_bytes(Encoding.PEM)
            # Another process may read the folder at this moment: a worker beside a door, a verifier beside both.
            replace_file(folder / f"{name}.pem", pem)
            replace_file(folder / f"{name}.crl", self.crl_der(kind, at=at))

    def _der(self, kind: CredentialKind) -> bytes:
        return self._parts[kind].certificate.public_bytes(Encoding.DER)


def create_authority(
    folder: Path, *, mode: Mode, at: datetime, random_bytes: RandomBytes, base_url: str
) -> EmbeddedAuthority:
    """Make a new authority in an empty folder.

    `base_url` is printed into every certificate (OCSP, CRL and issuer addresses); nobody needs to serve it for
    the answers to be had in process.

    Raises:
        AuthorityRefused: production mode, or a base URL that is none.
        KeyExists: the folder holds an authority already.
    """
    if mode is Mode.PRODUCTION:
        raise AuthorityRefused("the embedded authority is for demo and training; configure licensed services instead")
    base_url = _check_base_url(base_url)
    make_private_folder(folder)
    if (folder / _SETTINGS).exists():
        raise KeyExists(f"{folder.name} holds an authority already; open it, or choose an empty folder")
    ledger = Ledger(folder / _LEDGER)
    parts: dict[CredentialKind, Issuer] = {}
    maker = PartMaker(folder, ledger, mode, base_url, random_bytes)
    for kind in PART_TITLES:
        issuer = None if kind is CredentialKind.ROOT else parts[issuer_of(kind)]
        parts[kind] = maker.make(kind, issuer=issuer, at=at, path=folder / kind.lower())
    # Written last: a folder without it holds no authority.
    settings = {"mode": str(mode), "base_url": base_url, "created_at": at.isoformat()}
    write_new_file(folder / _SETTINGS, json.dumps(settings, indent=2).encode())
    return EmbeddedAuthority(parts, ledger=ledger, mode=mode, base_url=base_url, random_bytes=random_bytes)


def open_authority(folder: Path, *, clock: Clock, random_bytes: RandomBytes) -> EmbeddedAuthority:
    """Open the authority of a folder; a service of it whose end is near gets its successor now.

    Raises:
        AuthorityUnusable: none there, damaged, exposed, or one of its certificates has ended.
    """
    try:
        settings = json.loads(read_private_file(folder / _SETTINGS))
        mode, base_url = Mode(settings["mode"]), str(settings["base_url"])
        parts = {kind: read_part(folder / kind.lower(), kind) for kind in PART_TITLES}
    except (KeyFileUnusable, ValueError, KeyError, TypeError) as exc:
        raise AuthorityUnusable(f"{folder.name} holds no usable authority ({exc}); make one, or restore it") from exc
    if mode is Mode.PRODUCTION:
        raise AuthorityUnusable(f"{folder.name} claims production; the embedded authority is for demo and training")
    now = clock.now()
    ledger = Ledger(folder / _LEDGER)
    maker = PartMaker(folder, ledger, mode, base_url, random_bytes)
    issuing = parts[CredentialKind.ISSUING]
    # Past the end of its CA the authority is over; that is told below.
    for kind in SERVICES if now < issuing.certificate.not_valid_after_utc else ():
        try:
            parts[kind] = maker.present_service(kind, first=parts[kind], issuing=issuing, at=now)
        except (KeyFileUnusable, ValueError) as exc:
            raise AuthorityUnusable(
                f"a successor of {kind} in {folder.name} cannot be used ({exc}); restore it"
            ) from exc
    for kind, part in parts.items():
        if not part.certificate.not_valid_before_utc <= now <= part.certificate.not_valid_after_utc:
            raise AuthorityUnusable(
                f"the {kind} certificate in {folder.name} is not valid now; check the clock, or make a new authority"
            )
    return EmbeddedAuthority(parts, ledger=ledger, mode=mode, base_url=base_url, random_bytes=random_bytes)


def _check_base_url(base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise AuthorityRefused("the authority's base URL must be http(s)://host[:port][/path]")
    return base_url.rstrip("/")
