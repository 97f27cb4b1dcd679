"""Tasks that behave as a hijacked or unlucky child would; served by the real child in the tests of guard."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from guard.child import Task
from guard.errors import TaskRefused
from guard.wire import Reply

_WIRE_DESCRIPTORS = range(3, 12)


def echo(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    sys.stdout.write("a chatty library writes to standard output\n")
    sys.stdout.flush()
    return Reply({"pid": os.getpid(), "seen": header}, payloads)


def refuse(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    raise TaskRefused("NOT_TODAY", "the office is closed")


def fail(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    raise ValueError(header["secret"])


def die(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    os.abort()


def spin(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    while True:
        pass


def sleep(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    time.sleep(header["seconds"])
    return Reply({})


def hoard(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    hoarded = [bytes(header["bytes"])]
    return Reply({"length": len(hoarded)})


def babble(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    """Write a chosen byte string into every open pipe, as shellcode in a hijacked child might."""
    for descriptor in _WIRE_DESCRIPTORS:
        with contextlib.suppress(OSError):
            os.write(descriptor, payloads[0])
    time.sleep(30)
    return Reply({})


def flood(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    return Reply({}, (bytes(header["bytes"]),))


def look(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    descriptors = [str(Path(f"/proc/self/fd/{name}").readlink()) for name in range(64) if _is_open(name)]
    return Reply(
        {
            "environment": dict(os.environ),
            "descriptors": descriptors,
            "core_limit": resource.getrlimit(resource.RLIMIT_CORE)[1],
            "nice": os.nice(0),
            "visible": [path for path in header["paths"] if Path(path).exists()],
            "python": sys.version.split()[0],
        }
    )


def reach(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    try:
        with socket.create_connection(("127.0.0.1", header["port"]), timeout=2):
            return Reply({"connected": True})
    except OSError as exc:
        return Reply({"connected": False, "errno": exc.errno})


def write(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    written = []
    for path in header["paths"]:
        with contextlib.suppress(OSError):
            Path(path).write_bytes(b"mine")
            written.append(path)
    return Reply({"written": written})


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


TASKS: Mapping[str, Task] = {
    task.__name__: task for task in (echo, refuse, fail, die, spin, sleep, hoard, babble, flood, look, reach, write)
}
