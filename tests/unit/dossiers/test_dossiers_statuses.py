"""The ten codes beside the five steps: who may bring which, what stops a step, what is told; and papers taken in by hand."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from dossiers import (
    Answer,
    By,
    HandInRefused,
    ItemAnswer,
    Reconciled,
    Status,
    StatusMove,
    StatusRefused,
    Step,
    StepRefused,
    Submission,
    SubmissionChanged,
    SubmissionNotFound,
    WhyByHand,
    advance,
    answer_item,
    get_for_recipient,
    hand_in,
    handed_in_of,
    history_of_status,
    move_for_holder,
    move_for_recipient,
    next_by_staff,
    reconcile,
    status_of,
)
from keys import FileEd25519Key, create_ed25519_key
from tests.unit.dossiers.test_dossiers_submission import JUSTICE, NAME, SCHOOL, asked, deposit_read, file
from tests.vault_town import Town
from vault import Holder, HolderOwner
from vault.tables import outbox

# Each has an office of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

SHA = "a" * 64


@pytest.fixture
def key(tmp_path: Path) -> FileEd25519Key:
    return create_ed25519_key(tmp_path / "keys", key_id="manifest", random_bytes=secrets.token_bytes)


@pytest.fixture
def holder(town: Town) -> Holder:
    holder = town.enrol(name=NAME)
    deposit_read(town, holder, printed_name="NGUYỄN THỊ THÍ DỤ")
    return holder


@pytest.fixture
def dossier(town: Town, holder: Holder, key: FileEd25519Key) -> Submission:
    return file(town, holder, key)


def step(town: Town, dossier: Submission, *steps: Step) -> None:
    for one in steps:
        with town.database.transaction() as tx:
            advance(tx, dossier.submission_id, to=one, recipient_agency=JUSTICE, at=town.at, actor_id="clerk-7")


def bring(
    town: Town,
    dossier: Submission,
    to: Status,
    *,
    reason: str = "vì",
    agency: str = JUSTICE,
    version: int | None = None,
) -> Submission:
    with town.database.transaction() as tx:
        now = get_for_recipient(tx, agency, dossier.submission_id)
        move = StatusMove(to, By.STAFF, "clerk-7", reason)
        return move_for_recipient(
            tx,
            dossier.submission_id,
            move,
            recipient_agency=agency,
            expected_version=version or now.version,
            at=town.at,
        )


def code(town: Town, dossier: Submission) -> Status:
    with town.database.read() as tx:
        now = get_for_recipient(tx, JUSTICE, dossier.submission_id)
        return status_of(tx, dossier.submission_id, step=now.step.value)


def topics(town: Town) -> list[str]:
    with town.database.read() as tx:
        return list(tx.execute(sa.select(outbox.c.topic)).scalars())


def test_each_step_brings_its_code_and_done_stands_before_returned(town: Town, dossier: Submission) -> None:
    codes = [code(town, dossier)]
    for one in (Step.RECEIVE, Step.TRANSFER, Step.RESOLVE):
        step(town, dossier, one)
        codes.append(code(town, dossier))
    bring(town, dossier, Status.DONE, reason="")
    codes.append(code(town, dossier))
    step(town, dossier, Step.RETURN)
    codes.append(code(town, dossier))
    assert [one.value for one in codes] == [1, 2, 4, 4, 9, 10]
    assert next_by_staff(Status.RETURNED) == ()


@pytest.mark.parametrize("to", [Status.SUPPLEMENT_ASKED, Status.PAYMENT_ASKED])
def test_dossier_that_waits_makes_no_step_until_it_goes_on(town: Town, dossier: Submission, to: Status) -> None:
    step(town, dossier, Step.RECEIVE)
    bring(town, dossier, to)
    with pytest.raises(StepRefused):
        step(town, dossier, Step.TRANSFER)
    bring(town, dossier, Status.IN_PROCESS, reason="")
    step(town, dossier, Step.TRANSFER)
    assert code(town, dossier) is Status.IN_PROCESS


@pytest.mark.parametrize(
    ("steps", "to"),
    [
        ((), Status.RECEIVED),
        ((), Status.IN_PROCESS),
        ((), Status.WITHDRAWAL_ASKED),
        ((Step.RECEIVE,), Status.REFUSED),
        ((Step.RECEIVE,), Status.DONE),
        ((Step.RECEIVE,), Status.RETURNED),
        ((Step.RECEIVE, Step.TRANSFER), Status.NEWLY_FILED),
    ],
)
def test_code_that_does_not_follow_is_refused_and_changes_nothing(
    town: Town, dossier: Submission, steps: tuple[Step, ...], to: Status
) -> None:
    step(town, dossier, *steps)
    before = code(town, dossier)
    with pytest.raises(StatusRefused):
        bring(town, dossier, to)
    assert code(town, dossier) is before
    with town.database.read() as tx:
        assert get_for_recipient(tx, JUSTICE, dossier.submission_id).version == dossier.version + len(steps)


@pytest.mark.parametrize("to", [Status.REFUSED, Status.SUPPLEMENT_ASKED, Status.PAYMENT_ASKED, Status.STOPPED])
def test_code_against_the_applicant_wants_a_reason(town: Town, dossier: Submission, to: Status) -> None:
    if to is not Status.REFUSED:
        step(town, dossier, Step.RECEIVE)
    with pytest.raises(StatusRefused, match="reason"):
        bring(town, dossier, to, reason="  ")
    bring(town, dossier, to)
    with town.database.read() as tx:
        assert history_of_status(tx, dossier.submission_id)[-1].reason == "vì"


@pytest.mark.parametrize("last", [Status.REFUSED, Status.STOPPED])
def test_what_has_ended_does_not_go_on(town: Town, holder: Holder, dossier: Submission, last: Status) -> None:
    if last is Status.STOPPED:
        step(town, dossier, Step.RECEIVE)
    bring(town, dossier, last)
    for to in Status:
        with pytest.raises(StatusRefused):
            bring(town, dossier, to)
    with pytest.raises(StepRefused):
        step(town, dossier, Step.TRANSFER if last is Status.STOPPED else Step.RECEIVE)
    with pytest.raises(StatusRefused), town.database.transaction() as tx:
        ask_back(tx, town, holder, dossier)


def ask_back(tx: sa.Connection, town: Town, holder: Holder, dossier: Submission) -> Submission:
    move = StatusMove(Status.WITHDRAWAL_ASKED, By.HOLDER, holder.holder_id, "đổi ý")
    return move_for_holder(tx, HolderOwner(holder.holder_id), dossier.submission_id, move, at=town.at)


def test_holder_asks_a_dossier_back_and_the_office_stops_it_or_says_why_not(
    town: Town, holder: Holder, dossier: Submission
) -> None:
    with town.database.transaction() as tx:
        ask_back(tx, town, holder, dossier)
    assert code(town, dossier) is Status.WITHDRAWAL_ASKED
    with pytest.raises(StatusRefused), town.database.transaction() as tx:
        ask_back(tx, town, holder, dossier)
    with pytest.raises(StatusRefused, match="reason"):
        bring(town, dossier, Status.IN_PROCESS, reason="")
    bring(town, dossier, Status.STOPPED, reason="theo yêu cầu")
    assert topics(town).count("submission.status") == 2


def test_holder_brings_no_other_code_and_nobody_elses_dossier(town: Town, holder: Holder, dossier: Submission) -> None:
    stranger = town.enrol(name="Trần Văn Khác")
    with town.database.transaction() as tx:
        done = StatusMove(Status.STOPPED, By.HOLDER, holder.holder_id, "x")
        with pytest.raises(StatusRefused):
            move_for_holder(tx, HolderOwner(holder.holder_id), dossier.submission_id, done, at=town.at)
    with pytest.raises(SubmissionNotFound), town.database.transaction() as tx:
        ask_back(tx, town, stranger, dossier)
    with pytest.raises(SubmissionNotFound):
        bring(town, dossier, Status.REFUSED, agency=SCHOOL)


def test_two_clerks_do_not_bring_a_code_from_what_one_of_them_read_before(town: Town, dossier: Submission) -> None:
    step(town, dossier, Step.RECEIVE)
    with pytest.raises(SubmissionChanged):
        bring(town, dossier, Status.STOPPED, version=dossier.version)


def test_third_supplement_of_one_dossier_is_told_to_a_superior(town: Town, dossier: Submission) -> None:
    step(town, dossier, Step.RECEIVE)
    for turn in range(3):
        assert "submission.looping" not in topics(town)
        bring(town, dossier, Status.SUPPLEMENT_ASKED, reason=f"lần {turn}")
        bring(town, dossier, Status.IN_PROCESS, reason="")
    assert topics(town).count("submission.looping") == 1


def by_hand(town: Town, dossier: Submission, *, why: WhyByHand = WhyByHand.VAULT_DOWN, note: str = "") -> bool:
    with town.database.transaction() as tx:
        return hand_in(tx, asked(dossier), why=why, note=note, sha256_hex=SHA, at=town.at).could_reuse


@pytest.mark.parametrize(("fetched", "outcome"), [(SHA, Reconciled.SAME), ("b" * 64, Reconciled.DIFFERENT)])
def test_paper_taken_in_by_hand_is_held_against_what_the_vault_gives_later(
    town: Town, dossier: Submission, fetched: str, outcome: Reconciled
) -> None:
    assert by_hand(town, dossier)
    with town.database.transaction() as tx:
        (noted,) = handed_in_of(tx, dossier.submission_id)
        assert (noted.reconciled, noted.reconciled_at) == (Reconciled.PENDING, None)
        reconcile(tx, asked(dossier), fetched_sha256_hex=fetched, at=town.at)
        (noted,) = handed_in_of(tx, dossier.submission_id)
        assert (noted.reconciled, noted.reconciled_at) == (outcome, town.at)
        # Said once: a later fetch changes nothing.
        reconcile(tx, asked(dossier), fetched_sha256_hex="c" * 64, at=town.at)
        assert handed_in_of(tx, dossier.submission_id)[0].reconciled is outcome


def test_paper_is_taken_in_by_hand_once_with_a_reason_and_before_it_is_answered(
    town: Town, dossier: Submission
) -> None:
    with pytest.raises(HandInRefused, match="words"):
        by_hand(town, dossier, why=WhyByHand.OTHER)
    assert by_hand(town, dossier, why=WhyByHand.OTHER, note="mất điện")
    with pytest.raises(HandInRefused, match="before"):
        by_hand(town, dossier)
    with town.database.transaction() as tx:
        home = replace(asked(dossier), requirement_id="home")
        given = ItemAnswer(home, Answer.ACCEPTED)
        answer_item(tx, given, expected_version=dossier.version, at=town.at)
        with pytest.raises(HandInRefused, match="answered"):
            hand_in(tx, home, why=WhyByHand.VAULT_DOWN, note="", sha256_hex=SHA, at=town.at)
        with pytest.raises(SubmissionNotFound):
            hand_in(tx, asked(dossier, agency=SCHOOL), why=WhyByHand.VAULT_DOWN, note="", sha256_hex=SHA, at=town.at)


def test_paper_that_was_to_be_brought_anyway_could_not_be_reused(town: Town, dossier: Submission) -> None:
    with town.database.transaction() as tx:
        home = replace(asked(dossier), requirement_id="home")
        noted = hand_in(tx, home, why=WhyByHand.BROUGHT_ANYWAY, note="", sha256_hex=SHA, at=town.at)
    assert noted.could_reuse is False
