"""`vidimus vault export|erase|import|move-in`: take a vault along, erase, bring earlier scans and packages in."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from api.acts import moving_in
from api.cli.books import show_rows
from api.cli.console import Form, Format, Lang, open_console
from api.cli.outputs import new_file
from api.cli.place import Place, anywhere
from api.cli.target import open_desk
from api.cli.vault_group import AsHolder, Holder
from api.errors import RequestInvalid
from api.services import open_services
from vault.bags import open_bag
from vault.details import PaperDetails

Agency = Annotated[str, typer.Option(help="Code of the agency that takes them over.")]


@anywhere
def export(
    holder_id: Holder = None,
    *,
    out: Annotated[Path, typer.Option(help="Where the package is written; a file that is there stays.")],
    place: Place,
    lang: Lang = None,
) -> None:
    """Write everything a vault holds and knows as one BagIt package (ZIP); the holder sees that it was taken."""
    console = open_console(lang)
    with open_desk(console, place) as desk, new_file(out) as target:
        desk.write_export(holder_id, target)
    console.result(str(out))


@anywhere
def erase(
    record_ids: Annotated[list[str], typer.Argument(metavar="RECORD_ID…", help="Ids of the papers.")],
    *,
    holder_id: AsHolder = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; nobody can bring them back.")] = False,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Erase papers for ever; here as their holder asked in writing. What a law keeps is refused."""
    console = open_console(lang)
    with open_desk(console, place) as desk:
        if not yes and not typer.confirm("Erase for ever?", err=True):
            raise typer.Exit(130)
        erased = desk.erase(holder_id, record_ids)
    show_rows(console, [{"record_id": one} for one in erased], form=form)


def import_scans(
    listed: Annotated[Path, typer.Argument(metavar="LIST.csv", help="Rows with the columns of the how-to.")],
    *,
    agency: Agency,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Bring scans of an earlier system in at level 1; each row names a PDF beside the list."""
    console = open_console(lang)
    rows = []
    with (
        listed.open(newline="", encoding="utf-8-sig") as lines,
        open_services(console.settings, with_worker=False) as services,
    ):
        for number, row in enumerate(csv.DictReader(lines), start=2):
            moved = moving_in.import_scan(services, _scan(listed, row, number=number), agency_code=agency)
            rows.append({"row": number, "uri": moved.uri, "level": moved.assurance_level, "reason": moved.reason})
    show_rows(console, rows, form=form)


def move_in(
    package: Annotated[Path, typer.Argument(metavar="PACKAGE.zip", help="A package of `vidimus vault export`.")],
    *,
    agency: Agency,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Take over a vault from another Vidimus: every digest is checked, addresses stay, levels must be proven anew."""
    console = open_console(lang)
    bag = open_bag(package)
    with open_services(console.settings, with_worker=False) as services:
        moved = moving_in.move_in(services, bag, agency_code=agency)
    rows = [{"uri": one.uri, "level": one.assurance_level, "reason": one.reason} for one in moved]
    show_rows(console, rows, form=form)


def _scan(listed: Path, row: dict[str, str], *, number: int) -> moving_in.EarlierScan:
    try:
        name = Path(row["file"])
        if name.is_absolute() or ".." in name.parts:
            raise RequestInvalid(f"row {number}: the file lies beside the list or below it", field="file")
        return moving_in.EarlierScan(
            holder_number=row["number"],
            holder_name=row["name"],
            doc_type=row["doc_type"],
            issuer=row["issuer"],
            source=row["source"],
            content=(listed.parent / name).read_bytes(),
            birth_date=date.fromisoformat(row["birth_date"]) if row.get("birth_date") else None,
            issued_on=date.fromisoformat(row["issued_on"]) if row.get("issued_on") else None,
            details=PaperDetails(original_number=row.get("original_number") or None),
        )
    except (KeyError, ValueError) as exc:
        raise RequestInvalid(
            f"row {number} of the list lacks a column or has a day that is none", field="list"
        ) from exc
