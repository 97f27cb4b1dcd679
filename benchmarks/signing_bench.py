"""What the signing benchmark works with: a 2-page scan, an office in a folder, and keys of both kinds."""

from __future__ import annotations

import io
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, ImageCms, ImageDraw, ImageFilter

from api.clock import SystemClock
from api.demo.seal_picture import draw_specimen_seal
from keys import (
    Attendance,
    Credential,
    CredentialKind,
    EmbeddedAuthority,
    InProcessRevocation,
    InProcessTimestamps,
    KeyAlgorithm,
    Mode,
    OpenKey,
    Pin,
    Pkcs12KeyStore,
    Subject,
    create_authority,
)
from signing import Mark, SealImage, SigningServices

OFFICER, SEAL = "Officer", "AgencySeal"
AGENCY: Final = "UBND phường Thí Dụ"
_FIELDS: Final = {OFFICER: (320, 120, 540, 220), SEAL: (60, 120, 280, 220)}
# A4 at 300 dpi.
_PAGE_PX: Final = (2480, 3508)
_PAGE_PT: Final = (595, 842)
_ROUNDS: Final = 1000
_PICTURE: Final = SealImage.load(draw_specimen_seal())


@dataclass(frozen=True, slots=True)
class BenchKey:
    """A key opened and held, and the PKCS#12 it came from, for the peer."""

    key: OpenKey
    pkcs12: bytes
    pin_text: str

    @property
    def credential(self) -> Credential:
        """The public side."""
        return self.key.credential


@dataclass(frozen=True, slots=True)
class Bench:
    """An office that signs."""

    clock: SystemClock
    authority: EmbeddedAuthority
    services: SigningServices
    officers: dict[KeyAlgorithm, BenchKey]
    seal: BenchKey

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.clock.now()


def open_bench(folder: Path) -> Bench:
    """Found an authority and certify an officer of each algorithm and a seal."""
    clock = SystemClock()
    at = clock.now()
    authority = create_authority(
        folder / "authority", mode=Mode.DEMO, at=at, random_bytes=secrets.token_bytes, base_url="http://127.0.0.1:8399"
    )
    store = Pkcs12KeyStore(folder / "keys", mode=Mode.DEMO)

    def key(key_id: str, kind: CredentialKind, algorithm: KeyAlgorithm) -> BenchKey:
        pin = secrets.token_hex(8)
        subject = Subject(cn="Nguyễn Thị Mẫu" if kind is CredentialKind.OFFICER else AGENCY, o=AGENCY)
        issued = authority.issue(kind, subject=subject, pin=Pin(pin), at=at, algorithm=algorithm, rounds=_ROUNDS)
        store.install(key_id, pkcs12=issued.pkcs12, pin=Pin(pin), attendance=Attendance.BY_PERSON)
        return BenchKey(store.open_key(key_id, Pin(pin)), issued.pkcs12, pin)

    return Bench(
        clock=clock,
        authority=authority,
        services=SigningServices(
            timestamps=InProcessTimestamps(authority, clock=clock, random_bytes=secrets.token_bytes),
            revocation=InProcessRevocation(authority, clock=clock, random_bytes=secrets.token_bytes),
        ),
        officers={
            algorithm: key(f"officer-{algorithm.value.lower()}", CredentialKind.OFFICER, algorithm)
            for algorithm in KeyAlgorithm
        },
        seal=key("seal", CredentialKind.SEAL, KeyAlgorithm.ECDSA_P256_SHA256),
    )


def officer_mark(at: datetime) -> Mark:
    """What the officer's mark says: five lines of Vietnamese with the time."""
    lines = ("Nguyễn Thị Mẫu", "Phó Chủ tịch", AGENCY, f"{at:%Y-%m-%dT%H:%M:%S}+07:00")
    return Mark(heading="NGƯỜI THỰC HIỆN CHỨNG THỰC", lines=lines)


def seal_mark(at: datetime) -> Mark:
    """What the agency's mark says and shows: with the picture of a seal, as a certified copy has it."""
    return Mark(lines=(AGENCY, f"{at:%Y-%m-%dT%H:%M:%S}+07:00"), image=_PICTURE)


def scan_pdf(*, pages: int = 2, filler_bytes: int = 0) -> bytes:
    """Write a PDF/A-2u of scanned pages at 300 dpi with two empty signature fields; `filler_bytes` make it heavier."""
    rng = np.random.Generator(np.random.PCG64(7))
    pdf = pikepdf.new()
    profile = pdf.make_stream(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), N=3)
    intent = Dictionary(Type=Name.OutputIntent, S=Name.GTS_PDFA1, DestOutputProfile=profile)
    intent.OutputConditionIdentifier = String("sRGB")
    pdf.Root.OutputIntents = Array([intent])
    for _ in range(pages):
        pdf.add_blank_page(page_size=_PAGE_PT)
        image = pdf.make_stream(_page_jpeg(rng), Type=Name.XObject, Subtype=Name.Image, Filter=Name.DCTDecode)
        image.Width, image.Height, image.BitsPerComponent = *_PAGE_PX, 8
        image.ColorSpace = Name.DeviceRGB
        page = pdf.pages[-1]
        page.Resources = Dictionary(XObject=Dictionary(Scan=image))
        page.Contents = pdf.make_stream(b"q %d 0 0 %d 0 0 cm /Scan Do Q" % _PAGE_PT)
    if filler_bytes:
        # Noise does not compress: it stands for the images of many more pages.
        pdf.pages[0].obj.PieceInfo = Dictionary(Filler=pdf.make_stream(rng.bytes(filler_bytes)))
    _add_fields(pdf)
    target = io.BytesIO()
    pdf.save(target, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False)
    return target.getvalue()


def _add_fields(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[-1]
    widgets = []
    for name, rect in _FIELDS.items():
        box = [0, 0, rect[2] - rect[0], rect[3] - rect[1]]
        empty = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, BBox=box)
        widget = Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, T=String(name), F=4)
        widget.Rect, widget.P, widget.AP = Array(list(rect)), page.obj, Dictionary(N=empty)
        widgets.append(pdf.make_indirect(widget))
    page.Annots = Array(widgets)
    pdf.Root.AcroForm = Dictionary(Fields=Array(widgets))


def _page_jpeg(rng: np.random.Generator) -> bytes:
    """A grey-white page with lines of noise for text: about as heavy as a real scan."""
    page = Image.new("RGB", _PAGE_PX, (250, 249, 245))
    pen = ImageDraw.Draw(page)
    for line in range(150, _PAGE_PX[1] - 150, 62):
        left = 200
        while left < _PAGE_PX[0] - 260:
            width = int(rng.integers(8, 40))
            pen.rectangle((left, line, left + width, line + int(rng.integers(18, 34))), fill=(40, 40, 50))
            left += width + int(rng.integers(6, 30))
    page = page.filter(ImageFilter.GaussianBlur(1.2))
    grain = rng.normal(0, 4, (_PAGE_PX[1], _PAGE_PX[0], 1)).astype(np.int16)
    pixels = np.clip(np.asarray(page, dtype=np.int16) + grain, 0, 255).astype(np.uint8)
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "JPEG", quality=82, dpi=(300, 300))
    return target.getvalue()
