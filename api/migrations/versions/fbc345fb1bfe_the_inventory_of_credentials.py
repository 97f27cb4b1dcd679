"""The inventory of credentials."""

# One long list by nature: it is generated from the tables of every package, then read by a person.

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "fbc345fb1bfe"
down_revision = "64b7fb518675"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "certify_credentials",
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("store", sa.String(length=64), nullable=False),
        sa.Column("attestation", sa.String(length=64), nullable=False),
        sa.Column("attestation_sha256_hex", sa.String(length=64), nullable=True),
        sa.Column("algorithm", sa.String(length=64), nullable=True),
        sa.Column("serial_hex", sa.String(length=64), nullable=True),
        sa.Column("certificate_sha256_hex", sa.String(length=64), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaces_key_id", sa.String(length=64), nullable=True),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_certify_credentials")),
    )
    with op.batch_alter_table("certify_credentials", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_certify_credentials_certificate_sha256_hex"), ["certificate_sha256_hex"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_certify_credentials_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "certify_dry_runs",
        sa.Column("row_no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("run_id", sa.String(length=26), nullable=False),
        sa.Column("path", sa.String(length=64), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("row_no", name=op.f("pk_certify_dry_runs")),
    )
    with op.batch_alter_table("certify_dry_runs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certify_dry_runs_run_id"), ["run_id"], unique=False)

    op.create_table(
        "certify_revocation_notices",
        sa.Column("certificate_sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("serial_hex", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("noticed_by", sa.String(length=64), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("certificate_sha256_hex", name=op.f("pk_certify_revocation_notices")),
    )
    op.create_table(
        "certify_credential_events",
        sa.Column("event_no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("from_status", sa.String(length=64), nullable=True),
        sa.Column("to_status", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("decision_number", sa.Text(), nullable=True),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"],
            ["certify_credentials.key_id"],
            name=op.f("fk_certify_credential_events_key_id_certify_credentials"),
        ),
        sa.PrimaryKeyConstraint("event_no", name=op.f("pk_certify_credential_events")),
    )
    with op.batch_alter_table("certify_credential_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certify_credential_events_key_id"), ["key_id"], unique=False)
