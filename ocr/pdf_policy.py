"""What no PDF may bring to the counter: signatures to destroy, passwords, active content, attachments, bombs.

The checklist runs over every object of the file, reachable or not, before a page is touched.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import pikepdf

from ocr.errors import AlreadySigned, IntakeCode, ScanRefused
from ocr.inflate import measure_inflation
from ocr.intake_limits import IntakeLimits

_MAX_DEPTH = 64
_END_WINDOW = 2048
_SIGNED_PATTERN = re.compile(rb"/ByteRange\s*\[|/FT\s*/Sig\b|/Type\s*/DocTimeStamp\b")
_CODED_STREAM = re.compile(rb"stream\r?\n")
# Actions that run, fetch or send something (ISO 32000-2, 12.6.4); GoTo, GoToR, URI, Named and Hide only show.
_ACTIVE_ACTIONS = {
    "/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/ResetForm", "/Rendition", "/RichMediaExecute",
    "/GoToE", "/Sound", "/Movie", "/Trans", "/GoTo3DView", "/SetOCGState",
}  # fmt: skip
_ACTIVE_SUBTYPES = {"/RichMedia", "/3D", "/Movie", "/Sound", "/Screen"}
_ACTIVE_KEYS = {"/JS", "/AA", "/XFA", "/RichMedia", "/JavaScript"}
_EMBEDDED_KEYS = {"/EmbeddedFiles", "/EF"}
_FLATE = {"/FlateDecode", "/Fl"}
_EXPANDING = {*_FLATE, "/LZWDecode", "/LZW"}
# LZW cannot expand by more than this: 12 bits of code for at most 4096 bytes.
_LZW_RATIO = 2731


@contextmanager
def open_pdf(pdf: bytes, *, limits: IntakeLimits) -> Iterator[pikepdf.Pdf]:
    """Open a PDF that passed the whole checklist.

    Raises:
        AlreadySigned: a signature, a time-stamp or a signature field was found.
        ScanRefused: with the code of the first rule it breaks.
    """
    # (1) signatures first, on the raw bytes: whatever else is wrong, such bytes must be kept and verified
    if _SIGNED_PATTERN.search(pdf):
        raise AlreadySigned("the PDF carries a signature or a field for one; keep it as it is and verify it")
    # (2) whole: a scanner that broke off leaves no end, and repairing would quietly lose pages
    if b"%%EOF" not in pdf[-_END_WINDOW:]:
        raise ScanRefused(IntakeCode.TRUNCATED, "the PDF has no end; send the whole file again")
    # (3) the streams that opening a PDF inflates by itself
    _check_structural_streams(pdf, limits=limits)
    try:
        opened = pikepdf.open(BytesIO(pdf), suppress_warnings=True, attempt_recovery=False)
    except pikepdf.PasswordError as exc:
        raise _password_needed() from exc
    except (pikepdf.PdfError, ValueError, RuntimeError, OverflowError) as exc:
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "the PDF is damaged; export or scan it again") from exc
    with opened:
        # (4) an owner password alone opens silently, and still says that someone wanted this file left alone
        if opened.is_encrypted:
            raise _password_needed()
        try:
            _check_objects(opened, limits=limits)
        except (pikepdf.PdfError, ValueError, RuntimeError, OverflowError, RecursionError) as exc:
            raise ScanRefused(IntakeCode.CORRUPT_FILE, "an object of the PDF is damaged; export it again") from exc
        yield opened


def filters_of(stream: pikepdf.Object) -> list[str]:
    """List the filters of a stream by name, in the order of decoding."""
    filters = stream.get("/Filter")
    if filters is None:
        return []
    return [str(name) for name in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]


def _password_needed() -> ScanRefused:
    return ScanRefused(IntakeCode.PASSWORD_PROTECTED, "the PDF is encrypted; remove its password and send it again")


def _check_structural_streams(pdf: bytes, *, limits: IntakeLimits) -> None:
    for start in _CODED_STREAM.finditer(pdf):
        described = pdf[max(0, start.start() - 2048) : start.start()]
        described = described[described.rfind(b" obj") + 1 :]
        if b"/ObjStm" in described or b"/XRef" in described:
            _check_inflates(memoryview(pdf)[start.end() :], max_bytes=limits.max_stream_bytes)


def _check_inflates(compressed: bytes | memoryview, *, max_bytes: int) -> None:
    try:
        inflation = measure_inflation(compressed, max_bytes=max_bytes)
    except zlib.error:
        return  # Not zlib after all, or damaged: reading it will say so and inflate no further than we did.
    if inflation.inflated_bytes > max_bytes:
        raise ScanRefused(IntakeCode.DECOMPRESSION_LIMIT, f"a stream of the PDF inflates beyond {max_bytes} bytes")


def _check_objects(opened: pikepdf.Pdf, *, limits: IntakeLimits) -> None:
    if len(opened.objects) > limits.max_objects:
        raise ScanRefused(IntakeCode.TOO_LARGE, f"the PDF has more than {limits.max_objects} objects")
    refusals: list[ScanRefused] = []
    for item in opened.objects:
        for dictionary in _dictionaries_in(item):
            refusals.extend(_judge_dictionary(dictionary))
        if isinstance(item, pikepdf.Stream):
            _check_stream(item, limits=limits)
    _check_open_action(opened, refusals)
    # A signature outweighs everything: its bytes must be kept, whatever else is in the file.
    for refusal in sorted(refusals, key=lambda refusal: not isinstance(refusal, AlreadySigned)):
        raise refusal


def _dictionaries_in(item: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """Walk the direct parts of one object; indirect ones come by themselves."""
    pending: list[tuple[pikepdf.Object, int]] = [(item, 0)]
    while pending:
        part, depth = pending.pop()
        if depth > _MAX_DEPTH:
            raise ScanRefused(IntakeCode.CORRUPT_FILE, "an object of the PDF is nested too deeply")
        if isinstance(part, pikepdf.Stream):
            yield part
            # A pikepdf dictionary is no mapping: iterating over it does not give its keys.
            children = [part.stream_dict[key] for key in part.stream_dict.keys()]  # noqa: SIM118
        elif isinstance(part, pikepdf.Dictionary):
            yield part
            # As above.
            children = [part[key] for key in part.keys()]  # noqa: SIM118
        elif isinstance(part, pikepdf.Array):
            children = list(part)
        else:
            continue
        pending += [
            (child, depth + 1)
            for child in children
            if isinstance(child, pikepdf.Dictionary | pikepdf.Array) and not child.is_indirect
        ]


def _judge_dictionary(dictionary: pikepdf.Object) -> Iterator[ScanRefused]:
    keys = set(dictionary.keys())
    subtype, kind, action = (str(dictionary.get(key, "")) for key in ("/Subtype", "/Type", "/S"))
    if "/ByteRange" in keys or str(dictionary.get("/FT", "")) == "/Sig" or kind in ("/Sig", "/DocTimeStamp"):
        yield AlreadySigned("the PDF carries a signature or a field for one; keep it as it is and verify it")
    if keys & _ACTIVE_KEYS or subtype in _ACTIVE_SUBTYPES or (action in _ACTIVE_ACTIONS and kind in ("", "/Action")):
        yield ScanRefused(IntakeCode.ACTIVE_CONTENT, "the PDF holds scripts, actions or media; print it to a plain PDF")
    if keys & _EMBEDDED_KEYS or subtype == "/FileAttachment" or kind == "/EmbeddedFile" or "/Collection" in keys:
        yield ScanRefused(IntakeCode.EMBEDDED_FILES, "other files are attached to the PDF; send each by itself")


def _check_open_action(opened: pikepdf.Pdf, refusals: list[ScanRefused]) -> None:
    action = opened.Root.get("/OpenAction")
    if isinstance(action, pikepdf.Dictionary) and str(action.get("/S", "")) != "/GoTo":
        refusals.append(
            ScanRefused(IntakeCode.ACTIVE_CONTENT, "opening the PDF starts an action; print it to a plain PDF")
        )


def _check_stream(stream: pikepdf.Stream, *, limits: IntakeLimits) -> None:
    """Refuse nested compression and streams that would inflate beyond reason; pictures answer for their pixels."""
    names = filters_of(stream)
    if sum(name in _EXPANDING for name in names) > 1:
        raise ScanRefused(IntakeCode.DECOMPRESSION_LIMIT, "a stream of the PDF is compressed twice over")
    if str(stream.get("/Subtype", "")) == "/Image":
        pixels = int(stream.get("/Width", 0)) * int(stream.get("/Height", 0))
        if pixels > limits.max_pixels:
            raise ScanRefused(
                IntakeCode.TOO_MANY_PIXELS, f"a picture in the PDF has {pixels} pixels; {limits.max_pixels} are allowed"
            )
        allowed = limits.max_pixels * 8
    else:
        allowed = limits.max_stream_bytes
    raw = bytes(stream.read_raw_bytes())
    if names and names[0] in _FLATE:
        _check_inflates(raw, max_bytes=allowed)
    elif any(name in _EXPANDING for name in names) and len(raw) * _LZW_RATIO > max(allowed, limits.max_pixels * 8):
        raise ScanRefused(IntakeCode.DECOMPRESSION_LIMIT, "a stream of the PDF could inflate beyond reason")
