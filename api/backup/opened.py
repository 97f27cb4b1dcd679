"""A home opened for its backups alone: no child process, no signing, no worker."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from api import migrations
from api.backup.scrub import Scrubber
from api.backup.take import BackedUp
from api.clock import SystemClock, system_random
from api.errors import BadSetting
from api.home import Home, open_home
from api.key_encryption import open_kek
from api.settings import Settings
from keys import Ed25519Key, open_ed25519_key, open_recovery_public_key
from vault import BlobVault, Database, LogKey, open_blob_vault, open_database
from vault.backup import BackupPlace, open_backup_place
from vault.prefixed import PrefixedStore
from vault.stores import ObjectStore, open_store

RECOVERY_FILE = "recovery.pub"


@dataclass(frozen=True, slots=True)
class OpenedHome:
    """What the commands of backups work on."""

    settings: Settings
    home: Home
    database: Database
    blobs: BlobVault
    log_key: LogKey

    def backed_up(self) -> BackedUp:
        """Give what a backup needs.

        Raises:
            RecoveryKeyUnusable: the office has no recovery key yet.
        """
        return BackedUp(
            home=self.home,
            database=self.database,
            blobs=open_store(self.settings.blobs_url),
            keysets=open_store(self.settings.keysets_url),
            manifest_key=open_ed25519_key(self.home.keys, key_id="manifest"),
            recovery=open_recovery_public_key(self.home.folder / RECOVERY_FILE),
            clock=SystemClock(),
            random_bytes=system_random,
        )

    def scrubber(self, replica: str = "") -> Scrubber:
        """Give the scrub, with the replica that is named, or that of the settings, or the backups' blobs."""
        return Scrubber(self.database, self.blobs, self.home, self.log_key, find_replica(self.settings, replica))


@contextlib.contextmanager
def open_for_backup(settings: Settings) -> Iterator[OpenedHome]:
    """Open the home until the block ends.

    Raises:
        HomeMissing, KekUnusable, DatabaseUnavailable, MigrationFailed: it cannot be used.
    """
    home = open_home(settings.home)
    database = open_database(settings.database_url)
    try:
        migrations.check_current(database)
        kek = open_kek(settings, home)
        blobs = open_blob_vault(settings.blobs_url, keysets=settings.keysets_url, kek=kek)
        yield OpenedHome(settings, home, database, blobs, log_key_of(open_ed25519_key(home.keys, key_id="log")))
    finally:
        database.close()


def log_key_of(key: Ed25519Key) -> LogKey:
    """Name the log by its key, as everything that checks it does."""
    return LogKey(f"vidimus.log/{hashlib.sha256(key.public_key_raw).hexdigest()[:16]}", key.public_key_raw)


def place_of(settings: Settings, data: str | None = None, keysets: str | None = None) -> BackupPlace:
    """Open the place that is named, or that of the settings.

    Raises:
        BadSetting: neither says where backups lie.
    """
    data, keysets = data or settings.backup_url, keysets or settings.backup_keysets_url
    if not data or not keysets:
        raise BadSetting(
            "where do backups lie? set VIDIMUS_BACKUP_URL and VIDIMUS_BACKUP_KEYSETS_URL, or name both places"
        )
    return open_backup_place(data, keysets=keysets)


def find_replica(settings: Settings, named: str = "") -> ObjectStore | None:
    """Give the store that a scrub heals from; None when there is none."""
    if named or settings.replica_url:
        return open_store(named or settings.replica_url)
    if settings.backup_url:
        return PrefixedStore(open_store(settings.backup_url), "blobs")
    return None
