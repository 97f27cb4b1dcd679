"""Writes read pages as one byte string and reads them back: a JSON envelope, then the page images as they are.

Stored blobs outlive the program that wrote them, so the form has a version and never depends on pickling.
"""

from __future__ import annotations

import io
import json
import os
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO

from guard.wire import Payload, open_payload
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
    out = io.BytesIO()
    write_pages(pages, out)
    return out.getvalue()


def write_pages(pages: Pages, target: BinaryIO) -> None:
    """Write the same bytes into an open file, image by image."""
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
    target.write(_PREFIX.pack(_MAGIC, _VERSION, len(encoded)))
    target.write(encoded)
    for page in pages.scan.pages:
        target.write(page.image.image_bytes)


def decode_pages(encoded: Payload, *, with_images: bool = True) -> Pages:
    """Return the pages that `encode_pages` wrote; without images their bytes are left out, everything else stands.

    Raises:
        PagesUnreadable: the bytes are cut short, altered or of another version.
    """
    with open_payload(encoded) as file:
        try:
            magic, version, length = _PREFIX.unpack(file.read(_PREFIX.size))
        except struct.error as exc:
            raise PagesUnreadable(f"stored pages of {len(encoded)} bytes are cut short; restore the blob") from exc
        if magic != _MAGIC or version != _VERSION:
            raise PagesUnreadable(f"stored pages are not of version {_VERSION}; read the scan again")
        try:
            envelope = json.loads(file.read(length))
            return _pages_from_json(envelope, images=_Images(file, len(encoded), with_images=with_images))
        except (KeyError, TypeError, ValueError, UnicodeDecodeError) as exc:
            # The exception's own words could quote text of the page: only its kind is told.
            raise PagesUnreadable(f"stored pages do not decode ({type(exc).__name__}); restore the blob") from None


class _Images:
    """The images behind the envelope, taken one by one; without images they are passed over."""

    def __init__(self, file: BinaryIO, length: int, *, with_images: bool) -> None:
        self._file = file
        self._left = length - file.tell()
        self._with_images = with_images

    def take(self, byte_count: int) -> bytes:
        if not 0 <= byte_count <= self._left:
            raise ValueError("an image is cut short")
        self._left -= byte_count
        if self._with_images:
            return self._file.read(byte_count)
        self._file.seek(byte_count, os.SEEK_CUR)
        return b""

    def end(self) -> None:
        if self._left:
            raise ValueError("bytes follow the last image")


def _scan_page_to_json(page: ScanPage) -> dict[str, Any]:
    image = page.image
    return {
        "page_index": page.page_index,
        "dpi": page.dpi,
        "is_colour": page.is_colour,
        "quarter_turns": page.quarter_turns,
        "is_phone_photo": page.is_phone_photo,
        "outline_rectified": page.outline_rectified,
        "layer_text": page.layer_text,
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


def _pages_from_json(envelope: Mapping[str, Any], *, images: _Images) -> Pages:
    scan_pages = [
        _scan_page_from_json(page, image_bytes=images.take(int(page["image"]["byte_count"])))
        for page in envelope["scan"]["pages"]
    ]
    images.end()
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
        # Absent in what earlier versions wrote.
        layer_text=None if page.get("layer_text") is None else str(page["layer_text"]),
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
