"""What honest software changes after a signature is allowed, and its nearest dishonest neighbour is not."""

from __future__ import annotations

import zlib
from dataclasses import replace

import pytest

from signing.verify import ModifiedAfter, Verdict, verify_pdf
from signing.verify.errors import PdfUnreadable
from signing.verify.metadata import info_differs_in_dates_only, metadata_differs_in_dates_only
from signing.verify.streams import decode_stream
from signing.verify.syntax import PdfObject, Ref, Stream
from tests.attack.make_signed import SignedCopy, make_signed_copy
from tests.attack.pdf_surgery import Patient, stream
from tests.office import Office


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> SignedCopy:
    return make_signed_copy(Office(tmp_path_factory.mktemp("office")))


def packet(*, modified: str, title: str = "Giấy khai sinh", as_attribute: bool = False) -> Stream:
    date = f'xmp:ModifyDate="{modified}"' if as_attribute else ""
    element = "" if as_attribute else f"<xmp:ModifyDate>{modified}</xmp:ModifyDate>"
    text = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" {date}'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title>{element}'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    return stream(text.encode())


def test_metadata_whose_dates_moved_is_the_same(copy: SignedCopy) -> None:
    assert metadata_differs_in_dates_only(packet(modified="2026"), packet(modified="2027", as_attribute=True))


def test_metadata_with_another_title_is_not_the_same() -> None:
    assert not metadata_differs_in_dates_only(packet(modified="2026"), packet(modified="2026", title="Giấy khác"))


def test_metadata_that_declares_entities_is_not_read() -> None:
    bomb = stream(b'<!DOCTYPE x [<!ENTITY a "a">]><x>&a;</x>')
    assert not metadata_differs_in_dates_only(bomb, bomb)
    assert not metadata_differs_in_dates_only(stream("<x/>".encode("utf-16")), stream("<x/>".encode("utf-16")))


def test_document_information_may_change_its_date_only() -> None:
    before: dict[str, PdfObject] = {"Title": b"A", "ModDate": b"D:2026"}
    assert info_differs_in_dates_only(before, before | {"ModDate": b"D:2027"})
    assert not info_differs_in_dates_only(before, before | {"Title": b"B"})
    assert not info_differs_in_dates_only(before, None)


def test_revision_that_changes_nothing_a_reader_shows_is_harmless(copy: SignedCopy) -> None:
    patient = Patient(copy.pdf)
    report = verify_pdf(patient.append({patient.size: {"Note": b"unreachable"}}), trust=copy.trust, at=copy.at)
    assert report.signatures[0].modified_after is ModifiedAfter.SIGNING
    assert report.verdict is Verdict.VALID_WITH_WARNING


def test_same_object_written_again_is_harmless(copy: SignedCopy) -> None:
    patient = Patient(copy.pdf)
    page = patient.pages()[0]
    report = verify_pdf(patient.append({page: patient.entries(page)}), trust=copy.trust, at=copy.at)
    assert report.verdict is Verdict.VALID_WITH_WARNING


def test_rewritten_hints_in_the_dss_are_harmless(copy: SignedCopy) -> None:
    patient = Patient(copy.pdf)
    reference = patient.entries(patient.root)["DSS"]
    assert isinstance(reference, Ref)
    store = patient.entries(reference.number)
    rewritten = patient.append({reference.number: store | {"VRI": {"Type": "VRI"}}})
    report = verify_pdf(rewritten, trust=copy.trust, at=copy.at)
    assert report.verdict is Verdict.VALID_WITH_WARNING
    assert report.signatures[-1].modified_after is ModifiedAfter.LTA_UPDATE


def test_evidence_emptied_later_is_still_found_under_the_time_stamp(copy: SignedCopy) -> None:
    patient = Patient(copy.pdf)
    reference = patient.entries(patient.root)["DSS"]
    assert isinstance(reference, Ref)
    emptied = patient.append({reference.number: {"OCSPs": [], "CRLs": [], "Certs": []}})
    bare = replace(copy.trust, crls_der=())
    report = verify_pdf(emptied, trust=bare, at=copy.at)
    assert report.verdict is Verdict.VALID_WITH_WARNING
    assert report.signatures[-1].modified_after is ModifiedAfter.LTA_UPDATE


def test_true_is_not_one(copy: SignedCopy) -> None:
    # In Python they are equal; in a PDF one of them may be ignored by a reader and obeyed by the next.
    patient = Patient(copy.pdf)
    catalog = patient.entries(patient.root)
    marked = patient.append({patient.root: catalog | {"MarkInfo": {"Marked": True}}})
    report = verify_pdf(marked, trust=copy.trust, at=copy.at)
    assert report.verdict is Verdict.INVALID


def test_structural_stream_that_grows_without_end_is_refused() -> None:
    bomb = Stream({"Filter": "FlateDecode"}, zlib.compress(bytes(64 * 1024 * 1024), 9))
    with pytest.raises(PdfUnreadable, match="grows beyond"):
        decode_stream(bomb)


@pytest.mark.parametrize("name", ["LZWDecode", "DCTDecode", "Crypt"])
def test_structural_stream_with_an_unknown_filter_is_refused(name: str) -> None:
    with pytest.raises(PdfUnreadable):
        decode_stream(Stream({"Filter": name}, b""))
