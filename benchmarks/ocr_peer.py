"""The peer: OCRmyPDF 17 in an environment of its own, two processes at a time, straightening and turning pages."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from benchmarks.ocr_pages import MeasuredFile

WANTED: Final = "ocrmypdf>=17,<18"
_NEEDED: Final = (("tesseract", "tesseract-ocr tesseract-ocr-vie"), ("gs", "ghostscript"))
_TIMEOUT_SECONDS: Final = 300.0
# A lossless page takes it 14 processor seconds; on a machine at load 13 that was four minutes, and no fault of its.
_PAGE_TIMEOUT_SECONDS: Final = 1200.0
# What phones write when they know nothing: 72 or 96.
_LEAST_DPI: Final = 100.0


class PeerMissing(Exception):
    """The peer cannot run here; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one program made of some files: the text of each, and what it cost."""

    texts: tuple[str, ...]
    wall_seconds: float
    cpu_seconds: float
    failed: int


@dataclass(frozen=True, slots=True)
class Peer:
    """OCRmyPDF, ready to run."""

    python: Path
    version: str

    def read(self, files: Sequence[MeasuredFile], *, folder: Path) -> Run:
        """Turn each file into a PDF/A with a text layer; CPU is that of all its processes."""
        before, started = _children_cpu(), time.perf_counter()
        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(lambda file: self._read_one(file, folder), files))
        wall, cpu = time.perf_counter() - started, _children_cpu() - before
        return Run(tuple(text for text, _ in answers), wall, cpu, sum(not done for _, done in answers))

    def _read_one(self, file: MeasuredFile, folder: Path) -> tuple[str, bool]:
        out, text = folder / f"{file.path.stem}.pdf", folder / f"{file.path.stem}.txt"
        command = [
            str(self.python), "-m", "ocrmypdf", "-q", "-l", "+".join(file.languages), "--jobs", "1", "--output-type",
            "pdfa-2", "--deskew", "--rotate-pages", *_told_scale(file.path), "--sidecar", str(text), str(file.path),
            str(out),
        ]  # fmt: skip
        # OCRmyPDF's own advice for several processes at once.
        environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        try:
            done = subprocess.run(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_PAGE_TIMEOUT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            print(f"  the peer did not finish {file.path.name}; is the machine idle?", file=sys.stderr)
            return "", False
        is_done = done.returncode == 0 and text.exists()
        if not is_done:
            print(f"  the peer refused {file.path.name} with {done.returncode}", file=sys.stderr)
        return (text.read_text(encoding="utf-8") if is_done else ""), is_done


def open_peer(folder: Path) -> Peer:
    """Find the peer's environment, or make it.

    Raises:
        PeerMissing: something must be installed first.
    """
    lacking = [package for program, package in _NEEDED if shutil.which(program) is None]
    if lacking:
        raise PeerMissing(f"OCRmyPDF needs more here: `apt-get install {' '.join(lacking)}`, or measure with --no-peer")
    python = folder / "ocrmypdf-17" / "bin" / "python"
    if not python.exists():
        _run([sys.executable, "-m", "venv", str(python.parent.parent)])
    version = _version(python)
    if version is None:
        _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", WANTED])
        version = _version(python)
    if version is None:
        raise PeerMissing(f"{WANTED} could not be installed in {folder}; remove that folder or measure with --no-peer")
    return Peer(python, version)


def _told_scale(path: Path) -> tuple[str, ...]:
    """Give the option that OCRmyPDF asks for when a picture does not tell its scale, as photos do not."""
    if path.suffix == ".pdf":
        return ()
    with Image.open(path) as picture:
        told = float(picture.info.get("dpi", (0, 0))[0])
    return () if told >= _LEAST_DPI else ("--image-dpi", "300")


def _run(command: Sequence[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_TIMEOUT_SECONDS)
    except subprocess.CalledProcessError as exc:
        raise PeerMissing(
            f"the peer's environment could not be made ({' '.join(command[1:4])} ended with {exc.returncode}); "
            "give the machine a package index or measure with --no-peer"
        ) from exc


def _version(python: Path) -> str | None:
    told = subprocess.run([str(python), "-m", "ocrmypdf", "--version"], capture_output=True, text=True, check=False)
    return told.stdout.strip() if told.returncode == 0 else None


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
