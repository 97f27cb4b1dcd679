"""How much a child process may use, and how far it is walled off."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """What one call may use.

    `memory_bytes` counts on top of the address space the warm child has after its imports (measured there), because
    RLIMIT_AS counts address space and the libraries alone map several hundred MiB. `cpu_seconds` is rounded up to
    whole seconds. `output_bytes` bounds a whole reply.
    """

    memory_bytes: int
    cpu_seconds: float
    wall_seconds: float
    output_bytes: int
    file_bytes: int = 64 * MIB
    open_files: int = 64
    start_seconds: float = 60.0


class Isolation(StrEnum):
    """How a child is walled off, strongest first."""

    BUBBLEWRAP = "BUBBLEWRAP"
    """An own root of read-only code, own user, process, network and mount namespaces, private /tmp."""

    NAMESPACES = "NAMESPACES"
    """Own user, network and IPC namespaces, a system call filter; the file system stays visible."""

    RLIMITS = "RLIMITS"
    """Resource limits and a system call filter only."""


@dataclass(frozen=True, slots=True)
class IsolationReport:
    """What was seen when a child was really started under `isolation`."""

    isolation: Isolation
    network_isolated: bool
    detail: str
