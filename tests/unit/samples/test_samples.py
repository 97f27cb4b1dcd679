"""The specimens are invented, marked, alike in every run, and cover what a counter meets."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from samples.cast import CAST
from samples.errors import LetterNotInFont, TextTooWide, UnknownSpecimen
from samples.generate import SPECIMENS, main, specimen_named, write_specimens
from samples.photo import CANARY_MAKE, CANARY_MODEL, LYING_ON_TABLE, TOO_CLOSE, effective_dpi
from samples.sheet import SPECIMEN_LINE, Page, Sheet
from samples.truth import WrittenSpecimen
from samples.typeface import FONT_FOLDER

# Starts real processes or reads real pages: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow

PHOTO = "residence-confirmation"
GREY = "income-confirmation-grey"
SIGNED = "signed-elsewhere"
SMALL = (GREY, SIGNED, "business-registration")
# These carry no number of their own.
PLAIN = ("power-of-attorney", "student-confirmation-blurred", "income-confirmation-grey", "id-card")
CITIZEN_NUMBER = re.compile(r"(?<!\d)\d{12}(?!\d)")


@pytest.fixture(scope="module")
def painted() -> dict[str, tuple[Page, ...]]:
    return {one.name: one.paint(np.random.Generator(np.random.PCG64(one.seed))) for one in SPECIMENS}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, WrittenSpecimen]:
    folder = tmp_path_factory.mktemp("specimens")
    return {one.specimen.name: one for one in write_specimens(folder, names=(PHOTO, *SMALL), workers=1)}


def _digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_counter_meets_at_least_fourteen_papers_of_which_nine_are_certifiable() -> None:
    assert len(SPECIMENS) >= 14
    assert sum(one.is_certifiable for one in SPECIMENS) >= 9
    assert len({one.name for one in SPECIMENS}) == len(SPECIMENS)
    assert len({one.seed for one in SPECIMENS}) == len(SPECIMENS)


def test_every_refusal_of_the_quality_gate_has_its_paper() -> None:
    expected = {one.expected for one in SPECIMENS if not one.is_certifiable}
    assert expected == {"BLURRED", "RESOLUTION_TOO_LOW", "SCALE_UNKNOWN", "ALREADY_SIGNED"}
    assert [one.name for one in SPECIMENS if one.to_be_signed] == [SIGNED]


def test_every_page_of_every_paper_says_specimen(painted: dict[str, tuple[Page, ...]]) -> None:
    for name, pages in painted.items():
        for page in pages:
            assert SPECIMEN_LINE in page.lines, name
            assert page.lines[0] == SPECIMEN_LINE, name


def test_a_bare_sheet_already_says_specimen() -> None:
    page = Sheet(dpi=50).finish()
    assert page.lines[0] == SPECIMEN_LINE
    assert "Specimen, not a valid document" in page.lines[-1]


def test_every_citizen_number_on_every_paper_is_a_reserved_one(painted: dict[str, tuple[Page, ...]]) -> None:
    for name, pages in painted.items():
        numbers = CITIZEN_NUMBER.findall("\n".join(line for page in pages for line in page.lines))
        assert numbers, name
        assert all(number.startswith("000") for number in numbers), name
    assert all(citizen.id_number.startswith("000") for citizen in CAST.values())


def test_truth_is_composed_text_and_holds_every_field(painted: dict[str, tuple[Page, ...]]) -> None:
    for name, pages in painted.items():
        text = "\n".join(line for page in pages for line in page.lines)
        assert unicodedata.is_normalized("NFC", text), name
        fields = dict(pair for page in pages for pair in page.fields)
        assert {"holder_name", "id_number", "document_number", "issuer", "issued_on"} <= fields.keys() or name in PLAIN
        for key in ("holder_name", "id_number"):
            assert fields[key] in text, (name, key)


def test_papers_name_the_holder_the_catalogue_names(painted: dict[str, tuple[Page, ...]]) -> None:
    for specimen in SPECIMENS:
        holder = CAST[specimen.holder]
        fields = dict(pair for page in painted[specimen.name] for pair in page.fields)
        assert fields["id_number"] == holder.id_number, specimen.name
        assert fields.get("birth_date", holder.born_text) == holder.born_text, specimen.name
        if specimen.name != "bilingual-certificate":
            assert fields["holder_name"].casefold() == holder.name.casefold(), specimen.name


def test_one_certificate_prints_the_name_without_diacritics(painted: dict[str, tuple[Page, ...]]) -> None:
    fields = dict(painted["bilingual-certificate"][0].fields)
    assert fields["holder_name"] == "LE NGOC CHAU"
    assert fields["holder_name"] != CAST["chau"].printed_name


@pytest.mark.matrix
def test_two_runs_give_the_same_bytes(written: dict[str, WrittenSpecimen], tmp_path: Path) -> None:
    first = {name: _digests(one.folder) for name, one in written.items()}[PHOTO]
    write_specimens(tmp_path, names=(PHOTO, *SMALL), workers=1)
    assert _digests(tmp_path) == first


@pytest.mark.matrix
def test_two_processes_give_the_same_bytes_as_one(written: dict[str, WrittenSpecimen], tmp_path: Path) -> None:
    heard: list[str] = []
    again = write_specimens(tmp_path, names=(GREY, SIGNED), workers=2, on_progress=heard.append)
    assert [one.specimen.name for one in again] == [GREY, SIGNED]
    assert sorted(heard) == sorted((GREY, SIGNED))
    for one in again:
        assert one.file.read_bytes() == written[one.specimen.name].file.read_bytes()
        assert one.lines == written[one.specimen.name].lines


def test_phone_photo_carries_the_canary_position(written: dict[str, WrittenSpecimen]) -> None:
    with Image.open(written[PHOTO].file) as photo:
        exif = photo.getexif()
        position = exif.get_ifd(ExifTags.IFD.GPSInfo)
        assert photo.size == (3000, 4000)
    assert exif[ExifTags.Base.Make] == CANARY_MAKE
    assert exif[ExifTags.Base.Model] == CANARY_MODEL
    assert position[ExifTags.GPS.GPSLatitudeRef] == "N"
    assert float(position[ExifTags.GPS.GPSLongitude][0]) == 111.0


def test_sheet_on_the_table_is_large_enough_and_the_other_one_shows_no_edge() -> None:
    assert effective_dpi(LYING_ON_TABLE.corners_px) >= 200
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = TOO_CLOSE.corners_px
    assert max(x0, x3) < 0
    assert min(x1, x2) > 3000
    assert max(y0, y1) < 0
    assert min(y2, y3) > 4000


def test_scan_tells_its_resolution_and_the_grey_one_has_no_colour(written: dict[str, WrittenSpecimen]) -> None:
    with Image.open(written[GREY].file) as grey, Image.open(written["business-registration"].file) as colour:
        assert (grey.mode, colour.mode) == ("L", "RGB")
        assert tuple(round(side) for side in grey.info["dpi"]) == (150, 150)
        assert tuple(round(side) for side in colour.info["dpi"]) == (200, 200)


def test_office_scanner_pdf_has_one_jpeg_per_page_and_no_date_of_today(written: dict[str, WrittenSpecimen]) -> None:
    pdf = written[SIGNED].file.read_bytes()
    assert pdf.count(b"/Filter /DCTDecode") == 1
    assert pdf.startswith(b"%PDF-1.6\n")
    assert b"D:20261102081500+07'00'" in pdf
    start = int(pdf.rsplit(b"startxref\n", 1)[1].split()[0])
    assert pdf[start : start + 4] == b"xref"


def test_truth_file_tells_what_should_happen(written: dict[str, WrittenSpecimen]) -> None:
    facts = json.loads(written[GREY].truth_file.read_text(encoding="utf-8"))
    assert facts["expected"] == "RESOLUTION_TOO_LOW"
    assert facts["also_expected"] == ["NOT_COLOUR"]
    assert facts["certifiable"] is False
    assert facts["dpi"] == 150
    assert facts["file"] == written[GREY].file.name
    assert set(facts["title"]) == {"vi", "en", "fr"}
    lines = written[GREY].text_file.read_text(encoding="utf-8").splitlines()
    assert tuple(lines) == written[GREY].lines[0]


def test_unknown_specimen_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UnknownSpecimen, match="birth-certificate"):
        write_specimens(tmp_path / "out", names=("no-such-paper",))
    assert not (tmp_path / "out").exists()
    assert main([str(tmp_path / "out"), "--only", "no-such-paper"]) == 2


def test_letter_missing_from_the_fonts_is_refused_and_not_printed_as_a_box() -> None:
    with pytest.raises(LetterNotInFont, match=r"U\+5B57"):
        Sheet(dpi=50).text("字", x_mm=20, y_mm=50)


def test_line_that_runs_off_the_paper_is_refused() -> None:
    with pytest.raises(TextTooWide):
        Sheet(dpi=50).text("phường Thí Dụ " * 20, x_mm=20, y_mm=50)


def test_readme_lists_every_paper() -> None:
    readme = Path(FONT_FOLDER.parent / "README.md").read_text(encoding="utf-8")
    for specimen in SPECIMENS:
        row = next(line for line in readme.splitlines() if line.startswith(f"| `{specimen.file_name}`"))
        assert f"`{specimen.doc_type}`" in row
        assert f"`{specimen.expected}`" in row
        assert specimen.holder in row


def test_specimens_are_found_by_name() -> None:
    assert specimen_named(PHOTO).file_name == "residence-confirmation.jpg"
