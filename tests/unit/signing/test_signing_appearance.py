from __future__ import annotations

import io
import re
import subprocess
from pathlib import Path

import pikepdf
import pytest

from signing import Mark, SigningServices, sign_field
from tests.blank_copies import BlankField, blank_copy
from tests.unit.signing.conftest import OFFICER_MARK, MakeRequest, MakeSigner


def size_of(pdf: bytes) -> float:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        drawn = opened.Root.AcroForm.Fields[0].AP.N.read_bytes().decode()
    return float(re.findall(r"/F1 ([\d.]+) Tf", drawn)[0])


def test_mark_says_what_was_asked_letter_by_letter(
    tmp_path: Path, services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    signed = sign_field(blank_copy(), request=ask(), signer=officer_signer(), services=services)
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed.pdf)
    text = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True).stdout.decode()
    for line in (OFFICER_MARK.heading, *OFFICER_MARK.lines):
        assert line is not None
        assert line in text


def test_both_faces_are_embedded_as_subsets(
    services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    signed = sign_field(blank_copy(), request=ask(), signer=officer_signer(), services=services)
    with pikepdf.open(io.BytesIO(signed.pdf)) as pdf:
        fonts = pdf.Root.AcroForm.Fields[0].AP.N.Resources.Font
        names = {str(fonts[key].BaseFont) for key in fonts.keys()}  # noqa: SIM118
        for key in fonts.keys():  # noqa: SIM118
            assert fonts[key].DescendantFonts[0].FontDescriptor.FontFile2.read_bytes()
    assert {name.split("+")[1] for name in names} == {"VidimusSerif-Regular", "VidimusSerif-Bold"}


def test_long_lines_are_wrapped_between_words_and_set_smaller_rather_than_cut(
    services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    long = Mark(heading=None, lines=("Chứng thực bản sao đúng với bản chính theo quy định " * 6,))
    small = BlankField("Officer", (300, 100, 440, 160))
    signed = sign_field(blank_copy(fields=(small,)), request=ask(mark=long), signer=officer_signer(), services=services)
    roomy = sign_field(blank_copy(), request=ask(), signer=officer_signer(), services=services)
    assert size_of(signed.pdf) < size_of(roomy.pdf)


def test_widget_without_a_mark_keeps_the_appearance_it_had(
    services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    signed = sign_field(blank_copy(), request=ask(mark=None), signer=officer_signer(), services=services)
    with pikepdf.open(io.BytesIO(signed.pdf)) as pdf:
        assert pdf.Root.AcroForm.Fields[0].AP.N.read_bytes() == b""


@pytest.mark.parametrize("heading", [None, "DẤU"])
def test_mark_stays_inside_its_frame(
    services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest, heading: str | None
) -> None:
    mark = Mark(heading=heading, lines=("một", "hai", "ba", "bốn", "năm", "sáu"))
    signed = sign_field(blank_copy(), request=ask(mark=mark), signer=officer_signer(), services=services)
    with pikepdf.open(io.BytesIO(signed.pdf)) as pdf:
        form = pdf.Root.AcroForm.Fields[0].AP.N
        baselines = [float(y) for y in re.findall(r"1 0 0 1 \S+ (\S+) Tm", form.read_bytes().decode())]
        assert len(baselines) == 6 + bool(heading)
        assert all(0 < y < float(form.BBox[3]) for y in baselines)
