"""`vidimus register annul|original|correct|recall`: putting a certified copy right, here or at a server."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from api.cli.book_desk import open_book_desk
from api.cli.console import Form, Format, Lang, open_console
from api.cli.place import Place, anywhere

_Code = Annotated[str, typer.Argument(help="Code of the certified copy.")]
_Officer = Annotated[
    str | None,
    typer.Option("--as", metavar="OFFICER", help="Login name of the officer who orders it; not with --server."),
]
_Reason = Annotated[str, typer.Option(help="Why, as a code such as WRONG_ORIGINAL.")]


class Change(StrEnum):
    """What its issuer did to the original."""

    REPLACED = "REPLACED"
    REVOKED = "REVOKED"


@anywhere
def annul(
    code: _Code,
    *,
    officer: _Officer = None,
    decision: Annotated[str, typer.Option(help="Number of the decision; it stands on the copy for ever.")],
    reason: _Reason,
    place: Place,
    lang: Lang = None,
) -> None:
    """Annul a wrongful certification by a numbered decision."""
    console = open_console(lang)
    with open_book_desk(console, place, officer=officer, acts=True) as desk:
        console.result_json(desk.annul(code, {"decision_number": decision, "reason": reason}))


@anywhere
def original(
    code: _Code,
    *,
    officer: _Officer = None,
    change: Annotated[Change, typer.Option(help="What the issuer did.")],
    reason: _Reason = "ISSUER_NOTICE",
    place: Place,
    lang: Lang = None,
) -> None:
    """Note that the original of a copy was replaced or revoked by its issuer."""
    console = open_console(lang)
    with open_book_desk(console, place, officer=officer, acts=True) as desk:
        console.result_json(desk.change_original(code, {"change": change.value, "reason": reason}))


@anywhere
def correct(code: _Code, *, officer: _Officer = None, place: Place, lang: Lang = None) -> None:
    """Open a new item at no fee for a copy with our own mistake, and print its id; it supersedes the old one."""
    console = open_console(lang)
    with open_book_desk(console, place, officer=officer, acts=True) as desk:
        console.result(desk.correct(code))


@anywhere
def recall(
    code: _Code,
    *,
    officer: _Officer = None,
    holder: Annotated[
        str, typer.Option(help="Id of the holder in whose vault the copy belongs; with --server the number.")
    ],
    reason: _Reason = "MISDELIVERY",
    place: Place,
    form: Form = Format.JSON,
    lang: Lang = None,
) -> None:
    """Move a misdelivered copy into the right vault, and list who looked at it meanwhile."""
    console = open_console(lang)
    with open_book_desk(console, place, officer=officer, acts=True) as desk:
        told = desk.recall(code, holder=holder, reason=reason)
    if form is Format.TEXT:
        console.result(f"{told['record_id']}  {told['shares_ended']}  {told['grants_ended']}  {len(told['readings'])}")
        return
    console.result_json(told)
