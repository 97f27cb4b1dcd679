"""`vidimus case delivery|deliver|sheet`: choose how a case is delivered, hand the copies over, print the sheet to sign."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.books import show_rows
from api.cli.case_desk import open_case_desk
from api.cli.console import Form, Format, Lang, open_console
from api.cli.outputs import new_file
from api.cli.place import Place, anywhere
from api.cli.target import Row
from certify.case import Delivery
from certify.counter import PersonRole, SeenBy

_As = Annotated[
    str | None, typer.Option("--as", metavar="LOGIN", help="Who acts; not with --server, where the way in says it.")
]
_CaseId = Annotated[str, typer.Argument(help="Id of the case.")]


@anywhere
def choose(
    case_id: _CaseId,
    way: Annotated[Delivery | None, typer.Argument(help="The way; left out, how it is delivered is told.")] = None,
    *,
    email: Annotated[str, typer.Option(help="Address of the mailed link.")] = "",
    address_file: Annotated[Path | None, typer.Option(help="File with the postal address.")] = None,
    officer: _As = None,
    place: Place,
    form: Form = Format.JSON,
    lang: Lang = None,
) -> None:
    """Choose how a case is delivered and where to, or tell it with what was handed over."""
    console = open_console(lang)
    address = address_file.read_text(encoding="utf-8") if address_file else ""
    terms: Row = {"email": email, "address": address, "language": console.language}
    with open_case_desk(console, place, officer=officer) as desk:
        told = desk.delivery(case_id, {"way": way.value, "terms": terms} if way else None)
    show_rows(console, [told], form=form)


@anywhere
def hand_over(
    case_id: _CaseId,
    *,
    received_by: Annotated[PersonRole | None, typer.Option(help="Who of the case takes the copies.")] = None,
    seen_by: Annotated[SeenBy | None, typer.Option(help="How the identity was seen.")] = None,
    carrier: Annotated[str, typer.Option(help="Who carries the letter.")] = "",
    tracking: Annotated[str, typer.Option(help="Under which number.")] = "",
    officer: _As = None,
    place: Place,
    form: Form = Format.JSON,
    lang: Lang = None,
) -> None:
    """Hand the copies of a completed case over: mail the links, or note who took them or which post."""
    console = open_console(lang)
    asked: Row = {"carrier": carrier, "tracking_id": tracking}
    asked |= {"received_by": received_by.value} if received_by else {}
    asked |= {"seen_by": seen_by.value} if seen_by else {}
    with open_case_desk(console, place, officer=officer) as desk:
        show_rows(console, [desk.hand_over(case_id, asked)], form=form)


@anywhere
def write_sheet(
    case_id: _CaseId,
    *,
    out: Annotated[Path, typer.Option(help="Where the PDF is written; a file that is there stays.")],
    officer: _As = None,
    place: Place,
    lang: Lang = None,
) -> None:
    """Write the sheet on which the receiver signs for the copies."""
    console = open_console(lang)
    with open_case_desk(console, place, officer=officer) as desk, new_file(out) as target:
        desk.write_sheet(case_id, target)
    console.result(str(out))
