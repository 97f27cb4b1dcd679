"""The disk of the home is full while scans come in: 507 at the door, nothing is kept, and what comes after room is made is taken."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.heard_logs import run_heard
from tests.running import found_demo

# A whole office inside a wall of its own.
pytestmark = [pytest.mark.slow, pytest.mark.matrix]

_OFFICE = """
import os, shutil, sys
from pathlib import Path
from tests.running import PIN, run_home
from tests.small_paper import small_scan

disk, founded, database = (Path(word) for word in sys.argv[1:4])
shutil.copytree(founded, disk / "home")
shutil.move(disk / "home" / "vidimus.db", database)
TUS = {"Tus-Resumable": "1.0.0"}
PART = TUS | {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
big = b"%PDF-1.7\\n" + bytes(3 << 20)

def told(name, answer):
    print(name, answer.status_code, answer.json().get("code") if answer.content else None, flush=True)

with run_home(disk / "home", database_url=f"sqlite:///{database}") as running:
    with running.officer() as officer:
        begun = officer.post("/v1/uploads", headers=TUS | {"Upload-Length": str(len(big))})
        told("begin", begun)
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as out:
            try:
                while True:
                    out.write(b"x" * 65536)
            except OSError:
                pass
        told("begin full", officer.post("/v1/uploads", headers=TUS | {"Upload-Length": str(len(big))}))
        told("part full", officer.patch(begun.headers["location"], content=big, headers=PART))
        told("form full", running.upload(officer, big, media_type="application/pdf"))
        told("small form full", running.upload(officer, small_scan()))
        told("read full", officer.get("/v1/drafts"))
        kept = len(officer.get("/v1/drafts").json()["items"])
        filler.unlink()
        offset = officer.head(begun.headers["location"], headers=TUS).headers["upload-offset"]
        print("kept", kept, offset, flush=True)
        told("part", officer.patch(begun.headers["location"], content=big, headers=PART))
        told("form", running.upload(officer, big, media_type="application/pdf"))
"""


def test_scans_that_find_no_room_are_refused_by_name_and_taken_once_there_is_room(tmp_path: Path) -> None:
    disk, founded = tmp_path / "disk", tmp_path / "founded"
    disk.mkdir()
    found_demo(founded)
    walled = ["bwrap", "--dev-bind", "/", "/", "--size", str(200 << 20), "--tmpfs", str(disk)]
    command = [*walled, sys.executable, "-c", _OFFICE, str(disk), str(founded), str(tmp_path / "office.db")]
    done = run_heard(command, timeout=300, env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])})
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines() == [
        "begin 201 None",
        "begin full 507 STORE_FULL",
        "part full 507 STORE_FULL",
        "form full 507 STORE_FULL",
        "small form full 507 STORE_FULL",
        "read full 200 None",
        "kept 0 0",
        "part 204 None",
        "form 202 None",
    ]
