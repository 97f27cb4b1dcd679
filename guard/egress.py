"""The one way out: HTTP to listed origins at addresses checked before they are used.

Every service we call (time-stamps, revocation data, remote keys) is reached through `GuardedHttp`. A name is resolved
once, every address it has is checked, and the connection goes to the checked address, so that a name which later
resolves to our own network (DNS rebinding) leads nowhere. Connections are held open for questions that may be repeated.
"""

from __future__ import annotations

import re
import socket
import ssl
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Self, TypeAlias
from urllib.parse import urlsplit

import httpcore

from guard.connections import HeldConnections, PinnedConnection
from guard.errors import EgressFailed, EgressRefused
from guard.pinned import Deadline

_DEFAULT_PORTS = {"http": 80, "https": 443}
_NAT64 = IPv6Network("64:ff9b::/96")
_REDIRECTS = range(300, 400)
# What is seen when the other side closed a connection between two requests.
_CLOSED_MEANWHILE = (httpcore.ReadError, httpcore.WriteError, httpcore.RemoteProtocolError)
_PLAIN_URL = re.compile(r"[!-~]+\Z")

Resolver: TypeAlias = Callable[[str, int], Sequence[str]]
"""Gives all addresses of a host name; raises OSError when there is none."""


@dataclass(frozen=True, slots=True)
class AllowedOrigin:
    """An origin that may be called; `allow_private` opens loopback and private ranges for this origin alone."""

    scheme: str
    host: str
    port: int
    allow_private: bool = False

    @classmethod
    def from_url(cls, url: str, *, allow_private: bool = False) -> Self:
        """Read the origin of a configured address.

        Raises:
            EgressRefused: it is no plain http or https address.
        """
        target = _read_url(url)
        return cls(target.scheme, target.host, target.port, allow_private=allow_private)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A complete answer of an allowed origin."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class _Target:
    scheme: str
    host: str
    port: int
    path: str


def resolve_by_system(host: str, port: int) -> list[str]:
    """Ask the system's resolver for every address of `host`."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


class GuardedHttp:
    """Fetches from the allowed origins only: no redirects, no proxies, no cookies, bounded size and time."""

    def __init__(
        self,
        allowed: Sequence[AllowedOrigin],
        *,
        resolve: Resolver = resolve_by_system,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = tuple(allowed)
        self._resolve = resolve
        self._tls = tls or ssl.create_default_context()
        self._held = HeldConnections()
        # Who forgets to close us leaves no socket behind.
        weakref.finalize(self, self._held.close)

    def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        body: bytes = b"",
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
        max_bytes: int,
        timeout_seconds: float,
        repeatable: bool = False,
    ) -> HttpAnswer:
        """Send one request and give its complete answer, whatever its status unless it is a redirect.

        `timeout_seconds` bounds the whole exchange after the name was resolved. A `repeatable` request does no harm
        when it arrives twice: it may go over a connection that was held open, and once more over a new one when that
        had been closed meanwhile. Any other request has a connection of its own.

        Raises:
            EgressRefused: the origin, its address, a redirect, a content coding or the answer's size is not allowed.
            EgressFailed: the origin was not reached, broke off or was too slow.
        """
        target = _read_url(url)
        addresses = self._pinned_addresses(self._origin_of(target))
        # Accept-Encoding identity: a compressed answer could be a bomb, and nothing we fetch needs one.
        sent = [(b"Host", _authority(target)), (b"Accept-Encoding", b"identity"), (b"User-Agent", b"vidimus")]
        if content_type is not None:
            sent.append((b"Content-Type", content_type.encode("ascii")))
        if body or method != "GET":
            sent.append((b"Content-Length", str(len(body)).encode("ascii")))
        if not repeatable:
            sent.append((b"Connection", b"close"))
        sent.extend((name.encode("ascii"), value.encode("ascii")) for name, value in (headers or {}).items())
        request = httpcore.Request(
            method,
            httpcore.URL(
                scheme=target.scheme.encode(), host=target.host.encode(), port=target.port, target=target.path.encode()
            ),
            headers=sent,
            content=body,
        )
        deadline = Deadline(timeout_seconds)
        held = self._held.borrow(request.url.origin, addresses=addresses) if repeatable else None
        try:
            if held is not None:
                with suppress(*_CLOSED_MEANWHILE):
                    return self._exchange(held, request, deadline=deadline, max_bytes=max_bytes)
            fresh = PinnedConnection(request.url.origin, address=addresses[0], tls=self._tls)
            return self._exchange(fresh, request, deadline=deadline, max_bytes=max_bytes)
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as exc:
            raise EgressFailed(f"{target.scheme}://{target.host}:{target.port} gave no answer: {exc!r}") from exc

    def close(self) -> None:
        """Close the connections that are held open; what is fetched later holds none."""
        self._held.close()

    def _exchange(
        self, connection: PinnedConnection, request: httpcore.Request, *, deadline: Deadline, max_bytes: int
    ) -> HttpAnswer:
        try:
            response = connection.send(request, deadline=deadline)
            try:
                answer = _read_answer(response, max_bytes=max_bytes, host=request.url.host.decode())
            finally:
                response.close()
        except BaseException:
            # Whatever a broken or refused answer left in the connection must not become the next one's beginning.
            connection.close()
            raise
        self._held.give_back(connection)
        return answer

    def _origin_of(self, target: _Target) -> AllowedOrigin:
        for origin in self._allowed:
            if (origin.scheme, origin.host, origin.port) == (target.scheme, target.host, target.port):
                return origin
        raise EgressRefused(
            f"{target.scheme}://{target.host}:{target.port} is not an allowed origin; add it in the settings"
        )

    def _pinned_addresses(self, origin: AllowedOrigin) -> list[str]:
        try:
            addresses = list(self._resolve(origin.host, origin.port))
        except OSError as exc:
            raise EgressFailed(f"{origin.host} has no address: {exc}") from exc
        if not addresses:
            raise EgressFailed(f"{origin.host} has no address")
        # One bad address condemns the name: which of them is used must not be up to the name's owner.
        for address in addresses:
            check_address(address, origin=origin)
        return addresses


def check_address(address: str, *, origin: AllowedOrigin) -> None:
    """Refuse an address that is not on the public internet, unless the origin may be private.

    Link-local addresses (cloud metadata services live there), multicast and the unspecified address are never allowed.

    Raises:
        EgressRefused: the address may not be called.
    """
    # A scope ("fe80::1%eth0") only ever stands on a link-local address.
    number = _unwrap(ip_address(address.split("%", 1)[0]))
    if number.is_link_local or number.is_multicast or number.is_unspecified:
        raise EgressRefused(f"{origin.host} resolves to {address}, which may never be called")
    if not number.is_global and not origin.allow_private:
        raise EgressRefused(f"{origin.host} resolves to {address}, which is private; allow it for this origin if meant")


def _unwrap(number: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Give the IPv4 address an IPv6 address stands for, if it does."""
    if isinstance(number, IPv4Address):
        return number
    if number in _NAT64:
        return IPv4Address(number.packed[-4:])
    teredo_client = number.teredo[1] if number.teredo else None
    return number.ipv4_mapped or number.sixtofour or teredo_client or number


def _read_url(url: str) -> _Target:
    if not _PLAIN_URL.match(url):
        raise EgressRefused("the address holds spaces, control characters or letters outside ASCII")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise EgressRefused(f"the address cannot be read: {exc}") from exc
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise EgressRefused("only http and https addresses with a host are called")
    if "@" in parts.netloc or "\\" in url or parts.fragment:
        raise EgressRefused("the address carries a user, a backslash or a fragment")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Target(parts.scheme, parts.hostname, _DEFAULT_PORTS[parts.scheme] if port is None else port, path)


def _authority(target: _Target) -> bytes:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return (host if target.port == _DEFAULT_PORTS[target.scheme] else f"{host}:{target.port}").encode("ascii")


def _read_answer(response: httpcore.Response, *, max_bytes: int, host: str) -> HttpAnswer:
    if response.status in _REDIRECTS:
        raise EgressRefused(f"{host} answered with a redirect ({response.status}); name the final address instead")
    headers = {name.lower(): value for name, value in response.headers}
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise EgressRefused(f"{host} compressed its answer although it was asked not to")
    body = bytearray()
    for part in response.iter_stream():
        body += part
        if len(body) > max_bytes:
            raise EgressRefused(f"the answer of {host} is longer than {max_bytes} bytes")
    content_type = headers.get(b"content-type", b"").decode("latin-1").split(";", 1)[0].strip().lower()
    return HttpAnswer(response.status, content_type, bytes(body))
