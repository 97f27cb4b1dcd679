"""Measure signing against stock pyHanko: signatures per second, a certified copy, linearity and memory, on one core.

Run `python -m benchmarks.signing [--json] [--quick]`. Ours and the peer sign the same 2-page 300-dpi scan with the
same keys and the same authority in process, alternating in one run. CPU is that of the process; `per_s` is 1000 / CPU ms.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.machine import describe_machine
from benchmarks.signing_bench import OFFICER, SEAL, Bench, officer_mark, open_bench, scan_pdf, seal_mark
from benchmarks.signing_peer import Peer
from keys import KeyAlgorithm
from signing import PadesLevel, SigningServices, SignRequest, sign_field, sign_file

_MIB: Final = 1024 * 1024
_LARGE_BYTES: Final = 200 * _MIB
_SIZES_MIB: Final = (3, 12, 48)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the answer; the peer's figures are None where nothing compares."""

    name: str
    ours_per_s: float | None
    peer_per_s: float | None
    ratio: float | None
    ours_ms_cpu: float | None
    peer_ms_cpu: float | None
    ours_peak_mb: float | None = None
    peer_peak_mb: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Ours:
    """Our side of each comparison."""

    bench: Bench

    def bb(self, pdf: bytes, algorithm: KeyAlgorithm) -> bytes:
        """Sign B-B with a visible mark, certifying; no service is asked."""
        at = self.bench.now
        request = SignRequest(
            field=OFFICER,
            level=PadesLevel.B_B,
            signed_at=at,
            mark=officer_mark(at),
            certify=True,
            reason="Chứng thực bản sao",
        )
        services = SigningServices(faces=self.bench.services.faces)
        return sign_field(pdf, request=request, signer=self.bench.officers[algorithm].key, services=services).pdf

    def copy(self, pdf: bytes, algorithm: KeyAlgorithm) -> bytes:
        """Officer B-T with mark, then seal B-LTA with mark."""
        at = self.bench.now
        services = self.bench.services
        officer = SignRequest(field=OFFICER, level=PadesLevel.B_T, signed_at=at, mark=officer_mark(at), certify=True)
        signed = sign_field(pdf, request=officer, signer=self.bench.officers[algorithm].key, services=services)
        at = self.bench.now
        seal = SignRequest(field=SEAL, level=PadesLevel.B_LTA, signed_at=at, mark=seal_mark(at))
        return sign_field(signed.pdf, request=seal, signer=self.bench.seal.key, services=services).pdf


def cpu_ms(act: Callable[[], object], *, times: int) -> float:
    """Give the best CPU milliseconds of `times` runs after one to warm up.

    On a shared machine the best run is the one that was disturbed least.
    """
    act()
    best = float("inf")
    for _ in range(times):
        started = time.process_time()
        act()
        best = min(best, time.process_time() - started)
    return best * 1000


def compare(name: str, ours: Callable[[], object], peer: Callable[[], object], *, times: int) -> Row:
    """Measure both sides in turn."""
    ours_ms = cpu_ms(ours, times=times)
    peer_ms = cpu_ms(peer, times=max(3, times // 3))
    ours_ms = min(ours_ms, cpu_ms(ours, times=times))
    return Row(name, 1000 / ours_ms, 1000 / peer_ms, peer_ms / ours_ms, ours_ms, peer_ms)


def measure(folder: Path, *, quick: bool, tell: Callable[[str], None]) -> list[Row]:
    """Measure everything."""
    times = 10 if quick else 40
    tell("making the scan and the authority")
    bench = open_bench(folder)
    pdf = scan_pdf()
    ours, peer = Ours(bench), Peer(bench)
    rows = []
    for algorithm, word in ((KeyAlgorithm.RSA_SHA256, "RSA-2048"), (KeyAlgorithm.ECDSA_P256_SHA256, "P-256")):
        tell(f"B-B and certified copy, {word}")
        rows.append(
            compare(
                f"B-B with mark, {word}",
                lambda key=algorithm: ours.bb(pdf, key),  # type: ignore[misc]
                lambda key=algorithm: peer.bb(pdf, key),  # type: ignore[misc]
                times=times,
            )
        )
        rows.append(
            compare(
                f"certified copy (officer B-T, seal B-LTA), {word}",
                lambda key=algorithm: ours.copy(pdf, key),  # type: ignore[misc]
                lambda key=algorithm: peer.copy(pdf, key),  # type: ignore[misc]
                times=max(5, times // 3),
            )
        )
    tell("linearity")
    rows += linearity(ours, times=5 if quick else 10)
    tell("memory")
    rows.append(memory(folder))
    return rows


def linearity(ours: Ours, *, times: int) -> list[Row]:
    """Sign files of growing size: what a further megabyte costs stays the same."""
    rows = []
    before: tuple[float, float] | None = None
    for size_mib in _SIZES_MIB:
        pdf = scan_pdf(filler_bytes=size_mib * _MIB)
        size = len(pdf) / _MIB

        def sign(content: bytes = pdf) -> bytes:
            return ours.bb(content, KeyAlgorithm.ECDSA_P256_SHA256)

        took = cpu_ms(sign, times=times)
        slope = f"{(took - before[1]) / (size - before[0]):.2f} ms for each further MiB" if before else ""
        rows.append(Row(f"B-B of {size:.0f} MiB, P-256", 1000 / took, None, None, took, None, note=slope))
        before = (size, took)
    return rows


def memory(folder: Path) -> Row:
    """Let a fresh process sign a file of 200 MB by B-LTA and say how much memory it ever held."""
    large = folder / "large.pdf"
    large.write_bytes(scan_pdf(filler_bytes=_LARGE_BYTES))
    command = [sys.executable, "-m", "benchmarks.signing", "--large", str(large)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(answer.stdout)
    large.unlink()
    return Row(
        f"B-LTA of {found['mib']:.0f} MiB from file to file",
        1000 / found["ms"],
        None,
        None,
        found["ms"],
        None,
        ours_peak_mb=found["peak_mb"],
        note=f"{found['idle_mb']:.0f} MB before signing",
    )


def sign_large(path: Path) -> dict[str, float]:
    """Sign one file on disk in this process and give what it took."""
    folder = Path(tempfile.mkdtemp(prefix="vidimus-benchmark-"))
    try:
        bench = open_bench(folder)
        idle = _peak_mb()
        started = time.process_time()
        at = bench.now
        request = SignRequest(field=OFFICER, level=PadesLevel.B_LTA, signed_at=at, mark=officer_mark(at), certify=True)
        key = bench.officers[KeyAlgorithm.ECDSA_P256_SHA256].key
        sign_file(path, folder / "signed.pdf", request=request, signer=key, services=bench.services)
        took = (time.process_time() - started) * 1000
        return {"mib": path.stat().st_size / _MIB, "ms": took, "peak_mb": _peak_mb(), "idle_mb": idle}
    finally:
        shutil.rmtree(folder)


def _peak_mb() -> float:
    # VmHWM, not ru_maxrss: the latter begins at what the parent held when it started this process.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def as_table(rows: Sequence[Row], *, machine: dict[str, str]) -> str:
    """Write the rows as Markdown."""
    lines = [
        "| work | ours /s | pyHanko /s | ratio | ours ms CPU | pyHanko ms CPU | peak MB | note |",
        "|---|---:|---:|---:|---:|---:|---:|---|",
    ]
    for row in rows:
        figures = (row.ours_per_s, row.peer_per_s, row.ratio, row.ours_ms_cpu, row.peer_ms_cpu, row.ours_peak_mb)
        cells = ["" if figure is None else f"{figure:.1f}" for figure in figures]
        lines.append(f"| {row.name} | {' | '.join(cells)} | {row.note} |")
    about = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in machine.items())
    return "\n".join([*lines, "", about])


def main(arguments: Sequence[str]) -> int:
    """Measure and print; progress goes to standard error."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.signing", description="Signing, ours and pyHanko.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument("--large", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    if chosen.large is not None:
        print(json.dumps(sign_large(chosen.large)))
        return 0
    machine = describe_machine()
    folder = Path(tempfile.mkdtemp(prefix="vidimus-benchmark-"))
    try:
        rows = measure(folder, quick=chosen.quick, tell=lambda text: print(f"  {text}", file=sys.stderr, flush=True))
    finally:
        shutil.rmtree(folder)
    machine |= {"load_at_end": f"{os.getloadavg()[0]:.1f}"}
    whole: dict[str, Any] = {"machine": machine, "rows": [asdict(row) for row in rows]}
    print(json.dumps(whole, ensure_ascii=False) if chosen.json else as_table(rows, machine=machine))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
