"""The typed client administers and oversees a served office: what it is told is read into its values, refusals keep their code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from api.client import Refused, Vidimus
from api.demo.office import DEMO_PASSWORD, OFFICER_KEY, OFFICER_LOGIN, WARD
from certify import Role as StaffRole
from tests.running import Running

pytestmark = pytest.mark.slow
BOSS = "quan-tri-khach"


@pytest.fixture(scope="module")
def boss(running: Running) -> Iterator[Vidimus]:
    """An administrator who audits too, signed in."""
    running.enrol(BOSS, WARD, StaffRole.ADMIN, StaffRole.AUDITOR, password=DEMO_PASSWORD)
    with Vidimus(running.base_url) as client:
        client.sign_in(BOSS, DEMO_PASSWORD)
        yield client


def test_agencies_are_founded_ended_and_reformed(boss: Vidimus) -> None:
    office, now = boss.administration, datetime.now(UTC)
    names = {"vi": "Một", "en": "One", "fr": "Un"}
    made = [office.found_agency(code, name=names, parent_code=WARD) for code in ("MOT", "HAI", "BA")]
    assert [one.code for one in made] == ["MOT", "HAI", "BA"]
    assert {one.code for one in office.agencies()} >= {"MOT", "HAI", "BA"}
    policy = office.allow_sealing("MOT", decision_number="1/QĐ", valid_from=now, valid_until=now + timedelta(days=9))
    assert policy.decision_number == "1/QĐ"
    seen = office.agency("MOT")
    assert office.abolish(seen, successors=["HAI"], decision_number="2/NQ").moved_cases == 0
    with pytest.raises(Refused) as refused:
        office.abolish(seen, successors=["HAI"], decision_number="2/NQ")
    assert refused.value.code in {"PRECONDITION_FAILED", "STAFF_CONFLICT"}
    renamed = {"kind": "RENAME", "ending": ["BA"], "following": ["BON"], "decision_number": "3/NQ"}
    since = datetime.now(UTC)
    looked = office.reform(**renamed, since=since, new_name=names)
    assert (looked.dry_run, looked.following) == (True, ("BON",))
    done = office.reform(**renamed, since=since, new_name=names, dry_run=False)
    assert [one.agency_code for one in done.ending] == ["BA"]
    assert office.agency("BON").value.parent_code == WARD


def test_people_come_change_certify_and_leave(boss: Vidimus) -> None:
    office, now = boss.administration, datetime.now(UTC)
    person = office.take_on(
        "nguoi-moi", agency_code=WARD, name="Lê Mẫu", position="Công chức", roles=["counter_clerk"], key="khoa-0001"
    )
    assert person.staff_id in {one.staff_id for one in office.people()}
    assert office.invite(person.staff_id).link.startswith("http")
    seen = office.person(person.staff_id)
    changed = office.change_person(seen, roles=["certifier"], position="Phó")
    assert (changed.value.roles, changed.value.position) == (("certifier",), "Phó")
    with pytest.raises(Refused) as refused:
        office.change_person(seen, roles=["auditor"])
    assert refused.value.code == "PRECONDITION_FAILED"
    given = office.delegate(
        person.staff_id,
        capacity="TUQ",
        on_behalf_of="CHỦ TỊCH",
        decision_number="4/QĐ",
        valid_from=now,
        valid_until=now + timedelta(days=30),
    )
    assert [one.delegation_id for one in office.delegations(person.staff_id)] == [given.delegation_id]
    assert office.end_delegation(given.delegation_id).ended_at is not None
    office.end_sessions(person.staff_id)
    office.let_leave(person.staff_id)
    assert office.person(person.staff_id).value.left_at is not None


def test_keys_systems_and_webhooks_are_looked_after(boss: Vidimus) -> None:
    office = boss.administration
    assert OFFICER_KEY in {one.key_id for one in office.inventory()}
    assert {one.key_id for one in office.ending_keys()} <= {one.key_id for one in office.inventory()}
    suspended = office.change_key(office.key(OFFICER_KEY), "suspend", reason="ON_LEAVE")
    assert suspended.value.status == "SUSPENDED"
    assert office.change_key(suspended, "resume", reason="BACK").value.status == "ACTIVE"
    assert office.walk_signing_paths().steps
    system = office.register_system(
        "may-quet", label="Máy quét", agency_code=WARD, roles=["counter_clerk"], scopes=["copies:write"]
    )
    assert system.client_secret.startswith("vidimus_cs_")
    assert system.client_id in {one.client_id for one in office.systems()}
    office.end_system(system.client_id)
    hook = office.subscribe("https://systems.example/hook", events=["copy.certified"])
    assert hook.secret.startswith("whsec_")
    disabled = office.change_webhook(office.webhook(hook.webhook_id), state="DISABLED")
    assert disabled.value.state == "DISABLED"
    enabled = office.change_webhook(disabled, state="ACTIVE")
    sending = office.try_webhook(enabled.value.webhook_id)
    assert sending.delivery_id in {one.delivery_id for one in office.sendings(hook.webhook_id)}
    assert office.renew_secret(hook.webhook_id).secret != hook.secret
    office.unsubscribe(hook.webhook_id)
    assert hook.webhook_id not in {one.webhook_id for one in office.webhooks()}
    checked = office.import_procedures('{"procedures": []}')
    assert (checked.kept, checked.procedures) == (False, ())


def test_books_figures_and_retention_are_overseen(boss: Vidimus) -> None:
    over = boss.oversight
    (book,) = over.books()
    assert (book.status, book.totals.numbers) == ("OPEN", 0)
    assert (over.find(), over.findings(book.book_id)) == ((), ())
    assert over.book_file(book.book_id, form="xlsx").content.startswith(b"PK")
    with pytest.raises(Refused) as refused:
        over.annul("K7PM-3QWX-9DHT-5", decision_number="1/QĐ", reason="WRONG_ORIGINAL")
    assert refused.value.code == "FORBIDDEN"
    told = over.figures(first=date(2026, 11, 1), last=date(2026, 11, 30), below=True)
    assert (told.first_day, told.last_day) == (date(2026, 11, 1), date(2026, 11, 30))
    assert {one.key for one in told.figures} >= {"requests_by_channel", "copies"}
    assert list(over.events("requests_by_channel")) == []
    assert over.scorecard().lines
    decided = over.decide_retention("RAW_SCAN", days=400, valid_from=date(2099, 1, 1), decision_number="5/QĐ")
    assert {one.kind: one.days for one in decided.items}["RAW_SCAN"] == 400
    held = over.hold("AGENCY", WARD, decision_number="6/TA")
    assert [one.hold_id for one in over.holds()] == [held.hold_id]
    assert over.lift(held.hold_id, decision_number="7/TA").lifted_at is not None
    assert (over.purge().dry_run, list(over.destructions())) == (True, [])


def test_an_officer_administers_nothing(running: Running) -> None:
    with Vidimus(running.base_url) as officer:
        officer.sign_in(OFFICER_LOGIN, DEMO_PASSWORD)
        for act in (
            lambda: list(officer.administration.people()),
            lambda: officer.administration.let_leave("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
            lambda: officer.administration.subscribe("https://systems.example/hook", events=["copy.certified"]),
            officer.oversight.figures,
            officer.oversight.purge,
        ):
            with pytest.raises(Refused) as refused:
                act()
            assert refused.value.code == "FORBIDDEN"
