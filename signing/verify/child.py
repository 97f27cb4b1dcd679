"""What a verification child serves; `guard.child` imports it behind its walls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from guard.child import Task
from guard.errors import TaskRefused
from guard.wire import Json, Reply
from keys.anchor_scope import AnchorScope
from keys.mode import Mode
from keys.trust import TrustAnchors
from signing.verify.compare import compare_with_signed, look_at_changes
from signing.verify.container import verify_container
from signing.verify.errors import VerifyError
from signing.verify.extract import extract_revision
from signing.verify.hostile import HOSTILE_INPUT_ERRORS
from signing.verify.report import differences_to_list
from signing.verify.verify import verify_pdf


def verify(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    """Verify the first payload; the others are anchors, intermediates and CRLs in that order."""
    trust = _trust(header, payloads)
    at = datetime.fromisoformat(header["at"])
    report = verify_pdf(
        payloads[0],
        trust=trust,
        at=at,
        file_name=str(header["file_name"]),
        may_render=bool(header["may_render"]),
    )
    until = None if report.holds_until is None else report.holds_until.isoformat()
    return Reply({**report.to_dict(), "holds_until": until})


def container(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    """Judge the first payload as a container; the others as for `verify`."""
    at = datetime.fromisoformat(header["at"])
    return Reply(verify_container(payloads[0], trust=_trust(header, payloads), at=at).to_dict())


def _trust(header: dict[str, Any], payloads: tuple[bytes, ...]) -> TrustAnchors:
    roots, intermediates = int(header["roots"]), int(header["intermediates"])
    return TrustAnchors(
        roots_der=payloads[1 : 1 + roots],
        intermediates_der=payloads[1 + roots : 1 + roots + intermediates],
        crls_der=payloads[1 + roots + intermediates :],
        mode=Mode(header["mode"]),
        scopes=tuple(AnchorScope.from_dict(scope) for scope in header["scopes"]),
    )


def extract(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    """Give the revision of the first payload that one field signed."""
    return _refusing(lambda: Reply({}, (extract_revision(payloads[0], str(header["field"])),)))


def compare(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    """Give both images of every page of the first payload that differs from what one field signed."""
    return _refusing(lambda: _compare(payloads[0], str(header["field"]), int(header["max_pages"])))


def _compare(pdf: bytes, field: str, max_pages: int) -> Reply:
    found = compare_with_signed(pdf, field, max_pages=max_pages)
    pages: list[Json] = [
        {
            "page_number": page.page_number,
            "boxes": [list(box) for box in page.boxes],
            "outside": [list(box) for box in page.outside],
            "covers_ink": page.covers_ink,
            "marked": [list(part) for part in page.marked],
        }
        for page in found.pages
    ]
    images = tuple(image for page in found.pages for image in (page.before_jpeg, page.after_jpeg))
    return Reply({"field": found.field, "is_complete": found.is_complete, "pages": pages}, images)


# Every task has the same form; this one needs no header.
def look(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:  # noqa: ARG001
    """Box what the suspicious revisions of the first payload changed."""
    return _refusing(lambda: Reply({"differences": differences_to_list(look_at_changes(payloads[0]))}))


def _refusing(work: Callable[[], Reply]) -> Reply:
    try:
        return work()
    except VerifyError as exc:
        raise TaskRefused(type(exc).__name__, str(exc)) from exc
    except HOSTILE_INPUT_ERRORS as exc:
        raise TaskRefused("PdfUnreadable", "the file cannot be read without guessing") from exc


TASKS: Mapping[str, Task] = {
    "verify": verify,
    "container": container,
    "extract": extract,
    "compare": compare,
    "look": look,
}
