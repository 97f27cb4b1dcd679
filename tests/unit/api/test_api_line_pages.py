"""One line of the register as a page, and the corrections that are ordered from it without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from certify import Role
from samples.cast import CAST
from tests.running import Running

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def officer(running: Running) -> Iterator[httpx.Client]:
    with running.officer() as client:
        yield client


@pytest.fixture(scope="module")
def line(running: Running, officer: httpx.Client) -> str:
    """The page of a line, found from the register."""
    running.certify(officer)
    return line_of(officer)


def line_of(officer: httpx.Client) -> str:
    found = re.findall(r'href="(/staff/register/\w+/\d+)"', officer.get("/staff/register").text)
    assert officer.get(found[-1]).status_code == 200
    return str(found[-1])


def test_a_line_shows_its_columns_its_code_and_what_can_be_ordered(officer: httpx.Client, line: str) -> None:
    told = officer.get(line).text
    assert CAST["an"].name in told
    assert re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]", told)
    assert re.findall(r'action="([^"]+)/(\w+)"', told) is not None
    for act in ("annulment", "original", "recall", "correction"):
        assert f'action="{line}/{act}"' in told


@pytest.mark.parametrize(
    ("act", "form"),
    [
        ("annulment", {"decision": " ", "reason": "WRONG_ORIGINAL"}),
        ("annulment", {"decision": "15/QĐ-UBND", "reason": "BECAUSE"}),
        ("original", {"change": "LOST", "notice": "ISSUER_NOTICE"}),
        ("original", {"change": "REPLACED", "notice": ""}),
        ("recall", {"holder_number": ""}),
        ("recall", {"holder_number": "000000000000"}),
    ],
)
def test_a_form_that_says_too_little_changes_nothing(
    officer: httpx.Client, line: str, act: str, form: dict[str, str]
) -> None:
    answer = officer.post(f"{line}/{act}", data=form)
    assert answer.status_code in {404, 409, 422}
    assert 'role="alert"' in answer.text
    assert "Chưa có gì xảy ra" in officer.get(line).text


def test_an_auditor_reads_and_orders_nothing(running: Running, line: str) -> None:
    running.enrol("line-auditor", "THIDU", Role.AUDITOR)
    with running.client("line-auditor") as auditor:
        told = auditor.get(line)
        assert told.status_code == 200
        assert f'action="{line}' not in told.text
        assert auditor.post(f"{line}/annulment", data={"decision": "1", "reason": "WRONG_PERSON"}).status_code == 403


def test_another_agency_sees_no_line_and_orders_nothing(running: Running, line: str) -> None:
    running.enrol("line-stranger", "THIDU-EDU", Role.CERTIFIER)
    with running.client("line-stranger") as stranger:
        assert stranger.get(line).status_code == 404
        form = {"decision": "1/QĐ", "reason": "WRONG_PERSON"}
        assert stranger.post(f"{line}/annulment", data=form).status_code == 404


def test_a_number_that_was_never_taken_is_no_page(officer: httpx.Client, line: str) -> None:
    book = line.rpartition("/")[0]
    assert officer.get(f"{book}/9999").status_code == 404
    assert officer.get(f"{book}/0").status_code == 404


def test_corrections_show_beside_the_line_in_their_order(officer: httpx.Client, line: str) -> None:
    noted = officer.post(f"{line}/original", data={"change": "REPLACED", "notice": "ISSUER_NOTICE"})
    assert (noted.status_code, noted.headers["location"]) == (303, line)
    opened = officer.post(f"{line}/correction")
    assert opened.status_code == 303
    assert opened.headers["location"].startswith("/staff/items/")
    annulled = officer.post(f"{line}/annulment", data={"decision": "15/QĐ-UBND", "reason": "WRONG_ORIGINAL"})
    assert annulled.status_code == 303
    told = officer.get(line).text
    assert told.index("Bản chính đã được thay") < told.index("15/QĐ-UBND")
    assert "Đã bị hủy bỏ" in told or "Bị hủy bỏ" in told
    assert f'action="{line}' not in told, "what is annulled is not corrected any more"
    assert officer.post(f"{line}/recall", data={"holder_number": CAST["binh"].id_number}).status_code == 409
