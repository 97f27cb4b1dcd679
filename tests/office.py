"""An in-memory one-stop centre: a CA, a TSA, an OCSP responder, officers and a seal, on a frozen clock."""

from __future__ import annotations

import hashlib
import random
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from keys import (
    ActivationDesk,
    ActivationRequest,
    ActivationUsed,
    Attendance,
    Credential,
    CredentialKind,
    EmbeddedAuthority,
    InProcessRevocation,
    InProcessTimestamps,
    KeyAlgorithm,
    Mode,
    Pin,
    Pkcs12KeyStore,
    RawSigner,
    RevocationReason,
    Subject,
    TrustAnchors,
    create_authority,
    load_trust_folder,
    read_certificate_facts,
)

OFFICE_OPENS_AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
# Nobody listens there: the office asks in process, unless a test serves it (tests/loopback.py).
BASE_URL = "http://127.0.0.1:8399/pki"
AGENCY = "UBND phường Thí Dụ"
# A real store uses 600,000; here only the journey counts.
FEW_ROUNDS = 1000


class FrozenClock:
    """A clock that moves only when a test moves it."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def advance(self, by: timedelta) -> None:
        self._at += by


class SeededBytes:
    """Bytes that are the same in every run: for ids and nonces, never for keys."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)

    def __call__(self, count: int) -> bytes:
        return self._random.randbytes(count)


class UsesInMemory:
    """Remembers uses of activations, as `certify` does in SQL."""

    def __init__(self) -> None:
        self.used: set[tuple[str, str]] = set()

    # SQL stores the moment; here only the use counts.
    def use_once(self, activation_id: str, digest_hex: str, *, at: datetime) -> None:  # noqa: ARG002
        if (activation_id, digest_hex) in self.used:
            raise ActivationUsed(f"digest {digest_hex} was signed under activation {activation_id}")
        self.used.add((activation_id, digest_hex))


@dataclass(frozen=True, slots=True)
class OfficerCredentials:
    """What an officer brings to the counter."""

    key_id: str
    user_id: str
    pin: Pin
    credential: Credential

    @property
    def serial(self) -> int:
        return read_certificate_facts(self.credential.certificate_der).serial


class Office:
    """Everything a test needs of an office, made in a folder of the test's own."""

    def __init__(
        self, folder: Path, *, mode: Mode = Mode.DEMO, at: datetime = OFFICE_OPENS_AT, base_url: str = BASE_URL
    ) -> None:
        self.folder = folder
        self.mode = mode
        self.clock = FrozenClock(at)
        self.random_bytes = SeededBytes()
        self.authority: EmbeddedAuthority = create_authority(
            folder / "authority", mode=mode, at=at, random_bytes=self.random_bytes, base_url=base_url
        )
        self.keystore = Pkcs12KeyStore(folder / "keys", mode=mode)
        self.uses = UsesInMemory()
        self.desk = self.new_desk()
        self.timestamps = InProcessTimestamps(self.authority, clock=self.clock, random_bytes=self.random_bytes)
        self.revocation = InProcessRevocation(self.authority, clock=self.clock, random_bytes=self.random_bytes)
        self._seal: Credential | None = None
        self._count = 0

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def trust(self) -> TrustAnchors:
        """The office's anchors with CRLs made now."""
        folder = self.folder / "trust"
        self.authority.export_trust(folder, at=self.now)
        return load_trust_folder(folder, mode=self.mode)

    def new_desk(self) -> ActivationDesk:
        """A desk as after a restart of the process: it knows no activation."""
        return ActivationDesk(self.keystore, uses=self.uses, clock=self.clock, random_bytes=self.random_bytes)

    def officer(
        self,
        *,
        name: str = "Nguyễn Thị Mẫu",
        kind: CredentialKind = CredentialKind.OFFICER,
        organisation: str = AGENCY,
        algorithm: KeyAlgorithm = KeyAlgorithm.ECDSA_P256_SHA256,
    ) -> OfficerCredentials:
        """Enrol an officer with an own key and PIN."""
        self._count += 1
        key_id = f"officer-{self._count}"
        pin = Pin(secrets.token_hex(8))
        subject = Subject(cn=name, o=organisation)
        credential = self._install(key_id, kind=kind, subject=subject, pin=pin, algorithm=algorithm)
        return OfficerCredentials(key_id=key_id, user_id=f"user-{self._count}", pin=pin, credential=credential)

    def seal(self) -> Credential:
        """The agency's seal, an unattended key here; made once."""
        if self._seal is None:
            self._seal = self._install(
                "seal",
                kind=CredentialKind.SEAL,
                subject=Subject(cn=AGENCY, o=AGENCY),
                pin=Pin(secrets.token_hex(16)),
                algorithm=KeyAlgorithm.ECDSA_P256_SHA256,
                attendance=Attendance.UNATTENDED,
            )
        return self._seal

    def revoke(
        self, officer: OfficerCredentials, *, reason: RevocationReason = RevocationReason.KEY_COMPROMISE
    ) -> None:
        """Withdraw an officer's certificate, now."""
        self.authority.revoke(officer.serial, at=self.now, reason=reason)

    def activate(self, officer: OfficerCredentials, *digests: str) -> str:
        """Let the officer approve digests with the PIN."""
        request = ActivationRequest(
            key_id=officer.key_id,
            user_id=officer.user_id,
            expires_at=self.now + timedelta(minutes=5),
            digests=digests,
        )
        return self.desk.activate_by_pin(request, officer.pin)

    def activated_signer(self, officer: OfficerCredentials, digest_hex: str) -> RawSigner:
        """A signer the officer has just activated for one digest."""
        activation_id = self.activate(officer, digest_hex)
        return self.desk.signer(activation_id, key_id=officer.key_id, digest_hex=digest_hex, user_id=officer.user_id)

    def seal_signer(self) -> RawSigner:
        """A signer for the agency's seal."""
        return self.desk.unattended_signer(self.seal().key_id)

    def _install(
        self,
        key_id: str,
        *,
        kind: CredentialKind,
        subject: Subject,
        pin: Pin,
        algorithm: KeyAlgorithm,
        attendance: Attendance = Attendance.BY_PERSON,
    ) -> Credential:
        issued = self.authority.issue(
            kind, subject=subject, pin=pin, at=self.now, algorithm=algorithm, rounds=FEW_ROUNDS
        )
        return self.keystore.install(key_id, pkcs12=issued.pkcs12, pin=pin, attendance=attendance)


def sha256_hex(content: bytes) -> str:
    """The digest by which files are named."""
    return hashlib.sha256(content).hexdigest()
