"""Log lines: JSON with ids, digests and codes; of what a library says only its place."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from api.demo.office import DEMO_PASSWORD, OFFICER_PIN
from api.logs import JsonLines
from samples.cast import CAST
from tests.bureau import AT
from tests.databases import database_with_tables
from tests.heard_logs import KEPT_IN, WORDS, run_heard, secrets_in, started_heard
from tests.heard_rows import secrets_in_rows
from tests.journey_office import OFFICER_PIN as JOURNEY_PIN
from vault.outbox import Message, put

NAME = "Nguyễn Thị Thí Dụ"


def line(name: str, message: str, *args: object, error: BaseException | None = None, **extra: object) -> dict[str, Any]:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.getLogger(name).makeRecord(
        name, logging.WARNING, __file__, 7, message, args, info, extra=extra or None
    )
    written = JsonLines().format(record)
    assert "\n" not in written
    assert NAME not in written
    told: dict[str, Any] = json.loads(written)
    return told


def raised(error: Exception) -> Exception:
    try:
        raise error
    except type(error):
        caught = sys.exc_info()[1]
        assert isinstance(caught, Exception)
        return caught


def test_a_line_of_the_house_is_told_with_its_ids() -> None:
    told = line("api.housekeeping", "a chore failed", error_code="STORE_FULL", record_id="01KC5Z00000000000000000001")
    assert (told["event"], told["record_id"]) == ("a chore failed", "01KC5Z00000000000000000001")
    assert (told["level"], told["logger"]) == ("WARNING", "api.housekeeping")
    assert told["at"].endswith("+00:00")


def test_what_a_library_says_is_its_place_only() -> None:
    told = line("somelib.reader", "cannot read %s", NAME)
    assert told["event"] == "test_api_logs:7"


def test_an_error_is_told_by_type_and_place_without_its_words() -> None:
    told = line("api.handlers", "a request failed", error=raised(ValueError(NAME)))
    assert told["error"] == "ValueError"
    assert "test_api_logs.py" in told["trace"][-1]


def test_what_is_no_id_is_not_shown() -> None:
    assert line("api.x", "a thing", what=NAME, count=3)["what"] == "(not shown)"


@pytest.mark.parametrize(
    "secret", [CAST["an"].name, CAST["binh"].id_number, "mau-thu-khong-dung-that", "A" * 20 + "_-x" + "9" * 20]
)
def test_the_ear_on_the_logs_of_these_tests_hears_a_secret(secret: str) -> None:
    assert secrets_in(["{}", f'{{"event": "seen {secret} here"}}']) == {secret}


def test_the_ear_on_the_logs_of_these_tests_lets_ids_and_digests_pass() -> None:
    line = (
        '{"record_id": "01KC5Z00000000000000000001", "sha256_hex": "'
        + "0f" * 32
        + '", "at": "2026-11-22T07:03:11+00:00"}'
    )
    assert secrets_in([line]) == set()


@pytest.mark.parametrize("line", ['{"pin": "240226"}', "pin=240226", "said 240226."])
def test_a_short_pin_is_heard_wherever_it_stands_by_itself(line: str) -> None:
    assert secrets_in([line]) == {"240226"}


@pytest.mark.parametrize("line", ["1764467240226", "9f86d0240226c7d6"])
def test_the_same_digits_within_a_moment_or_a_digest_are_no_pin(line: str) -> None:
    assert secrets_in([line]) == set()


def test_the_pins_and_passwords_of_these_tests_are_listened_for() -> None:
    assert {OFFICER_PIN, DEMO_PASSWORD, JOURNEY_PIN} <= WORDS


def test_a_process_that_says_a_secret_fails_its_test(monkeypatch: pytest.MonkeyPatch) -> None:
    # What is said here on purpose must not fail the reading of everything at the end.
    monkeypatch.delenv(KEPT_IN, raising=False)
    telling = [sys.executable, "-c", f"import sys; sys.stderr.write({CAST['an'].id_number!r})"]
    with pytest.raises(AssertionError, match="said what it must not"):
        run_heard(telling)
    with pytest.raises(AssertionError, match="said what it must not"), started_heard(telling) as process:
        process.wait(timeout=30)


def test_what_a_command_answers_to_the_person_who_typed_it_is_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEPT_IN, raising=False)
    telling = [sys.executable, "-c", f"print({CAST['an'].id_number!r})"]
    assert CAST["an"].id_number in run_heard(telling, answers=True).stdout
    with pytest.raises(AssertionError, match="said what it must not"):
        run_heard(telling)


@pytest.mark.parametrize("secret", [CAST["an"].name, "A" * 20 + "_-x" + "9" * 20])
def test_a_secret_in_a_row_of_the_engine_or_the_outbox_is_found(tmp_path: Path, secret: str) -> None:
    with database_with_tables(tmp_path) as database:
        assert secrets_in_rows(database) == set()
        with database.transaction() as tx:
            tx.execute(sa.text("CREATE TABLE workflow_status (inputs TEXT)"))
            row = {"inputs": json.dumps({"given": [secret]})}
            tx.execute(sa.text("INSERT INTO workflow_status VALUES (:inputs)"), row)
            put(tx, Message("copy.certified", "01KC5Z00000000000000000001", {"told": secret}), at=AT)
        assert secrets_in_rows(database) == {f"workflow_status: {secret}", f"vault_outbox: {secret}"}
