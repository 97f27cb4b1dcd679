"""A TCP proxy on loopback that spoils what passes through it: a bad line between an office and a service that is well."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto

_PIECE = 4096
_DRIP_SECONDS = 0.5
_ENOUGH_SECONDS = 120.0


class Line(Enum):
    """How the line behaves, from the next answer on."""

    WELL = auto()
    # The connection is closed at once, without an answer.
    HANGS_UP = auto()
    # The connection stands, and not a byte of an answer comes.
    SILENT = auto()
    # The answer begins and is cut off in its middle.
    CUT = auto()
    # The answer comes byte by byte.
    DRIPS = auto()
    # Each answer has some bits turned near its end.
    GARBLED = auto()
    # The answer never ends.
    FLOODS = auto()


class FaultProxy:
    """The line; set `line` to spoil it, and back to `Line.WELL`; `target_port` is where the service listens."""

    def __init__(self) -> None:
        self.line = Line.WELL
        # How many connections and answers met a bad line.
        self.spoilt = 0
        self.target_port = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def port(self) -> int:
        port: int = self._listening.getsockname()[1]
        return port

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._listening.close()
        self._thread.join(timeout=5)

    def _accept(self) -> None:
        self._listening.settimeout(0.2)
        while not self._ended.is_set():
            try:
                caller, _ = self._listening.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            threading.Thread(target=self._relay, args=(caller,), daemon=True).start()

    def _relay(self, caller: socket.socket) -> None:
        with caller, contextlib.suppress(OSError):
            if self.line is Line.HANGS_UP:
                self.spoilt += 1
                return
            with socket.create_connection(("127.0.0.1", self.target_port)) as service:
                threading.Thread(target=_pass_on, args=(caller, service), daemon=True).start()
                # A connection that is held open is spoilt with the line, in its next answer.
                while (piece := service.recv(_PIECE)) and self._send(caller, piece, self.line):
                    pass

    def _send(self, caller: socket.socket, piece: bytes, line: Line) -> bool:
        self.spoilt += line is not Line.WELL
        if line is Line.HANGS_UP:
            return False
        if line is Line.SILENT:
            self._ended.wait(_ENOUGH_SECONDS)
            return False
        if line is Line.CUT:
            caller.sendall(piece[: len(piece) * 2 // 3])
            return False
        if line is Line.DRIPS:
            for position in range(len(piece)):
                if self._ended.wait(_DRIP_SECONDS):
                    return False
                caller.sendall(piece[position : position + 1])
            return True
        if line is Line.GARBLED:
            spoilt = bytearray(piece)
            spoilt[-20] ^= 0x55
            caller.sendall(spoilt)
            return True
        if line is Line.FLOODS:
            head, _, body = piece.partition(b"\r\n\r\n")
            lines = [each for each in head.split(b"\r\n") if not each.lower().startswith(b"content-length")]
            caller.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)
            ends = time.monotonic() + _ENOUGH_SECONDS
            while not self._ended.is_set() and time.monotonic() < ends:
                caller.sendall(bytes(_PIECE))
            return False
        caller.sendall(piece)
        return True


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(_PIECE):
            sink.sendall(piece)


@contextmanager
def fault_proxy() -> Iterator[FaultProxy]:
    """Stand before a service on loopback until the block ends."""
    proxy = FaultProxy()
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
