"""Pages of every shape an office meets, as PDF/A-2u: turned, cropped, odd-sized, shifted, and full to the edge."""

from __future__ import annotations

import io
from enum import StrEnum

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import ImageCms

from tests.blank_copies import PDFA_XMP


class Shape(StrEnum):
    """The shapes."""

    PORTRAIT = "portrait"
    LANDSCAPE = "landscape"
    TURNED_90 = "turned-90"
    TURNED_180 = "turned-180"
    TURNED_270 = "turned-270"
    CROPPED = "cropped"
    SHIFTED = "shifted"
    LARGE = "large"


_MEDIA: dict[Shape, tuple[int, int, int, int]] = {
    Shape.LANDSCAPE: (0, 0, 842, 595),
    Shape.SHIFTED: (-120, 60, 475, 902),
    Shape.LARGE: (0, 0, 1191, 1684),
}
_TURN = {Shape.TURNED_90: 90, Shape.TURNED_180: 180, Shape.TURNED_270: 270}
_CROP = (70, 90, 540, 800)


def shaped_pdf(shape: Shape, *, pages: int = 2, full: bool = False) -> bytes:
    """Pages of one shape with some lines of content in the middle, or covered with lines to the edge."""
    pdf = pikepdf.new()
    media = _MEDIA.get(shape, (0, 0, 595, 842))
    box = _CROP if shape is Shape.CROPPED else media
    for _ in range(pages):
        pdf.add_blank_page(page_size=(595, 842))
        page = pdf.pages[-1]
        page.MediaBox = Array(list(media))
        if shape is Shape.CROPPED:
            page.CropBox = Array(list(box))
        if shape in _TURN:
            page.Rotate = _TURN[shape]
        page.Contents = pdf.make_stream(_lines(box, full=full))
    profile = pdf.make_stream(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), N=3)
    intent = Dictionary(Type=Name.OutputIntent, S=Name.GTS_PDFA1, DestOutputProfile=profile)
    intent.OutputConditionIdentifier = String("sRGB")
    pdf.Root.OutputIntents = Array([intent])
    packet = PDFA_XMP.format(part=2, conformance="U").encode()
    pdf.Root.Metadata = pdf.make_stream(packet, Type=Name.Metadata, Subtype=Name.XML)
    target = io.BytesIO()
    pdf.save(target, object_stream_mode=pikepdf.ObjectStreamMode.disable, deterministic_id=True)
    return target.getvalue()


def _lines(box: tuple[int, int, int, int], *, full: bool) -> bytes:
    """Grey bars like lines of text; from the middle of the page down to its lower quarter, or everywhere."""
    left, bottom, right, top = box
    height = top - bottom
    rows = range(bottom + 2, top, 12) if full else range(bottom + height // 4, bottom + height // 2, 16)
    inset = 0 if full else 40
    return b"0.3 g " + b" ".join(b"%d %d %d 5 re f" % (left + inset, y, right - left - 2 * inset) for y in rows)
