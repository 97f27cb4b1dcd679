"""The office's own notices of withdrawal: what they name is never confirmed, whatever a cache or a responder says."""

from __future__ import annotations

import hashlib
from typing import Protocol

from keys.credentials import load_certificate
from keys.errors import CertificateRevoked
from keys.services import RevocationSource


class RevocationNotices(Protocol):
    """Remembers, for all processes, which certificates the office itself holds for withdrawn or suspended."""

    def is_withdrawn(self, certificate_sha256_hex: str) -> bool:
        """Say whether a notice names this certificate now; never answered from a cache."""


class NoticedRevocation:
    """A revocation source that looks at the office's own notices before it asks anybody."""

    def __init__(self, source: RevocationSource, *, notices: RevocationNotices) -> None:
        self._source = source
        self._notices = notices

    def ocsp(self, certificate_der: bytes, issuer_der: bytes) -> bytes:
        """Give a checked OCSP response, as `RevocationSource` promises."""
        check_not_withdrawn(self._notices, certificate_der, issuer_der)
        return self._source.ocsp(certificate_der, issuer_der)

    def crl(self, issuer_der: bytes) -> bytes:
        """Give a checked CRL, as `RevocationSource` promises."""
        check_not_withdrawn(self._notices, issuer_der)
        return self._source.crl(issuer_der)


def check_not_withdrawn(notices: RevocationNotices, *certificates_der: bytes) -> None:
    """Refuse certificates that the office itself holds for withdrawn or suspended.

    Raises:
        CertificateRevoked: a notice names one of them.
    """
    for certificate_der in certificates_der:
        if notices.is_withdrawn(hashlib.sha256(certificate_der).hexdigest()):
            serial = load_certificate(certificate_der).serial_number
            raise CertificateRevoked(
                f"a notice of this office withdraws certificate {serial:x}; it signs nothing, use another key"
            )
