"""Make signatures outlive their certificates: store the evidence, then stamp the whole document.

Evidence and archive time-stamp are one incremental update, so the file is hashed no further than its end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from keys.services import TimestampAuthority
from keys.timestamp_check import TimestampToken
from signing.dss import stored_certificates, write_evidence
from signing.errors import LevelUnreachable, NoSignatureToExtend
from signing.evidence import Evidence, EvidenceCollector
from signing.fields import TIMESTAMP_SUBFILTER, FilledField, add_field, filled_fields
from signing.levels import PadesLevel
from signing.objects import dictionary, name
from signing.reading import RevisionWriter, open_revision
from signing.request import SignedPdf, SigningServices
from signing.revision import OpenRevision, write_plain_revision, write_revision
from signing.signers import read_signer
from signing.source import HashedPdf, hashed

_SIZE_SLACK_BYTES = 256


@dataclass(frozen=True, slots=True)
class Extension:
    """A file with its evidence, and the archive time-stamp if one was asked for."""

    file: HashedPdf
    token: TimestampToken | None
    field: str | None


@dataclass(frozen=True, slots=True)
class ExtendedFile:
    """An extended file where it lies: the field of the newest signature or time-stamp, and when to renew."""

    file: HashedPdf
    field: str
    timestamp_at: datetime | None
    renew_before: datetime | None


def extend_to_lta(pdf: bytes | HashedPdf, *, services: SigningServices, at: datetime) -> SignedPdf:
    """Add evidence for every signature that lacks it and a document time-stamp over everything.

    Appends one incremental update; earlier bytes are never rewritten. Run it again before `renew_before`.

    Raises:
        NoSignatureToExtend: the file is not signed.
        PdfUnusable: the file cannot carry another revision.
        ChainIncomplete: an issuer's certificate is not at hand.
        TrustServiceError: a service did not answer; `pdf` is unchanged and the job may be retried.
        CertificateRevoked: a signer was withdrawn, so there is nothing worth extending.
    """
    return extend(pdf, level=PadesLevel.B_LTA, services=services, at=at)


def extend(pdf: bytes | HashedPdf, *, level: PadesLevel, services: SigningServices, at: datetime) -> SignedPdf:
    """Bring every signature of the file to B-LT or B-LTA, whoever made it; a `growing` file grows where it is.

    Raises:
        LevelUnreachable: neither level was asked, or B-LT for a signature that carries no time-stamp.
        SigningError, KeysError: as `extend_to_lta`.
    """
    done = extend_hashed(hashed(pdf), level=level, services=services, at=at)
    return SignedPdf(
        content=done.file.store.payload,
        sha256_hex=done.file.sha256_hex,
        level=level,
        field=done.field,
        timestamp_at=done.timestamp_at,
        renew_before=done.renew_before,
    )


def extend_hashed(file: HashedPdf, *, level: PadesLevel, services: SigningServices, at: datetime) -> ExtendedFile:
    """Do the same for a file in memory or on disk.

    Raises:
        SigningError, KeysError: as `extend`.
    """
    if not level.has_evidence:
        raise LevelUnreachable(f"an extension makes PAdES-B-LT or PAdES-B-LTA, not {level.value}; ask for one of these")
    services.check_clock()
    done = add_evidence(file, level=level, services=services, at=at, issuers_der=())
    if done.token is not None and done.field is not None:
        return ExtendedFile(done.file, done.field, done.token.gen_time, certificate_end(done.token))
    newest = filled_fields(open_revision(done.file))[-1]
    return ExtendedFile(done.file, newest.name, None, None)


def add_evidence(
    file: HashedPdf, *, level: PadesLevel, services: SigningServices, at: datetime, issuers_der: Iterable[bytes]
) -> Extension:
    """Append the evidence and, for B-LTA, the document time-stamp.

    Raises:
        NoSignatureToExtend: the file is not signed.
        SigningError, KeysError: as `extend_to_lta`.
    """
    writer = open_revision(file)
    filled = filled_fields(writer)
    if not filled:
        raise NoSignatureToExtend("the file holds no signature; sign it before extending it")
    if not level.has_archive_timestamp:
        _check_all_stamped(filled)
    collector = EvidenceCollector(services.require_revocation())
    collector.offer(issuers_der)
    collector.offer(stored_certificates(writer))
    for item in _without_evidence(filled):
        collector.add_signature(item.contents)
    if not level.has_archive_timestamp:
        write_evidence(writer, collector.evidence)
        return Extension(write_plain_revision(writer, base=file), None, None)
    return _stamp(file, writer=writer, filled=filled, evidence=collector.evidence, services=services, at=at)


def certificate_end(token: TimestampToken) -> datetime:
    """Return when the certificate of a time-stamp's signer ends: renew before that."""
    return x509.load_der_x509_certificate(read_signer(token.der).certificate_der).not_valid_after_utc


def _check_all_stamped(filled: tuple[FilledField, ...]) -> None:
    """B-LT without any proof of when a signature existed would be a name only (ETSI EN 319 142-1, 6.3)."""
    for index, item in enumerate(filled):
        is_covered = any(later.is_timestamp for later in filled[index:])
        if not is_covered and not read_signer(item.contents).timestamp_tokens:
            raise LevelUnreachable(
                f"signature {item.name!r} carries no time-stamp, so evidence alone does not make it PAdES-B-LT; "
                "extend to PAdES-B-LTA, whose time-stamp over the document proves the time"
            )


def _without_evidence(filled: tuple[FilledField, ...]) -> tuple[FilledField, ...]:
    """Return the newest document time-stamp and everything after it; what it covers was provided for before it."""
    newest = max((index for index, item in enumerate(filled) if item.is_timestamp), default=0)
    return filled[newest:]


def _stamp(
    file: HashedPdf,
    *,
    writer: RevisionWriter,
    filled: tuple[FilledField, ...],
    evidence: Evidence,
    services: SigningServices,
    at: datetime,
) -> Extension:
    timestamps = services.require_timestamps()
    field_name = _free_name(filled)
    expected_bytes = _expected_token_bytes(filled, otherwise=services.timestamp_bytes)
    revision = _open_stamp(file, writer=writer, evidence=evidence, field_name=field_name, token_bytes=expected_bytes)
    token = _ask(timestamps, revision, at=at)
    if len(token.der) > revision.capacity_bytes:
        # This authority's tokens grew; unlike a signature, a time-stamp can simply be asked for again.
        wider_bytes = len(token.der) + _SIZE_SLACK_BYTES
        again = open_revision(file)
        revision = _open_stamp(file, writer=again, evidence=evidence, field_name=field_name, token_bytes=wider_bytes)
        token = _ask(timestamps, revision, at=at)
    return Extension(revision.close(token.der), token, field_name)


def _open_stamp(
    file: HashedPdf, *, writer: RevisionWriter, evidence: Evidence, field_name: str, token_bytes: int
) -> OpenRevision:
    write_evidence(writer, evidence)
    field = add_field(writer, field_name)
    stamp = dictionary({"/Type": "/DocTimeStamp", "/Filter": "/Adobe.PPKLite", "/SubFilter": TIMESTAMP_SUBFILTER})
    field.field[name("/V")] = writer.add_object(stamp)
    return write_revision(writer, base=file, signature=stamp, contents_bytes=token_bytes)


def _ask(timestamps: TimestampAuthority, revision: OpenRevision, *, at: datetime) -> TimestampToken:
    return timestamps.stamp(revision.document_sha256, at_sent=at)


def _expected_token_bytes(filled: tuple[FilledField, ...], *, otherwise: int) -> int:
    """Return the room for a token judged by the newest one in the file."""
    newest = filled[-1]
    tokens = [newest.contents.rstrip(b"\0")] if newest.is_timestamp else read_signer(newest.contents).timestamp_tokens
    return max((len(token) + _SIZE_SLACK_BYTES for token in tokens), default=otherwise)


def _free_name(filled: tuple[FilledField, ...]) -> str:
    taken = {item.name for item in filled}
    number = 1
    while f"ArchiveTimestamp{number}" in taken:
        number += 1
    return f"ArchiveTimestamp{number}"
