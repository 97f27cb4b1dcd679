"""A holder died: the vault is frozen at once, whatever it gave out ends, and only heirs read from now on."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from guard.clock import RandomBytes
from vault.consents import withdraw_consent
from vault.errors import MandateRefused
from vault.history import AccessAction, AccessEvent, ActorKind, record_access
from vault.holders import freeze_holder
from vault.mandates import EnteredBy, end_mandates_around
from vault.owners import HolderOwner
from vault.tables import consents, shares


def note_death(
    tx: Connection,
    holder_id: str,
    *,
    document_number: str,
    entered_by: EnteredBy,
    at: datetime,
    random_bytes: RandomBytes,
) -> None:
    """Freeze a vault on proof of death: shares, consents, grants and mandates end in this transaction.

    Noting it twice changes nothing.

    Raises:
        NotFound: no such holder.
        MandateRefused: no document is named.
    """
    if not document_number.strip():
        raise MandateRefused("a death is noted on a document; name its number")
    if not freeze_holder(tx, holder_id, document_number=document_number.strip(), at=at):
        return
    tx.execute(
        shares.update().where(shares.c.holder_id == holder_id, shares.c.revoked_at.is_(None)).values(revoked_at=at)
    )
    given = tx.execute(
        sa.select(consents.c.consent_id).where(consents.c.holder_id == holder_id, consents.c.withdrawn_at.is_(None))
    ).scalars()
    for consent_id in given.all():
        withdraw_consent(tx, HolderOwner(holder_id), consent_id, at=at, random_bytes=random_bytes)
    end_mandates_around(tx, holder_id, document_number=document_number, at=at)
    event = AccessEvent(
        holder_id=holder_id,
        action=AccessAction.FROZEN,
        actor_kind=ActorKind.STAFF,
        actor_id=entered_by.staff_id,
        agency_code=entered_by.agency_code,
        at=at,
        reason="DEATH_NOTED",
    )
    record_access(tx, event, random_bytes=random_bytes)
