"""What was read of the originals that people look at just now: decrypted, decoded and searched for fields once.

A page of the console asks for the same reading several times, and so does everybody who follows an original. To make
it anew cost 15 ms of processor time a page.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Final

from certify.items import Item
from certify.pipeline.chunks import ChunkedReading
from certify.pipeline.services import PipelineServices
from ocr.pages import Pages
from ocr.read_field import DocumentFields

_MOST_WORDS: Final = 40_000
"""About a hundred dense pages, some twenty megabytes: the originals that a dozen clerks have before them."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The pages of one scan without the bytes of their images, and the fields found in them."""

    pages: Pages
    fields: DocumentFields

    @property
    def word_count(self) -> int:
        """How much memory it takes, in words."""
        return sum(len(page.words) for page in self.pages.pages)


class Readings:
    """Gives readings, and keeps the latest. Thread-safe."""

    def __init__(self, services: PipelineServices, *, most_words: int = _MOST_WORDS) -> None:
        self._services = services
        self._most_words = most_words
        self._kept: OrderedDict[tuple[str, str], Reading] = OrderedDict()
        self._words = 0
        self._lock = Lock()

    def of(self, item: Item) -> Reading:
        """Give what was read of an item's present scan.

        Raises:
            NotFound: the scan was not read to its end, or was erased.
        """
        reading = ChunkedReading(self._services, item)
        # The index is decrypted each time: an erased document has no key any more, and nothing of it is given from memory.
        key = (item.document_id, reading.fingerprint())
        with self._lock:
            if found := self._kept.get(key):
                self._kept.move_to_end(key)
                return found
        pages = reading.pages()
        made = Reading(pages, self._services.crafts.read_fields(pages))
        self._keep(key, made)
        return made

    def _keep(self, key: tuple[str, str], made: Reading) -> None:
        with self._lock:
            # Two who asked at the same time both made it.
            if key in self._kept or made.word_count > self._most_words:
                return
            self._kept[key] = made
            self._words += made.word_count
            while self._words > self._most_words:
                _key, oldest = self._kept.popitem(last=False)
                self._words -= oldest.word_count
