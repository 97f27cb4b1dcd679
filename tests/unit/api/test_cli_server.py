"""The same command at this machine and at a server: the same JSON, the same exit codes, and no token in the open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from api.cli.exits import Exit, exit_of_error
from api.client import Refused, Unreachable
from api.demo.office import OFFICER_LOGIN, RECIPIENT_LOGIN, WARD
from tests.command_line import CommandLine
from tests.running import Running

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow
PROCEDURE = "SAMPLE-CIVIL-STATUS-EXTRACT"
SCOPES = {
    OFFICER_LOGIN: ["copies:read", "copies:write", "certify", "register:read", "dossiers:read"],
    RECIPIENT_LOGIN: ["dossiers:read", "dossiers:write"],
    "an": ["vault:read", "vault:share"],
}


@pytest.fixture(scope="module")
def lived_in(running: Running) -> dict[str, Any]:
    """An office in which a copy was certified, shared and sent."""
    with running.officer() as officer:
        done = running.certify(officer)
    with running.citizen() as citizen:
        record_id = done["record_id"]
        share = citizen.post("/v1/shares", json={"record_id": record_id, "purpose": "Xin học", "recipient": "Trường"})
        filed = citizen.post(
            "/v1/submissions", json={"procedure_id": PROCEDURE, "chosen": {"birth": record_id}, "consent": True}
        )
        assert (share.status_code, filed.status_code) == (201, 201)
        holder_id = citizen.get("/v1/sessions/current").json()["subject_id"]
    return {
        "holder": holder_id,
        "record": record_id,
        "share": share.json()["share_id"],
        "submission": filed.json()["submission_id"],
        "code": done["code_of_copy"],
    }


@pytest.fixture(scope="module")
def tokens(running: Running, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A token file for each caller."""
    folder = tmp_path_factory.mktemp("tokens")
    files = {}
    for login, scopes in SCOPES.items():
        with running.client(login) as client:
            made = client.post("/v1/tokens", json={"label": "command line", "scopes": scopes, "days": 1})
        assert made.status_code == 201, made.text
        files[login] = folder / login
        files[login].touch(mode=0o600)
        files[login].write_text(made.json()["token"] + "\n")
    return files


@pytest.mark.parametrize(
    ("login", "words", "here"),
    [
        ("an", ["vault", "list"], ["{holder}"]),
        ("an", ["vault", "history"], ["{holder}"]),
        ("an", ["share", "list"], ["{holder}"]),
        ("an", ["consent", "list"], ["{holder}"]),
        ("an", ["dossier", "list"], ["{holder}"]),
        ("an", ["procedure", "list"], []),
        ("an", ["procedure", "match", PROCEDURE], ["--holder", "{holder}"]),
        (OFFICER_LOGIN, ["register", "list"], [WARD]),
        (OFFICER_LOGIN, ["case", "list"], [WARD]),
        (RECIPIENT_LOGIN, ["dossier", "received"], ["THIDU-JUSTICE"]),
        (RECIPIENT_LOGIN, ["dossier", "show", "{submission}"], ["--agency", "THIDU-JUSTICE"]),
        (None, ["verify", "{code}"], []),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else str(value),
)
def test_a_command_says_the_same_here_and_there(
    running: Running,
    line: CommandLine,
    tokens: dict[str, Path],
    lived_in: dict[str, Any],
    login: str | None,
    words: list[str],
    here: list[str],
) -> None:
    words, here = ([word.format(**lived_in) for word in some] for some in (words, here))
    there = ["--server", running.base_url] + (["--token-file", str(tokens[login])] if login else [])
    told_here = line.run(*words, *here, "--format", "json")
    told_there = line.run(*words, *there, "--format", "json")
    assert (told_here.exit_code, told_there.exit_code) == (0, 0), told_here.err + told_there.err
    assert without_moments(told_here.json) == without_moments(told_there.json)
    assert told_here.json


def without_moments(told: Any) -> Any:
    """Leave out when it was asked, and the proof, which grows with the log meanwhile."""
    if isinstance(told, dict):
        return {key: without_moments(value) for key, value in told.items() if key not in {"checked_at", "proof"}}
    if isinstance(told, list):
        # Asking for a code stands in the history itself.
        return [
            without_moments(one) for one in told if not (isinstance(one, dict) and one.get("action") == "CODE_ASKED")
        ]
    return told


def test_a_file_is_judged_there_as_here(
    running: Running, line: CommandLine, tokens: dict[str, Path], lived_in: dict[str, Any], tmp_path: Path
) -> None:
    token = ["--server", running.base_url, "--token-file", str(tokens["an"])]
    copy, forged = tmp_path / "copy.pdf", tmp_path / "forged.pdf"
    assert line.run("vault", "fetch", lived_in["record"], "--out", copy, *token).exit_code == 0
    content = copy.read_bytes()
    forged.write_bytes(content.replace(b"/Type", b"/Typf", 1))
    for file in (copy, forged):
        here = line.run("verify", file, "--format", "json")
        there = line.run("verify", file, "--server", running.base_url, "--format", "json")
        assert there.exit_code == here.exit_code
        assert without_moments(there.json) == without_moments(here.json)
    assert line.run("verify", copy, "--server", running.base_url).exit_code == 0
    assert line.run("verify", forged, "--server", running.base_url).exit_code == Exit.VERIFICATION_FAILED
    again = line.run("vault", "fetch", lived_in["record"], "--out", copy, *token)
    assert (again.exit_code, copy.read_bytes()) == (Exit.FILE_ACCESS, content)


def test_the_proof_of_an_own_copy_comes_from_there_and_is_checked_here(
    running: Running, line: CommandLine, tokens: dict[str, Path], lived_in: dict[str, Any], tmp_path: Path
) -> None:
    running.services.publish_log()
    there = ["--server", running.base_url, "--token-file", str(tokens["an"])]
    proof, again = tmp_path / "there.proof", tmp_path / "here.proof"
    got = line.run("audit", "proof", lived_in["code"], proof, *there)
    assert got.exit_code == 0, got.err
    assert line.run("audit", "proof", lived_in["code"], again).exit_code == 0
    assert line.run("audit", "verify", proof).exit_code == 0
    assert proof.read_bytes() == again.read_bytes()
    # What is public asks for no token.
    shown = line.run("audit", "checkpoint", "--server", running.base_url)
    assert (shown.exit_code, shown.out) == (0, line.run("audit", "checkpoint").out)


def test_the_token_may_be_named_by_the_environment(
    running: Running, line: CommandLine, tokens: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDIMUS_TOKEN_FILE", str(tokens["an"]))
    assert line.run("vault", "list", "--server", running.base_url).exit_code == 0


def test_what_is_taken_back_there_is_taken_back(
    running: Running, line: CommandLine, tokens: dict[str, Path], lived_in: dict[str, Any]
) -> None:
    token = ["--server", running.base_url, "--token-file", str(tokens["an"])]
    assert line.run("share", "close", lived_in["share"], *token).exit_code == 0
    assert line.run("share", "list", *token, "--format", "json").json[0]["revoked_at"] is not None


@pytest.mark.parametrize(
    ("login", "words", "code"),
    [
        ("an", ["register", "list"], Exit.FORBIDDEN),
        (RECIPIENT_LOGIN, ["vault", "list"], Exit.FORBIDDEN),
        ("an", ["vault", "list", "01ARZ3NDEKTSV4RRFFQ69G5FAV"], Exit.USAGE),
        (None, ["vault", "list"], Exit.USAGE),
    ],
)
def test_a_refusal_there_ends_as_it_would_here(
    running: Running, line: CommandLine, tokens: dict[str, Path], login: str | None, words: list[str], code: Exit
) -> None:
    token = ["--token-file", str(tokens[login])] if login else []
    answer = line.run(*words, "--server", running.base_url, *token)
    assert answer.exit_code == code
    assert answer.err.startswith("vidimus: ")
    assert answer.out == ""


def test_a_token_that_ended_is_not_authenticated(running: Running, line: CommandLine, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text("vidimus_pat_" + "A" * 51)
    answer = line.run("vault", "list", "--server", running.base_url, "--token-file", token)
    assert answer.exit_code == Exit.NOT_AUTHENTICATED
    assert "AAAA" not in answer.err


def test_a_token_that_others_may_read_is_not_sent(running: Running, line: CommandLine, tokens: dict[str, Path]) -> None:
    tokens["an"].chmod(0o644)
    answer = line.run("vault", "list", "--server", running.base_url, "--token-file", tokens["an"])
    tokens["an"].chmod(0o600)
    assert answer.exit_code == Exit.USAGE


@pytest.mark.parametrize(
    "server", ["http://chung-thuc.example", "ftp://127.0.0.1", "127.0.0.1", "https://a:b@c.example"]
)
def test_a_token_goes_over_no_open_line(line: CommandLine, tokens: dict[str, Path], server: str) -> None:
    assert line.run("vault", "list", "--server", server, "--token-file", tokens["an"]).exit_code == Exit.USAGE


def test_a_server_that_does_not_answer_is_unreachable(line: CommandLine, tokens: dict[str, Path]) -> None:
    assert exit_of_error(Unreachable("nobody")) is Exit.SERVICE_UNREACHABLE


@pytest.mark.parametrize(
    ("status", "code", "reason", "expected"),
    [
        (401, "NOT_AUTHENTICATED", None, Exit.NOT_AUTHENTICATED),
        (401, "TOKEN_REFUSED", None, Exit.NOT_AUTHENTICATED),
        (403, "SESSION_REQUIRED", None, Exit.FORBIDDEN),
        (403, "WRONG_PIN", None, Exit.SIGNING_REFUSED),
        (409, "CERTIFICATE_EXPIRED", None, Exit.CERTIFICATE_UNUSABLE),
        (409, "ALREADY_APPROVED", None, Exit.SIGNING_REFUSED),
        (422, "REQUEST_INVALID", None, Exit.USAGE),
        (422, "SCAN_REFUSED", "PASSWORD_PROTECTED", Exit.ENCRYPTED),
        (422, "SCAN_REFUSED", "BLANK_PAGE", Exit.QUALITY_REFUSED),
        (422, "SCAN_REFUSED", "CORRUPT_FILE", Exit.DAMAGED_INPUT),
        (401, "A_CODE_OF_TOMORROW", None, Exit.NOT_AUTHENTICATED),
        (502, "HTTP_502", None, Exit.SERVICE_UNREACHABLE),
        (404, "NOT_FOUND", None, Exit.UNEXPECTED),
    ],
)
def test_the_code_of_a_problem_has_the_exit_of_its_exception(
    status: int, code: str, reason: str | None, expected: Exit
) -> None:
    assert exit_of_error(Refused({"code": code, "reason": reason}, status=status)) is expected
