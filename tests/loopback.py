"""The office's trust services, or a folder, on a real loopback socket, for tests that go over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeAlias

from keys import AuthorityAnswer

Answerer: TypeAlias = Callable[[str, str, str, bytes], AuthorityAnswer]
"""(method, path, content type, body) to an answer."""


@contextmanager
def serve_on_loopback(
    answerer: Answerer, *, keep_alive: bool = False, connected: Callable[[], None] | None = None
) -> Iterator[int]:
    """Answer HTTP on a free port of 127.0.0.1 until the block ends; gives the port.

    `connected` is called for each new connection; with `keep_alive` one carries many requests.
    """

    # Slow answers wait here, and no longer than the block.
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1" if keep_alive else "HTTP/1.0"
        # Held connections end with the block, not before: a reader that waits for the next request gives up soon.
        timeout = 5

        def setup(self) -> None:
            super().setup()
            if connected is not None:
                connected()

        def do_POST(self) -> None:
            self._reply()

        def do_GET(self) -> None:
            self._reply()

        # The base class names its argument so.
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep the test's output clean."""

        def _reply(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            answer = answerer(self.command, self.path, self.headers.get("Content-Type") or "", body)
            if answer.delay_seconds and ended.wait(answer.delay_seconds):
                self.close_connection = True
                return
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            # A client that has read enough hangs up; that is its right.
            with suppress(ConnectionError):
                self.wfile.write(answer.body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        ended.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _QuietFolder(SimpleHTTPRequestHandler):
    # The base class names its argument so.
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep the test's output clean."""


@contextmanager
def served_folder(folder: Path) -> Iterator[str]:
    """Serve the files of a folder, as any plain web server would, until the block ends; gives the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietFolder, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
