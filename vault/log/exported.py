"""Check a copy of a published log with nothing but its files and its key: for auditors, who trust no database of ours."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from vault.errors import LogTampered, NotFound
from vault.log.checkpoints import Checkpoint, LogKey, verify_checkpoint
from vault.log.merkle import root_at
from vault.log.proofs import check_published
from vault.log.tiles import CHECKPOINT_NAME, published_node_reader
from vault.log.witness import WitnessKey, verify_cosignature
from vault.stores import ObjectStore

STAMPED = "stamped"
"""Where time-stamped checkpoints lie: `<size>.note` and its RFC 3161 token `<size>.tsr`."""


@dataclass(frozen=True, slots=True)
class StampedCheckpoint:
    """A checkpoint that was time-stamped; whoever checks judges the token over `imprint_sha256`."""

    checkpoint: Checkpoint
    token_der: bytes

    @property
    def imprint_sha256(self) -> bytes:
        """What the token is about: SHA-256 of the signed note."""
        return hashlib.sha256(self.checkpoint.note.encode()).digest()


@dataclass(frozen=True, slots=True)
class CheckedLog:
    """A published log that holds together, with who else has seen it and which checkpoints were stamped."""

    checkpoint: Checkpoint
    seen: tuple[tuple[str, datetime], ...]
    stamped: tuple[StampedCheckpoint, ...]


def check_exported(
    store: ObjectStore, *, key: LogKey, earlier: tuple[str, ...] = (), witnesses: tuple[WitnessKey, ...] = ()
) -> CheckedLog:
    """Check signature, every entry and tile, that each earlier checkpoint is a beginning of it, and the witnesses.

    Raises:
        NotFound: a file is missing.
        CheckpointInvalid: a signature does not verify, or a witness did not sign.
        LogTampered: the log was rewritten, cut, reordered or forked.
    """
    # (1) The checkpoint is this log's.
    note = store.get(CHECKPOINT_NAME).decode(errors="replace")
    checkpoint = verify_checkpoint(note, key=key)
    # (2) Every entry leads to its root.
    check_published(store, checkpoint)
    # (3) What others were shown earlier, and what was stamped, is a beginning of it.
    stamped = tuple(_stamped(store, key=key))
    for before in (*(verify_checkpoint(one, key=key) for one in earlier), *(one.checkpoint for one in stamped)):
        check_begins_with(store, checkpoint, before)
    # (4) Every witness asked for has signed it.
    seen = tuple((witness.name, verify_cosignature(note, key=witness)) for witness in witnesses)
    return CheckedLog(checkpoint, seen, stamped)


def check_begins_with(store: ObjectStore, checkpoint: Checkpoint, before: Checkpoint) -> None:
    """Check by the tiles alone that a log begins with what an earlier checkpoint said.

    Raises:
        LogTampered: it does not: the log was rewritten, cut, or two logs were shown.
    """
    if before.size > checkpoint.size:
        raise LogTampered(f"a checkpoint of size {before.size} was signed, this log has {checkpoint.size}: it was cut")
    node = published_node_reader(store, size=checkpoint.size)
    if root_at(before.size, node=node) != before.root:
        raise LogTampered(
            f"this log does not begin with what was signed at size {before.size}: it was rewritten or forked"
        )


def _stamped(store: ObjectStore, *, key: LogKey) -> list[StampedCheckpoint]:
    found = []
    for path in store.list_paths(STAMPED):
        if path.endswith(".note"):
            checkpoint = verify_checkpoint(store.get(path).decode(errors="replace"), key=key)
            try:
                token = store.get(f"{path.removesuffix('.note')}.tsr")
            except NotFound:
                # The token comes after its note: a copy made in between lacks it.
                continue
            found.append(StampedCheckpoint(checkpoint, token))
    return sorted(found, key=lambda one: one.checkpoint.size)
