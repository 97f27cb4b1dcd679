"""The issuer's door: a result comes in once, is replaced and annulled; what is not the agency's own stays outside."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.errors import BadSetting
from api.outside.providers import Provider, open_providers
from keys import AuthorityAnswer
from samples.cast import CAST
from tests.issuing_system import administrator, issuing_system, push, push_newer, signed_result, unsigned_result
from tests.loopback import serve_on_loopback
from tests.running import Running, serve

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def system(running: Running) -> Iterator[httpx.Client]:
    with issuing_system(running) as client:
        yield client


@pytest.fixture(scope="module")
def content(running: Running) -> bytes:
    return signed_result(running)


def told_to(running: Running, client: httpx.Client) -> list[str]:
    running.services.couriers[0].round()
    return [one["kind"] for one in client.get("/v1/notices").json()["items"]]


def test_a_result_comes_into_the_vault_at_level_4_and_its_holder_is_told(
    running: Running, system: httpx.Client, content: bytes
) -> None:
    added = push(system, content, "HT-1", number="KS 12/2026", issued_on="2026-11-20")
    assert added.status_code == 201, added.text
    result = added.json()
    assert (result["assurance_level"], result["state"], result["version"]) == (4, "CURRENT", 1)
    with running.citizen("an") as an:
        paper = an.get(f"/v1/records/{result['record_id']}").json()
        assert (paper["elaboration"], paper["shelf"], paper["provenance"]) == (
            "BORN_DIGITAL",
            "RESULTS",
            "issued:THIDU",
        )
        assert (paper["uri"], paper["issued_on"]) == (result["uri"], "2026-11-20")
        assert an.get(f"/v1/records/{result['record_id']}/file").content == content
        fields = an.get(f"/v1/records/{result['record_id']}/fields").json()
        assert (fields["original_number"], fields["external_codes"]) == ("KS 12/2026", {"issuer_reference": "HT-1"})
        entry = next(one for one in an.get("/v1/history").json()["items"] if one["record_id"] == result["record_id"])
        assert "RESULT_ADDED" in told_to(running, an)
        assert an.get("/citizen/history").status_code == 200
    with running.citizen("an") as an:
        added_entry = [one for one in an.get("/v1/history").json()["items"] if one["reason"] == "RESULT_ADDED"]
    assert (added_entry[0]["action"], added_entry[0]["actor_kind"], added_entry[0]["agency_code"]) == (
        "DEPOSITED",
        "AGENCY",
        "THIDU",
    )
    assert entry["outcome"] == "DONE"
    # The same call again, with no key to know it by: one result, one paper.
    again = push(system, content, "HT-1", number="KS 12/2026", issued_on="2026-11-20")
    assert (again.status_code, again.json()) == (201, result)
    other = push(system, signed_result(running), "HT-1")
    assert (other.status_code, other.json()["code"]) == (409, "RESULT_CONFLICT")
    assert [one["reference"] for one in system.get("/v1/results").json()["items"]].count("HT-1") == 1


def test_a_result_is_replaced_and_annulled_from_the_version_that_was_read(
    running: Running, system: httpx.Client
) -> None:
    first, second = signed_result(running), signed_result(running)
    result = push(system, first, "HT-2").json()
    assert push_newer(system, result, second, version=7).status_code == 412
    newer = push_newer(system, result, second, version=1)
    assert newer.status_code == 201, newer.text
    assert (newer.json()["version"], newer.headers["ETag"]) == (2, '"2"')
    assert newer.json()["record_id"] != result["record_id"]
    # What stands there already changes nothing, from whatever version.
    assert push_newer(system, result, second, version=1).json() == newer.json()
    place = f"/v1/results/{result['result_id']}/annulment"
    decision = {"decision_number": "45/QĐ-UBND"}
    assert system.post(place, json=decision).status_code == 428
    ended = system.post(place, json=decision, headers={"If-Match": '"2"'})
    assert (ended.status_code, ended.json()["state"], ended.json()["record_status"]) == (200, "ANNULLED", "ANNULLED")
    assert system.post(place, json=decision, headers={"If-Match": '"2"'}).json() == ended.json()
    assert push_newer(system, result, first, version=3).json()["code"] == "RESULT_CONFLICT"
    with running.citizen("an") as an:
        states = [an.get(f"/v1/records/{one['record_id']}").json()["status"] for one in (result, newer.json())]
        kinds = told_to(running, an)
        shared = an.post("/v1/shares", json={"record_id": newer.json()["record_id"], "purpose": "x", "recipient": "y"})
    assert states == ["SUPERSEDED", "ANNULLED"]
    assert {"RESULT_REPLACED", "RESULT_ANNULLED"} <= set(kinds)
    assert shared.status_code != 201


@pytest.mark.parametrize("changes", [{"holder_name": "Người Khác Hẳn"}, {"holder_birth_date": "1970-01-01"}])
def test_a_number_of_somebody_else_stores_nothing(
    running: Running, system: httpx.Client, content: bytes, changes: dict[str, str]
) -> None:
    with running.citizen("binh") as binh:
        before = binh.get("/v1/records").json()["items"]
        refused = push(system, content, "HT-3", holder="binh", **changes)
        assert (refused.status_code, refused.json()["reason"]) == (422, "HOLDER_MISMATCH")
        assert binh.get("/v1/records").json()["items"] == before


def test_what_is_not_signed_or_by_another_office_stays_outside(running: Running, system: httpx.Client) -> None:
    plain = push(system, unsigned_result(), "HT-4")
    assert (plain.status_code, plain.json()["code"], plain.json()["reason"]) == (422, "RESULT_REFUSED", "NO_SIGNATURE")
    other = push(system, signed_result(running, office="UBND xã Ví Dụ"), "HT-4")
    assert (other.status_code, other.json()["reason"]) == (422, "ISSUER_MISMATCH")
    broken = bytearray(signed_result(running))
    broken[400] ^= 1
    assert push(system, bytes(broken), "HT-4").status_code == 422
    assert push(system, b"not a file at all", "HT-4").status_code == 422
    assert "HT-4" not in [one["reference"] for one in system.get("/v1/results").json()["items"]]


def test_a_system_of_another_agency_or_without_the_scope_does_nothing_to_it(
    running: Running, system: httpx.Client, content: bytes
) -> None:
    result = push(system, content, "HT-1").json()
    place = f"/v1/results/{result['result_id']}"
    with issuing_system(running, agency="THIDU-EDU", login="he-thong-giao-duc") as other:
        assert other.get(place).status_code == 404
        assert push_newer(other, result, content, version=1).status_code == 404
        ended = other.post(f"{place}/annulment", json={"decision_number": "1/QĐ"}, headers={"If-Match": "*"})
        assert ended.status_code == 404
        assert other.get("/v1/results").json()["items"] == []
        # What the ward signed does not become the school office's.
        assert push(other, content, "GD-1").json()["reason"] == "ISSUER_MISMATCH"
    with issuing_system(running, login="chi-doc", scopes=("copies:read",)) as reader:
        assert push(reader, content, "HT-9").json()["code"] == "SCOPE_MISSING"
    assert system.get(place).json() == result


def test_a_person_seen_for_the_first_time_gets_a_vault_to_be_claimed_later(
    running: Running, system: httpx.Client
) -> None:
    form = {"holder_number": "000204001122", "holder_name": "Phạm Thí Dụ Mới", "holder_birth_date": "2004-05-06"}
    added = push(system, signed_result(running), "HT-5", **form)
    assert added.status_code == 201, added.text
    again = push(system, signed_result(running), "HT-6", **form | {"holder_name": "Phạm Thí Dụ Mơi"})
    assert again.json()["reason"] == "HOLDER_MISMATCH"


def test_what_a_law_keeps_is_not_erased_and_the_holder_is_told_why(running: Running, system: httpx.Client) -> None:
    result = push(system, signed_result(running), "HT-7", kept_by_law="yes").json()
    with running.citizen("an") as an:
        kept = [one["record_id"] for one in an.get("/v1/erasure").json()["kept"]]
        refused = an.post("/v1/erasure", json={"record_ids": [result["record_id"]], "confirm": "ERASE"})
        assert (refused.status_code, refused.json()["code"]) == (409, "ERASURE_REFUSED")
        assert an.get(f"/v1/records/{result['record_id']}/file").status_code == 200
    assert kept == [result["record_id"]]


@pytest.mark.parametrize(
    "changes",
    [
        {"reference": "không dấu cách"},
        {"elaboration": "CERTIFIED_COPY"},
        {"issued_on": "hôm qua"},
        {"kept_by_law": "maybe"},
        {"holder_number": ""},
        {"holder_kind": "ROBOT"},
        {"doc_type": "VN.NOTHING"},
    ],
)
def test_a_wrong_field_is_named(system: httpx.Client, content: bytes, changes: dict[str, str]) -> None:
    refused = push(system, content, "HT-8", **changes)
    assert refused.status_code in {404, 422}, refused.text


def test_administrators_see_which_system_gave_when_and_which_failed(running: Running, system: httpx.Client) -> None:
    push(system, unsigned_result(), "HT-10")
    with administrator(running) as admin:
        (line,) = [one for one in admin.get("/v1/providers").json()["items"] if one["label"] == "he-thong-ho-tich"]
        assert (line["way"], line["agency_code"], line["last_problem"]) == ("PUSH", "THIDU", "NO_SIGNATURE")
        assert line["health"] == "FAILS"
        assert push(system, signed_result(running), "HT-10").status_code == 201
        (line,) = [one for one in admin.get("/v1/providers").json()["items"] if one["label"] == "he-thong-ho-tich"]
        assert line["health"] == "WORKS"
        assert line["last_success_at"] > line["last_failure_at"]
        assert admin.post("/v1/providers/nobody/check").status_code == 404
    with administrator(running, "THIDU-LABOUR") as elsewhere:
        assert elsewhere.get("/v1/providers").json()["items"] == []


@dataclass
class Issuer:
    """A provider on loopback."""

    answer: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    asked: list[dict[str, Any]] = field(default_factory=list)

    def reply(self, _method: str, path: str, _media_type: str, body: bytes) -> AuthorityAnswer:
        self.asked.append({"path": path} | json.loads(body))
        return AuthorityAnswer(self.status, "application/json", json.dumps(self.answer).encode())


def describe(folder: Path, port: int, **changes: Any) -> Path:
    token, described = folder / "token", folder / "providers.json"
    token.write_text("t")
    token.chmod(0o600)
    one = {
        "id": "so-giao-duc",
        "uri_prefix": "so-giao-duc:",
        "url": f"http://127.0.0.1:{port}",
        "token_file": "token",
        "agency_code": "THIDU-EDU",
        "title": {"vi": "Sở Giáo dục Thí Dụ", "en": "Education Office", "fr": "Éducation"},
        "doc_types": ["VN.BIRTH_CERT"],
        "signers": ["Sở Giáo dục Thí Dụ"],
    } | changes
    described.write_text(json.dumps({"providers": [one]}), encoding="utf-8")
    return described


@pytest.fixture
def asking(running: Running, tmp_path: Path) -> Iterator[tuple[Running, Issuer]]:
    """The same office, with a provider that it asks."""
    issuer, services = Issuer(), running.services
    with serve_on_loopback(issuer.reply) as port:
        settings = replace(services.settings, providers_file=describe(tmp_path, port), services_may_be_private=True)
        outside = replace(services.outside, providers=open_providers(settings))
        asked = replace(services, settings=settings, outside=outside)
        app = create_app(asked)
        with serve(app) as base_url:
            yield replace(running, services=asked, app=app, base_url=base_url), issuer


def test_a_paper_is_fetched_by_its_address_looked_at_anew_and_annulled(asking: tuple[Running, Issuer]) -> None:
    office, issuer = asking
    content = signed_result(office, office="Sở Giáo dục Thí Dụ")
    wanted = {"uri": "so-giao-duc:bang/2026/000123", "doc_type": "VN.BIRTH_CERT"}
    given = {"found": True, "file": base64.b64encode(content).decode(), "number": "B 000123", "issued_on": "2026-06-01"}
    with office.citizen("an") as an, office.citizen("binh") as binh:
        offered = an.get("/v1/pull-providers").json()["items"]
        assert [one["uri_prefix"] for one in offered] == ["so-giao-duc:"]
        issuer.answer = {"found": False}
        assert an.post("/v1/pulled-papers", json=wanted).status_code == 404
        issuer.answer = given
        pulled = an.post("/v1/pulled-papers", json=wanted)
        assert pulled.status_code == 200, pulled.text
        record = pulled.json()["record"]
        assert (pulled.json()["outcome"], record["assurance_level"]) == ("ADDED", 4)
        assert (record["provenance"], record["issuer"]) == ("pulled:so-giao-duc", "MẪU – SPECIMEN Sở Giáo dục Thí Dụ")
        assert issuer.asked[-1]["holder"]["number"] == CAST["an"].id_number
        assert an.post("/v1/pulled-papers", json=wanted).json()["outcome"] == "UNCHANGED"
        # The address of An's paper gives Bình what the provider gives Bình: another result, in another vault.
        issuer.answer = {"found": False}
        assert binh.post("/v1/pulled-papers", json=wanted).status_code == 404
        newer = base64.b64encode(signed_result(office, office="Sở Giáo dục Thí Dụ")).decode()
        issuer.answer = given | {"file": newer}
        replaced = an.post("/v1/pulled-papers", json=wanted).json()
        assert (replaced["outcome"], replaced["record"]["supersedes"]) == ("REPLACED", record["record_id"])
        issuer.answer = {"found": True, "status": "REVOKED", "decision_number": "9/QĐ-SGD"}
        ended = an.post("/v1/pulled-papers", json=wanted).json()
        assert (ended["outcome"], ended["record"]["status"]) == ("ANNULLED", "ANNULLED")
        assert an.post("/v1/pulled-papers", json=wanted).json()["outcome"] == "UNCHANGED"
        with office.services.database.read() as tx:
            rows = str(tx.exec_driver_sql("SELECT * FROM vault_issued_results").all())
        assert "000123" not in rows


def test_a_provider_that_fails_changes_nothing_and_its_line_says_so(asking: tuple[Running, Issuer]) -> None:
    office, issuer = asking
    wanted = {"uri": "so-giao-duc:bang/2026/000777", "doc_type": "VN.BIRTH_CERT"}
    with office.citizen("chau") as chau, administrator(office) as admin:
        before = chau.get("/v1/records").json()["items"]
        for answer in (
            {},
            {"found": True, "file": "%%"},
            {"found": True, "file": "", "issued_on": "x"},
            {"found": "yes"},
        ):
            issuer.answer = answer
            assert chau.post("/v1/pulled-papers", json=wanted).json()["code"] == "DOOR_FAILED"
        issuer.answer = {"found": True, "file": base64.b64encode(signed_result(office)).decode()}
        assert chau.post("/v1/pulled-papers", json=wanted).json()["reason"] == "ISSUER_MISMATCH"
        issuer.status = 503
        assert chau.post("/v1/pulled-papers", json=wanted).status_code == 503
        assert chau.post("/v1/pulled-papers", json=wanted | {"uri": "another:1"}).json()["field"] == "uri"
        assert chau.post("/v1/pulled-papers", json=wanted | {"doc_type": "VN.ID_CARD"}).json()["field"] == "doc_type"
        assert chau.get("/v1/records").json()["items"] == before
        line = admin.post("/v1/providers/so-giao-duc/check").json()
        assert (line["way"], line["health"], line["last_problem"]) == ("PULL", "FAILS", "HTTP_503")
        issuer.status, issuer.answer = 200, {}
        assert admin.post("/v1/providers/so-giao-duc/check").json()["health"] == "WORKS"


@pytest.mark.parametrize(
    "changes",
    [{"title": {"vi": "x"}}, {"doc_types": []}, {"id": "có dấu"}, {"signers": "x"}, {"url": ""}, {"more": 1}],
)
def test_a_provider_that_is_described_wrongly_stops_the_start(
    running: Running, tmp_path: Path, changes: dict[str, Any]
) -> None:
    path = describe(tmp_path, 1, **changes)
    settings = replace(running.services.settings, providers_file=path, services_may_be_private=True)
    with pytest.raises(BadSetting):
        open_providers(settings)


def test_two_providers_with_one_beginning_of_addresses_stop_the_start(running: Running, tmp_path: Path) -> None:
    path = describe(tmp_path, 1)
    (one,) = json.loads(path.read_text(encoding="utf-8"))["providers"]
    path.write_text(json.dumps({"providers": [one, one | {"id": "other", "uri_prefix": "so-giao-duc:x"}]}))
    settings = replace(running.services.settings, providers_file=path, services_may_be_private=True)
    with pytest.raises(BadSetting, match="begins with another"):
        open_providers(settings)
    path.write_text("providers: 7")
    with pytest.raises(BadSetting, match="no list"):
        open_providers(settings)
    assert isinstance(open_providers(replace(settings, providers_file=describe(tmp_path, 1)))[0], Provider)
    assert open_providers(replace(settings, providers_file=None)) == ()
