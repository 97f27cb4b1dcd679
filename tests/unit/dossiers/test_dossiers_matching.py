"""What a citizen has for what a procedure asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from dossiers import Candidate, EvidenceOption, Outcome, OutcomeKind, Requirement, Subject, SubjectRole, match
from dossiers.names import NameLikeness, compare_names

TODAY = date(2026, 11, 22)
AN = "Nguyễn Thị Hoài An"
TEXT = {"vi": "…", "en": "…", "fr": "…"}


def paper(record_id: str = "r1", doc_type: str = "VN.BIRTH_CERT") -> Candidate:
    return Candidate(
        record_id=record_id,
        uri=f"vdm:x:{doc_type}:{record_id}",
        sha256_hex="0" * 64,
        doc_type=doc_type,
        assurance_level=3,
        issuer_agency="THIDU",
        status="CURRENT",
        original="CURRENT",
        dated_on=TODAY - timedelta(days=30),
        valid_until=None,
        subject_names=("NGUYỄN THỊ HOÀI AN",),
    )


def asked(*options: EvidenceOption) -> Requirement:
    return Requirement(
        "who", TEXT, is_mandatory=True, options=options or (EvidenceOption("VN.BIRTH_CERT", 3),), how_to_get=TEXT
    )


def answer(*papers: Candidate, requirement: Requirement | None = None) -> Outcome:
    return match([requirement or asked()], papers, subject=Subject(AN), on=TODAY)[0]


def test_a_certified_copy_in_the_vault_satisfies_the_requirement() -> None:
    outcome = answer(paper())
    assert (outcome.kind, outcome.candidates, outcome.rejected) == (OutcomeKind.SATISFIED, (paper(),), ())


def test_an_empty_vault_leaves_the_requirement_missing() -> None:
    assert answer().kind is OutcomeKind.MISSING


def test_another_kind_of_paper_is_not_considered() -> None:
    assert answer(paper(doc_type="VN.DIPLOMA")).kind is OutcomeKind.MISSING


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": "ANNULLED"}, "ANNULLED"),
        ({"status": "SUPERSEDED"}, "SUPERSEDED"),
        ({"status": "WITHDRAWN"}, "WITHDRAWN"),
        ({"status": "EXPIRED"}, "EXPIRED"),
        ({"original": "REPLACED"}, "ORIGINAL_REPLACED"),
        ({"original": "REVOKED"}, "ORIGINAL_REVOKED"),
        ({"valid_until": TODAY - timedelta(days=1)}, "EXPIRED"),
        ({"assurance_level": 2}, "LEVEL_TOO_LOW(2<3)"),
        ({"assurance_level": 0}, "LEVEL_TOO_LOW(0<3)"),
        ({"dated_on": TODAY - timedelta(days=210)}, "TOO_OLD(210>180)"),
        ({"issuer_agency": "ELSEWHERE"}, "ISSUER_OUT_OF_SCOPE"),
        ({"subject_names": ("Trần Quốc Bình",)}, "SUBJECT_MISMATCH"),
    ],
)
def test_a_paper_that_does_not_do_is_rejected_with_its_reason(change: dict[str, Any], code: str) -> None:
    requirement = asked(EvidenceOption("VN.BIRTH_CERT", 3, max_age_days=180, issuer_scope=("THIDU",)))
    outcome = answer(replace(paper(), **change), requirement=requirement)
    assert outcome.kind is OutcomeKind.MISSING
    assert [rejection.code for rejection in outcome.rejected] == [code]


def test_a_paper_valid_until_today_is_still_valid() -> None:
    assert answer(replace(paper(), valid_until=TODAY)).kind is OutcomeKind.SATISFIED


def test_an_expired_paper_does_where_validity_is_not_asked() -> None:
    requirement = asked(EvidenceOption("VN.BIRTH_CERT", 3, must_be_valid=False))
    assert (
        answer(replace(paper(), status="EXPIRED", original="EXPIRED"), requirement=requirement).kind
        is OutcomeKind.SATISFIED
    )


def test_two_kinds_of_paper_give_a_choice() -> None:
    requirement = asked(EvidenceOption("VN.RESIDENCE", 3), EvidenceOption("VN.MARRIAGE_CERT", 3))
    outcome = answer(paper("r1", "VN.RESIDENCE"), paper("r2", "VN.MARRIAGE_CERT"), requirement=requirement)
    assert outcome.kind is OutcomeKind.CHOICE
    assert [candidate.record_id for candidate in outcome.candidates] == ["r1", "r2"]


def test_the_higher_level_wins_then_the_newer_paper() -> None:
    older = replace(paper("older"), dated_on=TODAY - timedelta(days=60))
    better = replace(paper("better"), assurance_level=4, dated_on=TODAY - timedelta(days=90))
    assert answer(older, paper("newer")).candidates[0].record_id == "newer"
    assert answer(older, paper("newer"), better).candidates[0].record_id == "better"


def test_a_data_source_comes_before_every_paper() -> None:
    outcome = answer(
        replace(paper("data"), is_data_source=True, assurance_level=3), replace(paper(), assurance_level=4)
    )
    assert (outcome.kind, outcome.candidates[0].record_id) == (OutcomeKind.SATISFIED_BY_DATA, "data")


def test_the_order_of_the_papers_changes_nothing() -> None:
    papers = [paper("a"), paper("b"), replace(paper("c"), assurance_level=4)]
    assert answer(*papers) == replace(answer(*reversed(papers)))


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        ("NGUYEN THI HOAI AN", "NAME_DIACRITICS"),
        ("Nguyên Thị Hoài An", "NAME_DIACRITICS"),
        ("An Nguyễn Thị Hoài", "NAME_ORDER"),
        ("Nguyễn Thị Hòai An", "NAME_OLD_SPELLING"),
        ("Nguyễn Thị Hoài-An", "NAME_DIACRITICS"),
        ("Nguyễn ThịHoài An", "NAME_JOINED"),
        ("Nguyễn Hoài An", "NAME_MIDDLE_NAME"),
    ],
)
def test_a_name_in_another_spelling_needs_a_human_and_says_which(printed: str, code: str) -> None:
    outcome = answer(replace(paper(), subject_names=(printed,)))
    assert (outcome.kind, [one.code for one in outcome.doubts]) == (OutcomeKind.NEEDS_HUMAN, [code])


def test_a_paper_of_a_merged_office_counts_as_its_successors() -> None:
    requirement = asked(EvidenceOption("VN.BIRTH_CERT", 3, issuer_scope=("NEW-WARD",)))
    merged = {("OLD-WARD", "NEW-WARD")}

    def stands_in(issuer: str, agency: str) -> bool:
        return issuer == agency or (issuer, agency) in merged

    old = replace(paper(), issuer_agency="OLD-WARD")
    found = match([requirement], [old], subject=Subject(AN), on=TODAY, stands_in=stands_in)[0]
    assert found.kind is OutcomeKind.SATISFIED
    other = match(
        [requirement], [replace(old, issuer_agency="OTHER")], subject=Subject(AN), on=TODAY, stands_in=stands_in
    )
    assert other[0].rejected[0].code == "ISSUER_OUT_OF_SCOPE"
    assert answer(old, requirement=requirement).rejected[0].code == "ISSUER_OUT_OF_SCOPE"


def test_a_paper_about_the_child_is_held_against_the_name_of_the_child() -> None:
    requirement = replace(asked(), subject=SubjectRole.CHILD)
    of_child = replace(paper(), subject_names=("Nguyễn Minh",))

    def ask(**names: str) -> Outcome:
        others = {SubjectRole(role): name for role, name in names.items()}
        return match([requirement], [of_child], subject=Subject(AN, others), on=TODAY)[0]

    assert ask(CHILD="Nguyễn Minh").kind is OutcomeKind.SATISFIED
    assert ask(CHILD="Trần Bình").rejected[0].code == "SUBJECT_MISMATCH"
    assert ask().doubts[0].code == "SUBJECT_NOT_SAID"


def test_a_paper_that_ends_too_soon_says_by_how_much() -> None:
    requirement = asked(EvidenceOption("VN.BIRTH_CERT", 3, valid_days_ahead=180))
    outcome = answer(replace(paper(), valid_until=TODAY + timedelta(days=30)), requirement=requirement)
    assert outcome.rejected[0].code == "ENDS_TOO_SOON(30<180)"


def test_a_paper_whose_subject_was_not_read_needs_a_human() -> None:
    outcome = answer(replace(paper(), subject_names=()))
    assert (outcome.kind, outcome.doubts[0].code) == (OutcomeKind.NEEDS_HUMAN, "SUBJECT_NOT_READ")


def test_a_paper_about_two_people_is_hers_when_she_is_one_of_them() -> None:
    assert answer(replace(paper(), subject_names=("Trần Quốc Bình", AN))).kind is OutcomeKind.SATISFIED


def test_a_certain_paper_is_taken_before_a_doubtful_one() -> None:
    doubtful = replace(paper("doubtful"), subject_names=("NGUYEN THI HOAI AN",))
    outcome = answer(doubtful, paper("certain"))
    assert (outcome.kind, outcome.candidates[0].record_id) == (OutcomeKind.SATISFIED, "certain")


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("Lý Thị Mỹ", "LÝ  THỊ MỸ", NameLikeness.SAME),
        ("Lý Thị Mỹ", "Lí Thị Mĩ", NameLikeness.OLD_SPELLING),
        ("Đặng Hòa", "Dang Hoa", NameLikeness.DIACRITICS),
        ("Hoà An", "Hòa An", NameLikeness.OLD_SPELLING),
        ("Ho\u0301a", "Hóa", NameLikeness.SAME),
        ("An Bình", "An Bình An", NameLikeness.DIFFERENT),
        ("Nguyễn An", "Trần An", NameLikeness.DIFFERENT),
    ],
)
def test_names_are_compared_as_papers_print_them(one: str, other: str, likeness: NameLikeness) -> None:
    assert compare_names(one, other) is likeness
    assert compare_names(other, one) is likeness
