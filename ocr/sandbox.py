"""The pool of children in which this package parses, decodes, draws and recognises."""

from __future__ import annotations

from guard import Isolation, ProcessLimits, SandboxPool

MIB = 1024 * 1024

# A page of 80 Mpx in colour takes 240 MB decoded, and flattening alpha or rectifying holds four such at once.
_LIMITS = ProcessLimits(
    memory_bytes=2048 * MIB,
    cpu_seconds=60.0,
    wall_seconds=240.0,
    output_bytes=512 * MIB,
)


def ocr_sandbox(
    size: int,
    isolation: Isolation,
    *,
    queue_limit: int = 64,
    nice: int = 0,
    limits: ProcessLimits = _LIMITS,
) -> SandboxPool:
    """Make the pool; it starts children on first use or by `warm()`."""
    return SandboxPool(
        module="ocr.child",
        size=size,
        limits=limits,
        isolation=isolation,
        queue_limit=queue_limit,
        nice=nice,
        # Two threads an engine cost 22 % more processor time and are not faster.
        environment={"OMP_THREAD_LIMIT": "1"},
    )
