"""Search by words in one encrypted index per holder, opened and brought up to date in the holder's own session only.

The words of a paper come from its recognised text, its fields and its title, without accents. Each state of the index
is one padded blob under a keyset of its own, destroyed when the next state is made or a paper is erased: a word of an
erased paper stays readable nowhere. Who steals the database and the blobs without the key-encryption key learns that a
holder searched once, when last, and the size of the index up to a power of two: no word, no count of words.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from vault.blobs import BlobVault
from vault.database import Database
from vault.errors import BlobError, NotFound
from vault.holder_tables import search_indexes
from vault.owners import HolderOwner
from vault.papers import Record
from vault.records import list_for_holder
from vault.shapes import RecordStatus, RenditionKind

_BLOB: Final = "search-index"
_LEAST_BYTES: Final = 1 << 16
_MOST_WORDS: Final = 8
_PAGE: Final = 500
_WORD: Final = re.compile(r"\w{2,}")
_ERASED: Final = frozenset({RecordStatus.WITHDRAWN})


def fold_words(text: str) -> frozenset[str]:
    """Split a text into words that compare without accents, case and the two spellings of a Vietnamese đ."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return frozenset(_WORD.findall("".join(sign for sign in plain if not unicodedata.combining(sign))))


def search_papers(
    database: Database, owner: HolderOwner, text: str, *, vault: BlobVault, at: datetime, random_bytes: RandomBytes
) -> tuple[str, ...]:
    """Give the ids of the holder's papers that hold every word of `text`, or one that begins with it; newest first.

    Papers that came since the last search are read into a new index first.
    """
    wanted = sorted(fold_words(text))[:_MOST_WORDS]
    if not wanted:
        return ()
    with database.read() as tx:
        papers = _papers(tx, owner)
        stored = _stored(tx, owner.holder_id, vault=vault)
    index = {record_id: words for record_id, words in stored.items() if record_id in papers}
    for record_id in papers.keys() - index.keys():
        index[record_id] = _words_of(papers[record_id], vault)
    if index.keys() != stored.keys():
        _keep(database, owner.holder_id, index, vault=vault, at=at, random_bytes=random_bytes)
    return tuple(record_id for record_id in sorted(index, reverse=True) if _holds(index[record_id], wanted))


def forget_index(tx: Connection, holder_id: str) -> str | None:
    """Forget where the index of a holder lies; shred the document this returns once the transaction is committed."""
    document_id = tx.execute(
        sa.select(search_indexes.c.document_id).where(search_indexes.c.holder_id == holder_id)
    ).scalar_one_or_none()
    tx.execute(search_indexes.delete().where(search_indexes.c.holder_id == holder_id))
    return document_id


def _papers(tx: Connection, owner: HolderOwner) -> dict[str, Record]:
    found: dict[str, Record] = {}
    after: str | None = None
    while page := list_for_holder(tx, owner, after_record_id=after, limit=_PAGE):
        after = page[-1].record_id
        found |= {record.record_id: record for record in page if record.status not in _ERASED}
    return found


def _stored(tx: Connection, holder_id: str, *, vault: BlobVault) -> dict[str, tuple[str, ...]]:
    row = tx.execute(sa.select(search_indexes).where(search_indexes.c.holder_id == holder_id)).one_or_none()
    if row is None:
        return {}
    try:
        return {one: tuple(words) for one, words in json.loads(vault.get(row.document_id, _BLOB)).items()}
    except (BlobError, NotFound):
        # What is in it can be read again from the papers.
        return {}


def _words_of(record: Record, vault: BlobVault) -> tuple[str, ...]:
    titles = f"{record.titles.vi} {record.titles.en} {record.titles.fr} {record.issuer} {record.register_number or ''}"
    words = set(fold_words(titles))
    for kind in (RenditionKind.TEXT, RenditionKind.FIELDS_JSON, RenditionKind.DETAILS_JSON):
        for rendition in record.renditions:
            if rendition.kind is kind:
                words |= fold_words(_plain(kind, vault.read(rendition.blob).decode(errors="replace")))
    return tuple(sorted(words))


def _plain(kind: RenditionKind, content: str) -> str:
    if kind is RenditionKind.FIELDS_JSON:
        return " ".join(str(one.get("value", "")) for one in json.loads(content).get("fields", ()))
    if kind is RenditionKind.DETAILS_JSON:
        whole = json.loads(content)
        return " ".join(
            str(one) for one in (whole["original_number"], whole["original_serial"], *whole["external_codes"].values())
        )
    return content


def _holds(words: Iterable[str], wanted: Iterable[str]) -> bool:
    known = tuple(words)
    return all(any(word.startswith(one) for word in known) for one in wanted)


def _keep(
    database: Database,
    holder_id: str,
    index: Mapping[str, tuple[str, ...]],
    *,
    vault: BlobVault,
    at: datetime,
    random_bytes: RandomBytes,
) -> None:
    document_id = new_ulid(at=at, random_bytes=random_bytes)
    vault.create_keyset(document_id)
    vault.put(document_id, _BLOB, padded(json.dumps(index, ensure_ascii=False, sort_keys=True).encode()))
    with database.transaction() as tx:
        before = forget_index(tx, holder_id)
        tx.execute(search_indexes.insert().values(holder_id=holder_id, document_id=document_id, made_at=at))
    if before is not None:
        vault.shred(before)


def padded(content: bytes) -> bytes:
    """Fill up with blanks to a power of two of at least 64 KiB, so that the size tells next to nothing."""
    size = max(_LEAST_BYTES, 1 << (len(content) - 1).bit_length())
    return content.ljust(size)
