"""What must outlive the newest backup, carried out after every round of the log.

These are the tiles and checkpoints of both trees, how far each register book is, and which papers were erased.
A restore continues from this evidence. Without it a set of last night would give today's numbers out again, sign a
second checkpoint for a published size, and bring back what was erased this morning.
"""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from api.home import Home
from certify import list_books
from guard import Clock
from vault import Database, NotFound, StoreUnavailable, Tree
from vault.backup import BackupPlace
from vault.log.tiles import CHECKPOINT_NAME, tiles_of
from vault.stores import AlreadyStored, ObjectStore, open_store
from vault.tables import tombstones

BOOKS: Final = "journal/books.json"
_LOG: Final = logging.getLogger(__name__)


def log_folder(tree: Tree) -> str:
    """Where a tree's copy lies in the place."""
    return f"log/{tree.value.lower()}"


def write_journal(database: Database, home: Home, place: BackupPlace) -> None:
    """Bring the evidence at the place level with the office.

    Raises:
        StoreUnavailable: the place did not take it; the next round tries again.
    """
    for tree in Tree:
        _mirror(open_store(home.log / tree.value.lower()), place.data, tree)
    with database.read() as tx:
        heads = {book.book_id: book.last_seq_no for book in list_books(tx)}
        erased = tx.execute(sa.select(tombstones.c.document_id)).scalars().all()
    _put_books(place, heads)
    buried = place.buried()
    for document_id in erased:
        if document_id not in buried:
            place.bury(document_id)


def journaled_books(place: BackupPlace) -> dict[str, int]:
    """Give how far each book was when the journal was last written; empty when there is none."""
    try:
        return {str(book): int(number) for book, number in json.loads(place.data.get(BOOKS)).items()}
    except NotFound:
        return {}


class Journal:
    """A chore of housekeeping. It never stops the office: `trouble` and `written_at` tell how it is."""

    def __init__(self, database: Database, home: Home, place: BackupPlace, clock: Clock) -> None:
        """Write to this place."""
        self._database = database
        self._home = home
        self._place = place
        self._clock = clock
        self.written_at: datetime | None = None
        self.trouble: str | None = None

    def __call__(self) -> None:
        """Write once."""
        try:
            write_journal(self._database, self._home, self._place)
        except StoreUnavailable as exc:
            self.trouble = type(exc).__name__
            _LOG.warning("the journal of the backups was not written", extra={"error": self.trouble})
        else:
            self.trouble, self.written_at = None, self._clock.now()


def _put_books(place: BackupPlace, heads: dict[str, int]) -> None:
    present = journaled_books(place)
    # A book never goes back: whoever writes late must not take a higher number away.
    level = {book: max(number, present.get(book, 0)) for book, number in (present | heads).items()}
    if level != present:
        place.data.replace(BOOKS, json.dumps(level, sort_keys=True).encode())


def _mirror(source: ObjectStore, target: ObjectStore, tree: Tree) -> None:
    note, there = _checkpoint(source, CHECKPOINT_NAME), _checkpoint(target, f"{log_folder(tree)}/{CHECKPOINT_NAME}")
    if note is None or _size(note) <= (_size(there) if there else 0):
        return
    for tile in tiles_of(_size(note), published_size=_size(there) if there else 0):
        for path in (tile.path, tile.entries_path) if tile.level == 0 else (tile.path,):
            with suppress(AlreadyStored):
                target.put_new(f"{log_folder(tree)}/{path}", source.get(path))
    # Tiles first: whoever sees the checkpoint finds everything below it.
    target.replace(f"{log_folder(tree)}/{CHECKPOINT_NAME}", note)


def _checkpoint(store: ObjectStore, path: str) -> bytes | None:
    try:
        return store.get(path)
    except NotFound:
        return None


def _size(note: bytes) -> int:
    return int(note.split(b"\n")[1])
