"""Begins a document with the images of its pages: in memory, or, when they are many, in a file that is read when it is saved.

Each image of a long original is written into the file as it comes, as an object of a PDF without pages. The document is
built upon that PDF: its bytes go from file to file, one image at a time, exactly as they would have gone from memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import pikepdf
from pikepdf import Dictionary, Name

from guard.spool import Room
from ocr.scan import ImageEncoding, PageImage

_CATALOGUE: Final = (
    b"%PDF-1.7\n%\xbf\xf7\xa2\xfe\n",
    b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n",
    b"2 0 obj\n<< /Type /Pages /Kids [ ] /Count 0 >>\nendobj\n",
)
_FIRST_IMAGE: Final = 3


@dataclass(frozen=True, slots=True)
class BegunPdf:
    """A PDF without pages that holds the images, and the objects they are, in their order."""

    pdf: pikepdf.Pdf
    images: tuple[pikepdf.Object, ...]
    is_on_disk: bool


def begin_pdf(images: Iterable[PageImage], *, room: Room | None) -> BegunPdf:
    """Take the images in; without a room, or as long as they fit into what it holds in memory, they stay there."""
    held: list[PageImage] = []
    held_bytes = 0
    coming = iter(images)
    for image in coming:
        held.append(image)
        held_bytes += len(image.image_bytes)
        if room is not None and held_bytes > room.held_bytes:
            return _begin_on_disk(held, coming, file=room.file())
    pdf = pikepdf.Pdf.new()
    streams = (pikepdf.Stream(pdf, image.image_bytes, image_entries(image)) for image in held)
    return BegunPdf(pdf, tuple(pdf.make_indirect(stream) for stream in streams), is_on_disk=False)


def image_entries(image: PageImage) -> dict[str, Any]:
    """Return what the dictionary of a page image says, for its compressed bytes as they are."""
    entries: dict[str, Any] = {
        "/Type": Name.XObject,
        "/Subtype": Name.Image,
        "/Width": image.width_px,
        "/Height": image.height_px,
        "/ColorSpace": Name.DeviceRGB if image.components == 3 else Name.DeviceGray,
        "/BitsPerComponent": image.bits_per_component,
    }
    match image.encoding:
        case ImageEncoding.JPEG:
            entries["/Filter"] = Name.DCTDecode
        case ImageEncoding.FLATE:
            entries["/Filter"] = Name.FlateDecode
            entries["/DecodeParms"] = Dictionary(
                Predictor=15,
                Colors=image.components,
                BitsPerComponent=image.bits_per_component,
                Columns=image.width_px,
            )
        case ImageEncoding.CCITT_G4:
            entries["/Filter"] = Name.CCITTFaxDecode
            entries["/DecodeParms"] = Dictionary(
                K=-1, Columns=image.width_px, Rows=image.height_px, BlackIs1=image.black_is_1
            )
    return entries


def _begin_on_disk(held: list[PageImage], coming: Iterable[PageImage], *, file: BinaryIO) -> BegunPdf:
    writer = _ObjectWriter(file)
    entries = [_put(writer, image) for image in held]
    held.clear()
    entries += [_put(writer, image) for image in coming]
    writer.finish()
    pdf = pikepdf.open(file, access_mode=pikepdf.AccessMode.stream)
    return BegunPdf(pdf, tuple(_described(pdf, entries)), is_on_disk=True)


def _put(writer: _ObjectWriter, image: PageImage) -> dict[str, Any]:
    writer.put_stream(image.image_bytes)
    return image_entries(image)


def _described(pdf: pikepdf.Pdf, entries: Sequence[dict[str, Any]]) -> Iterable[pikepdf.Object]:
    for number, described in enumerate(entries, start=_FIRST_IMAGE):
        stream = pdf.get_object(number, 0)
        for key, value in described.items():
            stream[key] = value
        yield stream


class _ObjectWriter:
    """Writes a PDF of streams, whose dictionaries say their length and nothing else."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._at = 0
        self._places: list[int] = []
        header, *objects = _CATALOGUE
        self._write(header)
        for written in objects:
            self._places.append(self._at)
            self._write(written)

    def put_stream(self, content: bytes) -> None:
        self._places.append(self._at)
        self._write(b"%d 0 obj\n<< /Length %d >>\nstream\n" % (len(self._places), len(content)))
        self._write(content)
        self._write(b"\nendstream\nendobj\n")

    def finish(self) -> None:
        start, size = self._at, len(self._places) + 1
        self._write(b"xref\n0 %d\n0000000000 65535 f \n" % size)
        for place in self._places:
            self._write(b"%010d 00000 n \n" % place)
        self._write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start))
        self._file.flush()

    def _write(self, part: bytes) -> None:
        self._at += self._file.write(part)
