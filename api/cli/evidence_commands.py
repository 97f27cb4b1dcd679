"""`vidimus audit find|findings|bundle|check-bundle`: the auditor here or at a server, and a bundle checked anywhere."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from api.acts.audit import check_bundle
from api.acts.proofs import log_key
from api.cli.book_desk import open_book_desk
from api.cli.books import show_rows
from api.cli.console import Form, Format, Lang, open_console
from api.cli.outputs import new_file
from api.cli.place import Place, anywhere
from api.errors import RequestInvalid
from api.services import open_services
from keys import read_trust_bundle
from vault import LogKey

_Agency = Annotated[str, typer.Argument(help="Code of the agency.")]


@anywhere
def find_lines(
    agency: _Agency,
    *,
    number: Annotated[int | None, typer.Option(min=1, help="The register's number.")] = None,
    code: Annotated[str | None, typer.Option(help="Code of a copy.")] = None,
    day: Annotated[str | None, typer.Option(help="A day of the office, such as 2026-11-28.")] = None,
    person: Annotated[str | None, typer.Option(help="Id of who acted.")] = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """List numbers of the register by number, code, day or person acting, newest first."""
    console = open_console(lang)
    wanted = {"number": number, "code": code, "day": _day(day), "person": person}
    with open_book_desk(console, place, agency=agency) as desk:
        show_rows(console, desk.find(agency, wanted), form=form)


@anywhere
def list_findings(agency: _Agency, *, place: Place, form: Form = Format.TEXT, lang: Lang = None) -> None:
    """List what deserves a second look in the books of an agency: gaps, lost lines, voids, overrides, late seals."""
    console = open_console(lang)
    kept = ("number", "kind", "code", "item_id")
    rows = []
    with open_book_desk(console, place, agency=agency) as desk:
        for book in desk.books(agency):
            rows += [
                {"book": book["display"]} | {name: one[name] for name in kept} for one in desk.findings(book["book_id"])
            ]
    show_rows(console, rows, form=form)


@anywhere
def write_bundle(
    code: Annotated[str, typer.Argument(help="Code of the certified copy.")],
    target: Annotated[Path, typer.Argument(help="File to write; one that is there stays.")],
    *,
    reason: Annotated[
        str, typer.Option(help="Why: REVIEW, COMPLAINT, ERROR_FOUND, AUTHORITY_ASKS, by the country's list.")
    ],
    words: Annotated[str, typer.Option(help="Why, in a sentence that the holder reads.")],
    auditor: Annotated[
        str | None,
        typer.Option("--as", metavar="AUDITOR", help="Login name; the holder sees who read. Not with --server."),
    ] = None,
    place: Place,
    lang: Lang = None,
) -> None:
    """Write the evidence of one copy as a ZIP: copy, row, delegation, approval, history, proof, report."""
    console = open_console(lang)
    with open_book_desk(console, place, officer=auditor, acts=True) as desk, new_file(target) as file:
        desk.write_evidence(code, file, reason=reason, words=words)
    console.result(str(target))


def check_evidence(
    bundle: Annotated[Path, typer.Argument(help="A bundle of evidence.")],
    *,
    trust: Annotated[Path | None, typer.Option(help="Trust bundle of the office; else this home's own log.")] = None,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Check without a network that the parts of a bundle belong together and that the log holds its copy."""
    console = open_console(lang)
    if trust is not None:
        found = read_trust_bundle(trust)
        key = LogKey(found.log_origin, found.log_key_raw)
    else:
        with open_services(console.settings, with_worker=False) as services:
            key = log_key(services)
    checked = check_bundle(bundle.read_bytes(), key=key)
    told = {
        "code": checked.code,
        "number": checked.number,
        "sha256": checked.sha256_hex,
        "log": checked.proven.checkpoint.origin,
        "log_size": checked.proven.checkpoint.size,
    }
    show_rows(console, [told], form=form)


def _day(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as exc:
        raise RequestInvalid(f"{text!r} is no day such as 2026-11-28", field="day") from exc
