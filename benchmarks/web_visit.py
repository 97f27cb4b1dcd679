"""A served office under measurement, and the one client that visits it for all of its people."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import httpx

from api.settings import Settings
from benchmarks.web_office import Caller, FilledOffice

_START_SECONDS: Final = 120


class MeasurementBroken(Exception):
    """The office did not do what is measured, so its milliseconds mean nothing."""


class Office:
    """A served home, started and stopped as an operator would."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return self._settings.base_url

    def start(self) -> None:
        """Start `vidimus serve` and wait until it answers."""
        env = os.environ | {"VIDIMUS_HOME": str(self._settings.home), "VIDIMUS_PORT": str(self._settings.port)}
        log = (self._settings.home.parent / "serve.log").open("ab")
        self._process = subprocess.Popen([sys.executable, "-m", "api.cli", "serve"], env=env, stderr=log, stdout=log)
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise MeasurementBroken(f"serve ended with {self._process.returncode}; see {log.name}")
            try:
                if httpx.get(f"{self.url}/healthz", trust_env=False).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise MeasurementBroken("serve does not answer")

    def stop(self) -> float:
        """Ask it to end; gives the seconds it took."""
        started = time.monotonic()
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=60)
            self._process = None
        return time.monotonic() - started

    def cpu_ms(self) -> float:
        """How much processor time the serving process has used, its children aside."""
        if self._process is None:
            return 0.0
        used = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(used[11]) + int(used[12])) * 1000 / os.sysconf("SC_CLK_TCK")

    def memory_mb(self, name: str = "VmHWM") -> float:
        """How much memory the serving process holds, or held at most."""
        if self._process is None:
            return 0.0
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8")
        line = next(line for line in status.splitlines() if line.startswith(f"{name}:"))
        return int(line.split()[1]) / 1024


class Visit:
    """One client of the office, for all of its people."""

    def __init__(self, office: Office, filled: FilledOffice, client: httpx.AsyncClient) -> None:
        self.office = office
        self.filled = filled
        self.client = client
        self.statuses: Counter[int] = Counter()

    async def ask(self, method: str, path: str, caller: Caller | None = None, **more: Any) -> httpx.Response:
        """Ask once, and count the answer."""
        headers = dict(caller.headers if caller else {}) | dict(more.pop("headers", {}))
        answer = await self.client.request(method, self.office.url + path, headers=headers, **more)
        self.statuses[answer.status_code] += 1
        return answer

    async def timed(self, path: str, caller: Caller, *, turns: int, walk: bool = False) -> dict[str, Any]:
        """Ask for an address again and again; a list is walked page by page."""
        took: list[float] = []
        cursor: str | None = None
        used = self.office.cpu_ms()
        for turn in range(turns + 3):
            params = {"limit": 50} | ({"cursor": cursor} if cursor else {}) if walk else {}
            started = time.perf_counter()
            answer = await self.ask("GET", path, caller, params=params)
            if turn >= 3:
                took.append((time.perf_counter() - started) * 1000)
            if answer.status_code != 200:
                raise MeasurementBroken(f"{path} answers {answer.status_code}: {answer.text[:200]}")
            cursor = answer.json()["next_cursor"] if walk else None
        # On a machine that others use too this says more than the time; housekeeping is in it.
        cpu_ms = (self.office.cpu_ms() - used) / (turns + 3)
        return {"path": path, "turns": turns, "cpu_ms": cpu_ms} | spread(took)


def spread(took: list[float]) -> dict[str, float]:
    """Say how long most of them took, and the slowest."""
    return {"p50_ms": statistics.median(took), "p95_ms": statistics.quantiles(took, n=20)[-1], "max_ms": max(took)}
