"""Proofs that travel with an answer: this event is in the log, and the log only grew."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vault.errors import LogTampered, NotFound, ProofInvalid
from vault.log.checkpoints import Checkpoint, LogKey, verify_checkpoint
from vault.log.growth import tile_hashes
from vault.log.leaves import Opening, Tree, opening_leaf_hash
from vault.log.merkle import (
    NodeReader,
    consistency_path,
    extend_right_edge,
    inclusion_path,
    leaf_hash,
    root_at,
    root_of_right_edge,
    verify_consistency,
    verify_inclusion,
)
from vault.log.sequencer import newest_checkpoint
from vault.log.tables import log_checkpoints, log_leaves
from vault.log.tiles import TILE_WIDTH, node_reader, published_node_reader, read_entry_bundle, tiles_of
from vault.stores import ObjectStore


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """Everything a stranger needs besides the log's key: the entry, its place, the path, the signed checkpoint."""

    entry: bytes
    leaf_index: int
    path: tuple[bytes, ...]
    note: str


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """Shows that the newer checkpoint's log begins with the older one's."""

    old_note: str
    new_note: str
    path: tuple[bytes, ...]


def inclusion_proof(tx: Connection, leaf_id: int, *, key: LogKey) -> InclusionProof:
    """Prove that a leaf is in the newest signed tree.

    Raises:
        NotFound: no such leaf, or it is not yet under a checkpoint; run the sequencer.
    """
    row = tx.execute(sa.select(log_leaves).where(log_leaves.c.leaf_id == leaf_id)).one_or_none()
    if row is None:
        raise NotFound(f"log leaf {leaf_id} does not exist")
    tree = Tree(row.tree)
    checkpoint = newest_checkpoint(tx, tree, key=key)
    if row.leaf_index is None or row.leaf_index >= checkpoint.size:
        raise NotFound(f"log leaf {leaf_id} is not yet under a checkpoint; run the sequencer")
    node = stored_node_reader(tx, tree, size=checkpoint.size)
    path = inclusion_path(row.leaf_index, size=checkpoint.size, node=node)
    return InclusionProof(bytes(row.entry), row.leaf_index, path, checkpoint.note)


def check_inclusion(proof: InclusionProof, *, key: LogKey, opening: Opening | None = None) -> Checkpoint:
    """Judge an inclusion proof offline; with `opening` also that the entry is about this event.

    Raises:
        CheckpointInvalid: the checkpoint is not the log's.
        ProofInvalid: the path does not lead to its root, or the entry is about something else.
    """
    checkpoint = verify_checkpoint(proof.note, key=key)
    leaf = leaf_hash(proof.entry)
    if opening is not None and opening_leaf_hash(opening) != leaf:
        raise ProofInvalid("the log entry is about another event")
    verify_inclusion(leaf, index=proof.leaf_index, size=checkpoint.size, path=proof.path, root=checkpoint.root)
    return checkpoint


def consistency_proof(tx: Connection, tree: Tree, *, old_size: int, key: LogKey) -> ConsistencyProof:
    """Prove that the newest signed tree begins with the one signed at `old_size`.

    Raises:
        NotFound: no checkpoint of that size was signed.
    """
    newest = newest_checkpoint(tx, tree, key=key)
    old_note = tx.execute(
        sa.select(log_checkpoints.c.note).where(
            log_checkpoints.c.tree == tree.value, log_checkpoints.c.size == old_size
        )
    ).scalar_one_or_none()
    if old_note is None:
        raise NotFound(f"no checkpoint of size {old_size} was signed for {tree.value}")
    path = consistency_path(old_size, new_size=newest.size, node=stored_node_reader(tx, tree, size=newest.size))
    return ConsistencyProof(old_note, newest.note, path)


def check_consistency(proof: ConsistencyProof, *, key: LogKey) -> Checkpoint:
    """Judge a consistency proof offline and give the newer checkpoint.

    Raises:
        CheckpointInvalid: a checkpoint is not the log's.
        ProofInvalid: the newer log does not begin with the older one.
    """
    old, new = verify_checkpoint(proof.old_note, key=key), verify_checkpoint(proof.new_note, key=key)
    verify_consistency(old_size=old.size, old_root=old.root, new_size=new.size, new_root=new.root, path=proof.path)
    return new


def stored_node_reader(tx: Connection, tree: Tree, *, size: int) -> NodeReader:
    """Read nodes from the database."""
    return node_reader(size, hashes=lambda tile: tile_hashes(tx, tree, tile))


def check_published(store: ObjectStore, checkpoint: Checkpoint) -> None:
    """Recompute a published log from its entries and tiles alone, up to the checkpoint's root.

    Raises:
        LogTampered: an entry, a tile or the root does not fit.
        NotFound: a file is missing.
    """
    edge: tuple[bytes, ...] = ()
    for tile in tiles_of(checkpoint.size):
        if tile.level == 0:
            leaves = [leaf_hash(entry) for entry in read_entry_bundle(store.get(tile.entries_path))]
            if b"".join(leaves) != store.get(tile.path):
                raise LogTampered(f"{tile.entries_path} does not fit {tile.path}; the published log was altered")
            edge = extend_right_edge(edge, size=tile.index * TILE_WIDTH, leaves=leaves)
    if root_of_right_edge(edge) != checkpoint.root:
        raise LogTampered("the published entries do not lead to the signed root; the log was altered")
    # The upper tiles prove nothing by themselves, but outside proofs are made from them.
    if root_at(checkpoint.size, node=published_node_reader(store, size=checkpoint.size)) != checkpoint.root:
        raise LogTampered("the published tiles do not lead to the signed root; the log was altered")
