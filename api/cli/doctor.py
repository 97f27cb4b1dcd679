"""`vidimus doctor`: look at everything Vidimus needs on this machine and in this home, and say how to mend it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from api import migrations
from api.cli.console import Console, Format, Language, open_console
from api.cli.exits import Exit
from api.clock import SystemClock
from api.errors import ApiError
from api.home import Home, open_home
from api.observe.facts import database_facts, home_facts
from api.publishing import publication_trouble
from api.settings import verify_url_for
from guard import IsolationUnavailable, probe_isolation
from keys import KeysError, Mode, OfficeKeyStore, load_trust_folder, read_certificate_facts
from vault import VaultError, open_database
from vault.delivery import Channel, DeliveryState, count_deliveries

_TESSDATA: Final = "/usr/share/tesseract-ocr"
_LANGUAGES: Final = {"vie": "tesseract-ocr-vie", "eng": "tesseract-ocr-eng", "fra": "tesseract-ocr-fra"}
_RADAR_DAYS: Final = 30
_LEAST_FREE: Final = 2 << 30
_BACKUP_HOURS: Final = 36
_LOG_WAITING: Final = 1000
_QUEUE_SECONDS: Final = 900


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
    yield from _backup_findings(console, home)
    yield from _post_findings(console)
    if home.mode is Mode.PRODUCTION:
        urls = console.settings.tsa_urls
        found = ", ".join(urls) or "no service configured"
        yield Finding("time-stamps", bool(urls), found, "set VIDIMUS_TSA_URL")


def _backup_findings(console: Console, home: Home) -> Iterator[Finding]:
    """The facts that the alerts are about, each with what to do (docs/how-to/runbook.md)."""
    settings, at = console.settings, SystemClock().now()
    free = shutil.disk_usage(home.folder).free
    yield Finding("disk", free > _LEAST_FREE, f"{free >> 30} GiB free", "make room, or move VIDIMUS_HOME")
    facts = {(fact.name, *fact.labels.values()): fact.value for fact in home_facts(settings, home, at=at)}
    age = facts.get(("vidimus_backup_age_seconds",))
    if settings.backup_url or home.mode is Mode.PRODUCTION:
        found = "none" if age is None else f"{age / 3600:.0f} h old"
        fix = "vidimus db recovery-key, set VIDIMUS_BACKUP_URL, then vidimus db backup every night"
        yield Finding("backup", age is not None and age < _BACKUP_HOURS * 3600, found, fix)
    lost = int(facts[("vidimus_scrub_lost_documents",)])
    yield Finding("scrub", lost == 0, f"{lost} documents rotten", "vidimus db scrub --replica DIR")
    try:
        database = open_database(settings.database_url)
        try:
            numbers = {(fact.name, *fact.labels.values()): fact.value for fact in database_facts(database, at=at)}
        finally:
            database.close()
    except (VaultError, SQLAlchemyError):
        # The line about the database has said it.
        return
    quarantined = numbers[("vidimus_quarantined",)] > 0
    yield Finding(
        "quarantine", not quarantined, "restored, not released" if quarantined else "none", "vidimus db release"
    )
    for tree in ("CERTIFICATIONS", "ACCESS"):
        waiting = int(numbers.get(("vidimus_log_waiting", tree), 0))
        yield Finding(f"log {tree}", waiting < _LOG_WAITING, f"{waiting} leaves wait", "start `vidimus worker`")
    for job in ("read", "certify"):
        oldest = numbers[("vidimus_job_oldest_seconds", job)]
        found = f"{int(numbers[('vidimus_jobs_waiting', job)])} wait, the oldest {oldest / 60:.0f} min"
        yield Finding(f"queue {job}", oldest < _QUEUE_SECONDS, found, "start `vidimus worker`, or one more of them")
    yield _worker_finding(numbers)
    problems = int(numbers[("vidimus_renewal_problems",)])
    yield Finding("renewals", problems == 0, f"{problems} failed", "vidimus renew plan")


def _worker_finding(numbers: Mapping[tuple[str, ...], float]) -> Finding:
    names = {key[1]: value > 0 for key, value in numbers.items() if key[0] == "vidimus_worker_alive"}
    living = sorted(name for name, is_alive in names.items() if is_alive)
    waiting = sum(numbers[("vidimus_jobs_waiting", job)] for job in ("read", "certify"))
    found = f"{', '.join(living) or 'none'} at work; {waiting:.0f} wait"
    fix = "start `vidimus worker --name NAME`; what a dead one left: `vidimus worker --adopt NAME`"
    return Finding("workers", bool(living) or not waiting, found, fix)


def _post_findings(console: Console) -> Iterator[Finding]:
    """How far mails, short messages and webhooks are; what waits for a way out that nobody configured waits for ever."""
    settings = console.settings
    ways = (
        (Channel.EMAIL, settings.smtp_host, "set VIDIMUS_SMTP_HOST"),
        (Channel.SMS, settings.sms_url, "set VIDIMUS_SMS_URL"),
        (Channel.PORTAL, settings.portal.place, "set VIDIMUS_PORTAL"),
    )
    try:
        database = open_database(console.settings.database_url)
        try:
            with database.read() as tx:
                counts = count_deliveries(tx)
        finally:
            database.close()
    except (VaultError, SQLAlchemyError):
        # The line about the database has said it.
        return
    parked = sum(counts.get((channel, DeliveryState.DEAD), 0) for channel, _, _ in ways)
    yield Finding("notices parked", parked == 0, str(parked), "vidimus notice list --state DEAD, then notice replay")
    for channel, way, fix in ways:
        waiting = counts.get((channel, DeliveryState.PENDING), 0)
        if waiting and not way:
            yield Finding(f"notices {channel.value}", is_well=False, found=f"{waiting} wait", fix=fix)


def _key_findings(home: Home) -> Iterator[Finding]:
    store = OfficeKeyStore(home.keys, mode=home.mode)
    now = SystemClock().now()
    for key_id in store.key_ids():
        ends = read_certificate_facts(store.credential(key_id).certificate_der).not_after
        days = (ends - now).days
        yield Finding(f"key {key_id}", days > _RADAR_DAYS, f"{days} days left", "renew its certificate")
