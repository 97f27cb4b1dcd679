"""Dossiers of an agency that ended: its successor receives them, with their steps; signed manifests stay as they are."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from dossiers.tables import feedback, submissions


def pass_submissions(tx: Connection, code: str, *, to: str) -> int:
    """Hand every dossier of an agency to its successor; gives how many."""
    tx.execute(feedback.update().where(feedback.c.agency_code == code).values(agency_code=to))
    return tx.execute(
        submissions.update().where(submissions.c.recipient_agency == code).values(recipient_agency=to)
    ).rowcount
