"""The status of every code as a list that may be published: a stranger finds only what he holds the code or file of.

Codes and digests stand as salted hashes. A code has sixty random bits, so nobody can list the codes from the hashes; the
salt is new in every list, so that two lists cannot be joined by their keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vault.shapes import OriginalStatus
from vault.tables import copy_renditions, copy_statuses

_KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class ListedStatus:
    """How one copy stands; `rendition_keys` are its files from the oldest to the newest."""

    key: str
    register: str
    original: str
    agency_code: str
    certified_at: datetime | None
    rendition_keys: tuple[str, ...]


def code_key(code: str, *, salt: bytes) -> str:
    """The key of a code in a list with this salt."""
    return hashlib.sha256(salt + b"code\x00" + code.encode("ascii")).digest()[:_KEY_BYTES].hex()


def file_key(sha256_hex: str, *, salt: bytes) -> str:
    """The key of a file in a list with this salt."""
    return hashlib.sha256(salt + b"file\x00" + sha256_hex.encode("ascii")).digest()[:_KEY_BYTES].hex()


def list_statuses(tx: Connection, *, salt: bytes, at: datetime) -> Iterator[ListedStatus]:
    """Give the status of every code at `at`, in the order of their keys, which tells nothing about their age."""
    renditions: dict[str, list[str]] = {}
    for row in tx.execute(sa.select(copy_renditions).order_by(copy_renditions.c.code, copy_renditions.c.position)):
        renditions.setdefault(row.code, []).append(file_key(row.sha256_hex, salt=salt))
    listed = []
    for row in tx.execute(sa.select(copy_statuses)):
        original = OriginalStatus(row.original)
        has_expired = row.original_expires_at is not None and row.original_expires_at <= at
        if original is OriginalStatus.CURRENT and has_expired:
            original = OriginalStatus.EXPIRED
        listed.append(
            ListedStatus(
                key=code_key(row.code, salt=salt),
                register=row.register,
                original=original.value,
                agency_code=row.agency_code,
                certified_at=row.certified_at,
                rendition_keys=tuple(renditions.get(row.code, ())),
            )
        )
    yield from sorted(listed, key=lambda one: one.key)
