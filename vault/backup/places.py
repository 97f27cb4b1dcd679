"""Where backups lie: two stores apart from each other, the data in one and the keysets in the other.

Data: `sets/ID/…` for each backup, `blobs/…` as the vault has them (encrypted under their documents' keysets, so a
replica that heals), `log/TREE/…` and `journal/…` for what must outlive the newest backup. Keysets: `EPOCH/SET.keysets`
and `erased/…`. A keyset that was destroyed is gone when its epoch is destroyed, without touching the data.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vault.backup.errors import BackupMissing
from vault.errors import NotFound, StoreUnavailable
from vault.stores import AlreadyStored, ObjectStore, open_store


@dataclass(frozen=True, slots=True)
class BackupPlace:
    """Both stores."""

    data: ObjectStore
    keysets: ObjectStore

    def set_ids(self) -> tuple[str, ...]:
        """Every complete backup, oldest first: a set counts once its signature is there."""
        paths = self.data.list_paths("sets")
        return tuple(sorted({path.split("/")[1] for path in paths if path.endswith("/head.sig")}))

    def choose(self, set_id: str | None) -> str:
        """Give the set that is asked for, or the newest.

        Raises:
            BackupMissing: there is none.
        """
        found = self.set_ids()
        if not found or (set_id is not None and set_id not in found):
            raise BackupMissing(f"there is no backup {set_id or ''} at this place; sets: {', '.join(found) or 'none'}")
        return set_id or found[-1]

    def bury(self, document_id: str) -> None:
        """Note that a document was erased, so that no restore brings it back."""
        with suppress(AlreadyStored):
            self.keysets.put_new(f"erased/{document_id}", b"erased\n")

    def buried(self) -> frozenset[str]:
        """Every document that was erased, also after the newest backup."""
        return frozenset(path.split("/")[1] for path in self.keysets.list_paths("erased"))

    def get(self, path: str) -> bytes:
        """Give an object of the data store.

        Raises:
            BackupMissing: it is not there.
        """
        try:
            return self.data.get(path)
        except NotFound as error:
            raise BackupMissing(f"the backup lacks {path}; take another set or another copy of the place") from error


def open_backup_place(data: str | Path, *, keysets: str | Path) -> BackupPlace:
    """Open both stores: two folders, or two buckets by URL.

    Raises:
        StoreUnavailable: a place cannot be opened, or both are the same.
    """
    if str(data) == str(keysets):
        raise StoreUnavailable("data and keysets of a backup share one place; give the keysets a place of their own")
    return BackupPlace(open_store(data), open_store(keysets))
