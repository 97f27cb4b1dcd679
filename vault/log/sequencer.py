"""The one who numbers the leaves: takes a fenced lease, grows the tree, signs the checkpoint, publishes the tiles.

The database decides, the published files follow: whatever was interrupted is completed by the next run, from the
same rows to the same bytes. A sequencer that was paused and wakes up late fails its compare-and-swap.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from guard.clock import Clock
from vault.database import Database
from vault.errors import LeaseLost, LogTampered, NotFound
from vault.log.checkpoints import Checkpoint, LogKey, NoteSigner, sign_note, verify_checkpoint
from vault.log.growth import GrowthTerms, TreeHead, ensure_tree, grow, has_tree, read_head, tile_entries, tile_hashes
from vault.log.leaves import Tree
from vault.log.tables import log_checkpoints, log_trees
from vault.log.tiles import CHECKPOINT_NAME, entry_bundle, publish_object, tiles_of
from vault.stores import ObjectStore

LEASE_TERM: Final = timedelta(seconds=30)
ACCESS_EXTENSION: Final = "vidimus-access"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to sequence, with a number that only grows: an older one is worth nothing."""

    fence: int


class Sequencer:
    """Makes one tree of one database grow and publishes it; several may run, one at a time works."""

    __slots__ = ("_clock", "_database", "_name", "_signer", "_store", "_tree")

    def __init__(
        self,
        database: Database,
        *,
        store: ObjectStore,
        signer: NoteSigner,
        clock: Clock,
        name: str,
        tree: Tree = Tree.CERTIFICATIONS,
    ) -> None:
        self._database = database
        self._store = store
        self._signer = signer
        self._clock = clock
        self._name = name
        self._tree = tree

    def run_once(self) -> Checkpoint:
        """Number what is waiting, sign, publish, and give the newest checkpoint.

        Raises:
            LeaseLost: another sequencer is at work; nothing is lost, try again later.
            LogTampered: database and published log contradict each other: a person must look.
        """
        return self.advance(self.take_lease())

    def take_lease(self) -> Lease:
        """Take the lease when it is free, over or already ours; the fence grows each time.

        Raises:
            LeaseLost: another sequencer holds it.
        """
        with self._database.transaction() as tx:
            ensure_tree(tx, self._tree)
            now = self._clock.now()
            free = sa.or_(
                log_trees.c.lease_owner.is_(None),
                log_trees.c.lease_owner == self._name,
                log_trees.c.lease_expires_at <= now,
            )
            fence = tx.execute(
                log_trees.update()
                .where(log_trees.c.tree == self._tree.value, free)
                .values(
                    lease_owner=self._name,
                    lease_fence=log_trees.c.lease_fence + 1,
                    lease_expires_at=now + LEASE_TERM,
                )
                .returning(log_trees.c.lease_fence)
            ).scalar_one_or_none()
        if fence is None:
            raise LeaseLost(f"another sequencer holds the lease of {self._tree.value}; try again in {LEASE_TERM}")
        return Lease(fence)

    def advance(self, lease: Lease) -> Checkpoint:
        """Do the work of `run_once` under a lease taken before.

        Raises:
            LeaseLost: the lease was taken over meanwhile.
        """
        # What the world has seen is read first: the database may only be level with it or ahead.
        published = self._read_published()
        with self._database.transaction() as tx:
            head = read_head(tx, self._tree)
            if published is not None:
                _check_continues(published, head)
            head = grow(tx, head, self._terms(tx, lease))
        self._sign_committed()
        return self._publish(head)

    def _sign_committed(self) -> None:
        # Every committed text that has no signature yet, also one an interrupted run left behind.
        with self._database.transaction() as tx:
            unsigned = tx.execute(
                sa.select(log_checkpoints.c.size, log_checkpoints.c.body)
                .where(log_checkpoints.c.tree == self._tree.value, log_checkpoints.c.note.is_(None))
                .order_by(log_checkpoints.c.size)
            ).all()
            for row in unsigned:
                tx.execute(
                    log_checkpoints.update()
                    .where(
                        log_checkpoints.c.tree == self._tree.value,
                        log_checkpoints.c.size == row.size,
                        log_checkpoints.c.note.is_(None),
                    )
                    .values(note=sign_note(row.body, signer=self._signer))
                )

    def _publish(self, head: TreeHead) -> Checkpoint:
        with self._database.read() as tx:
            for tile in tiles_of(head.size, published_size=head.published_size):
                publish_object(self._store, tile.path, tile_hashes(tx, self._tree, tile))
                if tile.level == 0:
                    publish_object(self._store, tile.entries_path, entry_bundle(tile_entries(tx, self._tree, tile)))
            # Tiles first: whoever sees a checkpoint finds everything below it.
            checkpoint = newest_checkpoint(tx, self._tree, key=LogKey(self._signer.name, self._signer.public_key))
        if checkpoint.size < head.size:
            raise LogTampered(f"the newest checkpoint of {self._tree.value} is older than the tree; look at the log")
        published = self._read_published()
        if published is None or published.size < checkpoint.size:
            self._store.replace(CHECKPOINT_NAME, checkpoint.note.encode())
        with self._database.transaction() as tx:
            tx.execute(
                log_trees.update()
                .where(log_trees.c.tree == self._tree.value, log_trees.c.published_size < head.size)
                .values(published_size=head.size)
            )
        return checkpoint

    def _read_published(self) -> Checkpoint | None:
        try:
            note = self._store.get(CHECKPOINT_NAME)
        except NotFound:
            return None
        return verify_checkpoint(note.decode(errors="replace"), key=LogKey(self._signer.name, self._signer.public_key))

    def _terms(self, tx: Connection, lease: Lease) -> GrowthTerms:
        # The public checkpoint also fixes the root of the access tree, whose tiles are not public.
        extensions: tuple[str, ...] = ()
        if self._tree is Tree.CERTIFICATIONS and has_tree(tx, Tree.ACCESS):
            access = read_head(tx, Tree.ACCESS)
            extensions = (f"{ACCESS_EXTENSION} {access.size} {base64.b64encode(access.root).decode()}",)
        return GrowthTerms(self._signer.name, lease.fence, self._clock.now(), extensions)


def newest_checkpoint(tx: Connection, tree: Tree, *, key: LogKey) -> Checkpoint:
    """Read the newest signed checkpoint and check its signature.

    Raises:
        NotFound: nothing was signed yet.
        CheckpointInvalid: the stored note does not verify.
    """
    note = tx.execute(
        sa.select(log_checkpoints.c.note)
        .where(log_checkpoints.c.tree == tree.value, log_checkpoints.c.note.is_not(None))
        .order_by(log_checkpoints.c.size.desc())
        .limit(1)
    ).scalar_one_or_none()
    if note is None:
        raise NotFound(f"the tree {tree.value} has no signed checkpoint yet; run the sequencer")
    return verify_checkpoint(note, key=key)


def _check_continues(published: Checkpoint, head: TreeHead) -> None:
    # A restored database may stand behind what the world has seen: it would sign a published size again.
    if published.size > head.size:
        raise LogTampered(
            f"a checkpoint of size {published.size} was published, the database stands at {head.size}; "
            "it was restored from an older backup: open it in quarantine"
        )
    if published.size == head.size and published.root != head.root:
        raise LogTampered(f"size {head.size} was published with another root; the log has forked")
