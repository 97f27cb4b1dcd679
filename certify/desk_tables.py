"""The tables of the counter: people of a case, checks for reuse, inspections, refusals' notices, absences, day closes.

As everywhere, no column holds a person's name or number; those lie encrypted under the case's own key.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from vault.database import SHA256_HEX_LENGTH, ULID_LENGTH, UtcDateTime, metadata

_ID: Final = sa.String(ULID_LENGTH)
_CODE: Final = sa.String(64)

case_people: Final = sa.Table(
    "certify_case_people",
    metadata,
    sa.Column("case_id", _ID, sa.ForeignKey("certify_cases.case_id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("role", _CODE, nullable=False),
    sa.Column("seen_by", _CODE),
    sa.Column("holder_id", _ID),
    sa.Column("number_digest", sa.String(SHA256_HEX_LENGTH)),
    sa.Column("number_last4", sa.String(4)),
    sa.Column("power", _CODE),
    sa.Column("power_until", UtcDateTime),
    sa.Column("noted_by", _ID, nullable=False),
    sa.Column("noted_at", UtcDateTime, nullable=False),
)

reuse_checks: Final = sa.Table(
    "certify_reuse_checks",
    metadata,
    sa.Column("check_id", _ID, primary_key=True),
    sa.Column("item_id", _ID, sa.ForeignKey("certify_items.item_id"), nullable=False, index=True),
    sa.Column("staff_id", _ID, nullable=False),
    sa.Column("basis_id", _CODE, nullable=False),
    # What was asked and how each answered, as codes.
    sa.Column("sources", sa.JSON, nullable=False),
    sa.Column("finding", _CODE, nullable=False),
    sa.Column("record_id", _ID),
    # The look-up that found a paper in a database; empty in rows of older releases.
    sa.Column("look_up_id", _ID),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("choice", _CODE),
    sa.Column("reason_code", _CODE),
    sa.Column("chosen_by", _ID),
    sa.Column("chosen_at", UtcDateTime),
)

inspections: Final = sa.Table(
    "certify_inspections",
    metadata,
    sa.Column("inspection_id", _ID, primary_key=True),
    sa.Column("item_id", _ID, sa.ForeignKey("certify_items.item_id"), nullable=False, index=True),
    sa.Column("staff_id", _ID, nullable=False),
    sa.Column("pages_compared", sa.Integer, nullable=False),
    sa.Column("issuer", _CODE, nullable=False),
    sa.Column("evidence", _CODE),
    sa.Column("suggestions", sa.JSON, nullable=False),
    sa.Column("checklist", sa.JSON, nullable=False),
    sa.Column("inspected_at", UtcDateTime, nullable=False),
)

# Numbers of a waiting room: whose they are, nobody knows.
tickets: Final = sa.Table(
    "certify_tickets",
    metadata,
    sa.Column("agency_code", _CODE, sa.ForeignKey("certify_agencies.agency_code"), primary_key=True),
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("state", _CODE, nullable=False),
    sa.Column("desk", sa.String(40)),
    sa.Column("taken_at", UtcDateTime, nullable=False),
    sa.Column("called_at", UtcDateTime),
)

four_eyes: Final = sa.Table(
    "certify_four_eyes",
    metadata,
    sa.Column("policy_id", _ID, primary_key=True),
    sa.Column("agency_code", _CODE, sa.ForeignKey("certify_agencies.agency_code"), nullable=False, index=True),
    sa.Column("decision_number", sa.Text, nullable=False),
    sa.Column("valid_from", UtcDateTime, nullable=False),
    sa.Column("valid_until", UtcDateTime),
    # Empty for every type of paper; who entered and who ended it is empty in rows of older releases.
    sa.Column("doc_type", _CODE),
    sa.Column("entered_by", _CODE),
    sa.Column("ended_by", _CODE),
)

refusal_notices: Final = sa.Table(
    "certify_refusal_notices",
    metadata,
    sa.Column("item_id", _ID, sa.ForeignKey("certify_items.item_id"), primary_key=True),
    sa.Column("case_id", _ID, sa.ForeignKey("certify_cases.case_id"), nullable=False),
    sa.Column("refusal_code", _CODE, nullable=False),
    sa.Column("sha256_hex", sa.String(SHA256_HEX_LENGTH), nullable=False),
    sa.Column("sealed_at", UtcDateTime, nullable=False),
)

absences: Final = sa.Table(
    "certify_absences",
    metadata,
    sa.Column("staff_id", _ID, sa.ForeignKey("certify_staff.staff_id"), primary_key=True),
    sa.Column("since", UtcDateTime, primary_key=True),
    sa.Column("until", UtcDateTime, nullable=False),
    sa.Column("substitute_id", _ID, sa.ForeignKey("certify_staff.staff_id"), nullable=False),
    sa.Column("ended_at", UtcDateTime),
)

day_closes: Final = sa.Table(
    "certify_day_closes",
    metadata,
    sa.Column("close_id", _ID, primary_key=True),
    sa.Column("agency_code", _CODE, sa.ForeignKey("certify_agencies.agency_code"), nullable=False, index=True),
    sa.Column("staff_id", _ID, sa.ForeignKey("certify_staff.staff_id"), nullable=False),
    sa.Column("closed_at", UtcDateTime, nullable=False),
    sa.Column("counted_cash_vnd", sa.Integer, nullable=False),
    sa.Column("totals", sa.JSON, nullable=False),
)

delivery_terms: Final = sa.Table(
    "certify_delivery_terms",
    metadata,
    sa.Column("case_id", _ID, sa.ForeignKey("certify_cases.case_id"), primary_key=True),
    # Address and passcode, sealed under the case's keyset.
    sa.Column("sealed_terms", sa.LargeBinary, nullable=False),
    sa.Column("set_by", _CODE, nullable=False),
    sa.Column("set_at", UtcDateTime, nullable=False),
)

handovers: Final = sa.Table(
    "certify_handovers",
    metadata,
    sa.Column("handover_id", _ID, primary_key=True),
    sa.Column("case_id", _ID, sa.ForeignKey("certify_cases.case_id"), nullable=False, index=True),
    sa.Column("way", _CODE, nullable=False),
    sa.Column("receiver_role", _CODE),
    sa.Column("seen_by", _CODE),
    sa.Column("carrier", _CODE),
    sa.Column("tracking_id", _CODE),
    sa.Column("shares", sa.JSON, nullable=False),
    # The secrets of mailed links, sealed under the case's keyset until their time is over.
    sa.Column("sealed_links", sa.LargeBinary),
    sa.Column("made_by", _ID, nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
)

postal_notes: Final = sa.Table(
    "certify_postal_notes",
    metadata,
    # What came by post: under which number, with how many sheets, and who opened it.
    sa.Column("case_id", _ID, sa.ForeignKey("certify_cases.case_id"), primary_key=True),
    sa.Column("carrier", _CODE, nullable=False),
    sa.Column("tracking_id", _CODE, nullable=False),
    sa.Column("arrived_on", sa.Date, nullable=False),
    sa.Column("returned_carrier", _CODE),
    sa.Column("returned_tracking_id", _CODE),
    sa.Column("returned_by", _ID),
    sa.Column("returned_at", UtcDateTime),
    sa.Column("noted_by", _ID, nullable=False),
    sa.Column("noted_at", UtcDateTime, nullable=False),
)

assistance: Final = sa.Table(
    "certify_assistance",
    metadata,
    # Who helped the citizen, in which language it was read aloud, and how the citizen agreed.
    sa.Column("case_id", _ID, sa.ForeignKey("certify_cases.case_id"), primary_key=True),
    sa.Column("helper_id", _ID, sa.ForeignKey("certify_staff.staff_id"), nullable=False),
    sa.Column("agreed_by", _CODE, nullable=False),
    sa.Column("language", _CODE, nullable=False),
    sa.Column("noted_by", _ID, nullable=False),
    sa.Column("noted_at", UtcDateTime, nullable=False),
)
