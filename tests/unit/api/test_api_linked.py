"""One filing for procedures that belong together: each dossier for itself, what one gives carried to the next, and taking it back."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.acts.linked import carry_results
from tests.issuing_system import issuing_system, push, signed_result
from tests.running import Running

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow
BIRTH = ("SAMPLE-BIRTH", "SAMPLE-RESIDENCE-CHILD", "SAMPLE-HEALTH-CARD-CHILD")
DEATH = ("SAMPLE-DEATH", "SAMPLE-RESIDENCE-REMOVE")


@pytest.fixture
def clerk(running: Running) -> Iterator[httpx.Client]:
    """The ward receives all of these."""
    with running.officer() as client:
        yield client


@pytest.fixture(scope="module")
def system(running: Running) -> Iterator[httpx.Client]:
    with issuing_system(running) as client:
        yield client


def part(procedure_id: str, *bring: str, consent: bool = True, **chosen: str) -> dict[str, Any]:
    return {"procedure_id": procedure_id, "chosen": chosen, "brought_in_person": list(bring), "consent": consent}


def birth_parts() -> list[dict[str, Any]]:
    return [part(BIRTH[0], "identity", "marriage"), part(BIRTH[1], "residence"), part(BIRTH[2])]


def file_birth(an: httpx.Client) -> dict[str, Any]:
    filed = an.post("/v1/linked-filings", json={"parts": birth_parts()})
    assert filed.status_code == 201, filed.text
    told: dict[str, Any] = filed.json()
    return told


def step(clerk: httpx.Client, submission: dict[str, Any], to: str) -> httpx.Response:
    place = f"/v1/received/{submission['submission_id']}"
    etag = clerk.get(place).headers["ETag"]
    return clerk.post(f"{place}/step", json={"step": to}, headers={"If-Match": etag})


def bring(clerk: httpx.Client, submission: dict[str, Any], status: int, reason: str = "") -> httpx.Response:
    place = f"/v1/received/{submission['submission_id']}"
    etag = clerk.get(place).headers["ETag"]
    return clerk.post(f"{place}/status", json={"status": status, "reason": reason}, headers={"If-Match": etag})


def finish(clerk: httpx.Client, submission: dict[str, Any]) -> None:
    for to in ("RECEIVE", "TRANSFER", "RESOLVE", "RETURN"):
        moved = step(clerk, submission, to)
        assert moved.status_code == 200, moved.text


def package_of(told: dict[str, Any]) -> dict[str, Any]:
    payload = told["manifest"].split(".")[1]
    content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return content


def test_what_an_earlier_procedure_gives_is_not_asked_for(running: Running) -> None:
    with running.citizen("an") as an:
        found = an.post(f"/v1/procedures/{BIRTH[0]}/linked-match", json={"said": {}}).json()["parts"]
        alone = an.post("/v1/procedures/SAMPLE-MARRIAGE/linked-match", json={})
    assert [one["match"]["procedure"]["procedure_id"] for one in found] == list(BIRTH)
    assert [one["awaited"] for one in found] == [{}, {"birth": BIRTH[0]}, {"birth": BIRTH[0]}]
    assert (alone.status_code, alone.json()["code"]) == (422, "LINK_REFUSED")


def test_one_filing_makes_a_dossier_for_each_and_the_result_of_the_first_comes_to_the_others(
    running: Running, clerk: httpx.Client, system: httpx.Client
) -> None:
    with running.citizen("an") as an:
        filing = file_birth(an)
        birth, residence, card = filing["submissions"]
        assert [one["procedure_id"] for one in filing["submissions"]] == list(BIRTH)
        awaited = {one["requirement_id"]: one for one in residence["items"]}["birth"]
        assert (awaited["mode"], awaited["from_submission_id"]) == ("LINKED", birth["submission_id"])
        assert package_of(card)["items"][0]["from"] == birth["submission_id"]
        # Each has its own steps; a later one is received, and waits then.
        assert step(clerk, residence, "RECEIVE").status_code == 200
        waiting = step(clerk, residence, "TRANSFER")
        assert (waiting.status_code, waiting.json()["code"]) == (409, "STEP_REFUSED")
        place = f"/v1/received/{residence['submission_id']}/items/birth"
        etag = clerk.get(f"/v1/received/{residence['submission_id']}").headers["ETag"]
        early = clerk.post(f"{place}/answer", json={"answer": "ACCEPTED"}, headers={"If-Match": etag})
        assert (early.status_code, early.json()["code"]) == (409, "ANSWER_REFUSED")
        assert clerk.post(f"{place}/fetch").status_code == 404
        finish(clerk, birth)
        # The step alone gives no paper: it waits until the result lies in the vault.
        assert carry_results(running.services) == 0
        result = push(system, signed_result(running), "KS-LT-1").json()
        carry_results(running.services)
        assert carry_results(running.services) == 0
        now = an.get(f"/v1/linked-filings/{filing['filing_id']}").json()["submissions"]
        carried = [next(item for item in one["items"] if item["requirement_id"] == "birth") for one in now[1:]]
        assert [one["mode"] for one in carried] == ["REFERENCE", "REFERENCE"]
        assert {one["uri"] for one in carried} == {result["uri"]}
        assert package_of(now[1])["continues"] == residence["manifest"].rpartition(".")[2]
        fetched = clerk.post(f"{place}/fetch")
        assert (fetched.status_code, fetched.content[:5]) == (200, b"%PDF-")
        consent = next(
            one for one in an.get("/v1/consents").json()["items"] if one["consent_id"] == now[1]["consent_id"]
        )
        assert (consent["basis"], consent["record_ids"]) == ("AGREED_AHEAD", [result["record_id"]])
        assert step(clerk, residence, "TRANSFER").status_code == 200
        # What was agreed ahead is taken back as any other consent.
        assert an.delete(f"/v1/consents/{consent['consent_id']}").status_code == 200
        assert clerk.post(f"{place}/fetch").status_code == 410


def test_all_or_nothing_is_filed(running: Running) -> None:
    with running.citizen("an") as an:
        before = len(an.get("/v1/submissions").json()["items"])
        wrong = [
            [part(DEATH[0], "identity", "of_deceased"), part(DEATH[1], consent=False)],
            [part(DEATH[0], "identity"), part(DEATH[1])],
            [part(DEATH[1]), part(DEATH[0], "identity", "of_deceased")],
            [part(BIRTH[0], "identity", "marriage"), part(BIRTH[2]), part(BIRTH[1], "residence")],
            [part(BIRTH[0], "identity", "marriage"), part(DEATH[1])],
            [part(BIRTH[0], "identity", "marriage"), part(BIRTH[1], "residence", birth="01ARZ3NDEKTSV4RRFFQ69G5FAV")],
        ]
        codes = [an.post("/v1/linked-filings", json={"parts": parts}).json()["code"] for parts in wrong]
        assert codes == [
            "CONSENT_INVALID",
            "REQUIREMENT_UNANSWERED",
            "LINK_REFUSED",
            "LINK_REFUSED",
            "LINK_REFUSED",
            "CHOICE_REFUSED",
        ]
        assert an.post("/v1/linked-filings", json={"parts": birth_parts()[:1]}).status_code == 422
        assert len(an.get("/v1/submissions").json()["items"]) == before


def test_a_death_and_the_removal_of_a_residence_are_asked_back_together(running: Running, clerk: httpx.Client) -> None:
    parts = [part(DEATH[0], "identity", "of_deceased"), part(DEATH[1])]
    key = {"Idempotency-Key": "khai-tu-lien-thong-1"}
    with running.citizen("an") as an, running.citizen("chau") as chau:
        filing = an.post("/v1/linked-filings", json={"parts": parts}, headers=key).json()
        assert an.post("/v1/linked-filings", json={"parts": parts}, headers=key).json() == filing
        place = f"/v1/linked-filings/{filing['filing_id']}"
        assert chau.get(place).status_code == 404
        assert chau.post(f"{place}/withdrawal", json={"reason": "x"}).status_code == 404
        assert chau.get("/v1/linked-filings").json()["items"] == []
        assert filing["filing_id"] in [one["filing_id"] for one in an.get("/v1/linked-filings").json()["items"]]
        asked = an.post(f"{place}/withdrawal", json={"reason": "Nộp nhầm"}).json()
        assert [one["status"] for one in asked["submissions"]] == [7, 7]
        again = an.post(f"{place}/withdrawal", json={"reason": "Nộp nhầm"})
        assert (again.status_code, again.json()["code"]) == (409, "STATUS_REFUSED")
        # Each agency answers for its own; what waits for a dossier that stopped stops with it.
        assert bring(clerk, filing["submissions"][0], 8, "Theo yêu cầu").status_code == 200
        ended = an.get(place).json()["submissions"]
        assert [one["status"] for one in ended] == [8, 8]
        last = ended[1]["statuses"][-1]
        assert (last["by"], last["reason"]) == ("SYSTEM", f"LINKED_ENDED:{filing['submissions'][0]['submission_id']}")


def test_a_paper_taken_in_by_hand_lets_the_later_dossier_go_on(running: Running, clerk: httpx.Client) -> None:
    with running.citizen("an") as an:
        card = file_birth(an)["submissions"][2]
    step(clerk, card, "RECEIVE")
    taken = clerk.post(
        f"/v1/received/{card['submission_id']}/items/birth/by-hand", json={"why": "VAULT_DOWN", "sha256": "0" * 64}
    )
    assert taken.status_code in {200, 201}, taken.text
    assert step(clerk, card, "TRANSFER").status_code == 200
