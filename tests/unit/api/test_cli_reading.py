"""`vidimus ocr` and `vidimus quality`: a file in, three files out, and a judgement that never changes what is written."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import pytest
import segno
from PIL import Image

from samples.generate import specimen_named, write_specimen
from tests.attack.make_uploads import all_uploads
from tests.command_line import CommandLine
from tests.conformance.judges import assert_pdfa_2u, pdf_text
from tests.small_paper import small_scan

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def blurred(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scan that the counter refuses."""
    specimen = specimen_named("student-confirmation-blurred")
    return write_specimen(specimen, folder=tmp_path_factory.mktemp("blurred")).file


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "giấy.jpg"
    path.write_bytes(small_scan())
    return path


def test_scan_becomes_pdf_text_and_words_with_boxes(command_line: CommandLine, scan: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    answer = command_line.run("ocr", scan, "--out-dir", out, "--overlay", "--format", "json")
    assert answer.exit_code == 0, answer.err
    assert sorted(path.name for path in out.iterdir()) == ["giấy-1.png", "giấy.json", "giấy.pdf", "giấy.txt"]
    assert "GIẤY KHAI SINH" in pdf_text(out / "giấy.pdf")
    assert "GIẤY KHAI SINH" in (out / "giấy.txt").read_text(encoding="utf-8")
    told = json.loads((out / "giấy.json").read_text(encoding="utf-8"))
    page = told["pages"][0]
    assert {"text", "box", "confidence"} == set(page["words"][0])
    assert told["doc_type"] == "VN.BIRTH_CERT"
    assert {"name", "value", "page_index", "box_px", "confidence", "checks"} == set(told["fields"][0])
    assert answer.json["pages"] == 1
    assert_pdfa_2u(out / "giấy.pdf")
    assert not command_line.home.exists()


@pytest.mark.matrix
def test_several_scans_of_one_original_become_one_document(
    command_line: CommandLine, scan: Path, tmp_path: Path
) -> None:
    second = tmp_path / "mặt sau.jpg"
    second.write_bytes(small_scan())
    out = tmp_path / "out"
    answer = command_line.run("ocr", scan, second, "--join", "--out-dir", out, "--format", "json")
    assert answer.exit_code == 0, answer.err
    assert sorted(path.name for path in out.iterdir()) == ["giấy.json", "giấy.pdf", "giấy.txt"]
    told = json.loads((out / "giấy.json").read_text(encoding="utf-8"))
    assert [page["page_number"] for page in told["pages"]] == [1, 2]
    digests = [hashlib.sha256(part.read_bytes()).hexdigest() for part in (scan, second)]
    assert told["source_parts"] == digests
    assert told["source_sha256"] == hashlib.sha256("".join(f"{digest}\n" for digest in digests).encode()).hexdigest()
    assert_pdfa_2u(out / "giấy.pdf")


def test_bad_scan_is_warned_of_and_read_all_the_same(command_line: CommandLine, blurred: Path, tmp_path: Path) -> None:
    answer = command_line.run("ocr", blurred, "--out-dir", tmp_path / "out", "--format", "ndjson")
    assert answer.exit_code == 0
    assert "BLURRED" in answer.json["reasons"]
    assert "BLURRED" in answer.err
    assert (tmp_path / "out" / f"{blurred.stem}.pdf").is_file()


def test_gate_shows_the_lines_that_were_read_least_surely(
    command_line: CommandLine, blurred: Path, tmp_path: Path
) -> None:
    answer = command_line.run("quality", blurred, "--crops", tmp_path / "lines", "--format", "json")
    assert answer.exit_code == 6
    crops = [Path(crop) for crop in answer.json["crops"]]
    assert [crop.name for crop in crops][:2] == [f"{blurred.stem}-1-1.png", f"{blurred.stem}-1-2.png"]
    for crop in crops:
        with Image.open(crop) as line:
            assert line.height < line.width / 2


def test_codes_on_a_page_stand_beside_its_words(command_line: CommandLine, scan: Path, tmp_path: Path) -> None:
    square = io.BytesIO()
    segno.make("SPECIMEN-4711", micro=False).save(square, kind="png", scale=8)
    with Image.open(scan) as page, Image.open(square) as code:
        page.paste(code.convert("RGB"), (40, page.height - code.height - 40))
        page.save(scan, "JPEG", quality=92, dpi=(200, 200))
    answer = command_line.run("ocr", scan, "--out-dir", tmp_path / "out", "--format", "json")
    assert answer.exit_code == 0, answer.err
    page_told = json.loads((tmp_path / "out" / f"{scan.stem}.json").read_text(encoding="utf-8"))["pages"][0]
    assert [(code["kind"], code["text"]) for code in page_told["codes"]] == [("QR", "SPECIMEN-4711")]


def test_bad_scan_is_refused_by_the_quality_gate(command_line: CommandLine, blurred: Path, scan: Path) -> None:
    answer = command_line.run("quality", blurred, scan, "--format", "json")
    assert answer.exit_code == 6
    assert answer.json[0]["quality"] == "REFUSE"
    assert "BLURRED" in answer.json[0]["reasons"]
    assert answer.json[1]["quality"] != "REFUSE"


def test_hostile_and_missing_files_do_not_stop_the_others(
    command_line: CommandLine, scan: Path, tmp_path: Path
) -> None:
    uploads = {upload.name: upload.content for upload in all_uploads()}
    files = {"torn.pdf": uploads["pdf-cut"], "locked.pdf": uploads["pdf-user-password"], "empty.jpg": b""}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    torn, locked, empty = (tmp_path / name for name in files)
    out = tmp_path / "out"
    answer = command_line.run("ocr", torn, locked, empty, scan, "--out-dir", out, "--format", "json")
    assert [told.get("error") for told in answer.json] == ["TRUNCATED", "PASSWORD_PROTECTED", "EMPTY_FILE", None]
    assert answer.exit_code == 4
    assert sorted(path.name for path in out.iterdir()) == ["giấy.json", "giấy.pdf", "giấy.txt"]
    assert command_line.run("ocr", locked, "--out-dir", out).exit_code == 8
    assert command_line.run("quality", tmp_path / "nowhere.jpg").exit_code == 5


def test_language_that_is_not_installed_ends_with_three(command_line: CommandLine, scan: Path, tmp_path: Path) -> None:
    answer = command_line.run("ocr", scan, "--out-dir", tmp_path / "out", "--ocr-lang", "tlh")
    assert answer.exit_code == 3


@pytest.mark.parametrize("language", ["../../etc/passwd", "vie;rm", "", "+"])
def test_language_that_is_no_language_harms_nobody(
    command_line: CommandLine, scan: Path, tmp_path: Path, language: str
) -> None:
    answer = command_line.run("ocr", scan, "--out-dir", tmp_path / "out", "--ocr-lang", language)
    assert answer.exit_code == 3, answer.err
    assert "Traceback" not in answer.err


def test_searchable_copy_never_takes_the_place_of_the_scan(command_line: CommandLine, tmp_path: Path) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"%PDF-1.7 the only scan there is")
    assert command_line.run("ocr", scan, "--out-dir", tmp_path).exit_code == 2
    assert scan.read_bytes() == b"%PDF-1.7 the only scan there is"
