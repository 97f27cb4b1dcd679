"""Write page images as the files that counters receive: JPEG, PNG, multi-page TIFF, a scanner's PDF.

Nothing here reads the clock or draws random numbers, so the same pages give the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

from PIL import Image

PDF_DATE: Final = "D:20261102081500+07'00'"


def write_jpeg(image: Image.Image, *, dpi: int, quality: int = 86) -> bytes:
    """Return a baseline JPEG that carries its resolution."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, dpi=(dpi, dpi), subsampling="4:2:0")
    return buffer.getvalue()


def write_png(image: Image.Image, *, dpi: int) -> bytes:
    """Return a PNG that carries its resolution."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", dpi=(dpi, dpi), compress_level=6)
    return buffer.getvalue()


def write_tiff(images: Sequence[Image.Image], *, dpi: int) -> bytes:
    """Return a multi-page TIFF, each page deflated without loss."""
    buffer = io.BytesIO()
    images[0].save(
        buffer,
        "TIFF",
        compression="tiff_adobe_deflate",
        dpi=(dpi, dpi),
        save_all=True,
        append_images=list(images[1:]),
        tiffinfo={317: 2},
    )
    return buffer.getvalue()


def write_pdf(images: Sequence[Image.Image], *, dpi: int, quality: int = 84) -> bytes:
    """Return a PDF as an office scanner writes it: one page-filling JPEG per page and no text."""
    objects: list[bytes] = []
    kids = " ".join(f"{4 + 3 * index} 0 R" for index in range(len(images)))
    objects.append(b"<< /Type /Catalog /Pages 2 0 R >>")
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(images)} >>".encode("ascii"))
    objects.append(f"<< /Producer (Thi Du Office Scanner 1.0 SPECIMEN) /CreationDate ({PDF_DATE}) >>".encode("ascii"))
    for index, image in enumerate(images):
        width_pt, height_pt = (round(side / dpi * 72, 3) for side in image.size)
        first = 4 + 3 * index
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width_pt} {height_pt}] "
            f"/Resources << /XObject << /Im0 {first + 2} 0 R >> >> /Contents {first + 1} 0 R >>".encode("ascii")
        )
        content = f"q {width_pt} 0 0 {height_pt} 0 0 cm /Im0 Do Q".encode("ascii")
        objects.append(_stream("", content))
        jpeg = write_jpeg(image, dpi=dpi, quality=quality)
        header = (
            f"/Type /XObject /Subtype /Image /Width {image.width} /Height {image.height} "
            "/ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode "
        )
        objects.append(_stream(header, jpeg))
    return _numbered(objects)


def _stream(header: str, payload: bytes) -> bytes:
    return f"<< {header}/Length {len(payload)} >>\nstream\n".encode("ascii") + payload + b"\nendstream"


def _numbered(objects: Sequence[bytes]) -> bytes:
    pdf = bytearray(b"%PDF-1.6\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(pdf))
        pdf += f"{number} 0 obj\n".encode("ascii") + body + b"\nendobj\n"
    start = len(pdf)
    pdf += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode("ascii")
    for offset in offsets:
        pdf += f"{offset:010d} 00000 n \n".encode("ascii")
    pdf += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 3 0 R >>\n".encode("ascii")
    pdf += f"startxref\n{start}\n%%EOF\n".encode("ascii")
    return bytes(pdf)
