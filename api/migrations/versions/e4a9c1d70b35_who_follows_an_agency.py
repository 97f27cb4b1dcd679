"""Who follows an agency that was abolished."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "e4a9c1d70b35"
down_revision = "d4a7e10c5b63"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; nobody follows anybody yet."""
    op.create_table(
        "certify_agency_successors",
        sa.Column("agency_code", sa.String(length=64), nullable=False),
        sa.Column("successor_code", sa.String(length=64), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision_number", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_code"],
            ["certify_agencies.agency_code"],
            name=op.f("fk_certify_agency_successors_agency_code_certify_agencies"),
        ),
        sa.ForeignKeyConstraint(
            ["successor_code"],
            ["certify_agencies.agency_code"],
            name=op.f("fk_certify_agency_successors_successor_code_certify_agencies"),
        ),
        sa.PrimaryKeyConstraint("agency_code", "successor_code", name=op.f("pk_certify_agency_successors")),
    )
