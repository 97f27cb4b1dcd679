"""A longer search with edits that know the format: tokens, numbers and encodings, on copies of both kinds and on a form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keys import TrustAnchors
from signing.verify import Verdict, VerificationReport, verify_pdf
from tests.attack.foreign import SIGNED_AT
from tests.attack.illustrated import TRUSTED, certified, illustrated
from tests.attack.make_signed import make_signed_copy
from tests.attack.test_attack_appearance import fill
from tests.blank_copies import blank_copy
from tests.office import Office

# Runs in ./check --all: a bounded search, the same one every time; what it finds becomes a test of its own.
pytestmark = pytest.mark.matrix

PASSED = (Verdict.VALID, Verdict.VALID_WITH_WARNING)
_NUMBER = re.compile(rb"\d+")
_HEX = re.compile(rb"<[0-9a-fA-F]{64,}>")
_ODD_NUMBERS = (b"0", b"1", b"-1", b"65535", b"2147483648", b"99999999999999999999", b"1.5", b"007")
_TOKENS = (
    b"<<", b">>", b"[", b"]", b"(", b")", b"<", b">", b"null", b"true", b" 1 0 R ", b" 9999 0 R ", b"/Kids", b"/Length", b"/Prev",
    b"endobj\n", b"stream\n", b"endstream\n", b"xref\n", b"trailer\n", b"startxref\n0\n%%EOF\n", b"%", b"\\", b"\x00", b"#00",
)  # fmt: skip
_EDITS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2**20), st.integers(1, 2**12)), min_size=1, max_size=4)


@dataclass(frozen=True, slots=True)
class Start:
    """What the edits start from."""

    pdf: bytes
    trust: TrustAnchors
    at: datetime


def edited(pdf: bytes, edits: list[tuple[int, int, int]]) -> bytes:
    """Apply edits one after the other: a flipped byte, a cut, a repetition, an odd number, a token, a torn encoding."""
    for kind, place, value in edits:
        at = place % max(len(pdf), 1)
        if kind == 0:
            pdf = pdf[:at] + bytes([pdf[at] ^ (value % 255 + 1)]) + pdf[at + 1 :] if pdf else pdf
        elif kind == 1:
            pdf = pdf[:at] + pdf[at + value % 300 :]
        elif kind == 2:
            pdf = pdf[: at + value] + pdf[at:]
        elif kind == 3:
            found = _NUMBER.search(pdf, at)
            odd = _ODD_NUMBERS[value % len(_ODD_NUMBERS)]
            pdf = pdf[: found.start()] + odd + pdf[found.end() :] if found else pdf
        elif kind == 4:
            pdf = pdf[:at] + _TOKENS[value % len(_TOKENS)] + pdf[at:]
        else:
            holes = list(_HEX.finditer(pdf))
            if holes:
                hole = holes[place % len(holes)]
                torn = hole.start() + 1 + value % (hole.end() - hole.start() - 2)
                pdf = pdf[:torn] + b"%x" % (place % 16) + pdf[torn + 1 :]
    return pdf


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> list[Start]:
    office = Office(tmp_path_factory.mktemp("office"))
    made = [make_signed_copy(office)]
    made.append(make_signed_copy(office, unsigned=blank_copy(filler=b"birth certificate" * 40, object_streams=True)))
    return [
        *(Start(one.pdf, one.trust, one.at) for one in made),
        Start(fill(certified(illustrated(), 2)), TRUSTED, SIGNED_AT),
    ]


@settings(
    max_examples=1200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(which=st.integers(0, 2), edits=_EDITS)
def test_edited_file_gets_a_report_and_is_good_only_if_nothing_signed_changed(
    copies: list[Start], which: int, edits: list[tuple[int, int, int]]
) -> None:
    start = copies[which]
    pdf, changed = start.pdf, edited(start.pdf, edits)
    report = verify_pdf(changed, trust=start.trust, at=start.at, may_render=False)
    assert isinstance(report, VerificationReport)
    covered = [changed[: one.start()] + changed[one.end() :] for one in _HEX.finditer(changed)]
    original = [pdf[: one.start()] + pdf[one.end() :] for one in _HEX.finditer(pdf)]
    if report.verdict in PASSED:
        assert set(covered) & set(original), "one signature's place may differ, and nothing else"
