"""Take a backup while the office works: database first, then blobs and keysets, then the signed head that makes it count.

Whatever the database of the snapshot knows was put before its row, so blobs and keysets that are read afterwards hold
all of it. Blobs are copied once; a set names each with the digest of its stored bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import tarfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from api import migrations
from api.backup.journal import write_journal
from api.home import Home
from api.migrations.tables import is_backed_up
from certify import list_books
from certify.register import BookStatus
from guard import Clock, RandomBytes
from guard.identifiers import new_ulid
from keys import Ed25519Key, RecoveryPublicKey
from vault import Database, NotFound, Tree
from vault.backup import (
    BackupHead,
    BackupPlace,
    BookHead,
    KeysetPart,
    PartFacts,
    SealedPart,
    copy_database,
    put_part,
    read_head_text,
    write_head_text,
)
from vault.log.growth import has_tree, read_head
from vault.stores import AlreadyStored, ObjectStore

HEAD_CONTEXT: Final = b"vidimus-backup-head-1\0"
HOUSE_FOLDERS: Final = ("keys", "trust", "seals", "authority")
HOUSE_FILES: Final = ("kek", "recovery.pub", "vidimus.json")
EPOCH_TERM: Final = timedelta(days=7)
# Each copy waits for its disk or bucket, so several wait together.
AT_ONCE: Final = 8
_COPIED_AT_ONCE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup needs of an open office."""

    home: Home
    database: Database
    blobs: ObjectStore
    keysets: ObjectStore
    manifest_key: Ed25519Key
    recovery: RecoveryPublicKey
    clock: Clock
    random_bytes: RandomBytes


@dataclass(frozen=True, slots=True)
class TakenBackup:
    """What was written."""

    set_id: str
    taken_at: datetime
    seconds: float
    blobs: int
    new_blobs: int
    new_keysets: int
    pruned_sets: int


def take_backup(source: BackedUp, place: BackupPlace, *, keep: timedelta) -> TakenBackup:
    """Write one more backup and destroy those that are too old.

    Raises:
        DatabaseUnavailable, StoreUnavailable: nothing counts that was written; the next one begins anew.
    """
    at = source.clock.now()
    set_id = new_ulid(at=at, random_bytes=source.random_bytes)
    newest = _newest(place)
    parts: dict[str, PartFacts] = {}
    books, sizes = _how_far(source.database)
    parts["database"] = put_part(
        place.data,
        _part(set_id, "database"),
        to=source.recovery,
        write=lambda out: copy_database(source.database, out, is_ours=is_backed_up),
    )
    parts["house"] = put_part(
        place.data, _part(set_id, "house"), to=source.recovery, write=lambda out: _write_house(source.home, out)
    )
    known = _known_blobs(place, newest)
    index, copied = _copy_blobs(source.blobs, place.data, known)
    index_text = json.dumps(index, sort_keys=True).encode()
    place.data.put_new(f"sets/{set_id}/blobs.json", index_text)
    parts["blobs"] = PartFacts(hashlib.sha256(index_text).hexdigest(), len(index_text))
    epoch, began_at, earlier = _epoch(newest, set_id, at)
    keyset_part, keyset_count = _put_keysets(
        source, place, set_id=set_id, epoch=epoch, known=_epoch_index(place, epoch, earlier)
    )
    head = BackupHead(
        set_id=set_id,
        taken_at=at,
        mode=source.home.mode.value,
        dialect=source.database.dialect,
        revision=migrations.current_revision(source.database),
        recovery_key_id=source.recovery.key_id,
        parts=parts,
        epoch=epoch,
        epoch_began_at=began_at,
        keysets=(*earlier, KeysetPart(set_id, keyset_part)),
        books=books,
        log_sizes=sizes,
        blob_count=len(index),
    )
    text = write_head_text(head)
    place.data.put_new(f"sets/{set_id}/head.json", text)
    # The signature comes last: a set without one does not count.
    signature = source.manifest_key.sign(HEAD_CONTEXT + text)
    place.data.put_new(f"sets/{set_id}/head.sig", base64.b64encode(signature) + b"\n")
    write_journal(source.database, source.home, place)
    pruned = prune(place, before=at - keep)
    seconds = (source.clock.now() - at).total_seconds()
    return TakenBackup(set_id, at, seconds, len(index), copied, keyset_count, pruned)


def read_head_of(place: BackupPlace, set_id: str) -> BackupHead:
    """Read the head of a set; who restores checks its signature besides."""
    return read_head_text(place.get(f"sets/{set_id}/head.json"))


def is_signed_by(place: BackupPlace, set_id: str, manifest_key_raw: bytes) -> bool:
    """Say whether the head of a set carries the signature of this office.

    Raises:
        BackupMissing: head or signature are not there.
    """
    text = place.get(f"sets/{set_id}/head.json")
    try:
        signature = base64.b64decode(place.get(f"sets/{set_id}/head.sig").strip(), validate=True)
        Ed25519PublicKey.from_public_bytes(manifest_key_raw).verify(signature, HEAD_CONTEXT + text)
    except (InvalidSignature, ValueError):
        return False
    return True


def prune(place: BackupPlace, *, before: datetime) -> int:
    """Destroy the epochs whose newest backup is older than this: keysets first, then the sets, then orphaned blobs."""
    heads = [read_head_of(place, set_id) for set_id in place.set_ids()]
    newest_of = {head.epoch: head.taken_at for head in heads}
    ended = {epoch for epoch, taken_at in newest_of.items() if taken_at < before}
    # The newest backup stays, however old it is.
    if heads:
        ended.discard(heads[-1].epoch)
    if not ended:
        return 0
    for epoch in ended:
        for path in place.keysets.list_paths(epoch):
            place.keysets.delete(path)
    gone = [head for head in heads if head.epoch in ended]
    for head in gone:
        # The signature first: half a set must not look like one.
        place.data.delete(f"sets/{head.set_id}/head.sig")
        for path in place.data.list_paths(f"sets/{head.set_id}"):
            place.data.delete(path)
    kept = {path for head in heads if head.epoch not in ended for path in blob_index(place, head.set_id)}
    for path in place.data.list_paths("blobs"):
        if path.removeprefix("blobs/") not in kept:
            place.data.delete(path)
    return len(gone)


def blob_index(place: BackupPlace, set_id: str) -> Mapping[str, tuple[str, int]]:
    """Give the blobs of a set: path → digest and length of the stored (encrypted) bytes."""
    index = json.loads(place.get(f"sets/{set_id}/blobs.json"))
    return {path: (digest, count) for path, (digest, count) in index.items()}


def keyset_paths(lines: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """Read a part of keysets: each object's name and content."""
    for line in lines:
        one = json.loads(line)
        yield one["path"], base64.b64decode(one["content"], validate=True)


def _part(set_id: str, name: str) -> SealedPart:
    return SealedPart(f"sets/{set_id}/{name}", set_id, name)


def keyset_part(epoch: str, set_id: str) -> SealedPart:
    """Name the keysets that a set added to its epoch."""
    return SealedPart(f"{epoch}/{set_id}.keysets", set_id, "keysets")


def _newest(place: BackupPlace) -> BackupHead | None:
    found = place.set_ids()
    return read_head_of(place, found[-1]) if found else None


def _how_far(database: Database) -> tuple[tuple[BookHead, ...], dict[str, int]]:
    with database.read() as tx:
        books = tuple(
            BookHead(one.book_id, one.agency_code, one.display, one.status is BookStatus.OPEN, one.last_seq_no)
            for one in list_books(tx)
        )
        sizes = {tree.value: read_head(tx, tree).size for tree in Tree if has_tree(tx, tree)}
    return books, sizes


def _write_house(home: Home, out: BinaryIO) -> None:
    with tarfile.open(fileobj=out, mode="w|") as archive:
        for name in (*HOUSE_FILES, *HOUSE_FOLDERS):
            path = home.folder / name
            if path.exists():
                archive.add(path, arcname=name)


def _known_blobs(place: BackupPlace, newest: BackupHead | None) -> Mapping[str, tuple[str, int]]:
    return blob_index(place, newest.set_id) if newest is not None else {}


def _copy_blobs(
    blobs: ObjectStore, target: ObjectStore, known: Mapping[str, tuple[str, int]]
) -> tuple[dict[str, tuple[str, int]], int]:
    present = blobs.list_paths()
    index = {path: known[path] for path in present if path in known}
    wanted = [path for path in present if path not in known]

    def copy(path: str) -> tuple[str, int] | None:
        # A blob may be erased between the list and here; then it is not missed.
        with suppress(NotFound):
            return _copy_blob(blobs, target, path)
        return None

    with ThreadPoolExecutor(AT_ONCE) as hands:
        copied = {path: facts for path, facts in zip(wanted, hands.map(copy, wanted), strict=True) if facts is not None}
    return index | copied, len(copied)


def _copy_blob(blobs: ObjectStore, target: ObjectStore, path: str) -> tuple[str, int]:
    digest, count = hashlib.sha256(), 0
    with blobs.open(path) as source:

        def write(out: BinaryIO) -> None:
            nonlocal count
            while piece := source.read(_COPIED_AT_ONCE):
                digest.update(piece)
                count += len(piece)
                out.write(piece)

        try:
            target.put_new_from(f"blobs/{path}", write)
        except AlreadyStored:
            # An interrupted backup put it: immutable names have one content. What is there is what counts.
            digest, count = hashlib.sha256(), 0
            with target.open(f"blobs/{path}") as stored:
                while piece := stored.read(_COPIED_AT_ONCE):
                    digest.update(piece)
                    count += len(piece)
    return digest.hexdigest(), count


def _epoch(newest: BackupHead | None, set_id: str, at: datetime) -> tuple[str, datetime, tuple[KeysetPart, ...]]:
    if newest is None or at - newest.epoch_began_at >= EPOCH_TERM:
        return set_id, at, ()
    return newest.epoch, newest.epoch_began_at, newest.keysets


def _epoch_index(place: BackupPlace, epoch: str, earlier: tuple[KeysetPart, ...]) -> frozenset[str]:
    # Only parts that a signed head names: one of an interrupted backup is written again.
    return frozenset(
        path for part in earlier for path in json.loads(place.keysets.get(f"{epoch}/{part.set_id}.names.json"))
    )


def _put_keysets(
    source: BackedUp, place: BackupPlace, *, set_id: str, epoch: str, known: frozenset[str]
) -> tuple[PartFacts, int]:
    present = source.keysets.list_paths()
    wanted = [path for path in present if path not in known]

    def write(out: BinaryIO) -> None:
        for path in wanted:
            with suppress(NotFound):
                content = base64.b64encode(source.keysets.get(path)).decode()
                out.write(json.dumps({"path": path, "content": content}).encode() + b"\n")

    facts = put_part(place.keysets, keyset_part(epoch, set_id), to=source.recovery, write=write)
    # Names only, and ids are all that stands in them: what the next backup of the epoch need not write again.
    place.keysets.put_new(f"{epoch}/{set_id}.names.json", json.dumps(wanted).encode())
    return facts, len(wanted)
