"""An agency asks, the holder decides; a code works once, for two minutes, before the eyes of the one who began it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from dossiers import (
    Asking,
    CounterCodeRefused,
    DutyAsked,
    DutyRefused,
    PaperRequest,
    RequestClosed,
    RequestNotFound,
    RequestState,
    Way,
    access_by_duty,
    approve,
    ask_holder,
    choices_of,
    close_as_relayed,
    decline,
    get_request_of_agency,
    get_request_of_holder,
    open_for_decision,
    requests_of_agency,
    requests_of_holder,
    show_at_counter,
    show_on_phone,
    take_from_counter,
    take_from_phone,
)
from dossiers.requests import ASSISTED_AN_HOUR, ASSISTED_OFTEN, DECLINED, MADE
from tests.vault_town import Town
from vault import (
    AccessAction,
    ConsentInvalid,
    Holder,
    history_for_holder,
    list_consents,
    withdraw_consent,
)
from vault.tables import outbox

# Each has an office of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

ASKING = Asking("WARD", "clerk-1", "01KAM5X0E8Q2V7T9B3C4D5F6G7", "P1")


@pytest.fixture
def holder(town: Town) -> Holder:
    return town.enrol()


def asked(town: Town, holder: Holder, *, way: Way = Way.ASKED) -> PaperRequest:
    with town.database.transaction() as tx:
        return ask_holder(tx, holder.holder_id, ASKING, way=way, at=town.at, random_bytes=town.random_bytes)


def counter_code(town: Town) -> tuple[PaperRequest, str]:
    with town.database.transaction() as tx:
        return show_at_counter(tx, ASKING, at=town.at, random_bytes=town.random_bytes)


def topics(town: Town) -> list[str]:
    with town.database.read() as tx:
        return list(tx.execute(sa.select(outbox.c.topic)).scalars())


def test_request_is_told_to_its_holder_and_nobody_else_finds_it(town: Town, holder: Holder) -> None:
    made = asked(town, holder)
    assert topics(town) == [MADE]
    another = town.owner(town.enrol())
    with town.database.read() as tx:
        assert requests_of_holder(tx, town.owner(holder), at=town.at) == (made,)
        assert requests_of_holder(tx, another, at=town.at) == ()
        assert requests_of_agency(tx, "WARD", at=town.at) == (made,)
        with pytest.raises(RequestNotFound):
            get_request_of_agency(tx, "OTHER", made.request_id, at=town.at)
        with pytest.raises(RequestNotFound):
            get_request_of_holder(tx, another, made.request_id, at=town.at)


def test_declined_request_opens_nothing_and_is_decided_once(town: Town, holder: Holder) -> None:
    made = asked(town, holder)
    with town.database.transaction() as tx:
        said_no = decline(tx, town.owner(holder), made.request_id, reason=" không cần ", at=town.at)
    assert (said_no.state, said_no.reason) == (RequestState.DECLINED, "không cần")
    assert topics(town) == [MADE, DECLINED]
    with town.database.transaction() as tx:
        assert list_consents(tx, town.owner(holder)) == ()
        with pytest.raises(RequestClosed):
            open_for_decision(tx, town.owner(holder), made.request_id, at=town.at)


def test_request_nobody_answers_is_over_after_seven_days(town: Town, holder: Holder) -> None:
    made = asked(town, holder)
    late = town.at + timedelta(days=7)
    with town.database.transaction() as tx, pytest.raises(RequestClosed, match="EXPIRED"):
        open_for_decision(tx, town.owner(holder), made.request_id, at=late)


def test_code_of_the_counter_is_taken_once_and_stands_nowhere_in_the_open(town: Town, holder: Holder) -> None:
    shown, token = counter_code(town)
    assert (shown.state, shown.holder_id) == (RequestState.OPEN, None)
    another = town.owner(town.enrol())
    with town.database.transaction() as tx:
        taken = take_from_counter(tx, town.owner(holder), token, at=town.at)
        with pytest.raises(CounterCodeRefused):
            take_from_counter(tx, another, token, at=town.at)
        with pytest.raises(CounterCodeRefused):
            take_from_phone(tx, ASKING, token, at=town.at)
    assert (taken.state, taken.holder_id, taken.words) == (RequestState.PENDING, holder.holder_id, shown.words)
    with town.database.read() as tx:
        stored = tx.execute(sa.text("select token_sha256_hex from dossiers_paper_requests")).scalar_one()
    assert token not in stored


def test_code_older_than_two_minutes_is_no_code(town: Town, holder: Holder) -> None:
    _, token = counter_code(town)
    with town.database.transaction() as tx, pytest.raises(CounterCodeRefused):
        take_from_counter(tx, town.owner(holder), token, at=town.at + timedelta(minutes=2))


def test_wrong_words_close_a_relayed_code_for_good(town: Town, holder: Holder) -> None:
    shown, token = counter_code(town)
    with town.database.transaction() as tx:
        taken = take_from_counter(tx, town.owner(holder), token, at=town.at)
        choices = choices_of(taken)
        assert len(set(choices)) == 3
        assert shown.words in choices
        assert choices_of(taken) == choices
        close_as_relayed(tx, open_for_decision(tx, town.owner(holder), taken.request_id, at=town.at), at=town.at)
    with town.database.transaction() as tx, pytest.raises(RequestClosed):
        open_for_decision(tx, town.owner(holder), taken.request_id, at=town.at)


def test_code_of_a_phone_is_taken_by_one_counter_for_one_procedure(town: Town, holder: Holder) -> None:
    with town.database.transaction() as tx:
        shown, token = show_on_phone(tx, town.owner(holder), at=town.at, random_bytes=town.random_bytes)
        assert requests_of_holder(tx, town.owner(holder), at=town.at) == ()
        taken = take_from_phone(tx, ASKING, token, at=town.at)
        with pytest.raises(CounterCodeRefused):
            take_from_phone(tx, ASKING, token, at=town.at)
    assert (taken.agency_code, taken.procedure_id, taken.words) == ("WARD", "P1", shown.words)


def test_many_assisted_consents_of_one_clerk_within_an_hour_are_told(town: Town, holder: Holder) -> None:
    for number in range(ASSISTED_AN_HOUR + 1):
        made = asked(town, holder, way=Way.ASSISTED)
        assert ASSISTED_OFTEN not in topics(town)
        with town.database.transaction() as tx:
            approve(tx, made, submission_id=f"S{number}", at=town.at + timedelta(seconds=number))
    assert topics(town).count(ASSISTED_OFTEN) == 1


def test_duty_of_law_opens_only_what_its_article_names_and_cannot_be_withdrawn(town: Town, holder: Holder) -> None:
    record = town.deposit_copy(holder)
    town.deposit_copy(holder, doc_type="VN.DIPLOMA")
    on, owner = town.at.date(), town.owner(holder)
    right = DutyAsked("COURT", "DUTY-STATE-AGENCY", "VN.BIRTH_CERT", "HS-1")
    wrong = (
        DutyAsked("COURT", "DUTY-UNKNOWN", "VN.BIRTH_CERT", "HS-1"),
        DutyAsked("COURT", "DUTY-STATE-AGENCY", "VN.DIPLOMA", "HS-1"),
        DutyAsked("COURT", "DUTY-STATE-AGENCY", "VN.BIRTH_CERT", " "),
        DutyAsked("COURT", "DUTY-STATE-AGENCY", "VN.RESIDENCE", "HS-1"),
    )
    for one in wrong:
        with town.database.transaction() as tx, pytest.raises(DutyRefused):
            access_by_duty(tx, owner, one, on=on, at=town.at, random_bytes=town.random_bytes)
    with town.database.transaction() as tx:
        duty, grant = access_by_duty(tx, owner, right, on=on, at=town.at, random_bytes=town.random_bytes)
    with town.database.transaction() as tx, pytest.raises(ConsentInvalid):
        withdraw_consent(tx, owner, grant.consent_id, at=town.at, random_bytes=town.random_bytes)
    with town.database.read() as tx:
        events = [entry.event for entry in history_for_holder(tx, owner)]
    told = next(event for event in events if event.action is AccessAction.LEGAL_DUTY)
    assert grant.record_ids == (record.record_id,)
    assert (told.reason, told.agency_code, told.case_id) == (duty.article, "COURT", "HS-1")
    assert "papers.by_duty" in topics(town)
    with town.database.transaction() as tx, pytest.raises(DutyRefused, match="not in force"):
        access_by_duty(tx, owner, right, on=on.replace(year=2020), at=town.at, random_bytes=town.random_bytes)
