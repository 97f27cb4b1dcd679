"""The law as data: fees, the closed refusal list, templates, and that a change on a date changes nothing before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from certify.errors import LawDataInvalid, RefusalIncomplete
from certify.law_data import check_pack, load_law
from certify.rules import LANGUAGES, FeeTier, fee, refusal_notice
from tests.bureau import AT, LAW

CLOSED_LIST = {
    "ERASED_ALTERED",
    "DAMAGED_ILLEGIBLE",
    "SECRET_OR_NO_COPY",
    "UNLAWFUL_CONTENT",
    "FOREIGN_NOT_LEGALISED",
    "PRIVATE_UNCONFIRMED",
    "BORN_DIGITAL",
    "NOT_AN_ORIGINAL",
    "IMAGE_MISMATCH",
    "AUTHORITY_SCOPE",
    "UNPAID",
    "WITHDRAWN",
}


@pytest.mark.parametrize(
    ("pages", "amount"), [(1, 2_000), (2, 4_000), (3, 5_000), (10, 12_000), (198, 200_000), (400, 200_000)]
)
def test_fee_of_a_copy_is_that_of_the_circular_up_to_its_cap(pages: int, amount: int) -> None:
    assert fee(LAW, pages=pages, copies=1, at=AT).amount == amount


def test_page_before_the_cap_costs_what_the_table_says() -> None:
    assert fee(LAW, pages=197, copies=1, at=AT).amount == 199_000


def test_twelve_copies_cost_twelve_times_one_copy() -> None:
    assert fee(LAW, pages=250, copies=12, at=AT).amount == 12 * 200_000


def test_fee_names_its_rule_and_its_legal_basis() -> None:
    due = fee(LAW, pages=1, copies=1, at=AT)
    assert due.rule_version == "VN-226-2016"
    assert LAW.legal_basis(due.basis_id).article


@pytest.mark.parametrize(("pages", "copies"), [(0, 1), (1, 0), (-1, 1)])
def test_fee_without_a_page_or_a_copy_is_refused(pages: int, copies: int) -> None:
    with pytest.raises(LawDataInvalid):
        fee(LAW, pages=pages, copies=copies, at=AT)


def test_new_fee_table_changes_nothing_before_its_first_day() -> None:
    old = LAW.fee_rules[0]
    first_day = date(2027, 1, 1)
    ended = replace(old, valid_to=first_day - timedelta(days=1))
    new = replace(old, version="NEW", valid_from=first_day, tiers=(FeeTier(None, 3_000),))
    law = replace(LAW, fee_rules=(ended, new))
    last_moment = datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC)
    assert fee(law, pages=1, copies=1, at=last_moment).amount == 2_000
    assert fee(law, pages=1, copies=1, at=last_moment + timedelta(seconds=1)).amount == 3_000


def test_day_without_a_fee_table_is_an_error_not_a_free_copy() -> None:
    with pytest.raises(LawDataInvalid, match="0 fee tables"):
        fee(LAW, pages=1, copies=1, at=datetime(2016, 1, 1, tzinfo=UTC))


def test_refusal_list_is_closed() -> None:
    assert {reason.code for reason in LAW.refusals} == CLOSED_LIST
    with pytest.raises(RefusalIncomplete, match="closed list"):
        LAW.refusal("DOES_NOT_LIKE_IT")


@pytest.mark.parametrize("code", sorted(CLOSED_LIST))
def test_every_refusal_has_text_remedy_and_notice_in_three_languages(code: str) -> None:
    reason = LAW.refusal(code)
    for language in LANGUAGES:
        notice = refusal_notice(LAW, code=code, free_text="Trang 2 bị rách.", language=language, at=AT)
        assert reason.text[language] in notice
        assert reason.remedy[language] in notice
        assert "Trang 2 bị rách." in notice
        assert "{" not in notice


def test_refusal_without_the_officers_own_words_is_refused() -> None:
    with pytest.raises(RefusalIncomplete, match="sentence"):
        refusal_notice(LAW, code="ERASED_ALTERED", free_text="  ", language="vi", at=AT)


def test_checklist_has_at_most_five_lines() -> None:
    assert 1 <= len(LAW.checklist) <= 5


def test_unknown_type_of_paper_is_kept_from_strangers() -> None:
    assert LAW.doc_type("VN.NEVER_SEEN").sensitive


def test_pack_of_an_unknown_country_stops_the_start() -> None:
    with pytest.raises(LawDataInvalid, match="cannot be read"):
        load_law("xx")


def test_local_date_follows_the_office_not_greenwich() -> None:
    assert LAW.local_date(datetime(2026, 12, 31, 17, 0, tzinfo=UTC)) == date(2027, 1, 1)


def test_row_that_begins_or_ends_on_a_day_is_in_force_on_its_days_only() -> None:
    first_day = date(2027, 1, 1)
    old = LAW.refusal("UNPAID")
    ended = replace(old, valid_to=first_day - timedelta(days=1))
    new = replace(old, valid_from=first_day, text={**old.text, "vi": "Câu mới."})
    others = tuple(reason for reason in LAW.refusals if reason.code != "UNPAID")
    law = replace(LAW, refusals=(*others, ended, new), checklist=(replace(LAW.checklist[0], valid_to=ended.valid_to),))
    last_moment = datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC)
    assert law.in_force(last_moment).refusal("UNPAID").text == old.text
    assert len(law.in_force(last_moment).checklist) == 1
    next_moment = last_moment + timedelta(seconds=1)
    assert law.in_force(next_moment).refusal("UNPAID").text["vi"] == "Câu mới."
    assert law.in_force(next_moment).checklist == ()
    # What was refused before may still be told afterwards.
    assert law.refusal("UNPAID").text["vi"] == "Câu mới."


@pytest.mark.parametrize(
    ("first_end", "second_start", "said"),
    [
        (None, date(2027, 1, 1), "two rows of fee table"),
        (date(2027, 1, 1), date(2027, 1, 1), "two rows of fee table"),
        (date(2026, 12, 30), date(2027, 1, 1), "no fee table holds on 2026-12-31"),
        (date(2016, 12, 31), date(2017, 1, 1), "before it begins"),
    ],
)
def test_fee_tables_that_overlap_leave_a_gap_or_end_before_they_begin_stop_the_start(
    first_end: date | None, second_start: date, said: str
) -> None:
    rule = LAW.fee_rules[0]
    law = replace(LAW, fee_rules=(replace(rule, valid_to=first_end), replace(rule, valid_from=second_start)))
    with pytest.raises(LawDataInvalid, match=said):
        check_pack(law)


def test_sixth_line_of_a_checklist_on_one_day_stops_the_start() -> None:
    line = LAW.checklist[0]
    lines = tuple(replace(line, code=f"LINE_{number}") for number in range(6))
    with pytest.raises(LawDataInvalid, match="at most 5"):
        check_pack(replace(LAW, checklist=lines))
    later = replace(lines[5], valid_from=date(2027, 1, 1))
    earlier = tuple(replace(one, valid_to=date(2026, 12, 31)) for one in lines[:5])
    check_pack(replace(LAW, checklist=(*earlier, later)))


@pytest.mark.parametrize("country", ["vn", "es"])
def test_every_pack_agrees_with_itself(country: str) -> None:
    law = load_law(country)
    assert law.is_sample == (country == "es")
    assert all(law.language in doc_type.title for doc_type in law.doc_types)
