"""Random encodings and random edits of a filled form: one error or one report, and never a plain VALID."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signing.verify import Verdict, verify_pdf
from signing.verify.ber import to_definite
from signing.verify.errors import CmsUnreadable
from tests.attack.foreign import SIGNED_AT, sign_by_hand, signed_data, to_indefinite
from tests.attack.illustrated import TRUSTED, certified, illustrated
from tests.attack.pdf_surgery import write
from tests.attack.test_attack_appearance import fill
from tests.blank_copies import blank_copy

BOUNDED = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def filled() -> bytes:
    return fill(certified(illustrated(), 2))


@pytest.fixture(scope="module")
def streamed() -> bytes:
    return sign_by_hand(blank_copy(part=None), lambda content: to_indefinite(signed_data(content).dump()))


def length(body: bytes) -> bytes:
    count = len(body)
    return bytes([count]) if count < 0x80 else bytes([0x82]) + count.to_bytes(2, "big")


_encodings = st.recursive(
    st.binary(max_size=60).map(lambda body: b"\x04" + length(body) + body),
    lambda inner: st.lists(inner, max_size=4).map(
        lambda members: b"\x30" + length(b"".join(members)) + b"".join(members)
    ),
    max_leaves=10,
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(noise=st.binary(max_size=120))
def test_reading_streamed_noise_gives_an_object_or_one_error(noise: bytes) -> None:
    for contents in (noise, b"\x30\x80" + noise, b"\x24\x80" + noise):
        try:
            encoded, end = to_definite(contents)
        except CmsUnreadable:
            continue
        assert 0 < end <= len(contents)
        assert encoded[1:2] != b"\x80"


@settings(max_examples=200, deadline=None, derandomize=True)
@given(encoded=_encodings)
def test_streamed_encoding_comes_back_as_it_was(encoded: bytes) -> None:
    definite, end = to_definite(to_indefinite(encoded))
    assert end == len(to_indefinite(encoded))
    assert to_definite(encoded)[0] == definite


@BOUNDED
@given(at=st.integers(0, 3_000), value=st.integers(0, 255))
def test_streamed_signature_torn_anywhere_is_never_technically_valid_over_other_bytes(
    streamed: bytes, at: int, value: int
) -> None:
    hole = re.search(rb"/Contents <([0-9a-f]+)>", streamed)
    assert hole is not None
    place = hole.start(1) + 2 * at
    torn = streamed[:place] + b"%02x" % value + streamed[place + 2 :]
    report = verify_pdf(torn[:20] + b"!" + torn[21:], trust=TRUSTED, at=SIGNED_AT)
    assert not any(one.technically_valid for one in report.signatures)


@BOUNDED
@given(at=st.integers(0, 100_000), piece=st.binary(max_size=12), removed=st.integers(0, 12))
def test_damage_behind_a_signature_gets_a_report_and_never_a_plain_valid(
    filled: bytes, at: int, piece: bytes, removed: int
) -> None:
    start = filled.index(b"%%EOF", filled.rindex(b"/ByteRange")) + 6
    place = start + at % (len(filled) - start)
    damaged = filled[:place] + piece + filled[place + removed :]
    assert verify_pdf(damaged, trust=TRUSTED, at=SIGNED_AT).verdict is not Verdict.VALID


@BOUNDED
@given(
    name=st.sampled_from(["Rect", "F", "FT", "T", "Parent", "Kids", "OC", "BS", "Subtype"]), number=st.integers(-5, 900)
)
def test_filled_field_changed_in_another_key_is_never_accepted(filled: bytes, name: str, number: int) -> None:
    signed = certified(illustrated(), 2)
    report = verify_pdf(fill(signed, **{name: [number, number, number + 9]}), trust=TRUSTED, at=SIGNED_AT)
    assert not any(one.technically_valid for one in report.signatures), write(name)
