"""The pool of children in which this package parses, decodes, draws and recognises."""

from __future__ import annotations

from guard import Isolation, ProcessLimits, SandboxPool

MIB = 1024 * 1024

# On top of the 75 MiB a child holds after its imports, so that it stays under 600 MB; the engine takes 90 of it.
# Measured on sheets of 80 Mpx: JPEG and PDF 230 MiB, photo 265, fax 310. What needs more (80 Mpx of CMYK, alpha,
# noisy PNG or LZW) is refused as DECOMPRESSION_LIMIT; half as many pixels pass in every coding.
_LIMITS = ProcessLimits(
    memory_bytes=512 * MIB,
    cpu_seconds=60.0,
    wall_seconds=240.0,
    output_bytes=256 * MIB,
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
