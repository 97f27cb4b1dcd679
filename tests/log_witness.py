"""A witness of our own on loopback (c2sp.org/tlog-witness): it remembers what it saw and signs only what begins with it."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vault.errors import LogError
from vault.log import LogKey, verify_checkpoint, verify_consistency
from vault.log.witness import WitnessKey, cosigned_message

SEEN_AT = 1_795_312_800


class Witness:
    """Keeps the last size and root of one log."""

    def __init__(self, log: LogKey, *, name: str = "witness.thi-du.example") -> None:
        self._key = Ed25519PrivateKey.generate()
        self._log = log
        self.key = WitnessKey(name, self._key.public_key().public_bytes_raw())
        self.url = ""
        self.size, self.root = 0, b""
        self.lies = False

    def add_checkpoint(self, body: bytes) -> tuple[int, str]:
        head, _, note = body.decode().partition("\n\n")
        first, *proof = head.splitlines()
        try:
            checkpoint = verify_checkpoint(note, key=self._log)
            if int(first.removeprefix("old ")) != self.size:
                return 409, f"{self.size}\n"
            if self.size:
                verify_consistency(
                    old_size=self.size,
                    old_root=self.root,
                    new_size=checkpoint.size,
                    new_root=checkpoint.root,
                    path=tuple(base64.b64decode(one) for one in proof),
                )
        except LogError:
            return 422, ""
        self.size, self.root = checkpoint.size, checkpoint.root
        signed_body = note.partition("\n\n")[0] + "\n"
        signature = self._key.sign(cosigned_message(signed_body, at_unix=SEEN_AT))
        if self.lies:
            signature = bytes(64)
        whole = self.key.key_hash + SEEN_AT.to_bytes(8, "big") + signature
        return 200, f"\u2014 {self.key.name} {base64.b64encode(whole).decode()}\n"


@contextmanager
def serving_witness(log: LogKey) -> Iterator[Witness]:
    """Serve a witness until the block ends."""
    witness = Witness(log)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, text = witness.add_checkpoint(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", "text/x.tlog.size" if status == 409 else "text/plain")
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    witness.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield witness
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
