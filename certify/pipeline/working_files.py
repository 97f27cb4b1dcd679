"""The office's own files of an item once it is closed: destroyed in time, and not needed for a new seal after that."""

from __future__ import annotations

import hashlib
import re
from typing import BinaryIO, Final

import sqlalchemy as sa

from certify.errors import ReadyCopyChanged
from certify.items import Item
from certify.pipeline.names import COPY, officer_signed_name
from certify.pipeline.services import PipelineServices
from certify.prepare import ReadyCopy
from certify.purge import DueFiles, class_of_file, due_files, note_purge_intent, note_purged
from certify.retention import Destroyed, note_destroyed
from certify.retention.keeper import open_keeper
from certify.tables import job_effects
from guard.spool import Room
from guard.wire import Payload, open_payload

_END_OF_REVISION: Final = re.compile(rb"%%EOF(?:\r\n|\n|\r)?")
_LONGEST_END: Final = len(b"%%EOF\r\n")
_READ_AT_ONCE: Final = 1 << 20


def purge_due(services: PipelineServices) -> int:
    """Destroy the working files that have served their time; gives of how many items. Safe to run twice at once."""
    with services.database.read() as tx:
        keeper = open_keeper(tx, law=services.law, goes_by_proposals=services.mode.is_specimen)
        due = due_files(tx, keeper=keeper, at=services.clock.now())
    purged = set()
    for files in due:
        item = files.item
        if item.record_id is not None and not services.blobs.exists(item.record_id, COPY):
            # What the vault does not hold is not destroyed here: a person has to look.
            continue
        with services.database.transaction() as tx:
            note_purge_intent(tx, files, at=services.clock.now(), random_bytes=services.random_bytes)
        _destroy(services, files)
        at = services.clock.now()
        with services.database.transaction() as tx:
            note_purged(tx, files, actor=services.actor, at=at, random_bytes=services.random_bytes)
            note_destroyed(tx, Destroyed(files.kind, item.item_id, files.since, files.rule.source), at=at)
        purged.add(item.item_id)
    return len(purged)


def _destroy(services: PipelineServices, files: DueFiles) -> None:
    """With the last class the keyset goes, so that backups forget it, too; before that, single files."""
    document_id = files.item.document_id
    if files.is_last:
        services.blobs.shred(document_id)
        return
    for name in services.blobs.names_of(document_id):
        if class_of_file(files.item, name) is files.kind:
            services.blobs.discard(document_id, name)


def officer_signed_pdf(services: PipelineServices, item: Item, ready: ReadyCopy, *, room: Room) -> Payload:
    """Give the file as the officer signed it: kept, or cut out of the sealed copy, whose first revisions it is.

    Raises:
        ReadyCopyChanged: no revision of the sealed copy has the digest that was written down at the officer's signature.
    """
    if services.blobs.exists(item.document_id, officer_signed_name(ready)):
        return services.blobs.fetch(item.document_id, officer_signed_name(ready), room=room)
    sealed = services.blobs.fetch(ready.ready_id, COPY, room=room)
    with services.database.read() as tx:
        detail = tx.execute(
            sa.select(job_effects.c.detail).where(
                job_effects.c.item_id == item.item_id,
                job_effects.c.job == item.copy_prefix,
                job_effects.c.effect == "OFFICER_SIGNED",
            )
        ).scalar_one()
    end = end_of_revision(sealed, sha256_hex=detail["sha256"])
    if end is not None:
        return room.take(lambda file: _copy_beginning(sealed, end, file))
    raise ReadyCopyChanged(f"no revision of the copy of item {item.item_id} is the one its officer signed")


def end_of_revision(pdf: Payload, *, sha256_hex: str, read_at_once: int = _READ_AT_ONCE) -> int | None:
    """Give where the revision ends up to which the file has this digest; the file is read once and never held."""
    seen, hashed_to, rest = hashlib.sha256(), 0, b""
    with open_payload(pdf) as file:
        while True:
            piece = file.read(read_at_once)
            window = rest + piece
            # What stands at the very end of the window may go on in the next one.
            settled = len(window) - _LONGEST_END if piece else len(window)
            at = 0
            for match in _END_OF_REVISION.finditer(window):
                if match.start() > settled:
                    break
                seen.update(window[at : match.end()])
                at = match.end()
                if seen.hexdigest() == sha256_hex:
                    return hashed_to + at
            cut = max(at, settled, 0)
            seen.update(window[at:cut])
            hashed_to, rest = hashed_to + cut, window[cut:]
            if not piece:
                return None


def _copy_beginning(pdf: Payload, length: int, target: BinaryIO) -> None:
    with open_payload(pdf) as source:
        left = length
        while left and (piece := source.read(min(_READ_AT_ONCE, left))):
            target.write(piece)
            left -= len(piece)
