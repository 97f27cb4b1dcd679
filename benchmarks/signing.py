"""Measure signing against stock pyHanko: signatures per second, a certified copy, cost by size, memory.

Run `python -m benchmarks.signing [--json] [--quick]`. Ours and the peer sign the same 2-page 300-dpi scan with the
same keys and the same authority in process, alternating in one run. CPU is that of the process; `per_s` is 1000 / CPU ms.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks.one_core import Benchmark, cpu_ms, run
from benchmarks.signing_bench import OFFICER, SEAL, Bench, officer_mark, open_bench, scan_pdf, seal_mark
from benchmarks.signing_peer import Peer
from benchmarks.signing_sizes import costs_by_size, line_through, memory
from keys import KeyAlgorithm, Mode, load_trust_folder
from signing import PadesLevel, SigningServices, SignRequest, extend_to_lta, read_protection, sign_field
from signing.verify import verify_pdf


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
    rows.append(renewal(ours, folder, pdf, times=max(5, times // 3)))
    tell("cost by size")
    rows += by_size(bench, folder, quick=quick)
    tell("memory")
    found = memory(folder)
    note = f"{found['idle_mb']:.0f} MB before signing"
    name = f"B-LTA of {found['mib']:.0f} MiB from file to file"
    rows.append(_alone(name, found["ms"], note=note, peak_mb=found["peak_mb"]))
    return rows


def renewal(ours: Ours, folder: Path, scan: bytes, *, times: int) -> Row:
    """Renew a certified copy as the durable job does it, without vault and database: extend, judge, read its new end."""
    bench = ours.bench
    bench.authority.export_trust(folder / "trust", at=bench.now)
    trust = load_trust_folder(folder / "trust", mode=Mode.DEMO)
    copy = ours.copy(scan, KeyAlgorithm.ECDSA_P256_SHA256)

    def renew() -> None:
        renewed = extend_to_lta(copy, services=bench.services, at=bench.now).pdf
        verify_pdf(renewed, trust=trust, at=bench.now).require_passed()
        read_protection(renewed)

    return _alone("renewal of a certified copy: extend, own judge, new end", cpu_ms(renew, times=times))


def by_size(bench: Bench, folder: Path, *, quick: bool) -> list[Row]:
    """Sign files of growing size, and lay a line through what they cost."""
    rows = []
    kinds = ("SHA-256 alone", "B-B in memory, P-256", "B-B from file to file, P-256")
    for kind, costs in zip(kinds, costs_by_size(bench, folder, quick=quick), strict=True):
        rows += [_alone(f"{kind}, {cost.mib:.0f} MiB", cost.ms) for cost in costs]
        rows[-1] = replace(rows[-1], note=str(line_through(costs)))
    return rows


def _alone(name: str, ms: float, *, note: str = "", peak_mb: float | None = None) -> Row:
    return Row(name, 1000 / ms, None, None, ms, None, ours_peak_mb=peak_mb, note=note)


BENCHMARK: Final = Benchmark(
    name="signing",
    description="Signing, ours and pyHanko.",
    quick_help="fewer repetitions and sizes",
    columns=(
        ("ours /s", "ours_per_s"),
        ("pyHanko /s", "peer_per_s"),
        ("ratio", "ratio"),
        ("ours ms CPU", "ours_ms_cpu"),
        ("pyHanko ms CPU", "peer_ms_cpu"),
        ("peak MB", "ours_peak_mb"),
    ),
    measure=measure,
)

if __name__ == "__main__":
    sys.exit(run(BENCHMARK, sys.argv[1:]))
