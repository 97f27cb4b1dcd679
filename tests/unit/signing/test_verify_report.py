"""The report: no truth value, fail-closed, and the same object after a journey through JSON."""

from __future__ import annotations

import json

import pytest
from lxml import etree

from signing.verify import (
    ReportUnreadable,
    SignatureNotTrusted,
    Verdict,
    VerificationReport,
    verify_pdf,
)
from signing.verify.report_xml import write_report_xml
from tests.attack.make_signed import SignedCopy, make_signed_copy
from tests.office import Office

KEYS = ["file", "sha256", "verdict", "checked_at", "warnings", "reasons", "signatures", "differences"]
SIGNATURE_KEYS = [
    "field", "kind", "subfilter", "indication", "sub_indication", "level", "cryptographically_valid", "coverage",
    "modified_after", "technically_valid", "trusted", "signer", "signed_at", "time_source", "timestamps", "signature_policy",
]  # fmt: skip


@pytest.fixture
def copy(office: Office) -> SignedCopy:
    return make_signed_copy(office)


def test_report_has_no_truth_value(copy: SignedCopy) -> None:
    report = verify_pdf(copy.pdf, trust=copy.trust, at=copy.at)
    with pytest.raises(TypeError, match="no truth value"):
        bool(report)


def test_passed_report_lets_its_caller_go_on(copy: SignedCopy) -> None:
    verify_pdf(copy.pdf, trust=copy.trust, at=copy.at).require_passed()


def test_report_that_did_not_pass_stops_its_caller(copy: SignedCopy) -> None:
    report = verify_pdf(copy.pdf + b"x", trust=copy.trust, at=copy.at)
    with pytest.raises(SignatureNotTrusted, match="TRAILING_DATA") as caught:
        report.require_passed()
    assert caught.value.verdict == "INVALID"


def test_file_without_signature_does_not_pass(copy: SignedCopy) -> None:
    report = verify_pdf(copy.unsigned, trust=copy.trust, at=copy.at)
    assert report.verdict is Verdict.NO_SIGNATURE
    with pytest.raises(SignatureNotTrusted):
        report.require_passed()


def test_json_has_the_keys_promised(copy: SignedCopy) -> None:
    record = verify_pdf(copy.pdf, trust=copy.trust, at=copy.at, file_name="bản sao.pdf").to_dict()
    assert list(record) == KEYS
    assert all(list(one) == SIGNATURE_KEYS for one in record["signatures"])
    assert record["file"] == "bản sao.pdf"
    assert record["checked_at"].endswith("Z")


def test_report_survives_json(copy: SignedCopy) -> None:
    report = verify_pdf(copy.pdf, trust=copy.trust, at=copy.at)
    assert VerificationReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report


@pytest.mark.parametrize(
    "damage",
    [
        {"verdict": "GREEN"},
        {"checked_at": "2026-11-22T00:00:00"},
        {"signatures": [{"field": "x"}]},
        {"signatures": None},
        {"sha256": 5},
    ],
    ids=str,
)
def test_answer_that_is_no_report_is_refused(copy: SignedCopy, damage: dict[str, object]) -> None:
    record = verify_pdf(copy.unsigned, trust=copy.trust, at=copy.at).to_dict()
    with pytest.raises(ReportUnreadable):
        VerificationReport.from_dict(record | damage)


def test_sentence_leads_with_the_specimen(copy: SignedCopy) -> None:
    report = verify_pdf(copy.pdf, trust=copy.trust, at=copy.at)
    assert report.sentence_key == "verify.VALID_WITH_WARNING.SPECIMEN"
    assert report.sentence_parameters["signatures"] == "2"
    assert "SPECIMEN" in report.sentence_parameters["signer"]


VR = "{http://uri.etsi.org/19102/v1.4.1#}"


def test_xml_report_has_one_entry_a_signature_with_its_standard_words(copy: SignedCopy) -> None:
    report = verify_pdf(copy.pdf, trust=copy.trust, at=copy.at, file_name="bản sao.pdf")
    root = etree.fromstring(write_report_xml(report, facts=(("register", "FINAL"),)))
    entries = root.findall(f"{VR}SignatureValidationReport")
    assert [one.findtext(f"{VR}SignatureIdentifier/{VR}DAIdentifier") for one in entries] == [
        one.field for one in report.signatures
    ]
    assert {one.findtext(f"{VR}SignatureValidationStatus/{VR}MainIndication") for one in entries} == {
        "urn:etsi:019102:mainindication:total-passed"
    }
    proven = entries[0].findtext(f"{VR}ValidationTimeInfo/{VR}BestSignatureTime/{VR}POETime")
    assert report.signatures[0].signed_at is not None
    assert proven == report.signatures[0].signed_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    # Every certificate referred to is there once.
    ids = [one.get("id") for one in root.iter(f"{VR}ValidationObject")]
    assert len(ids) == len(set(ids))
    assert {one.get("VOReference") for one in root.iter(f"{VR}SignerCertificate")} == set(ids)
    facts = {one.get("name"): one.text for one in entries[0].iter() if str(one.tag).endswith("}Fact")}
    assert facts["register"] == "FINAL"
    assert facts["file"] == "bản sao.pdf"


def test_xml_report_on_a_changed_file_says_failed(copy: SignedCopy) -> None:
    root = etree.fromstring(write_report_xml(verify_pdf(copy.pdf + b"x", trust=copy.trust, at=copy.at)))
    found = [one.text for one in root.iter(f"{VR}MainIndication")]
    assert found
    assert not [one for one in found if one and one.endswith("passed")]


def test_xml_report_without_signatures_says_so_and_never_passed(copy: SignedCopy) -> None:
    for pdf, word in ((copy.unsigned, "noSignatureFound"), (b"hello", "total-failed")):
        root = etree.fromstring(write_report_xml(verify_pdf(pdf, trust=copy.trust, at=copy.at)))
        (found,) = [one.text or "" for one in root.iter(f"{VR}MainIndication")]
        assert found.endswith(word)


def test_xml_report_survives_names_that_xml_cannot_hold(copy: SignedCopy) -> None:
    report = verify_pdf(copy.pdf, trust=copy.trust, at=copy.at, file_name="a\x00<b>&\x1b.pdf")
    root = etree.fromstring(write_report_xml(report))
    names = [one.text for one in root.iter() if one.get("name") == "file"]
    assert set(names) == {"a\ufffd<b>&\ufffd.pdf"}
