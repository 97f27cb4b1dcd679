"""Let a restored tree go on from what the world has seen: take over the published leaves that the backup lacks.

A log that was set back would sign a second checkpoint for a published size. The published tiles hold every leaf's hash
and entry, so the tree itself is whole again; what the lost leaves were about is lost with their openings.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vault.errors import LogTampered, NotFound
from vault.log.checkpoints import Checkpoint, LogKey, verify_checkpoint
from vault.log.growth import TreeHead, ensure_tree, keep_full_tiles, read_head
from vault.log.leaves import Tree
from vault.log.merkle import HASH_BYTES, extend_right_edge, leaf_hash, root_of_right_edge
from vault.log.sequencer import ACCESS_EXTENSION
from vault.log.tables import log_checkpoints, log_leaves, log_trees
from vault.log.tiles import CHECKPOINT_NAME, TILE_WIDTH, Tile, read_entry_bundle, tiles_of
from vault.stores import ObjectStore

RESTORED = "RESTORED"
"""The kind of a leaf whose meaning was lost: it came back from the published log."""


def published_checkpoint(store: ObjectStore, *, key: LogKey) -> Checkpoint | None:
    """Read and judge the checkpoint of a published log; None when there is no log at this place.

    Raises:
        CheckpointInvalid: it is not signed by this log.
    """
    try:
        note = store.get(CHECKPOINT_NAME)
    except NotFound:
        return None
    return verify_checkpoint(note.decode(errors="replace"), key=key)


def access_size(checkpoint: Checkpoint) -> int:
    """Say how many leaves of the access tree a public checkpoint vouches for."""
    for line in checkpoint.extensions:
        word, _, rest = line.partition(" ")
        if word == ACCESS_EXTENSION:
            return int(rest.split()[0])
    return 0


def continue_tree(tx: Connection, tree: Tree, *, store: ObjectStore, key: LogKey, at: datetime) -> int:
    """Append the leaves that were published and are not here; return how many.

    Raises:
        LogTampered: the published log does not begin with this tree, or contradicts its own checkpoint.
        CheckpointInvalid: the checkpoint is not of this log.
    """
    checkpoint = published_checkpoint(store, key=key)
    if checkpoint is None:
        return 0
    ensure_tree(tx, tree)
    head = read_head(tx, tree)
    hashes = list(_published_hashes(store, checkpoint.size))
    # (1) What was published is what its checkpoint says.
    edge = extend_right_edge((), size=0, leaves=hashes)
    if root_of_right_edge(edge) != checkpoint.root:
        raise LogTampered(f"the published tiles of {tree.value} do not lead to their own checkpoint; take another copy")
    # (2) One begins with the other.
    known = min(head.size, checkpoint.size)
    if _own_hashes(tx, tree, known) != hashes[:known]:
        raise LogTampered(f"the published log of {tree.value} and the restored one part before size {known}")
    if checkpoint.size <= head.size:
        return 0
    # (3) The rest is taken over, in the same places.
    entries = _published_entries(store, checkpoint.size, first=head.size)
    for index, entry in enumerate(entries, start=head.size):
        if leaf_hash(entry) != hashes[index]:
            raise LogTampered(f"entry {index} of {tree.value} is not the one under its hash; take another copy")
        _place(tx, tree, entry, index=index)
    grown = TreeHead(tree, checkpoint.size, checkpoint.root, edge, 0)
    keep_full_tiles(tx, head, grown)
    # Tiles are published again from the first one: this home may have none of them.
    tx.execute(
        log_trees.update()
        .where(log_trees.c.tree == tree.value)
        .values(
            size=grown.size,
            root_sha256_hex=grown.root.hex(),
            right_edge_hex=b"".join(edge).hex(),
            published_size=0,
            lease_owner=None,
            lease_expires_at=None,
        )
    )
    body = checkpoint.note.partition("\n\n")[0] + "\n"
    tx.execute(
        log_checkpoints.insert().values(
            tree=tree.value,
            size=grown.size,
            root_sha256_hex=grown.root.hex(),
            body=body,
            note=checkpoint.note,
            sequenced_at=at,
        )
    )
    return grown.size - head.size


def _published_hashes(store: ObjectStore, size: int) -> Iterator[bytes]:
    for tile in _leaf_tiles(size):
        joined = store.get(tile.path)
        if len(joined) != tile.width * HASH_BYTES:
            raise LogTampered(f"tile {tile.path} of the published log is damaged; take another copy of it")
        yield from (joined[i : i + HASH_BYTES] for i in range(0, len(joined), HASH_BYTES))


def _published_entries(store: ObjectStore, size: int, *, first: int) -> Iterator[bytes]:
    for tile in _leaf_tiles(size):
        begins = tile.index * TILE_WIDTH
        if begins + tile.width > first:
            yield from read_entry_bundle(store.get(tile.entries_path))[max(first - begins, 0) :]


def _leaf_tiles(size: int) -> Iterator[Tile]:
    return (tile for tile in tiles_of(size) if tile.level == 0)


def _own_hashes(tx: Connection, tree: Tree, size: int) -> list[bytes]:
    found = tx.execute(
        sa.select(log_leaves.c.leaf_sha256_hex)
        .where(log_leaves.c.tree == tree.value, log_leaves.c.leaf_index < size)
        .order_by(log_leaves.c.leaf_index)
    ).scalars()
    return [bytes.fromhex(one) for one in found]


def _place(tx: Connection, tree: Tree, entry: bytes, *, index: int) -> None:
    leaf_sha256_hex = leaf_hash(entry).hex()
    # The backup may hold the leaf, written and not yet numbered: then its meaning is still here.
    waiting = tx.execute(
        log_leaves.update()
        .where(log_leaves.c.tree == tree.value, log_leaves.c.leaf_sha256_hex == leaf_sha256_hex)
        .values(leaf_index=index)
    ).rowcount
    if not waiting:
        tx.execute(
            log_leaves.insert().values(
                tree=tree.value,
                kind=RESTORED,
                entry=entry,
                leaf_sha256_hex=leaf_sha256_hex,
                opening=None,
                opening_sealed=False,
                leaf_index=index,
            )
        )
