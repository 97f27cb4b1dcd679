"""A key in the officer's own hands: the copy waits for its signature, durably, and nothing else passes for it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from certify.approve import ApprovalRequest, ask_a_token, find_approval
from certify.batch import BatchApproval, BatchLine, approve_batch
from certify.errors import CopyNotReady, CredentialNotYours, DelegationMissing, ReadyCopyChanged, SignatureNotAwaited
from certify.items import Item
from certify.pipeline import Outcome, OutcomeKind, TokenQuestion
from certify.pipeline.names import officer_signed_name, sealed_name
from certify.pipeline.token_signing import TokenSigning
from certify.tables import delegations, numbers
from certify.transitions import ItemState
from keys import AuthorityService, Fault, Pin
from signing.errors import DeferredExpired, SignatureMismatch
from signing.verify import Verdict, verify_pdf
from tests.bureau import LAW
from tests.journey_office import OFFICER_PIN, JourneyOffice, working_office

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JourneyOffice]:
    # Every document in a file, as a long one would be; the journeys keep theirs in memory.
    with working_office(tmp_path_factory.mktemp("by-token") / "home", held_bytes=0) as opened:
        yield opened


def _ask(office: JourneyOffice) -> str:
    return ask_a_token(at=office.clock.now(), random_bytes=office.services.random_bytes)


def _approved(office: JourneyOffice) -> Item:
    """An item that was approved and prepared for the officer's token."""
    item = office.prepared_item()
    request = office.approval_request(item.item_id, activation_id=_ask(office))
    outcome = office.pipeline.wait_certified(office.pipeline.approve_and_certify(request), timeout_seconds=60)
    assert (outcome.kind, outcome.code) == (OutcomeKind.AWAITING_SIGNATURE, "SIGNATURE_AWAITED")
    return office.item(item.item_id)


@pytest.fixture(scope="module")
def waiting(office: JourneyOffice) -> Item:
    """An item whose token is asked for a signature and never gives one; what is refused leaves it as it was."""
    return _approved(office)


def _question(office: JourneyOffice, item: Item) -> TokenQuestion:
    return office.pipeline.by_token.question(item.item_id, officer_id=office.facts.officer_id)


def _sign(office: JourneyOffice, question: TokenQuestion, *, key_id: str = "officer-1") -> bytes:
    """What the officer's token does; here a file stands for it (tokens: the journeys)."""
    key = office.keystore.open_key(key_id, Pin(OFFICER_PIN))
    try:
        return key.sign(question.to_be_signed)
    finally:
        key.close()


def _give(office: JourneyOffice, item: Item, signature: bytes) -> Outcome:
    given = office.pipeline.by_token.give(item.item_id, officer_id=office.facts.officer_id, signature=signature)
    return office.pipeline.wait_certified(given, timeout_seconds=60)


def _again(office: JourneyOffice, item: Item) -> Outcome:
    approval = office.pipeline.activate_again(
        item.item_id, officer_id=office.facts.officer_id, activation_id=_ask(office)
    )
    return office.pipeline.wait_certified(approval, timeout_seconds=60)


@pytest.mark.matrix
def test_copy_waits_for_the_token_and_its_one_signature_makes_it_certified(office: JourneyOffice) -> None:
    item = _approved(office)
    assert item.state is ItemState.AWAITING_SIGNATURE
    assert item in office.pipeline.waiting_items()
    ready = office.pipeline.ready_copy(item.item_id)
    assert not office.blobs.exists(item.document_id, officer_signed_name(ready))
    question = _question(office, item)
    assert question == _question(office, item)
    signature = _sign(office, question)
    assert _give(office, item, signature).kind is OutcomeKind.DONE
    report = verify_pdf(
        office.blobs.get(item.document_id, sealed_name(ready)), trust=office.trust(), at=office.clock.now()
    )
    assert report.verdict in {Verdict.VALID, Verdict.VALID_WITH_WARNING}
    with pytest.raises(SignatureNotAwaited):
        _give(office, item, signature)
    events = [step.event for step in office.pipeline.events(item.item_id)]
    assert events[-6:] == ["APPROVE", "AWAIT_SIGNATURE", "GIVE_SIGNATURE", "OFFICER_SIGN", "SEAL", "CERTIFY"]


def test_a_signature_by_another_key_or_over_another_copy_is_refused_logged_and_the_copy_still_waits(
    office: JourneyOffice, waiting: Item, caplog: pytest.LogCaptureFixture
) -> None:
    question = _question(office, waiting)
    with caplog.at_level(logging.WARNING, logger="certify.pipeline.token_signing"):
        for wrong in (
            _sign(office, question, key_id="officer-2"),
            _sign(office, replace(question, to_be_signed=question.to_be_signed + b"?")),
            b"no signature",
        ):
            with pytest.raises(SignatureMismatch):
                _give(office, waiting, wrong)
    assert [record.refusal for record in caplog.records] == ["SignatureMismatch"] * 3  # type: ignore[attr-defined]
    assert _question(office, waiting) == question


def test_another_officer_can_neither_ask_nor_answer(office: JourneyOffice, waiting: Item) -> None:
    signature = _sign(office, _question(office, waiting))
    stranger = "01KC5Z00000000000000000000"
    with pytest.raises(CredentialNotYours):
        office.pipeline.by_token.question(waiting.item_id, officer_id=stranger)
    with pytest.raises(CredentialNotYours):
        office.pipeline.by_token.give(waiting.item_id, officer_id=stranger, signature=signature)


def test_a_signature_given_just_before_the_process_died_is_carried_out_at_the_next_start(
    office: JourneyOffice, waiting: Item
) -> None:
    item = _approved(office)
    # The process ends between the signature's transaction and its place in the queue.
    died = TokenSigning(office.services, submit=lambda _approval: None)
    given = died.give(
        item.item_id, officer_id=office.facts.officer_id, signature=_sign(office, _question(office, item))
    )
    with pytest.raises(SignatureNotAwaited):
        _question(office, item)
    asked = _question(office, waiting)
    office.pipeline.stop()
    office.pipeline.start()
    assert office.pipeline.wait_certified(given, timeout_seconds=60).kind is OutcomeKind.DONE
    # The other one still waits, for the same signature as before.
    assert _question(office, waiting) == asked


def test_a_time_stamp_service_that_is_away_keeps_the_tokens_signature(office: JourneyOffice) -> None:
    item = _approved(office)
    signature = _sign(office, _question(office, item))
    office.faults.set(AuthorityService.TSA, Fault.DOWN)
    try:
        outcome = _give(office, item, signature)
    finally:
        office.faults.clear()
    assert (outcome.kind, outcome.code) == (OutcomeKind.SERVICE_UNAVAILABLE, "TimestampUnavailable")
    assert office.item(item.item_id).state is ItemState.AWAITING_SIGNATURE
    # Nobody is asked again: the item is taken up by itself when its minute is over, once.
    assert office.pipeline.resume_stopped() == 0
    office.clock.advance(timedelta(minutes=1))
    assert office.pipeline.resume_stopped() == 1
    assert office.pipeline.resume_stopped() == 0
    with office.database.read() as tx:
        approval = find_approval(tx, item_id=item.item_id, attempt=item.attempt)[0]
    assert office.pipeline.wait_certified(approval, timeout_seconds=60).kind is OutcomeKind.DONE


def test_the_officer_may_turn_to_a_key_of_the_office_while_the_token_is_awaited(office: JourneyOffice) -> None:
    item = _approved(office)
    late = _sign(office, _question(office, item))
    again = office.pipeline.activate_again(
        item.item_id, officer_id=office.facts.officer_id, activation_id=office.activate(item.item_id)
    )
    with pytest.raises(SignatureNotAwaited):
        _give(office, item, late)
    assert office.pipeline.wait_certified(again, timeout_seconds=60).kind is OutcomeKind.DONE


def test_a_waiting_copy_is_approved_again_only_as_it_was_shown(office: JourneyOffice, waiting: Item) -> None:
    approval = BatchApproval(office.facts.officer_id, _ask(office), ())
    (answer,) = approve_batch(office.pipeline, [BatchLine(waiting, "0" * 64)], approval=approval)
    assert isinstance(answer.refusal, ReadyCopyChanged)


def test_a_delegation_that_ended_meanwhile_refuses_the_signature(office: JourneyOffice, waiting: Item) -> None:
    question = _question(office, waiting)
    with office.database.transaction() as tx:
        tx.execute(sa.update(delegations).values(ended_at=office.clock.now()))
    try:
        with pytest.raises(DelegationMissing):
            _give(office, waiting, _sign(office, question))
    finally:
        with office.database.transaction() as tx:
            tx.execute(sa.update(delegations).values(ended_at=None))


def test_an_item_that_is_not_prepared_asks_no_token(office: JourneyOffice) -> None:
    item = office.declare_item()
    with pytest.raises(SignatureNotAwaited):
        _question(office, item)
    request = ApprovalRequest("01KC5Z00000000000000000000", "0" * 64, office.facts.officer_id, _ask(office), ())
    with pytest.raises(CopyNotReady):
        office.pipeline.approve_and_certify(request)


def test_a_request_that_is_over_is_asked_anew_and_the_ready_copys_deadline_voids_it(office: JourneyOffice) -> None:
    item = _approved(office)
    number = office.pipeline.register_number(item.item_id)
    before = _question(office, item)
    late = _sign(office, before)
    office.clock.advance(timedelta(minutes=15))
    with pytest.raises(DeferredExpired):
        _give(office, item, late)
    assert _again(office, item).kind is OutcomeKind.AWAITING_SIGNATURE
    after = _question(office, item)
    assert after.to_be_signed != before.to_be_signed
    # What the token signed for the request before does not pass for this one.
    with pytest.raises(SignatureMismatch):
        _give(office, item, late)
    assert office.pipeline.register_number(item.item_id) == number
    assert after.expires_at == office.pipeline.ready_copy(item.item_id).expires_at
    office.clock.advance(timedelta(minutes=LAW.approval_minutes(office.clock.now())))
    assert office.pipeline.void_expired() >= 1
    assert office.item(item.item_id).state is ItemState.VOIDED
    with office.database.read() as tx:
        reasons = tx.execute(sa.select(numbers.c.void_reason).where(numbers.c.item_id == item.item_id)).scalars().all()
    assert reasons == ["DEADLINE_PASSED"]
    with pytest.raises(SignatureNotAwaited):
        _give(office, item, _sign(office, after))
