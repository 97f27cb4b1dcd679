"""Verify in a child process: hostile bytes are never parsed in the process that serves people."""

from __future__ import annotations

import hashlib
from datetime import datetime

from guard.errors import ChildCrashed, ChildOutOfMemory, ChildRefused, ChildTimedOut
from guard.limits import Isolation, ProcessLimits
from guard.pool import SandboxPool
from keys.trust import TrustAnchors
from signing.verify.errors import FieldNotSigned, PdfUnreadable, ReportUnreadable
from signing.verify.report import Verdict, VerificationReport

_MEGABYTE = 1024 * 1024
_STAFF = ProcessLimits(memory_bytes=1536 * _MEGABYTE, cpu_seconds=20, wall_seconds=60, output_bytes=300 * _MEGABYTE)
_PUBLIC = ProcessLimits(memory_bytes=768 * _MEGABYTE, cpu_seconds=5, wall_seconds=20, output_bytes=64 * _MEGABYTE)
_PUBLIC_NICE = 10
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
    pdf: bytes, *, trust: TrustAnchors, at: datetime, sandbox: SandboxPool, file_name: str = ""
) -> VerificationReport:
    """Verify in a child; a file that kills its child gets a report like any other.

    Raises:
        PoolBusy, PoolClosed, ChildNotStarted: no child was free to judge; nothing is known about the file.
        ReportUnreadable: the child's answer is no report about this file.
    """
    sha256_hex = hashlib.sha256(pdf).hexdigest()
    header = {
        "mode": trust.mode.value,
        "at": at.isoformat(),
        "file_name": file_name,
        "roots": len(trust.roots_der),
        "intermediates": len(trust.intermediates_der),
    }
    payloads = (pdf, *trust.roots_der, *trust.intermediates_der, *trust.crls_der)
    try:
        reply = sandbox.call("verify", header, payloads)
    except ChildTimedOut:
        return _cut_short(Verdict.INDETERMINATE, "TIME_LIMIT", sha256_hex, at=at, file_name=file_name)
    except ChildOutOfMemory:
        return _cut_short(Verdict.INDETERMINATE, "MEMORY_LIMIT", sha256_hex, at=at, file_name=file_name)
    except ChildCrashed:
        return _cut_short(Verdict.MALFORMED, "PARSER_CRASHED", sha256_hex, at=at, file_name=file_name)
    report = VerificationReport.from_dict(reply.header)
    if (report.sha256_hex, report.file) != (sha256_hex, file_name):
        raise ReportUnreadable("the child answered about another file; verify again")
    return report


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
