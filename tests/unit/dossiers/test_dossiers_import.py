"""A file of procedures is taken in whole or not at all, and everything wrong with it is named with its place."""

from __future__ import annotations

import csv
import io
import json
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from dossiers import (
    CatalogueInvalid,
    FindingCode,
    ImportReport,
    Surroundings,
    check_import,
    load_catalogue,
    read_catalogue,
    take_in,
)
from tests.vault_town import Town

WORDS = {"vi": "Giấy khai sinh", "en": "Birth certificate", "fr": "Acte de naissance"}
AROUND = Surroundings((), frozenset({"VN.BIRTH_CERT", "VN.RESIDENCE"}), frozenset({"WARD"}))
ENTRY: dict[str, Any] = {
    "id": "P",
    "version": 1,
    "valid_from": "2026-01-01",
    "recipient_agency": "WARD",
    "term_days": 30,
    "title": WORDS,
    "purpose": WORDS,
    "requirements": [
        {
            "id": "birth",
            "title": WORDS,
            "how_to_get": WORDS,
            "any_of": [{"type": "VN.BIRTH_CERT", "min_assurance": 3}],
        }
    ],
}


def changed(**change: Any) -> dict[str, Any]:
    return deepcopy(ENTRY) | change


def needing(doc_type: str, **change: Any) -> dict[str, Any]:
    entry = changed(**change)
    entry["requirements"][0]["any_of"] = [{"type": doc_type, "min_assurance": 3}]
    return entry


def check(*entries: dict[str, Any], around: Surroundings = AROUND) -> ImportReport:
    return check_import(json.dumps({"procedures": entries}).encode(), is_csv=False, around=around)


def codes(report: ImportReport) -> list[str]:
    return [one.code.value for one in report.findings]


def test_a_right_file_has_no_finding() -> None:
    report = check(ENTRY, changed(version=2, valid_from="2026-06-01"))
    assert (codes(report), report.may_be_taken_in) == ([], True)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([changed(recipient_agency="NOWHERE")], ["UNKNOWN_AGENCY"]),
        ([needing("VN.UNKNOWN")], ["UNKNOWN_DOC_TYPE"]),
        ([changed(linked=["Q"])], ["UNKNOWN_LINK"]),
        ([ENTRY, ENTRY], ["DUPLICATE_VERSION", "DUPLICATE_START"]),
        ([ENTRY, changed(version=2)], ["DUPLICATE_START"]),
        ([ENTRY, changed(version=2, valid_from="2025-01-01")], ["VERSION_ORDER"]),
        ([changed(term_days=400)], ["UNREADABLE"]),
        ([changed(title={"vi": "a", "en": "b"})], ["UNREADABLE"]),
        ([changed(title={"vi": "a", "en": " ", "fr": "c"})], ["UNREADABLE"]),
        ([changed(requirements=[])], ["UNREADABLE"]),
        ([changed(requirements=ENTRY["requirements"] * 2)], ["UNREADABLE"]),
        ([changed(id="có dấu")], ["UNREADABLE"]),
        ([{"id": "P"}], ["UNREADABLE"]),
        (
            [
                needing("VN.RESIDENCE", results=["VN.BIRTH_CERT"]),
                needing("VN.BIRTH_CERT", id="Q", results=["VN.RESIDENCE"]),
            ],
            ["CYCLE"],
        ),
        ([changed(linked=["Q"]), changed(id="Q", linked=["P"])], ["LINK_CYCLE"]),
    ],
)
def test_what_is_wrong_keeps_the_file_out_and_is_named(entries: list[dict[str, Any]], expected: list[str]) -> None:
    report = check(*entries)
    assert (codes(report), report.may_be_taken_in) == (expected, False)


def test_a_gap_and_the_same_evidence_twice_are_warnings() -> None:
    twice = changed(version=3)
    twice["requirements"][0]["any_of"] *= 2
    report = check(ENTRY, twice | {"valid_from": "2026-09-01"})
    assert (set(codes(report)), report.may_be_taken_in) == ({"VERSION_GAP", "DUPLICATE_EVIDENCE"}, True)


def test_another_way_to_the_paper_breaks_the_ring() -> None:
    first = needing("VN.RESIDENCE", results=["VN.BIRTH_CERT"])
    second = needing("VN.BIRTH_CERT", id="Q", results=["VN.RESIDENCE"])
    assert (
        codes(check(first, second, changed(id="R", results=["VN.BIRTH_CERT"], requirements=second["requirements"])))
        == []
    )


def test_a_condition_that_no_question_asks_is_found() -> None:
    entry = changed()
    entry["requirements"][0]["when"] = {"question": "married", "is": "yes"}
    assert codes(check(entry)) == ["UNKNOWN_QUESTION"]
    entry["questions"] = [{"id": "married", "title": WORDS, "answers": {"yes": WORDS, "no": WORDS}}]
    report = check(entry)
    assert codes(report) == []
    procedure = report.procedures[0]
    assert procedure.applying({"married": "no"}) == ()
    assert procedure.applying({}) == procedure.applying({"married": "yes"}) == procedure.requirements


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b"{}", b'{"procedures": [1]}', b"[" * 100_000])
def test_what_is_no_file_of_procedures_is_refused(content: bytes) -> None:
    with pytest.raises(CatalogueInvalid):
        check_import(content, is_csv=False, around=AROUND)


def test_a_table_says_the_same_as_the_tree() -> None:
    languages = ("vi", "en", "fr")
    row = {
        "procedure_id": "P",
        "version": "1",
        "valid_from": "2026-01-01",
        "recipient_agency": "WARD",
        "term_days": "30",
    }
    row |= {
        f"{name}_{one}": WORDS[one] for name in ("title", "purpose", "requirement", "how_to_get") for one in languages
    }
    row |= {"requirement_id": "birth", "type": "VN.BIRTH_CERT", "min_assurance": "3"}
    target = io.StringIO()
    writer = csv.DictWriter(target, list(row))
    writer.writeheader()
    writer.writerows([row, row | {"type": "VN.RESIDENCE"}])
    report = check_import(("\ufeff" + target.getvalue()).encode(), is_csv=True, around=AROUND)
    tree = deepcopy(ENTRY)
    tree["requirements"][0]["any_of"].append({"type": "VN.RESIDENCE", "min_assurance": 3})
    assert report.findings == ()
    assert report.procedures == check(tree).procedures


def test_what_is_taken_in_is_in_force_from_its_day_and_never_changed(town: Town) -> None:
    with town.database.transaction() as tx:
        assert take_in(tx, check(ENTRY), by="admin", at=town.at) == 1
    with town.database.transaction() as tx, pytest.raises(CatalogueInvalid):
        take_in(tx, check(ENTRY | {"term_days": 60}), by="admin", at=town.at)
    with town.database.transaction() as tx, pytest.raises(CatalogueInvalid):
        take_in(tx, check(changed(recipient_agency="NOWHERE")), by="admin", at=town.at)
    with town.database.read() as tx:
        own, whole = read_catalogue(tx, with_samples=False), read_catalogue(tx, with_samples=True)
    assert [one.term_days for one in own.procedures] == [30]
    assert own.find("P", on=date(2026, 1, 1)).version == own.version("P", 1).version == 1
    assert len(whole.procedures) == 1 + len(load_catalogue().procedures)


def test_the_samples_are_many_labelled_and_sound() -> None:
    samples = load_catalogue().procedures
    assert len(samples) >= 24
    assert len({one.domain for one in samples}) >= 12
    assert all(one.procedure_id.startswith("SAMPLE-") for one in samples)
    names = {option for one in samples for option in one.doc_types} | {
        result for one in samples for result in one.results
    }
    agencies = frozenset(one.recipient_agency for one in samples)
    report = check_import(
        json.dumps({"procedures": [ENTRY]}).encode(),
        is_csv=False,
        around=Surroundings(samples, frozenset(names), agencies | {"WARD"}),
    )
    assert report.findings == ()
    assert FindingCode.CYCLE.value == "CYCLE"
    linked = {one.procedure_id: one.linked for one in samples if one.linked}
    assert linked["SAMPLE-BIRTH"] == ("SAMPLE-RESIDENCE-CHILD", "SAMPLE-HEALTH-CARD-CHILD")
