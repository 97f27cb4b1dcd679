"""`vidimus doctor`: look at everything Vidimus needs on this machine and in this home, and say how to mend it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from api import migrations
from api.cli.console import Console, Format, Language, open_console
from api.cli.exits import Exit
from api.clock import SystemClock
from api.errors import ApiError
from api.home import Home, open_home
from api.publishing import publication_trouble
from api.settings import verify_url_for
from guard import IsolationUnavailable, probe_isolation
from keys import KeysError, Mode, OfficeKeyStore, load_trust_folder, read_certificate_facts
from vault import VaultError, open_database

_TESSDATA: Final = "/usr/share/tesseract-ocr"
_LANGUAGES: Final = {"vie": "tesseract-ocr-vie", "eng": "tesseract-ocr-eng", "fra": "tesseract-ocr-fra"}
_RADAR_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table; `fix` says what to do when it is not well."""

    subject: str
    is_well: bool
    found: str
    fix: str = ""


def doctor(
    *,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Check this machine and this home; exit 9 when something must be mended."""
    console = open_console(lang)
    findings = list(_findings(console))
    if form is Format.TEXT:
        table = Table(box=None, padding=(0, 2, 0, 0))
        for title in ("", "", "", ""):
            table.add_column(title)
        for finding in findings:
            mark = "ok" if finding.is_well else "!!"
            table.add_row(mark, finding.subject, finding.found, "" if finding.is_well else finding.fix)
        console.err.print(table)
    else:
        rows = [{"subject": f.subject, "ok": f.is_well, "found": f.found, "fix": f.fix} for f in findings]
        console.result_json({"findings": rows})
    if not all(finding.is_well for finding in findings):
        raise typer.Exit(Exit.BAD_CONFIGURATION)


def _findings(console: Console) -> Iterator[Finding]:
    for program, package in (("tesseract", "tesseract-ocr"), ("bwrap", "bubblewrap")):
        place = shutil.which(program, path=console.settings.tool_path)
        yield Finding(program, place is not None, place or "-", f"apt-get install {package}")
    for language, package in _LANGUAGES.items():
        models = sorted(Path(_TESSDATA).glob(f"*/tessdata/{language}.traineddata"))
        yield Finding(
            f"tessdata {language}", bool(models), str(models[-1]) if models else "-", f"apt-get install {package}"
        )
    try:
        report = probe_isolation()
    except IsolationUnavailable as exc:
        yield Finding("isolation", is_well=False, found=str(exc), fix="apt-get install bubblewrap")
    else:
        yield Finding(
            "isolation",
            report.network_isolated,
            f"{report.isolation.value}: {report.detail}",
            "apt-get install bubblewrap",
        )
    try:
        home = open_home(console.settings.home)
    except ApiError as exc:
        yield Finding("home", is_well=False, found=str(exc), fix="vidimus db init --mode demo|training|production")
        return
    yield from _home_findings(console, home)


def _home_findings(console: Console, home: Home) -> Iterator[Finding]:
    yield Finding("home", is_well=True, found=f"{home.folder} ({home.mode.value})")
    try:
        yield Finding("verify URL", is_well=True, found=verify_url_for(console.settings, home))
    except ApiError as exc:
        yield Finding("verify URL", is_well=False, found=str(exc), fix="set VIDIMUS_VERIFY_URL")
    try:
        database = open_database(console.settings.database_url)
        try:
            migrations.check_current(database)
            yield Finding(
                "database", is_well=True, found=f"{database.dialect}, {migrations.current_revision(database)}"
            )
        finally:
            database.close()
    except (VaultError, migrations.MigrationFailed) as exc:
        yield Finding(
            "database", is_well=False, found=str(exc), fix="vidimus serve upgrades it, or see VIDIMUS_DATABASE_URL"
        )
    try:
        anchors = load_trust_folder(home.trust, mode=home.mode)
        yield Finding(
            "trust anchors",
            bool(anchors.roots_der),
            f"{len(anchors.roots_der)} roots, {len(anchors.crls_der)} CRLs",
            f"put roots into {home.trust}",
        )
        yield from _key_findings(home)
    except KeysError as exc:
        yield Finding("keys", is_well=False, found=str(exc), fix="vidimus key list")
    if console.settings.publish_dir is not None:
        trouble = publication_trouble(console.settings, at=SystemClock().now())
        yield Finding(
            "static site", trouble is None, trouble or str(console.settings.publish_dir), "start `vidimus worker`"
        )
    if home.mode is Mode.PRODUCTION:
        urls = console.settings.tsa_urls
        found = ", ".join(urls) or "no service configured"
        yield Finding("time-stamps", bool(urls), found, "set VIDIMUS_TSA_URL")


def _key_findings(home: Home) -> Iterator[Finding]:
    store = OfficeKeyStore(home.keys, mode=home.mode)
    now = SystemClock().now()
    for key_id in store.key_ids():
        ends = read_certificate_facts(store.credential(key_id).certificate_der).not_after
        days = (ends - now).days
        yield Finding(f"key {key_id}", days > _RADAR_DAYS, f"{days} days left", "renew its certificate")
