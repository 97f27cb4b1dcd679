"""`vidimus dossier submit-linked|linked|take-back`: several procedures by one filing, and asking dossiers back."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.books import show_rows
from api.cli.console import Console, Form, Format, Lang, open_console
from api.cli.either import open_either
from api.cli.linked_desk import LinkedThere, linked_here
from api.cli.place import Place, anywhere
from api.cli.target import Row
from api.cli.vault_group import AsHolder, Holder
from api.errors import RequestInvalid

_Reason = Annotated[str, typer.Option(help="Why; the agency reads it.")]


@anywhere
def submit_linked(
    procedures: Annotated[
        list[str],
        typer.Argument(metavar="PROCEDURE", help="The procedures in their order; the first names the others."),
    ],
    *,
    choose: Annotated[
        list[str] | None, typer.Option(metavar="PROCEDURE/REQUIREMENT=RECORD", help="Which paper for what.")
    ] = None,
    bring: Annotated[
        list[str] | None, typer.Option(metavar="PROCEDURE/REQUIREMENT", help="What is brought in person.")
    ] = None,
    consent: Annotated[
        list[str] | None, typer.Option(metavar="PROCEDURE", help="The holder agrees for this one; name each.")
    ] = None,
    holder_id: AsHolder = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """File dossiers together, all or none; each has a consent of its own. At a server only by --login."""
    console = open_console(lang)
    parts: dict[str, Row] = {
        one: {"procedure_id": one, "chosen": {}, "brought_in_person": [], "consent": one in (consent or ())}
        for one in procedures
    }
    for text in choose or ():
        named, _, record_id = text.partition("=")
        part, requirement_id = _place(parts, named)
        part["chosen"][requirement_id] = record_id
    for text in bring or ():
        part, requirement_id = _place(parts, text)
        part["brought_in_person"].append(requirement_id)
    with open_either(console, place, here=linked_here, there=LinkedThere) as desk:
        _show(console, [desk.file(holder_id, {"parts": list(parts.values())})], form=form)


@anywhere
def list_linked(holder_id: Holder = None, *, place: Place, form: Form = Format.TEXT, lang: Lang = None) -> None:
    """List what a holder filed together, each dossier with its step and code."""
    console = open_console(lang)
    with open_either(console, place, here=linked_here, there=LinkedThere) as desk:
        _show(console, desk.filings(holder_id), form=form)


@anywhere
def take_back(
    dossier: Annotated[str, typer.Argument(metavar="ID", help="Id of a dossier, or with --linked of a filing.")],
    *,
    linked: Annotated[bool, typer.Option("--linked", help="Everything of a linked filing that has not ended.")] = False,
    reason: _Reason = "",
    holder_id: AsHolder = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Ask a dossier back (code 7), or all of a linked filing; the agency stops it, or says why it goes on."""
    console = open_console(lang)
    with open_either(console, place, here=linked_here, there=LinkedThere) as desk:
        if linked:
            _show(console, [desk.take_back(holder_id, dossier, reason)], form=form)
            return
        told = desk.take_one_back(holder_id, dossier, reason)
    row = {key: told[key] for key in ("submission_id", "procedure_id", "status")}
    show_rows(console, [row if form is Format.TEXT else told], form=form)


def _place(parts: dict[str, Row], text: str) -> tuple[Row, str]:
    procedure_id, is_pair, requirement_id = text.partition("/")
    if not is_pair or procedure_id not in parts:
        raise RequestInvalid(f"{text!r} names no PROCEDURE/REQUIREMENT of those that are filed", field="chosen")
    return parts[procedure_id], requirement_id


def _show(console: Console, found: list[Row], *, form: Format) -> None:
    rows = [
        {"filing_id": one["filing_id"]}
        | {key: dossier[key] for key in ("submission_id", "procedure_id", "step", "status")}
        for one in found
        for dossier in one["submissions"]
    ]
    show_rows(console, rows if form is Format.TEXT else found, form=form)
