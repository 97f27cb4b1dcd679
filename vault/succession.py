"""What a recipient's successor receives: grants that still run, with a line in each holder's history, and webhooks."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from guard.clock import RandomBytes
from vault.delivery.tables import webhooks
from vault.history import AccessAction, AccessEvent, ActorKind, record_access
from vault.tables import consents, grant_records, reuse_grants


def pass_grants(
    tx: Connection, code: str, *, to: str, decision_number: str, at: datetime, random_bytes: RandomBytes
) -> int:
    """Let the successor fetch what its predecessor still might; the holder sees it. Receipts stay as they were given."""
    running = sa.select(reuse_grants.c.grant_id, reuse_grants.c.holder_id, reuse_grants.c.consent_id).where(
        reuse_grants.c.recipient_agency == code,
        reuse_grants.c.revoked_at.is_(None),
        reuse_grants.c.expires_at > at,
    )
    found = tx.execute(running.order_by(reuse_grants.c.grant_id)).all()
    for grant in found:
        named = sa.select(grant_records.c.record_id).where(grant_records.c.grant_id == grant.grant_id)
        for record_id in tx.execute(named.order_by(grant_records.c.record_id)).scalars().all():
            event = AccessEvent(
                holder_id=grant.holder_id,
                action=AccessAction.GRANTED,
                actor_kind=ActorKind.SYSTEM,
                actor_id="agency-reform",
                agency_code=to,
                at=at,
                reason=f"SUCCESSION {code} {decision_number}"[:300],
                record_id=record_id,
            )
            record_access(tx, event, random_bytes=random_bytes)
        tx.execute(reuse_grants.update().where(reuse_grants.c.grant_id == grant.grant_id).values(recipient_agency=to))
        tx.execute(consents.update().where(consents.c.consent_id == grant.consent_id).values(recipient_agency=to))
    return len(found)


def pass_webhooks(tx: Connection, code: str, *, to: str) -> int:
    """Let an agency's systems be told of what its successor does."""
    values = {"agency_code": to, "version": webhooks.c.version + 1}
    return tx.execute(webhooks.update().where(webhooks.c.agency_code == code).values(values)).rowcount
