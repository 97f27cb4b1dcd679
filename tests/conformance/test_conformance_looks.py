"""Every look on every shape of page at every level stays PDF/A-2u, stands where it belongs and covers nothing."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter

from certify.looks import CERTIFICATION, TRUE_COPY, load_looks
from guard import Isolation, SandboxPool
from keys import KeyAlgorithm
from signing import (
    Look,
    LookPage,
    Mark,
    MarkUnusable,
    MarkWords,
    NewField,
    NoFreeSpace,
    PadesLevel,
    SealImage,
    SigningForbidden,
    SigningServices,
    SignRequest,
    WhenFull,
    compose_mark,
    place_mark,
    placement_sandbox,
    sign_new_field,
)
from tests.conformance.judges import assert_pdfa_2u, pdf_text
from tests.office import Office
from tests.page_shapes import Shape, shaped_pdf

pytestmark = pytest.mark.slow

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC).astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
LOOKS = load_looks("vn").on(AT.date())
WORDS = MarkWords(name="Nguyễn Thị Mẫu", position="Phó Chủ tịch", agency="UBND phường Thí Dụ", at=AT)
TIME = "2026-11-22T10:00:00+07:00"
QR = "https://tra-cuu.thi-du.example/c/K7PM3QWX9DHT5"
LEVELS = tuple(PadesLevel)
# Every look on every shape, and every level with every look and every shape somewhere.
PAIRS = [
    (shape, look, LEVELS[(row + column) % len(LEVELS)])
    for row, shape in enumerate(Shape)
    for column, look in enumerate(LOOKS)
]
WHOLE = [(shape, look, level) for shape in Shape for look in LOOKS for level in LEVELS]


@pytest.fixture(scope="module")
def places() -> Iterator[SandboxPool]:
    with placement_sandbox(size=1, isolation=Isolation.RLIMITS) as pool:
        yield pool


@pytest.fixture
def services(office: Office) -> SigningServices:
    return SigningServices(timestamps=office.timestamps, revocation=office.revocation)


def seal_picture() -> bytes:
    """A red ring on nothing."""
    image = Image.new("RGBA", (240, 240), (255, 255, 255, 0))
    ImageDraw.Draw(image).ellipse((10, 10, 230, 230), outline=(200, 20, 30, 210), width=14)
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


class Signatory:
    """Signs with a look."""

    def __init__(self, office: Office, services: SigningServices, places: SandboxPool) -> None:
        self.office, self.services, self.places = office, services, places
        self.officer = office.officer(algorithm=KeyAlgorithm.ECDSA_P256_SHA256)
        self._count = 0

    def mark(self, look: Look, *, qr_text: str | None = None) -> Mark:
        image = SealImage.load(seal_picture()) if look.allows_image else None
        return compose_mark(look, WORDS, image=image, qr_text=qr_text)

    def place(
        self, pdf: bytes, mark: Mark, look: Look, *, when_full: WhenFull = WhenFull.REFUSE
    ) -> tuple[NewField, Mark | None]:
        return place_mark(pdf, mark, look=look, faces=self.services.faces, sandbox=self.places, when_full=when_full)

    def sign(self, pdf: bytes, *, field: NewField, mark: Mark | None, level: PadesLevel) -> bytes:
        self._count += 1
        signer = self.office.activated_signer(self.officer, f"{self._count:064x}")
        request = SignRequest(field=f"Look{self._count}", level=level, signed_at=self.office.now, mark=mark)
        return sign_new_field(pdf, request=request, signer=signer, services=self.services, new_field=field).pdf


@pytest.fixture
def signatory(office: Office, services: SigningServices, places: SandboxPool) -> Signatory:
    return Signatory(office, services, places)


def sign_all(signatory: Signatory, combinations: list[tuple[Shape, str, PadesLevel]], folder: Path) -> list[Path]:
    paths = []
    for shape, name, level in combinations:
        pdf, look = shaped_pdf(shape), LOOKS[name]
        field, mark = signatory.place(pdf, signatory.mark(look), look)
        path = folder / f"{shape.value}-{name}-{level.value}.pdf"
        path.write_bytes(signatory.sign(pdf, field=field, mark=mark, level=level))
        paths.append(path)
    return paths


def test_looks_on_every_shape_stay_pdfa_2u_pairwise(signatory: Signatory, tmp_path: Path) -> None:
    paths = sign_all(signatory, PAIRS, tmp_path)
    assert_pdfa_2u(*paths)
    for path in paths:
        assert TIME in pdf_text(path), path.name


@pytest.mark.matrix
def test_looks_on_every_shape_at_every_level_stay_pdfa_2u(signatory: Signatory, tmp_path: Path) -> None:
    assert_pdfa_2u(*sign_all(signatory, WHOLE, tmp_path))


@pytest.mark.parametrize("shape", list(Shape))
@pytest.mark.parametrize("name", list(LOOKS))
def test_mark_stands_in_its_zone_upright_and_covers_nothing(shape: Shape, name: str, signatory: Signatory) -> None:
    pdf, look = shaped_pdf(shape), LOOKS[name]
    field, mark = signatory.place(pdf, signatory.mark(look), look)
    signed = signatory.sign(pdf, field=field, mark=mark, level=PadesLevel.B_B)
    page_index = 0 if look.page is LookPage.FIRST else 1
    before, after = drawn(pdf, page_index), drawn(signed, page_index)
    changed = (before != after).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert rows.size, "the mark shows"
    # (1) only paper was written on
    assert before[changed].min() == 255
    # (2) in its zone
    height, width = changed.shape
    middle_x, middle_y = columns.mean() / width, rows.mean() / height
    zone = {"TOP_LEFT": middle_x < 0.5 and middle_y < 0.36, "TOP_RIGHT": middle_x > 0.5 and middle_y < 0.36}
    # A look at the bottom goes where room is: content on its right pushes it to the left, never up to the head.
    assert zone.get(look.zone.value, middle_y > 0.5), (middle_x, middle_y)
    # (3) upright: a mark of several lines of text is wider than it is high
    assert np.ptp(columns) > np.ptp(rows)
    # (4) on the other page nothing changed
    other = 1 - page_index
    assert (drawn(pdf, other) == drawn(signed, other)).all()


def drawn(pdf: bytes, page_index: int, *, dpi: int = 72) -> np.ndarray:
    document = pypdfium2.PdfDocument(pdf)
    document.init_forms()
    return document[page_index].render(scale=dpi / 72, may_draw_forms=True).to_numpy().copy()


def test_second_mark_finds_its_place_beside_the_first(signatory: Signatory) -> None:
    look = LOOKS[CERTIFICATION]
    pdf = shaped_pdf(Shape.PORTRAIT)
    first, mark = signatory.place(pdf, signatory.mark(look), look)
    signed = signatory.sign(pdf, field=first, mark=mark, level=PadesLevel.B_B)
    second, _ = signatory.place(signed, signatory.mark(look), look)
    assert first.box_pt is not None
    assert second.box_pt is not None
    apart = second.box_pt[2] <= first.box_pt[0] or second.box_pt[1] >= first.box_pt[3]
    assert apart, (first.box_pt, second.box_pt)


def test_page_without_room_is_refused_or_signed_invisibly_or_gets_a_page(signatory: Signatory, tmp_path: Path) -> None:
    look = LOOKS[CERTIFICATION]
    full = shaped_pdf(Shape.TURNED_90, full=True)
    mark = signatory.mark(look)
    with pytest.raises(NoFreeSpace, match="page 2"):
        signatory.place(full, mark, look)
    field, nothing = signatory.place(full, mark, look, when_full=WhenFull.INVISIBLE)
    assert (field.box_pt, nothing) == (None, None)
    added, shown = signatory.place(full, mark, look, when_full=WhenFull.ADD_PAGE)
    path = tmp_path / "added.pdf"
    path.write_bytes(signatory.sign(full, field=added, mark=shown, level=PadesLevel.B_LTA))
    with pypdfium2.PdfDocument(path) as document:
        assert len(document) == 3
        assert [round(side) for side in document[2].get_size()] == [842, 595]
    assert TIME in pdf_text(path, page_number=3)
    assert_pdfa_2u(path)


def test_no_page_is_added_to_a_signed_file(signatory: Signatory) -> None:
    look = LOOKS[CERTIFICATION]
    full = shaped_pdf(Shape.PORTRAIT, full=True)
    signed = signatory.sign(full, field=NewField(), mark=None, level=PadesLevel.B_B)
    added, mark = signatory.place(signed, signatory.mark(look), look, when_full=WhenFull.ADD_PAGE)
    with pytest.raises(SigningForbidden, match="page"):
        signatory.sign(signed, field=added, mark=mark, level=PadesLevel.B_B)


def test_qr_of_a_mark_is_read_from_a_reprint_at_200_dpi(signatory: Signatory, tmp_path: Path) -> None:
    look = LOOKS[CERTIFICATION]
    pdf = shaped_pdf(Shape.PORTRAIT)
    field, mark = signatory.place(pdf, signatory.mark(look, qr_text=QR), look)
    path = tmp_path / "qr.pdf"
    path.write_bytes(signatory.sign(pdf, field=field, mark=mark, level=PadesLevel.B_B))
    printed = Image.fromarray(drawn(path.read_bytes(), 1, dpi=200)).convert("L")
    # Printed as black and white dots, scanned again a little out of focus and a little askew.
    reprint = printed.point(lambda level: 255 if level > 127 else 0).rotate(0.7, fillcolor=255, expand=True)
    scanned = reprint.filter(ImageFilter.GaussianBlur(1.0))
    assert [code.text for code in zxingcpp.read_barcodes(scanned)] == [QR]
    assert_pdfa_2u(path)


def test_qr_that_could_not_be_read_from_paper_is_refused(signatory: Signatory) -> None:
    look = LOOKS[TRUE_COPY]
    pdf = shaped_pdf(Shape.PORTRAIT)
    mark, field = signatory.mark(look, qr_text=QR), NewField(box_pt=(300, 750, 500, 800))
    with pytest.raises(MarkUnusable, match="200-dpi"):
        signatory.sign(pdf, field=field, mark=mark, level=PadesLevel.B_B)
