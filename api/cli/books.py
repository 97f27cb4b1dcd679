"""What commands about the office's books need: home, database, law and key store; no worker, no child processes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from api import migrations
from api.cli.console import Console, Format
from api.clock import SystemClock, system_random
from api.errors import LoginRefused, RequestInvalid
from api.home import Home, open_home
from api.identity import find_account
from api.key_stores import open_key_store
from certify import Act, LawPack, load_law
from guard import Clock, RandomBytes, new_ulid
from keys import OfficeKeyStore
from vault import Database, open_database

# Who acts is the person at the machine's console; the log and the events say so and no more.
COMMAND_LINE: Final = "command-line"


@dataclass(frozen=True, slots=True)
class Books:
    """One open office without its workshop."""

    home: Home
    database: Database
    law: LawPack
    clock: Clock
    random_bytes: RandomBytes
    keystore: OfficeKeyStore

    def new_id(self) -> str:
        """Make an id for a new row."""
        return new_ulid(at=self.clock.now(), random_bytes=self.random_bytes)

    def act(self, *, reason: str | None = None, decision_number: str | None = None) -> Act:
        """Say who changes a credential now, and why."""
        return Act(COMMAND_LINE, self.clock.now(), self.random_bytes, reason=reason, decision_number=decision_number)

    def moment(self, text: str, *, field: str) -> datetime:
        """Read a day (its beginning in the office) or an instant with its offset.

        Raises:
            RequestInvalid: neither.
        """
        return read_moment(text, zone=self.law.timezone, field=field)


def read_moment(text: str, *, zone: ZoneInfo, field: str) -> datetime:
    """Read a day (its beginning in this zone) or an instant with its offset.

    Raises:
        RequestInvalid: neither.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as exc:
        raise RequestInvalid(f"{text!r} is neither a day such as 2026-11-28 nor an instant", field=field) from exc
    return found if found.tzinfo else found.replace(tzinfo=zone)


@contextlib.contextmanager
def open_books(console: Console) -> Iterator[Books]:
    """Open the office's books and close them in the end.

    Raises:
        HomeMissing: there is no home.
        MigrationFailed: its database is of another version.
    """
    home = open_home(console.settings.home)
    database = open_database(console.settings.database_url)
    try:
        migrations.check_current(database)
        yield Books(
            home=home,
            database=database,
            law=load_law(home.country),
            clock=SystemClock(),
            random_bytes=system_random,
            keystore=open_key_store(console.settings, home, clock=SystemClock()),
        )
    finally:
        database.close()


def staff_id_of(tx: Connection, login: str) -> str:
    """Give the member of staff behind a login name.

    Raises:
        RequestInvalid: no open account has this name.
    """
    try:
        return find_account(tx, login).subject_id
    except LoginRefused as exc:
        raise RequestInvalid(
            f"no open account has the name {login}; `vidimus user list` shows them", field="user"
        ) from exc


def show_rows(console: Console, rows: list[dict[str, Any]], *, form: Format) -> None:
    """Print rows in the form that was asked for."""
    if form is Format.JSON:
        console.result_json(rows)
        return
    for row in rows:
        if form is Format.NDJSON:
            console.result_json(row)
        else:
            console.result("  ".join("-" if value is None else str(value) for value in row.values()))
