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


def read_security_store(history: PdfHistory, revision: Revision) -> SecurityStore:
    """Read the DSS of a revision; an absent one is an empty one."""
    catalog = history.resolve(revision, revision.trailer.get("Root"))
    store = history.resolve(revision, catalog.get("DSS")) if isinstance(catalog, dict) else None
    if not isinstance(store, dict):
        return SecurityStore(is_damaged=store is not None)
    reader = _Reader(history, revision)
    certificates = reader.items(store.get("Certs"))
    ocsps = reader.items(store.get("OCSPs"))
    crls = reader.items(store.get("CRLs"))
    return SecurityStore(certificates, ocsps, crls, is_damaged=reader.is_damaged)


class _Reader:
    def __init__(self, history: PdfHistory, revision: Revision) -> None:
        self._history = history
        self._revision = revision
        self.is_damaged = False

    def items(self, value: PdfObject) -> tuple[bytes, ...]:
        try:
            members = self._history.resolve(self._revision, value)
        except PdfUnreadable:
            members = False
        if not isinstance(members, list):
            self.is_damaged |= members is not None
            return ()
        self.is_damaged |= len(members) > MAX_ITEMS
        found = (self._item(member) for member in members[:MAX_ITEMS])
        return tuple(item for item in found if item)

    def _item(self, member: PdfObject) -> bytes:
        """One bad stream loses one piece of evidence, not the file."""
        try:
            stream = self._history.resolve(self._revision, member)
            if isinstance(stream, Stream):
                return decode_stream(stream)
        except PdfUnreadable:
            pass
        self.is_damaged = True
        return b""
