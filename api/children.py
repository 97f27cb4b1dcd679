"""The walled-off processes of an office: those that read and draw, its own judges, and judges for strangers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from guard import IsolationReport, SandboxPool, probe_isolation
from ocr import ocr_sandbox
from signing.verify import verify_sandbox


@dataclass(frozen=True, slots=True)
class Children:
    """Three pools behind the strongest walls that the machine can build; a child starts when it is first needed."""

    isolation: IsolationReport
    ocr_pool: SandboxPool
    verify_pool: SandboxPool
    public_pool: SandboxPool


@contextlib.contextmanager
def open_children(*, readers: int) -> Iterator[Children]:
    """Find out which walls hold, and open the pools with so many readers until the block ends.

    Raises:
        IsolationUnavailable: no kind of wall holds here.
    """
    report = probe_isolation()
    kind = report.isolation
    with (
        ocr_sandbox(readers, kind) as ocr_pool,
        verify_sandbox(size=1, isolation=kind, public=False) as verify_pool,
        verify_sandbox(size=1, isolation=kind, public=True) as public_pool,
    ):
        yield Children(report, ocr_pool, verify_pool, public_pool)
