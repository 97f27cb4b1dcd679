"""Verify in a child process: hostile bytes are never parsed in the process that serves people."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Any

from guard.errors import ChildCrashed, ChildFailed, ChildOutOfMemory, ChildRefused, ChildTimedOut
from guard.limits import Isolation, ProcessLimits
from guard.pool import SandboxPool
from guard.wire import Payload, sha256_hex_of
from keys.trust import TrustAnchors
from signing.verify.cache import VerdictCache, key_of
from signing.verify.compare import SignedAndShown
from signing.verify.errors import FieldNotSigned, PdfUnreadable, ReportUnreadable
from signing.verify.rendering import PageDifference, Part
from signing.verify.report import ModifiedAfter, Verdict, VerificationReport, differences_from_list

_MEGABYTE = 1024 * 1024
# A judge has nothing to write: not one byte into any file, whatever a parser is talked into.
_STAFF = ProcessLimits(
    memory_bytes=1536 * _MEGABYTE, cpu_seconds=20, wall_seconds=60, output_bytes=300 * _MEGABYTE, file_bytes=0
)
_PUBLIC = ProcessLimits(
    memory_bytes=768 * _MEGABYTE, cpu_seconds=5, wall_seconds=20, output_bytes=64 * _MEGABYTE, file_bytes=0
)
_PUBLIC_NICE = 10
_SECOND_CPU_SECONDS = 2
"""What a file may use after its first call: asked again without rendering, or looked at for its boxes."""
_STAFF_QUEUE, _PUBLIC_QUEUE = 64, 16


def verify_sandbox(*, size: int, isolation: Isolation, public: bool) -> SandboxPool:
    """Open a pool for verification; strangers get children of their own, with less of everything."""
    return SandboxPool(
        module="signing.verify.child",
        size=size,
        limits=_PUBLIC if public else _STAFF,
        isolation=isolation,
        queue_limit=_PUBLIC_QUEUE if public else _STAFF_QUEUE,
        nice=_PUBLIC_NICE if public else 0,
    )


def verify_in_child(
    pdf: Payload,
    *,
    trust: TrustAnchors,
    at: datetime,
    sandbox: SandboxPool,
    file_name: str = "",
    cache: VerdictCache | None = None,
) -> VerificationReport:
    """Verify in a child; a file that kills its child gets a report like any other. A file on disk is never held here.

    A verdict in `cache` is given back while nothing it follows from has changed.

    Raises:
        PoolBusy, PoolClosed, ChildNotStarted: no child was free to judge; nothing is known about the file.
        ReportUnreadable: the child's answer is no report about this file.
    """
    sha256_hex = hashlib.sha256(pdf).hexdigest() if isinstance(pdf, bytes) else pdf.sha256_hex()
    if cache is None:
        return _verify(pdf, sha256_hex, trust=trust, at=at, sandbox=sandbox, file_name=file_name)
    key = key_of(sha256_hex, trust)
    known = cache.get(key, at=at, file_name=file_name)
    if known is not None:
        return known
    report = _verify(pdf, sha256_hex, trust=trust, at=at, sandbox=sandbox, file_name=file_name)
    cache.put(key, report)
    return report


def _verify(
    pdf: Payload, sha256_hex: str, *, trust: TrustAnchors, at: datetime, sandbox: SandboxPool, file_name: str
) -> VerificationReport:
    try:
        report = _ask(pdf, trust=trust, at=at, sandbox=sandbox, file_name=file_name, may_render=True)
    except ChildTimedOut:
        return _cut_short(Verdict.INDETERMINATE, "TIME_LIMIT", sha256_hex, at=at, file_name=file_name)
    except (ChildCrashed, ChildOutOfMemory):
        # The renderer may have died of it. What the objects say is known without one; a file that kills
        # the child twice is cut short.
        try:
            report = _ask(pdf, trust=trust, at=at, sandbox=sandbox, file_name=file_name, may_render=False)
        except ChildTimedOut:
            return _cut_short(Verdict.INDETERMINATE, "TIME_LIMIT", sha256_hex, at=at, file_name=file_name)
        except ChildOutOfMemory:
            return _cut_short(Verdict.INDETERMINATE, "MEMORY_LIMIT", sha256_hex, at=at, file_name=file_name)
        except ChildCrashed:
            return _cut_short(Verdict.MALFORMED, "PARSER_CRASHED", sha256_hex, at=at, file_name=file_name)
    if (report.sha256_hex, report.file) != (sha256_hex, file_name):
        raise ReportUnreadable("the child answered about another file; verify again")
    return _with_boxes(report, pdf, sandbox=sandbox)


def _ask(
    pdf: Payload, *, trust: TrustAnchors, at: datetime, sandbox: SandboxPool, file_name: str, may_render: bool
) -> VerificationReport:
    header = {"may_render": may_render, "file_name": file_name, **_seen_by(trust, at)}
    payloads = (pdf, *trust.roots_der, *trust.intermediates_der, *trust.crls_der)
    cpu_seconds = None if may_render else _SECOND_CPU_SECONDS
    return VerificationReport.from_dict(sandbox.call("verify", header, payloads, cpu_seconds=cpu_seconds).header)


def _seen_by(trust: TrustAnchors, at: datetime) -> dict[str, Any]:
    return {
        "mode": trust.mode.value,
        "at": at.isoformat(),
        "roots": len(trust.roots_der),
        "intermediates": len(trust.intermediates_der),
        "scopes": [scope.to_dict() for scope in trust.scopes],
    }


def verify_container_in_child(
    content: Payload, *, trust: TrustAnchors, at: datetime, sandbox: SandboxPool
) -> dict[str, Any]:
    """Judge a container in a child; gives the report as plain values. One that kills its child is not whole.

    Raises:
        PoolBusy, PoolClosed, ChildNotStarted: no child was free to judge.
        ReportUnreadable: the child's answer is none.
    """
    payloads = (content, *trust.roots_der, *trust.intermediates_der, *trust.crls_der)
    try:
        told: Any = sandbox.call("container", _seen_by(trust, at), payloads).header
    except (ChildTimedOut, ChildCrashed, ChildOutOfMemory):
        return {
            "sha256": sha256_hex_of(content),
            "is_whole": False,
            "reasons": ["TOO_HARD"],
            "files": {},
            "package_jws": None,
            "signatures": [],
        }
    if not isinstance(told, dict) or told.get("sha256") != sha256_hex_of(content):
        raise ReportUnreadable("the child answered about another container; check again")
    return dict(told)


def _with_boxes(report: VerificationReport, pdf: Payload, *, sandbox: SandboxPool) -> VerificationReport:
    """Add where a refused file looks different; it changes no verdict, so a child that dies of it changes nothing."""
    is_suspicious = any(one.modified_after.rank >= ModifiedAfter.FORM_FILL.rank for one in report.signatures)
    if report.differences or not is_suspicious:
        return report
    try:
        reply = sandbox.call("look", {}, (pdf,), cpu_seconds=_SECOND_CPU_SECONDS)
        header: Any = reply.header
        return replace(report, differences=differences_from_list(header["differences"]))
    except (ChildFailed, ChildRefused):
        return report
    except (KeyError, TypeError, ValueError) as exc:
        raise ReportUnreadable("the child's answer about what changed cannot be read; verify again") from exc


def compare_in_child(pdf: bytes, *, field: str, sandbox: SandboxPool, max_pages: int = 20) -> SignedAndShown:
    """Give both images of every page that differs from what a field signed, from a child.

    Raises:
        FieldNotSigned, PdfUnreadable: as `compare_with_signed`.
        ReportUnreadable: the child's answer is none.
    """
    try:
        reply = sandbox.call("compare", {"field": field, "max_pages": max_pages}, (pdf,))
    except ChildRefused as exc:
        if exc.code == "FieldNotSigned":
            raise FieldNotSigned(exc.message) from exc
        raise PdfUnreadable(exc.code, exc.message) from exc
    header: Any = reply.header
    try:
        changes = differences_from_list({"revision": 0, **page} for page in header["pages"])
        pages = tuple(
            PageDifference(one.page_number, one.boxes, one.outside, one.covers_ink, marked, before, after)
            for one, marked, before, after in zip(
                changes, map(_parts, header["pages"]), reply.payloads[::2], reply.payloads[1::2], strict=True
            )
        )
        return SignedAndShown(field, header["is_complete"] is True, pages)
    except (KeyError, TypeError, ValueError) as exc:
        raise ReportUnreadable("the child's comparison cannot be read; compare again") from exc


def _parts(page: Any) -> tuple[Part, ...]:
    parts = []
    for left, top, right, bottom in page["marked"]:
        if not all(isinstance(side, float) and 0 <= side <= 1 for side in (left, top, right, bottom)):
            raise ValueError("a box lies outside its picture")
        parts.append((left, top, right, bottom))
    return tuple(parts)


def extract_in_child(pdf: bytes, *, field: str, sandbox: SandboxPool) -> bytes:
    """Extract the revision a field signed, in a child.

    Raises:
        FieldNotSigned, PdfUnreadable: as `extract_revision`.
    """
    try:
        return sandbox.call("extract", {"field": field}, (pdf,)).payloads[0]
    except ChildRefused as exc:
        if exc.code == "FieldNotSigned":
            raise FieldNotSigned(exc.message) from exc
        raise PdfUnreadable(exc.code, exc.message) from exc


def _cut_short(verdict: Verdict, reason: str, sha256_hex: str, *, at: datetime, file_name: str) -> VerificationReport:
    return VerificationReport(
        file=file_name,
        sha256_hex=sha256_hex,
        verdict=verdict,
        checked_at=at,
        warnings=(),
        reasons=(reason,),
        signatures=(),
    )
