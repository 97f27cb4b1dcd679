"""`vidimus watch`: what a scanner writes waits at the office once, whole, for its clerk."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.cli.exits import Exit
from api.demo.office import DEMO_PASSWORD, OFFICER_LOGIN
from samples.cast import AN
from tests.command_line import Answer, CommandLine
from tests.running import DOC_TYPE, Running
from tests.small_paper import small_scan

# Starts a whole office: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow


@pytest.fixture
def line(running: Running, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    monkeypatch.setenv("VIDIMUS_HOME", str(running.services.settings.home))
    return command_line


@pytest.fixture
def officer(running: Running) -> Iterator[httpx.Client]:
    with running.officer() as client:
        yield client
        for one in client.get("/v1/uploads").json()["items"]:
            client.delete(f"/v1/uploads/{one['upload_id']}", headers={"Tus-Resumable": "1.0.0"})


@pytest.fixture
def scanner(tmp_path: Path) -> Path:
    folder = tmp_path / "scanner"
    folder.mkdir()
    return folder


def watch(line: CommandLine, running: Running, folder: Path, *more: str, login: str = OFFICER_LOGIN) -> Answer:
    secret = folder.parent / "password"
    secret.touch(mode=0o600)
    secret.write_text(DEMO_PASSWORD)
    way_in = ("--server", running.base_url, "--login", login, "--password-file", str(secret))
    return line.run("watch", folder, *way_in, "--once", "--settle", "0", "--format", "ndjson", *more)


def outcomes(answer: Answer) -> dict[str, str]:
    told = [json.loads(line) for line in answer.out.splitlines()]
    return {one["file"]: one["outcome"] for one in told}


def waiting(officer: httpx.Client) -> list[dict[str, object]]:
    items: list[dict[str, object]] = officer.get("/v1/uploads").json()["items"]
    return items


def test_a_scan_of_the_scanner_waits_on_the_clerks_page_and_becomes_an_original(
    running: Running, line: CommandLine, officer: httpx.Client, scanner: Path
) -> None:
    (scanner / "SCAN0001.jpg").write_bytes(small_scan(mark="watch"))
    answer = watch(line, running, scanner)
    assert answer.exit_code == 0, answer.err
    assert outcomes(answer) == {"SCAN0001.jpg": "SENT"}
    assert [path.name for path in (scanner / "done").iterdir()] == ["SCAN0001.jpg"]
    page = officer.get("/staff/new").text
    assert "SCAN0001.jpg" in page
    upload_id = re.findall(r'name="upload_id" value="(\w+)"', page)[0]
    form = {
        "csrf_token": officer.headers["X-CSRF-Token"],
        "upload_id": upload_id,
        "holder_number": AN.id_number,
        "doc_type": DOC_TYPE,
        "copies": "1",
    }
    # As a browser without a script sends it: the field of files is there, and empty.
    sent = officer.post("/staff/new", data=form, files={"scan": ("", b"", "application/octet-stream")})
    assert sent.status_code == 303, sent.text
    assert sent.headers["location"].startswith("/staff/items/")
    assert waiting(officer) == [], "what became an original waits no longer"


def test_the_same_bytes_are_sent_once_however_often_they_come(
    running: Running, line: CommandLine, officer: httpx.Client, scanner: Path
) -> None:
    for name in ("a.jpg", "b.jpg"):
        (scanner / name).write_bytes(small_scan(mark="twice"))
    assert outcomes(watch(line, running, scanner)) == {"a.jpg": "SENT", "b.jpg": "TWICE"}
    (scanner / "c.jpg").write_bytes(small_scan(mark="twice"))
    assert outcomes(watch(line, running, scanner)) == {"c.jpg": "TWICE"}
    assert len(waiting(officer)) == 1


def test_a_run_that_died_before_its_ledger_was_written_sends_nothing_twice(
    running: Running, line: CommandLine, officer: httpx.Client, scanner: Path
) -> None:
    (scanner / "a.jpg").write_bytes(small_scan(mark="died"))
    watch(line, running, scanner)
    (scanner / "done" / "a.jpg").rename(scanner / "a.jpg")
    (scanner / ".vidimus-sent").unlink()
    assert outcomes(watch(line, running, scanner)) == {"a.jpg": "SENT"}
    assert len(waiting(officer)) == 1


def test_a_large_scan_goes_on_where_an_earlier_run_was_stopped(
    running: Running, line: CommandLine, officer: httpx.Client, scanner: Path
) -> None:
    large = small_scan(mark="large") + bytes(2_500_000)
    (scanner / "large.jpg").write_bytes(large)
    headers = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
    begun = officer.post("/v1/uploads", content=large[:1_200_000], headers=headers | {"Upload-Length": str(len(large))})
    from_before = begun.headers["location"]
    digest = hashlib.sha256(large).hexdigest()
    (scanner / ".vidimus-sent").write_text(json.dumps({"sha256": digest, "address": from_before}) + "\n")
    answer = watch(line, running, scanner)
    assert outcomes(answer) == {"large.jpg": "SENT"}, answer.err
    assert "%" in answer.err, "a large file tells how far it is"
    (only,) = waiting(officer)
    assert (only["finished"], only["bytes"]) == (True, len(large))
    assert from_before.endswith(str(only["upload_id"]))


def test_a_file_that_is_no_scan_goes_aside_with_its_reason_and_holds_up_nothing(
    running: Running, line: CommandLine, officer: httpx.Client, scanner: Path
) -> None:
    (scanner / "a.jpg").write_bytes(b"GIF89a" + bytes(100))
    (scanner / "b.jpg").write_bytes(small_scan(mark="good"))
    answer = watch(line, running, scanner)
    assert outcomes(answer) == {"a.jpg": "FAILED", "b.jpg": "SENT"}
    assert "JPEG" in (scanner / "failed" / "a.jpg.txt").read_text(encoding="utf-8")
    assert len(waiting(officer)) == 1


def test_who_may_not_send_scans_is_told_and_nothing_moves(running: Running, line: CommandLine, scanner: Path) -> None:
    (scanner / "a.jpg").write_bytes(small_scan(mark="stranger"))
    answer = watch(line, running, scanner, login="an")
    assert answer.exit_code == Exit.NOT_AUTHENTICATED, answer.err
    assert (scanner / "a.jpg").exists()


def test_a_folder_without_an_office_is_refused(line: CommandLine, scanner: Path) -> None:
    answer = line.run("watch", scanner)
    assert answer.exit_code == Exit.USAGE
    assert "--server" in answer.err
