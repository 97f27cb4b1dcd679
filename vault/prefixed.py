"""A part of a store seen as a store of its own: the blobs of a backup are a replica of the vault's."""

from __future__ import annotations

from typing import BinaryIO

from vault.stores import ObjectStore, Writing


class PrefixedStore:
    """Every name below one prefix of another store."""

    __slots__ = ("_prefix", "_store")

    def __init__(self, store: ObjectStore, prefix: str) -> None:
        """See `prefix` of `store`."""
        self._store = store
        self._prefix = prefix

    def put_new(self, path: str, content: bytes) -> None:
        """As the store."""
        self._store.put_new(f"{self._prefix}/{path}", content)

    def put_new_from(self, path: str, write: Writing) -> None:
        """As the store."""
        self._store.put_new_from(f"{self._prefix}/{path}", write)

    def replace(self, path: str, content: bytes) -> None:
        """As the store."""
        self._store.replace(f"{self._prefix}/{path}", content)

    def get(self, path: str) -> bytes:
        """As the store."""
        return self._store.get(f"{self._prefix}/{path}")

    def open(self, path: str) -> BinaryIO:
        """As the store."""
        return self._store.open(f"{self._prefix}/{path}")

    def exists(self, path: str) -> bool:
        """As the store."""
        return self._store.exists(f"{self._prefix}/{path}")

    def delete(self, path: str) -> None:
        """As the store."""
        self._store.delete(f"{self._prefix}/{path}")

    def list_paths(self, prefix: str = "") -> tuple[str, ...]:
        """As the store, without the prefix."""
        whole = f"{self._prefix}/{prefix}" if prefix else self._prefix
        return tuple(path.removeprefix(f"{self._prefix}/") for path in self._store.list_paths(whole))

    def list_folders(self) -> tuple[str, ...]:
        """The first words below the prefix."""
        return tuple(sorted({path.split("/", 1)[0] for path in self.list_paths() if "/" in path}))
