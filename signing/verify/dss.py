"""Read the document security store (ISO 32000-2, 12.8.4.3) as it was in any revision.

Only the lists count; `/VRI` is a hint for readers and proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from signing.verify.errors import PdfUnreadable
from signing.verify.revisions import PdfHistory, Revision
from signing.verify.streams import decode_stream
from signing.verify.syntax import PdfObject, Stream

MAX_ITEMS = 2_000


@dataclass(frozen=True, slots=True)
class SecurityStore:
    """What a DSS holds; `is_damaged` when a part of it could not be read."""

    certificates_der: tuple[bytes, ...] = field(default=(), repr=False)
    ocsps_der: tuple[bytes, ...] = field(default=(), repr=False)
    crls_der: tuple[bytes, ...] = field(default=(), repr=False)
    is_damaged: bool = False

    @property
    def has_evidence(self) -> bool:
        """True when there is any revocation data."""
        return bool(self.ocsps_der or self.crls_der)


class SecurityStores:
    """The DSS of every revision of one file, each read once and each stream decoded once."""

    def __init__(self, history: PdfHistory) -> None:
        """Bind the reader to one file."""
        self._history = history
        self._known: dict[int, SecurityStore] = {}
        self._decoded: dict[int, bytes | None] = {}

    def of(self, revision: Revision) -> SecurityStore:
        """Give the DSS of a revision; an absent one is an empty one."""
        if revision.index not in self._known:
            self._known[revision.index] = self._read(revision)
        return self._known[revision.index]

    def _read(self, revision: Revision) -> SecurityStore:
        catalog = self._history.resolve(revision, revision.trailer.get("Root"))
        store = self._history.resolve(revision, catalog.get("DSS")) if isinstance(catalog, dict) else None
        if not isinstance(store, dict):
            return SecurityStore(is_damaged=store is not None)
        certificates, torn = self._items(revision, store.get("Certs"))
        ocsps, torn_ocsps = self._items(revision, store.get("OCSPs"))
        crls, torn_crls = self._items(revision, store.get("CRLs"))
        return SecurityStore(certificates, ocsps, crls, is_damaged=torn or torn_ocsps or torn_crls)

    def _items(self, revision: Revision, value: PdfObject) -> tuple[tuple[bytes, ...], bool]:
        """Give the members of a list that can be read, and whether anything could not."""
        try:
            members = self._history.resolve(revision, value)
        except PdfUnreadable:
            return (), True
        if not isinstance(members, list):
            return (), members is not None
        found = [self._item(revision, member) for member in members[:MAX_ITEMS]]
        is_torn = len(members) > MAX_ITEMS or any(item is None for item in found)
        return tuple(item for item in found if item), is_torn

    def _item(self, revision: Revision, member: PdfObject) -> bytes | None:
        """One bad stream loses one piece of evidence, not the file."""
        try:
            stream = self._history.resolve(revision, member)
            if not isinstance(stream, Stream):
                return None
            # The history keeps every object it has read, so that its identity stands for it.
            if id(stream) not in self._decoded:
                self._decoded[id(stream)] = decode_stream(stream) or None
            return self._decoded[id(stream)]
        except PdfUnreadable:
            return None
