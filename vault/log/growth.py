"""How a tree grows in the database: number the waiting leaves, move size and root on, keep the roots of full tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vault.errors import LeaseLost, LogTampered, NotFound
from vault.log.checkpoints import checkpoint_body
from vault.log.leaves import Tree
from vault.log.merkle import EMPTY_ROOT, HASH_BYTES, extend_right_edge, perfect_root, root_of_right_edge
from vault.log.tables import log_checkpoints, log_leaves, log_nodes, log_trees
from vault.log.tiles import TILE_WIDTH, Tile

BATCH_LIMIT: Final = 4096


@dataclass(frozen=True, slots=True)
class TreeHead:
    """Where a tree stands in the database."""

    tree: Tree
    size: int
    root: bytes
    right_edge: tuple[bytes, ...]
    published_size: int


@dataclass(frozen=True, slots=True)
class GrowthTerms:
    """Under which name, lease and moment a tree grows, and what else its checkpoint says."""

    origin: str
    fence: int
    at: datetime
    extensions: tuple[str, ...] = ()


def has_tree(tx: Connection, tree: Tree) -> bool:
    """Say whether the tree was ever sequenced."""
    return tx.execute(sa.select(log_trees.c.tree).where(log_trees.c.tree == tree.value)).one_or_none() is not None


def read_head(tx: Connection, tree: Tree) -> TreeHead:
    """Read where the tree stands and check that its right edge still folds into its root.

    Raises:
        NotFound: nothing was ever sequenced.
        LogTampered: size, root and edge contradict each other.
    """
    row = tx.execute(sa.select(log_trees).where(log_trees.c.tree == tree.value)).one_or_none()
    if row is None:
        raise NotFound(f"the tree {tree.value} was never sequenced; run the sequencer")
    edge = _split(bytes.fromhex(row.right_edge_hex))
    root = bytes.fromhex(row.root_sha256_hex)
    if root_of_right_edge(edge) != root or len(edge) != row.size.bit_count():
        raise LogTampered(f"the stored head of {tree.value} contradicts itself; compare with a published checkpoint")
    return TreeHead(tree, row.size, root, edge, row.published_size)


def ensure_tree(tx: Connection, tree: Tree) -> None:
    """Plant the empty tree if it is not there."""
    try:
        with tx.begin_nested():
            tx.execute(
                log_trees.insert().values(
                    tree=tree.value,
                    size=0,
                    root_sha256_hex=EMPTY_ROOT.hex(),
                    right_edge_hex="",
                    published_size=0,
                    lease_fence=0,
                )
            )
    except sa.exc.IntegrityError:
        return


def grow(tx: Connection, head: TreeHead, terms: GrowthTerms) -> TreeHead:
    """Number the waiting leaves after the last one and advance (size, root) by compare-and-swap.

    The text of the checkpoint is stored in the same transaction under its size, still unsigned: only a committed
    text is ever signed, so no size gets two signatures.

    Raises:
        LeaseLost: another sequencer advanced the tree or took the lease.
    """
    waiting = tx.execute(
        sa.select(log_leaves.c.leaf_id, log_leaves.c.leaf_sha256_hex)
        .where(log_leaves.c.tree == head.tree.value, log_leaves.c.leaf_index.is_(None))
        .order_by(log_leaves.c.leaf_id)
        .limit(BATCH_LIMIT)
    ).all()
    if not waiting and _has_checkpoint(tx, head):
        return head
    leaves = [bytes.fromhex(row.leaf_sha256_hex) for row in waiting]
    edge = extend_right_edge(head.right_edge, size=head.size, leaves=leaves)
    grown = TreeHead(head.tree, head.size + len(leaves), root_of_right_edge(edge), edge, head.published_size)
    _compare_and_swap(tx, head, grown, fence=terms.fence)
    if waiting:
        tx.execute(
            log_leaves.update()
            .where(log_leaves.c.leaf_id == sa.bindparam("numbered_id"))
            .values(leaf_index=sa.bindparam("numbered_index")),
            [{"numbered_id": row.leaf_id, "numbered_index": head.size + offset} for offset, row in enumerate(waiting)],
        )
    keep_full_tiles(tx, head, grown)
    tx.execute(
        log_checkpoints.insert().values(
            tree=grown.tree.value,
            size=grown.size,
            root_sha256_hex=grown.root.hex(),
            body=checkpoint_body(terms.origin, size=grown.size, root=grown.root, extensions=terms.extensions),
            sequenced_at=terms.at,
        )
    )
    return grown


def tile_hashes(tx: Connection, tree: Tree, tile: Tile) -> bytes:
    """Join the hashes of a tile from the database.

    Raises:
        LogTampered: a hash is missing.
    """
    first = tile.index * TILE_WIDTH
    if tile.level == 0:
        column, order = log_leaves.c.leaf_sha256_hex, log_leaves.c.leaf_index
        condition = log_leaves.c.tree == tree.value
    else:
        column, order = log_nodes.c.sha256_hex, log_nodes.c.node_index
        condition = sa.and_(log_nodes.c.tree == tree.value, log_nodes.c.level == tile.level)
    found = tx.execute(
        sa.select(column).where(condition, order >= first, order < first + tile.width).order_by(order)
    ).scalars()
    joined = bytes.fromhex("".join(found))
    if len(joined) != tile.width * HASH_BYTES:
        raise LogTampered(f"leaves of {tree.value} below {first + tile.width} are missing from the database")
    return joined


def tile_entries(tx: Connection, tree: Tree, tile: Tile) -> tuple[bytes, ...]:
    """Read the entries under a tile of level 0."""
    first = tile.index * TILE_WIDTH
    found = tx.execute(
        sa.select(log_leaves.c.entry)
        .where(
            log_leaves.c.tree == tree.value,
            log_leaves.c.leaf_index >= first,
            log_leaves.c.leaf_index < first + tile.width,
        )
        .order_by(log_leaves.c.leaf_index)
    ).scalars()
    return tuple(bytes(entry) for entry in found)


def _compare_and_swap(tx: Connection, head: TreeHead, grown: TreeHead, *, fence: int) -> None:
    moved = tx.execute(
        log_trees.update()
        .where(
            log_trees.c.tree == head.tree.value,
            log_trees.c.size == head.size,
            log_trees.c.root_sha256_hex == head.root.hex(),
            log_trees.c.lease_fence == fence,
        )
        .values(
            size=grown.size,
            root_sha256_hex=grown.root.hex(),
            right_edge_hex=b"".join(grown.right_edge).hex(),
        )
    ).rowcount
    if moved != 1:
        raise LeaseLost(f"another sequencer advanced {head.tree.value} past size {head.size}; start over")


def keep_full_tiles(tx: Connection, head: TreeHead, grown: TreeHead) -> None:
    """Store the roots of the tiles that became full between two heads of a tree."""
    level, known, nodes = 0, head.size, grown.size
    while nodes >= TILE_WIDTH:
        for index in range(known // TILE_WIDTH, nodes // TILE_WIDTH):
            hashes = _split(tile_hashes(tx, head.tree, Tile(level, index, TILE_WIDTH)))
            tx.execute(
                log_nodes.insert().values(
                    tree=head.tree.value,
                    level=level + 1,
                    node_index=index,
                    sha256_hex=perfect_root(hashes).hex(),
                )
            )
        level, known, nodes = level + 1, known // TILE_WIDTH, nodes // TILE_WIDTH


def _has_checkpoint(tx: Connection, head: TreeHead) -> bool:
    return (
        tx.execute(
            sa.select(log_checkpoints.c.size).where(
                log_checkpoints.c.tree == head.tree.value, log_checkpoints.c.size == head.size
            )
        ).one_or_none()
        is not None
    )


def _split(joined: Sequence[int] | bytes) -> tuple[bytes, ...]:
    whole = bytes(joined)
    return tuple(whole[i : i + HASH_BYTES] for i in range(0, len(whole), HASH_BYTES))
