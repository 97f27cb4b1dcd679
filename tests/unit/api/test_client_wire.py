"""What the client sends again and what it does not, how long it waits, and what it makes of answers."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.client import AnswerUnreadable, OperationFailed, Refused, Unreachable, Vidimus, token_from
from api.client.wire import Call, Patience, Wire
from tests.heard_logs import run_heard
from tests.scripted_server import Script, Scripted, problem, scripted

OPERATION = {
    "operation_id": "read-01KAM5X0E8Q2V7T9B3C4D5F6G7-1",
    "kind": "read",
    "status": "DONE",
    "item_id": "01KAM5X0E8Q2V7T9B3C4D5F6G7",
    "item_state": "EXTRACTED",
    "pages_done": 1,
    "pages_total": 1,
    "seconds_by_stage": {},
}


class Naps:
    """Keeps how long somebody would have slept."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@contextmanager
def connected(base_url: str, naps: Naps | None = None, **options: Any) -> Iterator[Wire]:
    line = Wire(base_url, timeout_seconds=5, sleep=naps or Naps(), **options)
    try:
        yield line
    finally:
        line.close()


def send(script: Script, call: Call, naps: Naps | None = None, **options: Any) -> httpx.Response:
    with connected(script.base_url, naps, **options) as line:
        return line.send(call)


def test_a_read_is_sent_again_when_the_connection_breaks() -> None:
    with scripted(Scripted(hang_up=True), Scripted(body={"ok": True})) as script:
        assert send(script, Call("GET", "/v1/records")).json() == {"ok": True}
        assert len(script.heard) == 2


def test_a_change_without_a_key_is_sent_once() -> None:
    with scripted(Scripted(hang_up=True), Scripted(body={})) as script:
        with pytest.raises(Unreachable):
            send(script, Call("POST", "/v1/received/x/items/y/fetch"))
        assert len(script.heard) == 1


def test_a_change_with_a_key_is_sent_again_with_the_same_key_and_body() -> None:
    with scripted(Scripted(hang_up=True), problem(503, "STORE_UNAVAILABLE", Retry_After="1"), Scripted(202)) as script:
        send(script, Call("POST", "/v1/shares", json={"a": 1}, key="k-1-2-3-4"))
        assert {one.headers["Idempotency-Key"] for one in script.heard} == {"k-1-2-3-4"}
        assert len({one.body for one in script.heard}) == 1
        assert len(script.heard) == 3


def test_it_waits_as_long_as_the_service_says() -> None:
    naps = Naps()
    with scripted(problem(429, "POOL_BUSY", Retry_After="7"), Scripted(body={})) as script:
        send(script, Call("GET", "/v1/records"), naps)
    assert naps.seconds == [7.0]


def test_a_date_to_wait_for_is_measured_by_the_clock_of_the_service() -> None:
    naps = Naps()
    later = {"Date": "Sun, 22 Nov 2026 07:00:00 GMT", "Retry-After": "Sun, 22 Nov 2026 07:00:09 GMT"}
    busy = problem(503, "DATABASE_UNAVAILABLE")
    with scripted(Scripted(503, busy.body, later), Scripted(body={})) as script:
        send(script, Call("GET", "/v1/records"), naps)
    assert naps.seconds == [9.0]


def test_it_does_not_wait_longer_than_it_may() -> None:
    naps = Naps()
    with scripted(problem(429, "TOO_MANY_REQUESTS", Retry_After="900")) as script, pytest.raises(Refused) as refused:
        send(script, Call("GET", "/v1/records"), naps)
    assert (naps.seconds, refused.value.retry_after_seconds) == ([], 900.0)


def test_the_same_call_that_still_runs_is_asked_for_again() -> None:
    with scripted(problem(409, "STILL_RUNNING", Retry_After="5"), Scripted(202)) as script:
        assert send(script, Call("POST", "/v1/drafts", key="k-1-2-3-4")).status_code == 202


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 412, 422, 500])
def test_a_refusal_that_does_not_pass_is_not_asked_for_again(status: int) -> None:
    with scripted(problem(status, "SOME_CODE")) as script, pytest.raises(Refused) as refused:
        send(script, Call("POST", "/v1/drafts", key="k-1-2-3-4"))
    assert (refused.value.status, refused.value.code, refused.value.detail) == (status, "SOME_CODE", "Not now.")


def test_it_gives_up_after_its_tries() -> None:
    naps = Naps()
    with scripted(*[problem(503, "UNAVAILABLE")] * 3) as script, pytest.raises(Refused):
        send(script, Call("GET", "/v1/records"), naps, patience=Patience(tries=3))
    assert len(naps.seconds) == 2
    assert naps.seconds[1] > naps.seconds[0] * 1.1


def test_nobody_there_is_unreachable_even_for_a_change() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    naps = Naps()
    with (
        connected(f"http://127.0.0.1:{port}", naps, patience=Patience(tries=2)) as line,
        pytest.raises(Unreachable),
    ):
        line.send(Call("POST", "/v1/x"))
    # It never left, so a second try did no harm.
    assert len(naps.seconds) == 1


def test_an_error_of_something_in_between_is_a_refusal_with_its_status() -> None:
    with scripted(Scripted(502, b"<html>", media_type="text/html")) as script, pytest.raises(Refused, match="HTTP_502"):
        send(script, Call("GET", "/v1/records"))


def test_a_token_is_read_for_each_call_and_needs_no_csrf_secret(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("first\n")
    with (
        scripted(Scripted(body={}), Scripted(body={})) as script,
        connected(script.base_url, token=token_from(token)) as line,
    ):
        line.csrf_token = "secret"
        line.send(Call("POST", "/v1/a"))
        token.write_text("second\n")
        line.send(Call("POST", "/v1/b"))
        assert [one.headers["Authorization"] for one in script.heard] == ["Bearer first", "Bearer second"]
        assert "X-CSRF-Token" not in script.heard[0].headers


def test_a_redirect_is_not_followed_with_the_token() -> None:
    moved = Scripted(307, {}, {"Location": "http://127.0.0.1:9/steal"})
    with scripted(moved) as script, pytest.raises(Refused, match="HTTP_307"):
        send(script, Call("GET", "/v1/records"), token=lambda: "secret")


def test_what_is_missing_in_an_answer_is_named_and_what_is_new_is_passed_over() -> None:
    new = OPERATION | {"a_field_of_tomorrow": {"x": 1}}
    old = {key: value for key, value in OPERATION.items() if key != "status"}
    with scripted(Scripted(body=new), Scripted(body=old)) as script, Vidimus(script.base_url) as vidimus:
        assert vidimus.operations.get("x").status == "DONE"
        with pytest.raises(AnswerUnreadable, match=r"Operation\.status"):
            vidimus.operations.get("x")


def test_an_answer_of_another_shape_is_unreadable() -> None:
    answers = [Scripted(body=[1]), Scripted(body=OPERATION | {"pages_done": "one"}), Scripted(body=b"<html>")]
    with scripted(*answers) as script, Vidimus(script.base_url) as vidimus:
        for _ in answers:
            with pytest.raises(AnswerUnreadable):
                vidimus.operations.get("x")


def event(told: dict[str, Any]) -> bytes:
    return f"event: progress\ndata: {json.dumps(told)}\n\n".encode()


def test_a_stream_that_breaks_off_is_taken_up_by_asking() -> None:
    running = OPERATION | {"status": "RUNNING", "pages_done": 0}
    broken = Scripted(200, event(running), media_type="text/event-stream")
    done = Scripted(200, event(running) + event(OPERATION), media_type="text/event-stream")
    with scripted(broken, done) as script, Vidimus(script.base_url) as vidimus:
        assert vidimus.operations.wait("read-1").pages_done == 1
        assert [one.path for one in script.heard] == ["/v1/operations/read-1/events"] * 2


def test_work_that_ended_without_its_result_is_raised_with_its_reason() -> None:
    failed = OPERATION | {"status": "FAILED", "code": "CORRUPT_FILE"}
    answer = Scripted(200, event(failed), media_type="text/event-stream")
    with scripted(answer) as script, Vidimus(script.base_url) as vidimus, pytest.raises(OperationFailed) as ended:
        vidimus.operations.wait("read-1")
    assert (ended.value.reason, ended.value.operation_status) == ("CORRUPT_FILE", "FAILED")


def test_the_client_imports_nothing_of_the_service() -> None:
    program = "import sys, api.client; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    ended = run_heard([sys.executable, "-c", program])
    served = {"fastapi", "sqlalchemy", "dbos", "pydantic", "certify", "vault", "keys", "signing", "ocr", "guard"}
    assert served & set(ended.stdout.split()) == set()
