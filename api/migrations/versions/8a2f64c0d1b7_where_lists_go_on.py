"""Where lists go on: an index for each, and the agency beside its items."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "8a2f64c0d1b7"
down_revision = "a41c6d2e9f07"
branch_labels = None
depends_on = None

_INDEXES = (
    ("certify_items", ["agency_code", "item_id"]),
    ("certify_items", ["agency_code", "state", "item_id"]),
    ("certify_cases", ["agency_code", "case_id"]),
    ("certify_cases", ["agency_code", "state", "case_id"]),
    ("vault_records", ["holder_id", "record_id"]),
    ("vault_shares", ["holder_id", "share_id"]),
    ("vault_consents", ["holder_id", "consent_id"]),
    ("dossiers_submissions", ["holder_id", "submission_id"]),
    ("dossiers_submissions", ["recipient_agency", "submission_id"]),
)


def upgrade() -> None:
    """Add the column, fill it, and make the indexes; code that does not know the column leaves it empty."""
    op.add_column("certify_items", sa.Column("agency_code", sa.String(length=64), nullable=True))
    op.execute(
        "UPDATE certify_items SET agency_code = "
        "(SELECT agency_code FROM certify_cases WHERE certify_cases.case_id = certify_items.case_id)"
    )
    for table, columns in _INDEXES:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns, unique=False)
