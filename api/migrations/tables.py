"""Gather the tables of every package on the one metadata, and say which tables are ours."""

from __future__ import annotations

import importlib
from typing import Final

import sqlalchemy as sa

from vault.database import metadata

VERSION_TABLE: Final = "vidimus_schema_version"
PASSED_TABLE: Final = "vidimus_schema_passed"
PREFIXES: Final = ("vault_", "certify_", "dossiers_", "identity_")
# Modules that declare tables. A package that gets tables adds its module here, or its tables are never migrated.
TABLE_MODULES: Final = (
    "vault.tables",
    "vault.holder_tables",
    "vault.result_tables",
    "vault.log.tables",
    "vault.delivery.tables",
    "certify.tables",
    "certify.credential_tables",
    "certify.outside.tables",
    "certify.desk_tables",
    "certify.figures.tables",
    "certify.register_tables",
    "dossiers.tables",
    "api.identity.tables",
)


def gather_metadata() -> sa.MetaData:
    """Import every module with tables and give the metadata they stand on."""
    for module in TABLE_MODULES:
        importlib.import_module(module)
    return metadata


def is_ours(table_name: str) -> bool:
    """Tell our tables from the workflow engine's and from Alembic's own."""
    return table_name.startswith(PREFIXES)


def is_backed_up(table_name: str) -> bool:
    """Tell what belongs into a backup: our tables and their revision, and nothing of the workflow engine's."""
    return is_ours(table_name) or table_name in {VERSION_TABLE, PASSED_TABLE}
