"""The Merkle tree of RFC 9162, section 2.1, as pure functions over hashes.

Nothing here reads a file or a database: proofs are made through a function that gives a node's hash, and judged
from the proof alone, so that a verifier needs only this module and a signed root.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from vault.errors import ProofInvalid

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

# Gives the root of the perfect subtree with 2**level leaves that starts at leaf index << level.
NodeReader: TypeAlias = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """Hash a log entry: SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two children: SHA-256(0x01 || left || right). The prefix keeps a node from posing as a leaf."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """Hash a power of two of nodes up to their common root."""
    level = list(hashes)
    while len(level) > 1:
        level = [node_hash(level[i], level[i + 1]) for i in range(0, len(level), 2)]
    return level[0]


def extend_right_edge(right_edge: Sequence[bytes], *, size: int, leaves: Iterable[bytes]) -> tuple[bytes, ...]:
    """Add leaf hashes to the perfect subtrees on the right edge of a tree of `size` leaves."""
    edge = list(right_edge)
    for leaf in leaves:
        node, carry = leaf, size
        while carry & 1:
            node = node_hash(edge.pop(), node)
            carry >>= 1
        edge.append(node)
        size += 1
    return tuple(edge)


def root_of_right_edge(right_edge: Sequence[bytes]) -> bytes:
    """Fold the right edge into the root; an empty tree has the hash of nothing."""
    if not right_edge:
        return EMPTY_ROOT
    root = right_edge[-1]
    for node in reversed(right_edge[:-1]):
        root = node_hash(node, root)
    return root


def root_at(size: int, *, node: NodeReader) -> bytes:
    """Compute the root of the first `size` leaves."""
    return EMPTY_ROOT if size == 0 else _range_hash(0, size, node=node)


def inclusion_path(index: int, *, size: int, node: NodeReader) -> tuple[bytes, ...]:
    """Collect the hashes that lead from leaf `index` to the root of `size` leaves (RFC 9162, 2.1.3.1)."""
    if not 0 <= index < size:
        raise ProofInvalid(f"leaf {index} is not in a tree of {size} leaves; ask for a later checkpoint")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_hash(middle, end, node=node))
            end = middle
        else:
            path.append(_range_hash(start, middle, node=node))
            start = middle
    return tuple(reversed(path))


def consistency_path(old_size: int, *, new_size: int, node: NodeReader) -> tuple[bytes, ...]:
    """Collect the hashes that show the old tree to be a prefix of the new one (RFC 9162, 2.1.4.1)."""
    if not 0 < old_size <= new_size:
        raise ProofInvalid(f"no consistency proof leads from size {old_size} to {new_size}; sizes start at 1 and grow")
    path: list[bytes] = []
    start, end, whole = 0, new_size, True
    while old_size != end:
        middle = start + _split(end - start)
        if old_size <= middle:
            path.append(_range_hash(middle, end, node=node))
            end = middle
        else:
            path.append(_range_hash(start, middle, node=node))
            start, whole = middle, False
    if not whole:
        path.append(_range_hash(start, end, node=node))
    return tuple(reversed(path))


def verify_inclusion(leaf: bytes, *, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Judge an inclusion proof (RFC 9162, 2.1.3.2).

    Raises:
        ProofInvalid: the path does not lead from this leaf at this index to this root.
    """
    if not 0 <= index < size:
        raise ProofInvalid(f"leaf {index} cannot be in a tree of {size} leaves")
    fn, sn, node = index, size - 1, leaf
    for sibling in path:
        if sn == 0 or len(sibling) != HASH_BYTES:
            raise ProofInvalid("the inclusion proof is longer than the tree is high, or holds a wrong hash")
        if fn & 1 or fn == sn:
            node = node_hash(sibling, node)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = node_hash(node, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0 or node != root:
        raise ProofInvalid("the inclusion proof does not lead to the signed root; the file or the log was changed")


def verify_consistency(
    *, old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]
) -> None:
    """Judge that the tree only grew between two checkpoints (RFC 9162, 2.1.4.2).

    Raises:
        ProofInvalid: the new tree does not begin with the old one: the log was rewritten, shortened or forked.
    """
    failed = ProofInvalid(f"the log of size {new_size} does not continue the one of size {old_size}")
    if not 0 < old_size <= new_size:
        raise failed
    if old_size == new_size:
        if path or old_root != new_root:
            raise failed
        return
    # (1) A complete old tree is its own first node.
    nodes = [old_root, *path] if old_size & (old_size - 1) == 0 else list(path)
    if not nodes or any(len(node) != HASH_BYTES for node in nodes):
        raise failed
    # (2) Both roots must come out of the same path.
    if _both_roots(nodes, old_last=old_size - 1, new_last=new_size - 1) != (old_root, new_root):
        raise failed


def _both_roots(nodes: Sequence[bytes], *, old_last: int, new_last: int) -> tuple[bytes, bytes] | None:
    fn, sn = old_last, new_last
    # Start where the two trees part.
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old_node = new_node = nodes[0]
    for node in nodes[1:]:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            old_node, new_node = node_hash(node, old_node), node_hash(node, new_node)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new_node = node_hash(new_node, node)
        fn, sn = fn >> 1, sn >> 1
    return (old_node, new_node) if sn == 0 else None


def _split(width: int) -> int:
    # The largest power of two smaller than width.
    return 1 << ((width - 1).bit_length() - 1)


def _range_hash(start: int, end: int, *, node: NodeReader) -> bytes:
    width = end - start
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return node(level, start >> level)
    middle = start + _split(width)
    return node_hash(_range_hash(start, middle, node=node), _range_hash(middle, end, node=node))
