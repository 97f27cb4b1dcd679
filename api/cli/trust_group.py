"""`vidimus trust`: whom verdicts rest on: roots, national trusted lists, and a bundle for verifiers elsewhere."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from api.acts import trust as acts
from api.cli.console import Console, Format, Language, open_console
from api.cli.place import Place
from api.cli.target import open_client
from api.clock import SystemClock
from api.home import open_home
from api.routes.trust_told import list_told, trust_told
from api.services import open_services
from keys import load_trust_folder

group = typer.Typer(no_args_is_help=True)

FormatOption = Annotated[Format, typer.Option("--format", help="Form of the result.")]
# What it answers is public: nobody signs in for it.
ServerOption = Annotated[str | None, typer.Option("--server", metavar="URL", help="Ask the Vidimus of this address.")]
LanguageOption = Annotated[Language | None, typer.Option(help="Language of messages.")]


@group.callback()
def trust() -> None:
    """Whom verdicts rest on."""


@group.command("list")
def list_trust(*, server: ServerOption = None, form: FormatOption = Format.TEXT, lang: LanguageOption = None) -> None:
    """Print the roots with what each vouches for, and the imported lists with the day they end."""
    console = open_console(lang)
    told = _trust(console, server)
    roots = [{name: root[name] for name in ("sha256", "subject", "not_after", "purposes")} for root in told["roots"]]
    lists, missing = told["lists"], told["missing_purposes"]
    if form is not Format.TEXT:
        console.result_json({"roots": roots, "lists": lists, "missing_purposes": missing})
        return
    for root in roots:
        console.result(
            f"{root['sha256'][:16]}  {','.join(root['purposes'])}  {root['not_after'][:10]}  {root['subject']}"
        )
    for one in lists:
        state = console.messages.text(
            "cli.trust.stale" if one["stale"] else "cli.trust.fresh", console.language, date=one["next_update"][:10]
        )
        console.result(f"{one['territory']} {one['sequence_number']}  {one['operator']}: {one['services']}  {state}")
    if missing:
        console.tell("cli.trust.missing", purposes=", ".join(missing))


@group.command("import")
def import_list(
    source: Annotated[str, typer.Argument(metavar="FILE|URL", help="ETSI TS 119 612 list, or its configured address.")],
    *,
    signer: Annotated[
        list[Path] | None, typer.Option(help="Certificate of the list's publisher; later imports remember it.")
    ] = None,
    form: FormatOption = Format.TEXT,
    lang: LanguageOption = None,
) -> None:
    """Check a national trusted list and take its anchors in; an older, stale or altered list changes nothing."""
    console = open_console(lang)
    home = open_home(console.settings.home)
    found, _ = acts.import_list(home, console.settings, source=source, signers=signer or (), clock=SystemClock())
    if form is not Format.TEXT:
        console.result_json(list_told(found, at=SystemClock().now()).model_dump(mode="json"))
        return
    console.result(
        console.messages.text(
            "cli.trust.imported",
            console.language,
            territory=found.territory,
            number=found.sequence_number,
            services=len(found.services),
            date=found.next_update.date().isoformat(),
        )
    )


@group.command("drop")
def drop_list(
    territory: Annotated[str, typer.Argument(help="Territory of an imported list.")], *, lang: LanguageOption = None
) -> None:
    """Forget an imported list and the anchors it gave."""
    console = open_console(lang)
    acts.drop_list(open_home(console.settings.home), territory)
    console.tell("cli.trust.dropped", territory=territory)


@group.command("export")
def export(
    target: Annotated[Path, typer.Argument(help="File to write the bundle into.")],
    *,
    server: ServerOption = None,
    lang: LanguageOption = None,
) -> None:
    """Write a trust bundle: `vidimus verify --trust BUNDLE` judges with it anywhere, without a network."""
    console = open_console(lang)
    if server is not None:
        with open_client(console, Place(server), is_public=True) as client:
            target.write_bytes(client.file("/v1/trust/bundle").content)
    else:
        with open_services(console.settings, with_worker=False) as services:
            bundle = acts.export_bundle(services)
        target.write_text(json.dumps(bundle.to_dict(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    console.result(f"{digest}  {target.name}")


def _trust(console: Console, server: str | None) -> dict[str, Any]:
    """What this home rests on, or a Vidimus elsewhere says that it does."""
    if server is not None:
        with open_client(console, Place(server), is_public=True) as client:
            told: dict[str, Any] = client.ask("GET", "/v1/trust")
            return told
    home = open_home(console.settings.home)
    anchors = load_trust_folder(home.trust, mode=home.mode)
    return trust_told(anchors, at=SystemClock().now()).model_dump(mode="json")
