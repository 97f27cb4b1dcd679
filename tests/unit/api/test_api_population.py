"""Databases first: the counter looks before it asks, the fact is on record, and what was found stands nowhere."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.acts import population as acts
from api.errors import BadSetting, DoorFailed, TooManyRequests
from api.outside.population import open_population
from api.services import Services, open_services
from api.settings import read_settings, settings_for_home
from certify.outside import LookUpOutcome, PersonQuestion, count_look_ups
from keys import AuthorityAnswer
from samples.cast import CAST
from tests.loopback import serve_on_loopback
from tests.running import Running

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow

NAME, NUMBER = "Canary Thị Tra Cứu", "000777000777"


@dataclass
class Database:
    """A population database on loopback."""

    answer: bytes = json.dumps({"found": True, "name": NAME, "birth_date": "1990-01-02"}).encode()
    status: int = 200
    asked: list[dict[str, Any]] = field(default_factory=list)

    def reply(self, _method: str, path: str, _media_type: str, body: bytes) -> AuthorityAnswer:
        assert path == "/look-up"
        self.asked.append(json.loads(body))
        return AuthorityAnswer(self.status, "application/json", self.answer)


@pytest.fixture
def officer(running: Running) -> Iterator[httpx.Client]:
    with running.officer() as client:
        yield client


def test_a_look_up_at_the_counter_is_seen_by_the_person_and_kept_without_content(
    running: Running, officer: httpx.Client
) -> None:
    with running.services.database.read() as tx:
        before = count_look_ups(tx, agency_code="THIDU").get(LookUpOutcome.FOUND, 0)
    told = officer.post("/v1/population-look-ups", json={"number": CAST["an"].id_number})
    assert told.status_code == 200, told.text
    found = told.json()
    assert (found["outcome"], found["source"], found["name"]) == ("FOUND", "sandbox", CAST["an"].name)
    assert (found["birth_date"], found["legal_basis"]) == (CAST["an"].born_on.isoformat(), "decree-280-2025")
    with running.services.database.read() as tx:
        assert count_look_ups(tx, agency_code="THIDU")[LookUpOutcome.FOUND] == before + 1
        rows = str(tx.exec_driver_sql("SELECT * FROM certify_look_ups").all())
        leaves = str(tx.exec_driver_sql("SELECT kind, opening FROM vault_log_leaves").all())
    assert "population.asked" in leaves
    assert "population.answered" in leaves
    for private in (CAST["an"].name, CAST["an"].id_number):
        assert private not in rows
        assert private not in leaves
    with running.citizen("an") as an:
        newest = an.get("/v1/history").json()["items"][0]
    assert (newest["action"], newest["reason"]) == ("LOOKED_UP", "DATABASES_FIRST")
    nobody = officer.post("/v1/population-look-ups", json={"number": "000000000000"}).json()
    assert (nobody["outcome"], nobody["name"], nobody["birth_date"]) == ("NOT_FOUND", None, None)


def test_the_page_fills_the_form_in_and_says_that_it_asked_a_sandbox(officer: httpx.Client) -> None:
    assert 'action="/staff/look-up"' in officer.get("/staff/new").text
    form = {"csrf_token": officer.headers["X-CSRF-Token"], "number": CAST["duc"].id_number}
    shown = officer.post("/staff/look-up", data=form, params={"lang": "en"}).text
    assert f'value="{CAST["duc"].name}"' in shown
    assert CAST["duc"].born_on.isoformat() in shown
    assert "sandbox" in shown
    nobody = officer.post("/staff/look-up", data=form | {"number": "000000000000"}, params={"lang": "en"}).text
    assert "Nobody has this number" in nobody


def test_a_database_is_asked_with_the_legal_basis_and_an_id_and_its_silence_is_on_record(
    running: Running, tmp_path: Path
) -> None:
    services, token, database = running.services, tmp_path / "token", Database()
    token.write_text("t")
    token.chmod(0o600)
    with serve_on_loopback(database.reply) as port:
        door = replace(services.settings.population, place=f"http://127.0.0.1:{port}", token_file=token)
        settings = replace(services.settings, population=door, services_may_be_private=True)
        register = open_population(settings, is_specimen=False)
        assert register is not None
        assert register.source == "population"
        found = register.look_up(PersonQuestion("L1", NUMBER, "decree-280-2025"))
        assert found is not None
        assert (found.name, str(found.birth_date)) == (NAME, "1990-01-02")
        assert NAME not in repr(found)
        assert database.asked == [{"request_id": "L1", "number": NUMBER, "legal_basis": "decree-280-2025"}]
        database.answer = b'{"found": false}'
        assert register.look_up(PersonQuestion("L2", NUMBER)) is None
        for answer in (
            b"nothing",
            b"[]",
            b"{}",
            b'{"found": true}',
            b'{"found": true, "name": "A", "birth_date": "x"}',
        ):
            database.answer = answer
            with pytest.raises(DoorFailed, match="UNREADABLE"):
                register.look_up(PersonQuestion("L3", NUMBER))
        database.status = 503
        with pytest.raises(DoorFailed, match="HTTP_503"):
            register.look_up(PersonQuestion("L4", NUMBER))
        open_door = replace(services.outside, population=register)
        answer = acts.look_first(replace(services, outside=open_door), _clerk(running), NUMBER)
    assert (answer.outcome, answer.person) == (LookUpOutcome.UNAVAILABLE, None)
    assert "HTTP" not in str(answer)


def test_without_a_database_the_counter_is_told_so_and_the_page_offers_nothing(
    founded_home: Path, tmp_path: Path
) -> None:
    shutil.copytree(founded_home, tmp_path / "home")
    settings = settings_for_home(read_settings({}), tmp_path / "home")
    settings = replace(settings, population=replace(settings.population, place=""))
    with open_services(settings, with_worker=False) as services:
        assert services.outside.population is None
    for is_specimen, place in ((False, "sandbox"), (False, "http://127.0.0.1:9")):
        door = replace(settings.population, place=place)
        with pytest.raises(BadSetting):
            open_population(replace(settings, population=door), is_specimen=is_specimen)


def test_nobody_reads_the_database_person_by_person(running: Running) -> None:
    services, clerk = running.services, _clerk(running)
    outcomes = [_outcome(services, clerk, f"{number:012d}") for number in range(62)]
    assert outcomes[-1] == "TooManyRequests"
    assert set(outcomes[:50]) == {"NOT_FOUND"}
    nothing = replace(services, outside=replace(services.outside, population=None))
    with pytest.raises(DoorFailed, match="NOT_CONFIGURED"):
        acts.look_first(nothing, clerk, NUMBER)


def _outcome(services: Services, clerk: Any, number: str) -> str:
    try:
        return acts.look_first(services, clerk, number).outcome.value
    except TooManyRequests as exc:
        return type(exc).__name__


def _clerk(running: Running) -> Any:
    from api.demo.office import demo_people

    return demo_people(running.services).recipient
