"""An office is administered from the command line here and at a server: the same lines, and what is changed is changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli.exits import Exit
from api.demo.office import DEMO_PASSWORD, OFFICER_KEY, OFFICER_LOGIN, WARD
from api.identity import Door, Password, create_account, find_account
from certify import Role as StaffRole
from tests.command_line import Answer, CommandLine
from tests.running import Running

pytestmark = pytest.mark.slow
ADMIN = "quan-tri-xa"


@pytest.fixture(scope="module")
def admin(running: Running) -> str:
    """An administrator of the ward, with a password."""
    services = running.services
    staff_id = running.enrol("quan-tri", WARD, StaffRole.ADMIN)
    with services.database.transaction() as tx:
        create_account(
            tx,
            door=Door.STAFF,
            subject_id=staff_id,
            login=ADMIN,
            password=Password(DEMO_PASSWORD),
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        )
    return ADMIN


@pytest.fixture(scope="module")
def officer_id(running: Running) -> str:
    with running.services.database.read() as tx:
        return find_account(tx, OFFICER_LOGIN).subject_id


@pytest.fixture
def line(running: Running, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    monkeypatch.setenv("VIDIMUS_HOME", str(running.services.settings.home))
    return command_line


@pytest.fixture
def there(running: Running, line: CommandLine, admin: str, tmp_path: Path) -> Callable[..., Answer]:
    """Run a command as the administrator at the server."""
    password = tmp_path / "password"
    password.touch(mode=0o600)
    password.write_text(DEMO_PASSWORD)
    way_in = ["--server", running.base_url, "--login", admin, "--password-file", str(password)]
    return lambda *words: line.run(*words, *way_in)


def test_agencies_people_and_keys_are_listed_the_same_here_and_there(
    line: CommandLine, there: Callable[..., Answer], officer_id: str
) -> None:
    for words_here, words_there in (
        (["agency", "list"], ["agency", "list"]),
        (["user", "list", "--agency", WARD], ["user", "list"]),
        (["key", "radar"], ["key", "radar"]),
        (["delegation", "list", OFFICER_LOGIN], ["delegation", "list", officer_id]),
    ):
        here, elsewhere = (
            line.run(*words_here, "--format", "json"),
            there(*words_there, "--format", "json"),
        )
        assert elsewhere.exit_code == here.exit_code, elsewhere.err
        by_name = [sorted(rows, key=str) for rows in (here.json, elsewhere.json)]
        assert by_name[0] == by_name[1], words_here


def test_the_keys_of_the_inventory_are_the_same_here_and_there(line: CommandLine, there: Callable[..., Answer]) -> None:
    here = {row["key_id"]: row for row in line.run("key", "list", "--format", "json").json}
    told = there("key", "list", "--format", "json")
    assert OFFICER_KEY in {row["key_id"] for row in told.json}
    assert told.json == [here[row["key_id"]] for row in told.json]


def test_a_dry_run_there_walks_the_paths_of_the_own_agency(line: CommandLine, there: Callable[..., Answer]) -> None:
    here, elsewhere = line.run("key", "dry-run", "--format", "json"), there("key", "dry-run", "--format", "json")
    assert elsewhere.exit_code == here.exit_code == 0, elsewhere.err
    steps = {(row["path"], row["step"], row["code"]) for row in here.json}
    assert {(row["path"], row["step"], row["code"]) for row in elsewhere.json} <= steps


def test_a_key_is_suspended_resumed_and_revoked_there(
    line: CommandLine, there: Callable[..., Answer], running: Running
) -> None:
    def status() -> str:
        rows = {row["key_id"]: row for row in line.run("key", "list", "--format", "json").json}
        return str(rows[OFFICER_KEY]["status"])

    assert there("key", "suspend", OFFICER_KEY).exit_code == 0
    assert status() == "SUSPENDED"
    # What its state does not allow ends there as here.
    again = there("key", "suspend", OFFICER_KEY).exit_code
    assert again == line.run("key", "suspend", OFFICER_KEY).exit_code == Exit.SIGNING_REFUSED
    assert there("key", "resume", OFFICER_KEY).exit_code == 0
    assert status() == "ACTIVE"
    revoked = there("key", "revoke", OFFICER_KEY, "--reason", "superseded")
    assert (revoked.exit_code, status()) == (0, "REVOKED")
    assert "REVOKED" in revoked.err


def test_a_delegation_is_entered_and_ended_there(
    line: CommandLine, there: Callable[..., Answer], officer_id: str
) -> None:
    decision = ["--capacity", "KT", "--on-behalf-of", "CHỦ TỊCH", "--decision", "9/QĐ"]
    days = ["--from", "2027-01-01", "--until", "2027-02-01"]
    made = there("delegation", "add", officer_id, *decision, *days)
    assert made.exit_code == 0, made.err
    also = line.run("delegation", "add", OFFICER_LOGIN, *decision, *days)
    rows = {row["delegation_id"]: row for row in line.run("delegation", "list", OFFICER_LOGIN, "--format", "json").json}
    mine, theirs = rows[made.out.strip()], rows[also.out.strip()]
    assert mine | {"delegation_id": ""} == theirs | {"delegation_id": ""}
    assert there("delegation", "end", made.out.strip()).exit_code == 0
    rows = {row["delegation_id"]: row for row in line.run("delegation", "list", OFFICER_LOGIN, "--format", "json").json}
    assert rows[made.out.strip()]["ended_at"] is not None


def test_an_agency_lives_and_ends_the_same_here_and_there(line: CommandLine, there: Callable[..., Answer]) -> None:
    names = ["--name", "Phường Mới", "--name-en", "New", "--name-fr", "Neuf"]
    for act, number in ((line.run, 1), (there, 2)):
        for code in (f"CU-{number}", f"KE-{number}"):
            added = act("agency", "add", code, *names, "--parent", WARD)
            assert added.exit_code == 0, added.err
        policy = act(
            "agency",
            "seal-policy",
            f"CU-{number}",
            "--decision",
            "1/QĐ",
            "--from",
            "2027-01-01",
            "--until",
            "2028-01-01",
        )
        assert policy.exit_code == 0, policy.err
        ended = act("agency", "abolish", f"CU-{number}", "--by", f"KE-{number}", "--decision", "2/NQ")
        assert ended.exit_code == 0, ended.err
    rows = {row["code"]: row for row in line.run("agency", "list", "--format", "json").json}
    hide = {"code": "", "valid_from": "", "valid_to": ""}
    assert [rows[f"{word}-1"] | hide for word in ("CU", "KE")] == [rows[f"{word}-2"] | hide for word in ("CU", "KE")]
    assert rows["CU-1"]["valid_to"] is not None
    assert rows["CU-2"]["valid_to"] is not None


def test_a_person_comes_changes_and_leaves_the_same_here_and_there(
    line: CommandLine, there: Callable[..., Answer]
) -> None:
    words = ["--agency", WARD, "--name", "Lê Văn Mẫu", "--position", "Công chức"]
    left = []
    for act, login in ((line.run, "moi-o-day"), (there, "moi-o-kia")):
        added = act("user", "add", login, *words, "--role", "counter_clerk")
        assert added.exit_code == 0, added.err
        # At the machine people are named by login, elsewhere by id.
        person = login if act == line.run else added.out.strip()
        link = act("user", "link", person)
        assert "/in/" in link.out, link.err
        changed = act("user", "change", person, "--role", "auditor", "--role", "helper", "--position", "Kiểm tra")
        assert changed.exit_code == 0, changed.err
        assert act("user", "leave", person).exit_code == 0
        left.append(added.out.strip())
    rows = {row["staff_id"]: row for row in line.run("user", "list", "--agency", WARD, "--format", "json").json}
    here, elsewhere = (rows[staff_id] | {"staff_id": "", "left_at": ""} for staff_id in left)
    assert here == elsewhere
    assert (here["roles"], here["position"]) == ("auditor,helper", "Kiểm tra")
    assert None not in {rows[staff_id]["left_at"] for staff_id in left}


def test_a_token_is_made_listed_and_revoked_there_by_its_owner(line: CommandLine, there: Callable[..., Answer]) -> None:
    made = there("user", "token", "add", ADMIN, "--label", "đọc", "--scope", "copies:read")
    assert made.out.startswith("vidimus_"), made.err
    here, elsewhere = (act("user", "token", "list", ADMIN, "--format", "json").json for act in (line.run, there))
    assert here == elsewhere
    assert here[0]["is_open"] is True
    assert there("user", "token", "revoke", ADMIN, here[0]["token_id"]).exit_code == 0
    assert line.run("user", "token", "list", ADMIN, "--format", "json").json[0]["is_open"] is False
    assert there("user", "token", "list", OFFICER_LOGIN).exit_code == Exit.USAGE


def test_a_webhook_lives_its_life_there(line: CommandLine, there: Callable[..., Answer]) -> None:
    made = there("webhook", "add", "https://one.example/hook", "--event", "copy.certified")
    assert made.exit_code == 0, made.err
    webhook_id, secret = made.out.split()
    assert line.run("webhook", "list", "--format", "json").json == there("webhook", "list", "--format", "json").json
    assert there("webhook", "list", "--agency", "THIDU-JUSTICE").exit_code == Exit.USAGE
    assert there("webhook", "test", webhook_id).exit_code == 0
    sendings = [
        [(row["delivery_id"], row["channel"], row["target"], row["subject_id"], row["created_at"]) for row in told.json]
        for told in (
            line.run("webhook", "deliveries", webhook_id, "--format", "json"),
            there("webhook", "deliveries", webhook_id, "--format", "json"),
        )
    ]
    assert sendings[0] == sendings[1] != []
    assert there("webhook", "replay", webhook_id, sendings[0][0][0]).exit_code == 0
    assert there("webhook", "rotate", webhook_id).out.strip() not in {"", secret}
    for words, state in (("disable", "DISABLED"), ("enable", "ACTIVE")):
        assert there("webhook", words, webhook_id).exit_code == 0
        assert line.run("webhook", "list", "--format", "json").json[0]["state"] == state
    assert there("webhook", "remove", webhook_id).exit_code == 0
    assert there("webhook", "test", webhook_id).exit_code == line.run("webhook", "test", webhook_id).exit_code != 0


def test_an_officer_does_not_administer(running: Running, line: CommandLine, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.touch(mode=0o600)
    password.write_text(DEMO_PASSWORD)
    way_in = ["--server", running.base_url, "--login", OFFICER_LOGIN, "--password-file", str(password)]
    assert line.run("key", "suspend", OFFICER_KEY, *way_in).exit_code == Exit.FORBIDDEN


def test_an_agency_is_named_at_this_machine(line: CommandLine) -> None:
    assert line.run("user", "list").exit_code == Exit.USAGE
    assert line.run("webhook", "add", "https://one.example/hook").exit_code == Exit.USAGE
