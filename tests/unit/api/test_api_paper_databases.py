"""Databases that hold papers are asked before an item is charged; what they said and what was chosen is on record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from api.acts import reuse
from api.acts.cases import CaseForm, Original, open_for
from api.demo.office import demo_people
from api.errors import BadSetting
from api.outside.papers import open_paper_databases
from api.services import Services
from api.settings import DoorSettings
from certify.counter import Finding, NewPerson, PersonRole, ReuseCheck, SeenBy
from certify.outside.papers import PaperDatabase
from keys import AuthorityAnswer
from samples.cast import CAST
from tests.loopback import serve_on_loopback
from tests.running import Running

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow

FOUND = b'{"found": true, "status": "CURRENT"}'
ROW: dict[str, Any] = {
    "id": "civil-status",
    "title": {"vi": "Hộ tịch", "en": "Civil status", "fr": "État civil"},
    "legal_basis": "decree-280-2025",
    "doc_types": ["VN.MARRIAGE_CERT", "VN.MARITAL_STATUS"],
    "url": "https://civil-status.example",
    "token_file": "token",
}


@dataclass
class Database:
    """A database of papers on loopback."""

    answer: bytes = FOUND
    status: int = 200
    asked: list[dict[str, Any]] = field(default_factory=list)

    def reply(self, _method: str, path: str, _media_type: str, body: bytes) -> AuthorityAnswer:
        assert path == "/papers"
        self.asked.append(json.loads(body))
        return AuthorityAnswer(self.status, "application/json", self.answer)


@pytest.fixture
def officer(running: Running) -> Iterator[httpx.Client]:
    with running.officer() as client:
        yield client


def asked_for(key: str, *doc_types: str) -> dict[str, Any]:
    person = {"name": CAST[key].name, "number": CAST[key].id_number, "seen_by": "ID_CARD"}
    return {"presenter": person, "originals": [{"doc_type": one} for one in doc_types]}


def opened_databases(services: Services, folder: Path, *rows: dict[str, Any]) -> tuple[PaperDatabase, ...]:
    token = folder / "token"
    token.write_text("t")
    token.chmod(0o600)
    file = folder / "databases.yaml"
    file.write_text(yaml.safe_dump({"databases": list(rows)}))
    settings = replace(
        services.settings,
        paper_databases=DoorSettings("VIDIMUS_PAPER_DATABASES", str(file)),
        services_may_be_private=True,
    )
    return open_paper_databases(settings, law=services.law, is_specimen=False, at=services.clock.now())


def taken_in(running: Running, databases: tuple[PaperDatabase, ...], doc_types: Sequence[str]) -> list[ReuseCheck]:
    """Open a case of the citizen An at a counter with these databases; give what was found for each original."""
    services = replace(running.services, outside=replace(running.services.outside, paper_databases=databases))
    clerk = demo_people(running.services).officer
    an = CAST["an"]
    presenter = NewPerson(PersonRole.PRESENTER, an.name, an.id_number, an.born_on, SeenBy.ID_CARD)
    view = open_for(services, clerk, CaseForm(presenter, tuple(Original(one) for one in doc_types)))
    found = [reuse.see(services, clerk, item.item_id) for item in view.items]
    return [one for one in found if one is not None]


def test_paper_that_a_database_has_is_offered_before_a_fee_and_ends_the_item_when_it_is_used(
    officer: httpx.Client,
) -> None:
    case = officer.post("/v1/cases", json=asked_for("giang", "VN.MARRIAGE_CERT")).raise_for_status().json()
    item_id = case["items"][0]["item_id"]
    assert case["items"][0]["state"] == "REUSE_OFFERED"
    found = officer.get(f"/v1/drafts/{item_id}/reuse").json()
    assert (found["finding"], found["record_id"], found["legal_basis"]) == (
        "PAPER_IN_DATABASE",
        None,
        "decree-280-2025",
    )
    assert len(found["look_up_id"]) == 26
    assert {"source": "sandbox:marriages", "outcome": "FOUND"} in found["sources"]
    assert "businesses" not in str(found["sources"])
    shown = officer.get(f"/staff/items/{item_id}", params={"lang": "en"}).text
    assert "Civil status database (sandbox)" in shown
    etag = officer.get(f"/v1/drafts/{item_id}").headers["ETag"]
    used = officer.post(f"/v1/drafts/{item_id}/reuse", json={"choice": "REUSE"}, headers={"If-Match": etag})
    assert used.json()["state"] == "REUSED", used.text
    assert officer.post(f"/v1/drafts/{item_id}/payment").status_code == 422


def test_new_copy_beside_a_paper_in_a_database_needs_a_reason_that_stays_on_record(officer: httpx.Client) -> None:
    case = officer.post("/v1/cases", json=asked_for("duc", "VN.BUSINESS_REG")).raise_for_status().json()
    item_id = case["items"][0]["item_id"]
    etag = officer.get(f"/v1/drafts/{item_id}").headers["ETag"]
    bare = officer.post(f"/v1/drafts/{item_id}/reuse", json={"choice": "CERTIFY"}, headers={"If-Match": etag})
    assert (bare.status_code, bare.json()["reason"]) == (409, "REASON_MISSING")
    why = {"choice": "CERTIFY", "reason_code": "RECIPIENT_WANTS_NEW"}
    officer.post(f"/v1/drafts/{item_id}/reuse", json=why, headers={"If-Match": etag}).raise_for_status()
    told = officer.get(f"/v1/drafts/{item_id}/reuse").json()
    assert (told["choice"], told["reason_code"]) == ("CERTIFY", "RECIPIENT_WANTS_NEW")


def test_paper_that_does_not_hold_any_more_sends_nobody_away(officer: httpx.Client) -> None:
    case = officer.post("/v1/cases", json=asked_for("chau", "VN.MARRIAGE_CERT")).raise_for_status().json()
    found = officer.get(f"/v1/drafts/{case['items'][0]['item_id']}/reuse").json()
    assert found["finding"] == "NOTHING"
    assert {"source": "sandbox:marriages", "outcome": "NOT_CURRENT"} in found["sources"]


def test_database_is_asked_by_law_under_an_id_and_the_holder_sees_it(running: Running, tmp_path: Path) -> None:
    database = Database()
    with serve_on_loopback(database.reply) as port:
        here = ROW | {"url": f"http://127.0.0.1:{port}"}
        databases = opened_databases(running.services, tmp_path, here)
        (check,) = taken_in(running, databases, ["VN.MARRIAGE_CERT"])
        # What it does not have, it is not asked for.
        (other,) = taken_in(running, databases, ["VN.STUDENT_STATUS"])
    assert (check.finding, other.finding) == (Finding.PAPER_IN_DATABASE, Finding.NOTHING)
    assert database.asked == [
        {
            "request_id": check.look_up_id,
            "number": CAST["an"].id_number,
            "doc_type": "VN.MARRIAGE_CERT",
            "legal_basis": "decree-280-2025",
        }
    ]
    with running.services.database.read() as tx:
        row = tx.exec_driver_sql(
            f"SELECT source, outcome, basis_id FROM certify_look_ups WHERE look_up_id = '{check.look_up_id}'"
        ).one()
        kept = str(tx.exec_driver_sql("SELECT * FROM certify_look_ups").all())
    assert tuple(row) == ("civil-status", "FOUND", "decree-280-2025")
    assert CAST["an"].id_number not in kept
    with running.citizen("an") as an:
        seen = [one for one in an.get("/v1/history").json()["items"] if one["action"] == "LOOKED_UP"]
    assert seen[0]["reason"] == "DATABASES_FIRST"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"nothing", 200),
        (b"{}", 200),
        (b'{"found": true}', 200),
        (b'{"found": true, "status": "?"}', 200),
        (FOUND, 503),
    ],
)
def test_silent_database_is_asked_once_and_the_counter_goes_on(
    running: Running, tmp_path: Path, answer: bytes, status: int
) -> None:
    database = Database(answer, status)
    with serve_on_loopback(database.reply) as port:
        databases = opened_databases(running.services, tmp_path, ROW | {"url": f"http://127.0.0.1:{port}"})
        checks = taken_in(running, databases, ["VN.MARRIAGE_CERT", "VN.MARITAL_STATUS", "VN.MARRIAGE_CERT"])
    assert [one.finding for one in checks] == [Finding.NOTHING] * 3
    outcomes = {source.outcome for one in checks for source in one.sources if source.source == "civil-status"}
    assert outcomes == {"UNAVAILABLE"}
    assert len({one["request_id"] for one in database.asked}) == 1


def test_database_that_has_nothing_leaves_the_item_as_it_was(running: Running, tmp_path: Path) -> None:
    database = Database(b'{"found": false}')
    with serve_on_loopback(database.reply) as port:
        databases = opened_databases(running.services, tmp_path, ROW | {"url": f"http://127.0.0.1:{port}"})
        (check,) = taken_in(running, databases, ["VN.MARITAL_STATUS"])
    assert (check.finding, check.look_up_id) == (Finding.NOTHING, None)


@pytest.mark.parametrize(
    "rows",
    [
        [ROW | {"legal_basis": "a-law-nobody-wrote"}],
        [ROW | {"doc_types": []}],
        [ROW | {"id": "two words"}],
        [ROW | {"title": {"vi": "Hộ tịch"}}],
        [ROW | {"more": 1}],
        [{name: value for name, value in ROW.items() if name != "token_file"}],
        [ROW, ROW],
        [],
        ["civil-status"],
    ],
)
def test_file_that_cannot_be_meant_stops_the_start(running: Running, tmp_path: Path, rows: list[Any]) -> None:
    with pytest.raises(BadSetting):
        opened_databases(running.services, tmp_path, *rows)


def test_production_has_no_sandbox_and_no_missing_file(running: Running, tmp_path: Path) -> None:
    services = running.services
    for place in ("sandbox", str(tmp_path / "nowhere.yaml")):
        settings = replace(services.settings, paper_databases=DoorSettings("VIDIMUS_PAPER_DATABASES", place))
        with pytest.raises(BadSetting):
            open_paper_databases(settings, law=services.law, is_specimen=False, at=services.clock.now())
    nothing = replace(services.settings, paper_databases=DoorSettings("VIDIMUS_PAPER_DATABASES"))
    assert open_paper_databases(nothing, law=services.law, is_specimen=False, at=services.clock.now()) == ()
