"""The names of the requesters in a register book: encrypted under the book's keyset, opened for who reads its lines."""

from __future__ import annotations

from collections.abc import Callable

from certify.pipeline.names import requester_in_book
from vault.blobs import BlobVault, OpenDocument
from vault.errors import NotFound


def read_requesters(blobs: BlobVault, book_id: str) -> Callable[[int], str]:
    """Give who opens the name of a line; empty for a line that broke off before its name was kept.

    The book's keyset is unwrapped once, at the first line.
    """
    opened: list[OpenDocument] = []

    def name_of(seq_no: int) -> str:
        try:
            if not opened:
                opened.append(blobs.open_document(book_id))
            return opened[0].get(requester_in_book(seq_no)).decode()
        except NotFound:
            return ""

    return name_of
