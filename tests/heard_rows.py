"""The rows of a whole database, searched for what must not stand there in clear.

Names, numbers, PINs and words of papers: in no row at all, those of the workflow engine among them. Secrets that open a
door: in none that travels, by the engine, the outbox or a webhook.
"""

from __future__ import annotations

import json
from typing import Final

import sqlalchemy as sa

from tests.heard_logs import WORDS, secrets_in
from vault.database import Database

_TELLING: Final = ("vault_outbox", "vault_deliveries", "vault_webhook_events", "vault_notices", "certify_item_events")
_OWN: Final = ("vault_", "certify_", "dossiers_", "identity_")


def secrets_in_rows(database: Database) -> set[str]:
    """Give the secrets that stand in clear in a database: names, numbers and PINs in any row; tokens in those that travel."""
    found: set[str] = set()
    inspector = sa.inspect(database.engine)
    # On PostgreSQL the engine has a schema of its own.
    schemas = {inspector.default_schema_name, *(name for name in inspector.get_schema_names() if name == "dbos")}
    with database.read() as tx:
        for schema in schemas:
            for name in inspector.get_table_names(schema):
                rows = tx.execute(sa.select(sa.text("*")).select_from(sa.table(name, schema=schema))).all()
                told = [_text(value) for row in rows for value in row if value is not None]
                travels = name in _TELLING or not name.startswith(_OWN)
                secrets = secrets_in(told)
                found |= {f"{name}: {secret}" for secret in secrets if travels or secret in WORDS}
    return found


def _text(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", errors="replace")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
