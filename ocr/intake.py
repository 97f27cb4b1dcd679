"""Take in what people upload: hostile bytes on one side, a Scan of clean page images or a refusal on the other.

The parent looks at the size and the first bytes only; everything that parses runs in the child.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from guard import (
    ChildCrashed,
    ChildNotStarted,
    ChildOutOfMemory,
    ChildRefused,
    ChildStalled,
    ChildTimedOut,
    SandboxPool,
)
from guard.wire import Json, Payload, Reply
from ocr.errors import AlreadySigned, IntakeCode, IntakeUnavailable, ScanRefused
from ocr.intake_limits import IntakeLimits, limits_to_header
from ocr.scan import ImageEncoding, PageImage, Scan, ScanPage
from ocr.text_layer import MOST_LETTERS

_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
    (b"%PDF-", "application/pdf"),
)
_ANIMATED_MAGIC = (b"GIF87a", b"GIF89a")
_ALIASES = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/tif": "image/tiff",
            "image/x-png": "image/png", "application/x-pdf": "application/pdf"}  # fmt: skip
_LONGEST_MAGIC = max(len(magic) for magic, _ in _MAGIC)
_UNDECLARED = {"", "application/octet-stream", "binary/octet-stream"}
_DEFAULT_LIMITS = IntakeLimits()


@dataclass(frozen=True, slots=True)
class UploadFacts:
    """What is known of an upload before its pixels are looked at."""

    media_type: str
    sha256_hex: str
    byte_count: int
    page_count: int


@dataclass(frozen=True, slots=True)
class OpenedUpload:
    """An upload whose structure passed; only `open_upload` makes one."""

    content: Payload = field(repr=False)
    facts: UploadFacts


def accept_scan(
    upload: Payload,
    *,
    declared_type: str | None,
    sandbox: SandboxPool,
    limits: IntakeLimits = _DEFAULT_LIMITS,
) -> Scan:
    """Give the clean pages of an upload.

    Raises:
        AlreadySigned: a PDF with a signature; keep its bytes and verify them instead.
        ScanRefused: with the stable code that says why.
        IntakeUnavailable: the child died before it looked at the file.
        PoolBusy: too many uploads at once.
    """
    opened = open_upload(upload, declared_type=declared_type, sandbox=sandbox, limits=limits)
    return take_scan(opened, wanted=range(opened.facts.page_count), sandbox=sandbox, limits=limits)


def open_upload(
    upload: Payload,
    *,
    declared_type: str | None,
    sandbox: SandboxPool,
    limits: IntakeLimits = _DEFAULT_LIMITS,
) -> OpenedUpload:
    """Find out everything about an upload that needs no pixels.

    Raises:
        AlreadySigned, ScanRefused, IntakeUnavailable, PoolBusy: as `accept_scan`.
    """
    # (1) size, before anything is looked at
    if not upload:
        raise ScanRefused(IntakeCode.EMPTY_FILE, "the file is empty; send it again")
    if len(upload) > limits.max_bytes:
        raise ScanRefused(
            IntakeCode.TOO_LARGE, f"the file has {len(upload)} bytes; {limits.max_bytes} are allowed; send it in parts"
        )
    # (2) the first bytes against what the sender says it is
    media_type = media_type_of(_beginning(upload), declared_type=declared_type)
    # (3) everything else in the child: structure and sizes first, then the pixels in small batches
    asked: dict[str, Json] = {"media_type": media_type, "limits": limits_to_header(limits)}
    inspected = _ask(sandbox, "intake_inspect", asked, upload, cpu_seconds=limits.cpu_seconds_per_page)
    facts = UploadFacts(
        media_type=media_type,
        sha256_hex=hashlib.sha256(upload).hexdigest() if isinstance(upload, bytes) else upload.sha256_hex(),
        byte_count=len(upload),
        page_count=_page_count(inspected, limits=limits),
    )
    return OpenedUpload(upload, facts)


def take_scan(
    opened: OpenedUpload, *, wanted: range, sandbox: SandboxPool, limits: IntakeLimits = _DEFAULT_LIMITS
) -> Scan:
    """Give the clean pages of an opened upload from the first wanted one up to the last.

    Raises:
        ScanRefused, IntakeUnavailable, PoolBusy: as `accept_scan`.
    """
    facts = opened.facts
    asked: dict[str, Json] = {"media_type": facts.media_type, "limits": limits_to_header(limits)}
    pages: list[ScanPage] = []
    warnings: list[str] = []
    for first in range(wanted.start, wanted.stop, limits.pages_per_call):
        last = min(first + limits.pages_per_call, wanted.stop)
        seconds = limits.cpu_seconds_per_page * (last - first)
        batch = {**asked, "first": first, "last": last}
        reply = _ask(sandbox, "intake_pages", batch, opened.content, cpu_seconds=seconds)
        some_pages, some_warnings = _read_pages(reply, expected=range(first, last), limits=limits)
        pages += some_pages
        warnings += some_warnings
    return Scan(
        sha256_hex=facts.sha256_hex,
        media_type=facts.media_type,
        byte_count=facts.byte_count,
        pages=tuple(pages),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def media_type_of(upload: bytes, *, declared_type: str | None) -> str:
    """Tell the media type by the first bytes; what the sender declares must agree with it.

    Raises:
        ScanRefused: UNSUPPORTED_TYPE, ANIMATED_IMAGE or TYPE_MISMATCH.
    """
    if upload.startswith(_ANIMATED_MAGIC):
        raise ScanRefused(IntakeCode.ANIMATED_IMAGE, "GIF is not accepted; send JPEG, PNG, TIFF or PDF")
    found = next((media_type for magic, media_type in _MAGIC if upload.startswith(magic)), None)
    if found is None:
        raise ScanRefused(IntakeCode.UNSUPPORTED_TYPE, "the file is no JPEG, PNG, TIFF or PDF; scan it as one of these")
    declared = (declared_type or "").split(";", 1)[0].strip().lower()
    if declared not in _UNDECLARED and _ALIASES.get(declared, declared) != found:
        raise ScanRefused(IntakeCode.TYPE_MISMATCH, f"the file is {found} but was sent as something else; rename it")
    return found


def _beginning(upload: Payload) -> bytes:
    if isinstance(upload, bytes):
        return upload
    with upload.path.open("rb") as file:
        return file.read(_LONGEST_MAGIC)


def _ask(sandbox: SandboxPool, task: str, header: Mapping[str, Json], upload: Payload, *, cpu_seconds: float) -> Reply:
    ask = partial(sandbox.call, task, header, [upload], cpu_seconds=cpu_seconds)
    try:
        # Processor time is the file's doing, waiting may be the machine's: then a fresh child is asked once more.
        with contextlib.suppress(ChildStalled):
            return ask()
        return ask()
    except ChildRefused as exc:
        raise _refusal(exc) from exc
    except ChildTimedOut as exc:
        raise ScanRefused(IntakeCode.RENDER_TIMEOUT, "the file takes too long to read; scan it again") from exc
    except ChildOutOfMemory as exc:
        raise ScanRefused(IntakeCode.DECOMPRESSION_LIMIT, "the file unpacks to more than is allowed") from exc
    except ChildNotStarted as exc:
        raise IntakeUnavailable("the reader of uploads does not start; see `vidimus doctor`") from exc
    except ChildCrashed as exc:
        # A decoder that dies on a file is the file's doing as far as we may know; the child is already replaced.
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "the file broke the reader; scan it again") from exc


def _refusal(refused: ChildRefused) -> ScanRefused:
    try:
        code = IntakeCode(refused.code)
    except ValueError:
        return ScanRefused(IntakeCode.CORRUPT_FILE, "the reader gave an answer nobody knows; scan the file again")
    return AlreadySigned(refused.message) if code is IntakeCode.ALREADY_SIGNED else ScanRefused(code, refused.message)


def _page_count(reply: Reply, *, limits: IntakeLimits) -> int:
    match reply.header.get("page_count"):
        case int(count) if 0 < count <= limits.max_pages:
            return count
    raise _implausible()


def _read_pages(reply: Reply, *, expected: range, limits: IntakeLimits) -> tuple[list[ScanPage], list[str]]:
    """Read what the child says as the word of a stranger: a file may have taken it over."""
    match reply.header:
        case {"pages": list(described), "warnings": list(warnings)} if len(described) == len(reply.payloads):
            pages = [
                _read_page(page, image_bytes, limits=limits)
                for page, image_bytes in zip(described, reply.payloads, strict=True)
            ]
        case _:
            raise _implausible()
    if [page.page_index for page in pages] != list(expected):
        raise _implausible()
    return pages, [warning for warning in warnings if isinstance(warning, str) and warning.replace("_", "").isalnum()]


def _read_page(described: object, image_bytes: bytes, *, limits: IntakeLimits) -> ScanPage:
    match described:
        case {
            "image": dict(image),
            "page_index": int(page_index),
            "dpi": (float() | int() | None) as dpi,
            "is_colour": bool(is_colour),
            "quarter_turns": int(quarter_turns),
            "is_phone_photo": bool(is_phone_photo),
            "outline_rectified": bool(outline_rectified),
            "layer_text": (str() | None) as layer_text,
        } if 0 <= quarter_turns < 4 and (dpi is None or 1 <= dpi <= 10_000) and len(layer_text or "") <= MOST_LETTERS:
            return ScanPage(
                page_index=page_index,
                image=_read_image(image, image_bytes, limits=limits),
                dpi=None if dpi is None else float(dpi),
                is_colour=is_colour,
                quarter_turns=quarter_turns,
                is_phone_photo=is_phone_photo,
                outline_rectified=outline_rectified,
                layer_text=layer_text,
            )
    raise _implausible()


def _read_image(described: dict[str, Any], image_bytes: bytes, *, limits: IntakeLimits) -> PageImage:
    match described:
        case {
            "encoding": ("JPEG" | "FLATE" | "CCITT_G4") as encoding,
            "width_px": int(width),
            "height_px": int(height),
            "bits_per_component": (1 | 8) as bits,
            "components": (1 | 3) as components,
            "black_is_1": bool(black_is_1),
        } if width > 0 and height > 0 and width * height <= limits.max_pixels:
            return PageImage(
                ImageEncoding(encoding), image_bytes, width, height, bits, components, black_is_1=black_is_1
            )
    raise _implausible()


def _implausible() -> IntakeUnavailable:
    return IntakeUnavailable("the reader gave an implausible answer; nothing was taken in")
