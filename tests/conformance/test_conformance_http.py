"""schemathesis as an outside judge of the API: no value it invents gets an answer that is not described."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.access import SESSION_COOKIES
from api.demo.office import OFFICER_LOGIN, RECIPIENT_LOGIN, WARD
from certify import Role
from tests.running import Running, found_demo, run_home

pytestmark = pytest.mark.slow
TREE = Path(__file__).resolve().parents[2]
ADMIN = "quan-tri"
# The citizen first: an officer may enter a citizen's death, and an administrator end an officer's office.
CALLERS = ("an", OFFICER_LOGIN, RECIPIENT_LOGIN, ADMIN, None)
# They end or replace the very session that the judge comes with.
ENDING = ("end_session", "end_one_session", "end_other_sessions", "confirm_session")
# What the judge cannot know: that a form is more than its fields (whose number, which item), so that a value of the right
# form is refused all the same; and that a cookie parameter which it leaves out comes in the header `Cookie` that it was given.
NOT_JUDGED = ("positive_data_acceptance",)
COOKIE_IS_GIVEN = ("negative_data_rejection",)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An office with an administrator, and a copy in the holder's vault."""
    home = tmp_path_factory.mktemp("judged") / "home"
    found_demo(home)
    with run_home(home) as served:
        served.enrol(ADMIN, WARD, Role.ADMIN)
        with served.officer() as officer:
            served.certify(officer)
        yield served


def judge(running: Running, login: str | None, folder: Path, *, seconds: int, more: tuple[str, ...] = ()) -> str:
    """Let the judge work as one caller for so long; gives what it said."""
    command = [str(Path(sys.executable).with_name("st")), "run", f"{running.base_url}/v1/openapi.json"]
    not_judged = NOT_JUDGED
    if login is not None:
        with running.client(login) as client:
            token = next(client.cookies[name] for name in SESSION_COOKIES.values() if name in client.cookies)
            name = next(name for name in SESSION_COOKIES.values() if name in client.cookies)
            command += ["-H", f"Cookie: {name}={token}", "-H", f"X-CSRF-Token: {client.headers['X-CSRF-Token']}"]
        not_judged += COOKIE_IS_GIVEN
    command += [part for name in ENDING for part in ("--exclude-operation-id", name)]
    command += ["--exclude-checks", ",".join(not_judged), "--suppress-health-check", "all", "--warnings", "off"]
    command += ["--max-time", str(seconds), "--continue-on-failure", "--seed", "20261129", "--no-color", *more]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(TREE),
        "SCHEMATHESIS_HOOKS": "tests.schemathesis_hooks",
        "NO_PROXY": "*",
        "LANG": "C.UTF-8",
        "HOME": str(folder),
    }
    ended = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=seconds + 90, check=False
    )
    shutil.rmtree(folder / ".schemathesis", ignore_errors=True)
    assert ended.returncode == 0, ended.stdout[-20_000:] + ended.stderr[-2000:]
    return ended.stdout


def test_the_public_door_answers_as_described(running: Running, tmp_path: Path) -> None:
    told = judge(running, None, tmp_path, seconds=10, more=("--include-tag", "verification", "--phases", "coverage"))
    assert re.search(r"\d+ generated", told)


@pytest.mark.matrix
@pytest.mark.parametrize("login", CALLERS, ids=["citizen", "officer", "recipient", "admin", "stranger"])
def test_every_door_answers_as_described(running: Running, tmp_path: Path, login: str | None) -> None:
    told = judge(running, login, tmp_path, seconds=27, more=("--phases", "coverage,fuzzing,stateful"))
    assert re.search(r"\d+ generated", told)
