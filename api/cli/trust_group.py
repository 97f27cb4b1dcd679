"""`vidimus trust`: whom verdicts rest on: roots, national trusted lists, and a bundle for verifiers elsewhere."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography import x509

from api.acts import trust as acts
from api.cli.console import Format, Language, open_console
from api.clock import SystemClock
from api.home import open_home
from api.services import open_services
from keys import Purpose, TrustAnchors, TrustedList, load_trust_folder

group = typer.Typer(no_args_is_help=True)

FormatOption = Annotated[Format, typer.Option("--format", help="Form of the result.")]
LanguageOption = Annotated[Language | None, typer.Option(help="Language of messages.")]


@group.callback()
def trust() -> None:
    """Whom verdicts rest on."""


@group.command("list")
def list_trust(*, form: FormatOption = Format.TEXT, lang: LanguageOption = None) -> None:
    """Print the roots with what each vouches for, and the imported lists with the day they end."""
    console = open_console(lang)
    home = open_home(console.settings.home)
    now = SystemClock().now()
    anchors = load_trust_folder(home.trust, mode=home.mode)
    roots = [_root(der, anchors) for der in anchors.roots_der]
    lists = [_list(one) | {"stale": one.is_stale(at=now)} for one in anchors.lists]
    missing = [purpose.value for purpose in anchors.missing_purposes(at=now)]
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
        console.result_json(_list(found))
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
    target: Annotated[Path, typer.Argument(help="File to write the bundle into.")], *, lang: LanguageOption = None
) -> None:
    """Write a trust bundle: `vidimus verify --trust BUNDLE` judges with it anywhere, without a network."""
    console = open_console(lang)
    with open_services(console.settings, with_worker=False) as services:
        bundle = acts.export_bundle(services)
    target.write_text(json.dumps(bundle.to_dict(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    console.result(f"{digest}  {target.name}")


def _root(der: bytes, anchors: TrustAnchors) -> dict[str, Any]:
    certificate = x509.load_der_x509_certificate(der)
    digest = hashlib.sha256(der).hexdigest()
    scopes = [scope for scope in anchors.scopes if scope.certificate_sha256_hex == digest]
    purposes = {purpose for scope in scopes for purpose in scope.purposes} if scopes else set(Purpose)
    return {
        "sha256": digest,
        "subject": certificate.subject.rfc4514_string(),
        "not_after": certificate.not_valid_after_utc.isoformat(),
        "purposes": sorted(purpose.value for purpose in purposes),
    }


def _list(one: TrustedList) -> dict[str, Any]:
    return {
        "territory": one.territory,
        "operator": one.operator,
        "sequence_number": one.sequence_number,
        "issued_at": one.issued_at.isoformat(),
        "next_update": one.next_update.isoformat(),
        "services": len(one.services),
        "source": one.source,
        "sha256": one.sha256_hex,
        "signer_sha256": one.signer_sha256_hex,
    }
