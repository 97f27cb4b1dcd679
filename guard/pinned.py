"""Connections that go to one checked address and end at one deadline, whatever the name resolves to meanwhile."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore


class Deadline:
    """A moment on the monotonic clock after which nothing is waited for."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds

    def remaining_seconds(self) -> float:
        """Give the seconds left.

        Raises:
            httpcore.ReadTimeout: none are left.
        """
        seconds = self._ends_at - time.monotonic()
        if seconds <= 0:
            raise httpcore.ReadTimeout("the exchange took longer than allowed")
        return seconds


class PinnedBackend(httpcore.NetworkBackend):
    """Opens TCP to the pinned address; TLS still checks the certificate against the name in the URL.

    `deadline` is that of the present request, and is set before each: a connection may outlive a request.
    """

    def __init__(self, address: str) -> None:
        self.deadline = Deadline(0)
        self._address = address
        self._tcp = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the pinned address instead of asking the resolver about `host` again."""
        del host, timeout
        stream = self._tcp.connect_tcp(
            self._address,
            port,
            timeout=self.deadline.remaining_seconds(),
            local_address=local_address,
            socket_options=socket_options,
        )
        return _TimedStream(stream, backend=self)


class _TimedStream(httpcore.NetworkStream):
    """A stream whose every wait ends at the present request's deadline: a byte now and then does not keep it open."""

    def __init__(self, stream: httpcore.NetworkStream, *, backend: PinnedBackend) -> None:
        self._stream = stream
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        return self._stream.read(max_bytes, timeout=self._backend.deadline.remaining_seconds())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self._stream.write(buffer, timeout=self._backend.deadline.remaining_seconds())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        del timeout
        secured = self._stream.start_tls(
            ssl_context, server_hostname=server_hostname, timeout=self._backend.deadline.remaining_seconds()
        )
        return _TimedStream(secured, backend=self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
