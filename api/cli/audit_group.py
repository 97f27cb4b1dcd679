"""`vidimus audit`: what lets others check this office without asking it: the static site and the proof of a copy."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from api.acts.proofs import check_proof, log_key
from api.cli.console import Console, Format, Language, open_console
from api.cli.place import Place, anywhere
from api.cli.target import check_here, open_client, open_desk
from api.clock import SystemClock
from api.publication import BUNDLE, publish_site
from api.services import open_services
from api.site import open_site
from keys import read_stored_token, read_trust_bundle
from vault import LogKey, ProofInvalid, Tree, format_code, open_store
from vault.log.exported import StampedCheckpoint, check_exported
from vault.log.witness import WitnessKey

group = typer.Typer(no_args_is_help=True)


@group.callback()
def audit() -> None:
    """What lets others check this office without asking it."""


@group.command("publish")
def publish(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of the site; an earlier site in it is replaced.")
    ],
    *,
    days: Annotated[int, typer.Option(min=1, max=90, help="Days until the next publication is due.")] = 7,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Write the signed static site: offline verifier, trust bundle, log, status list; serve it or carry it."""
    console = open_console(lang)
    with open_services(console.settings, with_worker=False) as services:
        site = publish_site(services, folder.resolve(), lives=timedelta(days=days))
    told = {
        "folder": str(site.folder),
        "issued_at": site.issued_at.isoformat(),
        "next_update": site.next_update.isoformat(),
        "copies": site.copies,
        "files": site.files,
    }
    if form is not Format.TEXT:
        console.result_json(told)
        return
    console.result(
        console.messages.text(
            "cli.audit.published",
            console.language,
            folder=site.folder,
            copies=site.copies,
            date=console.messages.moment(site.next_update),
        )
    )


@group.command("check")
def check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A published site.")],
    *,
    trust: Annotated[Path | None, typer.Option(help="Trust bundle of the office; else the site's own.")] = None,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Compare a site with its signed manifest and say whether it is up to date."""
    console = open_console(lang)
    site = open_site(folder, read_trust_bundle(trust or folder / BUNDLE))
    count = site.check_files()
    is_stale = site.is_stale(at=SystemClock().now())
    console.result(
        console.messages.text(
            "cli.audit.stale" if is_stale else "cli.audit.intact",
            console.language,
            files=count,
            date=console.messages.moment(site.next_update),
        )
    )
    raise typer.Exit(21 if is_stale else 0)


@group.command("checkpoint")
@anywhere
def checkpoint(
    *, place: Place, lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None
) -> None:
    """Print the newest signed checkpoint of the public log; keep it, and compare with what others were shown."""
    console = open_console(lang)
    if place.server is not None:
        with open_client(console, place, is_public=True) as client:
            console.result(client.public.checkpoint().removesuffix("\n"))
        return
    check_here(place)
    with open_services(console.settings, with_worker=False) as services:
        services.publish_log()
        newest = open_store(services.home.log / Tree.CERTIFICATIONS.value.lower()).get("checkpoint")
    console.result(newest.decode().removesuffix("\n"))


@group.command("proof")
@anywhere
def proof(
    code: Annotated[str, typer.Argument(help="Code of a certified copy.")],
    target: Annotated[Path, typer.Argument(help="File to write the proof into, by custom NAME.proof.")],
    *,
    place: Place,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Write the proof that the public log holds a copy's digest; the offline page reads it beside the file."""
    console = open_console(lang)
    with open_desk(console, place) as desk:
        content = desk.proof(code)
    target.write_bytes(content)
    console.tell("cli.audit.proof", path=target)


@group.command("verify")
def verify(
    target: Annotated[
        Path, typer.Argument(metavar="PROOF|FOLDER", help="The `.proof` of a copy, or a copied folder of the log.")
    ],
    copy: Annotated[Path | None, typer.Argument(metavar="FILE", help="The copy itself, beside its proof.")] = None,
    *,
    trust: Annotated[Path | None, typer.Option(help="Trust bundle of the office; else this home's own log.")] = None,
    earlier: Annotated[
        list[Path] | None, typer.Option(help="With FOLDER: a checkpoint kept earlier; may be repeated.")
    ] = None,
    witness: Annotated[
        list[str] | None, typer.Option(help="With FOLDER: key of a witness that must have signed; may be repeated.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Check without a network that the log holds a copy, or by its files alone that the whole log was never rewritten."""
    console = open_console(lang)
    key = _log_key(console, trust)
    told, sentence = (
        _verify_log(target, key=key, earlier=earlier or [], witnesses=witness or [])
        if target.is_dir()
        else _verify_proof(target, copy, key=key)
    )
    if form is not Format.TEXT:
        console.result_json(told)
        return
    console.result(
        console.messages.text(
            sentence,
            console.language,
            code=told.get("code", ""),
            size=told["log_size"],
            stamped=len(told.get("stamped", ())),
            seen=len(told.get("seen", ())),
        )
    )


def _log_key(console: Console, trust: Path | None) -> LogKey:
    if trust is not None:
        bundle = read_trust_bundle(trust)
        return LogKey(bundle.log_origin, bundle.log_key_raw)
    with open_services(console.settings, with_worker=False) as services:
        return log_key(services)


def _verify_proof(proof_file: Path, copy: Path | None, *, key: LogKey) -> tuple[dict[str, Any], str]:
    proven = check_proof(proof_file.read_bytes(), key=key)
    if copy is not None and hashlib.sha256(copy.read_bytes()).hexdigest() != proven.sha256_hex:
        raise ProofInvalid(f"{copy.name} is not the file that the log holds under {format_code(proven.code)}")
    told = {
        "code": format_code(proven.code),
        "sha256": proven.sha256_hex,
        "file_matches": None if copy is None else True,
        "log": proven.checkpoint.origin,
        "log_size": proven.checkpoint.size,
    }
    return told, "cli.audit.proven" if copy is not None else "cli.audit.proven_code"


def _verify_log(folder: Path, *, key: LogKey, earlier: list[Path], witnesses: list[str]) -> tuple[dict[str, Any], str]:
    checked = check_exported(
        open_store(folder.resolve()),
        key=key,
        earlier=tuple(path.read_text(encoding="utf-8") for path in earlier),
        witnesses=tuple(WitnessKey.read(one) for one in witnesses),
    )
    told = {
        "log": checked.checkpoint.origin,
        "log_size": checked.checkpoint.size,
        "seen": [{"witness": name, "at": at.isoformat()} for name, at in checked.seen],
        "stamped": [{"size": one.checkpoint.size, "at": _stamped_at(one).isoformat()} for one in checked.stamped],
    }
    return told, "cli.audit.log_whole"


def _stamped_at(one: StampedCheckpoint) -> datetime:
    return read_stored_token(one.token_der, imprint_sha256=one.imprint_sha256).gen_time
