"""The commands of a backup from the first key to the released office, as an operator types them."""

from __future__ import annotations

import json
import secrets
import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from tests.journeys.told import Ended, vidimus
from tests.postgres import postgresql_url  # noqa: F401 - a fixture

# What a restored office may do is told in ./check by tests/journeys/test_journey_restore.py.
pytestmark = [pytest.mark.journey, pytest.mark.matrix]


class Operator:
    """Types at one machine; the settings are those of the nightly unit."""

    def __init__(self, folder: Path, databases: dict[str, str]) -> None:
        self.folder = folder
        self.databases = databases
        self.settings = {
            "VIDIMUS_BACKUP_URL": str(folder / "backup"),
            "VIDIMUS_BACKUP_KEYSETS_URL": str(folder / "backup-keysets"),
        }

    def type(self, *words: str | Path, home: str = "home") -> Ended:
        settings = dict(self.settings)
        if home in self.databases:
            settings["VIDIMUS_DATABASE_URL"] = self.databases[home]
        return vidimus(*words, home=self.folder / home, folder=self.folder, settings=settings)

    def ask(self, *words: str | Path, home: str = "home") -> Any:
        ended = self.type(*words, "--format", "json", home=home)
        assert ended.exit_code == 0, ended.stderr
        return json.loads(ended.stdout)


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> dict[str, str]:
    """A database for the office that is lost and another for the one that is restored; none: files in the homes."""
    if request.param == "sqlite":
        return {}
    url = request.getfixturevalue("postgresql_url")
    made = {home: f"vidimus_{home}_{secrets.token_hex(4)}" for home in ("home", "new")}
    engine = sa.create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in made.values():
            connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return {home: make_url(url).set(database=name).render_as_string(hide_password=False) for home, name in made.items()}


def test_an_operator_backs_up_loses_restores_and_releases_an_office(tmp_path: Path, databases: dict[str, str]) -> None:
    operator, key = Operator(tmp_path, databases), tmp_path / "recovery.key"
    assert operator.type("db", "init", "--mode", "demo").exit_code == 0
    # Without a recovery key nothing is written that nobody could ever open.
    assert operator.type("db", "backup").exit_code == 9
    assert operator.type("db", "recovery-key", key).exit_code == 0
    assert operator.type("db", "recovery-key", tmp_path / "second.key").exit_code == 9
    assert operator.type("audit", "publish", tmp_path / "site").exit_code == 0
    taken = operator.ask("db", "backup")
    (checked,) = operator.ask("db", "check", "--recovery-key", key)
    assert (checked["set_id"], checked["troubles"]) == (taken["set_id"], [])
    assert operator.ask("db", "scrub")["database"] == "ok"
    counted = operator.ask("db", "stats")
    assert (counted["backups"], counted["newest_backup"]) == (1, taken["set_id"])
    shutil.move(tmp_path / "home", tmp_path / "burnt")
    restored = operator.ask("db", "restore", "--recovery-key", key, home="new")
    assert (restored["set_id"], restored["verified"]) == (taken["set_id"], True)
    # In quarantine: a sentence that names the way out, and no worker.
    refused = operator.type("worker", home="new")
    assert refused.exit_code == 9
    assert "db release" in refused.stderr
    assert operator.type("db", "release", "--number", "no-such-book", home="new").exit_code == 2
    assert operator.type("db", "release", "--number", "here:none=3", home="new").exit_code == 9
    assert operator.ask("db", "release", "--log", tmp_path / "site" / "log", home="new")["lost_numbers"] == 0
    assert operator.type("db", "release", home="new").exit_code == 9
    assert operator.type("audit", "publish", tmp_path / "site", home="new").exit_code == 0
