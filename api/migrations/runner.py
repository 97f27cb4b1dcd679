"""Run Alembic by program: upgrade a database, compare it with the tables in code, write the next revision."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import exc
from sqlalchemy.engine import Connection

from api.migrations.errors import MigrationFailed
from api.migrations.tables import PASSED_TABLE, VERSION_TABLE, gather_metadata, is_ours
from vault.database import Database
from vault.errors import DatabaseUnavailable

_LOG: Final = logging.getLogger(__name__)
_FOLDER: Final = Path(__file__).parent
# Of the runner's own, beside Alembic's table of the present revision.
_PASSED: Final = sa.Table(PASSED_TABLE, sa.MetaData(), sa.Column("revision", sa.String(32), primary_key=True))


def upgrade(database: Database, *, revision: str = "head") -> str:
    """Bring the database forward and give the revision it then stands at; doing it again changes nothing.

    A database that a newer Vidimus has brought further from where this one would is left as it is: migrations only add,
    so this one works on it. An old worker that is restarted in the middle of a rolling upgrade depends on that.

    Raises:
        MigrationFailed: a step failed, or the database was made by a Vidimus that does not come after this one.
    """
    if _was_brought_further(database):
        _LOG.warning("the database is of a newer release; this one works on it until it is replaced")
        return current_revision(database)
    try:
        with database.transaction() as connection:
            command.upgrade(_config(connection), revision)
            _note_passed(connection)
    except (CommandError, exc.SQLAlchemyError, DatabaseUnavailable) as error:
        raise MigrationFailed(
            f"the database was not brought to revision {revision} ({type(error).__name__}); "
            "it is unchanged: read the cause above, or use the version that made it"
        ) from error
    return current_revision(database)


def current_revision(database: Database) -> str:
    """Say which revision the database stands at; an empty text means it was never migrated."""
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        return context.get_current_revision() or ""


def head_revision() -> str:
    """Say which revision this version of the code needs; an empty text means there is none yet."""
    return ScriptDirectory.from_config(_config(None)).get_current_head() or ""


def check_current(database: Database) -> None:
    """Refuse to work on a database of another version.

    Raises:
        MigrationFailed: the database stands at another revision.
    """
    found, needed = current_revision(database), head_revision()
    if found != needed and not _was_brought_further(database):
        raise MigrationFailed(
            f"the database stands at revision {found or 'none'}, this version needs {needed}; run `vidimus db upgrade`"
        )


def _note_passed(connection: Connection) -> None:
    """Write down every revision that the database has passed, so that older releases find theirs among them."""
    scripts = ScriptDirectory.from_config(_config(None))
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    stands_at = context.get_current_revision()
    _PASSED.create(connection, checkfirst=True)
    known = set(connection.execute(sa.select(_PASSED.c.revision)).scalars())
    passed = [] if stands_at is None else [one.revision for one in scripts.walk_revisions("base", stands_at)]
    new = [{"revision": revision} for revision in passed if revision not in known]
    if new:
        connection.execute(_PASSED.insert(), new)


def _was_brought_further(database: Database) -> bool:
    found, needed = current_revision(database), head_revision()
    scripts = ScriptDirectory.from_config(_config(None))
    if not found or found in {one.revision for one in scripts.walk_revisions()}:
        return False
    with database.read() as connection:
        if not sa.inspect(connection).has_table(_PASSED.name):
            return False
        mine = sa.select(_PASSED.c.revision).where(_PASSED.c.revision == needed)
        return connection.execute(mine).one_or_none() is not None


def find_differences(database: Database) -> list[Any]:
    """Compare the database with the tables in code; an empty list means they agree."""
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts=context_options())
        return list(compare_metadata(context, gather_metadata()))


def write_revision(database: Database, message: str) -> Path:
    """Write the next revision file from what the tables in code have and the (upgraded) database has not.

    Raises:
        MigrationFailed: the database is not at the newest revision.
    """
    try:
        with database.transaction() as connection:
            script = command.revision(_config(connection), message=message, autogenerate=True)
    except CommandError as error:
        raise MigrationFailed(f"no revision was written: {error}") from error
    if script is None or isinstance(script, list):
        raise MigrationFailed("no revision was written; Alembic gave no single script")
    path = Path(script.path)
    _tidy(path)
    return path


def context_options() -> dict[str, Any]:
    """Give the options under which Alembic looks at our tables."""
    return {
        "version_table": VERSION_TABLE,
        "target_metadata": gather_metadata(),
        "include_name": _include_name,
        "include_object": _include_object,
        "render_item": _render_item,
        "render_as_batch": True,
        "compare_type": True,
        "transaction_per_migration": False,
    }


def _tidy(path: Path) -> None:
    lines = [line for line in path.read_text().splitlines() if not line.strip().startswith("# ###")]
    path.write_text("\n".join(lines).rstrip() + "\n")


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _include_name(name: str | None, kind: str, _parents: object) -> bool:
    # The workflow engine's tables (`workflow_status`, `queues`, …) stand beside ours on SQLite.
    return kind != "table" or (name is not None and is_ours(name))


def _include_object(_item: object, name: str | None, kind: str, _reflected: object, _compared: object) -> bool:
    return kind != "table" or (name is not None and is_ours(name))


def _render_item(kind: str, item: object, _context: object) -> str | bool:
    # A revision must not depend on code that changes: our instant is written as the column it is.
    if kind == "type" and type(item).__name__ == "UtcDateTime":
        return "sa.DateTime(timezone=True)"
    return False
