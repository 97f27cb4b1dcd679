"""The main job with keys that lie elsewhere: officer and seal on tokens, a token pulled out in the middle of a batch."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta

import pytest

from certify import BatchApproval, BatchLine, approve_batch
from certify.pipeline import NoCrashPoints, OutcomeKind
from certify.pipeline.names import sealed_name
from certify.transitions import ItemState
from keys import (
    ActivationRequest,
    Attendance,
    CredentialKind,
    KeyAlgorithm,
    Mode,
    OfficeKeyStore,
    Pin,
    Subject,
    open_authority,
)
from signing.verify import Verdict, verify_pdf
from tests.bureau import AGENCY_NAME, AT, LAW
from tests.journey_office import JourneyOffice, RunningClock, found_office
from tests.soft_tokens import Reader, SoftToken, a_reader

pytestmark = [
    pytest.mark.journey,
    pytest.mark.slow,
    # A search that meets a lost session is finished once more by the library's own finaliser, which then complains.
    pytest.mark.filterwarnings("ignore:Exception ignored in. 'pkcs11:pytest.PytestUnraisableExceptionWarning"),
]


class TokenOffice(JourneyOffice):
    """An office whose officer and seal keys lie on tokens."""

    officer_token: SoftToken
    reader: Reader


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenOffice]:
    folder = tmp_path_factory.mktemp("token-office")
    url = f"sqlite:///{folder / 'office.db'}"
    found_office(folder / "home", url)
    keys = folder / "home" / "keys"
    for name in ("officer-1", "seal"):
        for suffix in ("p12", "pem", "pass"):
            (keys / f"{name}.{suffix}").unlink(missing_ok=True)
    with a_reader(tmp_path_factory.mktemp("reader")) as reader:
        authority = open_authority(
            folder / "home" / "authority", clock=RunningClock(AT), random_bytes=secrets.token_bytes
        )
        store = OfficeKeyStore(keys, mode=Mode.DEMO, pkcs11=reader.keys())
        chain = (authority.issuing_der, authority.root_der)
        tokens = {}
        for key_id, kind, name, algorithm in (
            ("officer-1", CredentialKind.OFFICER, "Nguyễn Thị Mẫu", KeyAlgorithm.ECDSA_P256_SHA256),
            ("seal", CredentialKind.SEAL, AGENCY_NAME, KeyAlgorithm.RSA_SHA256),
        ):
            pin = Pin("0000")
            issued = authority.issue(
                kind, subject=Subject(name, AGENCY_NAME), pin=pin, at=AT, algorithm=algorithm, rounds=1000
            )
            tokens[key_id] = reader.make_token(issued, issued_pin=pin, chain=chain)
        store.link("officer-1", location=tokens["officer-1"].uri, attendance=Attendance.BY_PERSON)
        store.link("seal", location=tokens["seal"].uri, attendance=Attendance.UNATTENDED, pin=Pin(tokens["seal"].pin))
        opened = TokenOffice(folder / "home", url, crash_hook=NoCrashPoints(), keystore=store)
        opened.officer_token, opened.reader = tokens["officer-1"], reader
        opened.pipeline.start()
        try:
            yield opened
        finally:
            opened.close()


def _approve(office: TokenOffice, item_ids: list[str]) -> str:
    """The officer types the token's PIN once, over the ordered list."""
    digests = tuple(office.pipeline.ready_copy(item_id).sha256_hex or "" for item_id in item_ids)
    request = ActivationRequest(
        key_id="officer-1",
        user_id=office.facts.officer_id,
        expires_at=office.clock.now() + timedelta(minutes=LAW.approval_minutes(office.clock.now()) / 2),
        digests=digests,
    )
    return office.desk.activate_by_pin(request, Pin(office.officer_token.pin))


def _prepared(office: TokenOffice, count: int) -> list[str]:
    """Items that wait for a yes; all are handed in before the first is waited for, as at a busy counter."""
    uploaded = [office.upload(office.declare_item()).item_id for _ in range(count)]
    for item_id in uploaded:
        assert office.pipeline.wait_read(item_id, timeout_seconds=120).kind is OutcomeKind.DONE
        office.compare(office.item(item_id))
        prepared = office.pipeline.prepare(item_id, officer_id=office.facts.officer_id, timeout_seconds=60)
        assert prepared.kind is OutcomeKind.DONE
    return uploaded


def _batch(office: TokenOffice, item_ids: list[str], activation_id: str):  # type: ignore[no-untyped-def]
    lines = [
        BatchLine(office.item(item_id), office.pipeline.ready_copy(item_id).sha256_hex or "") for item_id in item_ids
    ]
    checklist = tuple(line.code for line in LAW.checklist)
    return approve_batch(
        office.pipeline, lines, approval=BatchApproval(office.facts.officer_id, activation_id, checklist)
    )


def test_a_copy_is_certified_with_officer_and_seal_on_tokens(office: TokenOffice) -> None:
    item = office.prepared_item()
    (answer,) = _batch(office, [item.item_id], _approve(office, [item.item_id]))
    assert answer.approval is not None
    assert office.pipeline.wait_certified(answer.approval, timeout_seconds=60).kind is OutcomeKind.DONE
    certified = office.item(item.item_id)
    copy = office.blobs.get(certified.document_id, sealed_name(office.pipeline.ready_copy(item.item_id)))
    report = verify_pdf(copy, trust=office.trust(), at=office.clock.now())
    assert report.verdict in {Verdict.VALID, Verdict.VALID_WITH_WARNING}
    assert len([each for each in report.signatures if each.kind.value == "SIGNATURE"]) == 2


def test_a_token_pulled_out_mid_batch_keeps_every_number_and_the_batch_resumes(office: TokenOffice) -> None:
    items = [office.prepared_item().item_id for _ in range(3)]
    numbers = [office.pipeline.register_number(item_id) for item_id in items]
    activation_id = _approve(office, items)
    (first,) = _batch(office, items[:1], activation_id)
    assert first.approval is not None
    assert office.pipeline.wait_certified(first.approval, timeout_seconds=60).kind is OutcomeKind.DONE
    office.reader.pull_out()
    try:
        stopped = _batch(office, items[1:], activation_id)
        for answer in stopped:
            assert answer.approval is not None
            outcome = office.pipeline.wait_certified(answer.approval, timeout_seconds=60)
            assert (outcome.kind, outcome.code) == (OutcomeKind.AWAITING_ACTIVATION, "TokenMissing")
    finally:
        office.reader.put_back()
    assert {office.item(item_id).state for item_id in items[1:]} == {ItemState.AWAITING_ACTIVATION}
    resumed = _batch(office, items[1:], _approve(office, items[1:]))
    for answer in resumed:
        assert answer.approval is not None
        assert office.pipeline.wait_certified(answer.approval, timeout_seconds=60).kind is OutcomeKind.DONE
    assert [office.pipeline.register_number(item_id) for item_id in items] == numbers
    assert {office.item(item_id).state for item_id in items} == {ItemState.CERTIFIED}


@pytest.mark.parametrize("count", [4, pytest.param(50, marks=pytest.mark.matrix)])
def test_of_a_batch_approved_once_one_changed_copy_is_refused_by_name(office: TokenOffice, count: int) -> None:
    items = _prepared(office, count)
    shown = [BatchLine(office.item(each), office.pipeline.ready_copy(each).sha256_hex or "") for each in items]
    activation_id = _approve(office, items)
    changed = items[count // 2]
    office.pipeline.cancel(office.pipeline.ready_copy(changed))
    office.pipeline.prepare(changed, officer_id=office.facts.officer_id, timeout_seconds=60)
    checklist = tuple(line.code for line in LAW.checklist)
    answers = approve_batch(
        office.pipeline, shown, approval=BatchApproval(office.facts.officer_id, activation_id, checklist)
    )
    signed = [answer for answer in answers if answer.approval is not None]
    (refused,) = [answer for answer in answers if answer.refusal is not None]
    assert (refused.item_id, refused.title) == (changed, "Giấy khai sinh")
    assert type(refused.refusal).__name__ == "ReadyCopyChanged"
    for answer in signed:
        assert answer.approval is not None
        assert office.pipeline.wait_certified(answer.approval, timeout_seconds=120).kind is OutcomeKind.DONE
    assert len(signed) == count - 1
