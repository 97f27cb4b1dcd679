"""Where the objects of a document lie, and what its ciphertexts are bound to, so that none can take another's place."""

from __future__ import annotations

from typing import Final

from vault.errors import StoreUnavailable
from vault.stores import checked_segments

KEYSET: Final = ".keyset"


def _shard(document_id: str) -> str:
    # The end of a ULID is random, its beginning is the time: the end spreads the folders evenly.
    segments = checked_segments(document_id)
    if len(segments) != 1:
        raise StoreUnavailable("a document id may not hold a slash")
    return document_id[-2:]


def document_path(document_id: str) -> str:
    """Where everything of a document lies."""
    return f"{_shard(document_id)}/{document_id}"


def blob_path(document_id: str, name: str) -> str:
    """Where a blob lies."""
    checked_segments(name)
    return f"{document_path(document_id)}/{name}"


def keyset_path(document_id: str) -> str:
    """Where the wrapped keyset lies."""
    return f"{document_path(document_id)}{KEYSET}"


def shred_path(document_id: str) -> str:
    """Where it is marked that a document was shredded."""
    return f"{document_path(document_id)}.shredded"


def keyset_binding(document_id: str) -> bytes:
    """What binds a wrapped keyset to its document."""
    return f"vidimus-keyset-1\n{document_id}".encode()


def blob_binding(document_id: str, name: str) -> bytes:
    """What binds a ciphertext to its document and name."""
    return f"vidimus-blob-1\n{document_id}\n{name}".encode()


def value_binding(document_id: str, name: str) -> bytes:
    """What binds a sealed value to its document and name."""
    return f"vidimus-value-1\n{document_id}\n{name}".encode()
