"""The two images of a forged copy show what a reader shows, whichever kind of cross-reference stands where."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from api.demo.forgery import replace_page_content as replace_before_eyes
from signing.verify import Verdict, compare_with_signed, verify_pdf
from signing.verify.syntax import Ref
from tests.attack.make_signed import SignedCopy, make_signed_copy
from tests.attack.pdf_surgery import Patient, stream
from tests.blank_copies import blank_copy
from tests.office import Office

_DPI = 96


@pytest.fixture(scope="module", params=[False, True], ids=["table", "stream"])
def copy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SignedCopy:
    unsigned = blank_copy(filler=b"birth certificate" * 40, object_streams=request.param)
    return make_signed_copy(Office(tmp_path_factory.mktemp("office")), unsigned=unsigned)


def shown_by_poppler(pdf: bytes, folder: Path) -> Image.Image:
    """Page 1 as a reader draws it that shares no line of code with ours."""
    (folder / "shown.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-r", str(_DPI), "-f", "1", "-l", "1", "-singlefile", "-png", "shown.pdf", "shown"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return Image.open(folder / "shown.png").convert("RGB")


def replace_page_one(pdf: bytes) -> bytes:
    """Append a table, whatever stood before it; the drawing needs no font, so that all readers agree on it."""
    patient = Patient(pdf)
    page, new = patient.pages()[0], patient.size
    content = stream(b"0.9 0.2 0.2 rg 100 400 300 120 re f")
    return patient.append({page: patient.entries(page) | {"Contents": Ref(new, 0)}, new: content})


def coloured_share(image: Image.Image) -> float:
    """The share of the page that is not paper."""
    paper = Image.new("RGB", image.size, "white")
    marked = ImageChops.difference(image, paper).convert("L").point([255 * (value > 40) for value in range(256)])
    return marked.histogram()[255] / (image.width * image.height)


def assert_images_show_page_one_changed(copy: SignedCopy, forge: Callable[[bytes], bytes], folder: Path) -> None:
    forged = forge(copy.pdf)
    assert verify_pdf(forged, trust=copy.trust, at=copy.at).verdict is Verdict.INVALID
    seen = compare_with_signed(forged, "Officer")
    assert seen.is_complete
    page = next(one for one in seen.pages if one.page_number == 1)
    assert page.outside
    before, after = (Image.open(io.BytesIO(one)).convert("RGB") for one in (page.before_jpeg, page.after_jpeg))
    assert coloured_share(before) == 0
    assert coloured_share(after) == pytest.approx(coloured_share(shown_by_poppler(forged, folder)), rel=0.2)
    assert coloured_share(after) > 0.001


def test_images_show_what_a_reader_shows_of_a_replaced_page(copy: SignedCopy, tmp_path: Path) -> None:
    assert_images_show_page_one_changed(copy, replace_page_one, tmp_path)


def test_forgery_of_the_demonstration_changes_page_one_for_every_reader(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    # Its page stands behind a stream and was written again by the signatures: both misled the forger once.
    folder = tmp_path_factory.mktemp("demonstration")
    copy = make_signed_copy(Office(folder / "office"))
    assert_images_show_page_one_changed(copy, replace_before_eyes, folder)
