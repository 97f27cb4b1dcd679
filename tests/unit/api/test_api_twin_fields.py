"""A field of the twin is confirmed by a person of the office: who and when stand in it, and what nobody confirmed says so."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from certify import Role as StaffRole
from tests.running import Running

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def copy(running: Running) -> dict[str, Any]:
    with running.officer() as officer:
        return running.certify(officer)


def place(copy: dict[str, Any]) -> str:
    return f"/v1/register/copies/{copy['code_of_copy']}/fields"


def fields_of(client: httpx.Client, copy: dict[str, Any]) -> dict[str, Any]:
    found = client.get(f"/v1/records/{copy['record_id']}/fields").json()["fields"]
    return {one["name"]: one for one in found}


def test_a_certifier_confirms_and_corrects_a_field_and_the_holder_sees_who(
    running: Running, copy: dict[str, Any]
) -> None:
    with running.officer() as officer, running.citizen("an") as an:
        read = officer.get(place(copy)).json()["fields"]
        first, second = read[0]["name"], read[1]["name"]
        assert all((one["verified_by"], one["verified_at"]) == (None, None) for one in read)
        confirmed = officer.post(f"{place(copy)}/{first}/confirmation", json={"value": read[0]["value"]})
        assert confirmed.status_code == 200, confirmed.text
        me = officer.get("/v1/sessions/current").json()["subject_id"]
        told = fields_of(an, copy)[first]
        assert (told["state"], told["verified_by"], told["value"]) == ("CONFIRMED", me, read[0]["value"])
        assert told["verified_at"]
        corrected = officer.post(f"{place(copy)}/{second}/confirmation", json={"value": "Giá trị đúng"})
        assert corrected.json()["value"] == "Giá trị đúng"
        now = fields_of(an, copy)
        assert {name for name, one in now.items() if one["state"] == "CONFIRMED"} == {first, second}
        assert now[second]["value"] == "Giá trị đúng"
        assert all(
            one["state"] in {"UNVERIFIED", "CHECKED"} for name, one in now.items() if name not in {first, second}
        )
        reasons = [one["reason"] for one in an.get("/v1/history").json()["items"]]
    assert reasons.count("FIELD_CONFIRMED") == 2
    assert "FIELDS_COMPARED" in reasons


def test_nobody_else_confirms_anything(running: Running, copy: dict[str, Any]) -> None:
    running.enrol("chung-thuc-khac", "THIDU-EDU", *StaffRole)
    running.enrol("tiep-nhan-thoi", "THIDU", StaffRole.COUNTER_CLERK)
    with running.citizen("an") as an:
        before = fields_of(an, copy)
        name = next(iter(before))
        asked = {"value": "x"}
        with running.client("chung-thuc-khac") as other, running.client("tiep-nhan-thoi") as clerk:
            assert other.get(place(copy)).status_code == 404
            assert other.post(f"{place(copy)}/{name}/confirmation", json=asked).status_code == 404
            assert clerk.post(f"{place(copy)}/{name}/confirmation", json=asked).status_code == 403
        with running.officer() as officer:
            assert officer.post(f"{place(copy)}/no_such_field/confirmation", json=asked).status_code == 404
            assert officer.post(f"{place(copy)}/{name}/confirmation", json={"value": " "}).status_code == 422
        assert fields_of(an, copy) == before
