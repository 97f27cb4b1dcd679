"""Write an event into the log in the transaction that makes it true, without telling the world what it was.

The leaf carries only a salted commitment; salt and event stand beside it (sealed under the document's keyset when
there is one), so that erasing a document takes the meaning away and leaves the tree provable.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from guard.clock import RandomBytes
from vault.canonical import Json, canonical_json
from vault.errors import LogTampered, NotFound
from vault.log.merkle import leaf_hash
from vault.log.tables import log_leaves

_LEAF_VERSION: Final = 1
_SALT_BYTES: Final = 32


class Tree(StrEnum):
    """Which of the two trees: the public one, or the one for holders and auditors only."""

    CERTIFICATIONS = "CERTIFICATIONS"
    ACCESS = "ACCESS"


class ValueSealer(Protocol):
    """What encrypts a small value under a document's keyset (`vault.blobs.BlobVault`)."""

    def seal_value(self, document_id: str, name: str, plaintext: bytes) -> bytes:
        """Encrypt `plaintext`, bound to the document and the name."""
        ...

    def open_value(self, document_id: str, name: str, ciphertext: bytes) -> bytes:
        """Decrypt what `seal_value` made under the same document and name."""
        ...


@dataclass(frozen=True, slots=True)
class Leaf:
    """One event: its kind and a payload of ids, digests and codes (never a name, number or text)."""

    kind: str
    payload: Mapping[str, Json]
    document_id: str | None = None


@dataclass(frozen=True, slots=True)
class PendingLeaf:
    """A leaf that is written but not yet numbered: the sequencer gives it its index."""

    leaf_id: int
    tree: Tree
    leaf_sha256_hex: str
    commitment_sha256_hex: str


@dataclass(frozen=True, slots=True)
class Opening:
    """What shows that a leaf is about this event: anyone can recompute the commitment from it."""

    kind: str
    payload: Mapping[str, Json]
    salt: bytes


def append(
    tx: Connection, leaf: Leaf, *, tree: Tree, random_bytes: RandomBytes, sealer: ValueSealer | None = None
) -> PendingLeaf:
    """Write the event; it becomes part of the log exactly when `tx` commits.

    With `sealer` and `leaf.document_id` the opening (salt and event) is encrypted under the document's keyset.
    """
    salt = random_bytes(_SALT_BYTES)
    event = event_bytes(leaf.kind, leaf.payload)
    commitment = hashlib.sha256(salt + event).digest()
    entry = entry_bytes(commitment)
    leaf_sha256_hex = leaf_hash(entry).hex()
    opening = canonical_json({"event": event.decode(), "salt": base64.b64encode(salt).decode()})
    sealed = sealer is not None and leaf.document_id is not None
    if sealer is not None and leaf.document_id is not None:
        opening = sealer.seal_value(leaf.document_id, _opening_name(leaf_sha256_hex), opening)
    leaf_id = tx.execute(
        log_leaves.insert()
        .values(
            tree=tree.value,
            kind=leaf.kind,
            entry=entry,
            leaf_sha256_hex=leaf_sha256_hex,
            document_id=leaf.document_id,
            opening=opening,
            opening_sealed=sealed,
        )
        .returning(log_leaves.c.leaf_id)
    ).scalar_one()
    return PendingLeaf(leaf_id, tree, leaf_sha256_hex, commitment.hex())


def read_opening(tx: Connection, leaf_id: int, *, sealer: ValueSealer | None = None) -> Opening:
    """Read what a leaf was about.

    Raises:
        NotFound: there is no such leaf, or its opening was erased with the document.
        LogTampered: the opening does not fit the leaf.
    """
    row = tx.execute(sa.select(log_leaves).where(log_leaves.c.leaf_id == leaf_id)).one_or_none()
    if row is None or row.opening is None:
        raise NotFound(f"log leaf {leaf_id} does not exist or its meaning was erased")
    stored = bytes(row.opening)
    if row.opening_sealed:
        if sealer is None:
            raise NotFound(f"log leaf {leaf_id} is sealed; open it with the blob vault of its document")
        stored = sealer.open_value(row.document_id, _opening_name(row.leaf_sha256_hex), stored)
    fields = json.loads(stored)
    event = json.loads(fields["event"])
    opening = Opening(event["kind"], event["payload"], base64.b64decode(fields["salt"]))
    if opening_leaf_hash(opening) != bytes.fromhex(row.leaf_sha256_hex):
        raise LogTampered(f"the opening of log leaf {leaf_id} does not fit its commitment")
    return opening


def erase_openings(tx: Connection, document_id: str) -> int:
    """Forget what the leaves of a document were about; return how many were forgotten."""
    return tx.execute(
        log_leaves.update()
        .where(log_leaves.c.document_id == document_id, log_leaves.c.opening.is_not(None))
        .values(opening=None)
    ).rowcount


def event_bytes(kind: str, payload: Mapping[str, Json]) -> bytes:
    """Spell the event as the commitment covers it."""
    return canonical_json({"kind": kind, "payload": payload})


def entry_bytes(commitment: bytes) -> bytes:
    """Spell the log entry, the only part of a leaf that is ever published."""
    return canonical_json({"commitment": commitment.hex(), "v": _LEAF_VERSION})


def opening_leaf_hash(opening: Opening) -> bytes:
    """Recompute the leaf hash from salt and event, as a verifier does."""
    return leaf_hash(opening_entry(opening))


def opening_entry(opening: Opening) -> bytes:
    """Recompute the log entry from salt and event."""
    commitment = hashlib.sha256(opening.salt + event_bytes(opening.kind, opening.payload)).digest()
    return entry_bytes(commitment)


def _opening_name(leaf_sha256_hex: str) -> str:
    return f"log/{leaf_sha256_hex}"
