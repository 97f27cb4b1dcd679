"""`vidimus dossier package|sign-package|check-package`: a dossier as one file that others open, signed by its applicant."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Annotated

import typer

from api.cli.books import show_rows
from api.cli.console import Form, Format, Lang, open_console
from api.cli.dossier_groups import AsAgency, dossier_group
from api.cli.exits import Exit
from api.cli.outputs import new_file
from api.cli.pins import ask_pin
from api.cli.place import Place, anywhere
from api.cli.target import open_desk
from api.cli.vault_group import AsHolder
from api.errors import RequestInvalid
from dossiers.packages import PackageState

_KEY_BYTES = 32
Submission = Annotated[str, typer.Argument(help="Id of the dossier.")]


@dossier_group.command("package")
@anywhere
def take_package(
    submission_id: Submission,
    *,
    out: Annotated[Path, typer.Option(help="Where the container is written; a file that is there stays.")],
    received: Annotated[
        bool, typer.Option("--received", help="As the agency it was filed with; each paper is a fetch the holder sees.")
    ] = False,
    agency: AsAgency = None,
    holder_id: AsHolder = None,
    place: Place,
    lang: Lang = None,
) -> None:
    """Write a dossier by copy into one file (ASiC-E): form, receipt of consent and papers, sealed."""
    console = open_console(lang)
    with open_desk(console, place) as desk, new_file(out) as target:
        if received:
            desk.write_received_package(agency, submission_id, target)
        else:
            desk.write_package(holder_id, submission_id, target)
    console.result(str(out))


@dossier_group.command("sign-package")
@anywhere
def sign_package(
    submission_id: Submission,
    *,
    p12: Annotated[Path, typer.Option(help="The applicant's own key and certificate; the key stays on this machine.")],
    pin_fd: Annotated[int | None, typer.Option(help="Read the file's PIN from this descriptor.")] = None,
    pin_file: Annotated[Path | None, typer.Option(help="Read the file's PIN from this file.")] = None,
    holder_id: AsHolder = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Sign form and package of an own dossier with the applicant's certificate."""
    # Imported when there is a key to open: the other commands here need none of it.
    from keys.pkcs12_read import open_pkcs12  # noqa: PLC0415

    # As above.
    from keys.private import sign_with  # noqa: PLC0415

    console = open_console(lang)
    with open_desk(console, place) as desk:
        opened = open_pkcs12(p12.read_bytes(), key_id="applicant", pin=ask_pin(pin_fd, pin_file))
        own = {
            "certificate": base64.b64encode(opened.certificate_der).decode(),
            "chain": [base64.b64encode(one).decode() for one in opened.chain_der],
        }
        question = desk.ask_package_signature(holder_id, submission_id, own)
        signature = sign_with(opened.private_key, base64.b64decode(question["to_be_signed"]))
        answer = {
            "signature": base64.b64encode(signature).decode(),
            "signing_time": question["signing_time"],
        }
        marks = desk.keep_package_signature(holder_id, submission_id, own | answer)
    show_rows(console, marks["items"], form=form)


@dossier_group.command("check-package")
def check_package(
    file: Annotated[Path, typer.Argument(help="A container that came from anywhere.")],
    *,
    sender: Annotated[
        list[str] | None,
        typer.Option(
            "--sender", metavar="HEX", help="Public key (Ed25519, 32 bytes) under which a sender signs its list."
        ),
    ] = None,
    form: Form = Format.JSON,
    lang: Lang = None,
) -> None:
    """Judge a container, here: whole, by whom signed, its list of papers true and of a known sender. Exits 20 or 21 when not."""
    # Imported late: the other commands here may act elsewhere without a database.
    from api.acts.packages import check_package as check  # noqa: PLC0415

    # As above.
    from api.services import open_services  # noqa: PLC0415

    console = open_console(lang)
    senders = tuple(_key(one) for one in sender or ())
    with open_services(console.settings, with_worker=False) as services:
        told = check(services, file.read_bytes(), senders=senders)
    show_rows(console, told["signatures"] if form is Format.TEXT else [told], form=form)
    if not told["is_whole"] or told["package"] == PackageState.INVALID:
        raise typer.Exit(Exit.VERIFICATION_FAILED)
    if told["package"] == PackageState.UNKNOWN_KEY or any(one["trust"] is not None for one in told["signatures"]):
        raise typer.Exit(Exit.NOT_CONFIRMED)


def _key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError as exc:
        raise RequestInvalid("a sender's key is 64 hexadecimal digits", field="sender") from exc
    if len(key) != _KEY_BYTES:
        raise RequestInvalid("a sender's key is 64 hexadecimal digits", field="sender")
    return key
