"""Sign-ins under way at identity providers, and which person there opens which account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c93e51d7a2b8"
down_revision = "b7e20c5d1a38"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "identity_oidc_flows",
        sa.Column("browser_sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("provider_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.String(length=26), nullable=True),
        sa.Column("wanted", sa.String(length=500), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("browser_sha256_hex", name=op.f("pk_identity_oidc_flows")),
    )
    op.create_table(
        "identity_oidc_links",
        sa.Column("link_sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("provider_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=26), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["identity_accounts.account_id"],
            name=op.f("fk_identity_oidc_links_account_id_identity_accounts"),
        ),
        sa.PrimaryKeyConstraint("link_sha256_hex", name=op.f("pk_identity_oidc_links")),
    )
    with op.batch_alter_table("identity_oidc_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_oidc_links_account_id"), ["account_id"], unique=False)
