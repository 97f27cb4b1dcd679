"""What the processes of a test run write down, and the words that must never stand there.

Two ears: on what this process would log if it served (`Ear`), and on what processes that tests start say (`run_heard`,
`started_heard`); a third, on rows, is in `tests.heard_rows`. What they heard is kept in the folder that `./check` names, and
read there once more at the end: a process that was killed before its test could listen is heard too.
"""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from api.logs import JsonLines
from samples.cast import CAST

KEPT_IN: Final = "VIDIMUS_TEST_LOGS"
_NAMES: Final = {word for person in CAST.values() for word in (person.name, person.printed_name, person.id_number)}
# The person of tests/bureau.py, who is on no specimen.
_PERSON: Final = {"Lê Thị Thí Dụ", "000190000001"}
# PINs and passwords of the demonstration and of these tests; words of their scans.
# Written out: whoever hears every test must not wait for the whole house to be imported.
_PINS: Final = {"240226", "mau-thu-khong-dung-that", "246813579", "CANARY-PIN-71", "đúng ngựa"}
_PAPERS: Final = {"GIẤY KHAI SINH", "MẪU SPECIMEN", "Họ và tên"}
WORDS: Final = frozenset(_NAMES | _PERSON | _PINS | _PAPERS)
# Sessions, links, tokens, webhooks' and clients' secrets: 256 random bits in base64url, alone or behind a prefix.
_TOKEN: Final = re.compile(r"(?<![A-Za-z0-9_-])(?:[a-z]{2,8}_)*[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")
_CHANCE_DIGITS: Final = 9
_DIGEST: Final = re.compile(r"[0-9a-f]+")


class Ear(logging.Handler):
    """Writes down every record at the level and in the form of a serving process."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.setFormatter(JsonLines())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Write one down."""
        self.lines.append(self.format(record))


def secrets_in(lines: Iterable[str]) -> set[str]:
    """Give the words in some lines that must not be there."""
    told = "\n".join(lines)
    found = {word for word in WORDS if _stands_in(word, told)}
    return found | {token for token in _TOKEN.findall(told) if not _DIGEST.fullmatch(token)}


def _stands_in(word: str, told: str) -> bool:
    if word.isdigit() and len(word) < _CHANCE_DIGITS:
        # A few digits stand by chance in many a digest and in many a moment of the engine.
        return re.search(rf"(?<![0-9A-Za-z]){word}(?![0-9A-Za-z])", told) is not None
    return any(form in told for form in _forms(word))


def keep(source: str, lines: Sequence[str]) -> None:
    """Leave what was heard where `./check` reads it once more; nowhere when nobody asked."""
    folder = os.environ.get(KEPT_IN)
    if folder and lines:
        with tempfile.NamedTemporaryFile("w", dir=folder, prefix=f"{source}-", delete=False, encoding="utf-8") as file:
            file.write("\n".join(lines))


def run_heard(
    command: Sequence[str | Path], *, answers: bool = False, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run a process of ours to its end and find no secret in what it said.

    A command `answers` the person who typed it on standard output, with names and links where those were asked for: then
    only its standard error is listened to.
    """
    ended = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8", **options)
    said = [ended.stderr] if answers else [ended.stderr, ended.stdout]
    keep("process", said)
    assert secrets_in(said) == set(), f"{command[1:4]} said what it must not"
    return ended


@contextmanager
def started_heard(command: Sequence[str | Path], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process of ours that runs until the block ends, and find no secret in what it said meanwhile."""
    with tempfile.NamedTemporaryFile(prefix="process-", dir=os.environ.get(KEPT_IN), delete=False) as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, **options)
        try:
            yield process
        finally:
            process.kill()
            process.wait()
    path = Path(said.name)
    lines = path.read_text(encoding="utf-8", errors="replace")
    if KEPT_IN not in os.environ:
        path.unlink()
    assert secrets_in([lines]) == set(), f"{command[1:4]} said what it must not"


def _forms(word: str) -> set[str]:
    """A word as it is, and as JSON in plain letters writes it."""
    return {word, json.dumps(word)[1:-1]}
