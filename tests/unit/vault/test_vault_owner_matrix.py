"""A or B, generated: every function of vault and dossiers that takes an owner gives A nothing of B and changes nothing of B's."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

import dossiers
import vault
from dossiers import DossierError
from dossiers.candidates import read_candidates
from dossiers.duty import DutyAsked, access_by_duty, load_duties
from dossiers.feedback import get_own_feedback, list_own_feedback
from dossiers.linked import get_linked_filing, list_linked_filings
from dossiers.moving import move_for_holder
from dossiers.requests import (
    Asking,
    Way,
    ask_holder,
    decline,
    get_request_of_holder,
    open_for_decision,
    requests_of_holder,
)
from dossiers.statuses import By, Status, StatusMove
from dossiers.submission import get_for_holder
from dossiers.submission import list_for_holder as list_submissions
from dossiers.tables import paper_requests
from tests.vault_town import AGENCY, TITLES, Town
from vault.consents import get_consent, give_consent, list_consents, lock_active_consent, withdraw_consent
from vault.details import read_details
from vault.errors import VaultError
from vault.grants import NewConsent, get_grant, grant_reuse, list_grants, revoke_grant
from vault.history import history_for_holder
from vault.joint import let_others_share_alone
from vault.mandates import (
    EnteredBy,
    MandateKind,
    NewMandate,
    appoint_user,
    dismiss_user,
    give_mandate,
    mandate_in_force,
)
from vault.owners import HolderOwner, MandateAccess
from vault.records import (
    NewRendition,
    add_rendition,
    get_authority_proof,
    get_by_uri,
    get_for_owner,
    list_for_holder,
    withdraw_record,
)
from vault.retention import erase_paper
from vault.search import search_papers
from vault.shapes import RenditionKind
from vault.share_answers import answers_for_holder
from vault.shares import NewShare, create_share, list_shares, revoke_share
from vault.tables import consents, records, reuse_grants, shares
from vault.twins import read_twin

# Each has a database of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass(frozen=True)
class Two:
    """A's permissions, and everything of B."""

    town: Town
    a: HolderOwner
    a_by_mandate: MandateAccess
    record: Any
    consent_id: str
    grant_id: str
    share_id: str
    mandate_id: str
    request_id: str

    def more(self) -> dict[str, Any]:
        return {"at": self.town.at, "random_bytes": self.town.random_bytes}


def build(town: Town) -> Two:
    a, b, child_of_a, child_of_b = (town.enrol() for _ in range(4))
    record = town.deposit_copy(b)
    more = {"at": town.at, "random_bytes": town.random_bytes}
    with town.database.transaction() as tx:
        owner_b = town.owner(b)
        asked = NewConsent(("enrol",), "school-1", (record.record_id,), town.at + timedelta(days=5))
        consent = give_consent(tx, owner_b, asked, **more)
        grant = grant_reuse(tx, owner_b, consent.consent_id, **more)
        share, _ = create_share(tx, owner_b, NewShare(record.record_id, "x", "y"), vault=town.vault, **more)
        asking = Asking(AGENCY, "clerk", "session", "SAMPLE")
        request = ask_holder(tx, b.holder_id, asking, way=Way.ASKED, **more)
        given = [
            give_mandate(
                tx,
                NewMandate(child.holder_id, parent.holder_id, MandateKind.PARENT, "KS"),
                entered_by=EnteredBy("clerk", AGENCY),
                birth_date=town.at.date(),
                zone=ZONE,
                **more,
            )
            for child, parent in ((child_of_a, a), (child_of_b, b))
        ]
    # A names the own mandate and B's vault: a forged combination.
    forged = MandateAccess(given[0].mandate_id, a.holder_id, b.holder_id, town.at)
    return Two(
        town,
        town.owner(a),
        forged,
        record,
        consent.consent_id,
        grant.grant_id,
        share.share_id,
        given[1].mandate_id,
        request.request_id,
    )


def rendition(two: Two) -> NewRendition:
    return NewRendition(two.record.renditions[0].blob, RenditionKind.SIGNED_PDF)


def user(two: Two) -> NewMandate:
    return NewMandate(two.record.holder_id, two.a.holder_id, MandateKind.APPOINTED_USER, "x")


Call = Callable[[Two, Connection], Any]
READ: dict[str, Call] = {
    "vault.consents.get_consent": lambda two, tx: get_consent(tx, two.a, two.consent_id),
    "vault.consents.list_consents": lambda two, tx: list_consents(tx, two.a),
    "vault.details.read_details": lambda two, tx: read_details(tx, two.a, two.record.record_id, vault=two.town.vault),
    "vault.grants.get_grant": lambda two, tx: get_grant(tx, two.a, two.grant_id),
    "vault.grants.list_grants": lambda two, tx: list_grants(tx, two.a),
    "vault.mandates.mandate_in_force": lambda two, tx: mandate_in_force(tx, two.a_by_mandate),
    "vault.records.list_for_holder": lambda two, tx: list_for_holder(tx, two.a) + list_for_holder(tx, two.a_by_mandate),
    "vault.records.get_for_owner": lambda two, tx: get_for_owner(tx, two.a_by_mandate, two.record.record_id),
    "vault.records.get_by_uri": lambda two, tx: get_by_uri(tx, two.a, two.record.uri),
    "vault.records.get_authority_proof": lambda two, tx: get_authority_proof(tx, two.a, two.record.record_id),
    "vault.shares.list_shares": lambda two, tx: list_shares(tx, two.a, vault=two.town.vault),
    "vault.twins.read_twin": lambda two, tx: read_twin(tx, two.a, two.record.record_id, vault=two.town.vault),
    "dossiers.candidates.read_candidates": lambda two, tx: read_candidates(
        tx, two.a, blobs=two.town.vault, at=two.town.at, zone=ZONE
    ),
    "dossiers.requests.get_request_of_holder": lambda two, tx: get_request_of_holder(
        tx, two.a, two.request_id, at=two.town.at
    ),
    "dossiers.requests.requests_of_holder": lambda two, tx: requests_of_holder(tx, two.a, at=two.town.at),
    "vault.share_answers.answers_for_holder": lambda two, tx: tuple(
        answers_for_holder(tx, two.a, vault=two.town.vault)
    ),
    "dossiers.feedback.get_own_feedback": lambda two, tx: get_own_feedback(
        tx, two.a, two.town.new_id(), vault=two.town.vault
    ),
    "dossiers.feedback.list_own_feedback": lambda two, tx: list_own_feedback(tx, two.a, vault=two.town.vault),
    "dossiers.linked.get_linked_filing": lambda two, tx: get_linked_filing(tx, two.a, two.town.new_id()),
    "dossiers.linked.list_linked_filings": lambda two, tx: list_linked_filings(tx, two.a),
    "dossiers.submission.get_for_holder": lambda two, tx: get_for_holder(tx, two.a, two.town.new_id()),
    "dossiers.submission.list_for_holder": lambda two, tx: list_submissions(tx, two.a),
}


def by_duty(two: Two) -> DutyAsked:
    duty = load_duties()[0]
    return DutyAsked("school-1", duty.duty_id, two.record.doc_type, "7/2026")


CHANGE: dict[str, Call] = {
    "dossiers.duty.access_by_duty": lambda two, tx: access_by_duty(
        tx, two.a, by_duty(two), on=two.town.at.date(), **two.more()
    ),
    "dossiers.moving.move_for_holder": lambda two, tx: move_for_holder(
        tx, two.a, two.town.new_id(), StatusMove(Status.WITHDRAWAL_ASKED, By.HOLDER, two.a.holder_id), at=two.town.at
    ),
    "dossiers.requests.open_for_decision": lambda two, tx: open_for_decision(tx, two.a, two.request_id, at=two.town.at),
    "dossiers.requests.decline": lambda two, tx: decline(tx, two.a, two.request_id, reason="x", at=two.town.at),
    "vault.consents.give_consent": lambda two, tx: give_consent(
        tx,
        two.a,
        NewConsent(("x",), "school-1", (two.record.record_id,), two.town.at + timedelta(days=1)),
        **two.more(),
    ),
    "vault.consents.withdraw_consent": lambda two, tx: withdraw_consent(tx, two.a, two.consent_id, **two.more()),
    "vault.consents.lock_active_consent": lambda two, tx: lock_active_consent(
        tx, two.a, two.consent_id, at=two.town.at
    ),
    "vault.grants.grant_reuse": lambda two, tx: grant_reuse(tx, two.a, two.consent_id, **two.more()),
    "vault.grants.revoke_grant": lambda two, tx: revoke_grant(tx, two.a, two.grant_id, **two.more()),
    "vault.joint.let_others_share_alone": lambda two, tx: let_others_share_alone(
        tx, two.a, two.record.record_id, allowed=True
    ),
    "vault.mandates.appoint_user": lambda two, tx: appoint_user(tx, two.a_by_mandate, user(two), **two.more()),
    "vault.mandates.dismiss_user": lambda two, tx: dismiss_user(tx, two.a_by_mandate, two.mandate_id, **two.more()),
    "vault.records.add_rendition": lambda two, tx: add_rendition(
        tx, two.a, two.record.record_id, new=rendition(two), at=two.town.at
    ),
    "vault.records.withdraw_record": lambda two, tx: withdraw_record(tx, two.a, two.record.record_id),
    "vault.shares.create_share": lambda two, tx: create_share(
        tx, two.a_by_mandate, NewShare(two.record.record_id, "x", "y"), vault=two.town.vault, **two.more()
    ),
    "vault.shares.revoke_share": lambda two, tx: revoke_share(tx, two.a, two.share_id, **two.more()),
}
OWN_TRANSACTION: dict[str, Callable[[Two], Any]] = {
    "vault.retention.erase_paper": lambda two: erase_paper(
        two.town.database, two.a, two.record.record_id, vault=two.town.vault, reason="x", **two.more()
    ),
    "vault.search.search_papers": lambda two: search_papers(
        two.town.database, two.a, TITLES.vi, vault=two.town.vault, **two.more()
    ),
}
# What reads no rows: they turn an owner into a condition or a word, or judge a record that was read for the owner before;
# the history, which A has of the own (mandates), and the filing, whose papers come from the candidates above.
APART = {
    "vault.history.actor_of",
    "vault.owners.all_readable_by",
    "vault.owners.may_read",
    "vault.owners.readable_by",
    "vault.joint.check_may_give",
    "vault.history.history_for_holder",
    "dossiers.submission.submit",
    "dossiers.linked.file_together",
    # What somebody says is their own; whether the thing is theirs was asked before.
    "dossiers.feedback.give_feedback",
    # A code on a screen is nobody's until it is taken, and a code of one's own is one's own.
    "dossiers.requests.show_on_phone",
    "dossiers.requests.take_from_counter",
}


def taking_owner() -> set[str]:
    found = set()
    for package in (vault, dossiers):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            loaded = importlib.import_module(module.name)
            found |= {
                f"{module.name}.{name}"
                for name, function in vars(loaded).items()
                if inspect.isfunction(function)
                and function.__module__ == module.name
                and not name.startswith("_")
                and "owner" in function.__annotations__
            }
    return found


def state_of_b(two: Two) -> list[Any]:
    with two.town.database.read() as tx:
        tables = (records, consents, reuse_grants, shares, paper_requests)
        return [tx.execute(sa.select(table)).all() for table in tables]


def test_matrix_names_every_function_that_takes_an_owner() -> None:
    assert taking_owner() == set(READ) | set(CHANGE) | set(OWN_TRANSACTION) | APART


@pytest.mark.parametrize("name", [*READ, *CHANGE])
def test_a_gets_and_changes_nothing_of_b_by(town: Town, name: str) -> None:
    two = build(town)
    before = state_of_b(two)
    call = (READ | CHANGE)[name]
    try:
        with town.database.transaction() as tx:
            found = call(two, tx)
    except (VaultError, DossierError):
        found = ()
    assert found == ()
    assert state_of_b(two) == before


@pytest.mark.parametrize("name", OWN_TRANSACTION)
def test_a_gets_and_changes_nothing_of_b_in_a_transaction_of_its_own_by(town: Town, name: str) -> None:
    two = build(town)
    before = state_of_b(two)
    try:
        found = OWN_TRANSACTION[name](two)
    except VaultError:
        found = ()
    assert found == ()
    assert state_of_b(two) == before
    assert not town.vault.is_shredded(two.record.document_id)


def test_the_history_of_b_is_not_in_that_of_a(town: Town) -> None:
    two = build(town)
    with town.database.read() as tx:
        seen = history_for_holder(tx, two.a)
        assert {one.event.holder_id for one in seen} == {two.a.holder_id}
        theirs = history_for_holder(tx, HolderOwner(two.record.holder_id))
        assert history_for_holder(tx, two.a, before_event_id=theirs[0].event_id) == ()
