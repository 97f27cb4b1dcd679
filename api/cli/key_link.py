"""`vidimus key link`: make a key that lies on a token, at a remote signing service or in its owner's machine known here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from api.cli.books import Books, open_books
from api.cli.console import Language, open_console
from api.cli.key_owner import ForAgency, ForHolder, ForUser, PinFd, PinFile, known_issuers, owner_of
from api.cli.pins import read_pin
from api.errors import RequestInvalid
from certify import KeyPlace, enrol_key, find_entry
from keys import Attendance, Credential, KeyExists, Pin, read_certificates

_PLACES: Final = {"pkcs11": KeyPlace.PKCS11, "csc": KeyPlace.CSC, "agent": KeyPlace.USB}


def link(
    key_id: Annotated[str, typer.Argument(metavar="KEY", help="Id under which the key is known here.")],
    location: Annotated[
        str,
        typer.Argument(
            metavar="URI",
            help="pkcs11:token=NAME;id=%01, csc:CREDENTIAL, or agent: for a token in its owner's machine.",
        ),
    ],
    *,
    for_user: ForUser = None,
    for_agency: ForAgency = None,
    for_holder: ForHolder = None,
    replaces: Annotated[str | None, typer.Option(help="The owner's key until now; it is retired.")] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="The certificate, PEM or DER, of a token that cannot be asked for it here.")
    ] = None,
    unattended: Annotated[bool, typer.Option("--unattended", help="Nobody is present when it signs: a seal.")] = False,
    pin_fd: PinFd = None,
    pin_file: PinFile = None,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Make a key that lies elsewhere the signing key of its owner; its certificate is read there, no PIN is tried."""
    console = open_console(lang)
    pin = read_pin(pin_fd, pin_file)
    if unattended and pin is None:
        raise RequestInvalid("an unattended key needs its PIN: --pin-fd or --pin-file", field="pin")
    place = _PLACES.get(location.partition(":")[0])
    if place is None:
        raise RequestInvalid("a key is linked as pkcs11:, csc: or agent:", field="location")
    with open_books(console) as books:
        new = owner_of(books, key_id, for_user=for_user, for_agency=for_agency, for_holder=for_holder)
        new = replace(new, place=place, replaces_key_id=replaces)
        credential = _link(books, key_id, location=location, certificate=certificate, pin=pin if unattended else None)
        with books.database.transaction() as tx:
            enrol_key(tx, new, certificate_der=credential.certificate_der, act=books.act())
    console.result(f"{credential.key_id}  {credential.algorithm.value}")


def _link(books: Books, key_id: str, *, location: str, certificate: Path | None, pin: Pin | None) -> Credential:
    try:
        return books.keystore.link(
            key_id,
            location=location,
            attendance=Attendance.BY_PERSON if pin is None else Attendance.UNATTENDED,
            pin=pin,
            certificates_der=read_certificates(certificate.read_bytes()) if certificate else (),
            issuers_der=known_issuers(books),
        )
    except KeyExists:
        with books.database.read() as tx:
            if find_entry(tx, key_id) is not None or not books.keystore.is_linked(key_id, location=location):
                raise
        # The store has this very link and the inventory has not: a run that was cut short, or an older link.
        return books.keystore.credential(key_id)
