"""The main job as a stranger sees it: the real command, then its copies before outside judges and our own."""

from __future__ import annotations

import json
import re
import subprocess
import unicodedata
import zlib
from pathlib import Path

import pytest

from samples.photo import CANARY_MAKE, CANARY_MODEL
from tests.conformance.judges import assert_pdfa_2u, count_valid_signatures, pdf_text, qpdf_check
from tests.journeys.told import Told

pytestmark = pytest.mark.journey

CERTIFIED_FIELDS = {"path", "record_id", "register_number", "code", "seconds"}
GOOD = {"VALID", "VALID_WITH_WARNING"}


def test_summary_is_one_object_with_exactly_the_promised_fields(told: Told) -> None:
    assert told.ended.stdout.count("\n") == 1
    summary = told.summary
    assert set(summary) == {"certified", "refused", "caught", "reused", "seconds", "trust_dir"}
    assert all(set(copy) == CERTIFIED_FIELDS for copy in summary["certified"])
    assert all(set(scan) == {"name", "code"} for scan in summary["refused"])
    assert all(set(forgery) == {"name", "verdict"} for forgery in summary["caught"])


def test_progress_is_told_on_stderr_and_every_copy_is_named_there(told: Told) -> None:
    assert all(copy.stem in told.ended.stderr for copy in told.copies)
    assert "Traceback" not in told.ended.stderr


def test_at_least_nine_scans_became_certified_copies(told: Told) -> None:
    assert len(told.copies) >= 9
    assert all(path.is_file() for path in told.copies)


def test_scans_that_are_no_good_were_refused_with_their_codes(told: Told) -> None:
    refused = {scan["name"]: scan["code"] for scan in told.summary["refused"]}
    assert refused["photo-without-scale"] == "SCALE_UNKNOWN"
    assert refused["student-confirmation-blurred"] == "BLURRED"
    assert refused["income-confirmation-grey"] == "RESOLUTION_TOO_LOW"
    assert refused["signed-elsewhere"] == "ALREADY_SIGNED"


def test_copies_forged_at_run_time_were_caught(told: Told) -> None:
    assert {forgery["verdict"] for forgery in told.summary["caught"]} == {"INVALID"}
    assert len(told.summary["caught"]) >= 2


def test_every_copy_is_pdfa_2u_before_verapdf(told: Told) -> None:
    assert_pdfa_2u(*told.copies)


def test_every_copy_is_clean_before_qpdf(told: Told) -> None:
    for path in told.copies:
        qpdf_check(path)


def test_poppler_calls_both_signatures_of_every_copy_valid(told: Told) -> None:
    assert {path.name: count_valid_signatures(path) for path in told.copies} == {path.name: 2 for path in told.copies}


def test_text_of_the_birth_certificate_is_its_truth_with_every_diacritic(told: Told) -> None:
    found = _words(pdf_text(told.copy("birth-certificate"), page_number=1))
    truth = _words((told.scans / "birth-certificate.txt").read_text(encoding="utf-8"))
    missing = [word for word in truth if word not in found]
    assert missing == []


def test_fields_of_the_birth_certificate_stand_in_its_text(told: Told) -> None:
    text = " ".join(_words(pdf_text(told.copy("birth-certificate"), page_number=1)))
    fields = json.loads((told.scans / "birth-certificate.json").read_text(encoding="utf-8"))["fields"]
    assert {name: value for name, value in fields.items() if " ".join(_words(value)) not in text} == {}


def test_position_of_the_phone_photo_survives_nowhere_in_its_copy(told: Told) -> None:
    scan = (told.scans / "residence-confirmation.jpg").read_bytes()
    assert CANARY_MODEL.encode() in scan
    copy = told.copy("residence-confirmation").read_bytes()
    unpacked = copy + b"".join(_inflated(copy))
    for canary in (CANARY_MAKE.encode(), CANARY_MODEL.encode(), b"GPSLatitude", b"Exif\0\0", b"exif:GPS"):
        assert canary not in unpacked
        assert canary.decode("latin-1").encode("utf-16-be") not in unpacked


def test_scan_in_the_copy_is_the_image_as_scanned(told: Told, tmp_path: Path) -> None:
    copy = told.copy("birth-certificate")
    subprocess.run(["pdfimages", "-all", "-l", "1", str(copy), str(tmp_path / "image")], check=True, timeout=60)
    images = [path.read_bytes() for path in tmp_path.glob("image-*.jpg")]
    entropy_coded = (told.scans / "birth-certificate.jpg").read_bytes().partition(b"\xff\xda")[2]
    assert any(image.partition(b"\xff\xda")[2] == entropy_coded for image in images)


def test_register_numbers_run_from_one_without_a_gap(told: Told) -> None:
    book = told.at_home("register", "list", "THIDU", "--format", "json")
    assert book.exit_code == 0, book.stderr
    rows = book.answer["rows"]
    assert [row["number"] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
    assert not [row for row in rows if row["note"].strip() == "VOID"]
    printed = [int(copy["register_number"].split(" ")[0]) for copy in told.summary["certified"]]
    final = [int(row["number"]) for row in rows if not row["note"]]
    assert sorted(printed) == final


def test_register_has_a_requester_and_a_signer_on_every_line(told: Told) -> None:
    rows = told.at_home("register", "list", "THIDU", "--format", "json").answer["rows"]
    assert all(row["requester"] and row["signer"] and row["original"] for row in rows)


def test_one_paper_was_reused_and_its_recipient_fetched_it(told: Told) -> None:
    fetched = [paper for paper in told.summary["reused"] if paper["fetched_by"]]
    assert [paper["outcome"] for paper in fetched] == ["SATISFIED"] * len(fetched) != []
    assert {paper["outcome"] for paper in told.summary["reused"]} >= {"MISSING", "CHOICE", "NEEDS_HUMAN"}


def test_citizen_sees_the_fetch_in_the_history(told: Told) -> None:
    paper = next(paper for paper in told.summary["reused"] if paper["fetched_by"])
    code = next(copy["code"] for copy in told.summary["certified"] if copy["record_id"] == paper["record_id"])
    holder = told.at_home("vault", "holder", code, "--format", "json").answer[0]
    history = told.at_home("vault", "history", holder["holder_id"], "--format", "json").answer
    seen = [(line["agency"], line["outcome"]) for line in history if line["record_id"] == paper["record_id"]]
    assert (paper["fetched_by"], "DONE") in seen


def test_second_telling_keeps_the_story_and_certifies_nothing_again(told: Told) -> None:
    again = told.at_home("demo", "--once", "--yes", "--json", "--home", told.home)
    assert again.exit_code == 0, again.stderr
    for part in ("certified", "refused", "caught", "reused", "trust_dir"):
        assert again.answer[part] == told.summary[part]
    assert len(told.at_home("register", "list", "THIDU", "--format", "json").answer["rows"]) == len(told.copies)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFC", text))


def _inflated(pdf: bytes) -> list[bytes]:
    found = []
    for match in re.finditer(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompressobj().decompress(match.group(1)))
        except zlib.error:
            continue
    return found
