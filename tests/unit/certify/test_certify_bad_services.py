"""Bad services and withdrawn keys in the middle of the work: a clear code, nothing half-signed, and the job goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from certify.approve import Approval, approve
from certify.credentials import Act, CredentialEvent, NewCredential, OwnerKind, change_credential, install_credential
from certify.errors import CredentialNotUsable
from certify.items import Item
from certify.pipeline import NoCrashPoints, Outcome, OutcomeKind
from certify.pipeline.names import officer_signed_name, sealed_name
from certify.tables import numbers, seal_policies
from certify.transitions import ItemState
from keys import ActivationRequest, AuthorityService, Fault, Pin
from tests.bureau import LAW
from tests.journey_office import OFFICER_PIN, JourneyOffice, found_office

pytestmark = pytest.mark.slow

TSA, OCSP, CRL = AuthorityService.TSA, AuthorityService.OCSP, AuthorityService.CRL


@pytest.fixture
def office(tmp_path: Path) -> Iterator[JourneyOffice]:
    url = f"sqlite:///{tmp_path}/home/vidimus.db"
    found_office(tmp_path / "home", url)
    opened = JourneyOffice(tmp_path / "home", url, crash_hook=NoCrashPoints())
    opened.pipeline.start()
    yield opened
    opened.close()


def _wait(office: JourneyOffice, approval: Approval) -> Outcome:
    return office.pipeline.wait_certified(approval, timeout_seconds=60)


def _ask_again(office: JourneyOffice, item: Item) -> Outcome:
    activation_id = office.activate(item.item_id)
    again = office.pipeline.activate_again(
        item.item_id, officer_id=office.facts.officer_id, activation_id=activation_id
    )
    return _wait(office, again)


def _is_stored(office: JourneyOffice, item: Item, *, sealed: bool) -> bool:
    ready = office.pipeline.ready_copy(item.item_id)
    return office.blobs.exists(item.document_id, sealed_name(ready) if sealed else officer_signed_name(ready))


def _enrol(office: JourneyOffice, key_id: str) -> None:
    new = NewCredential(key_id, OwnerKind.PERSONAL, office.facts.officer_id)
    with office.database.transaction() as tx:
        certificate_der = office.keystore.credential(key_id).certificate_der
        install_credential(tx, new, certificate_der=certificate_der, act=_act(office))


def _act(office: JourneyOffice) -> Act:
    return Act("admin", office.clock.now(), office.services.random_bytes, reason="keyCompromise")


def test_bad_services_leave_no_officers_signature_and_the_same_copy_is_signed_when_they_are_well(
    office: JourneyOffice,
) -> None:
    item = office.prepared_item()
    before = office.pipeline.ready_copy(item.item_id)
    office.faults.set(TSA, Fault.DOWN)
    first = office.pipeline.approve_and_certify(office.approval_request(item.item_id))
    outcome = _wait(office, first)
    assert (outcome.kind, outcome.code) == (OutcomeKind.AWAITING_ACTIVATION, "TimestampUnavailable")
    for service, fault, code in (
        (TSA, Fault.SLOW, "TimestampUnavailable"),
        (TSA, Fault.WRONG_NONCE, "TimestampRejected"),
        (TSA, Fault.WRONG_IMPRINT, "TimestampRejected"),
        (TSA, Fault.WRONG_TIME, "TimestampRejected"),
        (TSA, Fault.GARBAGE, "TimestampRejected"),
        (OCSP, Fault.STALE, "RevocationRejected"),
        (OCSP, Fault.FORGED, "RevocationRejected"),
    ):
        office.faults.clear()
        office.faults.set(service, fault)
        outcome = _ask_again(office, item)
        assert (outcome.kind, outcome.code) == (OutcomeKind.AWAITING_ACTIVATION, code), fault
        assert not _is_stored(office, item, sealed=False), fault
    # A huge OCSP answer is no answer; without a list in its place nothing is signed either.
    office.faults.set(OCSP, Fault.HUGE)
    office.faults.set(CRL, Fault.DOWN)
    office.clock.advance(timedelta(seconds=20))
    outcome = _ask_again(office, item)
    assert (outcome.kind, outcome.code) == (OutcomeKind.AWAITING_ACTIVATION, "RevocationUnavailable")
    assert not _is_stored(office, item, sealed=False)
    office.faults.clear()
    office.clock.advance(timedelta(seconds=20))
    assert _ask_again(office, item).kind is OutcomeKind.DONE
    with office.database.read() as tx:
        rows = tx.execute(sa.select(numbers.c.seq_no, numbers.c.status)).all()
    # One number, and it is the first: nothing was voided on the way.
    assert [tuple(row) for row in rows] == [(before.number.seq_no, "FINAL")]


@pytest.mark.matrix
def test_bad_services_leave_no_seal_and_the_job_resumes_without_the_officer(office: JourneyOffice) -> None:
    with office.database.transaction() as tx:
        kept = tx.execute(sa.select(seal_policies)).one()
        tx.execute(sa.delete(seal_policies))
    item = office.prepared_item()
    outcome = _wait(office, office.pipeline.approve_and_certify(office.approval_request(item.item_id)))
    assert outcome.kind is OutcomeKind.NOT_ALLOWED
    with office.database.transaction() as tx:
        tx.execute(seal_policies.insert().values(**kept._mapping))
    for service, fault, code in (
        (TSA, Fault.WRONG_TIME, "TimestampRejected"),
        (OCSP, Fault.FORGED, "RevocationRejected"),
        (CRL, Fault.STALE, "RevocationRejected"),
    ):
        office.faults.clear()
        office.faults.set(service, fault)
        outcome = _wait(office, office.pipeline.resume(item.item_id))
        assert (outcome.kind, outcome.code) == (OutcomeKind.SERVICE_UNAVAILABLE, code), fault
        assert office.item(item.item_id).state is ItemState.OFFICER_SIGNED
        assert not _is_stored(office, item, sealed=True), fault
    office.faults.clear()
    assert _wait(office, office.pipeline.resume(item.item_id)).kind is OutcomeKind.DONE


def test_key_revoked_between_approval_and_signature_signs_nothing(office: JourneyOffice) -> None:
    _enrol(office, "officer-1")
    # Warm: the responder has just said that this key is good, and goes on saying so.
    item = office.prepared_item()
    request = office.approval_request(item.item_id)
    office.pipeline.stop()
    with office.database.transaction() as tx:
        approval = approve(tx, request, law=LAW, at=office.clock.now(), random_bytes=office.services.random_bytes)
    with office.database.transaction() as tx:
        change_credential(tx, "officer-1", event=CredentialEvent.REVOKE, act=_act(office))
    office.pipeline.start()
    outcome = _wait(office, approval)
    assert (outcome.kind, outcome.code) == (OutcomeKind.VOIDED, "NOT_ALLOWED")
    assert not office.blobs.exists(item.document_id, "copy-1/officer-signed.pdf")


def test_key_revoked_in_the_middle_of_a_batch_signs_nothing_more_and_what_was_signed_stays(
    office: JourneyOffice,
) -> None:
    _enrol(office, "officer-1")
    item_ids = [office.prepared_item().item_id for _ in range(3)]
    shown = [office.pipeline.ready_copy(item_id).sha256_hex or "" for item_id in item_ids]
    batch = ActivationRequest(
        "officer-1", office.facts.officer_id, office.clock.now() + timedelta(minutes=5), tuple(shown)
    )
    activation_id = office.desk.activate_by_pin(batch, Pin(OFFICER_PIN))
    requests = [office.approval_request(item_id, activation_id=activation_id) for item_id in item_ids]
    assert _wait(office, office.pipeline.approve_and_certify(requests[0])).kind is OutcomeKind.DONE
    office.pipeline.stop()
    with office.database.transaction() as tx:
        approvals = [
            approve(tx, request, law=LAW, at=office.clock.now(), random_bytes=office.services.random_bytes)
            for request in requests[1:]
        ]
        change_credential(tx, "officer-1", event=CredentialEvent.REVOKE, act=_act(office))
    office.pipeline.start()
    for approval in approvals:
        outcome = _wait(office, approval)
        assert (outcome.kind, outcome.code) == (OutcomeKind.VOIDED, "NOT_ALLOWED")
    states = [office.item(item_id).state for item_id in item_ids]
    assert states == [ItemState.CERTIFIED, ItemState.VOIDED, ItemState.VOIDED]
    with office.database.read() as tx:
        lines = tx.execute(sa.select(numbers.c.status, numbers.c.void_reason).order_by(numbers.c.seq_no)).all()
    # No gap: each number that was given up says why.
    assert [tuple(line) for line in lines] == [("FINAL", None), ("VOID", "NOT_ALLOWED"), ("VOID", "NOT_ALLOWED")]


def test_key_out_of_use_is_refused_at_the_approval_already(office: JourneyOffice) -> None:
    _enrol(office, "officer-1")
    item = office.prepared_item()
    with office.database.transaction() as tx:
        change_credential(tx, "officer-1", event=CredentialEvent.SUSPEND, act=_act(office))
    with pytest.raises(CredentialNotUsable):
        office.pipeline.approve_and_certify(office.approval_request(item.item_id))
