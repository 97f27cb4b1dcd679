"""What a vault forgets in its time, and what a recipient's successor receives."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.vault_town import Town
from vault.expiry import ended_consents, forget_accesses, forget_consent, old_accesses
from vault.grants import NewConsent, get_consent, get_grant, give_consent, grant_reuse, list_consents
from vault.history import history_for_holder
from vault.log.tables import log_leaves
from vault.owners import HolderOwner
from vault.succession import pass_grants

pytestmark = pytest.mark.slow

SCHOOL, HEIR = "school-1", "school-2"


def granted(town: Town) -> tuple[str, str, str]:
    """A holder who let a school fetch one paper for thirty days: holder, consent and grant."""
    holder = town.enrol()
    record, owner = town.deposit_copy(holder), town.owner(holder)
    new = NewConsent(("enrol a child",), SCHOOL, (record.record_id,), town.at + timedelta(days=30))
    with town.database.transaction() as tx:
        consent = give_consent(tx, owner, new, at=town.at, random_bytes=town.random_bytes)
        grant = grant_reuse(tx, owner, consent.consent_id, at=town.at, random_bytes=town.random_bytes)
    return holder.holder_id, consent.consent_id, grant.grant_id


def test_ended_consent_loses_its_words_and_keeps_the_digest_of_its_receipt(town: Town) -> None:
    holder_id, consent_id, _grant_id = granted(town)
    end = town.at + timedelta(days=30)
    with town.database.transaction() as tx:
        assert ended_consents(tx, before=end - timedelta(seconds=1), limit=9) == ()
        (ended,) = ended_consents(tx, before=end, limit=9)
        assert (ended.thing_id, ended.holder_id, ended.since) == (consent_id, holder_id, end)
        forget_consent(tx, consent_id)
        assert ended_consents(tx, before=end, limit=9) == ()
        owner = HolderOwner(holder_id)
        assert list_consents(tx, owner) == ()
        kept = get_consent(tx, owner, consent_id)
        assert (kept.purpose, kept.receipt) == ("", b"")
        assert len(kept.receipt_sha256_hex) == 64


def test_old_lines_of_the_history_go_with_the_meaning_of_their_leaves(town: Town) -> None:
    holder_id, _consent_id, _grant_id = granted(town)
    with town.database.transaction() as tx:
        lines = old_accesses(tx, before=town.at, limit=100)
        leaves = tx.execute(sa.select(sa.func.count()).select_from(log_leaves)).scalar_one()
        forget_accesses(tx, [line.thing_id for line in lines[:-1]])
        left = history_for_holder(tx, HolderOwner(holder_id))
        assert [entry.event_id for entry in left] == [lines[-1].thing_id]
        opened = sa.select(sa.func.count()).select_from(log_leaves)
        access = log_leaves.c.kind.startswith("access.")
        assert tx.execute(opened.where(access, log_leaves.c.opening.is_not(None))).scalar_one() == 1
        assert tx.execute(opened).scalar_one() == leaves


def test_running_grant_passes_to_the_successor_and_the_holder_sees_it(town: Town) -> None:
    holder_id, _consent_id, grant_id = granted(town)
    owner = HolderOwner(holder_id)
    with town.database.transaction() as tx:
        order = {"to": HEIR, "decision_number": "31/NQ", "random_bytes": town.random_bytes}
        assert pass_grants(tx, SCHOOL, at=town.at + timedelta(days=31), **order) == 0
        assert pass_grants(tx, SCHOOL, at=town.at, **order) == 1
        assert get_grant(tx, owner, grant_id).recipient_agency == HEIR
        event = history_for_holder(tx, owner)[0].event
    assert (event.agency_code, event.reason) == (HEIR, f"SUCCESSION {SCHOOL} 31/NQ")
