"""What a verification child serves; `guard.child` imports it behind its walls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from guard.child import Task
from guard.errors import TaskRefused
from guard.wire import Reply
from keys.mode import Mode
from keys.trust import TrustAnchors
from signing.verify.errors import VerifyError
from signing.verify.extract import extract_revision
from signing.verify.hostile import HOSTILE_INPUT_ERRORS
from signing.verify.verify import verify_pdf


def verify(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    """Verify the first payload; the others are anchors, intermediates and CRLs in that order."""
    roots, intermediates = int(header["roots"]), int(header["intermediates"])
    trust = TrustAnchors(
        roots_der=payloads[1 : 1 + roots],
        intermediates_der=payloads[1 + roots : 1 + roots + intermediates],
        crls_der=payloads[1 + roots + intermediates :],
        mode=Mode(header["mode"]),
    )
    at = datetime.fromisoformat(header["at"])
    report = verify_pdf(payloads[0], trust=trust, at=at, file_name=str(header["file_name"]))
    return Reply(report.to_dict())


def extract(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    """Give the revision of the first payload that one field signed."""
    try:
        return Reply({}, (extract_revision(payloads[0], str(header["field"])),))
    except VerifyError as exc:
        raise TaskRefused(type(exc).__name__, str(exc)) from exc
    except HOSTILE_INPUT_ERRORS as exc:
        raise TaskRefused("PdfUnreadable", "the file cannot be read without guessing") from exc


TASKS: Mapping[str, Task] = {"verify": verify, "extract": extract}
