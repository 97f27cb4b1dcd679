"""`vidimus retention`: how long things are kept, what is held, and destroying what has served its time; here or at a server."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Annotated, Final

import typer

from api.cli.books import show_rows
from api.cli.console import Form, Format, Lang, open_console
from api.cli.overseer_desk import open_overseer
from api.cli.place import Place, anywhere
from api.errors import RequestInvalid
from certify.retention import HoldScope, RetentionClass

group = typer.Typer(no_args_is_help=True)
_Decision = Annotated[str, typer.Option(help="Number of the decision.")]
_FOREVER: Final = "forever"


@group.callback()
def retention() -> None:
    """How long things are kept, and what is destroyed."""


@group.command("list")
@anywhere
def list_rules(
    *,
    on: Annotated[str | None, typer.Option(help="Day (YYYY-MM-DD); today when left out.")] = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Say of each class how long it is kept that begins its time on a day, and who said so."""
    console = open_console(lang)
    with open_overseer(console, place) as desk:
        rows = [row | {"days": _FOREVER if row["days"] is None else row["days"]} for row in desk.rules(on)]
    show_rows(console, rows, form=form)


@group.command("set")
@anywhere
def set_days(
    kind: Annotated[RetentionClass, typer.Argument(metavar="CLASS", help="Class of things.")],
    *,
    days: Annotated[str, typer.Option(help="Days, or `forever`.")],
    decision: _Decision,
    valid_from: Annotated[str | None, typer.Option("--from", help="First day; today when left out.")] = None,
    place: Place,
    lang: Lang = None,
) -> None:
    """Enter how long a class is kept, by a decision of the office; nothing changes for what began before."""
    console = open_console(lang)
    if days != _FOREVER and not days.isdecimal():
        raise RequestInvalid(f"{days!r} is neither a number of days nor `forever`", field="days")
    asked = {
        "kind": kind.value,
        "days": None if days == _FOREVER else int(days),
        "valid_from": valid_from,
        "decision_number": decision,
    }
    with open_overseer(console, place) as desk:
        desk.decide(asked)
    console.tell("cli.retention.decided", kind=kind.value, days=days)


@group.command("adopt")
@anywhere
def adopt(*, decision: _Decision, place: Place, lang: Lang = None) -> None:
    """Decide, for every class that nobody has decided, what the country's data proposes."""
    console = open_console(lang)
    with open_overseer(console, place) as desk:
        count = desk.adopt(decision=decision)
    console.tell("cli.retention.adopted", count=count)


@group.command("hold")
@anywhere
def hold(
    scope: Annotated[HoldScope, typer.Argument(help="What kind of thing.")],
    target: Annotated[str, typer.Argument(metavar="ID", help="Its id, or the agency's code.")],
    *,
    decision: _Decision,
    place: Place,
    lang: Lang = None,
) -> None:
    """Keep something from being destroyed until the hold is lifted."""
    console = open_console(lang)
    with open_overseer(console, place) as desk:
        console.result(desk.hold({"scope": scope.value, "target_id": target, "decision_number": decision}))


@group.command("release")
@anywhere
def release(
    hold_id: Annotated[str, typer.Argument(metavar="HOLD", help="Id of the hold.")],
    *,
    decision: _Decision,
    place: Place,
    lang: Lang = None,
) -> None:
    """Lift a legal hold."""
    console = open_console(lang)
    with open_overseer(console, place) as desk:
        desk.release(hold_id, decision=decision)
    console.tell("cli.retention.released", hold=hold_id)


@group.command("holds")
@anywhere
def holds(*, place: Place, form: Form = Format.TEXT, lang: Lang = None) -> None:
    """List the legal holds that stand."""
    console = open_console(lang)
    with open_overseer(console, place) as desk:
        show_rows(console, desk.holds(), form=form)


@group.command("purge")
@anywhere
def purge(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be destroyed, and change nothing.")
    ] = False,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Destroy what has served its time, with a signed certificate of destruction."""
    console = open_console(lang)
    with open_overseer(console, place) as desk:
        done = desk.purge(dry_run=dry_run)
    counts, certificate_id = done["counts"], done["certificate_id"]
    show_rows(console, [{"class": kind, "count": counts[kind]} for kind in sorted(counts)], form=form)
    if dry_run:
        console.tell("cli.retention.would", count=sum(counts.values()))
    elif certificate_id is None:
        console.tell("cli.retention.nothing")
    else:
        console.tell("cli.retention.destroyed", count=sum(counts.values()), certificate=certificate_id)


@group.command("certificates")
@anywhere
def certificates(
    *,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="List at most so many.")] = 50,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """List certificates of destruction, newest first."""
    console = open_console(lang)
    with open_overseer(console, place) as desk:
        show_rows(console, desk.certificates(limit=limit), form=form)


@group.command("certificate")
@anywhere
def certificate(
    certificate_id: Annotated[str, typer.Argument(metavar="CERTIFICATE", help="Its id.")],
    *,
    out: Annotated[
        Path | None, typer.Option(help="Write the signed bytes here, and the signature beside (.sig).")
    ] = None,
    place: Place,
    lang: Lang = None,
) -> None:
    """Give one certificate of destruction with its signature (Ed25519)."""
    console = open_console(lang)
    with open_overseer(console, place) as desk:
        body, signature, key_id = desk.certificate(certificate_id)
    if out is not None:
        out.write_bytes(body)
        out.with_name(f"{out.name}.sig").write_bytes(signature)
    console.result_json({**json.loads(body), "key_id": key_id, "signature": base64.b64encode(signature).decode()})
