"""Sign with a key in other hands: prepare, let the owner's token sign one hash, complete.

Between the two halves nothing is kept but the prepared file and a state of a few hundred bytes. The state is no
secret and proves nothing by itself: it only says which file, field, level and certificate belong together and until
when. What completes a signature is a signature that verifies; whoever alters the state gets a refusal, at worst a
file at a lower level than was asked, which is why a server keeps the state on its own side.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from asn1crypto import cms

from guard.wire import Payload, bytes_of
from keys.credentials import Credential, check_signing_certificate
from keys.private import signature_der
from signing.cms import check_signature, signed_attributes
from signing.errors import DeferredExpired, DeferredMismatch, DeferredStateUnreadable
from signing.evidence import EvidenceCollector
from signing.levels import PadesLevel
from signing.request import SignedPdf, SigningServices, SignRequest
from signing.revision import OpenRevision
from signing.sign import NewField, PreparedSignature, complete_signature, prepare_signature
from signing.source import HashedPdf, hash_beginning, hashed

DEFERRED_LIFETIME: Final = timedelta(minutes=15)
_VERSION: Final = 1
_MAX_STATE_BYTES: Final = 4096
_MAX_TAIL_BYTES: Final = 32 * 1024 * 1024
_SHA256_HEX: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class DeferredState:
    """What must be remembered until the owner's token has signed."""

    prepared_sha256_hex: str
    contents_start: int
    contents_end: int
    field: str
    level: PadesLevel
    certificate_sha256_hex: str
    expires_at: datetime

    def to_json(self) -> bytes:
        """Write the state as one line of JSON."""
        fields = {
            "v": _VERSION,
            "prepared": self.prepared_sha256_hex,
            "contents": [self.contents_start, self.contents_end],
            "field": self.field,
            "level": self.level.value,
            "certificate": self.certificate_sha256_hex,
            "expires_at": self.expires_at.astimezone(UTC).isoformat(),
        }
        return json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, text: bytes) -> DeferredState:
        """Read a state that `to_json` wrote.

        Raises:
            DeferredStateUnreadable: it was not written here, or was altered beyond reading.
        """
        try:
            if len(text) > _MAX_STATE_BYTES:
                raise ValueError("too long")
            fields = json.loads(text)
            start, end = fields["contents"]
            state = cls(
                prepared_sha256_hex=str(fields["prepared"]),
                contents_start=int(start),
                contents_end=int(end),
                field=str(fields["field"]),
                level=PadesLevel(fields["level"]),
                certificate_sha256_hex=str(fields["certificate"]),
                expires_at=datetime.fromisoformat(fields["expires_at"]),
            )
            digests = (state.prepared_sha256_hex, state.certificate_sha256_hex)
            sound = fields["v"] == _VERSION and state.expires_at.tzinfo is not None and 0 < start < end - 1
            if not sound or not all(_SHA256_HEX.fullmatch(digest) for digest in digests):
                raise ValueError("values that cannot be")
        except (ValueError, KeyError, TypeError, RecursionError) as exc:
            raise DeferredStateUnreadable(
                "the state of this signature cannot be read; prepare the document again"
            ) from exc
        return state


@dataclass(frozen=True, slots=True)
class DeferredSignature:
    """A prepared file, the bytes the key has to sign (or their hash), and the state to keep."""

    content: Payload = field(repr=False)
    to_be_signed: bytes
    state: DeferredState

    @property
    def prepared_pdf(self) -> bytes:
        """All of the file in memory; do not ask for it when it may be large."""
        return bytes_of(self.content)

    @property
    def hash_to_sign(self) -> bytes:
        """SHA-256 over `to_be_signed`, for keys that take a hash."""
        return hashlib.sha256(self.to_be_signed).digest()


def prepare_deferred(
    pdf: bytes | HashedPdf,
    *,
    request: SignRequest,
    credential: Credential,
    services: SigningServices,
    new_field: NewField | None = None,
    lifetime: timedelta = DEFERRED_LIFETIME,
) -> DeferredSignature:
    """Do everything that comes before the key: checks, field, mark, room for the signature.

    Raises:
        SigningError, KeysError: as `signing.sign.prepare_signature`.
    """
    prepared = prepare_signature(pdf, request=request, credential=credential, services=services, new_field=new_field)
    file = prepared.revision.close(b"")
    state = DeferredState(
        prepared_sha256_hex=file.sha256_hex,
        contents_start=prepared.revision.contents_start,
        contents_end=prepared.revision.contents_end,
        field=request.field,
        level=request.level,
        certificate_sha256_hex=hashlib.sha256(credential.certificate_der).hexdigest(),
        expires_at=request.signed_at + lifetime,
    )
    return DeferredSignature(file.store.payload, prepared.to_be_signed, state)


def complete_deferred(
    prepared_pdf: bytes | HashedPdf,
    *,
    state: DeferredState,
    signature: bytes,
    credential: Credential,
    services: SigningServices,
    at: datetime,
) -> SignedPdf:
    """Put the token's signature into the prepared file and bring it to the level that was asked.

    A `growing` file is signed where it is.

    `signature` is RSA PKCS #1 v1.5, or ECDSA as DER or as the raw r and s that tokens answer with.

    Raises:
        DeferredExpired: too late; prepare again.
        DeferredMismatch: another file or another certificate than was prepared.
        SignatureMismatch: the signature is not the key's over this document.
        CertificateError: expired or withdrawn meanwhile.
        SigningError, KeysError: as `signing.sign.complete_signature`.
    """
    # (1) the clock did not jump, and the time is not over
    services.check_clock()
    if at >= state.expires_at:
        raise DeferredExpired(f"the time to sign this document ended {state.expires_at:%H:%M:%S}Z; prepare it again")
    # (2) the file and the certificate are those that were prepared
    file = hashed(prepared_pdf)
    _check_prepared(file, state=state, credential=credential)
    # (3) the certificate may still sign
    check_signing_certificate(credential.certificate_der, at=at)
    if services.revocation is not None:
        EvidenceCollector(services.revocation).check_not_revoked(credential)
    # (4) the signature is the key's, over this file
    revision = _reopen(file, state)
    to_be_signed = signed_attributes(revision.document_sha256, certificate_der=credential.certificate_der)
    der = signature_der(signature, algorithm=credential.algorithm)
    check_signature(der, to_be_signed=to_be_signed, credential=credential)
    request = SignRequest(field=state.field, level=state.level, signed_at=at)
    prepared = PreparedSignature(revision, to_be_signed, request, credential)
    return complete_signature(prepared, signature=der, services=services)


def bytes_to_sign(prepared_pdf: bytes | HashedPdf, *, state: DeferredState, credential: Credential) -> bytes:
    """Give once more what the key has to sign for a prepared file, from the file and its state alone.

    Raises:
        DeferredMismatch: another file or another certificate than was prepared.
    """
    file = hashed(prepared_pdf)
    _check_prepared(file, state=state, credential=credential)
    revision = _reopen(file, state)
    return signed_attributes(revision.document_sha256, certificate_der=credential.certificate_der)


def attributes_over(document_sha256: bytes, *, certificate_der: bytes) -> bytes:
    """Give what a key signs for a document of this digest; for trying a key without a document."""
    return signed_attributes(document_sha256, certificate_der=certificate_der)


def check_signature_over(to_be_signed: bytes, *, signature: bytes, credential: Credential) -> None:
    """Refuse a token's answer that is not the signature of the credential's key.

    Raises:
        SignatureMismatch: it is not.
    """
    der = signature_der(signature, algorithm=credential.algorithm)
    check_signature(der, to_be_signed=to_be_signed, credential=credential)


def digest_in_attributes(to_be_signed: bytes, *, certificate_der: bytes) -> bytes | None:
    """Give the document digest inside signed attributes, or None when the bytes are not exactly ours for a certificate.

    Whoever lets a key sign for others asks this first: bytes that are no document signature could be anything, such as
    a log-in elsewhere.
    """
    try:
        attributes = cms.CMSAttributes.load(to_be_signed)
        found = [each["values"][0].native for each in attributes if each["type"].native == "message_digest"]
    except (ValueError, TypeError, KeyError, IndexError):
        return None
    if len(found) != 1 or not isinstance(found[0], bytes):
        return None
    exact = signed_attributes(found[0], certificate_der=certificate_der) == to_be_signed
    return found[0] if exact else None


def _check_prepared(file: HashedPdf, *, state: DeferredState, credential: Credential) -> None:
    if file.sha256_hex != state.prepared_sha256_hex:
        raise DeferredMismatch("this file is not the one that was prepared; prepare the document again")
    if hashlib.sha256(credential.certificate_der).hexdigest() != state.certificate_sha256_hex:
        raise DeferredMismatch("this certificate is not the one the document was prepared for; prepare it again")


def _reopen(file: HashedPdf, state: DeferredState) -> OpenRevision:
    start, end = state.contents_start, state.contents_end
    # The revision that carries the signature stands at the end: what lies behind the place is small.
    tail = file.store.read(start, _MAX_TAIL_BYTES) if end <= file.length <= start + _MAX_TAIL_BYTES else b""
    if tail[: end - start] != b"<" + b"0" * (end - start - 2) + b">":
        raise DeferredMismatch("the prepared file has no empty signature where the state says; prepare it again")
    before = hash_beginning(file.store, start)
    covered = before.running.copy()
    covered.update(tail[end - start :])
    return OpenRevision(before, tail, start, end, document_sha256=covered.digest(), head=before.running)
