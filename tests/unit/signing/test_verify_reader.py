"""The reader of raw PDF: what it understands, and what it refuses to guess."""

from __future__ import annotations

import zlib

import pytest

from signing.verify.errors import PdfUnreadable
from signing.verify.revisions import read_history
from signing.verify.streams import decode_stream
from signing.verify.syntax import HexString, PdfObject, Ref, Stream, read_object, same_object


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (b"(a\\(b\\)c (nested) \\101\\n\\\r\nd\re)", b"a(b)c (nested) A\nd\ne"),
        (b"<48 65 6c6>", b"Hel`"),
        (b"/A#20B", "A B"),
        (b"[1 -2 +3 .5 -0.5 4. 12 0 R null true]", [1, -2, 3, 0.5, -0.5, 4.0, Ref(12, 0), None, True]),
        (b"<</A<</B[/C]>>%comment\n/D 1>>", {"A": {"B": ["C"]}, "D": 1}),
        (b"0.00-35", 0.0),
        (b"()", b""),
    ],
)
def test_objects_are_read_as_written(written: bytes, value: PdfObject) -> None:
    read, end = read_object(written, 0)
    assert same_object(read, value) or read == value
    assert end == len(written)


@pytest.mark.parametrize(
    "written",
    [b"", b"]", b">>", b"[1", b"<</A>>", b"<</A 1", b"<<1 2>>", b"[>>", b"(", b"(\\", b"frue", b"<</A 1/A 2>>"],
)
def test_damaged_objects_are_refused(written: bytes) -> None:
    with pytest.raises(PdfUnreadable):
        read_object(written, 0)


def test_deep_nesting_is_refused_before_the_stack_ends() -> None:
    with pytest.raises(PdfUnreadable) as caught:
        read_object(b"[" * 10_000, 0)
    assert caught.value.code == "NESTED_TOO_DEEP"


def test_comments_do_not_make_the_reader_slow() -> None:
    with pytest.raises(PdfUnreadable):
        read_object(b"%" * 200_000 + b"\n!", 0)


def test_hexadecimal_string_remembers_its_place() -> None:
    read, _ = read_object(b"  <4142>", 0)
    assert isinstance(read, HexString)
    assert (read.start, read.end) == (2, 8)


def test_types_count_when_objects_are_compared() -> None:
    assert not same_object(value_true(), 1)
    assert not same_object(b"1", 1)
    assert not same_object("A", b"A")
    assert not same_object({"A": None}, {})
    assert not same_object(Stream({}, b"a"), Stream({}, b"b"))


def value_true() -> PdfObject:
    return True


ROWS = {0: b"\x01\x02\x03", 1: b"\x01\x01\x01", 2: b"\x01\x02\x03", 3: b"\x01\x02\x02", 4: b"\x01\x01\x01"}


@pytest.mark.parametrize("kind", sorted(ROWS))
def test_every_row_filter_is_undone(kind: int) -> None:
    content = zlib.compress(bytes([kind]) + ROWS[kind])
    parameters: PdfObject = {"Predictor": 12, "Columns": 3}
    assert decode_stream(Stream({"Filter": ["FlateDecode"], "DecodeParms": [parameters]}, content)) == b"\x01\x02\x03"


@pytest.mark.parametrize(
    "parameters",
    [{"Predictor": 2, "Columns": 3}, {"Predictor": 12, "Columns": 0}, {"Predictor": 12, "Columns": 3, "Colors": 3}],
    ids=str,
)
def test_unusual_predictors_are_refused(parameters: dict[str, PdfObject]) -> None:
    with pytest.raises(PdfUnreadable):
        decode_stream(Stream({"Filter": "FlateDecode", "DecodeParms": parameters}, zlib.compress(b"\x02abc")))


def test_hexadecimal_streams_are_read() -> None:
    assert decode_stream(Stream({"Filter": "ASCIIHexDecode"}, b"41 4>")) == b"A@"
    with pytest.raises(PdfUnreadable):
        decode_stream(Stream({"Filter": "ASCIIHexDecode"}, b"xy>"))


def test_damaged_compression_is_refused() -> None:
    with pytest.raises(PdfUnreadable):
        decode_stream(Stream({"Filter": "FlateDecode"}, b"not deflate"))


def _file(section: bytes, *, body: bytes = b"1 0 obj\n<</Type/Catalog>>\nendobj\n") -> bytes:
    head = b"%PDF-1.7\n" + body
    return head + section + b"\nstartxref\n%d\n%%%%EOF\n" % len(head)


@pytest.mark.parametrize(
    ("section", "code"),
    [
        (b"xref\n0 1\nbroken row\ntrailer<</Size 1>>", "XREF_WRONG"),
        (b"xref\n0 1\n0000000000 65535 f \n0 1\n0000000000 65535 f \ntrailer<</Size 1>>", "XREF_WRONG"),
        (b"xref\n0 0\ntrailer[]", "XREF_WRONG"),
        (b"xref\n0 0\nnothing", "XREF_WRONG"),
        (b"xref\n0 0\ntrailer<</Size 1/Prev/No>>", "XREF_WRONG"),
        (b"xref\n0 0\ntrailer<</Size/No>>", "XREF_WRONG"),
        (b"5 0 obj\n<</Type/XRef/Size 1/W[1 1]/Length 0>>\nstream\n\nendstream\nendobj", "XREF_WRONG"),
        (b"5 0 obj\n<</Type/XRef/Size 1/W[1 1 1]/Index[0]/Length 0>>\nstream\n\nendstream\nendobj", "XREF_WRONG"),
        (b"5 0 obj\n<</Type/XRef/Size 9/W[1 1 1]/Length 3>>\nstream\nabc\nendstream\nendobj", "XREF_WRONG"),
        (b"5 0 obj\n<</Type/XRef/Size 9/W[1 1 1]/Length 9 0 R>>\nstream\nabc\nendstream\nendobj", "XREF_WRONG"),
        (b"5 0 obj\n<</Type/XRef/Size 9/W[1 1 1]/Length 99>>\nstream\nabc\nendstream\nendobj", "STREAM_LENGTH"),
        (b"5 0 obj\n<</Type/Page>>\nendobj", "XREF_WRONG"),
    ],
)
def test_damaged_cross_references_are_refused(section: bytes, code: str) -> None:
    with pytest.raises(PdfUnreadable) as caught:
        read_history(_file(section))
    assert caught.value.code == code


def test_object_that_is_not_where_the_table_says_is_refused() -> None:
    history = read_history(_file(b"xref\n2 1\n0000000009 00000 n \ntrailer<</Size 3/Root 1 0 R>>"))
    with pytest.raises(PdfUnreadable):
        history.fetch(history.newest, 2)
    assert history.fetch(history.newest, 77) is None


def test_references_in_a_circle_are_refused() -> None:
    history = read_history(
        _file(b"xref\n1 1\n0000000009 00000 n \ntrailer<</Size 2/Root 1 0 R>>", body=b"1 0 obj\n1 0 R\nendobj\n")
    )
    with pytest.raises(PdfUnreadable) as caught:
        history.resolve(history.newest, Ref(1, 0))
    assert caught.value.code == "REFERENCE_LOOP"
