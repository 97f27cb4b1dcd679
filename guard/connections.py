"""Connections kept open between two requests: each belongs to one origin and one checked address, and few are kept.

A connection is lent to one request at a time. It is kept only after a whole answer, and lent again only while the name
still has the address it goes to, so that holding it open lets nobody reach what a new connection would not reach.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Sequence
from typing import Final

import httpcore

from guard.pinned import Deadline, PinnedBackend

MOST_IDLE_FOR_AN_ORIGIN: Final = 4
_IDLE_SECONDS: Final = 30.0


class PinnedConnection:
    """One connection to one origin at one address; each request has its own deadline."""

    def __init__(self, origin: httpcore.Origin, *, address: str, tls: ssl.SSLContext) -> None:
        self.origin = origin
        self.address = address
        self._backend = PinnedBackend(address)
        self._http = httpcore.HTTPConnection(
            origin, ssl_context=tls, keepalive_expiry=_IDLE_SECONDS, retries=0, network_backend=self._backend
        )

    @property
    def may_be_kept(self) -> bool:
        """Tell whether the last answer came whole and the other side does not want to end."""
        return self._http.is_idle()

    @property
    def may_be_lent(self) -> bool:
        """Tell whether it is idle, young enough, and not known to be closed by the other side."""
        return self._http.is_idle() and not self._http.has_expired()

    def send(self, request: httpcore.Request, *, deadline: Deadline) -> httpcore.Response:
        """Send a request; the caller reads the answer and closes it before `deadline`."""
        self._backend.deadline = deadline
        return self._http.handle_request(request)

    def close(self) -> None:
        """Close it."""
        self._http.close()


class HeldConnections:
    """The idle connections of one way out; safe for threads."""

    def __init__(self) -> None:
        self._idle: list[PinnedConnection] = []
        self._lock = threading.Lock()
        self._is_closed = False

    def borrow(self, origin: httpcore.Origin, *, addresses: Sequence[str]) -> PinnedConnection | None:
        """Take an idle connection to one of these addresses out, or None; what has ended is closed on the way."""
        with self._lock:
            ended = [one for one in self._idle if not one.may_be_lent]
            self._idle = [one for one in self._idle if one not in ended]
            fitting = [one for one in self._idle if one.origin == origin and one.address in addresses]
            if fitting:
                self._idle.remove(fitting[-1])
        for one in ended:
            one.close()
        return fitting[-1] if fitting else None

    def give_back(self, connection: PinnedConnection) -> None:
        """Keep a connection for the next request if it can be used again and there are not enough."""
        with self._lock:
            kept = sum(one.origin == connection.origin for one in self._idle)
            if not self._is_closed and connection.may_be_kept and kept < MOST_IDLE_FOR_AN_ORIGIN:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close what is idle, and from now on what comes back."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for one in idle:
            one.close()
