"""`vidimus db` where it is about losing nothing: recovery key, backup, restore, release, check, scrub, stats."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer

from api.backup.check import check_sets
from api.backup.opened import RECOVERY_FILE, open_for_backup, place_of
from api.backup.quarantine import Evidence, release
from api.backup.restore import Recovery, restore
from api.backup.scrub import read_scrub_state
from api.backup.take import take_backup
from api.cli.console import Form, Format, Lang, open_console
from api.cli.exits import Exit
from api.clock import SystemClock, system_random
from api.errors import RequestInvalid, RestoreRefused
from api.home import open_home
from api.migrations.tables import gather_metadata
from keys import create_recovery_key, open_recovery_key, read_trust_bundle
from vault.stores import open_store

_Data = Annotated[str | None, typer.Option("--place", help="Place of backups (VIDIMUS_BACKUP_URL).")]
_Keysets = Annotated[str | None, typer.Option("--keysets", help="Place of their keysets (VIDIMUS_BACKUP_KEYSETS_URL).")]


def recovery_key(
    file: Annotated[Path, typer.Argument(help="New file for the private half; carry it out of the house.")],
    *,
    lang: Lang = None,
) -> None:
    """Make the key that opens backups: the private half into FILE, the public half into the home."""
    console = open_console(lang)
    home = open_home(console.settings.home)
    public_file = home.folder / RECOVERY_FILE
    if public_file.exists():
        raise RestoreRefused(f"{public_file} exists; move it away to change the key (older backups keep theirs)")
    public = create_recovery_key(file, random_bytes=system_random)
    public_file.write_text(public.line, encoding="ascii")
    console.tell("cli.backup.key", key_id=public.key_id, file=file)


def backup(*, place: _Data = None, keysets: _Keysets = None, form: Form = Format.TEXT, lang: Lang = None) -> None:
    """Write one more backup while the office works, and destroy those past their days."""
    console = open_console(lang)
    keep = timedelta(days=console.settings.backup_keep_days)
    with open_for_backup(console.settings) as opened:
        taken = take_backup(opened.backed_up(), place_of(console.settings, place, keysets), keep=keep)
    told = {
        "set_id": taken.set_id,
        "taken_at": taken.taken_at.isoformat(),
        "seconds": round(taken.seconds, 3),
        "blobs": taken.blobs,
        "new_blobs": taken.new_blobs,
        "new_keysets": taken.new_keysets,
        "pruned_sets": taken.pruned_sets,
    }
    if form is not Format.TEXT:
        console.result_json(told)
        return
    console.result(console.messages.text("cli.backup.taken", console.language, **told))


def restore_home(
    recovery_key_file: Annotated[
        Path, typer.Option("--recovery-key", help="Private half of the recovery key.", metavar="FILE")
    ],
    *,
    place: _Data = None,
    keysets: _Keysets = None,
    set_id: Annotated[str | None, typer.Option("--set", help="Backup to restore; else the newest.")] = None,
    trust: Annotated[Path | None, typer.Option(help="Trust bundle of the office, kept outside the backup.")] = None,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Put an office back into the empty VIDIMUS_HOME, into quarantine, with every byte verified."""
    console = open_console(lang)
    recovery = Recovery(
        settings=console.settings,
        place=place_of(console.settings, place, keysets),
        key=open_recovery_key(recovery_key_file),
        clock=SystemClock(),
        random_bytes=system_random,
        bundle=read_trust_bundle(trust) if trust is not None else None,
    )
    restored = restore(recovery, set_id=set_id, on_step=lambda step: console.say(f"… {step}"))
    with open_for_backup(console.settings) as opened:
        found = opened.scrubber().scrub()
    told = {
        "set_id": restored.set_id,
        "taken_at": restored.taken_at,
        "seconds": round(restored.seconds, 3),
        "blobs": restored.blobs,
        "keysets": restored.keysets,
        "erased": restored.erased,
        "verified": found.is_well,
    }
    if form is not Format.TEXT:
        console.result_json(told)
    else:
        console.result(console.messages.text("cli.backup.restored", console.language, **told))
    if not found.is_well:
        raise typer.Exit(Exit.VERIFICATION_FAILED)


def release_home(
    *,
    log: Annotated[Path | None, typer.Option(help="Copy of the published log (a site's `log` folder).")] = None,
    number: Annotated[
        list[str] | None, typer.Option(help="Highest number seen on paper, as 'AGENCY:BOOK=N'; once for each book.")
    ] = None,
    place: _Data = None,
    keysets: _Keysets = None,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """End the quarantine: continue log and registers from outside evidence, void what may have been used since."""
    console = open_console(lang)
    settings = console.settings
    has_place = bool(place or settings.backup_url)
    evidence = Evidence(
        published=open_store(log) if log is not None else None,
        place=place_of(settings, place, keysets) if has_place else None,
        numbers=dict(_number(text) for text in number or ()),
    )
    with open_for_backup(settings) as opened:
        released = release(
            opened.database,
            opened.home,
            evidence,
            log_key=opened.log_key,
            at=SystemClock().now(),
            random_bytes=system_random,
        )
    told = {
        "leaves": released.leaves,
        "lost_numbers": released.lost_numbers,
        "voided_numbers": released.voided_numbers,
        "ended_shares": released.ended_shares,
        "ended_grants": released.ended_grants,
        "ended_sessions": released.ended_sessions,
    }
    if form is not Format.TEXT:
        console.result_json(told)
        return
    console.result(console.messages.text("cli.backup.released", console.language, **told))


def check(
    *,
    recovery_key_file: Annotated[
        Path | None, typer.Option("--recovery-key", help="Open every part with it, too.", metavar="FILE")
    ] = None,
    place: _Data = None,
    keysets: _Keysets = None,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Hold every stored byte of every backup against its signed head; exit 20 when one is not whole."""
    console = open_console(lang)
    with open_for_backup(console.settings) as opened:
        own = opened.backed_up().manifest_key.public_key_raw
    key = open_recovery_key(recovery_key_file) if recovery_key_file is not None else None
    found = check_sets(place_of(console.settings, place, keysets), manifest_key_raw=own, key=key)
    if form is not Format.TEXT:
        console.result_json(
            [
                {"set_id": one.set_id, "taken_at": one.taken_at, "blobs": one.blobs, "troubles": list(one.troubles)}
                for one in found
            ]
        )
    else:
        for one in found:
            console.result(f"{one.set_id}  {one.taken_at}  {one.blobs}  {', '.join(one.troubles) or 'ok'}")
    if not found:
        raise typer.Exit(Exit.FILE_ACCESS)
    if any(one.troubles for one in found):
        raise typer.Exit(Exit.VERIFICATION_FAILED)


def scrub(
    *,
    replica: Annotated[
        str, typer.Option(help="Folder or bucket to heal from (VIDIMUS_REPLICA_URL, else the backups).")
    ] = "",
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Read and verify every stored blob, the database and the log; heal from a replica; exit 20 when rot is left."""
    console = open_console(lang)
    with open_for_backup(console.settings) as opened:
        found = opened.scrubber(replica).scrub()
    lost = sorted({one.document_id for one in found.rot if not one.healed})
    told = {
        "documents": found.documents,
        "blobs": found.blobs,
        "healed": sum(one.healed for one in found.rot),
        "lost": lost,
        "database": found.database,
        "log": found.log,
    }
    if form is not Format.TEXT:
        console.result_json(told)
    else:
        console.result(
            console.messages.text("cli.backup.scrubbed", console.language, **told | {"lost": ", ".join(lost) or "0"})
        )
    if not found.is_well:
        raise typer.Exit(Exit.VERIFICATION_FAILED)


def stats(*, form: Form = Format.TEXT, lang: Lang = None) -> None:
    """Count rows by table, stored blobs, and how far log, backup and scrub are."""
    console = open_console(lang)
    with open_for_backup(console.settings) as opened:
        with opened.database.read() as tx:
            rows = {
                table.name: tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
                for table in gather_metadata().sorted_tables
            }
        parts = [opened.blobs.list_documents(part) for part in opened.blobs.list_parts()]
        state = read_scrub_state(opened.home)
    sets = place_of(console.settings).set_ids() if console.settings.backup_url else ()
    told = {
        "rows": rows,
        "documents": sum(len(documents) for documents in parts),
        "blobs": sum(len(names) for documents in parts for names in documents.values()),
        "backups": len(sets),
        "newest_backup": sets[-1] if sets else None,
        "scrub_ended_at": state.ended_at or None,
        "scrub_lost": list(state.lost),
    }
    if form is not Format.TEXT:
        console.result_json(told)
        return
    for name, count in rows.items():
        console.result(f"{name}  {count}")
    for name in ("documents", "blobs", "backups", "newest_backup", "scrub_ended_at"):
        console.result(f"{name}  {told[name]}")


def _number(text: str) -> tuple[str, int]:
    book, separator, number = text.rpartition("=")
    if not separator or not number.isascii() or not number.isdigit():
        raise RequestInvalid(f"--number {text!r} is not AGENCY:BOOK=N", field="number")
    return book, int(number)
