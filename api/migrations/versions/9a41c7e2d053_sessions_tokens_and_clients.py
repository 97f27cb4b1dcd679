"""Sessions that know how old their authentication is; tokens for programs and for systems."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "9a41c7e2d053"
down_revision = "5e0d8b6f41a3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    with op.batch_alter_table("identity_sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("session_id", sa.String(length=26), nullable=True))
        batch_op.add_column(sa.Column("authenticated_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("method", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("assurance", sa.String(length=64), nullable=True))
        batch_op.create_index(batch_op.f("ix_identity_sessions_session_id"), ["session_id"], unique=False)
    op.create_table(
        "identity_clients",
        sa.Column("client_id", sa.String(length=26), nullable=False),
        sa.Column("account_id", sa.String(length=26), nullable=False),
        sa.Column("secret_sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.String(length=512), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["identity_accounts.account_id"],
            name=op.f("fk_identity_clients_account_id_identity_accounts"),
        ),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_identity_clients")),
    )
    with op.batch_alter_table("identity_clients", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_clients_account_id"), ["account_id"], unique=False)
    op.create_table(
        "identity_api_tokens",
        sa.Column("token_sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("token_id", sa.String(length=26), nullable=False),
        sa.Column("account_id", sa.String(length=26), nullable=False),
        sa.Column("client_id", sa.String(length=26), nullable=True),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.String(length=512), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["identity_accounts.account_id"],
            name=op.f("fk_identity_api_tokens_account_id_identity_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["identity_clients.client_id"],
            name=op.f("fk_identity_api_tokens_client_id_identity_clients"),
        ),
        sa.PrimaryKeyConstraint("token_sha256_hex", name=op.f("pk_identity_api_tokens")),
        sa.UniqueConstraint("token_id", name=op.f("uq_identity_api_tokens_token_id")),
    )
    with op.batch_alter_table("identity_api_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_api_tokens_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_identity_api_tokens_client_id"), ["client_id"], unique=False)
