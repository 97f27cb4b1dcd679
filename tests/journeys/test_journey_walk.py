"""The five-minute walk by its real command: six scenes, each really done."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.journeys.told import vidimus

# More than a minute on its own: in ./check --all only.
pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.matrix]


def test_walk_shows_six_scenes_and_loses_nothing_when_the_plug_is_pulled(tmp_path: Path) -> None:
    ended = vidimus("demo", "--story", "--yes", "--json", "--home", tmp_path / "home", folder=tmp_path)
    assert ended.exit_code == 0, ended.stderr[-3000:]
    shown = ended.answer
    assert Path(shown["sealed"]["path"]).read_bytes().startswith(b"%PDF")
    assert Path(shown["refused"]["crop"]).read_bytes().startswith(b"\x89PNG")
    assert Path(shown["refused"]["boxed"]).read_bytes().startswith(b"\xff\xd8")
    assert (shown["refused"]["flipped"], shown["refused"]["forged"]) == ("INVALID", "INVALID")
    assert shown["refused"]["boxes"] >= 1
    assert shown["once_only"]["uploads"] == 0
    assert "FETCHED" in shown["once_only"]["history"]
    assert shown["bank"]["verdict"] in {"VALID", "VALID_WITH_WARNING"}
    assert shown["month"]["THIDU-MAU"]["by_channel"] == {"COUNTER": 14, "ONLINE": 262}
    assert shown["month"]["TRUNGTAM-MAU"]["by_channel"] == {"COUNTER": 351, "ONLINE": 351}
    assert shown["month"]["TRUNGTAM-MAU"]["by_state"] == {"DONE": 433, "OPEN": 269}
    assert shown["month"]["MINHHOA-MAU"]["requests"] == 276 + 702
    assert shown["plug"]["missing"] == []
    assert len(set(shown["plug"]["numbers"])) == 3
    _merge_the_ward(tmp_path / "home", Path(shown["sealed"]["path"]), shown["sealed"]["code"], folder=tmp_path)


def _merge_the_ward(home: Path, copy: Path, code: str, *, folder: Path) -> None:
    """Three agencies become one, and the copy of the first stays what it was."""
    names = ("--name", "UBND phường Lớn", "--name-en", "Great Ward", "--name-fr", "Grand quartier")
    assert vidimus("agency", "add", "GREAT", *names, home=home, folder=folder).exit_code == 0
    day = datetime.now(UTC).isoformat()
    order = ("agency", "merge", "THIDU", "THIDU-EDU", "THIDU-LABOUR", "--into", "GREAT", "--on", day)
    order = (*order, "--decision", "31/NQ-HĐND", "--format", "json")
    ahead = vidimus(*order, "--dry-run", home=home, folder=folder).answer
    done = vidimus(*order, home=home, folder=folder).answer
    assert {**ahead, "dry_run": False} == done
    assert [(book["agency"], book["numbers"], book["void"]) for book in done["books"]] == [("THIDU", 4, 0)]
    by_file = vidimus("verify", copy, "--format", "json", home=home, folder=folder)
    by_code = vidimus("verify", code, "--format", "json", home=home, folder=folder)
    assert by_file.exit_code == by_code.exit_code == 0, by_file.stderr + by_code.stderr
    assert "(now part of Great Ward)" in by_code.answer["sentence"]["en"]
