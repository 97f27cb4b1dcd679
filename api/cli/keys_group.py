"""`vidimus key`: what the key store holds, without opening a key."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.console import Format, Language, open_console
from api.home import open_home
from keys import Pkcs12KeyStore, read_certificate_facts

group = typer.Typer(no_args_is_help=True)


@group.callback()
def keys_of_the_home() -> None:
    """Signing keys and their certificates."""


@group.command("list")
def list_keys(
    *,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """List keys with algorithm, end of validity and whether a person must be present."""
    console = open_console(lang)
    home = open_home(console.settings.home)
    store = Pkcs12KeyStore(home.keys, mode=home.mode)
    rows = []
    for key_id in store.key_ids():
        credential = store.credential(key_id)
        facts = read_certificate_facts(credential.certificate_der)
        rows.append(
            {
                "key_id": key_id,
                "algorithm": credential.algorithm.value,
                "serial": f"{facts.serial:x}",
                "not_after": facts.not_after.isoformat(),
                "unattended": credential.unattended,
            }
        )
    if form is Format.TEXT:
        for row in rows:
            console.result("  ".join(str(value) for value in row.values()))
    elif form is Format.JSON:
        console.result_json(rows)
    else:
        for row in rows:
            console.result_json(row)
