"""Names of blobs, derived from the scan or the attempt, so that a step that runs twice finds the first result."""

from __future__ import annotations

from typing import Final

from certify.items import Item
from certify.prepare import ReadyCopy

REQUESTER: Final = "requester"
COPY: Final = "copy.pdf"
FIELDS: Final = "fields.json"
TEXT: Final = "text.txt"


def upload_name(item: Item, *, part: int = 1) -> str:
    """Where the bytes as uploaded stand; an original may come in several scans, counted from 1."""
    return f"{_upload_folder(item)}/upload-{part}"


def declared_type_name(item: Item, *, part: int = 1) -> str:
    """Where the media type the sender declared stands; it is foreign text and belongs into no row."""
    return f"{_upload_folder(item)}/declared-type-{part}"


def arrangement_name(item: Item) -> str:
    """Where the order stands that a person gave the pages of the uploads."""
    return f"{_upload_folder(item)}/arrangement"


def pages_name(item: Item) -> str:
    """Where the index of the read pages stands; it is written when all of them are read."""
    return f"{item.scan_prefix}/pages"


def chunk_name(item: Item, first: int) -> str:
    """Where some read pages with their images stand, named by the index of the first."""
    return f"{item.scan_prefix}/pages-from-{first:04d}"


def _upload_folder(item: Item) -> str:
    # By digest: what a submission that broke off before its commit left there is never taken for part of the next.
    return f"{item.scan_prefix}/of-{(item.source_sha256_hex or 'nothing')[:16]}"


def scan_pdf_name(item: Item) -> str:
    """Where the searchable PDF/A of the scan alone stands."""
    return f"{item.scan_prefix}/scan.pdf"


def ready_name(ready: ReadyCopy) -> str:
    """Where the ready copy's bytes stand."""
    return f"copy-{ready.attempt}/ready.pdf"


def officer_signed_name(ready: ReadyCopy) -> str:
    """Where the file with the officer's signature stands."""
    return f"copy-{ready.attempt}/officer-signed.pdf"


def asked_name(ready: ReadyCopy, activation_id: str) -> str:
    """Where the file that waits for the signature of a token in the officer's hands stands, with its state."""
    return f"copy-{ready.attempt}/asked-{_token_use(activation_id)}"


def given_name(ready: ReadyCopy, activation_id: str) -> str:
    """Where the signature that the token gave stands."""
    return f"copy-{ready.attempt}/given-{_token_use(activation_id)}"


def _token_use(activation_id: str) -> str:
    return activation_id.removeprefix("token:")


def sealed_name(ready: ReadyCopy) -> str:
    """Where the file with both signatures stands."""
    return f"copy-{ready.attempt}/sealed.pdf"


def requester_in_book(seq_no: int) -> str:
    """Where the requester's name of a register line stands under the book's document."""
    return f"requester/{seq_no}"
