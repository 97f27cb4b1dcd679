"""What no token may do is done at a server by a sign-in for one command: sharing, filing, answering, administration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from api.cli.exits import Exit
from api.demo.office import DEMO_PASSWORD, OFFICER_LOGIN, RECIPIENT_LOGIN, WARD
from api.identity import find_account, list_sessions
from certify import Role as StaffRole
from tests.command_line import CommandLine
from tests.running import Running

pytestmark = pytest.mark.slow
PROCEDURE = "SAMPLE-CIVIL-STATUS-EXTRACT"
RECIPIENT = "THIDU-JUSTICE"


@pytest.fixture(scope="module")
def record(running: Running) -> dict[str, str]:
    """A certified paper of a citizen, who has a password."""
    with running.officer() as officer:
        done = running.certify(officer)
    with running.citizen() as citizen:
        return {"id": done["record_id"], "holder": citizen.get("/v1/sessions/current").json()["subject_id"]}


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.touch(mode=0o600)
    path.write_text(f"{DEMO_PASSWORD}\n", encoding="utf-8")
    return path


@pytest.fixture
def line(running: Running, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    monkeypatch.setenv("VIDIMUS_HOME", str(running.services.settings.home))
    return command_line


def sign_in(running: Running, login: str, password_file: Path) -> list[str]:
    return ["--server", running.base_url, "--login", login, "--password-file", str(password_file)]


def keys_of(told: Any) -> Any:
    """The shape of an answer, for what is new each time."""
    if isinstance(told, dict):
        return {key: keys_of(value) for key, value in told.items()}
    if isinstance(told, list):
        return [keys_of(one) for one in told]
    return type(told).__name__


def sessions_of(running: Running, login: str) -> int:
    services = running.services
    with services.database.read() as tx:
        account = find_account(tx, login)
        return len(list_sessions(tx, account.account_id, at=services.clock.now()))


def test_a_link_is_made_here_and_there_and_the_session_ends_with_the_command(
    running: Running, line: CommandLine, record: dict[str, str], password_file: Path, tmp_path: Path
) -> None:
    passcode = tmp_path / "passcode"
    passcode.write_text("mở cửa 27\n", encoding="utf-8")
    words = [
        "share",
        "make",
        record["id"],
        "--purpose",
        "Xin học",
        "--recipient",
        "Trường",
        "--passcode-file",
        passcode,
    ]
    before = sessions_of(running, "an")
    here = line.run(*words, "--holder", record["holder"], "--format", "json")
    there = line.run(*words, *sign_in(running, "an", password_file), "--format", "json")
    assert (here.exit_code, there.exit_code) == (0, 0), here.err + there.err
    assert keys_of(here.json) == keys_of(there.json)
    assert there.json[0]["link"].startswith(running.services.verify_url)
    with running.citizen() as citizen:
        found = {one["share_id"]: one for one in citizen.get("/v1/shares").json()["items"]}
    assert {here.json[0]["share_id"], there.json[0]["share_id"]} <= set(found)
    # The citizen above came in once more, and the command left nothing.
    assert sessions_of(running, "an") == before + 1
    assert DEMO_PASSWORD not in there.out + there.err


def test_a_dossier_is_filed_fetched_and_answered_here_and_there(
    running: Running, line: CommandLine, record: dict[str, str], password_file: Path, tmp_path: Path
) -> None:
    filing = ["dossier", "submit", PROCEDURE, f"birth={record['id']}", "--consent", "--format", "json"]
    here = line.run(*filing, "--holder", record["holder"])
    there = line.run(*filing, *sign_in(running, "an", password_file))
    assert (here.exit_code, there.exit_code) == (0, 0), here.err + there.err
    assert keys_of(here.json) == keys_of(there.json)
    papers, answers = [], []
    for name, filed, where in (
        ("here", here, ["--agency", RECIPIENT]),
        ("there", there, sign_in(running, RECIPIENT_LOGIN, password_file)),
    ):
        submission_id, out = filed.json[0]["submission_id"], tmp_path / f"{name}.pdf"
        fetched = line.run("dossier", "fetch", submission_id, "birth", "--out", out, *where)
        assert fetched.exit_code == 0, fetched.err
        papers.append(out.read_bytes())
        answer = ["dossier", "answer", submission_id, "birth", "REJECTED", "--reason", "Bản khác", "--format", "json"]
        answers.append(line.run(*answer, *where))
        assert answers[-1].exit_code == 0, answers[-1].err
        assert line.run(*answer, *where).exit_code == Exit.UNEXPECTED
    assert papers[0] == papers[1]
    assert keys_of(answers[0].json) == keys_of(answers[1].json)
    withdrawn = line.run(
        "consent", "withdraw", there.json[0]["consent_id"], *sign_in(running, "an", password_file), "--format", "json"
    )
    assert withdrawn.exit_code == 0, withdrawn.err
    assert withdrawn.json[0]["withdrawn_at"] is not None
    again = ["dossier", "fetch", there.json[0]["submission_id"], "birth", "--out", tmp_path / "again.pdf"]
    refused_here = line.run(*again, "--agency", RECIPIENT).exit_code
    (tmp_path / "again.pdf").unlink(missing_ok=True)
    assert line.run(*again, *sign_in(running, RECIPIENT_LOGIN, password_file)).exit_code == refused_here != 0


def test_a_dossier_without_consent_is_not_filed(
    running: Running, line: CommandLine, record: dict[str, str], password_file: Path
) -> None:
    filing = ["dossier", "submit", PROCEDURE, f"birth={record['id']}"]
    here = line.run(*filing, "--holder", record["holder"]).exit_code
    assert line.run(*filing, *sign_in(running, "an", password_file)).exit_code == here != 0
    assert line.run("dossier", "submit", PROCEDURE, "birth", "--holder", record["holder"]).exit_code == Exit.USAGE


def test_a_wrong_password_is_not_authenticated(
    running: Running, line: CommandLine, password_file: Path, tmp_path: Path
) -> None:
    password_file.write_text("một mật khẩu khác\n", encoding="utf-8")
    answer = line.run("vault", "list", *sign_in(running, "an", password_file))
    assert answer.exit_code == Exit.NOT_AUTHENTICATED
    assert "một mật khẩu khác" not in answer.out + answer.err
    # Whoever comes in by a passkey has no password, and is told the way that is left.
    assert "--token-file" in answer.err


def test_an_account_with_passkeys_only_is_led_to_a_token_and_the_token_works(
    running: Running, line: CommandLine, password_file: Path, tmp_path: Path
) -> None:
    running.enrol("chi-khoa", WARD, StaffRole.COUNTER_CLERK)
    refused = line.run("case", "list", *sign_in(running, "chi-khoa", password_file))
    assert refused.exit_code == Exit.NOT_AUTHENTICATED
    assert "--by-browser" in refused.err
    assert "make a token on its account page" in refused.err
    with running.client("chi-khoa") as passkey_holder:
        made = passkey_holder.post("/v1/tokens", json={"label": "line", "scopes": ["copies:read"], "days": 1})
    token = tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text(made.json()["token"])
    assert line.run("case", "list", "--server", running.base_url, "--token-file", token).exit_code == 0


def test_the_password_is_asked_for_when_no_file_is_named(
    running: Running, line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(text: str, **_options: Any) -> str:
        asked.append(text)
        return DEMO_PASSWORD

    monkeypatch.setattr("typer.prompt", answer)
    listed = line.run("vault", "list", "--server", running.base_url, "--login", "an")
    assert (listed.exit_code, asked) == (0, ["Password"])


def test_a_password_that_others_may_read_is_not_sent(running: Running, line: CommandLine, password_file: Path) -> None:
    password_file.chmod(0o644)
    assert line.run("vault", "list", *sign_in(running, "an", password_file)).exit_code == Exit.USAGE


@pytest.mark.parametrize(
    "options",
    [
        ["--login", "an"],
        ["--server", "http://chung-thuc.example", "--login", "an", "--password-file", "{password}"],
        ["--server", "{url}", "--password-file", "{password}"],
        ["--server", "{url}", "--login", "an", "--password-file", "{password}", "--token-file", "{password}"],
    ],
    ids=["no-server", "open-line", "no-login", "two-ways-in"],
)
def test_ways_in_that_say_nothing_clear_are_refused(
    running: Running, line: CommandLine, password_file: Path, options: list[str]
) -> None:
    words = [option.format(url=running.base_url, password=password_file) for option in options]
    assert line.run("vault", "list", *words).exit_code == Exit.USAGE


def test_no_token_shares(running: Running, line: CommandLine, record: dict[str, str], tmp_path: Path) -> None:
    with running.citizen() as citizen:
        made = citizen.post("/v1/tokens", json={"label": "line", "scopes": ["vault:read", "vault:share"], "days": 1})
    token = tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text(made.json()["token"])
    words = ["share", "make", record["id"], "--purpose", "p", "--recipient", "r"]
    answer = line.run(*words, "--server", running.base_url, "--token-file", token)
    assert answer.exit_code == Exit.FORBIDDEN
    assert OFFICER_LOGIN not in answer.err
