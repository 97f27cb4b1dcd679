"""Measure reading: pages a minute, processor seconds a page and errors, ours and OCRmyPDF 17 in one sitting.

Run `python -m benchmarks.ocr [--json] [--quick] [--seed N] [--per-split N] [--real DIR]… [--no-peer] [--ablation]`.
Two pages are at work at a time on both sides, from the bytes of the file to a searchable PDF/A. `--real` takes a folder
with a manifest. The peer's environment is made below VIDIMUS_BENCH_PEERS (else var/peers) at the first run.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

# It ships no types.
import psutil  # type: ignore[import-untyped]

from benchmarks.machine import describe_machine
from benchmarks.ocr_ablation import AblationRow, ablate
from benchmarks.ocr_pages import MeasuredFile, print_pages, read_manifests
from benchmarks.ocr_peer import Peer, PeerMissing, Run, open_peer
from benchmarks.ocr_scoring import score, total
from guard import GuardError, SandboxPool, probe_isolation
from ocr import OcrError, accept_scan, ocr_sandbox, read_pages, write_pdfa

OURS: Final = "vidimus"
PEER: Final = "ocrmypdf"
ALL: Final = "all printed"
# The same input gives the same document: the moment of writing is told, not read.
_WRITTEN_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """One program on one split; `ratio` is its pages a minute over the peer's, `error_ratio` its errors over theirs."""

    name: str
    split: str
    pages: int
    pages_per_min: float
    cpu_s_per_page: float
    segcer: float
    wer: float
    failed: int
    ratio: float | None = None
    error_ratio: float | None = None


def read_ours(files: Sequence[MeasuredFile], *, pool: SandboxPool) -> Run:
    """Read the files two at a time; the processor seconds are those of this process and its warm children."""

    def one(file: MeasuredFile) -> tuple[str, bool]:
        try:
            scan = accept_scan(file.path.read_bytes(), declared_type=None, sandbox=pool)
            pages = read_pages(scan, sandbox=pool, languages=file.languages)
            write_pdfa(
                pages, title=file.path.stem, language="vi", created_at=_WRITTEN_AT, source_sha256_hex=scan.sha256_hex
            )
        except (OcrError, GuardError) as exc:
            print(f"  {file.path.name} was not read: {type(exc).__name__}", file=sys.stderr)
            return "", False
        return pages.text, True

    before, started = _family_cpu(), time.perf_counter()
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(one, files))
    wall, cpu = time.perf_counter() - started, _family_cpu() - before
    return Run(tuple(text for text, _ in answers), wall, cpu, sum(not done for _, done in answers))


def compare(files: Sequence[MeasuredFile], *, pool: SandboxPool, peer: Peer | None, folder: Path) -> list[Row]:
    """Measure split by split, ours and the peer's right after each other, and add up what was printed for the run."""
    runs: dict[tuple[str, str], tuple[list[MeasuredFile], Run]] = {}
    for split in dict.fromkeys(file.split for file in files):
        chosen = [file for file in files if file.split == split]
        runs[OURS, split] = chosen, read_ours(chosen, pool=pool)
        if peer is not None:
            runs[PEER, split] = chosen, peer.read(chosen, folder=folder)
        print(f"  {split}: done", file=sys.stderr, flush=True)
    rows = [_row(name, split, *run) for (name, split), run in runs.items()]
    for name in (OURS, PEER):
        printed = [run for (who, split), run in runs.items() if who == name and not split.startswith("real")]
        if printed:
            rows.append(_row(name, ALL, *_joined(printed)))
    peers = {row.split: row for row in rows if row.name == PEER}
    return [_with_ratios(row, peers.get(row.split)) for row in rows]


def _joined(runs: Sequence[tuple[list[MeasuredFile], Run]]) -> tuple[list[MeasuredFile], Run]:
    files = [file for chosen, _ in runs for file in chosen]
    texts = tuple(text for _, run in runs for text in run.texts)
    wall, cpu = sum(run.wall_seconds for _, run in runs), sum(run.cpu_seconds for _, run in runs)
    return files, Run(texts, wall, cpu, sum(run.failed for _, run in runs))


def _row(name: str, split: str, files: Sequence[MeasuredFile], run: Run) -> Row:
    whole = total(score(file.lines, text) for file, text in zip(files, run.texts, strict=True))
    pages = sum(file.pages for file in files)
    return Row(
        name=name,
        split=split,
        pages=pages,
        pages_per_min=round(60 * pages / run.wall_seconds, 1),
        cpu_s_per_page=round(run.cpu_seconds / pages, 3),
        segcer=round(whole.segcer, 4),
        wer=round(whole.wer, 4),
        failed=run.failed,
    )


def _with_ratios(row: Row, peer: Row | None) -> Row:
    if peer is None or row.name == PEER:
        return row
    figures = asdict(row) | {"ratio": round(row.pages_per_min / peer.pages_per_min, 2)}
    if peer.segcer:
        figures["error_ratio"] = round(row.segcer / peer.segcer, 2)
    return Row(**figures)


def _family_cpu() -> float:
    """Seconds of this process and all below it, warm children included."""
    me = psutil.Process()
    spent = 0.0
    for process in (me, *me.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        spent += float(times.user + times.system)
    return spent


def as_table(rows: Sequence[Row]) -> str:
    """Write the rows as Markdown."""
    lines = [
        "| split | program | pages | pages/min | CPU s/page | segCER | WER | × pages/min | × errors |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in sorted(rows, key=lambda row: [one.split for one in rows].index(row.split)):
        ratios = " | ".join("" if ratio is None else f"{ratio:.2f}" for ratio in (row.ratio, row.error_ratio))
        lines.append(
            f"| {row.split} | {row.name} | {row.pages} | {row.pages_per_min:.1f} | {row.cpu_s_per_page:.2f} "
            f"| {row.segcer:.4f} | {row.wer:.4f} | {ratios} |"
        )
    return "\n".join(lines)


def ablation_table(rows: Sequence[AblationRow]) -> str:
    """Write the ablation as Markdown."""
    splits = list(rows[0].splits)
    lines = [f"| left out | segCER | {' | '.join(splits)} |", f"|---|---:|{'---:|' * len(splits)}"]
    for row in rows:
        figures = " | ".join(f"{row.splits[split]:.4f}" for split in splits)
        lines.append(f"| {row.left_out} | {row.segcer:.4f} | {figures} |")
    return "\n".join(lines)


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ocr", description="Reading, beside OCRmyPDF.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="one page a split")
    parser.add_argument("--seed", type=int, default=1, help="another number prints fresh pages")
    parser.add_argument("--per-split", type=int, default=4, help="pages of each split")
    parser.add_argument("--real", type=Path, action="append", default=[], help="a folder with manifest*.jsonl")
    parser.add_argument("--no-printed", action="store_true", help="only what --real names")
    parser.add_argument("--no-peer", action="store_true", help="ours alone")
    parser.add_argument("--ablation", action="store_true", help="leave each step of the preparation out in turn")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Measure and print; progress goes to standard error."""
    chosen = _arguments(arguments)
    machine = describe_machine()
    folder = Path(tempfile.mkdtemp(prefix="vidimus-benchmark-"))
    report: dict[str, Any] = {"machine": machine}
    try:
        peer = None
        if not (chosen.no_peer or chosen.ablation):
            peer = open_peer(Path(os.environ.get("VIDIMUS_BENCH_PEERS", "var/peers")).resolve())
            report["peer"] = f"{PEER} {peer.version}"
        files: list[MeasuredFile] = []
        if not chosen.no_printed:
            print("  printing pages", file=sys.stderr, flush=True)
            files += print_pages(folder, per_split=1 if chosen.quick else chosen.per_split, seed=chosen.seed)
        for real in chosen.real:
            files += read_manifests(real)
        with ocr_sandbox(2, probe_isolation().isolation) as pool:
            pool.warm()
            if chosen.ablation:
                ablation = ablate(files, sandbox=pool)
                report["ablation"] = [asdict(row) for row in ablation]
                table = ablation_table(ablation)
            else:
                rows = compare(files, pool=pool, peer=peer, folder=folder)
                report["rows"] = [asdict(row) for row in rows]
                table = as_table(rows)
    except PeerMissing as exc:
        print(exc, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder)
    report["machine"] |= {"load_at_end": f"{os.getloadavg()[0]:.1f}"}
    told = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in report["machine"].items())
    print(json.dumps(report, ensure_ascii=False) if chosen.json else f"{table}\n\n{told}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
