"""Good answers as values: an object, an object with its version, a page of a list, a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import httpx

from api.client.decoding import read_value
from api.client.problems import AnswerUnreadable
from api.client.wire import Call, Wire

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Versioned(Generic[_T]):
    """Something that can be changed, and the version that was seen: a change is made to that one or refused."""

    value: _T
    etag: str


@dataclass(frozen=True, slots=True)
class Received:
    """A file, byte for byte."""

    content: bytes = field(repr=False)
    media_type: str
    etag: str | None


class Page(Protocol[_T_co]):
    """A page of a list."""

    @property
    def items(self) -> tuple[_T_co, ...]:
        """What stands on it."""

    @property
    def next_cursor(self) -> str | None:
        """Where the next one begins."""


def object_of(response: httpx.Response, kind: type[_T]) -> _T:
    """Read an answer as a value.

    Raises:
        AnswerUnreadable: it is none.
    """
    try:
        told = response.json()
    except ValueError as exc:
        raise AnswerUnreadable(f"{response.request.url.path} answered with no JSON") from exc
    return read_value(kind, told)


def versioned(response: httpx.Response, kind: type[_T]) -> Versioned[_T]:
    """Read an answer with its version.

    Raises:
        AnswerUnreadable: it has none.
    """
    etag = response.headers.get("etag")
    if etag is None:
        raise AnswerUnreadable(f"{response.request.url.path} answered without an ETag")
    return Versioned(object_of(response, kind), etag)


def file_of(response: httpx.Response) -> Received:
    """Read an answer as a file."""
    media_type = response.headers.get("content-type", "").partition(";")[0]
    return Received(response.content, media_type, response.headers.get("etag"))


def every(
    wire: Wire,
    path: str,
    kind: type[Page[_T]],
    pick: Callable[[Page[_T]], tuple[_T, ...]],
    *,
    query: Mapping[str, Any] | None = None,
) -> Iterator[_T]:
    """Give everything that a list holds, page by page as it is read."""
    cursor: str | None = None
    while True:
        asked = dict(query or {}) | {"cursor": cursor, "limit": 100}
        page = object_of(wire.send(Call("GET", path, query=asked)), kind)
        yield from pick(page)
        cursor = page.next_cursor
        if cursor is None:
            return
