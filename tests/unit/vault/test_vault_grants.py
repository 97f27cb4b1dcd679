"""Reuse: one purpose, one recipient, a term; every fetch seen by the holder, refused ones too."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from guard import Spool, bytes_of
from tests.vault_town import Town
from vault.errors import (
    BlobCorrupt,
    ConsentInvalid,
    GrantExpired,
    GrantOutOfScope,
    GrantRevoked,
    NotFound,
    PaperNotCurrent,
)
from vault.grants import (
    NewConsent,
    ReuseGrant,
    ReuseRequest,
    fetch_for_reuse,
    get_consent,
    get_grant,
    give_consent,
    grant_reuse,
    list_consents,
    list_grants,
    revoke_grant,
    withdraw_consent,
)
from vault.history import AccessAction, AccessOutcome, history_for_holder
from vault.owners import HolderOwner
from vault.records import Record, withdraw_record
from vault.shapes import RegisterStatus, RenditionKind
from vault.status import set_status

# Each has a database, a service or keys of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

SCHOOL = "school-1"
PURPOSE = "enrol a child in school"


@dataclass
class Story:
    town: Town
    owner: HolderOwner
    record: Record
    grant: ReuseGrant

    @property
    def request(self) -> ReuseRequest:
        return ReuseRequest(self.grant.grant_id, self.record.record_id, SCHOOL, actor_id="school-system")

    def fetch(self, request: ReuseRequest | None = None, *, later: timedelta = timedelta(0)) -> bytes:
        town = self.town
        with Spool(town.folder / "spool").room() as room:
            fetched = fetch_for_reuse(
                town.database,
                request or self.request,
                vault=town.vault,
                room=room,
                at=town.at + later,
                random_bytes=town.random_bytes,
            )
            return bytes_of(fetched.content)

    def outcomes(self) -> list[AccessOutcome]:
        with self.town.database.read() as tx:
            entries = history_for_holder(tx, self.owner)
        return [entry.event.outcome for entry in entries if entry.event.action is AccessAction.FETCHED]


def consent_for(town: Town, record: Record) -> NewConsent:
    return NewConsent((PURPOSE,), SCHOOL, (record.record_id,), town.at + timedelta(days=30), case_id="case-1")


@pytest.fixture
def story(town: Town) -> Story:
    holder = town.enrol()
    record, owner = town.deposit_copy(holder), town.owner(holder)
    with town.database.transaction() as tx:
        consent = give_consent(tx, owner, consent_for(town, record), at=town.at, random_bytes=town.random_bytes)
        grant = grant_reuse(tx, owner, consent.consent_id, at=town.at, random_bytes=town.random_bytes)
    return Story(town, owner, record, grant)


def test_recipient_fetches_the_very_bytes_and_the_holder_sees_it(story: Story) -> None:
    assert hashlib.sha256(story.fetch()).hexdigest() == story.record.renditions[0].sha256_hex
    with story.town.database.read() as tx:
        event = history_for_holder(tx, story.owner)[0].event
    assert (event.actor_id, event.agency_code, event.reason) == ("school-system", SCHOOL, PURPOSE)
    assert (event.record_id, event.outcome) == (story.record.record_id, AccessOutcome.DONE)


def test_withdrawn_consent_stops_the_next_fetch_and_the_refusal_is_in_the_history(story: Story) -> None:
    story.fetch()
    with story.town.database.transaction() as tx:
        for _ in range(2):
            withdraw_consent(
                tx, story.owner, story.grant.consent_id, at=story.town.at, random_bytes=story.town.random_bytes
            )
    with pytest.raises(GrantRevoked):
        story.fetch()
    assert story.outcomes() == [AccessOutcome.REVOKED, AccessOutcome.DONE]


def test_revoked_grant_stops_the_next_fetch(story: Story) -> None:
    town = story.town
    with town.database.transaction() as tx:
        revoke_grant(tx, story.owner, story.grant.grant_id, at=town.at, random_bytes=town.random_bytes)
        revoke_grant(tx, story.owner, story.grant.grant_id, at=town.at, random_bytes=town.random_bytes)
    with pytest.raises(GrantRevoked):
        story.fetch()


def test_grant_ends_exactly_with_its_consent(story: Story) -> None:
    story.fetch(later=timedelta(days=30) - timedelta(microseconds=1))
    with pytest.raises(GrantExpired):
        story.fetch(later=timedelta(days=30))
    assert story.outcomes()[:1] == [AccessOutcome.EXPIRED]


def test_another_agency_learns_nothing_and_the_holder_learns_of_it(story: Story) -> None:
    with pytest.raises(NotFound) as foreign:
        story.fetch(replace(story.request, recipient_agency="bank-1"))
    with pytest.raises(NotFound) as absent:
        story.fetch(replace(story.request, grant_id=story.town.new_id()))
    assert str(foreign.value)[32:] == str(absent.value)[32:]
    assert story.outcomes() == [AccessOutcome.OUT_OF_SCOPE]


def test_paper_outside_the_grant_is_refused_also_when_it_is_the_same_holders(story: Story) -> None:
    with story.town.database.read() as tx:
        holder_id = get_grant(tx, story.owner, story.grant.grant_id).holder_id
    stranger = story.town.deposit_copy(story.town.enrol())
    for record_id in (stranger.record_id, holder_id):
        with pytest.raises(GrantOutOfScope):
            story.fetch(replace(story.request, record_id=record_id))
    with pytest.raises(GrantOutOfScope):
        story.fetch(replace(story.request, kind=RenditionKind.SOURCE_SCAN))
    assert story.outcomes() == [AccessOutcome.OUT_OF_SCOPE] * 3


def test_history_comes_in_pages_and_in_order(story: Story) -> None:
    stranger = story.town.owner(story.town.enrol())
    for _ in range(3):
        story.fetch()
    with story.town.database.read() as tx:
        whole = history_for_holder(tx, story.owner)
        first = history_for_holder(tx, story.owner, limit=2)
        rest = history_for_holder(tx, story.owner, before_event_id=first[-1].event_id)
        assert first + rest == whole
        assert history_for_holder(tx, stranger, before_event_id=first[0].event_id) == ()
    assert [entry.event.action for entry in whole[:4]] == [AccessAction.FETCHED] * 3 + [AccessAction.GRANTED]


def _annul(story: Story) -> None:
    assert story.record.code is not None
    with story.town.database.transaction() as tx:
        set_status(tx, story.record.code, at=story.town.at, register=RegisterStatus.ANNULLED, decision_number="3/QĐ")


def _withdraw(story: Story) -> None:
    with story.town.database.transaction() as tx:
        withdraw_record(tx, story.owner, story.record.record_id)


@pytest.mark.parametrize("change", [_annul, _withdraw])
def test_paper_annulled_or_withdrawn_meanwhile_is_not_given_out(story: Story, change: Callable[[Story], None]) -> None:
    change(story)
    with pytest.raises(PaperNotCurrent):
        story.fetch()
    assert story.outcomes() == [AccessOutcome.NOT_CURRENT]


def test_rotten_blob_is_an_outcome_in_the_history(story: Story) -> None:
    (path,) = Path(story.town.folder / "blobs").rglob("sealed.pdf")
    path.write_bytes(b"rot")
    with pytest.raises(BlobCorrupt):
        story.fetch()
    assert story.outcomes()[0] is AccessOutcome.CORRUPT


def test_receipt_names_purpose_recipient_papers_and_term_and_its_digest_fits(story: Story) -> None:
    with story.town.database.read() as tx:
        consent = get_consent(tx, story.owner, story.grant.consent_id)
    receipt = json.loads(consent.receipt)
    assert consent.receipt_sha256_hex == hashlib.sha256(consent.receipt).hexdigest()
    assert receipt["purpose"] == PURPOSE
    assert receipt["recipient_agency"] == SCHOOL
    assert receipt["records"] == [story.record.uri]
    assert receipt["expires_at"] == "2026-12-22T03:00:00+00:00"


@pytest.mark.parametrize(
    "change",
    [
        {"purposes": ()},
        {"purposes": ("",)},
        {"purposes": ("one", "two")},
        {"purposes": ("one", " ")},
        {"recipient_agency": " "},
        {"record_ids": ()},
        {"expires_at": "past"},
        {"expires_at": "far"},
    ],
)
def test_consent_without_one_purpose_a_recipient_papers_and_a_short_term_is_refused(
    story: Story, change: dict[str, object]
) -> None:
    terms = {"past": story.town.at, "far": story.town.at + timedelta(days=90, seconds=1)}
    values = {name: terms.get(value, value) if isinstance(value, str) else value for name, value in change.items()}
    asked = replace(consent_for(story.town, story.record), **values)  # type: ignore[arg-type]  # one field each
    with story.town.database.transaction() as tx, pytest.raises(ConsentInvalid):
        give_consent(tx, story.owner, asked, at=story.town.at, random_bytes=story.town.random_bytes)


def test_consent_for_another_persons_or_a_withdrawn_paper_is_refused(story: Story) -> None:
    town = story.town
    stranger = town.deposit_copy(town.enrol())
    with town.database.transaction() as tx, pytest.raises(NotFound):
        give_consent(tx, story.owner, consent_for(town, stranger), at=town.at, random_bytes=town.random_bytes)
    _withdraw(story)
    with town.database.transaction() as tx, pytest.raises(ConsentInvalid):
        give_consent(tx, story.owner, consent_for(town, story.record), at=town.at, random_bytes=town.random_bytes)


def test_grant_needs_an_active_consent_and_no_more_papers_than_it_names(story: Story) -> None:
    town, consent_id = story.town, story.grant.consent_id
    other = town.deposit_copy(town.enrol())
    with town.database.transaction() as tx:
        with pytest.raises(ConsentInvalid):
            grant_reuse(
                tx,
                story.owner,
                consent_id,
                at=town.at,
                random_bytes=town.random_bytes,
                record_ids=(other.record_id,),
            )
        withdraw_consent(tx, story.owner, consent_id, at=town.at, random_bytes=town.random_bytes)
        with pytest.raises(ConsentInvalid):
            grant_reuse(tx, story.owner, consent_id, at=town.at, random_bytes=town.random_bytes)


def test_stranger_neither_sees_nor_ends_consents_and_grants(story: Story) -> None:
    town = story.town
    stranger = town.owner(town.enrol())
    with town.database.transaction() as tx:
        assert list_consents(tx, stranger) == ()
        assert list_grants(tx, stranger) == ()
        assert (len(list_consents(tx, story.owner)), len(list_grants(tx, story.owner))) == (1, 1)
        with pytest.raises(NotFound):
            withdraw_consent(tx, stranger, story.grant.consent_id, at=town.at, random_bytes=town.random_bytes)
        with pytest.raises(NotFound):
            revoke_grant(tx, stranger, story.grant.grant_id, at=town.at, random_bytes=town.random_bytes)
        with pytest.raises(NotFound):
            grant_reuse(tx, stranger, story.grant.consent_id, at=town.at, random_bytes=town.random_bytes)
    story.fetch()
