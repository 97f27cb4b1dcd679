"""Alembic's entry: run the revisions on the connection that `api.migrations.runner` hands over."""

from __future__ import annotations

from alembic import context

from api.migrations.runner import context_options

connection = context.config.attributes["connection"]
context.configure(connection=connection, **context_options())
# The caller's transaction holds everything: SQLite and PostgreSQL both undo a failed change of tables.
with context.begin_transaction():
    context.run_migrations()
