"""A clerk in a process of their own: asks for one page of the office again and again, and says how long each answer took.

The client that sends fifty scans at once is busy with that; measured by it, every answer of the office would look late.
Started by `benchmarks.web`; ends when its standard input is closed.
"""

from __future__ import annotations

import http.client
import json
import select
import sys
import time
from urllib.parse import urlsplit

_PAUSE_SECONDS = 0.02


def main() -> None:
    """Ask `argv[1]` with the headers in `argv[2]` (JSON), and print the milliseconds as JSON."""
    parts = urlsplit(sys.argv[1])
    headers: dict[str, str] = json.loads(sys.argv[2])
    took: list[float] = []
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], _PAUSE_SECONDS)[0] or len(took) < 5:
        started = time.perf_counter()
        connection.request("GET", f"{parts.path}?{parts.query}", headers=headers)
        answer = connection.getresponse()
        answer.read()
        took.append((time.perf_counter() - started) * 1000)
        if answer.status != 200:
            raise SystemExit(f"the office answers {answer.status}")
    print(json.dumps(took))


if __name__ == "__main__":
    main()
