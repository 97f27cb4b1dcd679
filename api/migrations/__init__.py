"""Bring a database to the tables this version needs, forward only: `upgrade(database)`.

The tables are those on `vault.database.metadata`, from every package that has any; the workflow engine keeps its own
tables itself and they are left alone.
"""

from __future__ import annotations

from api.migrations.errors import MigrationFailed
from api.migrations.runner import (
    check_current,
    current_revision,
    find_differences,
    head_revision,
    upgrade,
    write_revision,
)

__all__ = [
    "MigrationFailed",
    "check_current",
    "current_revision",
    "find_differences",
    "head_revision",
    "upgrade",
    "write_revision",
]
