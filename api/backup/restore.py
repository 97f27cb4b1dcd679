"""Put an office back from a backup, into quarantine: everything verified, nothing numbered, nothing signed.

Order: (1) the head and its signature, (2) the house (keys, trust), (3) the database, (4) keysets without those of erased
papers, (5) blobs by digest, (6) the journal's log, (7) the row that keeps the worker out, (8) the mark that makes the
folder a home. Whoever is interrupted clears the folder and begins anew: there is no home before the last step.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from api import migrations
from api.backup.journal import log_folder
from api.backup.quarantine import note_restore
from api.backup.take import AT_ONCE, blob_index, is_signed_by, keyset_part, keyset_paths, read_head_of
from api.errors import RestoreRefused
from api.home import Home, init_home, mark_founded, open_home
from api.migrations.tables import is_backed_up
from api.settings import Settings
from guard import Clock, RandomBytes
from keys import Mode, RecoveryKey, TrustBundle, open_ed25519_key, open_file_kek
from vault import Database, NotFound, Tree, open_blob_vault, open_database, replay_tombstones
from vault.backup import (
    BackupDamaged,
    BackupHead,
    BackupMissing,
    BackupPlace,
    SealedPart,
    open_part,
    put_back_database,
    write_head_text,
)
from vault.stores import AlreadyStored, ObjectStore, open_store

_MARK: Final = "vidimus.json"
_MANIFEST_KEY: Final = "manifest"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back; the office is in quarantine."""

    set_id: str
    taken_at: str
    seconds: float
    blobs: int
    keysets: int
    erased: int


@dataclass(frozen=True, slots=True)
class Recovery:
    """Everything a restore is given."""

    settings: Settings
    place: BackupPlace
    key: RecoveryKey
    clock: Clock
    random_bytes: RandomBytes
    bundle: TrustBundle | None = None


def restore(recovery: Recovery, *, set_id: str | None = None, on_step: Callable[[str], None]) -> Restored:
    """Put the set that is asked for (or the newest) into the home and stores of the settings, which must be empty.

    Raises:
        RestoreRefused: the home, the database or a store is in use already.
        BackupMissing, BackupDamaged, UnwrapFailed: the set cannot be restored; nothing of it is in use.
    """
    began = recovery.clock.now()
    place, settings = recovery.place, recovery.settings
    head = read_head_of(place, place.choose(set_id))
    home = init_home(settings.home, mode=Mode(head.mode), at=head.taken_at)
    _check_empty(settings, head)
    on_step("house")
    with open_part(place.data, _part(head, "house"), key=recovery.key, facts=head.parts["house"]) as archive:
        _unpack_house(home.folder, archive)
    mark = _put_aside(home)
    _check_signature(place, head, home, recovery.bundle)
    on_step("database")
    database = open_database(settings.database_url)
    try:
        _put_back(recovery, head, database)
        on_step("keysets")
        keysets, buried = _restore_keysets(recovery, head)
        on_step("blobs")
        blobs = _restore_blobs(place, head, open_store(settings.blobs_url), buried)
        _restore_log(place, home)
        on_step("tombstones")
        vault = open_blob_vault(
            settings.blobs_url,
            keysets=settings.keysets_url,
            kek=open_file_kek(home.kek, random_bytes=recovery.random_bytes),
        )
        for document_id in buried:
            vault.shred(document_id)
        replay_tombstones(database, vault=vault)
    finally:
        database.close()
    mark_founded(Home(folder=home.folder, mode=mark.mode, created_at=mark.created_at, country=mark.country))
    seconds = (recovery.clock.now() - began).total_seconds()
    return Restored(head.set_id, head.taken_at.isoformat(), seconds, blobs, keysets, len(buried))


def _check_empty(settings: Settings, head: BackupHead) -> None:
    database = settings.database_url
    if not database.startswith("sqlite" if head.dialect == "sqlite" else "postgresql"):
        raise RestoreRefused(
            f"backup {head.set_id} is of a {head.dialect} database; set VIDIMUS_DATABASE_URL to one of that kind"
        )
    for url in (settings.blobs_url, settings.keysets_url):
        if open_store(url).list_paths():
            raise RestoreRefused("the folder or bucket of documents or keysets is not empty; restore into an empty one")


def _part(head: BackupHead, name: str) -> SealedPart:
    return SealedPart(f"sets/{head.set_id}/{name}", head.set_id, name)


def _unpack_house(folder: Path, plain: BinaryIO) -> None:
    try:
        with tarfile.open(fileobj=plain, mode="r|") as archive:
            # "data" refuses what would leave the folder, links and devices.
            archive.extractall(folder, filter="data")
    except tarfile.TarError as exc:
        raise BackupDamaged("the house of the backup does not unpack; take another set") from exc
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)


def _put_aside(home: Home) -> Home:
    # What makes the folder a home comes last: a restore that was cut short must not look like one.
    mark = open_home(home.folder)
    (home.folder / _MARK).unlink()
    return mark


def _check_signature(place: BackupPlace, head: BackupHead, home: Home, bundle: TrustBundle | None) -> None:
    own = open_ed25519_key(home.keys, key_id=_MANIFEST_KEY).public_key_raw
    if bundle is not None and bundle.manifest_key_raw != own:
        raise BackupDamaged("the backup is not of the office whose trust bundle was given; do not use it")
    if not is_signed_by(place, head.set_id, own) or place.get(f"sets/{head.set_id}/head.json") != write_head_text(head):
        raise BackupDamaged(f"the head of backup {head.set_id} is not signed by its office; do not use it")


def _put_back(recovery: Recovery, head: BackupHead, database: Database) -> None:
    migrations.upgrade(database, revision=head.revision)
    with open_part(
        recovery.place.data, _part(head, "database"), key=recovery.key, facts=head.parts["database"]
    ) as copy:
        put_back_database(database, copy, is_ours=is_backed_up)
    migrations.upgrade(database)
    with database.transaction() as tx:
        note_restore(tx, head, at=recovery.clock.now(), random_bytes=recovery.random_bytes)


def _restore_keysets(recovery: Recovery, head: BackupHead) -> tuple[int, frozenset[str]]:
    place, target = recovery.place, open_store(recovery.settings.keysets_url)
    count = 0
    for one in head.keysets:
        part = keyset_part(head.epoch, one.set_id)
        with (
            open_part(place.keysets, part, key=recovery.key, facts=one.facts) as lines,
            ThreadPoolExecutor(AT_ONCE) as hands,
        ):
            count += sum(hands.map(lambda keyset: _put_once(target, *keyset), keyset_paths(lines)))
    # A keyset of an earlier part whose document was destroyed before this set was taken.
    for path in target.list_paths():
        if path.endswith(".shredded"):
            target.delete(f"{path.removesuffix('.shredded')}.keyset")
    return count, place.buried()


def _put_once(target: ObjectStore, path: str, content: bytes) -> int:
    with suppress(AlreadyStored):
        target.put_new(path, content)
    return 1


def _restore_blobs(place: BackupPlace, head: BackupHead, target: ObjectStore, buried: frozenset[str]) -> int:
    index = blob_index(place, head.set_id)
    text = place.get(f"sets/{head.set_id}/blobs.json")
    if hashlib.sha256(text).hexdigest() != head.parts["blobs"].sha256_hex:
        raise BackupDamaged(f"the list of blobs of backup {head.set_id} is not the one that was signed")
    wanted = [(path, facts[0]) for path, facts in index.items() if path.split("/")[1] not in buried]

    def put_back(blob: tuple[str, str]) -> None:
        path, sha256_hex = blob
        try:
            content = place.data.get(f"blobs/{path}")
        except NotFound as exc:
            raise BackupMissing(f"the backup lacks the blob {path}; take another copy of the place") from exc
        if hashlib.sha256(content).hexdigest() != sha256_hex:
            raise BackupDamaged(f"the blob {path} of the backup is rotten; take another copy of the place")
        with suppress(AlreadyStored):
            target.put_new(path, content)

    with ThreadPoolExecutor(AT_ONCE) as hands:
        return sum(1 for _ in hands.map(put_back, wanted))


def _restore_log(place: BackupPlace, home: Home) -> None:
    for tree in Tree:
        target = open_store(home.log / tree.value.lower())
        prefix = log_folder(tree)
        for path in place.data.list_paths(prefix):
            target.put_new(path.removeprefix(f"{prefix}/"), place.data.get(path))
