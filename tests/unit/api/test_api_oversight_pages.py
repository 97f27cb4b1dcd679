"""The administrator's pages: nothing is decided, held, destroyed or merged without being looked at and by whom it may be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import httpx
import pytest

from certify import Role, acts_at, add_agency, get_agency
from tests.running import Running

PROVINCE, WARDS, NEW = "TINH-MAU", ("P1-MAU", "P2-MAU", "P3-MAU"), "P-MOI"
RETENTION, REFORMS = "/staff/retention", "/staff/reforms"


@pytest.fixture(scope="module")
def admin(running: Running) -> Iterator[httpx.Client]:
    """The administrator of a province with three wards and the ward they will be."""
    with running.services.database.transaction() as tx:
        ward = replace(get_agency(tx, "THIDU"), seal_key_id=None)
        add_agency(tx, replace(ward, code=PROVINCE, parent_code=None))
        for code in (*WARDS, NEW):
            add_agency(tx, replace(ward, code=code, parent_code=PROVINCE))
    running.enrol("oversight-admin", PROVINCE, Role.ADMIN)
    with running.client("oversight-admin") as client:
        yield client


def today(running: Running) -> date:
    return running.services.law.local_date(running.services.clock.now())


def test_a_class_is_decided_by_number_and_shows_at_once(running: Running, admin: httpx.Client) -> None:
    shown = admin.get(RETENTION)
    assert shown.status_code == 200
    form = {"kind": "SESSION", "days": "90", "since": today(running).isoformat(), "decision": "7/QĐ"}
    assert admin.post(f"{RETENTION}/classes", data=form).status_code == 303
    assert "7/QĐ" in admin.get(RETENTION).text
    for wrong in ({"kind": "NOTHING"}, {"days": "soon"}, {"since": "tomorrow"}, {"decision": ""}):
        answer = admin.post(f"{RETENTION}/classes", data=form | wrong)
        assert answer.status_code in {409, 422}, wrong
        assert 'role="alert"' in answer.text


def test_a_hold_stands_until_a_decision_lifts_it(admin: httpx.Client) -> None:
    form = {"scope": "AGENCY", "target": WARDS[0], "decision": "8/QĐ"}
    assert admin.post(f"{RETENTION}/holds", data=form).status_code == 303
    place = re.findall(r'action="([^"]+/lifting)"', admin.get(RETENTION).text)[0]
    assert admin.post(place, data={"decision": " "}).status_code == 422
    assert admin.post(place, data={"decision": "9/QĐ"}).status_code == 303
    assert "8/QĐ" not in admin.get(RETENTION).text
    assert admin.post(f"{RETENTION}/holds", data=form | {"scope": "EVERYTHING"}).status_code == 422


def test_a_purge_is_looked_at_before_it_is_done(admin: httpx.Client) -> None:
    assert "page.keep" not in admin.get(f"{RETENTION}?plan=yes").text
    answer = admin.post(f"{RETENTION}/purge", data={})
    assert answer.status_code == 422
    assert admin.post(f"{RETENTION}/purge", data={"understood": "yes"}).status_code == 303
    assert admin.get(f"{RETENTION}/certificates/01KC5Z00000000000000000001").status_code == 404


def reform(running: Running, **changes: object) -> dict[str, object]:
    form: dict[str, object] = {
        "kind": "MERGE",
        "ending": list(WARDS),
        "following": [NEW],
        "since": today(running).isoformat(),
        "decision": "10/QĐ-HĐND",
    }
    return form | changes


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": ""},
        {"since": ""},
        {"decision": ""},
        {"ending": [WARDS[0]]},
        {"following": []},
        {"ending": ["THIDU", WARDS[0]]},
        {"kind": "RENAME", "ending": [WARDS[0]], "new_code": "P9"},
    ],
)
def test_a_reform_that_cannot_be_meant_is_a_page_that_keeps_the_form(
    running: Running, admin: httpx.Client, changes: dict[str, object]
) -> None:
    answer = admin.post(REFORMS, data=reform(running, **changes))
    assert answer.status_code in {404, 409, 422}
    assert 'role="alert"' in answer.text
    assert f'action="{REFORMS}/done"' not in answer.text


def test_a_reform_is_shown_first_and_done_as_it_was_shown(running: Running, admin: httpx.Client) -> None:
    ahead = admin.post(REFORMS, data=reform(running, since=(today(running) + timedelta(days=30)).isoformat()))
    assert ahead.status_code == 200, "a look ahead may come before its day"
    shown = admin.post(REFORMS, data=reform(running))
    assert shown.status_code == 200
    with running.services.database.read() as tx:
        assert all(acts_at(get_agency(tx, code), at=running.services.clock.now()) for code in WARDS)
    seen = re.findall(r'name="seen" value="(\w+)"', shown.text)[0]
    other = admin.post(f"{REFORMS}/done", data=reform(running, seen="0" * 64))
    assert other.status_code == 422
    assert f'value="{seen}"' in other.text, "what it would be now is shown again"
    done = admin.post(f"{REFORMS}/done", data=reform(running, seen=seen))
    assert done.status_code == 200
    assert 'name="seen"' not in done.text
    with running.services.database.read() as tx:
        assert not any(acts_at(get_agency(tx, code), at=running.services.clock.now()) for code in WARDS)


def test_a_new_name_goes_on_under_a_code_of_its_own(running: Running, admin: httpx.Client) -> None:
    names = {"name_vi": "Phường Mới", "name_en": "New Ward", "name_fr": "Nouveau Quartier"}
    form = reform(running, kind="RENAME", ending=[NEW], following=[], new_code="P-TEN-MOI", **names)
    shown = admin.post(REFORMS, data=form)
    assert shown.status_code == 200, shown.text
    seen = re.findall(r'name="seen" value="(\w+)"', shown.text)[0]
    assert admin.post(f"{REFORMS}/done", data=form | {"seen": seen}).status_code == 200
    with running.services.database.read() as tx:
        assert get_agency(tx, "P-TEN-MOI").name_vi == "Phường Mới"


def test_an_auditor_reads_retention_and_nobody_else_administers(running: Running) -> None:
    running.enrol("oversight-auditor", "THIDU", Role.AUDITOR)
    with running.client("oversight-auditor") as auditor:
        shown = auditor.get(RETENTION)
        assert shown.status_code == 200
        assert f'action="{RETENTION}' not in shown.text
        assert auditor.post(f"{RETENTION}/purge", data={"understood": "yes"}).status_code == 403
        assert auditor.get(REFORMS).status_code == 403
    with running.officer() as officer:
        for path in (RETENTION, REFORMS):
            assert officer.get(path).status_code == 403
        assert officer.post(f"{REFORMS}/done", data={}).status_code == 403
