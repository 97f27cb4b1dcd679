"""Measure verification against pyHanko's own: an untouched copy, many signatures, many renewals, a hundred files.

Run `python -m benchmarks.verify [--json] [--quick]`. Both sides judge the same files with the same anchors in one run, on
one core. CPU is that of the process; the row with a child counts parent and child. Growth is that of the resident memory.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.one_core import Benchmark, cpu_ms, run
from benchmarks.signing import Ours
from benchmarks.signing_bench import OFFICER, Bench, open_bench, scan_pdf
from benchmarks.verify_peer import validate_lta, validate_plain
from guard import probe_isolation
from keys import KeyAlgorithm, Mode, TrustAnchors, load_trust_folder
from signing import Mark, NewField, PadesLevel, SignRequest, extend_to_lta, sign_field, sign_new_field
from signing.verify import Verdict, VerificationReport, verify_in_child, verify_pdf, verify_sandbox

_KEY: Final = KeyAlgorithm.ECDSA_P256_SHA256
_MANY: Final = 24
_FILES: Final = 100
_WARMING: Final = 10
_SERIES: Final = 4
_PASSED: Final = (Verdict.VALID, Verdict.VALID_WITH_WARNING)


class MeasurementBroken(Exception):
    """A file was not judged as it must be, so its milliseconds mean nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the answer; the peer's figures are None where it was not asked."""

    name: str
    ours_ms_cpu: float
    peer_ms_cpu: float | None
    budget_ms: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Judge:
    """Our side: the anchors, and a file judged now."""

    bench: Bench
    trust: TrustAnchors

    def ours(self, pdf: bytes) -> VerificationReport:
        """Judge in this process and insist on a good verdict."""
        report = verify_pdf(pdf, trust=self.trust, at=self.bench.now)
        if report.verdict not in _PASSED:
            raise MeasurementBroken(f"{report.verdict}: {report.reasons}")
        return report


def measure(folder: Path, *, quick: bool, tell: Callable[[str], None]) -> list[Row]:
    """Measure everything."""
    times = 10 if quick else 40
    tell("making the files")
    bench = open_bench(folder)
    bench.authority.export_trust(folder / "trust", at=bench.now)
    judge = Judge(bench, load_trust_folder(folder / "trust", mode=Mode.DEMO))
    scan = scan_pdf()
    copy = Ours(bench).copy(scan, _KEY)
    tell("an untouched copy")
    rows = [
        Row(
            "our untouched B-LTA copy, in one process",
            cpu_ms(lambda: judge.ours(copy), times=times),
            cpu_ms(lambda: validate_lta(copy, judge.trust), times=max(3, times // 4)),
            25,
            note=", ".join(validate_lta(copy, judge.trust)) + " says the peer",
        ),
        in_child(judge, copy, times=times),
    ]
    tell("a visible signature added later: rendered")
    rows.append(rendered(judge, scan, times=max(3, times // 4)))
    tell(f"{_MANY} renewals")
    renewed = copy
    for _ in range(_MANY):
        renewed = extend_to_lta(renewed, services=bench.services, at=bench.now).pdf
    peer = None if quick else cpu_ms(lambda: validate_lta(renewed, judge.trust), times=1)
    rows.append(Row(f"{_MANY} renewals", cpu_ms(lambda: judge.ours(renewed), times=max(3, times // 8)), peer, 300))
    tell(f"{_MANY} signatures")
    rows.append(many_signatures(judge, scan, quick=quick))
    tell(f"{_FILES} files in one process")
    rows.append(growth(judge, scan, folder))
    return rows


def in_child(judge: Judge, pdf: bytes, *, times: int) -> Row:
    """Judge through the sandbox, and count what parent and child used."""
    with verify_sandbox(size=1, isolation=probe_isolation().isolation, public=False) as pool:

        def ask() -> None:
            report = verify_in_child(pdf, trust=judge.trust, at=judge.bench.now, sandbox=pool)
            if report.verdict not in _PASSED:
                raise MeasurementBroken(str(report.verdict))

        for _ in range(3):
            ask()
        means = []
        for _ in range(_SERIES):
            before = _family_seconds()
            for _ in range(times):
                ask()
            means.append((_family_seconds() - before) / times * 1000)
    return Row(
        "our untouched B-LTA copy, parent and child",
        min(means),
        None,
        25,
        note=f"best of {_SERIES} means over {times}; the clock of another process ticks in hundredths of a second",
    )


def _family_seconds() -> float:
    ticks = os.sysconf("SC_CLK_TCK")
    return sum(sum(map(int, _stat(pid)[11:13])) for pid in _family(os.getpid())) / ticks


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()


def _family(pid: int) -> list[int]:
    """A process with everything it started."""
    children = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text(encoding="ascii").split()
    ]
    return [pid, *(one for child in children for one in _family(child))]


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def rendered(judge: Judge, scan: bytes, *, times: int) -> Row:
    """An approval, then another one with a visible mark in a new field: the one path that renders."""
    bench = judge.bench
    key = bench.officers[_KEY].key
    approved = sign_field(
        scan,
        request=SignRequest(field=OFFICER, level=PadesLevel.B_T, signed_at=bench.now),
        signer=key,
        services=bench.services,
    ).pdf
    second = sign_new_field(
        approved,
        request=SignRequest(field="Second", level=PadesLevel.B_T, signed_at=bench.now, mark=Mark(lines=("Đã xem",))),
        signer=key,
        services=bench.services,
        new_field=NewField(box_pt=(60, 60, 260, 120)),
    ).pdf
    report = judge_any(judge, second)
    if not report.differences:
        raise MeasurementBroken("the rendered path was not taken")
    return Row(
        "a visible signature added later (rendered)", cpu_ms(lambda: judge_any(judge, second), times=times), None, None
    )


def judge_any(judge: Judge, pdf: bytes) -> VerificationReport:
    """Judge a file whose signatures carry no evidence of revocation: technically valid is enough."""
    report = verify_pdf(pdf, trust=judge.trust, at=judge.bench.now)
    if not all(one.technically_valid for one in report.signatures):
        raise MeasurementBroken(f"{report.verdict}: {report.reasons}")
    return report


def many_signatures(judge: Judge, scan: bytes, *, quick: bool) -> Row:
    """A file that many people signed, each in a field of their own."""
    bench = judge.bench
    signed = scan
    for number in range(_MANY):
        signed = sign_new_field(
            signed,
            request=SignRequest(field=f"Signer{number}", level=PadesLevel.B_B, signed_at=bench.now),
            signer=bench.officers[_KEY].key,
            services=bench.services,
            new_field=NewField(),
        ).pdf
    # The peer takes a minute and more, so it is asked once, and not in a quick run.
    peer = None if quick else _once(lambda: validate_plain(signed, judge.trust))
    return Row(f"{_MANY} signatures", cpu_ms(lambda: judge_any(judge, signed), times=3), peer, 2000)


def _once(act: Callable[[], object]) -> float:
    started = time.process_time()
    act()
    return (time.process_time() - started) * 1000


def growth(judge: Judge, scan: bytes, folder: Path) -> Row:
    """A hundred different copies, each judged once; ten more before them fill the caches of the libraries.

    They are signed first and lie on disk, so that what grows is the judge and not the signer.
    """
    ours = Ours(judge.bench)
    paths = [folder / f"copy-{number}.pdf" for number in range(_WARMING + _FILES)]
    for path in paths:
        path.write_bytes(ours.copy(scan, _KEY))
    for path in paths[:_WARMING]:
        judge.ours(path.read_bytes())
    before, taken = _resident_bytes(), 0.0
    for path in paths[_WARMING:]:
        pdf = path.read_bytes()
        started = time.process_time()
        judge.ours(pdf)
        taken += time.process_time() - started
    grown = (_resident_bytes() - before) / (1024 * 1024)
    return Row(
        f"{_FILES} different files in one process, each",
        taken * 1000 / _FILES,
        None,
        None,
        note=f"resident memory grew by {grown:.1f} MiB",
    )


BENCHMARK: Final = Benchmark(
    name="verify",
    description="Verification, ours and pyHanko.",
    quick_help="fewer repetitions, and no peer for the longest rows",
    columns=(("ours ms CPU", "ours_ms_cpu"), ("pyHanko ms CPU", "peer_ms_cpu"), ("budget ms", "budget_ms")),
    measure=measure,
)

if __name__ == "__main__":
    sys.exit(run(BENCHMARK, sys.argv[1:]))
