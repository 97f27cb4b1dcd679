"""Migrations: what they build is what the code's tables say, and the workflow engine's tables stay untouched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from api import migrations
from api.migrations import MigrationFailed, check_current, current_revision, find_differences, head_revision, upgrade
from tests.databases import empty_database
from vault.database import Database

# Each has a database, a service or keys of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    with empty_database(tmp_path, name="empty") as opened:
        yield opened


def test_migrated_database_has_exactly_the_tables_of_the_code(empty: Database) -> None:
    assert upgrade(empty) == head_revision() != ""
    assert find_differences(empty) == []
    check_current(empty)


def test_second_upgrade_changes_nothing(empty: Database) -> None:
    assert upgrade(empty) == upgrade(empty)


def test_missing_table_and_column_are_found(empty: Database) -> None:
    upgrade(empty)
    with empty.transaction() as tx:
        tx.execute(sa.text("DROP TABLE vault_tombstones"))
        tx.execute(sa.text("ALTER TABLE vault_outbox ADD COLUMN surplus INTEGER"))
    assert len(find_differences(empty)) == 2


def test_tables_of_the_workflow_engine_are_left_alone(empty: Database) -> None:
    with empty.transaction() as tx:
        tx.execute(sa.text("CREATE TABLE workflow_status (workflow_uuid TEXT PRIMARY KEY)"))
    upgrade(empty)
    assert find_differences(empty) == []
    with empty.read() as tx:
        assert sa.inspect(tx).has_table("workflow_status")


def test_database_that_was_never_migrated_is_refused(empty: Database) -> None:
    assert current_revision(empty) == ""
    with pytest.raises(MigrationFailed, match="vidimus db upgrade"):
        check_current(empty)


def brought_further(database: Database) -> None:
    """What a newer release does: its own step, and what it passed on its way written down."""
    with database.transaction() as tx:
        tx.execute(sa.text("CREATE TABLE certify_of_tomorrow (id INTEGER PRIMARY KEY)"))
        tx.execute(sa.text("INSERT INTO vidimus_schema_passed VALUES ('ffffffffffff')"))
        tx.execute(sa.text("UPDATE vidimus_schema_version SET version_num = 'ffffffffffff'"))


def test_old_worker_starts_again_on_the_tables_of_a_newer_release(empty: Database) -> None:
    upgrade(empty)
    brought_further(empty)
    assert upgrade(empty) == "ffffffffffff"
    check_current(empty)


def test_database_of_strangers_is_refused(empty: Database) -> None:
    upgrade(empty)
    brought_further(empty)
    with empty.transaction() as tx:
        # It never stood where this release stands, so nobody knows what its tables are.
        tx.execute(sa.text("DELETE FROM vidimus_schema_passed WHERE revision = :mine"), {"mine": head_revision()})
    with pytest.raises(MigrationFailed):
        check_current(empty)
    with pytest.raises(MigrationFailed):
        upgrade(empty)


def test_migrations_only_add_so_that_old_code_runs_on_the_new_tables() -> None:
    takes_away = ("drop_table", "drop_column", "rename_table", "alter_column", "DROP ", "RENAME ")
    for path in sorted((Path(migrations.__file__).parent / "versions").glob("*.py")):
        upgrading = path.read_text().partition("def upgrade")[2].partition("def downgrade")[0]
        assert not [word for word in takes_away if word in upgrading], path.name
        # An insert of an older release names no new column: it must do without.
        added = [line for line in upgrading.splitlines() if "add_column" in line]
        assert not [line for line in added if "nullable=False" in line and "server_default" not in line], path.name
