"""What verdicts rest on, as it is told by the API and by the command line."""

from __future__ import annotations

import hashlib
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from api.schemas.public import CrlTold, RootTold, TrustListTold, TrustTold
from keys import Purpose, TrustAnchors, TrustedList


def trust_told(anchors: TrustAnchors, *, at: datetime) -> TrustTold:
    """Tell roots with what each vouches for, revocation lists, and the imported lists with the day they end."""
    return TrustTold(
        roots=[_root(der, anchors) for der in anchors.roots_der],
        crls=[_crl(der) for der in anchors.crls_der],
        lists=[list_told(one, at=at) for one in anchors.lists],
        missing_purposes=[purpose.value for purpose in anchors.missing_purposes(at=at)],
    )


def list_told(one: TrustedList, *, at: datetime) -> TrustListTold:
    """Tell one imported list."""
    return TrustListTold(
        territory=one.territory,
        operator=one.operator,
        sequence_number=one.sequence_number,
        issued_at=one.issued_at,
        next_update=one.next_update,
        services=len(one.services),
        source=one.source,
        sha256=one.sha256_hex,
        signer_sha256=one.signer_sha256_hex,
        stale=one.is_stale(at=at),
    )


def _root(der: bytes, anchors: TrustAnchors) -> RootTold:
    certificate = x509.load_der_x509_certificate(der)
    digest = hashlib.sha256(der).hexdigest()
    scopes = [scope for scope in anchors.scopes if scope.certificate_sha256_hex == digest]
    purposes = {purpose for scope in scopes for purpose in scope.purposes} if scopes else set(Purpose)
    return RootTold(
        sha256=digest,
        subject=certificate.subject.rfc4514_string(),
        not_after=certificate.not_valid_after_utc,
        pem=certificate.public_bytes(Encoding.PEM).decode("ascii"),
        purposes=sorted(purpose.value for purpose in purposes),
    )


def _crl(der: bytes) -> CrlTold:
    crl = x509.load_der_x509_crl(der)
    digest = hashlib.sha256(der).hexdigest()
    return CrlTold(
        sha256=digest,
        issuer=crl.issuer.rfc4514_string(),
        next_update=crl.next_update_utc,
        href=f"/v1/trust/crls/{digest}.crl",
    )
