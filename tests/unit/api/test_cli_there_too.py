"""What was once asked at the machine only: trust, the plan of renewals and one's own contact, here and at a server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli.exits import Exit
from api.demo.office import DEMO_PASSWORD, OFFICER_LOGIN, WARD
from certify import Role as StaffRole
from tests.command_line import Answer, CommandLine
from tests.running import Running

pytestmark = pytest.mark.slow
AUDITOR, NEIGHBOUR = "kiem-toan-phuong", "kiem-toan-khac"


@pytest.fixture(scope="module", autouse=True)
def _certified(running: Running) -> None:
    """A copy whose protection was looked at, an auditor of its agency, and one of another."""
    running.enrol(AUDITOR, WARD, StaffRole.AUDITOR, password=DEMO_PASSWORD)
    running.enrol(NEIGHBOUR, "THIDU-EDU", StaffRole.AUDITOR, password=DEMO_PASSWORD)
    with running.officer() as officer:
        running.certify(officer)
    running.services.pipeline.renewals.survey()


@pytest.fixture
def line(running: Running, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    monkeypatch.setenv("VIDIMUS_HOME", str(running.services.settings.home))
    return command_line


@pytest.fixture
def there(running: Running, line: CommandLine, tmp_path: Path) -> Callable[..., Answer]:
    """Run a command at the server as somebody of its office."""
    password = tmp_path / "password"
    password.touch(mode=0o600)
    password.write_text(DEMO_PASSWORD)

    def run(login: str, *words: str | Path) -> Answer:
        return line.run(*words, "--server", running.base_url, "--login", login, "--password-file", password)

    return run


def test_trust_is_told_and_given_by_a_server_to_anybody(running: Running, line: CommandLine, tmp_path: Path) -> None:
    at = ["--server", running.base_url]
    here, elsewhere = line.run("trust", "list", "--format", "json"), line.run("trust", "list", *at, "--format", "json")
    assert (here.exit_code, elsewhere.exit_code) == (0, 0), here.err + elsewhere.err
    assert here.json == elsewhere.json
    assert here.json["roots"]
    assert line.run("trust", "list").out == line.run("trust", "list", *at).out
    bundle = tmp_path / "bundle.json"
    assert line.run("trust", "export", bundle, *at).exit_code == 0
    assert line.run("verify", "--trust", bundle, bundle).exit_code == Exit.DAMAGED_INPUT
    # Whom the house believes is decided at its machine.
    for words in (["import", "list.xml"], ["drop", "XT"]):
        refused = line.run("trust", *words, *at)
        assert (refused.exit_code, "whom every verdict of the house believes" in refused.err) == (Exit.USAGE, True)


def test_the_plan_of_renewals_is_the_own_agencys_there(line: CommandLine, there: Callable[..., Answer]) -> None:
    words = ["renew", "plan", "--at", "2090-12-31", "--format", "json"]
    here, elsewhere = line.run(*words), there(AUDITOR, *words)
    assert (here.exit_code, elsewhere.exit_code) == (0, 0), here.err + elsewhere.err
    assert here.json == elsewhere.json
    assert here.json["due"] == len(here.json["records"]) == 1
    assert there(NEIGHBOUR, *words).json == {"due": 0, "protected": 0, "problems": 0, "records": []}
    assert there(OFFICER_LOGIN, *words).exit_code == Exit.FORBIDDEN
    drill = ["renew", "plan", "--sunset", "SHA256=2026-01-01", "--format", "json"]
    assert line.run(*drill).json == there(AUDITOR, *drill).json
    for wrong in (["--sunset", "SHA256"], ["--at", "soon"]):
        assert (
            line.run("renew", "plan", *wrong).exit_code
            == there(AUDITOR, "renew", "plan", *wrong).exit_code
            == Exit.USAGE
        )


def test_at_a_server_everybody_says_for_themselves_where_they_are_told(
    running: Running, line: CommandLine, there: Callable[..., Answer]
) -> None:
    own = ["notice", "contact", "--email", "kiem-toan@thi-du.example", "--by", "email"]
    assert there(AUDITOR, *own).exit_code == 0
    with running.client(AUDITOR) as auditor:
        told = auditor.get("/v1/contact").json()
    assert (told["email"], told["by_email"], told["by_sms"]) == ("kiem-toan@thi-du.example", True, False)
    assert there(AUDITOR, *own, "--user", OFFICER_LOGIN).exit_code == Exit.USAGE
    assert line.run("notice", "contact", "--email", "x@thi-du.example").exit_code == Exit.USAGE
