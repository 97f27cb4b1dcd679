"""What is asked of `signing`, what it works with and what it hands back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from guard.wire import Payload, bytes_of
from keys.credentials import Credential
from keys.revocation_notice import RevocationNotices, check_not_withdrawn
from keys.services import RevocationSource, TimestampAuthority
from signing.appearance import Mark
from signing.clock_watch import ClockWatch
from signing.errors import ServiceNotConfigured
from signing.levels import PadesLevel
from signing.mark_fonts import MarkFaces


@dataclass(frozen=True, slots=True, kw_only=True)
class SignRequest:
    """One signature: where, at which level, what it says, and the claimed time that goes into /M."""

    field: str
    level: PadesLevel
    signed_at: datetime
    mark: Mark | None = None
    reason: str | None = None
    location: str | None = None
    certify: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningServices:
    """Trust services and faces, held open by the caller and used for every signature.

    `timestamp_bytes` is the room kept for a time-stamp token; raise it for an authority with long chains.
    """

    timestamps: TimestampAuthority | None = None
    revocation: RevocationSource | None = None
    timestamp_bytes: int = 8192
    clock_watch: ClockWatch | None = None
    notices: RevocationNotices | None = None
    faces: MarkFaces = field(default_factory=MarkFaces.load)

    def check_clock(self) -> None:
        """Refuse to sign after the wall clock jumped.

        Raises:
            ClockJumped: it did, and nobody has put it right.
        """
        if self.clock_watch is not None:
            self.clock_watch.check()

    def check_not_noticed(self, credential: Credential) -> None:
        """Refuse a key that the office itself withdrew or suspended, also where no revocation service is asked.

        Raises:
            CertificateRevoked: a notice names its certificate.
        """
        if self.notices is not None:
            check_not_withdrawn(self.notices, credential.certificate_der)

    def require_timestamps(self) -> TimestampAuthority:
        """Return the time-stamping authority.

        Raises:
            ServiceNotConfigured: there is none.
        """
        if self.timestamps is None:
            raise ServiceNotConfigured("this level needs a time-stamping authority; configure one or ask for PAdES-B-B")
        return self.timestamps

    def require_revocation(self) -> RevocationSource:
        """Return the source of revocation answers.

        Raises:
            ServiceNotConfigured: there is none.
        """
        if self.revocation is None:
            raise ServiceNotConfigured("this level needs a revocation source; configure one or ask for PAdES-B-T")
        return self.revocation


@dataclass(frozen=True, slots=True)
class SignedPdf:
    """A signed file. `renew_before` is when the newest time-stamp's certificate ends; None without a time-stamp.

    What was signed in a file of a room lies in that file.
    """

    content: Payload = field(repr=False)
    sha256_hex: str
    level: PadesLevel
    field: str
    timestamp_at: datetime | None
    renew_before: datetime | None

    @property
    def pdf(self) -> bytes:
        """All of it in memory; do not ask for it when it may be large."""
        return bytes_of(self.content)
