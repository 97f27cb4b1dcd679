"""The disk is full, or says that it did not keep what it was given: nothing is acknowledged, nothing stays half."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.heard_logs import run_heard

# Each starts processes inside strace, bubblewrap or a false clock.
pytestmark = [pytest.mark.slow, pytest.mark.matrix]

_FULL_DISK = """
import sys
from pathlib import Path
import sqlalchemy as sa
from vault.database import metadata, open_database
from vault.errors import DatabaseUnavailable, StoreFull
from vault.stores import FolderStore
import vault.tables

disk = Path(sys.argv[1])
store = FolderStore(disk / "blobs")
store.put_new("first", b"1" * 1000)
database = open_database(f"sqlite:///{disk}/office.db")
table = sa.Table("vault_probe", metadata, sa.Column("text", sa.String))
table.create(database.engine)
filler = disk / "filler"
with filler.open("wb") as out:
    try:
        while True:
            out.write(b"x" * 65536)
            out.flush()
    except OSError:
        pass
try:
    store.put_new("second", b"2" * 200_000)
except StoreFull:
    print("store refused")
try:
    with database.transaction() as tx:
        tx.execute(table.insert(), [{"text": "y" * 1000}] * 300)
except DatabaseUnavailable:
    print("database refused")
print("kept", store.list_paths(), [p.name for p in (disk / "blobs").iterdir()])
filler.unlink()
store.put_new("second", b"2" * 200_000)
with database.transaction() as tx:
    tx.execute(table.insert(), [{"text": "y"}])
with database.read() as tx:
    print("recovered", store.list_paths(), tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
"""

_NO_SYNC = """
import sys
from pathlib import Path
from vault.errors import StoreUnavailable
from vault.stores import FolderStore

store = FolderStore(Path(sys.argv[1]))
try:
    store.put_new("copy", b"certified")
except StoreUnavailable:
    print("refused", store.list_paths(), [p.name for p in Path(sys.argv[1]).iterdir()])
else:
    print("acknowledged")
"""

_JUMP = """
import sys
from pathlib import Path
from api.clock import SystemClock, seconds_since_boot
from signing import ClockJumped, ClockWatch

watch = ClockWatch(SystemClock(), steady_seconds=seconds_since_boot)
watch.check()
print("agree")
Path(sys.argv[1]).write_text("+1h")
try:
    watch.check()
except ClockJumped:
    print("refused")
"""


def told(command: list[str], **environment: str) -> list[str]:
    done = run_heard(command, timeout=300, env={**os.environ, **environment})
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


def test_full_disk_refuses_keeps_no_half_file_and_recovers_alone(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    walled = ["bwrap", "--dev-bind", "/", "/", "--size", str(4 << 20), "--tmpfs", str(disk)]
    lines = told([*walled, sys.executable, "-c", _FULL_DISK, str(disk)])
    assert lines == [
        "store refused",
        "database refused",
        "kept ('first',) ['first']",
        "recovered ('first', 'second') 1",
    ]


@pytest.mark.parametrize("errno", ["EIO", "ENOSPC"])
def test_file_that_the_disk_did_not_sync_is_not_acknowledged(errno: str, tmp_path: Path) -> None:
    folder = tmp_path / "blobs"
    folder.mkdir()
    # The first sync is of the file itself.
    injected = [
        "strace",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "trace=fsync",
        "-e",
        f"inject=fsync:error={errno}:when=1",
    ]
    assert told([*injected, sys.executable, "-c", _NO_SYNC, str(folder)]) == ["refused () []"]


def test_clock_of_the_machine_that_jumps_stops_signing(tmp_path: Path) -> None:
    # The steady clock is left alone: it is what the other one is held against.
    offset = tmp_path / "offset"
    offset.write_text("+0")
    faked = {"FAKETIME_TIMESTAMP_FILE": str(offset), "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    lines = told([sys.executable, "-c", _JUMP, str(offset)], LD_PRELOAD=str(library), **faked)
    assert lines == ["agree", "refused"]
