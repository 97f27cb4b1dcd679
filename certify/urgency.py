"""Who waits for a job, and therefore which goes first."""

from __future__ import annotations

from enum import IntEnum


class Urgency(IntEnum):
    """Where the numbers of a kind of work begin; between two of them there is room for the turn within the kind."""

    COUNTER = 1
    BATCH = 100_000
    RENEWAL = 1_000_000
