"""An office is overseen from the command line here and at a server: figures, retention, reforms, with the same answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli.exits import Exit
from api.demo.office import DEMO_PASSWORD, OFFICER_LOGIN, WARD
from certify import Agency, add_agency, get_agency
from certify import Role as StaffRole
from tests.command_line import Answer, CommandLine
from tests.running import Running

pytestmark = pytest.mark.slow
ADMIN, AUDITOR, NEIGHBOUR = "quan-tri-tren", "kiem-toan-tren", "quan-tri-ben"


@pytest.fixture(scope="module")
def province(running: Running) -> str:
    """A province above three wards of its own, with an administrator and an auditor."""
    services, since = running.services, running.services.clock.now()
    with services.database.transaction() as tx:
        for code, parent in (("TINH", None), ("TINH.01", "TINH"), ("TINH.02", "TINH"), ("TINH.03", "TINH")):
            add_agency(tx, Agency(code, code, code, code, "COMMUNE", parent, None, "X", since, None))
    running.enrol(ADMIN, "TINH", StaffRole.ADMIN, password=DEMO_PASSWORD)
    running.enrol(AUDITOR, "TINH", StaffRole.AUDITOR, password=DEMO_PASSWORD)
    running.enrol(NEIGHBOUR, "TINH.03", StaffRole.ADMIN, password=DEMO_PASSWORD)
    return "TINH"


@pytest.fixture
def line(running: Running, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch, province: str) -> CommandLine:
    monkeypatch.setenv("VIDIMUS_HOME", str(running.services.settings.home))
    return command_line


def test_figures_are_told_the_same_here_and_there(
    line: CommandLine, there: Callable[..., Answer], tmp_path: Path
) -> None:
    for words in (["figures", "show", "TINH.01", "--below"], ["figures", "scorecard", "TINH"], ["retention", "list"]):
        here, elsewhere = line.run(*words, "--format", "json"), there(AUDITOR, *words, "--format", "json")
        assert (here.exit_code, elsewhere.exit_code) == (0, 0), here.err + elsewhere.err
        assert here.json == elsewhere.json != []
        assert line.run(*words).err == there(AUDITOR, *words).err
    for name, run in (("here", line.run), ("there", lambda *words: there(AUDITOR, *words))):
        assert run("figures", "show", "TINH.02", "--csv", tmp_path / f"{name}.csv").exit_code == 0
        assert run("figures", "pictures", "TINH", tmp_path / name).exit_code == 0
        assert run("figures", "events", "TINH", "requests_by_channel").exit_code == 0
    assert (tmp_path / "here.csv").read_bytes() == (tmp_path / "there.csv").read_bytes() != b""
    drawn = [sorted(path.name for path in (tmp_path / name).iterdir()) for name in ("here", "there")]
    assert drawn[0] == drawn[1]


def test_figures_of_others_and_of_a_specimen_are_not_given(
    line: CommandLine, there: Callable[..., Answer], tmp_path: Path
) -> None:
    assert there(AUDITOR, "figures", "show", WARD).exit_code == line.run("figures", "show", "NOBODY").exit_code != 0
    assert there(OFFICER_LOGIN, "figures", "show", WARD).exit_code == Exit.FORBIDDEN
    words = ["figures", "open-data", "TINH", tmp_path / "open", "--base-url", "https://one.example"]
    assert there(AUDITOR, *words).exit_code == line.run(*words).exit_code != 0
    assert not (tmp_path / "open").exists()
    assert there(AUDITOR, "figures", "show", "TINH", "--from", "soon").exit_code == Exit.USAGE
    assert line.run("figures", "show", "TINH", "--from", "soon").exit_code == Exit.USAGE


def test_retention_is_decided_held_and_looked_at_there(line: CommandLine, there: Callable[..., Answer]) -> None:
    held = there(ADMIN, "retention", "hold", "AGENCY", "TINH.01", "--decision", "9/TA")
    assert held.exit_code == 0, held.err
    hold_id = held.out.strip()
    listed = [run("retention", "holds", "--format", "json") for run in (line.run, lambda *w: there(ADMIN, *w))]
    assert listed[0].json == listed[1].json
    assert [one["hold_id"] for one in listed[0].json] == [hold_id]
    assert there(ADMIN, "retention", "release", hold_id, "--decision", "10/TA").exit_code == 0
    assert line.run("retention", "holds", "--format", "json").json == []
    set_there = there(
        ADMIN, "retention", "set", "RAW_SCAN", "--days", "400", "--decision", "5/QĐ", "--from", "2099-01-01"
    )
    assert set_there.exit_code == 0, set_there.err
    rules = {one["class"]: one for one in line.run("retention", "list", "--on", "2099-06-01", "--format", "json").json}
    assert (rules["RAW_SCAN"]["days"], rules["RAW_SCAN"]["source"]) == (400, "5/QĐ")
    looked = [
        run("retention", "purge", "--dry-run", "--format", "json") for run in (line.run, lambda *w: there(ADMIN, *w))
    ]
    assert looked[0].json == looked[1].json
    assert there(ADMIN, "retention", "certificates", "--format", "json").json == []
    adopted = there(ADMIN, "retention", "adopt", "--decision", "6/QĐ")
    assert adopted.exit_code == 0, adopted.err
    assert all(one["decided"] for one in line.run("retention", "list", "--format", "json").json)


def test_two_people_are_asked_for_there_as_here(line: CommandLine, there: Callable[..., Answer]) -> None:
    words = ["agency", "four-eyes", "on", "TINH.03", "--decision", "18/QĐ", "--from", "2026-01-01"]
    assert there(AUDITOR, *words).exit_code == Exit.FORBIDDEN
    assert there(ADMIN, "agency", "four-eyes", "on", WARD, "--decision", "18/QĐ").exit_code != 0
    made = there(ADMIN, *words)
    assert made.exit_code == 0, made.err
    listed = [
        run("agency", "four-eyes", "list", "TINH.03", "--format", "json")
        for run in (line.run, lambda *w: there(ADMIN, *w))
    ]
    assert listed[0].json == listed[1].json
    assert [one["decision_id"] for one in listed[0].json] == [made.out.strip()]
    assert there(ADMIN, "agency", "four-eyes", "off", made.out.strip()).exit_code == 0
    assert not line.run("agency", "four-eyes", "list", "TINH.03", "--format", "json").json[0]["holds"]


def test_retention_is_not_for_one_below_nor_for_an_auditor(there: Callable[..., Answer]) -> None:
    hold = ["retention", "hold", "AGENCY", "TINH.03", "--decision", "9/TA"]
    assert there(NEIGHBOUR, *hold).exit_code != 0
    assert there(AUDITOR, *hold).exit_code == Exit.FORBIDDEN


def test_agencies_are_renamed_and_merged_there_after_a_look_ahead(
    line: CommandLine, there: Callable[..., Answer], running: Running
) -> None:
    today = str(running.services.law.local_date(running.services.clock.now()))
    rename = ["agency", "rename", "TINH.01", "TINH.11", "--name", "Mới", "--name-en", "New", "--name-fr", "Neuf"]
    rename += ["--decision", "1/NQ", "--format", "json"]
    looks = [run(*rename, "--on", "2099-01-01", "--dry-run") for run in (line.run, lambda *words: there(ADMIN, *words))]
    assert [one.exit_code for one in looks] == [0, 0], looks[1].err
    told = [one.json | {"since": None} for one in looks]
    assert told[0] == told[1]
    assert told[0]["dry_run"]
    # One beside it, and one who only reads, rename nothing; nor does anybody before the day.
    assert there(NEIGHBOUR, *rename, "--on", today).exit_code != 0
    assert there(AUDITOR, *rename, "--on", today).exit_code == Exit.FORBIDDEN
    assert there(ADMIN, *rename, "--on", "2099-01-01").exit_code != 0
    moment = running.services.clock.now().isoformat()
    done = there(ADMIN, *rename, "--on", moment)
    assert (done.exit_code, done.json["following"]) == (0, ["TINH.11"]), done.err
    with running.services.database.read() as tx:
        assert get_agency(tx, "TINH.11").parent_code == "TINH"
    merge = ["agency", "merge", "TINH.11", "TINH.02", "--into", "TINH.03", "--decision", "2/NQ", "--format", "json"]
    merged = there(ADMIN, *merge, "--on", running.services.clock.now().isoformat())
    assert (merged.exit_code, [one["agency"] for one in merged.json["ending"]]) == (0, ["TINH.11", "TINH.02"]), (
        merged.err
    )


def test_an_administrator_does_not_take_in_an_agency_elsewhere(there: Callable[..., Answer], running: Running) -> None:
    moment = running.services.clock.now().isoformat()
    names = ["--name", "Mới", "--name-en", "New", "--name-fr", "Neuf", "--decision", "3/NQ", "--on", moment]
    assert there(ADMIN, "agency", "rename", "THIDU-JUSTICE", "TINH.99", *names).exit_code != 0
    # Nor does one below rename the own agency: the new one would stand beside it.
    assert there(NEIGHBOUR, "agency", "rename", "TINH.03", "TINH.98", *names).exit_code != 0
    with running.services.database.read() as tx:
        assert get_agency(tx, "THIDU-JUSTICE").valid_to is None
