"""The way out for mail: one server, at a checked address, under TLS, and no downgrade."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from guard import EgressFailed, EgressRefused, MailDoor, MailRefused, MailSecurity, MailServer
from tests.mail_server import MailHost, serve_mail, tls_of

# Each has a server of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


def letter() -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Có thông báo mới"
    message["Message-ID"] = "<01ARZ3NDEKTSV4RRFFQ69G5FAV@thi-du.example>"
    message.set_content("Một bản sao đã bị hủy bỏ.\n")
    return message


@contextmanager
def door_to(folder: Path, host: MailHost, *, name: str = "localhost", **more: Any) -> Iterator[MailDoor]:
    server_tls, trusted = tls_of(folder, name=name, at=datetime.now(UTC))
    is_plain = more.get("security") is MailSecurity.NONE
    host.tls = None if is_plain else server_tls
    with serve_mail(host):
        server = MailServer("localhost", host.port, **{"allow_private": True, **more})
        yield MailDoor(
            server,
            resolve=lambda _host, _port: ["127.0.0.1"],
            tls=ssl.create_default_context(cafile=str(trusted)),
            timeout_seconds=5,
        )


def send(door: MailDoor) -> None:
    door.send(letter(), sender="no-reply@thi-du.example", recipient="an@thi-du.example")


@pytest.mark.parametrize("security", [MailSecurity.TLS, MailSecurity.STARTTLS])
def test_a_mail_is_handed_over_under_tls_after_signing_in(certificates: Path, security: MailSecurity) -> None:
    host = MailHost(offers_starttls=security is MailSecurity.STARTTLS, user="vidimus", password="a secret")
    with door_to(certificates, host, security=security, user="vidimus", password="a secret") as door:
        send(door)
    (got,) = host.received
    assert (got["Subject"], host.recipients, host.saw_tls) == ("Có thông báo mới", ["an@thi-du.example"], [True])
    assert got.get_content() == "Một bản sao đã bị hủy bỏ.\r\n"


def test_a_server_that_offers_no_tls_gets_nothing(certificates: Path) -> None:
    host = MailHost()
    with door_to(certificates, host, security=MailSecurity.STARTTLS) as door:
        host.tls = None
        with pytest.raises(EgressRefused):
            send(door)
    assert (host.received, host.recipients) == ([], [])


def test_a_certificate_for_another_name_is_refused(certificates: Path) -> None:
    host = MailHost()
    with door_to(certificates, host, name="elsewhere.example") as door, pytest.raises(EgressRefused):
        send(door)
    assert host.received == []


def test_a_wrong_password_sends_nothing(certificates: Path) -> None:
    host = MailHost(user="vidimus", password="right")
    with door_to(certificates, host, user="vidimus", password="wrong") as door, pytest.raises(EgressFailed) as refused:
        send(door)
    assert host.received == []
    assert "wrong" not in str(refused.value)


@pytest.mark.parametrize(
    ("faults", "error", "code"),
    [
        ({"recipient_code": 550}, MailRefused, "RECIPIENT_REFUSED"),
        ({"text_code": 554}, MailRefused, "TEXT_REFUSED"),
        ({"recipient_code": 450}, EgressFailed, None),
        ({"text_code": 451}, EgressFailed, None),
        ({"breaks_off_after_message": True}, EgressFailed, None),
    ],
)
def test_a_refusal_for_good_is_told_from_one_for_now(
    certificates: Path, faults: dict[str, Any], error: type[Exception], code: str | None
) -> None:
    with door_to(certificates, MailHost(**faults)) as door, pytest.raises(error) as refused:
        send(door)
    assert getattr(refused.value, "code", None) == code
    assert "an@thi-du.example" not in str(refused.value)


def test_a_server_in_a_private_network_needs_its_setting(certificates: Path) -> None:
    host = MailHost()
    with door_to(certificates, host, allow_private=False) as door, pytest.raises(EgressRefused, match="private"):
        send(door)
    assert host.connections == 0


def test_mail_leaves_in_clear_only_to_a_server_that_is_ours_alone(certificates: Path) -> None:
    with pytest.raises(EgressRefused, match="unencrypted"):
        MailDoor(MailServer("mail.example", 25, security=MailSecurity.NONE))
    host = MailHost()
    with door_to(certificates, host, security=MailSecurity.NONE) as door:
        send(door)
    assert host.saw_tls == [False]


def test_a_server_that_is_not_there_is_tried_again_later() -> None:
    nowhere = MailServer("localhost", 9, allow_private=True)
    for answer in (["127.0.0.1"], []):
        door = MailDoor(nowhere, resolve=lambda _host, _port, found=answer: found, timeout_seconds=2)  # type: ignore[misc]
        with pytest.raises(EgressFailed):
            send(door)
