"""The crash point that really kills: a test names one, and the process is gone without a goodbye."""

from __future__ import annotations

import os
import signal


class KillAt:
    """End this process with SIGKILL when it reaches the named point, for example "certify_item.seal:after"."""

    __slots__ = ("_point",)

    def __init__(self, point: str) -> None:
        self._point = point

    def reach(self, point: str) -> None:
        """Kill the process if this is the point."""
        if point == self._point:
            os.kill(os.getpid(), signal.SIGKILL)
