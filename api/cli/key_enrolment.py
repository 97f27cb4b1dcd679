"""`vidimus key csr|install|import|renew`: a key comes into the office and gets its owner."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from api.cli.books import Books, open_books
from api.cli.console import Lang, open_console
from api.cli.key_owner import ForAgency, ForHolder, ForUser, PinFd, PinFile, attested, known_issuers, owner_of
from api.cli.pins import ask_pin
from api.errors import RequestInvalid
from certify import (
    Attestation,
    CredentialStatus,
    NewCredential,
    enrol_key,
    find_entry,
    get_entry,
    request_credential,
)
from keys import (
    Attendance,
    Credential,
    EnrolmentDesk,
    KeyAlgorithm,
    KeyExists,
    Pin,
    Subject,
    read_certificates,
)

_KeyId = Annotated[str, typer.Argument(help="Id of the key: a-z, 0-9, '.', '_' and '-'.")]
_Unattended = Annotated[
    bool, typer.Option("--unattended", help="Keep the PIN beside the key, so that it signs without a person.")
]
_AttestationFile = Annotated[
    Path | None,
    typer.Option("--attestation", help="What the device says about the key; its digest is noted, nobody checks it."),
]
_Certificate = Annotated[
    Path | None, typer.Option(help="Certificate for the request of this key, PEM or DER, with or without its chain.")
]
_Pkcs12 = Annotated[Path | None, typer.Option("--pkcs12", help="File with key and certificate.")]


@dataclass(frozen=True, slots=True)
class _Source:
    """Where key and certificate come from: a pending request with its certificate, or a PKCS#12 file."""

    certificate: Path | None
    pkcs12: Path | None
    pin: Pin
    unattended: bool


def csr(
    key_id: _KeyId,
    *,
    cn: Annotated[str, typer.Option(help="Common name of the certificate.")],
    o: Annotated[str, typer.Option("--o", help="Organisation.")],
    ou: Annotated[str, typer.Option("--ou", help="Organisational unit.")] = "",
    serial: Annotated[str, typer.Option(help="Serial number attribute, where the authority asks for one.")] = "",
    algorithm: Annotated[KeyAlgorithm, typer.Option(help="Kind of key.")] = KeyAlgorithm.ECDSA_P256_SHA256,
    out: Annotated[Path, typer.Option(help="Where the request is written (PEM).")],
    for_user: ForUser = None,
    for_agency: ForAgency = None,
    for_holder: ForHolder = None,
    pin_fd: PinFd = None,
    pin_file: PinFile = None,
    lang: Lang = None,
) -> None:
    """Make a key in software under a PIN, and write the request for its certificate (PKCS #10)."""
    console = open_console(lang)
    with open_books(console) as books:
        new = owner_of(books, key_id, for_user=for_user, for_agency=for_agency, for_holder=for_holder)
        new = replace(new, attestation=Attestation.SOFTWARE)
        pin = ask_pin(pin_fd, pin_file)
        desk = EnrolmentDesk(books.home.keys, mode=books.home.mode)
        subject = Subject(cn=cn, o=o, ou=ou, serial=serial)
        with books.database.transaction() as tx:
            request_credential(tx, new, act=books.act())
            # Before the commit: an entry without its key could never be completed.
            request_pem = desk.request(key_id, subject=subject, algorithm=algorithm, pin=pin, at=books.clock.now())
    out.write_bytes(request_pem)
    console.tell("cli.key.requested", key_id=key_id, path=out)


def install(
    key_id: _KeyId,
    *,
    certificate: Annotated[Path, typer.Option(help="The certificate, PEM or DER, with or without its chain.")],
    unattended: _Unattended = False,
    pin_fd: PinFd = None,
    pin_file: PinFile = None,
    lang: Lang = None,
) -> None:
    """Join a requested key with its certificate and make it the signing key of its owner."""
    console = open_console(lang)
    with open_books(console) as books:
        with books.database.read() as tx:
            entry = get_entry(tx, key_id)
        new = NewCredential(key_id, entry.kind, entry.owner_id)
        _enrol(books, new, _Source(certificate, None, ask_pin(pin_fd, pin_file), unattended))
    console.tell("cli.key.changed", key_id=key_id, status=CredentialStatus.ACTIVE.value)


def bring_in(
    key_id: _KeyId,
    *,
    pkcs12: Annotated[Path, typer.Option("--pkcs12", help="File with key, certificate and chain.")],
    for_user: ForUser = None,
    for_agency: ForAgency = None,
    for_holder: ForHolder = None,
    unattended: _Unattended = False,
    attestation: _AttestationFile = None,
    pin_fd: PinFd = None,
    pin_file: PinFile = None,
    lang: Lang = None,
) -> None:
    """Bring in a key that an authority handed over as PKCS#12, and make it the signing key of its owner."""
    console = open_console(lang)
    with open_books(console) as books:
        new = owner_of(books, key_id, for_user=for_user, for_agency=for_agency, for_holder=for_holder)
        new = attested(new, attestation)
        _enrol(books, new, _Source(None, pkcs12, ask_pin(pin_fd, pin_file), unattended))
    console.tell("cli.key.changed", key_id=key_id, status=CredentialStatus.ACTIVE.value)


def renew(
    key_id: _KeyId,
    *,
    successor: Annotated[str, typer.Option("--as", help="Id of the new key; a key is never overwritten.")],
    certificate: _Certificate = None,
    pkcs12: _Pkcs12 = None,
    unattended: _Unattended = False,
    attestation: _AttestationFile = None,
    pin_fd: PinFd = None,
    pin_file: PinFile = None,
    lang: Lang = None,
) -> None:
    """Give the owner of a key a new one, and retire the old; both certificates stay known."""
    if (certificate is None) == (pkcs12 is None):
        raise RequestInvalid("name either a certificate or a PKCS#12 file", field="certificate")
    console = open_console(lang)
    with open_books(console) as books:
        with books.database.read() as tx:
            old = get_entry(tx, key_id)
        new = NewCredential(successor, old.kind, old.owner_id, replaces_key_id=key_id)
        source = _Source(certificate, pkcs12, ask_pin(pin_fd, pin_file), unattended)
        _enrol(books, attested(new, attestation), source)
    console.tell("cli.key.renewed", key_id=key_id, successor=successor)


def _enrol(books: Books, new: NewCredential, source: _Source) -> None:
    """Put the key into the store, then note it; done again after a crash, it goes on where it stopped."""
    issuers_der = known_issuers(books)
    desk = EnrolmentDesk(books.home.keys, mode=books.home.mode)
    if source.certificate is not None:
        pkcs12 = desk.complete(
            new.key_id,
            certificates_der=read_certificates(source.certificate.read_bytes()),
            pin=source.pin,
            issuers_der=issuers_der,
        )
    else:
        pkcs12 = (source.pkcs12 or Path()).read_bytes()
    credential = _store(books, new, source, pkcs12=pkcs12, issuers_der=issuers_der)
    with books.database.transaction() as tx:
        enrol_key(tx, new, certificate_der=credential.certificate_der, act=books.act())
    desk.forget(new.key_id)


def _store(
    books: Books, new: NewCredential, source: _Source, *, pkcs12: bytes, issuers_der: tuple[bytes, ...]
) -> Credential:
    attendance = Attendance.UNATTENDED if source.unattended else Attendance.BY_PERSON
    try:
        return books.keystore.install(
            new.key_id,
            pkcs12=pkcs12,
            pin=source.pin,
            attendance=attendance,
            at=books.clock.now(),
            issuers_der=issuers_der,
        )
    except KeyExists:
        with books.database.read() as tx:
            entry = find_entry(tx, new.key_id)
        if entry is not None and entry.status is not CredentialStatus.REQUESTED:
            raise
        # The store has it and the inventory has not: a run that was cut short. Only who knows the PIN goes on.
        books.keystore.open_key(new.key_id, source.pin).close()
        return books.keystore.credential(new.key_id)
