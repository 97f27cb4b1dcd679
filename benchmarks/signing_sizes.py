"""What a signature costs by the size of the file: in memory, from file to file, and the straight line through it."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.one_core import cpu_ms, pin_to_one_core
from benchmarks.signing_bench import OFFICER, Bench, officer_mark, open_bench, scan_pdf
from keys import KeyAlgorithm
from signing import PadesLevel, SigningServices, SignRequest, sign_field, sign_file

MIB: Final = 1024 * 1024
LARGE_BYTES: Final = 200 * MIB
SIZES_MIB: Final = (5, 25, 50, 100, 200)
QUICK_SIZES_MIB: Final = (5, 25, 50, 100)
_KEY: Final = KeyAlgorithm.ECDSA_P256_SHA256


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU milliseconds of one file."""

    mib: float
    ms: float


@dataclass(frozen=True, slots=True)
class Line:
    """The straight line that comes nearest by relative distance; `worst` is the largest such distance."""

    start_ms: float
    ms_per_mib: float
    worst: float

    def __str__(self) -> str:
        """Say it in a table."""
        return (
            f"{self.start_ms:.1f} ms + {self.ms_per_mib:.2f} ms for each MiB; "
            f"the sizes lie within {self.worst:.0%} of that line"
        )


def line_through(costs: Sequence[Cost]) -> Line:
    """Fit a line by least squares of the relative error, so that small files count as much as large ones."""
    sizes, times = np.array([cost.mib for cost in costs]), np.array([cost.ms for cost in costs])
    matrix = np.stack([np.ones_like(sizes), sizes], axis=1) / times[:, None]
    (start, slope), *_ = np.linalg.lstsq(matrix, np.ones_like(times), rcond=None)
    worst = np.max(np.abs((start + slope * sizes) / times - 1))
    return Line(float(start), float(slope), float(worst))


def costs_by_size(bench: Bench, folder: Path, *, quick: bool) -> tuple[list[Cost], list[Cost], list[Cost]]:
    """Measure hashing alone, B-B in memory and B-B from file to file, each at every size."""
    times = 3 if quick else 7
    hashing: list[Cost] = []
    in_memory: list[Cost] = []
    on_disk: list[Cost] = []
    source, target = folder / "source.pdf", folder / "target.pdf"
    for size in QUICK_SIZES_MIB if quick else SIZES_MIB:
        pdf = scan_pdf(filler_bytes=size * MIB)
        source.write_bytes(pdf)
        mib = len(pdf) / MIB
        for found, act in (
            (hashing, lambda content=pdf: hashlib.sha256(content)),
            (in_memory, lambda content=pdf: _in_memory(bench, content)),
            (on_disk, lambda: _on_disk(bench, source, target)),
        ):
            found.append(Cost(mib, cpu_ms(act, times=times)))
    source.unlink()
    target.unlink()
    return hashing, in_memory, on_disk


def memory(folder: Path) -> dict[str, float]:
    """Let a fresh process sign a file of 200 MB by B-LTA and say how much memory it ever held."""
    large = folder / "large.pdf"
    large.write_bytes(scan_pdf(filler_bytes=LARGE_BYTES))
    command = [sys.executable, "-m", "benchmarks.signing_sizes", str(large)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    large.unlink()
    found: dict[str, float] = json.loads(answer.stdout)
    return found


def sign_large(path: Path) -> dict[str, float]:
    """Sign one file on disk in this process and give what it took."""
    folder = Path(tempfile.mkdtemp(prefix="vidimus-benchmark-"))
    try:
        bench = open_bench(folder)
        idle = _peak_mb()
        started = time.process_time()
        _on_disk(bench, path, folder / "signed.pdf", level=PadesLevel.B_LTA)
        took = (time.process_time() - started) * 1000
        return {"mib": path.stat().st_size / MIB, "ms": took, "peak_mb": _peak_mb(), "idle_mb": idle}
    finally:
        shutil.rmtree(folder)


def _in_memory(bench: Bench, pdf: bytes) -> None:
    services = SigningServices(faces=bench.services.faces)
    sign_field(pdf, request=_request(bench, PadesLevel.B_B), signer=bench.officers[_KEY].key, services=services)


def _on_disk(bench: Bench, source: Path, target: Path, *, level: PadesLevel = PadesLevel.B_B) -> None:
    key = bench.officers[_KEY].key
    services = bench.services if level.has_timestamp else SigningServices(faces=bench.services.faces)
    sign_file(source, target, request=_request(bench, level), signer=key, services=services)


def _request(bench: Bench, level: PadesLevel) -> SignRequest:
    at = bench.now
    return SignRequest(field=OFFICER, level=level, signed_at=at, mark=officer_mark(at), certify=True)


def _peak_mb() -> float:
    # VmHWM, not ru_maxrss: the latter begins at what the parent held when it started this process.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    pin_to_one_core()
    print(json.dumps(sign_large(Path(sys.argv[1]))))
