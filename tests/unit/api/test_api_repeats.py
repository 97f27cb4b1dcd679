"""Idempotency-Key at the doors of uploads: the same call still running, the same call answered, the key with another body."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from api.identity.tables import answers
from samples.cast import CAST
from tests.running import DOC_TYPE, Running
from tests.small_paper import small_scan

pytestmark = pytest.mark.slow

TUS = {"Tus-Resumable": "1.0.0"}
Ask = Callable[[httpx.Client, dict[str, str], str], httpx.Response]


@pytest.fixture(scope="module")
def officer(running: Running) -> Iterator[httpx.Client]:
    with running.officer() as client:
        yield client


def by_form(officer: httpx.Client, headers: dict[str, str], what: str) -> httpx.Response:
    """Hand a scan in as a form."""
    return officer.post(
        "/v1/drafts",
        files={"file": ("scan.jpg", small_scan(mark=what), "image/jpeg")},
        data={"holder_number": CAST["an"].id_number, "doc_type": DOC_TYPE},
        headers=headers,
    )


def in_parts(officer: httpx.Client, headers: dict[str, str], what: str) -> httpx.Response:
    """Begin an upload in parts."""
    return officer.post("/v1/uploads", headers=TUS | {"Upload-Length": str(len(what))} | headers)


def still_running(running: Running) -> None:
    """Put the answers that are remembered back to where they are while a call runs."""
    with running.services.database.transaction() as tx:
        tx.execute(answers.update().values(status=None, headers=None, body=None))


@pytest.mark.parametrize("ask", [by_form, in_parts])
def test_a_key_whose_call_still_runs_is_told_to_wait_and_nothing_is_done(
    running: Running, officer: httpx.Client, ask: Ask
) -> None:
    key = {"Idempotency-Key": f"running-{ask.__name__}"}
    first = ask(officer, key, "một")
    assert first.status_code in {201, 202}, first.text
    still_running(running)
    before = [len(officer.get(path).json()["items"]) for path in ("/v1/drafts", "/v1/uploads")]
    waiting = ask(officer, key, "một")
    assert (waiting.status_code, waiting.json()["code"]) == (409, "STILL_RUNNING")
    assert int(waiting.headers["retry-after"]) >= 1
    assert [len(officer.get(path).json()["items"]) for path in ("/v1/drafts", "/v1/uploads")] == before
    # Another body is another call, whether the first was answered or not.
    other = ask(officer, key, "một khác")
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_CONFLICT")
    # Nor does the key open anything to who is not signed in.
    with running.client() as stranger:
        assert stranger.post("/v1/uploads", headers=TUS | {"Upload-Length": "3"} | key).status_code == 401


@pytest.mark.parametrize("ask", [by_form, in_parts])
def test_a_key_that_was_answered_gives_the_answer_and_refuses_another_body(officer: httpx.Client, ask: Ask) -> None:
    key = {"Idempotency-Key": f"answered-{ask.__name__}"}
    first, again = ask(officer, key, "hai"), ask(officer, key, "hai")
    assert first.status_code == again.status_code
    assert first.content == again.content
    assert (again.headers["idempotency-replayed"], again.headers.get("location")) == (
        "true",
        first.headers.get("location"),
    )
    other = ask(officer, key, "hai khác")
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_CONFLICT")
