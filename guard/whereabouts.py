"""Where a process runs, in words that another process of the same machine can check: is it surely gone?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
# Of the fields of /proc/PID/stat behind the name in brackets, the one that says when the process began.
_BEGAN_FIELD: Final = 19


def place_of_this_process() -> str:
    """Name this process: machine since its last start, process namespace, number, and when it began.

    Empty where the system does not tell; nobody is then ever taken for gone.
    """
    return _place(os.getpid())


def is_surely_gone(place: str) -> bool:
    """Whether the process that named itself so has ended; False whenever that cannot be seen from here."""
    mine = _place(os.getpid())
    if not place or not mine or _machine(place) != _machine(mine):
        return False
    return _place(int(place.split()[2])) != place


def _machine(place: str) -> list[str]:
    # A container has process numbers of its own, so its processes are looked up from within only.
    return place.split()[:2]


def _place(pid: int) -> str:
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        space = str((_PROC / "self/ns/pid").readlink())
        stat = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    if fields[0] == "Z":
        return ""
    return f"{boot} {space} {pid} {fields[_BEGAN_FIELD]}"
