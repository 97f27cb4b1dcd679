"""What ran a benchmark, as far as the machine tells."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from api.clock import SystemClock


def describe_machine() -> dict[str, str]:
    """Say what ran this, as far as the machine tells."""
    release = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    models = [
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    ]
    return {
        "system": release,
        "cores": str(len(os.sched_getaffinity(0))),
        "processor": models[0] if models else platform.machine(),
        "python": platform.python_version(),
        "load_at_start": f"{os.getloadavg()[0]:.1f}",
        "at": f"{SystemClock().now():%Y-%m-%d %H:%M} UTC",
    }
