"""`vidimus audit`: what lets others check this office without asking it: the static site and the proof of a copy."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from api.acts.proofs import check_proof, log_key, proof_of_code
from api.cli.console import Format, Language, open_console
from api.clock import SystemClock
from api.publication import BUNDLE, publish_site
from api.services import open_services
from api.site import open_site
from keys import read_trust_bundle
from vault import LogKey, ProofInvalid, format_code, parse_code

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


@group.command("proof")
def proof(
    code: Annotated[str, typer.Argument(help="Code of a certified copy.")],
    target: Annotated[Path, typer.Argument(help="File to write the proof into, by custom NAME.proof.")],
    *,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Write the proof that the public log holds a copy's digest; the offline page reads it beside the file."""
    console = open_console(lang)
    with open_services(console.settings, with_worker=False) as services:
        services.publish_log()
        content = proof_of_code(services, parse_code(code))
    target.write_bytes(content)
    console.tell("cli.audit.proof", path=target)


@group.command("verify")
def verify(
    proof_file: Annotated[Path, typer.Argument(metavar="PROOF", help="The `.proof` that came with a copy.")],
    copy: Annotated[Path | None, typer.Argument(metavar="FILE", help="The copy itself.")] = None,
    *,
    trust: Annotated[Path | None, typer.Option(help="Trust bundle of the office; else this home's own log.")] = None,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Check without a network that the office's log holds a copy: its code, and with FILE this very file."""
    console = open_console(lang)
    if trust is not None:
        bundle = read_trust_bundle(trust)
        key = LogKey(bundle.log_origin, bundle.log_key_raw)
    else:
        with open_services(console.settings, with_worker=False) as services:
            key = log_key(services)
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
    if form is not Format.TEXT:
        console.result_json(told)
        return
    sentence = "cli.audit.proven" if copy is not None else "cli.audit.proven_code"
    console.result(console.messages.text(sentence, console.language, code=told["code"], size=proven.checkpoint.size))
