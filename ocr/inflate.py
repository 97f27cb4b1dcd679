"""Measure what a zlib stream inflates to without ever holding it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

_INPUT_STEP_BYTES = 1 << 16
_OUTPUT_STEP_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Inflation:
    """How far a stream inflated. `used_bytes` of the input belong to it when it is `complete`."""

    inflated_bytes: int
    used_bytes: int
    complete: bool


def measure_inflation(compressed: bytes | memoryview, *, max_bytes: int) -> Inflation:
    """Inflate in small steps, dropping the output, and stop as soon as it exceeds `max_bytes`.

    Raises:
        zlib.error: the stream is damaged or none.
    """
    inflater = zlib.decompressobj()
    source = memoryview(compressed)
    inflated = 0
    for start in range(0, len(source), _INPUT_STEP_BYTES):
        fed = start + len(source[start : start + _INPUT_STEP_BYTES])
        # Small windows of input: zlib copies what it has not consumed, and would copy a whole file at every step.
        pending: bytes | memoryview = source[start:fed]
        while not inflater.eof:
            step = len(inflater.decompress(pending, _OUTPUT_STEP_BYTES))
            pending = inflater.unconsumed_tail
            inflated += step
            if inflated > max_bytes or (not step and not pending):
                break
        if inflater.eof or inflated > max_bytes:
            return Inflation(inflated, fed - len(inflater.unused_data), inflater.eof)
    return Inflation(inflated, len(source), inflater.eof)
