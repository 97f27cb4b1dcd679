"""`vidimus agency merge|split|rename`: what a decision makes of agencies, on its day or looked at ahead; here or at a server."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli.console import Form, Format, Lang, Language, open_console
from api.cli.overseer_desk import open_overseer
from api.cli.place import Place, anywhere
from api.cli.target import Row

_On = Annotated[str, typer.Option("--on", help="First day, or instant, without what ends.")]
_Decision = Annotated[str, typer.Option(help="Number of the decision.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")]


@anywhere
def merge(
    codes: Annotated[list[str], typer.Argument(metavar="CODE…", help="Codes of the agencies that end.")],
    *,
    into: Annotated[str, typer.Option(help="Code of the agency that follows; add it before.")],
    on: _On,
    decision: _Decision,
    dry_run: _DryRun = False,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Merge agencies into one that is there: books close, seals end, cases, people and grants go on there."""
    _reform("MERGE", codes, [into], place=place, on=on, decision=decision, dry_run=dry_run, form=form, lang=lang)


@anywhere
def split(
    code: Annotated[str, typer.Argument(help="Code of the agency that ends.")],
    *,
    into: Annotated[list[str], typer.Option(help="Codes that follow; the first takes open cases and people.")],
    on: _On,
    decision: _Decision,
    dry_run: _DryRun = False,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Split an agency into others that are there; all of them see what it left."""
    _reform("SPLIT", [code], into, place=place, on=on, decision=decision, dry_run=dry_run, form=form, lang=lang)


@anywhere
def rename(
    code: Annotated[str, typer.Argument(help="Code of the agency with the old name.")],
    new_code: Annotated[str, typer.Argument(metavar="NEW", help="Code under which it goes on.")],
    *,
    name: Annotated[str, typer.Option(help="New name in Vietnamese.")],
    name_en: Annotated[str, typer.Option(help="New name in English.")],
    name_fr: Annotated[str, typer.Option(help="New name in French.")],
    on: _On,
    decision: _Decision,
    dry_run: _DryRun = False,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Give an agency a new name: it goes on under a new code, with a new seal and new books; old copies keep the old name."""
    _reform(
        "RENAME",
        [code],
        [new_code],
        place=place,
        on=on,
        decision=decision,
        dry_run=dry_run,
        form=form,
        lang=lang,
        new_name={"vi": name, "en": name_en, "fr": name_fr},
    )


def _reform(
    kind: str,
    ending: list[str],
    following: list[str],
    *,
    place: Place,
    on: str,
    decision: str,
    dry_run: bool,
    form: Format,
    lang: Language | None,
    new_name: Row | None = None,
) -> None:
    console = open_console(lang)
    asked = {
        "kind": kind,
        "ending": ending,
        "following": following,
        "decision_number": decision,
        "since": on,
        "dry_run": dry_run,
        "new_name": new_name,
    }
    with open_overseer(console, place) as desk:
        rows = desk.reform(asked)
    if form is Format.TEXT:
        _tell(console, rows, is_dry_run=dry_run)
    else:
        console.result_json(rows)


def _tell(console: Any, rows: dict[str, Any], *, is_dry_run: bool) -> None:
    for one in rows["ending"]:
        console.result("  ".join(f"{name}={value}" for name, value in one.items()))
    for one in rows["books"]:
        console.result("  ".join(f"{name}={value}" for name, value in one.items()))
    console.tell(
        "cli.reform.would" if is_dry_run else "cli.reform.done",
        ending=len(rows["ending"]),
        books=len(rows["books"]),
        dossiers=rows["dossiers"],
        grants=rows["grants"],
        webhooks=rows["webhooks"],
    )
