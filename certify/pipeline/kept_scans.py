"""The files of a scan beside each other in the vault, with the order that a person gave their pages."""

from __future__ import annotations

from collections.abc import Sequence

from certify.item_rows import Item, get_item
from certify.pipeline.arrangement import Arrangement, as_they_came, read_arrangement
from certify.pipeline.names import arrangement_name, declared_type_name, upload_name
from certify.pipeline.services import PipelineServices
from certify.pipeline.upload import Upload
from guard.spool import Room
from ocr.scan import joined_sha256_hex


class KeptScans:
    """Puts the files of a scan away before it is read, and gives them again."""

    def __init__(self, services: PipelineServices) -> None:
        self._services = services

    def keep(self, item: Item, parts: Sequence[Upload], *, arrangement: Arrangement | None) -> None:
        """Put everything away under the name of the item's scan."""
        blobs = self._services.blobs
        blobs.create_keyset(item.document_id)
        for number, part in enumerate(parts, start=1):
            declared_type = (part.declared_type or "").encode()
            blobs.put_first(item.document_id, declared_type_name(item, part=number), declared_type)
            with part.open() as content:
                blobs.put_first_from(item.document_id, upload_name(item, part=number), content)
        if arrangement is not None:
            blobs.put_first(item.document_id, arrangement_name(item), arrangement.as_bytes())

    def parts(self, item_id: str, *, room: Room) -> tuple[Upload, ...]:
        """Give the files of the present scan in their order; good while the room is open."""
        item, blobs = self._item(item_id), self._services.blobs
        found = []
        for number in range(1, count_parts(self._services, item) + 1):
            declared = blobs.get(item.document_id, declared_type_name(item, part=number)).decode() or None
            content = blobs.fetch(item.document_id, upload_name(item, part=number), room=room)
            found.append(Upload(content, declared))
        return tuple(found)

    def page_count(self, upload: Upload) -> int:
        """Count the pages of a file, in a child.

        Raises:
            ScanRefused: it is no scan.
        """
        return self._services.crafts.open_upload(upload.content, declared_type=upload.declared_type).facts.page_count

    def arrangement(self, item_id: str, *, parts: Sequence[Upload]) -> Arrangement:
        """Give the order of the present scan's pages: as a person put them, or as they came."""
        kept = kept_arrangement(self._services, self._item(item_id))
        return kept or as_they_came(tuple(self.page_count(part) for part in parts))

    def _item(self, item_id: str) -> Item:
        with self._services.database.read() as tx:
            return get_item(tx, item_id)


def count_parts(services: PipelineServices, item: Item) -> int:
    """Count the files; all of them were kept before the item was said to be scanned."""
    count = 1
    while services.blobs.exists(item.document_id, upload_name(item, part=count + 1)):
        count += 1
    return count


def kept_arrangement(services: PipelineServices, item: Item) -> Arrangement | None:
    """Give the order in which a person put the pages, or None where nobody did."""
    if not services.blobs.exists(item.document_id, arrangement_name(item)):
        return None
    return read_arrangement(services.blobs.get(item.document_id, arrangement_name(item)))


def digest_of_scan(parts: Sequence[Upload], arrangement: Arrangement | None) -> str:
    """The one digest of a scan: of its files, and of the order in which a person put their pages."""
    digests = [part.sha256_hex() for part in parts]
    return joined_sha256_hex([*digests, arrangement.sha256_hex()] if arrangement else digests)
