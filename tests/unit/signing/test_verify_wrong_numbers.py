"""Wrong lengths of streams and tables numbered from 1: read where every reader comes to the same, refused beside it."""

from __future__ import annotations

import re
import zlib

import pytest
from asn1crypto import x509 as asn1_x509

from keys import Mode, TrustAnchors
from signing.verify import Verdict, VerificationReport, verify_pdf
from signing.verify.certificates import is_certificate
from signing.verify.stream_lengths import MAX_WRONG_LENGTHS
from signing.verify.syntax import PdfObject, Ref
from tests.attack.foreign import SIGNED_AT, sign_by_hand, signed_data, stranger
from tests.attack.pdf_surgery import Patient
from tests.blank_copies import blank_copy

NOBODY = TrustAnchors((), (), (), Mode.DEMO)
_BLANK = blank_copy(part=None)
_DRAWN = b"0 0 1 rg 10 10 50 50 re f"
_PACKED = zlib.compress(_DRAWN)
_CLOSED = b"\nendstream\nendobj"


def signed_and_followed(pdf: bytes) -> bytes:
    """Signed, with an empty revision behind it: whoever judges that must have read every object."""
    return Patient(sign_by_hand(pdf, lambda content: signed_data(content).dump())).append({})


def judge(pdf: bytes) -> VerificationReport:
    return verify_pdf(pdf, trust=NOBODY, at=SIGNED_AT)


def showing(body: bytes, length: int, *, packed: bool = False, times: int = 1) -> bytes:
    """A page whose content has this length; as it was when it was signed."""
    patient = Patient(_BLANK)
    page, new = patient.pages()[0], patient.size
    told = b"<</Length %d%s>>\nstream\n" % (length, b"/Filter/FlateDecode" if packed else b"")
    contents: list[PdfObject] = [Ref(new + at, 0) for at in range(times)]
    changed: dict[int, PdfObject | bytes] = {new + at: told + body + b"\nendstream" for at in range(times)}
    return signed_and_followed(patient.append(changed | {page: patient.entries(page) | {"Contents": contents}}))


def is_read(pdf: bytes) -> bool:
    report = judge(pdf)
    (signature,) = report.signatures
    assert ("STREAM_LENGTH" in report.reasons) is not signature.technically_valid, report.to_dict()
    return signature.technically_valid


@pytest.mark.parametrize("surplus", [2, 5, len("\nendstream"), len(_CLOSED)])
def test_length_that_swallows_its_own_closing_keywords_is_read(surplus: int) -> None:
    pdf = showing(_DRAWN, len(_DRAWN) + surplus)
    assert is_read(pdf)
    assert "STREAM_LENGTH_WRONG" in judge(pdf).warnings


@pytest.mark.parametrize("surplus", [len(_CLOSED) + 1, len(_CLOSED) + 40, 10**6])
def test_length_that_swallows_another_object_is_refused(surplus: int) -> None:
    assert not is_read(showing(_DRAWN, len(_DRAWN) + surplus))


@pytest.mark.parametrize("body", [_DRAWN + b" " * 20, _DRAWN + b"\r\n\r\n\t "])
def test_length_that_leaves_out_white_space_is_read(body: bytes) -> None:
    assert is_read(showing(body, len(_DRAWN)))


@pytest.mark.parametrize("length", [0, 5, len(_DRAWN) - 1, -1])
def test_length_that_cuts_off_what_is_drawn_is_refused(length: int) -> None:
    assert not is_read(showing(_DRAWN, length))


def test_second_end_inside_what_a_believing_reader_draws_is_refused() -> None:
    body = b"0 0 1 rg\nendstream\nendobj\n10 10 50 50 re f"
    assert not is_read(showing(body, len(body) - 1))
    assert not is_read(showing(body, len(body) + 4))


@pytest.mark.parametrize("surplus", [0, 3, 12])
def test_compressed_data_that_ended_before_the_length_is_read(surplus: int) -> None:
    assert is_read(showing(_PACKED + b"unused bytes", len(_PACKED) + surplus, packed=True))


@pytest.mark.parametrize("missing", [1, 4, 10])
def test_compressed_data_that_a_believing_reader_sees_cut_off_is_refused(missing: int) -> None:
    assert not is_read(showing(_PACKED, len(_PACKED) - missing, packed=True))
    assert not is_read(showing(_PACKED[:2] + b"torn" + _PACKED[6:], len(_PACKED) - missing, packed=True))


def test_a_few_wrong_lengths_are_read_and_a_flood_is_refused() -> None:
    surplus = len(_DRAWN) + 5
    assert is_read(showing(_DRAWN, surplus, times=MAX_WRONG_LENGTHS // 2))
    assert not is_read(showing(_DRAWN, surplus, times=2 * MAX_WRONG_LENGTHS))


def test_certificate_in_an_encoding_that_parsers_read_differently_is_none() -> None:
    der = stranger().certificate_der
    serial = b"\x02\x01\x07"
    # One byte more for a serial number with a leading zero that DER forbids, inside two sequences with two-byte lengths.
    padded = der.replace(serial, b"\x02\x02\x00\x07", 1)
    for at in (2, 6):
        grown = int.from_bytes(padded[at : at + 2], "big") + 1
        padded = padded[:at] + grown.to_bytes(2, "big") + padded[at + 2 :]
    assert asn1_x509.Certificate.load(padded).serial_number == 7
    assert is_certificate(der)
    assert not is_certificate(padded)


def numbered_from_one(pdf: bytes) -> bytes:
    at = pdf.rindex(b"xref\n0 ", 0, pdf.rindex(b"startxref"))
    return pdf[: at + 5] + b"1" + pdf[at + 6 :]


def test_table_that_calls_its_first_object_one_is_read() -> None:
    report = judge(signed_and_followed(numbered_from_one(_BLANK)))
    assert [one.technically_valid for one in report.signatures] == [True]
    assert "XREF_DISPLACED" in report.warnings


def test_newest_table_that_calls_its_first_object_one_is_read_by_both_parsers() -> None:
    assert judge(numbered_from_one(_BLANK)).reasons == ()


def test_table_numbered_from_one_with_one_row_that_fits_no_shift_is_refused() -> None:
    shifted = numbered_from_one(_BLANK)
    rows = list(re.finditer(rb"\d{10} 00000 n", shifted))
    first, second = rows[1], rows[2]
    exchanged = (
        shifted[: first.start()]
        + second[0]
        + shifted[first.end() : second.start()]
        + first[0]
        + shifted[second.end() :]
    )
    assert judge(shifted).verdict is Verdict.NO_SIGNATURE
    assert judge(exchanged).verdict in (Verdict.INVALID, Verdict.MALFORMED)


def test_table_numbered_from_one_beside_an_object_that_a_repair_would_find_is_malformed() -> None:
    at = int(_BLANK.rsplit(b"startxref", 1)[1].split()[0])
    hidden = b"4 0 obj\n<</Type/Page/Contents 9 0 R>>\nendobj\n"
    moved = _BLANK[:at] + hidden + _BLANK[at:]
    moved = moved.replace(b"startxref\n%d\n" % at, b"startxref\n%d\n" % (at + len(hidden)))
    assert judge(moved).verdict is Verdict.NO_SIGNATURE
    assert judge(numbered_from_one(moved)).verdict is Verdict.MALFORMED
