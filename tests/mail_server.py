"""A small mail server on loopback, with the faults of real ones: busy, choosy, broken off, without TLS."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class MailHost:
    """What the server does and what it got."""

    port: int = 0
    tls: ssl.SSLContext | None = None
    offers_starttls: bool = False
    user: str = ""
    password: str = ""
    recipient_code: int = 250
    text_code: int = 250
    # Called when a whole message is here and nothing was answered yet.
    on_message: Callable[[], None] = lambda: None
    breaks_off_after_message: bool = False
    received: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    connections: int = 0
    saw_tls: list[bool] = field(default_factory=list)


class _Session(socketserver.StreamRequestHandler):
    timeout = 10

    @property
    def host(self) -> MailHost:
        return cast("_Server", self.server).host

    def handle(self) -> None:
        self.host.connections += 1
        self.is_signed_in = not self.host.user
        with suppress(OSError, ssl.SSLError):
            self._talk()

    def _talk(self) -> None:
        self._say("220 loopback")
        while line := self.rfile.readline():
            word, _, rest = line.decode().strip().partition(" ")
            if word.upper() == "QUIT":
                self._say("221 bye")
                return
            if not self._answer(word.upper(), rest):
                return

    def _answer(self, word: str, rest: str) -> bool:
        host = self.host
        match word:
            case "EHLO":
                offers = ["loopback", *(["STARTTLS"] if self._may_start_tls() else []), "AUTH PLAIN", "8BITMIME"]
                for place, offer in enumerate(offers):
                    self._say(f"250{' ' if place == len(offers) - 1 else '-'}{offer}")
            case "STARTTLS":
                self._say("220 go on")
                self._secure(cast("ssl.SSLContext", host.tls))
            case "AUTH":
                given = base64.b64decode(rest.partition(" ")[2]).decode().split("\0")[1:]
                self.is_signed_in = given == [host.user, host.password]
                self._say("235 welcome" if self.is_signed_in else "535 no")
            case "MAIL":
                self._say("250 ok" if self.is_signed_in else "530 sign in")
            case "RCPT":
                host.recipients.append(rest.partition("<")[2].partition(">")[0])
                self._say(f"{host.recipient_code} so it is")
            case "DATA":
                return self._take()
            case _:
                self._say("250 ok")
        return True

    def _take(self) -> bool:
        host = self.host
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        host.received.append(cast("EmailMessage", message_from_bytes(b"".join(lines), policy=policy.default)))
        host.saw_tls.append(isinstance(self.request, ssl.SSLSocket))
        host.on_message()
        if host.breaks_off_after_message:
            return False
        self._say(f"{host.text_code} so it is")
        return True

    def _may_start_tls(self) -> bool:
        return self.host.offers_starttls and not isinstance(self.request, ssl.SSLSocket)

    def _secure(self, tls: ssl.SSLContext) -> None:
        self.request = tls.wrap_socket(self.request, server_side=True)
        self.rfile = self.request.makefile("rb")
        self.wfile = self.request.makefile("wb", buffering=0)

    def setup(self) -> None:
        host = self.host
        if host.tls is not None and not host.offers_starttls:
            self.request.settimeout(self.timeout)
            # Who does not like our certificate hangs up here.
            try:
                self.request = host.tls.wrap_socket(self.request, server_side=True)
            except (OSError, ssl.SSLError):
                self.request.close()
        super().setup()

    def finish(self) -> None:
        # The server closes the socket it accepted, which a wrapped one has taken over.
        with suppress(OSError, ssl.SSLError):
            super().finish()
        self.request.close()

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = False
    host: MailHost

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no fault of the server."""


@contextmanager
def serve_mail(host: MailHost) -> Iterator[MailHost]:
    """Take mail on a free port of loopback until the block ends."""
    with _Server(("127.0.0.1", 0), _Session) as server:
        server.host = host
        host.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield host
        finally:
            server.shutdown()
            thread.join()


def tls_of(folder: Path, *, name: str, at: datetime) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS under a certificate of its own for `name`, and the file that makes a client trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names: list[x509.GeneralName] = [x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names if name == "localhost" else names[:1]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    certificate_file, key_file = folder / f"{name}.pem", folder / f"{name}.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate_file, key_file)
    return tls, certificate_file
