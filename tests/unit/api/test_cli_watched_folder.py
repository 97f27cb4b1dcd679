"""The scanner's folder by itself: when a file is whole, what is remembered of it, where it goes."""

from __future__ import annotations

import json
from pathlib import Path

from api.cli.watched_folder import DONE, FAILED, WatchedFolder, digest_of


def names(folder: WatchedFolder, at: float, settled_seconds: float = 2.0) -> list[str]:
    return [path.name for path in folder.whole_files(at=at, settled_seconds=settled_seconds)]


def test_a_file_that_still_grows_is_not_touched(tmp_path: Path) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"%PDF-1.4 half")
    folder = WatchedFolder(tmp_path)
    assert names(folder, 0.0) == []
    scan.write_bytes(b"%PDF-1.4 half and the rest")
    assert names(folder, 2.5) == [], "it grew between the looks, however long ago the first one was"
    assert names(folder, 3.0) == []
    assert names(folder, 4.5) == ["scan.pdf"]


def test_what_is_no_scan_by_its_name_or_has_nothing_in_it_is_left_alone(tmp_path: Path) -> None:
    for name in ("note.txt", ".hidden.jpg", "~lock.pdf", "scan.pdf.part"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "folder.jpg").mkdir()
    folder = WatchedFolder(tmp_path)
    names(folder, 0.0)
    assert names(folder, 9.0) == []


def test_scans_are_sent_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("scan-2.JPG", "scan-1.jpg", "scan-3.tiff"):
        (tmp_path / name).write_bytes(b"x")
    folder = WatchedFolder(tmp_path)
    names(folder, 0.0)
    assert names(folder, 2.0) == ["scan-1.jpg", "scan-2.JPG", "scan-3.tiff"]


def test_a_later_run_knows_what_was_sent_and_where_an_upload_was_begun(tmp_path: Path) -> None:
    first = WatchedFolder(tmp_path)
    first.note_begun("a" * 64, address="/v1/uploads/A")
    first.note_begun("b" * 64, address="/v1/uploads/B")
    first.note_sent("a" * 64)
    later = WatchedFolder(tmp_path)
    assert (later.was_sent("a" * 64), later.was_sent("b" * 64)) == (True, False)
    assert later.begun_at("b" * 64) == "/v1/uploads/B"


def test_a_ledger_torn_by_a_power_cut_keeps_its_other_lines(tmp_path: Path) -> None:
    WatchedFolder(tmp_path).note_sent("a" * 64)
    with (tmp_path / ".vidimus-sent").open("a", encoding="utf-8") as ledger:
        ledger.write('{"sha256": "bb')
    torn = WatchedFolder(tmp_path)
    assert torn.was_sent("a" * 64)
    assert not torn.was_sent("bb")
    torn.note_sent("c" * 64)
    assert WatchedFolder(tmp_path).was_sent("c" * 64), "the torn line does not swallow the one behind it"


def test_a_ledger_that_holds_something_else_is_read_past(tmp_path: Path) -> None:
    lines = ["[]", "3", json.dumps({"sha256": "d" * 64})]
    (tmp_path / ".vidimus-sent").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert WatchedFolder(tmp_path).was_sent("d" * 64)


def test_a_second_file_of_one_name_does_not_replace_the_first(tmp_path: Path) -> None:
    folder = WatchedFolder(tmp_path)
    for content in (b"first", b"second"):
        (tmp_path / "scan.jpg").write_bytes(content)
        folder.move(tmp_path / "scan.jpg", DONE)
    assert {path.name: path.read_bytes() for path in (tmp_path / DONE).iterdir()} == {
        "scan.jpg": b"first",
        "scan-2.jpg": b"second",
    }


def test_a_file_that_failed_lies_beside_the_reason(tmp_path: Path) -> None:
    (tmp_path / "scan.jpg").write_bytes(b"x")
    target = WatchedFolder(tmp_path).move(tmp_path / "scan.jpg", FAILED, why="It is no scan.")
    assert target.with_name("scan.jpg.txt").read_text(encoding="utf-8") == "It is no scan.\n"


def test_the_digest_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "scan.jpg").write_bytes(b"x" * 3_000_000)
    assert digest_of(tmp_path / "scan.jpg") == "e55b8bdf621ddaa8f462c74745db9680d3bb7536a9cf854f8d6668b34a287890"
