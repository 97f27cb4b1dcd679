"""Small writers of JPEG, PNG, TIFF and PDF that can also write what no honest program would."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw

GREY_PAGE = (420, 594)


def page_picture(size: tuple[int, int] = GREY_PAGE, mode: str = "RGB") -> Image.Image:
    """Draw a small sheet with lines and a red disc, always the same."""
    picture = Image.new("RGB", size, (244, 242, 236))
    pen = ImageDraw.Draw(picture)
    for row in range(40, size[1] - 40, 18):
        pen.line((30, row, size[0] - 30 - (row * 7) % 120, row), fill=(40, 40, 48), width=3)
    pen.ellipse((size[0] - 160, size[1] - 180, size[0] - 60, size[1] - 80), outline=(190, 20, 30), width=6)
    return picture.convert(mode)


def jpeg_bytes(picture: Image.Image | None = None, **options: object) -> bytes:
    buffer = BytesIO()
    (picture or page_picture()).save(buffer, "JPEG", **{"quality": 90, "dpi": (200, 200), **options})
    return buffer.getvalue()


def png_bytes(picture: Image.Image | None = None, **options: object) -> bytes:
    buffer = BytesIO()
    (picture or page_picture()).save(buffer, "PNG", **{"dpi": (200, 200), **options})
    return buffer.getvalue()


def tiff_bytes(pictures: Sequence[Image.Image], *, compression: str = "tiff_lzw", **options: object) -> bytes:
    buffer = BytesIO()
    rest = {"save_all": True, "append_images": list(pictures[1:])} if len(pictures) > 1 else {}
    pictures[0].save(buffer, "TIFF", **{"compression": compression, "dpi": (200, 200), **rest, **options})
    return buffer.getvalue()


def jpeg_segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def jpeg_with_frame(marker: int = 0xC0, *, bits: int = 8, width: int = 600, height: int = 800) -> bytes:
    """Write a JPEG whose frame header says what it is told, with no picture behind it."""
    frame = struct.pack(">BHHB", bits, height, width, 1) + b"\x01\x11\x00"
    scan = jpeg_segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
    return b"\xff\xd8" + jpeg_segment(marker, frame) + scan + bytes(100) + b"\xff\xd9"


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_with(
    rows: bytes, *, width: int = 600, height: int = 800, depth: int = 8, colour: int = 0, before: bytes = b""
) -> bytes:
    """Write a PNG from raw parts."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            png_chunk(b"IHDR", header),
            before,
            png_chunk(b"IDAT", rows),
            png_chunk(b"IEND", b""),
        )
    )


def tiff_directory(fields: Sequence[tuple[int, int, int, int]], *, next_offset: int) -> bytes:
    """Write one little-endian directory; fields are (tag, type, count, value or offset)."""
    rows = b"".join(struct.pack("<HHII", *field) for field in sorted(fields))
    return struct.pack("<H", len(fields)) + rows + struct.pack("<I", next_offset)


def tiff_fields(**changes: int) -> list[tuple[int, int, int, int]]:
    """Give the fields of an uncompressed grey page of 300 × 300 pixels at offset 8, with changes by name."""
    tags = {"subfile": 254, "width": 256, "height": 257, "bits": 258, "compression": 259, "photometric": 262,
            "offset": 273, "samples": 277, "rows": 278, "length": 279}  # fmt: skip
    values = {"width": 300, "height": 300, "bits": 8, "compression": 1, "photometric": 1, "offset": 8, "samples": 1,
              "rows": 300, "length": 90000, **changes}  # fmt: skip
    return [(tags[name], 4, 1, value) for name, value in values.items()]


def tiff_with(directories: Sequence[bytes], *, pixels: bytes = bytes(90000), first: int | None = None) -> bytes:
    """Put pixels at offset 8 and the directories behind them."""
    start = 8 + len(pixels) if first is None else first
    return struct.pack("<2sHI", b"II", 42, start) + pixels + b"".join(directories)


def flate(content: bytes) -> bytes:
    return zlib.compress(content, 9)


def flate_zeros(mebibytes: int) -> bytes:
    """What `flate` makes of so many MiB of zeros, in no time: one block that stands for itself, again and again."""
    one = zlib.compressobj(9, wbits=-15)
    block = one.compress(bytes(1024 * 1024)) + one.flush(zlib.Z_FULL_FLUSH)
    nothing_more = b"\x03\x00"
    checksum = (mebibytes * 1024 * 1024 % 65521) << 16 | 1
    return b"\x78\xda" + block * mebibytes + nothing_more + checksum.to_bytes(4, "big")


def stream(dictionary: str, body: bytes) -> bytes:
    return f"<< {dictionary} /Length {len(body)} >>\nstream\n".encode() + body + b"\nendstream"


def pdf_bytes(objects: Sequence[bytes], *, trailer: str = "") -> bytes:
    """Number the objects from 1 and add a correct cross-reference table."""
    pdf = bytearray(b"%PDF-1.6\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(pdf))
        pdf += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(pdf)
    pdf += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    for offset in offsets:
        pdf += f"{offset:010d} 00000 n \n".encode()
    pdf += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(pdf)


def one_page_pdf(
    *,
    catalog: str = "",
    page: str = "",
    resources: str = "",
    content: bytes | None = None,
    extra: Sequence[bytes] = (),
    media_box: str = "[0 0 595 842]",
) -> bytes:
    """Write a PDF of one page; `extra` objects are numbered from 5."""
    drawn = stream("", b"0 0 0 rg 100 100 200 300 re f") if content is None else content
    return pdf_bytes(
        [
            f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode(),
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox {media_box} /Resources << {resources} >> /Contents 4 0 R {page} >>".encode(),
            drawn,
            *extra,
        ]
    )


def scanned_pdf(jpeg: bytes, *, width: int, height: int, page: str = "", content: bytes = b"") -> bytes:
    """Write a PDF as an office scanner does: one JPEG that fills an A4 page."""
    image = (
        f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceRGB "
        "/BitsPerComponent 8 /Filter /DCTDecode"
    )
    drawing = content or b"q 595 0 0 842 0 0 cm /Im0 Do Q"
    return one_page_pdf(
        resources="/XObject << /Im0 5 0 R >>", content=stream("", drawing), extra=[stream(image, jpeg)], page=page
    )
