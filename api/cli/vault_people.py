"""`vidimus vault mandates|mandate|end-mandate|death`: who acts for whose vault, by document; here or at a server."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from api.cli.books import show_rows
from api.cli.console import Form, Format, Lang, open_console
from api.cli.mandate_desk import open_mandate_desk
from api.cli.place import Place, anywhere
from api.cli.target import Row, open_desk
from api.errors import RequestInvalid
from vault.mandates import MandateKind

Agency = Annotated[
    str | None, typer.Option(help="Code of the agency that saw the document; with --server the own one, unnamed.")
]
Document = Annotated[str, typer.Option(help="Number of the document.")]
_KEPT = ("mandate_id", "person_id", "kind", "covers", "may_act", "ends_at", "ended_at")


@anywhere
def mandates(
    holder_id: Annotated[
        str | None, typer.Argument(metavar="[HOLDER_ID]", help="Id of the holder; not with --server.")
    ] = None,
    *,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """List who may act for a vault, and who might before; by ids, without names. With --server for one's own vault."""
    console = open_console(lang)
    with open_desk(console, place) as desk:
        found = desk.representatives(holder_id)
    show_rows(console, [_row(one) for one in found], form=form)


@anywhere
def mandate(
    holder: Annotated[str, typer.Argument(metavar="NUMBER", help="Number of the holder whose vault is opened.")],
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Number of the person who acts.")],
    *,
    kind: Annotated[MandateKind, typer.Option(help="By what right.")],
    document: Document,
    agency: Agency = None,
    organisation: Annotated[bool, typer.Option("--organisation", help="The holder is an organisation.")] = False,
    read_only: Annotated[bool, typer.Option("--read-only", help="Read, and share nothing.")] = False,
    doc_type: Annotated[list[str] | None, typer.Option(help="Only papers of this type; may be repeated.")] = None,
    until: Annotated[str | None, typer.Option(help="The last day, such as 2027-06-30.")] = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Enter a mandate by document; both have a vault here. One of a minor's ends by itself at 18."""
    console = open_console(lang)
    asked = {
        "holder": {"number": holder, "kind": "ORGANISATION" if organisation else "PERSON"},
        "person": {"number": person},
        "kind": kind.value,
        "document_number": document,
        "covered_types": list(doc_type or ()),
        "may_act": not read_only,
        "ends_on": _day(until),
    }
    with open_mandate_desk(console, place, agency=agency) as desk:
        show_rows(console, [_row(desk.enter(asked))], form=form)


@anywhere
def end_mandate(
    mandate_id: Annotated[str, typer.Argument(metavar="MANDATE_ID", help="Id of the mandate.")],
    *,
    document: Document,
    agency: Agency = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """End a mandate that the agency entered, by a document such as a court's decision."""
    console = open_console(lang)
    with open_mandate_desk(console, place, agency=agency) as desk:
        show_rows(console, [_row(desk.end(mandate_id, document=document))], form=form)


@anywhere
def death(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Number of the person who died.")],
    *,
    document: Document,
    agency: Agency = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Freeze the vault of a person who died: shares, consents, mandates and every way in end at once."""
    console = open_console(lang)
    with open_mandate_desk(console, place, agency=agency) as desk:
        show_rows(console, [desk.note_death(number, document=document)], form=form)


def _row(one: Row) -> Row:
    return {name: one[name] for name in _KEPT}


def _day(text: str | None) -> str | None:
    try:
        return date.fromisoformat(text).isoformat() if text else None
    except ValueError as exc:
        raise RequestInvalid(f"--until {text!r} is no day such as 2027-06-30", field="until") from exc
