"""Requests for papers, codes, access by duty, linked filings and providers from the command line: here and at a server."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.cli.exits import Exit
from api.demo.office import DEMO_PASSWORD, OFFICER_LOGIN, WARD
from certify import Role as StaffRole
from samples.cast import CAST
from tests.command_line import Answer, CommandLine
from tests.running import Running

pytestmark = pytest.mark.slow
PROCEDURE = "SAMPLE-CIVIL-STATUS-EXTRACT"
HELPER, ADMIN = "nguoi-ho-tro", "quan-tri-nguon"
AN = CAST["an"].id_number


@pytest.fixture(scope="module")
def paper(running: Running) -> dict[str, str]:
    """A paper in An's vault, and the people who act."""
    running.enrol(HELPER, WARD, StaffRole.HELPER, password=DEMO_PASSWORD)
    running.enrol(ADMIN, WARD, StaffRole.ADMIN, password=DEMO_PASSWORD)
    with running.officer() as officer:
        done = running.certify(officer)
    with running.citizen() as citizen:
        return {"id": done["record_id"], "holder": citizen.get("/v1/sessions/current").json()["subject_id"]}


@pytest.fixture
def line(running: Running, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    monkeypatch.setenv("VIDIMUS_HOME", str(running.services.settings.home))
    return command_line


@pytest.fixture
def there(running: Running, line: CommandLine, tmp_path: Path) -> Callable[..., Answer]:
    """Run a command at the server as somebody who signs in."""
    password = tmp_path / "password"
    password.touch(mode=0o600)
    password.write_text(DEMO_PASSWORD)

    def run(login: str, *words: str | Path) -> Answer:
        return line.run(*words, "--server", running.base_url, "--login", login, "--password-file", password)

    return run


def chosen_for(card: dict[str, Any]) -> list[str]:
    return [f"{one['requirement_id']}={one['candidates'][0]}" for one in card["match"]["outcomes"] if one["candidates"]]


def test_a_request_is_asked_approved_and_declined_here_and_there(
    line: CommandLine, there: Callable[..., Answer], paper: dict[str, str]
) -> None:
    asked = there(OFFICER_LOGIN, "request", "ask", AN, PROCEDURE, "--format", "json")
    assert asked.exit_code == 0, asked.err
    request_id = asked.json[0]["request_id"]
    assert there(OFFICER_LOGIN, "request", "ask", AN, PROCEDURE, "--agency", WARD).exit_code == Exit.USAGE
    assert request_id in there(OFFICER_LOGIN, "request", "list").out
    assert request_id in line.run("request", "list", "--agency", WARD).out
    assert request_id in there("an", "request", "mine").out
    card = there("an", "request", "card", request_id).json[0]
    denied = there("an", "request", "approve", request_id, *chosen_for(card))
    assert denied.exit_code != 0
    approved = there("an", "request", "approve", request_id, *chosen_for(card), "--consent", "--format", "json")
    assert approved.exit_code == 0, approved.err
    shown = line.run("request", "show", request_id, "--agency", WARD, "--format", "json").json[0]
    assert (shown["state"], shown["submission_id"]) == ("APPROVED", approved.json[0]["submission_id"])
    other = line.run("request", "ask", AN, PROCEDURE, "--agency", WARD, "--format", "json").json[0]["request_id"]
    declined = line.run(
        "request", "decline", other, "--reason", "Không cần", "--holder", paper["holder"], "--format", "json"
    )
    assert declined.json[0]["state"] == "DECLINED"
    assert there("an", "request", "approve", other, *chosen_for(card), "--consent").exit_code != 0


def test_a_helper_confirms_in_a_session_of_their_own_and_nobody_at_the_machine_does(
    line: CommandLine, there: Callable[..., Answer], paper: dict[str, str]
) -> None:
    begun = there(OFFICER_LOGIN, "request", "ask", AN, PROCEDURE, "--assisted", "--format", "json")
    request_id = begun.json[0]["request_id"]
    assert line.run("request", "assist", request_id, "--counter", "Quầy 3").exit_code == Exit.USAGE
    assert there(OFFICER_LOGIN, "request", "assist", request_id, "--counter", "Quầy 3").exit_code != 0
    confirmed = there(HELPER, "request", "assist", request_id, "--counter", "Quầy 3", "--format", "json")
    assert confirmed.exit_code == 0, confirmed.err
    assert confirmed.json[0]["procedure_id"] == PROCEDURE


def test_a_code_of_the_counter_is_taken_by_a_phone_with_its_two_words(
    running: Running, line: CommandLine, paper: dict[str, str], tmp_path: Path
) -> None:
    shown = line.run("request", "counter-code", PROCEDURE, "--no-wait", "--agency", WARD, "--format", "json")
    assert shown.exit_code == 0, shown.err
    link, _, words = shown.out.splitlines()[0].partition("  ")
    code = tmp_path / "code"
    code.write_text(link)
    taken = line.run("request", "take-counter-code", "--code-file", code, "--holder", paper["holder"])
    card = taken.json[0]
    request_id = card["request"]["request_id"]
    assert line.run("request", "take-counter-code", "--code-file", code, "--holder", paper["holder"]).exit_code != 0
    wrong = line.run(
        *("request", "approve", request_id, *chosen_for(card), "--consent", "--words", "sai rồi"),
        *("--holder", paper["holder"]),
    )
    assert wrong.exit_code != 0
    # Wrong words close it for good: the right ones come too late.
    late = line.run(
        *("request", "approve", request_id, *chosen_for(card), "--consent", "--words", words),
        *("--holder", paper["holder"]),
    )
    assert late.exit_code != 0
    with running.citizen("an") as an:
        assert request_id in [one["request_id"] for one in an.get("/v1/own-requests").json()["items"]]


def test_a_counter_waits_at_a_server_until_the_phone_decided(
    running: Running, line: CommandLine, there: Callable[..., Answer], paper: dict[str, str], tmp_path: Path
) -> None:
    shown = line.run("request", "phone-code", "--holder", paper["holder"], "--format", "json").json[0]
    code, request_id = tmp_path / "phone", shown["request"]["request_id"]
    code.write_text(shown["link"])
    decided = threading.Event()

    def decide() -> None:
        with running.citizen("an") as an:
            while not decided.wait(0.3):
                found = an.get(f"/v1/own-requests/{request_id}")
                if found.status_code == 200 and found.json()["request"]["procedure_id"]:
                    an.post(f"/v1/own-requests/{request_id}/refusal", json={"reason": "Không"})
                    return

    phone = threading.Thread(target=decide)
    phone.start()
    try:
        ended = there(OFFICER_LOGIN, "request", "take-phone-code", PROCEDURE, "--code-file", code)
    finally:
        decided.set()
        phone.join(20)
    assert ended.exit_code == 0, ended.err
    assert "DECLINED" in ended.out


def test_a_duty_of_law_opens_papers_and_the_holder_sees_each_fetch(
    running: Running, line: CommandLine, there: Callable[..., Answer], paper: dict[str, str], tmp_path: Path
) -> None:
    words = ["duty", "open", AN, "DUTY-STATE-AGENCY", "VN.BIRTH_CERT", "--case", "HS-2026-000123", "--format", "json"]
    opened = there(OFFICER_LOGIN, *words)
    assert opened.exit_code == 0, opened.err
    access = opened.json[0]
    assert paper["id"] in access["record_ids"]
    out = tmp_path / "by-duty.pdf"
    fetched = there(OFFICER_LOGIN, "duty", "fetch", access["grant_id"], paper["id"], "--out", out)
    assert fetched.exit_code == 0, fetched.err
    assert out.read_bytes()[:5] == b"%PDF-"
    assert there(
        OFFICER_LOGIN, "duty", "fetch", access["grant_id"], "01ARZ3NDEKTSV4RRFFQ69G5FAV", "--out", tmp_path / "x"
    ).exit_code
    assert line.run(*words, "--agency", WARD).exit_code == 0
    refused = line.run("duty", "open", AN, "NO-SUCH-DUTY", "VN.BIRTH_CERT", "--case", "1", "--agency", WARD)
    assert refused.exit_code != 0
    with running.citizen("an") as an:
        actions = [one["action"] for one in an.get("/v1/history").json()["items"]]
    assert {"LEGAL_DUTY", "FETCHED"} <= set(actions)


def test_linked_procedures_are_filed_and_asked_back_here_and_there(
    line: CommandLine, there: Callable[..., Answer], paper: dict[str, str]
) -> None:
    words = ["dossier", "submit-linked", "SAMPLE-DEATH", "SAMPLE-RESIDENCE-REMOVE"]
    words += ["--bring", "SAMPLE-DEATH/identity", "--bring", "SAMPLE-DEATH/of_deceased"]
    agreed = ["--consent", "SAMPLE-DEATH", "--consent", "SAMPLE-RESIDENCE-REMOVE", "--format", "json"]
    assert there("an", *words, "--consent", "SAMPLE-DEATH").exit_code != 0
    filed = there("an", *words, *agreed)
    assert filed.exit_code == 0, filed.err
    filing_id = filed.json[0]["filing_id"]
    assert filing_id in line.run("dossier", "linked", paper["holder"]).out
    assert filing_id in there("an", "dossier", "linked").out
    back = there("an", "dossier", "take-back", filing_id, "--linked", "--reason", "Nhầm", "--format", "json")
    assert [one["status"] for one in back.json[0]["submissions"]] == [7, 7]
    again = line.run(*words, *agreed, "--holder", paper["holder"]).json[0]
    one = again["submissions"][1]["submission_id"]
    taken = line.run("dossier", "take-back", one, "--holder", paper["holder"], "--format", "json")
    assert (taken.exit_code, taken.json[0]["status"]) == (0, 7)
    wrong = line.run(
        "dossier", "submit-linked", "SAMPLE-DEATH", "--bring", "OTHER/identity", "--holder", paper["holder"]
    )
    assert wrong.exit_code == Exit.USAGE


def test_providers_are_listed_and_a_silent_one_is_seen(
    running: Running, line: CommandLine, there: Callable[..., Answer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, described = tmp_path / "token", tmp_path / "providers.json"
    token.touch(mode=0o600)
    token.write_text("t")
    one = {"id": "so-giao-duc", "uri_prefix": "so-giao-duc:", "url": "http://127.0.0.1:9", "token_file": "token"}
    one |= {"agency_code": "THIDU-EDU", "title": {"vi": "Sở", "en": "Office", "fr": "Bureau"}}
    described.write_text(json.dumps({"providers": [one | {"doc_types": ["VN.DIPLOMA"], "signers": ["Sở"]}]}))
    monkeypatch.setenv("VIDIMUS_PROVIDERS", str(described))
    monkeypatch.setenv("VIDIMUS_PRIVATE_SERVICES", "1")
    found = line.run("provider", "list", "--agency", WARD, "--format", "json").json
    assert [(one["provider_id"], one["health"]) for one in found if one["way"] == "PULL"] == [
        ("so-giao-duc", "UNHEARD")
    ]
    checked = line.run("provider", "check", "so-giao-duc", "--agency", WARD)
    assert (checked.exit_code, "FAILS" in checked.out) == (Exit.SERVICE_UNREACHABLE, True), checked.err
    # The server that runs was told of no provider.
    assert there(ADMIN, "provider", "list", "--format", "json").json == []
    assert there(OFFICER_LOGIN, "provider", "list").exit_code == Exit.FORBIDDEN
