"""Where time and randomness come from: two protocols, so that whatever waits or draws can be tested."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeAlias

RandomBytes: TypeAlias = Callable[[int], bytes]
"""Gives that many unpredictable bytes; `secrets.token_bytes` in production."""


class Clock(Protocol):
    """Tells the present moment to code that waits, retries or resumes."""

    def now(self) -> datetime:
        """Give the present moment as an aware datetime in UTC."""
        ...
