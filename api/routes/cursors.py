"""Cursors: where a list goes on, in words nobody needs to read, good for one list of one owner and for nothing else.

A cursor names the last entry that was shown, so that a page costs the same wherever in the list it stands. It is marked
with a key of the office: nobody makes one up, and one of another list or owner is refused instead of asked for.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar

from fastapi import Depends, Query, Request

from api.errors import RequestInvalid
from api.services import Services

_MARK_BYTES: Final = 16
_MAX_LENGTH: Final = 300
_SEPARATOR: Final = "\0"

_T = TypeVar("_T")


class Cursors:
    """Writes and reads the cursors of one office; every process of it understands the others'."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def write(self, place: str, last_id: str) -> str:
        """Name what comes after an entry of a list."""
        text = last_id.encode()
        return base64.urlsafe_b64encode(self._mark(place, text) + text).decode().rstrip("=")

    def read(self, place: str, cursor: str | None) -> str | None:
        """Give the id after which a list goes on.

        Raises:
            RequestInvalid: it was not written here, or for another list.
        """
        if cursor is None:
            return None
        if len(cursor) > _MAX_LENGTH:
            raise _not_ours()
        try:
            whole = base64.b64decode(cursor.encode() + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error) as exc:
            raise _not_ours() from exc
        mark, text = whole[:_MARK_BYTES], whole[_MARK_BYTES:]
        if not hmac.compare_digest(mark, self._mark(place, text)):
            raise _not_ours()
        return text.decode()

    def _mark(self, place: str, text: bytes) -> bytes:
        return hmac.digest(self._key, place.encode() + b"\0\0" + text, "sha256")[:_MARK_BYTES]


def open_cursors(services: Services) -> Cursors:
    """Give the office's own."""
    # An Ed25519 signature is deterministic (RFC 8032) and nobody without the key can make it: a secret of the office
    # that needs no place of its own.
    return Cursors(hashlib.sha256(services.manifest_key.sign(b"vidimus-cursor-1")).digest())


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page of a list was asked for."""

    cursors: Cursors
    cursor: str | None
    limit: int

    def page(
        self, *place: str, read: Callable[[str | None, int], Sequence[_T]], id_of: Callable[[_T], str]
    ) -> tuple[list[_T], str | None]:
        """Read one page, and the cursor of the next when there is one.

        `place` names the list, its owner and what it was narrowed to; `read` gives so many entries after an id.

        Raises:
            RequestInvalid: the cursor is not one of this list.
        """
        named = _SEPARATOR.join(place)
        # One more than is shown tells whether the list goes on.
        found = read(self.cursors.read(named, self.cursor), self.limit + 1)
        shown = list(found[: self.limit])
        return shown, self.cursors.write(named, id_of(shown[-1])) if len(found) > self.limit else None


async def _paging(
    request: Request,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before; opaque.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Paging:
    return Paging(request.app.state.cursors, cursor, limit)


Page = Annotated[Paging, Depends(_paging)]


def _not_ours() -> RequestInvalid:
    return RequestInvalid("the cursor was not written here for this list", field="cursor")
