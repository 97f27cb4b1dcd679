"""What a probing child reports about its own walls."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from guard.child import Task
from guard.wire import Reply


def look_around(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    """Tell whether a socket could reach anyone and whether the marked file can be seen."""
    del payloads
    return Reply({"network": _reaches_a_network(), "file_seen": Path(header["path"]).exists()})


def _reaches_a_network() -> bool:
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
    except OSError:
        return False
    return any(name != "lo" for _, name in socket.if_nameindex())


TASKS: Mapping[str, Task] = {"look_around": look_around}
