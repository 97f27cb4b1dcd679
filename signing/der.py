"""Read the little DER that a signature copies byte for byte out of a certificate.

An issuer's name must be repeated exactly as its certificate spells it; an encoder in between might spell it anew.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Element:
    """One element as read: its tag, where its contents start and where it ends."""

    source: bytes
    tag: int
    start: int
    content_start: int
    end: int

    @property
    def encoded(self) -> bytes:
        """The whole element as it stands in the source."""
        return self.source[self.start : self.end]

    def children(self) -> list[Element]:
        """Return the elements inside.

        Raises:
            ValueError: the contents are not whole elements.
        """
        found = []
        at = self.content_start
        while at < self.end:
            found.append(read_element(self.source, at, limit=self.end))
            at = found[-1].end
        return found


def read_element(source: bytes, start: int = 0, *, limit: int | None = None) -> Element:
    """Return the element that begins at `start`.

    Raises:
        ValueError: it is cut short, has an indefinite length or a tag of several octets.
    """
    end_of_source = len(source) if limit is None else limit
    if start + 2 > end_of_source or source[start] & 0x1F == 0x1F:
        raise ValueError("no DER element here")
    tag, length = source[start], source[start + 1]
    content_start = start + 2
    if length & 0x80:
        octets = length & 0x7F
        if not 1 <= octets <= 4 or content_start + octets > end_of_source:
            raise ValueError("a DER length of unusual form")
        length = int.from_bytes(source[content_start : content_start + octets], "big")
        content_start += octets
    if content_start + length > end_of_source:
        raise ValueError("a DER element is cut short")
    return Element(source=source, tag=tag, start=start, content_start=content_start, end=content_start + length)
