"""A citizen files a dossier from the vault; its recipient fetches, answers, and the citizen sees all of it."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dossiers import (
    Answer,
    AnswerRefused,
    ChoiceRefused,
    EvidenceOption,
    Filing,
    ItemAnswer,
    ItemMode,
    ItemRequest,
    ManifestInvalid,
    OutcomeKind,
    Procedure,
    Requirement,
    RequirementUnanswered,
    Step,
    StepRefused,
    Subject,
    Submission,
    SubmissionChanged,
    SubmissionNotFound,
    advance,
    answer_item,
    fetch_item,
    get_for_holder,
    get_for_recipient,
    list_for_recipient,
    match,
    read_candidates,
    read_manifest,
    steps_of,
    submit,
)
from guard import Spool, bytes_of
from keys import FileEd25519Key, create_ed25519_key
from tests.vault_town import Town
from vault import (
    AccessAction,
    AccessOutcome,
    ConsentInvalid,
    GrantRevoked,
    Holder,
    HolderOwner,
    NewRendition,
    RenditionKind,
    deposit,
    history_for_holder,
    register_copy_status,
    withdraw_consent,
)

# Each has an office of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

NAME = "Nguyễn Thị Thí Dụ"
TEXT = {"vi": "Xét hồ sơ", "en": "Decide", "fr": "Décider"}
JUSTICE, SCHOOL = "THIDU-JUSTICE", "THIDU-EDU"


def requirement(name: str, doc_type: str, *, is_mandatory: bool = True) -> Requirement:
    return Requirement(name, TEXT, is_mandatory, (EvidenceOption(doc_type, 3),), TEXT)


PROCEDURE = Procedure(
    "P1",
    3,
    date(2026, 1, 1),
    TEXT,
    TEXT,
    JUSTICE,
    30,
    (requirement("birth", "VN.BIRTH_CERT"), requirement("home", "VN.RESIDENCE")),
)


@pytest.fixture
def key(tmp_path: Path) -> FileEd25519Key:
    return create_ed25519_key(tmp_path / "keys", key_id="manifest", random_bytes=secrets.token_bytes)


@pytest.fixture
def citizen(town: Town) -> Holder:
    holder = town.enrol(name=NAME)
    deposit_read(town, holder, printed_name="NGUYỄN THỊ THÍ DỤ")
    return holder


def deposit_read(town: Town, holder: Holder, *, printed_name: str) -> str:
    """A certified copy whose machine-readable twin names a person."""
    new = town.new_copy(holder)
    fields = {"version": 1, "fields": [{"name": "holder_name", "value": printed_name}]}
    twin = town.vault.put(new.record_id, "fields.json", json.dumps(fields).encode())
    new = replace(
        new, renditions=(*new.renditions, NewRendition(twin, RenditionKind.FIELDS_JSON, media_type="application/json"))
    )
    with town.database.transaction() as tx:
        register_copy_status(tx, town.copy_status(new), at=town.at)
        return deposit(tx, new).record_id


def filing(
    town: Town, holder: Holder, *, chosen: dict[str, str] | None = None, brought: frozenset[str] = frozenset({"home"})
) -> Filing:
    with town.database.read() as tx:
        found = read_candidates(
            tx,
            town.owner(holder),
            doc_types=PROCEDURE.doc_types,
            blobs=town.vault,
            at=town.at,
            zone=ZoneInfo("Asia/Ho_Chi_Minh"),
        )
    outcomes = match(PROCEDURE.requirements, found, subject=Subject(NAME), on=town.at.date())
    if chosen is None:
        chosen = {outcome.requirement_id: outcome.candidates[0].record_id for outcome in outcomes if outcome.candidates}
    return Filing(PROCEDURE, outcomes, chosen, brought)


def file(town: Town, holder: Holder, key: FileEd25519Key) -> Submission:
    order = filing(town, holder)
    with town.database.transaction() as tx:
        return submit(tx, HolderOwner(holder.holder_id), order, key=key, at=town.at, random_bytes=town.random_bytes)


def asked(submission: Submission, *, agency: str = JUSTICE, requirement_id: str = "birth") -> ItemRequest:
    return ItemRequest(submission.submission_id, requirement_id, agency, "clerk-7")


def fetch(town: Town, request: ItemRequest) -> bytes:
    with Spool(town.folder / "spool").room() as room:
        fetched = fetch_item(
            town.database, request, blobs=town.vault, room=room, at=town.at, random_bytes=town.random_bytes
        )
        return bytes_of(fetched.content)


def test_the_citizen_hands_in_nothing_that_lies_in_the_vault(town: Town, citizen: Holder, key: FileEd25519Key) -> None:
    submission = file(town, citizen, key)
    assert [(item.requirement_id, item.mode) for item in submission.items] == [
        ("birth", ItemMode.REFERENCE),
        ("home", ItemMode.PAPER),
    ]
    content = fetch(town, asked(submission))
    assert content.startswith(b"%PDF-1.7 copy")


def test_the_package_is_signed_and_names_papers_by_reference_and_digest(
    town: Town, citizen: Holder, key: FileEd25519Key
) -> None:
    submission = file(town, citizen, key)
    content = read_manifest(submission.manifest, public_key_raw=key.public_key_raw)
    assert content["recipient"] == JUSTICE
    assert content["procedure"] == {"id": "P1", "version": 3}
    assert content["items"][0]["sha256"] == submission.item("birth").sha256_hex
    assert NAME not in json.dumps(content, ensure_ascii=False)


def test_a_package_with_one_letter_changed_is_refused(
    town: Town, citizen: Holder, key: FileEd25519Key, tmp_path: Path
) -> None:
    manifest = file(town, citizen, key).manifest
    header, payload, signature = manifest.split(".")
    changed = payload[:-2] + ("A" if payload[-2] != "A" else "B") + payload[-1]
    with pytest.raises(ManifestInvalid):
        read_manifest(f"{header}.{changed}.{signature}", public_key_raw=key.public_key_raw)
    other = create_ed25519_key(tmp_path / "other", key_id="other", random_bytes=secrets.token_bytes)
    with pytest.raises(ManifestInvalid):
        read_manifest(manifest, public_key_raw=other.public_key_raw)
    with pytest.raises(ManifestInvalid):
        read_manifest("no manifest", public_key_raw=key.public_key_raw)


def test_the_citizen_sees_consent_and_fetch_in_the_history(town: Town, citizen: Holder, key: FileEd25519Key) -> None:
    fetch(town, asked(file(town, citizen, key)))
    with town.database.read() as tx:
        seen = history_for_holder(tx, HolderOwner(citizen.holder_id))
    actions = {entry.event.action for entry in seen}
    assert {AccessAction.CONSENT_GIVEN, AccessAction.FETCHED} <= actions
    fetched = next(entry.event for entry in seen if entry.event.action is AccessAction.FETCHED)
    assert (fetched.agency_code, fetched.actor_id, fetched.outcome) == (JUSTICE, "clerk-7", AccessOutcome.DONE)


def test_a_withdrawn_consent_stops_the_next_fetch_and_the_attempt_is_seen(
    town: Town, citizen: Holder, key: FileEd25519Key
) -> None:
    submission = file(town, citizen, key)
    fetch(town, asked(submission))
    with town.database.transaction() as tx:
        withdraw_consent(
            tx, HolderOwner(citizen.holder_id), submission.consent_id or "", at=town.at, random_bytes=town.random_bytes
        )
    with pytest.raises(GrantRevoked):
        fetch(town, asked(submission))
    with town.database.read() as tx:
        outcomes = [
            e.event.outcome
            for e in history_for_holder(tx, HolderOwner(citizen.holder_id))
            if e.event.action is AccessAction.FETCHED
        ]
    assert sorted(outcomes) == [AccessOutcome.DONE, AccessOutcome.REVOKED]


def test_another_agency_and_another_citizen_find_nothing(town: Town, citizen: Holder, key: FileEd25519Key) -> None:
    submission = file(town, citizen, key)
    stranger = town.enrol(name="Trần Văn Khác")
    with pytest.raises(SubmissionNotFound):
        fetch(town, asked(submission, agency=SCHOOL))
    with town.database.read() as tx:
        assert list_for_recipient(tx, SCHOOL) == ()
        with pytest.raises(SubmissionNotFound):
            get_for_holder(tx, HolderOwner(stranger.holder_id), submission.submission_id)


def test_a_paper_brought_in_person_cannot_be_fetched(town: Town, citizen: Holder, key: FileEd25519Key) -> None:
    with pytest.raises(SubmissionNotFound, match="in person"):
        fetch(town, asked(file(town, citizen, key), requirement_id="home"))


def test_a_mandatory_requirement_without_a_paper_is_refused(town: Town, citizen: Holder, key: FileEd25519Key) -> None:
    order = filing(town, citizen, brought=frozenset())
    with town.database.transaction() as tx, pytest.raises(RequirementUnanswered, match="home"):
        submit(tx, HolderOwner(citizen.holder_id), order, key=key, at=town.at, random_bytes=town.random_bytes)


def test_a_record_the_matching_did_not_offer_is_refused(town: Town, citizen: Holder, key: FileEd25519Key) -> None:
    order = filing(town, citizen, chosen={"birth": "01ARZ3NDEKTSV4RRFFQ69G5FAV"})
    with town.database.transaction() as tx, pytest.raises(ChoiceRefused):
        submit(tx, HolderOwner(citizen.holder_id), order, key=key, at=town.at, random_bytes=town.random_bytes)


def test_a_doubtful_name_is_never_sent_without_a_human(town: Town, key: FileEd25519Key) -> None:
    holder = town.enrol(name=NAME)
    record_id = deposit_read(town, holder, printed_name="NGUYEN THI THI DU")
    order = filing(town, holder, chosen={"birth": record_id})
    assert order.outcomes[0].kind is OutcomeKind.NEEDS_HUMAN
    with town.database.transaction() as tx, pytest.raises(ChoiceRefused):
        submit(tx, HolderOwner(holder.holder_id), order, key=key, at=town.at, random_bytes=town.random_bytes)


def test_a_consent_for_more_days_than_allowed_is_refused(town: Town, citizen: Holder, key: FileEd25519Key) -> None:
    order = replace(filing(town, citizen), procedure=replace(PROCEDURE, term_days=400))
    with town.database.transaction() as tx, pytest.raises(ConsentInvalid):
        submit(tx, HolderOwner(citizen.holder_id), order, key=key, at=town.at, random_bytes=town.random_bytes)


def answer(
    town: Town, submission: Submission, decision: Answer, *, reason: str = "", version: int | None = None
) -> Submission:
    with town.database.transaction() as tx:
        return answer_item(
            tx,
            ItemAnswer(asked(submission), decision, reason),
            expected_version=version or submission.version,
            at=town.at,
        )


def test_the_recipient_answers_each_item_once(town: Town, citizen: Holder, key: FileEd25519Key) -> None:
    submission = file(town, citizen, key)
    answered = answer(town, submission, Answer.ACCEPTED)
    assert (answered.item("birth").answer, answered.version) == (Answer.ACCEPTED, submission.version + 1)
    with pytest.raises(AnswerRefused):
        answer(town, answered, Answer.REJECTED, reason="changed my mind")


def test_a_rejection_without_a_reason_is_refused(town: Town, citizen: Holder, key: FileEd25519Key) -> None:
    with pytest.raises(AnswerRefused, match="reason"):
        answer(town, file(town, citizen, key), Answer.REJECTED, reason="  ")


def test_two_clerks_cannot_overwrite_each_other(town: Town, citizen: Holder, key: FileEd25519Key) -> None:
    submission = file(town, citizen, key)
    with town.database.transaction() as tx:
        advance(tx, submission.submission_id, to=Step.RECEIVE, recipient_agency=JUSTICE, at=town.at, actor_id="clerk-8")
    with pytest.raises(SubmissionChanged):
        answer(town, submission, Answer.ACCEPTED, version=submission.version)


def test_the_five_steps_go_forward_one_at_a_time(town: Town, citizen: Holder, key: FileEd25519Key) -> None:
    submission = file(town, citizen, key)
    with town.database.transaction() as tx, pytest.raises(StepRefused):
        advance(tx, submission.submission_id, to=Step.RESOLVE, recipient_agency=JUSTICE, at=town.at, actor_id="clerk-7")
    with town.database.transaction() as tx, pytest.raises(StepRefused):
        advance(tx, submission.submission_id, to=Step.RECEIVE, recipient_agency=SCHOOL, at=town.at, actor_id="clerk-9")
    for minutes, step in enumerate([Step.RECEIVE, Step.TRANSFER, Step.RESOLVE, Step.RETURN], start=1):
        with town.database.transaction() as tx:
            at = town.at + timedelta(minutes=minutes)
            advance(tx, submission.submission_id, to=step, recipient_agency=JUSTICE, at=at, actor_id="clerk-7")
    with town.database.read() as tx:
        assert [reached.step for reached in steps_of(tx, submission.submission_id)] == list(Step)
        assert get_for_recipient(tx, JUSTICE, submission.submission_id).step is Step.RETURN
