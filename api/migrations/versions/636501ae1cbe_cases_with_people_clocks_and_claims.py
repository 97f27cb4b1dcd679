"""cases with people, clocks and claims."""

# One long list by nature: it is generated from the tables of every package, then read by a person.
# ruff: noqa: PLR0915

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "636501ae1cbe"
down_revision = "e4a9c1d70b35"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "certify_four_eyes",
        sa.Column("policy_id", sa.String(length=26), nullable=False),
        sa.Column("agency_code", sa.String(length=64), nullable=False),
        sa.Column("decision_number", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["agency_code"],
            ["certify_agencies.agency_code"],
            name=op.f("fk_certify_four_eyes_agency_code_certify_agencies"),
        ),
        sa.PrimaryKeyConstraint("policy_id", name=op.f("pk_certify_four_eyes")),
    )
    with op.batch_alter_table("certify_four_eyes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certify_four_eyes_agency_code"), ["agency_code"], unique=False)

    op.create_table(
        "certify_absences",
        sa.Column("staff_id", sa.String(length=26), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("substitute_id", sa.String(length=26), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["certify_staff.staff_id"], name=op.f("fk_certify_absences_staff_id_certify_staff")
        ),
        sa.ForeignKeyConstraint(
            ["substitute_id"], ["certify_staff.staff_id"], name=op.f("fk_certify_absences_substitute_id_certify_staff")
        ),
        sa.PrimaryKeyConstraint("staff_id", "since", name=op.f("pk_certify_absences")),
    )
    op.create_table(
        "certify_case_events",
        sa.Column("event_no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("from_state", sa.String(length=64), nullable=False),
        sa.Column("to_state", sa.String(length=64), nullable=False),
        sa.Column("actor_kind", sa.String(length=64), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("detail_code", sa.String(length=64), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["certify_cases.case_id"], name=op.f("fk_certify_case_events_case_id_certify_cases")
        ),
        sa.PrimaryKeyConstraint("event_no", name=op.f("pk_certify_case_events")),
    )
    with op.batch_alter_table("certify_case_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certify_case_events_case_id"), ["case_id"], unique=False)

    op.create_table(
        "certify_case_people",
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("seen_by", sa.String(length=64), nullable=True),
        sa.Column("holder_id", sa.String(length=26), nullable=True),
        sa.Column("number_digest", sa.String(length=64), nullable=True),
        sa.Column("number_last4", sa.String(length=4), nullable=True),
        sa.Column("power", sa.String(length=64), nullable=True),
        sa.Column("power_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("noted_by", sa.String(length=26), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["certify_cases.case_id"], name=op.f("fk_certify_case_people_case_id_certify_cases")
        ),
        sa.PrimaryKeyConstraint("case_id", "position", name=op.f("pk_certify_case_people")),
    )
    op.create_table(
        "certify_day_closes",
        sa.Column("close_id", sa.String(length=26), nullable=False),
        sa.Column("agency_code", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.String(length=26), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_cash_vnd", sa.Integer(), nullable=False),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_code"],
            ["certify_agencies.agency_code"],
            name=op.f("fk_certify_day_closes_agency_code_certify_agencies"),
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["certify_staff.staff_id"], name=op.f("fk_certify_day_closes_staff_id_certify_staff")
        ),
        sa.PrimaryKeyConstraint("close_id", name=op.f("pk_certify_day_closes")),
    )
    with op.batch_alter_table("certify_day_closes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certify_day_closes_agency_code"), ["agency_code"], unique=False)

    op.create_table(
        "certify_inspections",
        sa.Column("inspection_id", sa.String(length=26), nullable=False),
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("staff_id", sa.String(length=26), nullable=False),
        sa.Column("pages_compared", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(length=64), nullable=False),
        sa.Column("evidence", sa.String(length=64), nullable=True),
        sa.Column("suggestions", sa.JSON(), nullable=False),
        sa.Column("checklist", sa.JSON(), nullable=False),
        sa.Column("inspected_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["certify_items.item_id"], name=op.f("fk_certify_inspections_item_id_certify_items")
        ),
        sa.PrimaryKeyConstraint("inspection_id", name=op.f("pk_certify_inspections")),
    )
    with op.batch_alter_table("certify_inspections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certify_inspections_item_id"), ["item_id"], unique=False)

    op.create_table(
        "certify_refusal_notices",
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("refusal_code", sa.String(length=64), nullable=False),
        sa.Column("sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["certify_cases.case_id"], name=op.f("fk_certify_refusal_notices_case_id_certify_cases")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["certify_items.item_id"], name=op.f("fk_certify_refusal_notices_item_id_certify_items")
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_certify_refusal_notices")),
    )
    op.create_table(
        "certify_reuse_checks",
        sa.Column("check_id", sa.String(length=26), nullable=False),
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("staff_id", sa.String(length=26), nullable=False),
        sa.Column("basis_id", sa.String(length=64), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("finding", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.String(length=26), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("choice", sa.String(length=64), nullable=True),
        sa.Column("reason_code", sa.String(length=64), nullable=True),
        sa.Column("chosen_by", sa.String(length=26), nullable=True),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["item_id"], ["certify_items.item_id"], name=op.f("fk_certify_reuse_checks_item_id_certify_items")
        ),
        sa.PrimaryKeyConstraint("check_id", name=op.f("pk_certify_reuse_checks")),
    )
    with op.batch_alter_table("certify_reuse_checks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certify_reuse_checks_item_id"), ["item_id"], unique=False)

    with op.batch_alter_table("certify_cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tracking_code", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("receiving_agency_code", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("claimed_by", sa.String(length=26), nullable=True))
        batch_op.add_column(sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("clock_stopped_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("waits_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reason_code", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("delivery", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("appointment_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_certify_cases_tracking_code"), ["tracking_code"], unique=True)

    with op.batch_alter_table("certify_items", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reuse_record_id", sa.String(length=26), nullable=True))
        batch_op.add_column(sa.Column("subject_match", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("relation_code", sa.String(length=64), nullable=True))

    with op.batch_alter_table("certify_payments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("taken_by", sa.String(length=26), nullable=True))
        batch_op.add_column(sa.Column("refunded_by", sa.String(length=26), nullable=True))
        batch_op.add_column(sa.Column("exemption_code", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("close_id", sa.String(length=26), nullable=True))
        batch_op.add_column(sa.Column("refund_close_id", sa.String(length=26), nullable=True))
