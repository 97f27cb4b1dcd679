"""The one way out for e-mail: one configured server, at an address that was checked, under TLS unless it is ours alone.

A server that does not offer what was asked is refused; nothing is sent in clear because encryption failed.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum
from typing import Final

from guard.egress import AllowedOrigin, Resolver, check_address, resolve_by_system
from guard.errors import EgressFailed, EgressRefused, MailRefused

_PERMANENT: Final = range(500, 600)


class MailSecurity(StrEnum):
    """How the connection is protected: TLS from the first byte, TLS after a greeting, or not at all."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """The configured server; `allow_private` opens loopback and private ranges for it."""

    host: str
    port: int
    security: MailSecurity = MailSecurity.TLS
    user: str = ""
    password: str = field(default="", repr=False)
    allow_private: bool = False


class MailDoor:
    """Hands messages to one server; each has a connection of its own."""

    def __init__(
        self,
        server: MailServer,
        *,
        resolve: Resolver = resolve_by_system,
        tls: ssl.SSLContext | None = None,
        timeout_seconds: float = 15.0,
    ) -> None:
        """Nothing is connected before the first message.

        Raises:
            EgressRefused: a server that is not ours alone would be talked to in clear.
        """
        if server.security is MailSecurity.NONE and not server.allow_private:
            raise EgressRefused(f"mail to {server.host} would leave unencrypted; use tls or starttls")
        self._server = server
        self._resolve = resolve
        self._tls = tls or ssl.create_default_context()
        self._timeout_seconds = timeout_seconds

    def send(self, message: EmailMessage, *, sender: str, recipient: str) -> None:
        """Hand one message to the server; when this returns, the server has taken it.

        Raises:
            MailRefused: the server said that it will never take it (a 5xx answer to sender, recipient or text).
            EgressFailed: the server was not reached, broke off, was too slow or asks to try later.
            EgressRefused: its address, its certificate or its lack of TLS is against the rules.
        """
        try:
            with self._connected() as smtp:
                smtp.send_message(message, from_addr=sender, to_addrs=[recipient])
        except smtplib.SMTPRecipientsRefused as exc:
            raise _refusal(next(iter(exc.recipients.values()))[0], "RECIPIENT") from exc
        except smtplib.SMTPSenderRefused as exc:
            raise _refusal(exc.smtp_code, "SENDER") from exc
        except smtplib.SMTPDataError as exc:
            raise _refusal(exc.smtp_code, "TEXT") from exc
        except smtplib.SMTPNotSupportedError as exc:
            raise EgressRefused(f"the mail server {self._server.host} does not offer what was asked of it") from exc
        except ssl.SSLCertVerificationError as exc:
            raise EgressRefused(f"the certificate of the mail server {self._server.host} is not trusted") from exc
        except (smtplib.SMTPException, OSError) as exc:
            raise EgressFailed(f"the mail server {self._server.host} took no message: {type(exc).__name__}") from exc

    @contextlib.contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        server = self._server
        smtp = _PinnedSmtp(server, address=self._address(), tls=self._tls, timeout=self._timeout_seconds)
        with smtp:
            if server.security is MailSecurity.STARTTLS:
                smtp.starttls(context=self._tls)
            if server.user:
                smtp.login(server.user, server.password)
            yield smtp

    def _address(self) -> str:
        server = self._server
        try:
            addresses = list(self._resolve(server.host, server.port))
        except OSError as exc:
            raise EgressFailed(f"{server.host} has no address: {exc}") from exc
        if not addresses:
            raise EgressFailed(f"{server.host} has no address")
        origin = AllowedOrigin("smtp", server.host, server.port, allow_private=server.allow_private)
        for address in addresses:
            check_address(address, origin=origin)
        return addresses[0]


class _PinnedSmtp(smtplib.SMTP):
    """Connects to the checked address; TLS still checks the certificate against the server's name."""

    def __init__(self, server: MailServer, *, address: str, tls: ssl.SSLContext, timeout: float) -> None:
        self._pinned = address
        self._implicit_tls = tls if server.security is MailSecurity.TLS else None
        # Our own name is nobody's business; the server knows our address anyway.
        super().__init__(server.host, server.port, local_hostname="localhost", timeout=timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((self._pinned, port), timeout)
        if self._implicit_tls is None:
            return plain
        try:
            return self._implicit_tls.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise


def _refusal(code: int, what: str) -> MailRefused | EgressFailed:
    if code in _PERMANENT:
        return MailRefused(f"{what}_REFUSED", f"the mail server refused the {what.lower()} for good ({code})")
    return EgressFailed(f"the mail server asks to try again later ({code})")
