"""Bring one of the ten codes, as the agency that received a dossier or as the one who filed it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from dossiers.linked import stop_those_waiting
from dossiers.statuses import Status, StatusMove, move_status
from dossiers.submission import Submission, get_for_holder, get_for_recipient
from dossiers.tables import submissions
from vault import HolderOwner


def move_for_recipient(
    tx: Connection, submission_id: str, move: StatusMove, *, recipient_agency: str, expected_version: int, at: datetime
) -> Submission:
    """Bring one of the ten codes as the agency that received a dossier; raises as `get_for_recipient` and `move_status`."""
    get_for_recipient(tx, recipient_agency, submission_id)
    owned = submissions.c.recipient_agency == recipient_agency
    reached = move_status(tx, submission_id, move, owned=owned, expected_version=expected_version, at=at)
    if reached in {Status.REFUSED, Status.STOPPED}:
        stop_those_waiting(tx, submission_id, at=at)
    return get_for_recipient(tx, recipient_agency, submission_id)


def move_for_holder(
    tx: Connection, owner: HolderOwner, submission_id: str, move: StatusMove, *, at: datetime
) -> Submission:
    """Bring a code as the one who filed a dossier, which is to ask that it be taken back; raises as above."""
    version = get_for_holder(tx, owner, submission_id).version
    owned = submissions.c.holder_id == owner.holder_id
    move_status(tx, submission_id, move, owned=owned, expected_version=version, at=at)
    return get_for_holder(tx, owner, submission_id)
