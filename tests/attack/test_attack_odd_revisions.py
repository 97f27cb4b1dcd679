"""A later revision that changes any entry of what a reader shows, in any way, never leaves a copy valid."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from signing.verify import Verdict, verify_pdf
from signing.verify.syntax import PdfObject, Ref, Stream, same_object
from tests.attack.make_signed import SignedCopy, make_signed_copy
from tests.attack.pdf_surgery import Patient
from tests.office import Office

pytestmark = pytest.mark.slow

PASSED = (Verdict.VALID, Verdict.VALID_WITH_WARNING)
ODD: tuple[PdfObject, ...] = (None, 0, -1, [], {}, b"x", "Odd", Ref(1, 0), Ref(9999, 0), [Ref(1, 0)], {"Type": "Odd"})
# What says nothing to who reads the page: evidence, the version, the length that the writer counts anew.
SAYS_NOTHING = {"DSS", "Version", "Extensions", "Length"}
ADDED = ("AA", "Kids", "OpenAction")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> SignedCopy:
    return make_signed_copy(Office(tmp_path_factory.mktemp("office")))


def shown(patient: Patient) -> list[int]:
    """The catalog, the pages with what they draw, the fields with what they show, and the signatures."""
    numbers = [patient.root, *patient.pages(), patient.field("Officer"), patient.field("AgencySeal")]
    tree = patient.entries(patient.root)["Pages"]
    assert isinstance(tree, Ref)
    numbers.append(tree.number)
    for number in list(numbers):
        entries = patient.entries(number)
        appearance = patient.follow(entries.get("AP"))
        drawn = appearance.get("N") if isinstance(appearance, dict) else None
        numbers += [one.number for one in (entries.get("Contents"), entries.get("V"), drawn) if isinstance(one, Ref)]
    return numbers


def odd_revisions(patient: Patient, number: int) -> Iterator[tuple[str, bytes]]:
    kept = patient.fetch(number)
    entries = patient.entries(number)
    for key in [*entries, *ADDED]:
        if key in SAYS_NOTHING:
            continue
        for odd in ODD:
            if same_object(odd, entries.get(key)) or same_object(odd, patient.follow(entries.get(key))):
                continue
            changed = {name: value for name, value in entries.items() if name != key} | (
                {key: odd} if odd is not None else {}
            )
            forged: PdfObject = Stream(changed, kept.raw) if isinstance(kept, Stream) else changed
            yield f"{number} {key} {odd!r}", patient.append({number: forged})


def test_no_entry_that_a_reader_shows_can_be_changed_in_any_way(copy: SignedCopy) -> None:
    patient = Patient(copy.pdf)
    passed, tried = [], 0
    for number in shown(patient):
        for name, forged in odd_revisions(patient, number):
            tried += 1
            if verify_pdf(forged, trust=copy.trust, at=copy.at).verdict in PASSED:
                passed.append(name)
    assert passed == []
    assert tried > 500
