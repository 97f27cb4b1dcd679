"""Random damage never crashes the verifier, and inside a ByteRange it never reads as valid."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signing.verify import Verdict, VerificationReport, verify_pdf
from signing.verify.errors import PdfUnreadable
from signing.verify.syntax import read_object, same_object
from tests.attack.make_signed import SignedCopy, make_signed_copy
from tests.attack.pdf_surgery import write
from tests.office import Office

PASSED = (Verdict.VALID, Verdict.VALID_WITH_WARNING)
BOUNDED = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> SignedCopy:
    return make_signed_copy(Office(tmp_path_factory.mktemp("office")))


def holes(pdf: bytes) -> list[tuple[int, int]]:
    found = re.finditer(rb"/ByteRange\s*\[\s*0\s+(\d+)\s+(\d+)", pdf)
    return [(int(one[1]), int(one[2])) for one in found]


@BOUNDED
@given(data=st.data())
def test_one_byte_changed_inside_a_byte_range_is_never_valid(copy: SignedCopy, data: st.DataObject) -> None:
    end = holes(copy.pdf)[-1]
    at = data.draw(st.integers(0, len(copy.pdf) - 1).filter(lambda place: not end[0] <= place < end[1]))
    value = data.draw(st.integers(0, 255).filter(lambda byte: byte != copy.pdf[at]))
    damaged = copy.pdf[:at] + bytes([value]) + copy.pdf[at + 1 :]
    report = verify_pdf(damaged, trust=copy.trust, at=copy.at)
    assert report.verdict not in PASSED
    assert isinstance(report, VerificationReport)


@BOUNDED
@given(
    cut=st.integers(0, 100_000), paste=st.integers(0, 100_000), piece=st.binary(max_size=40), removed=st.integers(0, 60)
)
def test_cut_and_pasted_files_get_a_report(copy: SignedCopy, cut: int, paste: int, piece: bytes, removed: int) -> None:
    at = cut % len(copy.pdf)
    damaged = copy.pdf[:at] + piece + copy.pdf[at + removed :]
    stolen = copy.pdf[paste % len(copy.pdf) :][:80]
    for variant in (damaged, damaged[:at] + stolen + damaged[at:], copy.pdf + piece + stolen):
        report = verify_pdf(variant, trust=copy.trust, at=copy.at)
        if variant.strip() != copy.pdf.strip():
            assert report.verdict is not Verdict.VALID


@BOUNDED
@given(tail=st.binary(min_size=1, max_size=400))
def test_anything_but_space_behind_the_end_is_never_valid(copy: SignedCopy, tail: bytes) -> None:
    if not tail.strip(b"\x00\t\n\x0c\r "):
        return
    assert verify_pdf(copy.pdf + tail, trust=copy.trust, at=copy.at).verdict not in PASSED


@settings(max_examples=200, deadline=None, derandomize=True)
@given(noise=st.binary(max_size=300))
def test_noise_gets_a_report(copy: SignedCopy, noise: bytes) -> None:
    for content in (noise, b"%PDF-1.7\n" + noise, b"%PDF-1.7\n" + noise + b"\nstartxref\n9\n%%EOF"):
        assert verify_pdf(content, trust=copy.trust, at=copy.at).verdict not in PASSED


_names = st.text(st.characters(codec="latin-1", categories=("L", "N")), min_size=1, max_size=8)
_objects = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.binary(max_size=20) | _names,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_names, inner, max_size=4),
    max_leaves=12,
)


@BOUNDED
@given(value=_objects)
def test_what_is_written_is_read_back(value: object) -> None:
    written = write(value)  # type: ignore[arg-type]  # hypothesis builds exactly this recursive type
    read, end = read_object(written + b" ", 0)
    assert end <= len(written)
    assert same_object(read, value)  # type: ignore[arg-type]  # as above


@BOUNDED
@given(noise=st.binary(max_size=200))
def test_reading_noise_gives_an_object_or_one_error(noise: bytes) -> None:
    try:
        read_object(noise, 0)
    except PdfUnreadable:
        return
