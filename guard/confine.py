"""What a child does to itself before it reads a single hostile byte: limits, no privileges, no network."""

from __future__ import annotations

import ctypes
import math
import os
import signal
import sys
from pathlib import Path

from guard.limits import Isolation, ProcessLimits
from guard.syscalls import deny_dangerous_calls

if sys.platform != "win32":
    # Elsewhere no child is ever started; the token agent, which needs none, must still be able to import us.
    import resource

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUTS = 0x04000000
_CLONE_NEWIPC = 0x08000000
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000


def confine_before_import(isolation: Isolation, *, limits: ProcessLimits, nice: int) -> None:
    """Tie this process to its parent, drop privileges and set every limit that imports can live with.

    Raises:
        OSError: the kernel refuses one of the walls; the child must not serve.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if isolation is not Isolation.BUBBLEWRAP:
        # Behind bubblewrap its --die-with-parent does this, and our parent is its init.
        _check(libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "PR_SET_PDEATHSIG")
    _check(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS")
    _check(libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0), "PR_SET_DUMPABLE")
    if isolation is Isolation.NAMESPACES:
        _check(libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC | _CLONE_NEWUTS), "unshare")
    if isolation is not Isolation.BUBBLEWRAP:
        deny_dangerous_calls(libc)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file_bytes, limits.file_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits.open_files, limits.open_files))
    if nice:
        os.nice(nice)


def confine_memory(memory_bytes: int) -> None:
    """Allow `memory_bytes` of address space on top of what the warm process maps now."""
    mapped_pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    ceiling = mapped_pages * resource.getpagesize() + memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))


def allow_cpu(seconds: float) -> None:
    """Allow this process that much more CPU time; the kernel ends it with SIGXCPU when it is used up."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent = usage.ru_utime + usage.ru_stime
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(spent + seconds), hard))


def _check(outcome: int, what: str) -> None:
    if outcome != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
