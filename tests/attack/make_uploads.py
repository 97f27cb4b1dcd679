"""Hostile uploads, each with the one code that intake must answer; the same bytes at every run."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO

import pikepdf
from PIL import Image

from ocr.errors import IntakeCode
from tests.attack import upload_parts as parts

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A hostile file; `declared_type` is what its sender says it is."""

    name: str
    content: bytes
    code: IntakeCode
    declared_type: str | None = None


@cache
def all_uploads() -> tuple[Upload, ...]:
    """Every hostile upload; made once in a process, because some of them take a second to make."""
    return tuple(make_uploads())


def make_uploads() -> Iterator[Upload]:
    """Make every hostile upload."""
    groups = (_strangers(), _jpegs(), _pngs(), _tiffs(), _broken_pdfs(), _active_pdfs(), _signed_pdfs(), _pdf_bombs())
    for group in groups:
        yield from group


def _strangers() -> Iterator[Upload]:
    unsupported = {
        "text": b"hello",
        "html": b"<!doctype html><script>alert(1)</script>",
        "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
        "xxe": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n(/etc/passwd) (r) file\n%%EOF\n",
        "eps-dos": b"\xc5\xd0\xd3\xc6" + bytes(200),
        "zip": b"PK\x03\x04" + bytes(100),
        "zip-then-pdf": b"PK\x03\x04" + bytes(30) + parts.one_page_pdf(),
        "html-then-pdf": b"<html><body>" + parts.one_page_pdf(),
        "program": b"MZ" + bytes(200),
        "elf": b"\x7fELF" + bytes(200),
        "bmp": b"BM" + bytes(60),
        "webp": b"RIFF\x24\0\0\0WEBPVP8 " + bytes(24),
        "heic": b"\0\0\0\x18ftypheic" + bytes(20),
        "jpeg2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(20),
        "one-byte": b"\xff",
        "xar-polyglot": b"xar!" + parts.jpeg_bytes(),
    }
    yield Upload("empty", b"", IntakeCode.EMPTY_FILE)
    for name, content in unsupported.items():
        yield Upload(name, content, IntakeCode.UNSUPPORTED_TYPE)
    yield Upload("gif", b"GIF89a" + bytes(50), IntakeCode.ANIMATED_IMAGE)
    yield Upload("jpeg-as-png", parts.jpeg_bytes(), IntakeCode.TYPE_MISMATCH, "image/png")
    yield Upload("pdf-as-jpeg", parts.one_page_pdf(), IntakeCode.TYPE_MISMATCH, "image/jpeg")
    yield Upload("png-as-html", parts.png_bytes(), IntakeCode.TYPE_MISMATCH, "text/html")


def _jpegs() -> Iterator[Upload]:
    whole = parts.jpeg_bytes()
    progressive = parts.jpeg_bytes(progressive=True)
    for share in (0.001, 0.02, 0.3, 0.6, 0.95):
        yield Upload(f"jpeg-cut-{share}", whole[: max(4, int(len(whole) * share))], IntakeCode.TRUNCATED)
        yield Upload(f"progressive-cut-{share}", progressive[: int(len(progressive) * share) + 4], IntakeCode.TRUNCATED)
    yield Upload("jpeg-without-end", whole[:-2], IntakeCode.TRUNCATED)
    middle = len(whole) // 2
    # Half of the coded data is gone but the end is there: decoders paint the rest grey and stay silent.
    yield Upload("jpeg-with-a-hole", whole[:middle] + whole[-2:], IntakeCode.CORRUPT_FILE)
    yield Upload("jpeg-zeroed", whole[:middle] + bytes(2000) + whole[middle + 2000 :], IntakeCode.CORRUPT_FILE)
    yield Upload("jpeg-of-zeros", b"\xff\xd8\xff" + bytes(5000), IntakeCode.CORRUPT_FILE)
    yield Upload("jpeg-without-picture", b"\xff\xd8\xff\xd9", IntakeCode.CORRUPT_FILE)
    yield Upload("jpeg-tables-gone", parts.jpeg_with_frame(), IntakeCode.CORRUPT_FILE)
    yield Upload("jpeg-huge", parts.jpeg_with_frame(width=60000, height=60000), IntakeCode.TOO_MANY_PIXELS)
    yield Upload("jpeg-12-bit", parts.jpeg_with_frame(0xC1, bits=12), IntakeCode.UNSUPPORTED_IMAGE)
    yield Upload("jpeg-lossless", parts.jpeg_with_frame(0xC3), IntakeCode.UNSUPPORTED_IMAGE)
    yield Upload("jpeg-arithmetic", parts.jpeg_with_frame(0xC9), IntakeCode.UNSUPPORTED_IMAGE)
    yield Upload("jpeg-no-height", parts.jpeg_with_frame(height=0), IntakeCode.UNSUPPORTED_IMAGE)
    scan = parts.jpeg_segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x00"
    frame = parts.jpeg_segment(0xC2, struct.pack(">BHHB", 8, 8000, 8000, 1) + b"\x01\x11\x00")
    yield Upload("jpeg-1000-scans", b"\xff\xd8" + frame + scan * 1000 + b"\xff\xd9", IntakeCode.CORRUPT_FILE)
    yield Upload("jpeg-scan-first", b"\xff\xd8" + scan + frame + b"\xff\xd9", IntakeCode.CORRUPT_FILE)
    yield Upload("jpeg-speck", parts.jpeg_bytes(parts.page_picture((40, 300))), IntakeCode.RESOLUTION_TOO_LOW)
    poster = parts.jpeg_bytes(Image.new("L", (3000, 4000), 250), dpi=(101, 101))
    yield Upload("jpeg-poster", poster, IntakeCode.PAGE_SIZE)


def _pngs() -> Iterator[Upload]:
    whole = parts.png_bytes()
    rows = parts.flate(bytes(601 * 800))
    animation = parts.png_chunk(b"acTL", struct.pack(">II", 3, 0))
    yield Upload("png-cut", whole[: len(whole) // 2], IntakeCode.TRUNCATED)
    yield Upload("png-header-only", whole[:20], IntakeCode.TRUNCATED)
    yield Upload("png-without-end", whole[:-12], IntakeCode.TRUNCATED)
    yield Upload("png-few-rows", parts.png_with(parts.flate(bytes(601 * 400))), IntakeCode.TRUNCATED)
    yield Upload("png-cut-rows", parts.png_with(rows[:-30]), IntakeCode.TRUNCATED)
    yield Upload("png-bad-sum", whole[:60] + bytes((whole[60] ^ 1,)) + whole[61:], IntakeCode.CORRUPT_FILE)
    yield Upload("png-bad-rows", parts.png_with(b"no zlib at all"), IntakeCode.CORRUPT_FILE)
    yield Upload("png-bad-filters", parts.png_with(parts.flate(b"\x09" * 601 * 800)), IntakeCode.CORRUPT_FILE)
    yield Upload("png-bad-depth", parts.png_with(rows, depth=7), IntakeCode.CORRUPT_FILE)
    yield Upload("png-two-headers", parts.png_with(rows, before=whole[8:33]), IntakeCode.CORRUPT_FILE)
    huge = parts.png_with(parts.flate(bytes(1000)), width=13000, height=13000)
    yield Upload("png-huge", huge, IntakeCode.TOO_MANY_PIXELS)
    yield Upload("png-bomb", parts.png_with(parts.flate_zeros(300)), IntakeCode.DECOMPRESSION_LIMIT)
    yield Upload("png-animated", parts.png_with(rows, before=animation), IntakeCode.ANIMATED_IMAGE)
    critical = parts.png_chunk(b"EVIL", b"x")
    yield Upload("png-critical", parts.png_with(rows, before=critical), IntakeCode.UNSUPPORTED_IMAGE)


def _tiffs() -> Iterator[Upload]:
    after = 8 + 90000
    size = 2 + 9 * 12 + 4
    good = parts.tiff_fields()
    loop = [parts.tiff_directory(good, next_offset=after + size), parts.tiff_directory(good, next_offset=after)]
    yield Upload("tiff-loop", parts.tiff_with(loop), IntakeCode.CORRUPT_FILE)
    yield Upload("tiff-self", parts.tiff_with([parts.tiff_directory(good, next_offset=after)]), IntakeCode.CORRUPT_FILE)
    many = [parts.tiff_directory(good, next_offset=after + size * (n + 1)) for n in range(700)]
    yield Upload("tiff-700-pages", parts.tiff_with(many), IntakeCode.TOO_MANY_PAGES)
    last = 520
    some = [parts.tiff_directory(good, next_offset=after + size * (n + 1) if n < last else 0) for n in range(last + 1)]
    yield Upload("tiff-521-pages", parts.tiff_with(some), IntakeCode.TOO_MANY_PAGES)
    yield Upload("tiff-header-only", b"II*\0", IntakeCode.TRUNCATED)
    yield Upload("tiff-nowhere", parts.tiff_with([], first=0x7FFFFFFF), IntakeCode.TRUNCATED)
    whole = parts.tiff_bytes([parts.page_picture()])
    yield Upload("tiff-cut", whole[: len(whole) // 2], IntakeCode.TRUNCATED)
    yield Upload("tiff-no-directory", parts.tiff_with([], first=0), IntakeCode.NO_PAGES)
    yield Upload("tiff-big", b"II+\0" + bytes(100), IntakeCode.UNSUPPORTED_IMAGE)
    changed = {
        ("tiff-huge", IntakeCode.TOO_MANY_PIXELS): {"width": 200_000, "height": 200_000},
        ("tiff-zero", IntakeCode.CORRUPT_FILE): {"width": 0},
        ("tiff-jbig", IntakeCode.UNSUPPORTED_IMAGE): {"compression": 34661},
        ("tiff-old-jpeg", IntakeCode.UNSUPPORTED_IMAGE): {"compression": 6},
        ("tiff-32-bit", IntakeCode.UNSUPPORTED_IMAGE): {"bits": 32},
        ("tiff-strip-outside", IntakeCode.TRUNCATED): {"offset": 10_000_000},
        ("tiff-strip-beyond", IntakeCode.TRUNCATED): {"length": 0xFFFFFFF0},
        ("tiff-strip-short", IntakeCode.CORRUPT_FILE): {"length": 900},
        ("tiff-lzw-garbage", IntakeCode.CORRUPT_FILE): {"compression": 5},
        ("tiff-thumbnail-only", IntakeCode.NO_PAGES): {"subfile": 1},
    }
    for (name, code), changes in changed.items():
        directory = parts.tiff_directory(parts.tiff_fields(**changes), next_offset=0)
        yield Upload(name, parts.tiff_with([directory]), code)
    no_strips = parts.tiff_directory([field for field in good if field[0] != 273], next_offset=0)
    yield Upload("tiff-no-strips", parts.tiff_with([no_strips]), IntakeCode.CORRUPT_FILE)


def _broken_pdfs() -> Iterator[Upload]:
    whole = parts.one_page_pdf()
    yield Upload("pdf-cut", whole[: len(whole) // 2], IntakeCode.TRUNCATED)
    yield Upload("pdf-header-only", b"%PDF-1.7\n", IntakeCode.TRUNCATED)
    yield Upload("pdf-garbage", b"%PDF-1.7\n" + b"\x9c\x01" * 900 + b"%%EOF", IntakeCode.CORRUPT_FILE)
    yield Upload("pdf-bad-xref", whole.replace(b"0000000015", b"0000009999"), IntakeCode.CORRUPT_FILE)
    yield Upload("pdf-user-password", _encrypted(user="secret"), IntakeCode.PASSWORD_PROTECTED)
    yield Upload("pdf-owner-password", _encrypted(user=""), IntakeCode.PASSWORD_PROTECTED)
    empty = parts.pdf_bytes([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"])
    yield Upload("pdf-no-pages", empty, IntakeCode.NO_PAGES)
    kids = " ".join(f"{number} 0 R" for number in range(3, 504))
    leaves = [b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"] * 501
    tree = f"<< /Type /Pages /Kids [{kids}] /Count 501 >>".encode()
    long = parts.pdf_bytes([b"<< /Type /Catalog /Pages 2 0 R >>", tree, *leaves])
    yield Upload("pdf-501-pages", long, IntakeCode.TOO_MANY_PAGES)
    loop = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"]
    yield Upload("pdf-page-loop", parts.pdf_bytes(loop), IntakeCode.CORRUPT_FILE)
    yield Upload("pdf-five-metres", parts.one_page_pdf(media_box="[0 0 14400 14400]"), IntakeCode.PAGE_SIZE)
    yield Upload("pdf-five-metres-unit", parts.one_page_pdf(page="/UserUnit 20"), IntakeCode.PAGE_SIZE)
    yield Upload("pdf-no-area", parts.one_page_pdf(media_box="[0 0 0 0]"), IntakeCode.CORRUPT_FILE)
    jpeg = parts.jpeg_bytes()
    cut = parts.scanned_pdf(jpeg[: len(jpeg) // 2], width=420, height=594)
    yield Upload("pdf-jpeg-cut", cut, IntakeCode.TRUNCATED)
    yield Upload("pdf-jpeg-lies", parts.scanned_pdf(jpeg, width=9, height=9), IntakeCode.CORRUPT_FILE)
    nested = parts.one_page_pdf(extra=[b"[" * 200 + b"]" * 200])
    yield Upload("pdf-nested", nested, IntakeCode.CORRUPT_FILE)


def _active_pdfs() -> Iterator[Upload]:
    script = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
    active = {
        "open-action": parts.one_page_pdf(catalog="/OpenAction 5 0 R", extra=[script]),
        "named-script": parts.one_page_pdf(catalog="/Names << /JavaScript << /Names [(a) 5 0 R] >> >>", extra=[script]),
        "escaped-script": parts.one_page_pdf(extra=[b"<< /S /Java#53cript /#4aS (1) >>"]),
        "launch": parts.one_page_pdf(catalog="/OpenAction << /S /Launch /F (calc.exe) >>"),
        "open-uri": parts.one_page_pdf(catalog="/OpenAction << /S /URI /URI (http://evil.test) >>"),
        "page-aa": parts.one_page_pdf(page="/AA << /O << /S /Named /N /Print >> >>"),
        "xfa": parts.one_page_pdf(catalog="/AcroForm << /Fields [] /XFA [(a) 5 0 R] >>", extra=[b"(x)"]),
        "submit": parts.one_page_pdf(extra=[b"<< /Type /Action /S /SubmitForm /F (http://evil.test) >>"]),
        "rich-media": parts.one_page_pdf(page="/Annots [<< /Type /Annot /Subtype /RichMedia /Rect [0 0 9 9] >>]"),
        "movie": parts.one_page_pdf(page="/Annots [<< /Subtype /Movie /Rect [0 0 9 9] >>]"),
        "packed-script": _packed(parts.one_page_pdf(catalog="/OpenAction 5 0 R", extra=[script])),
    }
    for name, content in active.items():
        yield Upload(f"pdf-{name}", content, IntakeCode.ACTIVE_CONTENT)
    file = parts.stream("/Type /EmbeddedFile", b"MZ")
    spec = b"<< /Type /Filespec /F (../../etc/passwd) /EF << /F 5 0 R >> >>"
    embedded = {
        "names": parts.one_page_pdf(catalog="/Names << /EmbeddedFiles << /Names [(a) 6 0 R] >> >>", extra=[file, spec]),
        "annotation": parts.one_page_pdf(
            page="/Annots [<< /Subtype /FileAttachment /FS 6 0 R /Rect [0 0 9 9] >>]", extra=[file, spec]
        ),
        "collection": parts.one_page_pdf(catalog="/Collection << /View /D >>"),
    }
    for name, content in embedded.items():
        yield Upload(f"pdf-embedded-{name}", content, IntakeCode.EMBEDDED_FILES)


def _signed_pdfs() -> Iterator[Upload]:
    signature = b"<< /Type /Sig /Filter /Adobe.PPKLite /ByteRange [0 1 2 3] /Contents <00> >>"
    form = "/AcroForm << /Fields [5 0 R] /SigFlags 3 >>"
    field = b"<< /FT /Sig /T (Officer) /V 6 0 R /Type /Annot /Subtype /Widget /Rect [0 0 0 0] >>"
    signed = {
        "field": parts.one_page_pdf(catalog=form, extra=[field, signature]),
        "empty-field": parts.one_page_pdf(catalog=form, extra=[field.replace(b"/V 6 0 R", b"")]),
        "form-removed": parts.one_page_pdf(extra=[signature]),
        "escaped": parts.one_page_pdf(
            extra=[signature.replace(b"/ByteRange", b"/Byte#52ange").replace(b"/Sig", b"/S#69g")]
        ),
        "packed": _packed(parts.one_page_pdf(catalog=form, extra=[field, b"null"])),
        "and-scripted": parts.one_page_pdf(
            catalog="/OpenAction << /S /JavaScript /JS (1) >>", extra=[b"<< /Type /S#69g >>"]
        ),
        "and-cut": parts.one_page_pdf(catalog=form, extra=[field, signature])[:-300],
    }
    for name, content in signed.items():
        yield Upload(f"pdf-signed-{name}", content, IntakeCode.ALREADY_SIGNED)


def _pdf_bombs() -> Iterator[Upload]:
    zeros = parts.flate_zeros(200)
    content = parts.one_page_pdf(content=parts.stream("/Filter /FlateDecode", zeros))
    yield Upload("pdf-content-bomb", content, IntakeCode.DECOMPRESSION_LIMIT)
    twice = parts.stream("/Filter [/FlateDecode /FlateDecode]", parts.flate(zeros))
    yield Upload("pdf-nested-bomb", parts.one_page_pdf(content=twice), IntakeCode.DECOMPRESSION_LIMIT)
    packed = parts.stream("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", zeros)
    yield Upload("pdf-object-bomb", parts.one_page_pdf(extra=[packed]), IntakeCode.DECOMPRESSION_LIMIT)
    lzw = parts.stream("/Filter /LZWDecode", bytes(2 * MIB))
    yield Upload("pdf-lzw-bomb", parts.one_page_pdf(content=lzw), IntakeCode.DECOMPRESSION_LIMIT)
    image = (
        "/Subtype /Image /Width 40000 /Height 40000 /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode"
    )
    huge = parts.one_page_pdf(
        resources="/XObject << /Im0 5 0 R >>",
        content=parts.stream("", b"595 0 0 842 0 0 cm /Im0 Do"),
        extra=[parts.stream(image, parts.flate(bytes(1000)))],
    )
    yield Upload("pdf-huge-picture", huge, IntakeCode.TOO_MANY_PIXELS)
    shading = "/Shading << /Sh << /ShadingType 1 /ColorSpace /DeviceRGB /Domain [0 600 0 850] /Function 5 0 R >> >>"
    function = b"{ " + b"2 copy sin exch cos mul sqrt abs pop " * 40 + b"pop pop 0.1 0.2 0.3 }"
    slow = parts.one_page_pdf(
        resources=shading,
        content=parts.stream("", b"/Sh sh\n" * 5000),
        extra=[parts.stream("/FunctionType 4 /Domain [0 600 0 850] /Range [0 1 0 1 0 1]", function)],
    )
    yield Upload("pdf-slow", slow, IntakeCode.RENDER_TIMEOUT)


def _encrypted(*, user: str) -> bytes:
    buffer = BytesIO()
    with pikepdf.open(BytesIO(parts.one_page_pdf())) as pdf:
        pdf.save(
            buffer,
            encryption=pikepdf.Encryption(owner="owner", user=user, R=3, aes=False, metadata=False),
            deterministic_id=False,
            static_id=True,
        )
    return buffer.getvalue()


def _packed(pdf: bytes) -> bytes:
    """Move every object into compressed object streams, where no raw search finds it."""
    buffer = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as opened:
        opened.save(buffer, object_stream_mode=pikepdf.ObjectStreamMode.generate, static_id=True)
    return buffer.getvalue()
