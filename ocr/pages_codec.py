"""Writes read pages as one byte string and reads them back: a JSON envelope, then the page images as they are.

Stored blobs outlive the program that wrote them, so the form has a version and never depends on pickling.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

from ocr.errors import PagesUnreadable
from ocr.look import look_from_json, look_to_json
from ocr.machine_codes import code_from_json, code_to_json
from ocr.pages import PageQuality, Pages, QualityCode, QualityReason, QualityVerdict, ReadPage, Word
from ocr.scan import ImageEncoding, PageImage, Scan, ScanPage

_MAGIC = b"VDMPAGES"
_VERSION = 1
_PREFIX = struct.Struct(">8sII")


def encode_pages(pages: Pages) -> bytes:
    """Return the pages with their images as one byte string; equal pages give equal bytes."""
    envelope = {
        "languages": list(pages.languages),
        "scan": {
            "sha256_hex": pages.scan.sha256_hex,
            "media_type": pages.scan.media_type,
            "byte_count": pages.scan.byte_count,
            "warnings": list(pages.scan.warnings),
            "part_sha256_hexes": list(pages.scan.part_sha256_hexes),
            "pages": [_scan_page_to_json(page) for page in pages.scan.pages],
        },
        "pages": [_read_page_to_json(page) for page in pages.pages],
    }
    encoded = json.dumps(envelope, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    images = [page.image.image_bytes for page in pages.scan.pages]
    return b"".join((_PREFIX.pack(_MAGIC, _VERSION, len(encoded)), encoded, *images))


def decode_pages(encoded: bytes, *, with_images: bool = True) -> Pages:
    """Return the pages that `encode_pages` wrote; without images their bytes are left out, everything else stands.

    Raises:
        PagesUnreadable: the bytes are cut short, altered or of another version.
    """
    try:
        magic, version, length = _PREFIX.unpack_from(encoded)
    except struct.error as exc:
        raise PagesUnreadable(f"stored pages of {len(encoded)} bytes are cut short; restore the blob") from exc
    if magic != _MAGIC or version != _VERSION:
        raise PagesUnreadable(f"stored pages are not of version {_VERSION}; read the scan again")
    try:
        envelope = json.loads(encoded[_PREFIX.size : _PREFIX.size + length])
        images = memoryview(encoded)[_PREFIX.size + length :]
        return _pages_from_json(envelope, images=images, with_images=with_images)
    except (KeyError, TypeError, ValueError, UnicodeDecodeError) as exc:
        # The exception's own words could quote text of the page: only its kind is told.
        raise PagesUnreadable(f"stored pages do not decode ({type(exc).__name__}); restore the blob") from None


def _scan_page_to_json(page: ScanPage) -> dict[str, Any]:
    image = page.image
    return {
        "page_index": page.page_index,
        "dpi": page.dpi,
        "is_colour": page.is_colour,
        "quarter_turns": page.quarter_turns,
        "is_phone_photo": page.is_phone_photo,
        "outline_rectified": page.outline_rectified,
        "image": {
            "encoding": image.encoding.value,
            "byte_count": len(image.image_bytes),
            "width_px": image.width_px,
            "height_px": image.height_px,
            "bits_per_component": image.bits_per_component,
            "components": image.components,
            "black_is_1": image.black_is_1,
        },
    }


def _read_page_to_json(page: ReadPage) -> dict[str, Any]:
    return {
        "page_index": page.page_index,
        "quarter_turns": page.quarter_turns,
        "skew_degrees": page.skew_degrees,
        "dpi": page.dpi,
        "width_px": page.width_px,
        "height_px": page.height_px,
        "ink_share": page.ink_share,
        "words": [[w.text, *w.box_px, w.confidence, w.block, w.line] for w in page.words],
        "quality": quality_to_json(page.quality),
        "look": look_to_json(page.look),
        "codes": [code_to_json(code) for code in page.codes],
    }


def quality_to_json(quality: PageQuality) -> dict[str, Any]:
    """Return a page's quality as plain JSON values."""
    return {
        "verdict": quality.verdict.value,
        "reasons": [[r.code.value, r.verdict.value, r.detail] for r in quality.reasons],
        "mean_confidence": quality.mean_confidence,
        "low_share": quality.low_share,
    }


def _pages_from_json(envelope: Mapping[str, Any], *, images: memoryview, with_images: bool) -> Pages:
    scan_pages = []
    start = 0
    for page in envelope["scan"]["pages"]:
        end = start + int(page["image"]["byte_count"])
        if end > len(images):
            raise ValueError("an image is cut short")
        image_bytes = bytes(images[start:end]) if with_images else b""
        scan_pages.append(_scan_page_from_json(page, image_bytes=image_bytes))
        start = end
    if start != len(images):
        raise ValueError("bytes follow the last image")
    scan = Scan(
        sha256_hex=str(envelope["scan"]["sha256_hex"]),
        media_type=str(envelope["scan"]["media_type"]),
        byte_count=int(envelope["scan"]["byte_count"]),
        pages=tuple(scan_pages),
        warnings=tuple(str(code) for code in envelope["scan"]["warnings"]),
        # Absent in what earlier versions wrote.
        part_sha256_hexes=tuple(str(digest) for digest in envelope["scan"].get("part_sha256_hexes", ())),
    )
    return Pages(
        scan=scan,
        pages=tuple(_read_page_from_json(page) for page in envelope["pages"]),
        languages=tuple(str(language) for language in envelope["languages"]),
    )


def _scan_page_from_json(page: Mapping[str, Any], *, image_bytes: bytes) -> ScanPage:
    image = page["image"]
    return ScanPage(
        page_index=int(page["page_index"]),
        image=PageImage(
            encoding=ImageEncoding(image["encoding"]),
            image_bytes=image_bytes,
            width_px=int(image["width_px"]),
            height_px=int(image["height_px"]),
            bits_per_component=int(image["bits_per_component"]),
            components=int(image["components"]),
            black_is_1=bool(image["black_is_1"]),
        ),
        dpi=None if page["dpi"] is None else float(page["dpi"]),
        is_colour=bool(page["is_colour"]),
        quarter_turns=int(page["quarter_turns"]),
        is_phone_photo=bool(page["is_phone_photo"]),
        outline_rectified=bool(page["outline_rectified"]),
    )


def _read_page_from_json(page: Mapping[str, Any]) -> ReadPage:
    quality = page["quality"]
    return ReadPage(
        page_index=int(page["page_index"]),
        quarter_turns=int(page["quarter_turns"]),
        skew_degrees=float(page["skew_degrees"]),
        dpi=float(page["dpi"]),
        width_px=int(page["width_px"]),
        height_px=int(page["height_px"]),
        ink_share=float(page["ink_share"]),
        words=tuple(word_from_json(row) for row in page["words"]),
        quality=PageQuality(
            verdict=QualityVerdict(quality["verdict"]),
            reasons=tuple(
                QualityReason(code=QualityCode(code), verdict=QualityVerdict(verdict), detail=str(detail))
                for code, verdict, detail in quality["reasons"]
            ),
            mean_confidence=float(quality["mean_confidence"]),
            low_share=float(quality["low_share"]),
        ),
        # Pages that were stored before anyone looked have no such row.
        look=look_from_json(page.get("look", {}), word_count=len(page["words"])),
        codes=tuple(code_from_json(row) for row in page.get("codes", [])),
    )


def word_from_json(row: list[Any]) -> Word:
    """Return a word from its row of text, four box sides, confidence, block and line.

    Raises:
        ValueError: the row does not have that form.
    """
    text, left, top, right, bottom, confidence, block, line = row
    return Word(
        text=str(text),
        box_px=(float(left), float(top), float(right), float(bottom)),
        confidence=float(confidence),
        block=int(block),
        line=int(line),
    )
