"""A reading room for tests: small scans made on the spot, pages as if they had been read, copies to be certified."""

from __future__ import annotations

import hashlib
import io
import zlib
from datetime import UTC, datetime

from PIL import Image, ImageDraw

from ocr import (
    Align,
    CopyParts,
    ImageEncoding,
    PageImage,
    Pages,
    ReadPage,
    Scan,
    ScanPage,
    StatementLine,
    StatementPage,
    Word,
)
from ocr.quality import PageFacts, judge_page

WRITTEN_AT = datetime(2026, 11, 22, 7, 3, 11, tzinfo=UTC)
SOURCE_SHA256_HEX = hashlib.sha256(b"the upload").hexdigest()
SENTENCE = "Độc lập - Tự do - Hạnh phúc của người được cấp giấy"


def jpeg_image(*, width_px: int = 620, height_px: int = 877, mode: str = "RGB") -> PageImage:
    """A page with a dark mark in its upper left corner, as a scanner's JPEG."""
    picture = Image.new(mode, (width_px, height_px), "white")
    ImageDraw.Draw(picture).rectangle((20, 20, 120, 60), fill="black")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return PageImage(
        encoding=ImageEncoding.JPEG,
        image_bytes=out.getvalue(),
        width_px=width_px,
        height_px=height_px,
        bits_per_component=8,
        components=len(picture.getbands()),
    )


def flate_image(*, width_px: int = 200, height_px: int = 100) -> PageImage:
    """A grey ramp as zlib over rows with PNG filters."""
    row = b"\0" + bytes(column % 256 for column in range(width_px))
    return PageImage(
        encoding=ImageEncoding.FLATE,
        image_bytes=zlib.compress(row * height_px),
        width_px=width_px,
        height_px=height_px,
        bits_per_component=8,
        components=1,
    )


def words_of(sentence: str, *, top: float = 100.0, confidence: float = 95.0, line: int = 1) -> tuple[Word, ...]:
    """One printed line of words, 30 px high."""
    words, left = [], 40.0
    for text in sentence.split():
        right = left + 11.0 * len(text)
        words.append(Word(text=text, box_px=(left, top, right, top + 30), confidence=confidence, block=1, line=line))
        left = right + 9
    return tuple(words)


def read_page(
    image: PageImage, *, page_index: int = 0, words: tuple[Word, ...] = (), dpi: float = 75.0, turns: int = 0,
    skew_degrees: float = 0.0,
) -> ReadPage:  # fmt: skip
    """A page as the engine would have read it."""
    width, height = (image.height_px, image.width_px) if turns % 2 else (image.width_px, image.height_px)
    facts = PageFacts(words=words, ink_share=0.05, dpi=300.0, is_colour=True, added_turns=0, skew_degrees=skew_degrees)
    return ReadPage(
        page_index=page_index,
        quarter_turns=turns,
        skew_degrees=skew_degrees,
        dpi=dpi,
        width_px=width,
        height_px=height,
        ink_share=0.05,
        words=words,
        quality=judge_page(facts),
    )


def pages_of(*read: tuple[ReadPage, PageImage]) -> Pages:
    """Pages with their scan."""
    scan_pages = tuple(
        ScanPage(
            page_index=page.page_index,
            image=image,
            dpi=page.dpi,
            is_colour=image.components == 3,
            quarter_turns=0,
            is_phone_photo=False,
            outline_rectified=False,
        )
        for page, image in read
    )
    scan = Scan(sha256_hex=SOURCE_SHA256_HEX, media_type="image/jpeg", byte_count=10, pages=scan_pages)
    return Pages(scan=scan, pages=tuple(page for page, _ in read), languages=("vie",))


def one_page(sentence: str = SENTENCE) -> Pages:
    """One upright page with one line of text."""
    image = jpeg_image()
    return pages_of((read_page(image, words=words_of(sentence)), image))


def copy_parts(**changes: object) -> CopyParts:
    """What certify would hand over for a specimen copy."""
    statement = StatementPage(
        heading="CHỨNG THỰC BẢN SAO ĐÚNG VỚI BẢN CHÍNH",
        lines=(
            StatementLine("Số chứng thực: 123      Quyển số: 01/2026-SCTĐT/BS", align=Align.CENTRE),
            StatementLine("Ngày 22 tháng 11 năm 2026", align=Align.CENTRE),
            StatementLine(""),
            StatementLine("Ủy ban nhân dân phường Thí Dụ, tỉnh Minh Họa", bold=True),
        ),
    )
    parts: dict[str, object] = {
        "title": "Bản sao điện tử: Giấy khai sinh",
        "language": "vi",
        "created_at": WRITTEN_AT,
        "document_code": "K7PM-3QWX-9DHT-5",
        "lookup_url": "https://tracuu.example.vn/c/K7PM3QWX9DHT5",
        "band_lines": ("Tra cứu: tracuu.example.vn", "UBND phường Thí Dụ, tỉnh Minh Họa"),
        "specimen_text": "MẪU – SPECIMEN",
        "statement": statement,
        "conversion_note": "Bản sao điện tử này được chuyển đổi từ văn bản giấy.",
        "source_sha256_hex": SOURCE_SHA256_HEX,
        "xmp_extra": {"agency": "UBND phường Thí Dụ", "code": "K7PM3QWX9DHT5", "register_number": "123"},
    }
    # The values are those of the fields by construction; mypy cannot see through the mapping.
    return CopyParts(**{**parts, **changes})  # type: ignore[arg-type]
