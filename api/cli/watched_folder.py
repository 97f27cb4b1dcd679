"""A folder that a scanner writes into: which files are whole, which were sent before, and where each goes afterwards."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

DONE: Final = "done"
FAILED: Final = "failed"
_LEDGER: Final = ".vidimus-sent"
_SCANS: Final = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".pdf"})
_READ_AT_ONCE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class _Look:
    """How a file was when it was looked at."""

    byte_count: int
    changed_ns: int


@dataclass(slots=True)
class WatchedFolder:
    """A folder and what is known of its files. Each line of its ledger is on the disk before the next act begins."""

    folder: Path
    _seen: dict[Path, tuple[_Look, float]] = field(default_factory=dict, repr=False)
    _began: dict[str, str] = field(default_factory=dict, repr=False)
    _sent: set[str] = field(default_factory=set, repr=False)

    def __post_init__(self) -> None:
        """Read what an earlier run wrote; a last line that a power cut tore says nothing."""
        ledger = self.folder / _LEDGER
        if not ledger.exists():
            return
        text = ledger.read_text(encoding="utf-8", errors="replace")
        if text and not text.endswith("\n"):
            with ledger.open("a", encoding="utf-8") as file:
                file.write("\n")
        for line in text.splitlines():
            try:
                told = json.loads(line)
                digest, address = str(told["sha256"]), told.get("address")
            except (ValueError, KeyError, TypeError, AttributeError):
                continue
            if address is None:
                self._sent.add(digest)
            else:
                self._began[digest] = str(address)

    def whole_files(self, *, at: float, settled_seconds: float) -> tuple[Path, ...]:
        """The scans that nobody has written to for so many seconds, in the order of their names.

        A scanner writes for as long as it scans: a file counts when its size and its time stayed the same from one look
        to a later one. What is empty, hidden or no scan by its name is left alone.
        """
        found = []
        looks: dict[Path, tuple[_Look, float]] = {}
        for path in sorted(self.folder.iterdir()):
            if path.name.startswith((".", "~")) or path.suffix.lower() not in _SCANS or not path.is_file():
                continue
            told = path.stat()
            look = _Look(told.st_size, told.st_mtime_ns)
            before = self._seen.get(path)
            since = before[1] if before is not None and before[0] == look else at
            looks[path] = (look, since)
            if look.byte_count and at - since >= settled_seconds:
                found.append(path)
        self._seen = looks
        return tuple(found)

    def was_sent(self, sha256_hex: str) -> bool:
        """Whether a file of these bytes was sent whole, by this run or an earlier one."""
        return sha256_hex in self._sent

    def begun_at(self, sha256_hex: str) -> str | None:
        """Where an upload of these bytes was begun that may not have ended."""
        return self._began.get(sha256_hex)

    def note_begun(self, sha256_hex: str, *, address: str) -> None:
        """Write where these bytes go, so that a run after a power cut goes on there."""
        self._began[sha256_hex] = address
        self._write({"sha256": sha256_hex, "address": address})

    def note_sent(self, sha256_hex: str) -> None:
        """Write that these bytes are at the office."""
        self._sent.add(sha256_hex)
        self._write({"sha256": sha256_hex})

    def move(self, path: Path, kind: str, *, why: str = "") -> Path:
        """Move a file out of the way, beside a word of why; a name that is taken there gets a number."""
        folder = self.folder / kind
        folder.mkdir(exist_ok=True)
        target, number = folder / path.name, 1
        while target.exists():
            number += 1
            target = folder / f"{path.stem}-{number}{path.suffix}"
        path.rename(target)
        if why:
            target.with_name(f"{target.name}.txt").write_text(f"{why}\n", encoding="utf-8")
        self._seen.pop(path, None)
        return target

    def _write(self, line: dict[str, str]) -> None:
        with (self.folder / _LEDGER).open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(line, sort_keys=True)}\n")
            file.flush()
            os.fsync(file.fileno())


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, read piece by piece."""
    seen = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_READ_AT_ONCE):
            seen.update(piece)
    return seen.hexdigest()
