"""Verification as anybody does it: at the office, elsewhere, on honest, altered, locked, torn and absent files."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from api.demo.forgery import replace_page_content
from tests.journeys.told import Told

pytestmark = pytest.mark.journey


def test_every_copy_is_valid_as_a_specimen_in_the_home_that_made_it(told: Told) -> None:
    ended = told.at_home("verify", "--format", "json", *told.copies)
    assert ended.exit_code == 0, ended.stdout
    for answer in ended.answer:
        assert answer["verdict"] == "VALID_WITH_WARNING"
        assert answer["warnings"] == ["SPECIMEN"]
        assert answer["status"] == {"register": "FINAL", "original": "CURRENT", "rendition": "NEWEST"}


def test_every_copy_is_valid_as_a_specimen_elsewhere_with_the_trust_folder(told: Told) -> None:
    ended = told.judged_elsewhere(told.copies)
    assert ended.exit_code == 0, ended.stdout
    for answer in ended.answer:
        assert (answer["verdict"], answer["warnings"], answer["status"]) == ("VALID_WITH_WARNING", ["SPECIMEN"], None)
        assert [entry["field"] for entry in answer["signatures"]][:2] == ["Officer", "AgencySeal"]
        assert all(entry["technically_valid"] and entry["trusted"] for entry in answer["signatures"])


def test_verdict_begins_with_specimen_in_every_language(told: Told) -> None:
    answer = told.judged_elsewhere([told.copies[0]]).answer
    assert answer["sentence"]["vi"].startswith("MẪU")
    assert answer["sentence"]["en"].startswith("SPECIMEN")
    assert answer["sentence"]["fr"].startswith("SPÉCIMEN")


def test_byte_changed_anywhere_in_any_byte_range_exits_twenty(told: Told, tmp_path: Path) -> None:
    pdf = told.copies[0].read_bytes()
    forged = []
    for number, positions in enumerate(_signed_positions(pdf)):
        for position in positions:
            path = tmp_path / f"signature-{number}-byte-{position}.pdf"
            path.write_bytes(pdf[:position] + bytes([pdf[position] ^ 1]) + pdf[position + 1 :])
            forged.append(path)
    ended = told.judged_elsewhere(forged)
    assert ended.exit_code == 20
    assert len(ended.answer) == len(forged) == 18
    for answer in ended.answer:
        # A change in the header or beside the hole tears the file; no change makes it "no PDF" or "no signature".
        assert answer["verdict"] in {"INVALID", "MALFORMED"}
        assert not {"NOT_A_PDF", "PASSWORD_PROTECTED"} & set(answer["reasons"])


@pytest.mark.parametrize(
    "which", [pytest.param("first", marks=pytest.mark.matrix), "middle", pytest.param("last", marks=pytest.mark.matrix)]
)
def test_one_changed_byte_under_one_signature_exits_twenty(told: Told, tmp_path: Path, which: str) -> None:
    pdf = told.copies[-1].read_bytes()
    ranges = _signed_positions(pdf)
    position = {"first": ranges[0], "middle": ranges[len(ranges) // 2], "last": ranges[-1]}[which][1]
    path = tmp_path / f"{which}.pdf"
    path.write_bytes(pdf[:position] + bytes([pdf[position] ^ 1]) + pdf[position + 1 :])
    for ended in (told.judged_elsewhere([path]), told.at_home("verify", path)):
        assert ended.exit_code == 20, ended.stdout


def test_page_replaced_in_an_appended_revision_exits_twenty(told: Told, tmp_path: Path) -> None:
    forged = []
    for copy in told.copies[:3]:
        path = tmp_path / copy.name
        path.write_bytes(replace_page_content(copy.read_bytes()))
        assert path.read_bytes().startswith(copy.read_bytes())
        forged.append(path)
    ended = told.judged_elsewhere(forged)
    assert {answer["verdict"] for answer in ended.answer} == {"INVALID"}
    assert ended.exit_code == 20
    assert told.at_home("verify", forged[0]).exit_code == 20


@pytest.mark.matrix
def test_file_that_is_no_pdf_exits_four(told: Told, tmp_path: Path) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(b"Dear office, please certify me.")
    assert told.judged_elsewhere([path]).exit_code == 4


@pytest.mark.matrix
def test_empty_file_exits_four(told: Told, tmp_path: Path) -> None:
    path = tmp_path / "empty.pdf"
    path.write_bytes(b"")
    assert told.judged_elsewhere([path]).exit_code == 4


@pytest.mark.matrix
def test_encrypted_pdf_exits_eight(told: Told, tmp_path: Path) -> None:
    path = tmp_path / "locked.pdf"
    _qpdf("--encrypt", "user", "owner", "256", "--", str(_unsigned(told)), str(path))
    assert told.judged_elsewhere([path]).exit_code == 8


@pytest.mark.matrix
def test_pdf_without_a_signature_exits_ten(told: Told) -> None:
    ended = told.judged_elsewhere([_unsigned(told)])
    assert (ended.exit_code, ended.answer["verdict"]) == (10, "NO_SIGNATURE")


def test_copy_printed_to_a_new_pdf_has_no_signature_left(told: Told, tmp_path: Path) -> None:
    path = tmp_path / "printed.pdf"
    subprocess.run(["pdftocairo", "-pdf", str(told.copies[0]), str(path)], check=True, timeout=60)
    assert told.judged_elsewhere([path]).exit_code == 10


@pytest.mark.matrix
def test_missing_file_exits_five(told: Told, tmp_path: Path) -> None:
    assert told.judged_elsewhere([tmp_path / "nowhere.pdf"]).exit_code == 5


def test_honest_copy_without_an_anchor_is_not_confirmed_and_still_unchanged(told: Told, tmp_path: Path) -> None:
    (tmp_path / "trust").mkdir()
    ended = told.elsewhere("verify", "--trust", tmp_path / "trust", "--format", "json", told.copies[0])
    assert (ended.exit_code, ended.answer["verdict"]) == (21, "INDETERMINATE")
    assert all(entry["technically_valid"] and not entry["trusted"] for entry in ended.answer["signatures"])


def test_forged_copy_without_an_anchor_still_exits_twenty(told: Told, tmp_path: Path) -> None:
    (tmp_path / "trust").mkdir()
    path = tmp_path / "forged.pdf"
    path.write_bytes(replace_page_content(told.copies[0].read_bytes()))
    assert told.elsewhere("verify", "--trust", tmp_path / "trust", path).exit_code == 20


@pytest.mark.matrix
def test_several_files_end_with_the_worst_code(told: Told, tmp_path: Path) -> None:
    forged = tmp_path / "forged.pdf"
    forged.write_bytes(replace_page_content(told.copies[0].read_bytes()))
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(b"no PDF")
    good, unsigned, nowhere = told.copies[0], _unsigned(told), tmp_path / "nowhere.pdf"
    assert told.judged_elsewhere([good, unsigned]).exit_code == 10
    assert told.judged_elsewhere([good, unsigned, letter]).exit_code == 4
    assert told.judged_elsewhere([good, unsigned, letter, forged]).exit_code == 20
    assert told.judged_elsewhere([good, forged, nowhere]).exit_code == 5


def test_code_of_a_copy_is_known_without_saying_whose_it_is(told: Told) -> None:
    copy = told.summary["certified"][0]
    ended = told.at_home("verify", copy["code"], "--format", "json")
    assert ended.exit_code == 0, ended.stderr
    assert ended.answer["status"]["register"] == "FINAL"
    assert ended.answer["sentence"]["en"].startswith("SPECIMEN")
    fields = (told.scans / "birth-certificate.json").read_text(encoding="utf-8")
    holder_name = re.search(r'"(?:holder_name|full_name|name_of_child|child)": "([^"]+)"', fields)
    assert holder_name is None or holder_name.group(1) not in ended.stdout


def test_mistyped_or_unknown_code_is_not_confirmed(told: Told) -> None:
    code = told.summary["certified"][0]["code"]
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert told.at_home("verify", wrong).exit_code == 21


def test_paper_of_another_office_is_verified_and_never_called_our_copy(told: Told) -> None:
    ended = told.at_home("verify", "--format", "json", told.scans / "signed-elsewhere.pdf")
    assert ended.exit_code == 0, ended.stdout
    assert ended.answer["warnings"] == ["SPECIMEN"]
    assert ended.answer["status"] is None or ended.answer["status"]["register"] == "UNKNOWN"


def test_first_signed_revision_can_be_taken_out_of_a_copy(told: Told, tmp_path: Path) -> None:
    ended = told.elsewhere("verify", told.copies[0], "--trust", told.trust, "--extract-original", tmp_path / "out")
    assert ended.exit_code == 0, ended.stderr
    original = next((tmp_path / "out").iterdir()).read_bytes()
    assert told.copies[0].read_bytes().startswith(original)
    assert original.rstrip().endswith(b"%%EOF")


def test_what_was_signed_can_be_taken_out_of_a_copy_whose_page_was_replaced(told: Told, tmp_path: Path) -> None:
    forged = tmp_path / "forged.pdf"
    forged.write_bytes(replace_page_content(told.copies[0].read_bytes()))
    ended = told.elsewhere("verify", forged, "--trust", told.trust, "--extract-original", tmp_path / "out")
    assert ended.exit_code == 20
    assert told.copies[0].read_bytes().startswith((tmp_path / "out" / "forged.original.pdf").read_bytes())


def test_report_file_holds_what_json_prints(told: Told, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    ended = told.elsewhere(
        "verify", told.copies[0], "--trust", told.trust, "--at", "2026-12-01T00:00:00+07:00", "--report", report
    )
    assert ended.exit_code in {0, 21}, ended.stderr
    assert '"checked_at": "2026-11-30T17:00:00' in report.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def site(told: Told, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published") / "site"
    ended = told.at_home("audit", "publish", folder)
    assert ended.exit_code == 0, ended.stderr
    return folder


def test_bank_with_the_published_site_knows_status_as_of_its_day(told: Told, site: Path) -> None:
    ended = told.elsewhere("verify", "--trust", site / "trust-bundle.json", "--format", "json", told.copies[0])
    assert ended.exit_code == 0, ended.stderr
    assert ended.answer["status"] == {"register": "FINAL", "original": "CURRENT", "rendition": "NEWEST"}
    assert ended.answer["warnings"] == ["SPECIMEN"]
    assert ended.answer["answers"]["in_force"]["answer"] == "YES"


def test_bank_with_an_old_site_is_warned_and_sees_no_plain_yes(told: Told, site: Path) -> None:
    due = datetime.fromisoformat(json.loads((site / "manifest.json").read_bytes())["next_update"])
    later = (due + timedelta(days=1)).isoformat()
    ended = told.elsewhere(
        "verify", "--trust", site / "trust-bundle.json", "--at", later, "--format", "json", told.copies[0]
    )
    answer = ended.answer
    assert answer["verdict"] != "VALID"
    if answer["verdict"] == "VALID_WITH_WARNING":
        assert "STATUS_LIST_STALE" in answer["warnings"]


def test_bank_checks_the_proof_of_a_copy_with_nothing_but_the_bundle(told: Told, site: Path, tmp_path: Path) -> None:
    proof, bundle = tmp_path / "copy.proof", site / "trust-bundle.json"
    assert told.at_home("audit", "proof", told.summary["certified"][0]["code"], proof).exit_code == 0
    ended = told.elsewhere("audit", "verify", proof, told.copies[0], "--trust", bundle, "--format", "json")
    assert (ended.exit_code, ended.answer["file_matches"]) == (0, True), ended.stderr
    assert ended.answer["code"].replace("-", "") == told.summary["certified"][0]["code"]
    assert told.elsewhere("audit", "verify", proof, told.copies[1], "--trust", bundle).exit_code == 20
    proof.write_text(proof.read_text().replace('"leaf_index": ', '"leaf_index": 1'))
    assert told.elsewhere("audit", "verify", proof, "--trust", bundle).exit_code == 20


def test_forged_copy_is_invalid_whatever_the_published_site_says(told: Told, site: Path, tmp_path: Path) -> None:
    forged = tmp_path / "forged.pdf"
    forged.write_bytes(replace_page_content(told.copies[0].read_bytes()))
    assert told.elsewhere("verify", "--trust", site / "trust-bundle.json", forged).exit_code == 20


def test_bank_does_not_rely_on_an_altered_status_list(told: Told, site: Path, tmp_path: Path) -> None:
    altered = tmp_path / "site"
    shutil.copytree(site, altered)
    (altered / "status" / "all.js").write_text((altered / "status" / "all.js").read_text().replace("FINAL", "VOID"))
    assert told.elsewhere("verify", "--trust", altered / "trust-bundle.json", told.copies[0]).exit_code == 20


def test_report_in_xml_holds_the_verdict_that_was_joined(told: Told, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    assert told.at_home("verify", told.copies[0], "--report", report).exit_code == 0
    text = report.read_text(encoding="utf-8")
    assert text.count("<vr:SignatureValidationReport>") == 3
    assert 'name="authority">AUTHORISED<' in text
    assert 'name="register">FINAL<' in text


def test_report_in_pdf_is_sealed_by_the_office_and_judged_like_any_paper(told: Told, tmp_path: Path) -> None:
    report = tmp_path / "report.pdf"
    ended = told.at_home("verify", told.copies[0], "--lang", "en", "--report", report)
    assert ended.exit_code == 0, ended.stderr
    words = subprocess.run(["pdftotext", "-layout", report, "-"], capture_output=True, text=True, check=True).stdout
    for word in ("SPECIMEN, not for real use. Valid", "Was it changed?", "Who signed?", "Is it still in force?"):
        assert word in words
    judged = told.judged_elsewhere([report])
    assert judged.exit_code == 0, judged.stdout
    assert judged.answer["signatures"][0]["field"] == "ReportSeal"
    assert judged.answer["status"] is None


def test_report_on_a_forgery_is_written_and_says_not_valid(told: Told, tmp_path: Path) -> None:
    forged, report = tmp_path / "forged.pdf", tmp_path / "report.pdf"
    forged.write_bytes(replace_page_content(told.copies[0].read_bytes()))
    assert told.at_home("verify", forged, "--lang", "en", "--report", report).exit_code == 20
    words = subprocess.run(["pdftotext", "-layout", report, "-"], capture_output=True, text=True, check=True).stdout
    assert "Not valid" in words
    assert "It was changed" in words


def test_sealed_report_needs_an_office(told: Told, tmp_path: Path) -> None:
    ended = told.elsewhere("verify", told.copies[0], "--trust", told.trust, "--report", tmp_path / "report.pdf")
    assert ended.exit_code == 9
    assert not (tmp_path / "report.pdf").exists()


def _unsigned(told: Told) -> Path:
    return told.scans / "marriage-certificate.pdf"


def _qpdf(*arguments: str) -> None:
    subprocess.run(["qpdf", *arguments], check=True, timeout=60)


def _signed_positions(pdf: bytes) -> list[tuple[int, ...]]:
    """First, middle and last byte of both parts of every ByteRange, in the order of the signatures."""
    positions: list[tuple[int, ...]] = []
    for found in re.finditer(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", pdf):
        first, length, second, rest = map(int, found.groups())
        positions.append(
            (first, first + length // 2, first + length - 1, second, second + rest // 2, second + rest - 1)
        )
    assert len(positions) == 3, "officer, seal and archive time-stamp"
    return positions
