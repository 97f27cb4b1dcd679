"""The published form of a tree: C2SP tlog-tiles, files that anybody can copy and check (c2sp.org/tlog-tiles).

A tile holds up to 256 hashes of one level; `tile/entries/…` holds the log entries themselves. Full tiles never
change; a partial one carries its width in its name, so that it never changes either.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from vault.errors import LogTampered, NotFound
from vault.log.merkle import HASH_BYTES, NodeReader, perfect_root
from vault.stores import AlreadyStored, ObjectStore

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT
CHECKPOINT_NAME: Final = "checkpoint"
_ENTRIES: Final = "entries"


@dataclass(frozen=True, slots=True)
class Tile:
    """Which tile: its level (0 holds leaf hashes), its index, and how many hashes are in it."""

    level: int
    index: int
    width: int

    @property
    def path(self) -> str:
        """Where it lies below the log's folder."""
        return _tile_path(str(self.level), self.index, self.width)

    @property
    def entries_path(self) -> str:
        """Where the entries under a tile of level 0 lie."""
        return _tile_path(_ENTRIES, self.index, self.width)


def tiles_of(size: int, *, published_size: int = 0) -> Iterator[Tile]:
    """List the tiles a tree of `size` has that one of `published_size` did not have."""
    level, nodes, known = 0, size, published_size
    while nodes:
        for index in range(known // TILE_WIDTH, nodes // TILE_WIDTH):
            yield Tile(level, index, TILE_WIDTH)
        if nodes % TILE_WIDTH and nodes != known:
            yield Tile(level, nodes // TILE_WIDTH, nodes % TILE_WIDTH)
        level, nodes, known = level + 1, nodes // TILE_WIDTH, known // TILE_WIDTH


def tile_with(level: int, node_index: int, *, size: int) -> Tile:
    """Name the tile of a tree of `size` that holds node `node_index` of a tile level."""
    nodes = size >> (TILE_HEIGHT * level)
    index = node_index // TILE_WIDTH
    width = min(TILE_WIDTH, nodes - index * TILE_WIDTH)
    if node_index >= nodes:
        raise NotFound(f"node {node_index} of level {level} is not in a tree of {size} leaves")
    return Tile(level, index, width)


def entry_bundle(entries: tuple[bytes, ...]) -> bytes:
    """Join log entries as an entry bundle: each with its length in two bytes before it."""
    return b"".join(struct.pack(">H", len(entry)) + entry for entry in entries)


def read_entry_bundle(bundle: bytes) -> tuple[bytes, ...]:
    """Split an entry bundle.

    Raises:
        LogTampered: the lengths do not add up.
    """
    entries, offset = [], 0
    while offset < len(bundle):
        if offset + 2 > len(bundle):
            raise LogTampered("an entry bundle ends inside a length; fetch it again")
        (length,) = struct.unpack_from(">H", bundle, offset)
        entry = bundle[offset + 2 : offset + 2 + length]
        if len(entry) != length:
            raise LogTampered("an entry bundle ends inside an entry; fetch it again")
        entries.append(entry)
        offset += 2 + length
    return tuple(entries)


def node_reader(size: int, *, hashes: Callable[[Tile], bytes]) -> NodeReader:
    """Make any perfect subtree's root available from tiles: `hashes` gives the joined hashes of a tile."""

    def node(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        first, count = index << height, 1 << height
        tile = tile_with(tile_level, first + count - 1, size=size)
        joined = hashes(tile)
        if len(joined) != tile.width * HASH_BYTES:
            raise LogTampered(f"tile {tile.path} has {len(joined)} bytes instead of {tile.width * HASH_BYTES}")
        start = (first - tile.index * TILE_WIDTH) * HASH_BYTES
        part = joined[start : start + count * HASH_BYTES]
        return perfect_root([part[i : i + HASH_BYTES] for i in range(0, len(part), HASH_BYTES)])

    return node


def published_node_reader(store: ObjectStore, *, size: int) -> NodeReader:
    """Read nodes from published tiles alone, as an outside checker does."""
    return node_reader(size, hashes=lambda tile: store.get(tile.path))


def publish_object(store: ObjectStore, path: str, content: bytes) -> None:
    """Publish an immutable object; publishing the same again changes nothing.

    Raises:
        LogTampered: another content was published under this name before.
    """
    try:
        store.put_new(path, content)
    except AlreadyStored as error:
        if store.get(path) != content:
            raise LogTampered(
                f"{path} was published with another content; stop the sequencer and compare with a witness"
            ) from error


def _tile_path(kind: str, index: int, width: int) -> str:
    groups = [f"{index % 1000:03d}"]
    index //= 1000
    while index:
        groups.append(f"x{index % 1000:03d}")
        index //= 1000
    path = f"tile/{kind}/" + "/".join(reversed(groups))
    return path if width == TILE_WIDTH else f"{path}.p/{width}"
