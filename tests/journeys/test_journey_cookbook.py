"""The cookbook is cooked: every snippet of the page runs against a served office, in the order of the page."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.demo.office import DEMO_PASSWORD, WARD
from certify import Role as StaffRole
from tests.heard_logs import run_heard
from tests.running import Running, run_home
from tests.small_paper import small_scan

pytestmark = [pytest.mark.journey, pytest.mark.slow]
TREE = Path(__file__).resolve().parents[2]
PAGE = (TREE / "docs" / "how-to" / "cookbook.md").read_text(encoding="utf-8")
PLACE = "http://127.0.0.1:8750"


@pytest.fixture(scope="module")
def running(founded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("cookbook") / "home"
    shutil.copytree(founded_home, home)
    with run_home(home) as served:
        served.services.publish_log()
        served.enrol("quan-tri", WARD, StaffRole.ADMIN, StaffRole.AUDITOR, password=DEMO_PASSWORD)
        yield served


def snippets(language: str, running: Running) -> str:
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(found) >= 7
    return "\n".join(found).replace(PLACE, running.base_url)


def cook(program: list[str], text: str, folder: Path) -> str:
    (folder / "giay-khai-sinh.jpg").write_bytes(small_scan(mark=folder.name[-4:]))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(TREE), "LANG": "C.UTF-8", "NO_PROXY": "*"}
    ended = run_heard(program, answers=True, input=text, cwd=folder, env=environment, timeout=240)
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
    return ended.stdout


def test_what_curl_does_ends_in_a_copy_that_anybody_can_check(running: Running, tmp_path: Path) -> None:
    told = cook(["bash", "-euo", "pipefail"], snippets("bash", running), tmp_path)
    assert told.count('"status":"DONE"') == 2
    assert json.loads((tmp_path / "look-up.json").read_text())["status"]["register"] == "FINAL"
    assert json.loads((tmp_path / "verdict.json").read_text())["verdict"] == "VALID_WITH_WARNING"
    assert json.loads((tmp_path / "submission.json").read_text())["recipient_agency"] == "THIDU-JUSTICE"
    assert "#" in json.loads((tmp_path / "share.json").read_text())["link"]
    assert json.loads((tmp_path / "refused.json").read_text())["code"] == "NOT_AUTHENTICATED"
    assert not (tmp_path / "approval.json").exists()


def test_what_python_does_ends_in_the_same(running: Running, tmp_path: Path) -> None:
    told = cook([sys.executable, "-"], snippets("python", running), tmp_path)
    assert "VALID_WITH_WARNING" in told
    assert "certified" in told
    assert "FORBIDDEN - " in told
    assert "may certify: ('certifier', 'counter_clerk')" in told
    assert (tmp_path / "register.csv").read_bytes()
