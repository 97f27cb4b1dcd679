"""`vidimus db rotate-kek`: move every keyset to another key-encryption key, without touching a paper."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.console import Language, open_console
from api.home import open_home
from api.key_encryption import make_next_kek, open_kek, retire_keks, rewrap_all
from vault import open_blob_vault


def rotate_kek(
    *,
    retire: Annotated[
        bool, typer.Option("--retire", help="Second step, after every process was restarted: destroy the earlier key.")
    ] = False,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Wrap every keyset under a new key: one of the home, or the one VIDIMUS_KEK names; papers are not re-encrypted.

    First without --retire: both keys open. Restart every process, then run it with --retire.
    """
    console = open_console(lang)
    settings, home = console.settings, open_home(console.settings.home)
    if not retire and not settings.vault.kek:
        make_next_kek(home)
    kek = open_kek(settings, home)
    blobs = open_blob_vault(settings.blobs_url, keysets=settings.keysets_url, kek=kek)
    moved = rewrap_all(settings, blobs, kek)
    gone = retire_keks(settings, home) if retire else 0
    console.tell("cli.db.kek_rotated", moved=moved, gone=gone)
