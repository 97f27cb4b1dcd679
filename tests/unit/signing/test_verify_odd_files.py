"""Files that careless software writes and everybody opens: read when all readers agree on them, refused when they might not."""

from __future__ import annotations

import pytest

from keys import Mode, TrustAnchors
from signing.verify import Verdict, VerificationReport, verify_pdf
from signing.verify.errors import PdfUnreadable
from signing.verify.syntax import read_object
from tests.attack.foreign import SIGNED_AT, sign_by_hand, signed_data
from tests.blank_copies import blank_copy

NOBODY = TrustAnchors((), (), (), Mode.DEMO)


def signed(pdf: bytes, prefix: bytes = b"") -> bytes:
    return sign_by_hand(pdf, lambda content: signed_data(content).dump(), prefix=prefix)


def judge(pdf: bytes) -> VerificationReport:
    return verify_pdf(pdf, trust=NOBODY, at=SIGNED_AT)


@pytest.fixture(scope="module")
def blank() -> bytes:
    return blank_copy(part=None)


def startxref(pdf: bytes) -> int:
    return int(pdf.rsplit(b"startxref", 1)[1].split()[0])


def with_startxref(pdf: bytes, offset: int) -> bytes:
    return pdf[: pdf.rindex(b"startxref")] + b"startxref\n%d\n%%%%EOF\n" % offset


@pytest.mark.parametrize("prefix", [b"\n", b"\r\n" * 40, b" " * 1000], ids=len)
def test_space_before_the_header_that_was_signed_is_a_warning(blank: bytes, prefix: bytes) -> None:
    report = judge(signed(blank, prefix))
    assert [one.technically_valid for one in report.signatures] == [True]
    assert "SPACE_BEFORE_HEADER" in report.warnings


def test_space_put_before_the_header_later_is_caught(blank: bytes) -> None:
    report = judge(b"\n" + signed(blank))
    assert report.verdict in (Verdict.INVALID, Verdict.MALFORMED)


@pytest.mark.parametrize("prefix", [b"MZ\x00\n", b"<html>\n", b"%!PS\n"], ids=repr)
def test_anything_else_before_the_header_is_never_technically_valid(blank: bytes, prefix: bytes) -> None:
    report = judge(signed(blank, prefix))
    assert not any(one.technically_valid for one in report.signatures)
    assert "BYTES_BEFORE_HEADER" in report.reasons


@pytest.mark.parametrize("error", [-6, -2, 1, 3])
def test_cross_reference_a_few_bytes_from_its_place_is_found(blank: bytes, error: int) -> None:
    report = judge(signed(with_startxref(blank, startxref(blank) + error)))
    assert [one.technically_valid for one in report.signatures] == [True]
    assert "XREF_DISPLACED" in report.warnings


def test_cross_reference_far_from_its_place_is_malformed(blank: bytes) -> None:
    found = judge(with_startxref(signed(blank), startxref(signed(blank)) + 40))
    assert (found.verdict, found.reasons) == (Verdict.MALFORMED, ("XREF_WRONG",))


def test_displaced_cross_reference_over_a_second_page_is_malformed(blank: bytes) -> None:
    # A reader that repairs the file would show the object that no cross-reference names.
    at = startxref(blank)
    hidden = blank[:at] + b"4 0 obj\n<</Type/Page/Contents 9 0 R>>\nendobj\n" + blank[at:]
    moved = at + len(hidden) - len(blank)
    honest = judge(signed(with_startxref(hidden, moved)))
    assert honest.verdict is not Verdict.MALFORMED
    assert judge(signed_over(with_startxref(hidden, moved), error=2)).verdict is Verdict.MALFORMED


def signed_over(pdf: bytes, *, error: int) -> bytes:
    """Sign, then displace the newest cross-reference, so that the signer's own reader does not stumble."""
    whole = signed(pdf)
    return with_startxref(whole, startxref(whole) + error)


def test_key_written_twice_with_one_value_is_read() -> None:
    assert read_object(b"<</Type/Page/Type/Page>>", 0)[0] == {"Type": "Page"}


def test_key_written_twice_with_two_values_is_refused() -> None:
    with pytest.raises(PdfUnreadable) as caught:
        read_object(b"<</Type/Page/Type/Pages>>", 0)
    assert caught.value.code == "DUPLICATE_KEY"
