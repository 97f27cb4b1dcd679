"""`vidimus watch`: what a scanner puts into a folder waits at the office, on its clerk's page *New original*."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Final

import typer

from api.cli.console import Console, Format, Language, open_console
from api.cli.place import Place, anywhere
from api.cli.target import open_there
from api.cli.watched_folder import DONE, FAILED, WatchedFolder, digest_of
from api.client import Refused, Unreachable, new_key
from api.client.scans import Scans, SentPart
from api.clock import stopwatch
from api.errors import RequestInvalid
from ocr import ScanRefused
from ocr.intake import media_type_of

_PART_BYTES: Final = 1 << 20
_BEGINNING: Final = 16
_MOVED: Final = 409
_GONE: Final = frozenset({404, 410})
_NOT_LET_IN: Final = frozenset({401, 403})
_PASSES: Final = frozenset({408, 425, 429})
_SERVER_ERRORS: Final = 500
_WAITS_SECONDS: Final = (2.0, 5.0, 15.0, 30.0, 60.0)


@anywhere
def watch(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that the scanner writes into.")],
    *,
    every: Annotated[float, typer.Option(min=0.05, help="Seconds between two looks.")] = 2.0,
    settle: Annotated[float, typer.Option(min=0.0, help="Seconds for which a file must not have changed.")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Send what is there, and end.")] = False,
    place: Place,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Send each scan that appears in a folder; it waits for its clerk, and moves to done/ or failed/."""
    console = open_console(lang)
    with open_there(console, place) as client, _until_told() as stop:
        if not folder.is_dir():
            raise RequestInvalid(f"{folder} is no folder", field="folder")
        console.tell("cli.watch.begins", folder=folder)
        _Watch(console, client.scans, WatchedFolder(folder), stop, form).run(every=every, settle=settle, once=once)
        console.tell("cli.watch.ends")


@contextmanager
def _until_told() -> Iterator[threading.Event]:
    """Let Ctrl+C and a supervisor's signal end the run behind the part that is under way, and not within it."""
    stop = threading.Event()

    def told(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, told) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass(slots=True)
class _Watch:
    """One run; a file is read where it lies, part by part."""

    console: Console
    scans: Scans
    folder: WatchedFolder
    stop: threading.Event
    form: Format
    failures: int = 0

    def run(self, *, every: float, settle: float, once: bool) -> None:
        """Look, send what is whole, wait; until told to end, or once."""
        while not self.stop.is_set():
            whole = self.folder.whole_files(at=stopwatch(), settled_seconds=settle)
            if once and not whole:
                # The first look begins the wait; the second one sees what did not change.
                self.stop.wait(settle)
                whole = self.folder.whole_files(at=stopwatch(), settled_seconds=settle)
            for path in whole:
                if self.stop.is_set():
                    return
                if why := self._take(path):
                    self._wait(why)
                    break
                self.failures = 0
            else:
                if once:
                    return
                self.stop.wait(every)

    def _wait(self, why: str) -> None:
        seconds = _WAITS_SECONDS[min(self.failures, len(_WAITS_SECONDS) - 1)]
        self.failures += 1
        self.console.tell("cli.watch.waits", why=why, seconds=int(seconds))
        self.stop.wait(seconds)

    def _take(self, path: Path) -> str:
        """Send one file, unless its bytes were sent before, and put it away; gives why it must wait, if it must."""
        try:
            with path.open("rb") as file:
                media_type = media_type_of(file.read(_BEGINNING), declared_type=None)
            digest = digest_of(path)
        except ScanRefused as exc:
            self._put_away(path, FAILED, why=self.console.reason(exc.code.value))
            return ""
        except OSError as exc:
            # A scanner on some systems keeps its file locked until it is done with it.
            return f"{path.name}: {exc}."
        if self.folder.was_sent(digest):
            self._put_away(path, DONE, twice=True)
            return ""
        try:
            if not self._send(path, digest, media_type):
                return ""
        except Unreachable as exc:
            return f"{exc}."
        except Refused as exc:
            if exc.status in _NOT_LET_IN:
                raise
            if exc.status in _PASSES or exc.status >= _SERVER_ERRORS:
                return f"{exc.title}. {exc.detail}"
            self._put_away(path, FAILED, why=str(exc))
            return ""
        self.folder.note_sent(digest)
        self._put_away(path, DONE)
        return ""

    def _send(self, path: Path, digest: str, media_type: str) -> bool:
        """Send a file from where it stands; False when the run is to end before all of it went."""
        byte_count = path.stat().st_size
        sent = self._place(path, digest, media_type, byte_count=byte_count)
        with path.open("rb") as file:
            while sent.received < byte_count:
                if self.stop.is_set():
                    return False
                file.seek(sent.received)
                sent = self._append(sent, file.read(_PART_BYTES))
                if byte_count > _PART_BYTES:
                    percent = 100 * sent.received // byte_count
                    self.console.tell("cli.watch.progress", name=path.name, percent=percent)
        return True

    def _append(self, sent: SentPart, content: bytes) -> SentPart:
        try:
            return self.scans.append(sent, content)
        except Unreachable:
            # It may have arrived: the office is asked before a byte is sent again.
            return self.scans.stands(sent.address)
        except Refused as exc:
            if exc.status != _MOVED:
                raise
            return self.scans.stands(sent.address)

    def _place(self, path: Path, digest: str, media_type: str, *, byte_count: int) -> SentPart:
        begun = self.folder.begun_at(digest)
        if begun is not None:
            try:
                return self.scans.stands(begun)
            except Refused as exc:
                if exc.status not in _GONE:
                    raise
        announced: dict[str, Any] = {"name": path.name, "media_type": media_type, "byte_count": byte_count}
        try:
            # A run that died between the answer and its ledger gets the same upload again, by the same key.
            key = f"watch-{digest[:40]}" if begun is None else new_key()
            sent = self.scans.begin(**announced, key=key)
        except Refused as exc:
            if exc.status not in _GONE:
                raise
            # That one was thrown away meanwhile.
            sent = self.scans.begin(**announced, key=new_key())
        self.folder.note_begun(digest, address=sent.address)
        return sent

    def _put_away(self, path: Path, kind: str, *, why: str = "", twice: bool = False) -> None:
        target = self.folder.move(path, kind, why=why)
        outcome = "TWICE" if twice else "FAILED" if kind == FAILED else "SENT"
        if self.form is Format.TEXT:
            self.console.result(f"{path.name}: {outcome} → {target}")
        else:
            self.console.result_json({"file": path.name, "outcome": outcome, "path": str(target)})
        if why:
            self.console.tell("cli.watch.failed", name=path.name, why=why)
