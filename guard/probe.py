"""Find out by trying which walls this machine can build."""

from __future__ import annotations

import tempfile
from pathlib import Path

from guard.errors import ChildFailed, IsolationUnavailable
from guard.limits import MIB, Isolation, IsolationReport, ProcessLimits
from guard.pool import SandboxPool

_PROBE_LIMITS = ProcessLimits(
    memory_bytes=256 * MIB, cpu_seconds=5, wall_seconds=15, output_bytes=64 * 1024, start_seconds=30
)


def probe_isolation(wanted: Isolation | None = None) -> IsolationReport:
    """Start a child behind each kind of wall, strongest first, and report the first that holds.

    Raises:
        IsolationUnavailable: the wanted kind, or every kind, fails here.
    """
    failures = []
    for isolation in [wanted] if wanted is not None else list(Isolation):
        try:
            return _try(isolation)
        except (ChildFailed, IsolationUnavailable) as exc:
            failures.append(f"{isolation.value}: {exc}")
    raise IsolationUnavailable("no isolation works here; " + "; ".join(failures))


def _try(isolation: Isolation) -> IsolationReport:
    with tempfile.NamedTemporaryFile(prefix="vidimus-probe-") as marker:
        with SandboxPool(
            module="guard.probe_child", size=1, limits=_PROBE_LIMITS, isolation=isolation, queue_limit=0
        ) as pool:
            seen = pool.call("look_around", {"path": str(Path(marker.name))}).header
        files = "the file system stays visible" if seen["file_seen"] else "no file but our code is visible"
        network_isolated = seen["network"] is False
        network = "no network" if network_isolated else "the network is reachable"
        return IsolationReport(isolation, network_isolated=network_isolated, detail=f"{files}; {network}")
