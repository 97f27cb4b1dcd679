"""Whose key it is: the options and the entry that every command shares which brings a key into the office."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from api.cli.books import Books, staff_id_of
from api.errors import RequestInvalid
from certify import Attestation, NewCredential, OwnerKind, get_agency
from keys import TrustFolderEmpty, load_trust_folder
from vault import get_holder

ForUser = Annotated[str | None, typer.Option(help="Login name of the officer who signs with it.")]
ForAgency = Annotated[str | None, typer.Option(help="Code of the agency whose seal it is.")]
ForHolder = Annotated[str | None, typer.Option(help="Id of the citizen whose key it is.")]
PinFd = Annotated[int | None, typer.Option(help="Read the PIN from this open file descriptor.")]
PinFile = Annotated[Path | None, typer.Option(help="Read the PIN from this file.")]


def owner_of(
    books: Books, key_id: str, *, for_user: str | None, for_agency: str | None, for_holder: str | None
) -> NewCredential:
    """Give the entry of a key with its one owner.

    Raises:
        RequestInvalid: no owner was named, or several.
    """
    named = [name for name in (for_user, for_agency, for_holder) if name is not None]
    if len(named) != 1:
        raise RequestInvalid("name one owner: --for-user, --for-agency or --for-holder", field="owner")
    with books.database.read() as tx:
        if for_user is not None:
            return NewCredential(key_id, OwnerKind.PERSONAL, staff_id_of(tx, for_user))
        if for_agency is not None:
            return NewCredential(key_id, OwnerKind.AGENCY, get_agency(tx, for_agency).code)
        return NewCredential(key_id, OwnerKind.CITIZEN, get_holder(tx, named[0]).holder_id)


def attested(new: NewCredential, statement: Path | None) -> NewCredential:
    """Note what the device says about the key by its digest; nobody checks it."""
    if statement is None:
        return new
    digest = hashlib.sha256(statement.read_bytes()).hexdigest()
    return replace(new, attestation=Attestation.DEVICE_CLAIMED, attestation_sha256_hex=digest)


def known_issuers(books: Books) -> tuple[bytes, ...]:
    """Give the certificates of the home's trust folder, to complete chains with."""
    try:
        anchors = load_trust_folder(books.home.trust, mode=books.home.mode)
    except TrustFolderEmpty:
        return ()
    return (*anchors.intermediates_der, *anchors.roots_der)
