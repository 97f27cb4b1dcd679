"""Certificates of destruction: what is gone, by which rule, since when it had served its time; signed and in the log.

What was destroyed is written down in the transaction that notes it; a certificate takes together whatever has none yet,
so that a power cut between both loses no line.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.engine import Connection

from certify.errors import RetentionNotFound, RetentionRefused
from certify.retention.rules import RetentionClass
from certify.retention.tables import certificates, destroyed
from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from keys import Ed25519Key
from vault.canonical import Json, canonical_json
from vault.log import Leaf, Tree, append

_MOST: Final = 10_000
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Destroyed:
    """A thing that is gone: its class and id, since when its time ran, and the rule by which it ended."""

    kind: RetentionClass
    thing_id: str
    since: datetime
    rule: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate of destruction; `body` is what `signature` (Ed25519) covers."""

    certificate_id: str
    issued_at: datetime
    count: int
    body: bytes
    body_sha256_hex: str
    signature: bytes
    key_id: str


def note_destroyed(tx: Connection, gone: Destroyed, *, at: datetime) -> bool:
    """Write down that a thing is gone, once; False when it was written before."""
    known = sa.select(destroyed.c.kind).where(
        destroyed.c.kind == gone.kind.value, destroyed.c.thing_id == gone.thing_id
    )
    if tx.execute(known).one_or_none() is not None:
        return False
    values = {"thing_id": gone.thing_id, "since": gone.since, "rule": gone.rule}
    tx.execute(destroyed.insert().values(kind=gone.kind.value, destroyed_at=at, certificate_id=None, **values))
    return True


def issue_certificate(
    tx: Connection, *, key: Ed25519Key, issuer: str, at: datetime, random_bytes: RandomBytes
) -> Certificate | None:
    """Certify everything destroyed that has no certificate yet; None when there is nothing."""
    rows = tx.execute(
        sa.select(destroyed)
        .where(destroyed.c.certificate_id.is_(None))
        .order_by(destroyed.c.kind, destroyed.c.thing_id)
        .limit(_MOST)
        .with_for_update()
    ).all()
    if not rows:
        return None
    certificate_id = new_ulid(at=at, random_bytes=random_bytes)
    things: list[Json] = [
        {
            "class": row.kind,
            "id": row.thing_id,
            "since": row.since.isoformat(),
            "rule": row.rule,
            "destroyed_at": row.destroyed_at.isoformat(),
        }
        for row in rows
    ]
    by_class: dict[str, Json] = dict(sorted(Counter(row.kind for row in rows).items()))
    body = canonical_json(
        {
            "v": _VERSION,
            "certificate": certificate_id,
            "issuer": issuer,
            "issued_at": at.isoformat(),
            "by_class": by_class,
            "things": things,
        }
    )
    found = Certificate(
        certificate_id, at, len(rows), body, hashlib.sha256(body).hexdigest(), key.sign(body), key.key_id
    )
    tx.execute(
        certificates.insert().values(
            certificate_id=certificate_id,
            issued_at=at,
            count=found.count,
            body=body,
            body_sha256_hex=found.body_sha256_hex,
            signature=found.signature,
            key_id=found.key_id,
        )
    )
    for row in rows:
        tx.execute(
            destroyed.update()
            .where(destroyed.c.kind == row.kind, destroyed.c.thing_id == row.thing_id)
            .values(certificate_id=certificate_id)
        )
    leaf = Leaf("DESTRUCTION_CERTIFIED", {"certificate": certificate_id, "sha256": found.body_sha256_hex})
    append(tx, leaf, tree=Tree.CERTIFICATIONS, random_bytes=random_bytes)
    return found


def list_certificates(tx: Connection, *, before: str | None = None, limit: int = 50) -> tuple[Certificate, ...]:
    """Give certificates, newest first, behind the one already seen."""
    chosen = sa.select(certificates).order_by(certificates.c.certificate_id.desc()).limit(limit)
    if before is not None:
        chosen = chosen.where(certificates.c.certificate_id < before)
    return tuple(Certificate(**row) for row in tx.execute(chosen).mappings())


def get_certificate(tx: Connection, certificate_id: str) -> Certificate:
    """Give one certificate.

    Raises:
        RetentionNotFound: no such certificate.
    """
    chosen = sa.select(certificates).where(certificates.c.certificate_id == certificate_id)
    row = tx.execute(chosen).mappings().one_or_none()
    if row is None:
        raise RetentionNotFound(f"certificate of destruction {certificate_id} does not exist")
    return Certificate(**row)


def certificate_body(certificate: Certificate) -> dict[str, Any]:
    """Give what a certificate says."""
    body: dict[str, Any] = json.loads(certificate.body)
    return body


def read_certificate(body: bytes, signature: bytes, *, public_key_raw: bytes) -> dict[str, Any]:
    """Give what a certificate says whose signature holds.

    Raises:
        RetentionRefused: another key, or an altered byte.
    """
    try:
        Ed25519PublicKey.from_public_bytes(public_key_raw).verify(signature, body)
    except InvalidSignature as exc:
        raise RetentionRefused("the signature of this certificate of destruction does not hold") from exc
    said: dict[str, Any] = json.loads(body)
    return said
