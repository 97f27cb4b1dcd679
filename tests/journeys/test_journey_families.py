"""A mother and a father, a child that grows up, a company, a death, a couple's house: at the doors, and by nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.identity import Door, create_account
from samples.cast import CAST
from tests.running import Running, founded_home, later, running  # noqa: F401 - fixtures

pytestmark = [pytest.mark.journey, pytest.mark.slow]

CHILD = {"number": "000219012345", "name": "Nguyễn Bé Thí Dụ", "birth_date": "2019-03-02"}
COMPANY = {"number": "0312345678", "kind": "ORGANISATION", "name": "Công ty Thí Dụ"}


def person(key: str) -> dict[str, str]:
    return {"number": CAST[key].id_number, "name": CAST[key].name}


def enter(office: Running, kind: str, holder: dict[str, str], who: dict[str, str], **more: Any) -> dict[str, Any]:
    with office.officer() as officer:
        form = {"holder": holder, "person": who, "kind": kind, "document_number": "VB 1/2026"} | more
        answer = officer.post("/v1/mandates", json=form)
        assert answer.status_code == 201, answer.text
        told: dict[str, Any] = answer.json()
    return told


def certify_for(office: Running, holder: dict[str, str]) -> dict[str, Any]:
    """Bring a scan into the vault of somebody by number."""
    with office.officer() as officer:
        accepted = office.upload(officer, office_scan(holder["name"]), data={"holder_number": holder["number"]})
        assert accepted.status_code == 202, accepted.text
        item_id = office.wait(officer, accepted.json()["operation_id"])["item_id"]
        approved = office.approve(officer, office.prepare(officer, item_id, relation="GUARDIAN"))
        told = office.wait(officer, approved.json()["operation_id"])
    assert told["status"] == "DONE", told
    return told


def office_scan(name: str) -> bytes:
    from tests.small_paper import small_scan

    return small_scan(mark=name)


def account_for(office: Running, login: str, holder_id: str) -> None:
    services = office.services
    with services.database.transaction() as tx:
        create_account(
            tx,
            door=Door.CITIZEN,
            subject_id=holder_id,
            login=login,
            password=None,
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        )


def sees(client: httpx.Client, holder_id: str) -> list[str] | int:
    answer = client.get(f"/v1/vaults/{holder_id}/records")
    if answer.status_code != 200:
        return answer.status_code
    return [one["record_id"] for one in answer.json()["items"]]


def test_parents_act_for_their_child_until_a_court_or_eighteen_years_end_it(running: Running) -> None:  # noqa: F811
    hers = enter(running, "PARENT", CHILD, person("an"))
    his = enter(running, "PARENT", CHILD, person("chau"))
    child_id, record_id = hers["holder_id"], certify_for(running, CHILD)["record_id"]
    assert hers["ends_at"].startswith("2037-03-01T17:00")
    account_for(running, "be", child_id)
    with running.citizen("an") as mother, running.citizen("chau") as father:
        # (1) each parent has an own access, and the child sees what they did
        assert sees(mother, child_id) == sees(father, child_id) == [record_id]
        form = {"record_id": record_id, "purpose": "Xin học", "recipient": "Trường Hoa Phượng"}
        link = mother.post(f"/v1/vaults/{child_id}/shares", json=form)
        assert link.status_code == 201, link.text
        assert mother.get(f"/v1/vaults/{child_id}/records/{record_id}/file").content.startswith(b"%PDF-")
        # (2) divorced: the court ends one access and leaves the other
        with running.officer() as officer:
            ended = officer.post(f"/v1/mandates/{his['mandate_id']}/end", json={"document_number": "45/QĐST-HNGĐ"})
        assert ended.json()["ended_by_document"] == "45/QĐST-HNGĐ"
        assert sees(father, child_id) == 404
        assert father.get(f"/v1/vaults/{child_id}/records/{record_id}/file").status_code == 404
        assert father.get(f"/citizen/vaults/{child_id}").status_code == 404
        assert sees(mother, child_id) == [record_id]
    with running.citizen("be") as child:
        actions = [(one["action"], one["actor_kind"]) for one in child.get("/v1/history").json()["items"]]
        assert {("SHARED", "REPRESENTATIVE"), ("READ", "REPRESENTATIVE"), ("MANDATE_ENDED", "STAFF")} <= set(actions)
        told = child.get("/v1/representatives").json()["items"]
        assert [one["ended_at"] is None for one in told] == [False, True]
    # (3) eighteen: nobody has to do anything
    with (
        later(running, timedelta(days=366 * 11)) as grown_up,
        grown_up.citizen("an") as mother,
        grown_up.citizen("be") as grown,
    ):
        assert sees(mother, child_id) == 404
        assert mother.post(f"/v1/vaults/{child_id}/shares", json=form).status_code == 404
        assert [one["record_id"] for one in grown.get("/v1/records").json()["items"]] == [record_id]


def test_a_new_representative_takes_over_and_the_users_of_the_old_one_are_out_at_once(running: Running) -> None:  # noqa: F811
    company_id = enter(running, "LEGAL_REPRESENTATIVE", COMPANY, person("an"))["holder_id"]
    with running.citizen("an") as old, running.citizen("chau") as clerk:
        form = {"person_number": CAST["chau"].id_number, "document_number": "GUQ 3", "ends_on": "2090-01-01"}
        assert old.post(f"/v1/vaults/{company_id}/users", json=form | {"ends_on": None}).status_code == 422
        assert old.post(f"/v1/vaults/{company_id}/users", json=form | {"may_act": False}).status_code == 201
        assert sees(clerk, company_id) == []
        assert clerk.post(f"/v1/vaults/{company_id}/users", json=form).json()["code"] == "MANDATE_REFUSED"
        successor = {"number": "000180012345", "name": "Phạm Kế Nhiệm"}
        enter(running, "LEGAL_REPRESENTATIVE", COMPANY, successor)
        assert sees(old, company_id) == sees(clerk, company_id) == 404


def test_a_death_closes_the_door_of_the_dead_and_opens_a_little_one_to_the_heir(running: Running) -> None:  # noqa: F811
    dead = {"number": "000140012345", "name": "Trần Cụ Thí Dụ"}
    with running.officer() as officer:
        running.upload(officer, office_scan("x"), data={"holder_number": dead["number"], "holder_name": dead["name"]})
    left, private = certify_for(running, dead), certify_for(running, dead)
    with running.services.database.read() as tx:
        from vault import HolderKind, find_by_number

        dead_id = find_by_number(tx, HolderKind.PERSON, dead["number"], index=running.services.number_index).holder_id
    account_for(running, "cu", dead_id)
    with running.citizen("cu") as own, running.client() as stranger:
        form = {"record_id": left["record_id"], "purpose": "x", "recipient": "y"}
        link = own.post("/v1/shares", json=form).json()["link"]
        with running.officer() as officer:
            died = officer.post("/v1/deaths", json={"number": dead["number"], "document_number": "KT 9/2026"})
        assert died.json() == {"holder_id": dead_id}
        assert own.get("/v1/records").status_code == 401
        assert stranger.post("/v1/shares/open", json={"token": link.partition("#")[2]}).status_code == 410
    enter(running, "HEIR", dead, person("an"), covered_records=[left["record_id"]])
    with running.citizen("an") as heir:
        assert sees(heir, dead_id) == [left["record_id"]]
        assert heir.get(f"/v1/vaults/{dead_id}/records/{private['record_id']}/file").status_code == 404
        shared = heir.post(f"/v1/vaults/{dead_id}/shares", json=form)
        assert (shared.status_code, shared.json()["code"]) == (422, "MANDATE_REFUSED")


def test_spouses_hold_one_paper_and_one_of_them_may_say_only_together(running: Running) -> None:  # noqa: F811
    with running.officer() as officer:
        told = running.certify(officer)
        code, record_id = told["code_of_copy"], told["record_id"]
        joint = {"code": code, "numbers": [CAST["chau"].id_number], "document_number": "KH 3/2020"}
        assert officer.post("/v1/joint-papers", json=joint).json() == {"record_id": record_id}
    form = {"record_id": record_id, "purpose": "Vay", "recipient": "Ngân hàng Thí Dụ"}
    with running.citizen("an") as wife, running.citizen("chau") as husband:
        assert husband.get(f"/v1/records/{record_id}").status_code == 200
        assert husband.post("/v1/shares", json=form).status_code == 201
        rule = wife.put(f"/v1/records/{record_id}/joint-rule", json={"others_share_alone": False})
        assert rule.status_code == 204
        assert husband.post("/v1/shares", json=form).status_code == 410
        assert wife.post("/v1/shares", json=form).status_code == 201


def test_a_new_name_and_number_keep_the_vault_and_the_old_number_finds_it(running: Running) -> None:  # noqa: F811
    before = {"number": "000177012345", "name": "Lê Cũ Thí Dụ"}
    holder_id = enter(running, "PARENT", CHILD | {"number": "000220012345"}, before)["person_id"]
    with running.officer() as officer:
        form = {"before": before, "name": "Lê Mới Thí Dụ", "number": "000177054321", "document_number": "12/QĐ"}
        assert officer.post("/v1/identity-changes", json=form).json() == {"holder_id": holder_id}
    for number in (before["number"], "000177054321"):
        again = enter(running, "PARENT", CHILD | {"number": "000220012345"}, {"number": number})
        assert again["person_id"] == holder_id
