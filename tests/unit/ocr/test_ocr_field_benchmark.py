"""The benchmark of fields counts what it should, on papers that are alike for one seed and invented for every seed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from benchmarks.field_papers import MAKERS, make_paper
from benchmarks.fields import Score, is_same
from guard import SandboxPool
from ocr import DocumentFields, ReadField, accept_scan, read_codes, read_fields, read_pages
from tests.unit.ocr.in_process import InProcessSandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxPool]:
    with InProcessSandbox() as pool:
        yield pool


def _found(**values: str) -> DocumentFields:
    fields = tuple(ReadField(name, value, 0, 95.0, ()) for name, value in values.items())
    return DocumentFields("VN.BIRTH_CERT", 95.0, fields)


def test_wrong_and_unprinted_values_cost_precision_and_missing_ones_recall() -> None:
    score = Score()
    truth = {"holder_name": "Lê Thuý", "id_number": "000195012345", "issuer": "UBND", "birth_place": "Thí Dụ"}
    score.add("VN.BIRTH_CERT", truth, _found(holder_name="LÊ THÚY", id_number="000195012346", grade="Giỏi"))
    summary = score.summary()
    assert (summary["precision"], summary["recall"]) == (0.3333, 0.25)
    assert (summary["kinds_right"], summary["kinds_wrong"]) == (1, 0)


def test_value_is_the_same_but_for_case_spaces_and_the_place_of_the_mark() -> None:
    assert is_same("NN-B2 000731", "NN-B2000731")
    assert is_same("Trần Thị HOÀ", "trần thị hòa")
    assert not is_same("000195012345", "000195012346")


@pytest.mark.slow
@pytest.mark.matrix
def test_paper_is_the_same_for_one_seed_and_its_people_are_nobody(sandbox: SandboxPool) -> None:
    names = [doc_type for doc_type, _ in MAKERS]
    paper = make_paper(names.index("VN.RESIDENCE"), seed=5)
    again, other = (make_paper(names.index("VN.RESIDENCE"), seed=seed) for seed in (5, 6))
    assert (paper.jpeg, paper.truth) == (again.jpeg, again.truth)
    assert paper.truth != other.truth
    assert all(number.startswith("000") for number in re.findall(r"\b\d{12}\b", " ".join(paper.truth.values())))
    pages = read_codes(
        read_pages(accept_scan(paper.jpeg, declared_type=None, sandbox=sandbox), sandbox=sandbox), sandbox=sandbox
    )
    found = read_fields(pages)
    assert found.doc_type == "VN.RESIDENCE"
    assert all(is_same(paper.truth[one.name], one.value) for one in found.fields)
