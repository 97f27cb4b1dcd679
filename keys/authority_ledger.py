"""What the embedded authority issued and withdrew: an append-only file of JSON lines, safe for several processes.

Lines are `{"issued": SERIAL, "kind", "issuer", "at", "not_after"}`, `{"revoked": SERIAL, "at", "reason"}` and
`{"crl": ISSUER, "number", "at"}`; serials are hexadecimal, instants are UTC. A line is written under a lock and synced
before anyone relies on it. An unfinished last line was never relied on and is cut off by the next writer.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from keys.authority_names import CredentialKind, RevocationReason
from keys.errors import AuthorityUnusable, SerialUnknown
from keys.files import locked_folder

_Line: TypeAlias = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Revocation:
    """When and why a certificate was withdrawn."""

    revoked_at: datetime
    reason: RevocationReason


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One issued certificate and, once withdrawn, its revocation."""

    serial: int
    kind: CredentialKind
    issuer: CredentialKind
    issued_at: datetime
    not_after: datetime
    revocation: Revocation | None = None

    def revocation_at(self, at: datetime) -> Revocation | None:
        """Give the revocation that was in force at this instant."""
        return self.revocation if self.revocation and self.revocation.revoked_at <= at else None


class Ledger:
    """Reads lines as they come, from this process or another, and appends under a lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._entries: dict[int, LedgerEntry] = {}
        self._crl_numbers: dict[str, int] = {}
        self._lock = threading.RLock()

    def find(self, serial: int) -> LedgerEntry:
        """Look up one certificate.

        Raises:
            SerialUnknown: never issued.
        """
        with self._lock:
            self._read_news()
            try:
                return self._entries[serial]
            except KeyError as exc:
                raise SerialUnknown(f"no certificate with serial {serial:x} was issued here") from exc

    def entries(self) -> tuple[LedgerEntry, ...]:
        """List every certificate in the order of issuing."""
        with self._lock:
            self._read_news()
            return tuple(self._entries.values())

    def add(self, entry: LedgerEntry) -> None:
        """Record a certificate that is about to be issued."""
        line = {
            "issued": f"{entry.serial:x}",
            "kind": str(entry.kind),
            "issuer": str(entry.issuer),
            "at": entry.issued_at.isoformat(),
            "not_after": entry.not_after.isoformat(),
        }
        self._append(lambda: line)

    def revoke(self, serial: int, *, at: datetime, reason: RevocationReason) -> LedgerEntry:
        """Record a withdrawal; the first one stands, later ones change nothing.

        Raises:
            SerialUnknown: never issued.
        """

        def line() -> _Line | None:
            if self.find(serial).revocation is not None:
                return None
            return {"revoked": f"{serial:x}", "at": at.isoformat(), "reason": str(reason)}

        self._append(line)
        return self.find(serial)

    def next_crl_number(self, issuer: CredentialKind, *, at: datetime) -> int:
        """Take the next number of an issuer's CRLs; no number is given twice."""
        taken = 0

        def line() -> _Line:
            nonlocal taken
            taken = self._crl_numbers.get(issuer, 0) + 1
            return {"crl": str(issuer), "number": taken, "at": at.isoformat()}

        self._append(line)
        return taken

    def _append(self, make_line: Callable[[], _Line | None]) -> None:
        """Judge and write under one lock, so that the judgement still holds when the line stands."""
        with self._lock, locked_folder(self._path.parent):
            self._read_news()
            line = make_line()
            if line is None:
                return
            try:
                self._write(json.dumps(line, ensure_ascii=True, sort_keys=True).encode() + b"\n")
            except OSError as exc:
                raise AuthorityUnusable(f"the issuing ledger cannot be written: {exc.strerror}") from exc
            self._read_news()

    def _write(self, line: bytes) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # Whatever lies beyond the last whole line is a write that was cut short.
            os.ftruncate(descriptor, self._offset)
            written = os.pwrite(descriptor, line, self._offset)
            if written != len(line):
                os.ftruncate(descriptor, self._offset)
                raise OSError(28, "the disk took only part of a line")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _read_news(self) -> None:
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                news = file.read()
        except FileNotFoundError:
            return
        except OSError as exc:
            raise AuthorityUnusable(f"the issuing ledger cannot be read: {exc.strerror}") from exc
        whole = news[: news.rfind(b"\n") + 1]
        for line in whole.splitlines():
            self._take(line)
        self._offset += len(whole)

    def _take(self, raw: bytes) -> None:
        try:
            line = json.loads(raw)
            if "issued" in line:
                self._take_issued(line)
            elif "revoked" in line:
                serial = int(line["revoked"], 16)
                revocation = Revocation(datetime.fromisoformat(line["at"]), RevocationReason(line["reason"]))
                self._entries[serial] = replace(self._entries[serial], revocation=revocation)
            else:
                self._crl_numbers[line["crl"]] = int(line["number"])
        except (ValueError, KeyError, TypeError) as exc:
            raise AuthorityUnusable(
                f"the issuing ledger {self._path.name} has an unreadable line after byte {self._offset}; "
                "restore it from a backup, since without it revocation cannot be answered"
            ) from exc

    def _take_issued(self, line: Mapping[str, str]) -> None:
        entry = LedgerEntry(
            serial=int(line["issued"], 16),
            kind=CredentialKind(line["kind"]),
            issuer=CredentialKind(line["issuer"]),
            issued_at=datetime.fromisoformat(line["at"]),
            not_after=datetime.fromisoformat(line["not_after"]),
        )
        self._entries[entry.serial] = entry
