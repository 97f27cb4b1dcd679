"""The pages of figures: every number leads to its events, a province sees agencies and no content, others see nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import httpx
import pytest

from api.identity import find_account
from certify import Role, add_agency, get_agency
from certify.figures.rehearsal import RehearsedMonth, rehearse_month
from tests.running import Running

MONTH = "from=2026-10-01&until=2026-10-31"
WARD, BELOW = "MAU", "MAU-BELOW"


@pytest.fixture(scope="module")
def auditor(running: Running) -> Iterator[httpx.Client]:
    """The auditor of a ward in which a month went by, with an agency below it."""
    services = running.services
    with services.database.transaction() as tx:
        ward = replace(get_agency(tx, "THIDU"), code=WARD, seal_key_id=None)
        add_agency(tx, ward)
        add_agency(tx, replace(ward, code=BELOW, parent_code=WARD))
        holder_id = find_account(tx, "an").subject_id
    opened_by = running.enrol("figures-auditor", WARD, Role.AUDITOR)
    for code, plan in ((WARD, {"ONLINE": 26, "COUNTER": 4}), (BELOW, {"COUNTER": 7})):
        month = RehearsedMonth(code, plan, 20 if code == WARD else 7, {})
        rehearse_month(
            services.database,
            month,
            law=services.law,
            first_day=date(2026, 10, 1),
            opened_by=opened_by,
            holder_id=holder_id,
        )
    with running.client("figures-auditor") as client:
        yield client


def test_each_group_leads_to_the_events_it_was_counted_from(auditor: httpx.Client) -> None:
    told = auditor.get(f"/staff/figures?{MONTH}")
    assert told.status_code == 200
    links = re.findall(r'href="(/staff/figures/requests_by_channel\?[^"]*group=ONLINE)"', told.text)
    one = auditor.get(links[0].replace("&amp;", "&"))
    assert len(re.findall(r"<li><code>", one.text)) == 26
    assert "<desc" in one.text
    assert "Trực tuyến: 26" in one.text


def test_a_long_list_of_events_goes_on(auditor: httpx.Client, running: Running) -> None:
    first = auditor.get(f"/staff/figures/requests_by_channel?{MONTH}&after=0")
    last = re.findall(r"<li><code>(\w+)</code>", first.text)[-2]
    rest = auditor.get(f"/staff/figures/requests_by_channel?{MONTH}&after={last}")
    assert len(re.findall(r"<li><code>", rest.text)) == 1


def test_the_table_is_a_file_of_the_same_days(auditor: httpx.Client) -> None:
    table = auditor.get(f"/staff/figures/figures.csv?{MONTH}")
    assert table.headers["content-type"].startswith("text/csv")
    assert "requests_by_channel,ONLINE,26,requests,26,MAU,2026-10-01,2026-10-31" in table.text


def test_an_agency_with_others_below_sees_each_and_no_paper(auditor: httpx.Client) -> None:
    told = auditor.get(f"/staff/figures?{MONTH}&below=yes").text
    rows = re.findall(r'<th scope="row"><a href="/staff/figures\?[^"]*agency=([\w-]+)', told)
    assert WARD in rows
    assert len(rows) >= 2
    assert "/staff/items/" not in told


@pytest.mark.parametrize(
    ("query", "status"),
    [("from=2026-13-01", 422), ("from=2026-11-02&until=2026-11-01", 422), ("agency=NOWHERE", 404)],
)
def test_what_cannot_be_asked_is_a_page_that_says_so(auditor: httpx.Client, query: str, status: int) -> None:
    answer = auditor.get(f"/staff/figures?{query}")
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert '<form class="sheet" method="get"' in answer.text


def test_an_unknown_figure_is_no_page(auditor: httpx.Client) -> None:
    assert auditor.get("/staff/figures/nothing_of_the_kind").status_code == 422


def test_whoever_does_not_oversee_sees_no_figures(running: Running) -> None:
    with running.officer() as officer:
        for path in ("/staff/figures", "/staff/figures/figures.csv", "/staff/figures/fees"):
            assert officer.get(path).status_code == 403
