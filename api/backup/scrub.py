"""Look at every stored byte again, before somebody needs it: rot is healed from a replica, or reported by id.

Each blob is decrypted (its authentication finds a flipped bit) and, where the vault remembers a digest, held against
it; the database is asked whether it is whole; the published log is held against its rows.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from api.folder_swap import alone_with
from api.home import Home
from guard import Clock
from vault import (
    BlobCorrupt,
    BlobShredded,
    BlobVault,
    Database,
    LogError,
    LogKey,
    NotFound,
    StoreUnavailable,
    Tree,
    check_published,
)
from vault.log import published_checkpoint
from vault.log.growth import has_tree
from vault.stores import ObjectStore, open_store
from vault.tables import records, renditions, tombstones

EVERY: Final = timedelta(days=7)
_AT_ONCE: Final = 20
_PAGE: Final = 500
# The two halves of a round, as its position names them.
_STORED: Final = "stored"
_ROWS: Final = "rows"
_STATE: Final = "scrub.json"
_LOCK: Final = "scrub.lock"
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rot:
    """One blob that is not what it was, and whether it is again."""

    document_id: str
    name: str
    healed: bool


@dataclass(frozen=True, slots=True)
class Look:
    """One document whose blobs are to be looked at, and where in a round it stands."""

    position: str
    document_id: str
    names: tuple[str, ...]
    is_stored: bool


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """What a whole round found."""

    documents: int
    blobs: int
    rot: tuple[Rot, ...]
    database: str
    log: str

    @property
    def is_well(self) -> bool:
        """Whether nothing is left to be mended."""
        return all(one.healed for one in self.rot) and self.database == "ok" and self.log == "ok"


@dataclass(frozen=True, slots=True)
class Scrubber:
    """What a scrub looks at, and from where it heals."""

    database: Database
    blobs: BlobVault
    home: Home
    log_key: LogKey
    replica: ObjectStore | None = None

    def scrub(self) -> Scrubbed:
        """Look at everything once."""
        rot: list[Rot] = []
        documents = blobs = 0
        position = ""
        while looks := self.looks_after(position):
            for look in looks:
                documents += look.is_stored
                blobs += len(look.names)
                rot += self.document(look.document_id, look.names)
            position = looks[-1].position
        return Scrubbed(documents, blobs, tuple(rot), self._database_state(), self._log_state())

    def looks_after(self, position: str) -> list[Look]:
        """Give the next looks of a round after a position, nothing at its end; `""` begins.

        First what is stored, part by part of the store, then what should be and is not, page by page of the rows: a lost
        file is rot too. Never more than a part or a page is held.
        """
        phase, _, rest = position.partition(":")
        if phase != _ROWS:
            part_before, _, document_before = rest.partition("/")
            for part in self.blobs.list_parts():
                if part >= part_before and (looks := self._stored(part, part_before, document_before)):
                    return looks
            rest = ""
        return self._lost(rest)

    def _stored(self, part: str, part_before: str, document_before: str) -> list[Look]:
        found = self.blobs.list_documents(part)
        todo = sorted(one for one in found if (part, one) > (part_before, document_before))
        erased = self._erased(todo)
        return [Look(f"{_STORED}:{part}/{one}", one, found[one], is_stored=True) for one in todo if one not in erased]

    def _lost(self, document_before: str) -> list[Look]:
        with self.database.read() as tx:
            ids = tx.execute(
                sa.select(renditions.c.document_id)
                .where(renditions.c.document_id > document_before)
                .group_by(renditions.c.document_id)
                .order_by(renditions.c.document_id)
                .limit(_PAGE)
            ).scalars()
            todo = tuple(ids)
            rows = tx.execute(
                sa.select(renditions.c.document_id, renditions.c.blob_name).where(renditions.c.document_id.in_(todo))
            ).all()
        erased = self._erased(todo)
        wanted: dict[str, list[str]] = {one: [] for one in todo}
        for one, name in rows:
            if one not in erased and not self.blobs.exists(one, name):
                wanted[one].append(name)
        return [Look(f"{_ROWS}:{one}", one, tuple(names), is_stored=False) for one, names in wanted.items()]

    def _erased(self, document_ids: Sequence[str]) -> set[str]:
        found: set[str] = set()
        with self.database.read() as tx:
            for begin in range(0, len(document_ids), _PAGE):
                chosen = tombstones.c.document_id.in_(document_ids[begin : begin + _PAGE])
                found |= set(tx.execute(sa.select(tombstones.c.document_id).where(chosen)).scalars())
        return found

    def document(self, document_id: str, names: tuple[str, ...]) -> Iterator[Rot]:
        """Look at the blobs of one document and heal what can be healed."""
        with self.database.read() as tx:
            digests = {
                row.blob_name: row.sha256_hex
                for row in tx.execute(
                    sa.select(renditions.c.blob_name, renditions.c.sha256_hex)
                    .join(records, records.c.record_id == renditions.c.record_id)
                    .where(renditions.c.document_id == document_id)
                )
            }
        for name in names:
            with suppress(BlobShredded):
                if self._is_rotten(document_id, name, digests.get(name)):
                    healed = self.replica is not None and self.blobs.heal(
                        document_id, name, replica=self.replica, sha256_hex=digests.get(name)
                    )
                    _LOG.error(
                        "a stored blob is not what was put",
                        extra={"document_id": document_id, "blob": name, "healed": healed},
                    )
                    yield Rot(document_id, name, healed)

    def _is_rotten(self, document_id: str, name: str, sha256_hex: str | None) -> bool:
        try:
            content = self.blobs.get(document_id, name)
        except (BlobCorrupt, NotFound):
            return True
        return sha256_hex is not None and hashlib.sha256(content).hexdigest() != sha256_hex

    def _database_state(self) -> str:
        if self.database.dialect != "sqlite":
            # PostgreSQL has its own checksums (`initdb --data-checksums`, `pg_amcheck`).
            return "ok"
        with self.database.read() as tx:
            found = tx.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        return "ok" if found == ["ok"] else "DAMAGED"

    def _log_state(self) -> str:
        for tree in Tree:
            with self.database.read() as tx:
                if not has_tree(tx, tree):
                    continue
            try:
                store = open_store(self.home.log / tree.value.lower())
                checkpoint = published_checkpoint(store, key=self.log_key)
                if checkpoint is not None:
                    check_published(store, checkpoint)
            except NotFound:
                return f"{tree.value}:MISSING"
            except LogError as exc:
                return f"{tree.value}:{type(exc).__name__}"
        return "ok"


@dataclass(frozen=True, slots=True)
class ScrubState:
    """How far the running round is, and what the rounds found; it lies in the home."""

    began_at: str = ""
    ended_at: str = ""
    after: str = ""
    lost: tuple[str, ...] = field(default=())
    healed: int = 0


class WeeklyScrub:
    """A chore of housekeeping: a few documents in each round, so that a week sees them all and nobody waits."""

    def __init__(self, scrubber: Scrubber, home: Home, clock: Clock) -> None:
        """Go on where the state in the home says."""
        self._scrubber = scrubber
        self._home = home
        self._clock = clock
        # What is still to be looked at in the part that was read last; a process that starts anew lists it again.
        self._waiting: list[Look] = []

    def __call__(self) -> None:
        """Look at the next few documents when a round is due or running."""
        with alone_with(self._home.folder / _LOCK) as is_alone:
            if is_alone:
                self._go_on()

    def _go_on(self) -> None:
        now, state = self._clock.now(), read_scrub_state(self._home)
        running = state.began_at and not state.ended_at
        if not running:
            if state.began_at and now - datetime.fromisoformat(state.began_at) < EVERY:
                return
            state = ScrubState(began_at=now.isoformat())
        try:
            waiting = self._waiting or self._scrubber.looks_after(state.after)
            chosen, self._waiting = waiting[:_AT_ONCE], waiting[_AT_ONCE:]
            rot = [found for one in chosen for found in self._scrubber.document(one.document_id, one.names)]
        except StoreUnavailable:
            self._waiting = []
            return
        # The round is over when nothing comes after its last look.
        after = chosen[-1].position if chosen else ""
        lost = tuple(sorted({*state.lost, *(one.document_id for one in rot if not one.healed)}))
        state = replace(
            state,
            after=after,
            lost=lost,
            healed=state.healed + sum(one.healed for one in rot),
            ended_at="" if after else now.isoformat(),
        )
        write_scrub_state(self._home, state)


def read_scrub_state(home: Home) -> ScrubState:
    """Read how far the scrub is; a state that does not read begins a round."""
    try:
        fields = json.loads((home.folder / _STATE).read_text(encoding="utf-8"))
        return ScrubState(**fields | {"lost": tuple(fields["lost"])})
    except (OSError, ValueError, TypeError, KeyError):
        return ScrubState()


def write_scrub_state(home: Home, state: ScrubState) -> None:
    """Keep how far the scrub is."""
    temporary: Path = home.folder / f".{_STATE}.new"
    temporary.write_text(json.dumps(asdict(state)), encoding="utf-8")
    temporary.replace(home.folder / _STATE)
