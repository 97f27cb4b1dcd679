"""A paper is handed in once: what follows, what is refused, and what goes wrong, at the doors and by nothing else."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from certify import Role
from samples.cast import CAST
from tests.running import Running, founded_home, later, running  # noqa: F401 - fixtures

pytestmark = [pytest.mark.journey, pytest.mark.slow]

FIRST, SECOND = "SAMPLE-CIVIL-STATUS-EXTRACT", "SAMPLE-HEALTH-CARD"


@pytest.fixture(scope="module")
def copy(running: Running) -> dict[str, Any]:  # noqa: F811 - pytest hands fixtures over by name
    """An's birth certificate, certified once; every journey of this module lives on it."""
    with running.officer() as officer:
        return running.certify(officer)


@pytest.fixture
def an(running: Running, copy: dict[str, Any]) -> Iterator[httpx.Client]:  # noqa: F811
    with running.citizen("an") as client:
        yield client


@pytest.fixture
def justice(running: Running) -> Iterator[httpx.Client]:  # noqa: F811
    with running.recipient() as client:
        yield client


@pytest.fixture
def ward(running: Running) -> Iterator[httpx.Client]:  # noqa: F811
    with running.officer() as client:
        yield client


def choice(citizen: httpx.Client, procedure: str) -> dict[str, str]:
    """What the matching offers first for each requirement."""
    match = citizen.get(f"/v1/procedures/{procedure}/match").json()
    return {one["requirement_id"]: one["candidates"][0] for one in match["outcomes"] if one["candidates"]}


def file(citizen: httpx.Client, procedure: str) -> dict[str, Any]:
    form = {"procedure_id": procedure, "chosen": choice(citizen, procedure), "consent": True}
    filed = citizen.post("/v1/submissions", json=form)
    assert filed.status_code == 201, filed.text
    told: dict[str, Any] = filed.json()
    return told


def fetch(clerk: httpx.Client, dossier: dict[str, Any]) -> httpx.Response:
    item = dossier["items"][0]["requirement_id"]
    return clerk.post(f"/v1/received/{dossier['submission_id']}/items/{item}/fetch")


def outcomes(citizen: httpx.Client) -> list[str]:
    """How fetches ended, newest first, as the holder sees it."""
    items = citizen.get("/v1/history", params={"limit": 100}).json()["items"]
    return [one["outcome"] for one in items if one["action"] == "FETCHED"]


def vault_of(citizen: httpx.Client) -> tuple[Any, ...]:
    """All that a refusal must leave as it was."""
    return tuple(
        citizen.get(f"/v1/{what}", params={"limit": 100}).json()["items"]
        for what in ("records", "consents", "submissions")
    )


def test_a_second_procedure_at_another_office_takes_the_same_paper_and_no_upload(
    an: httpx.Client, justice: httpx.Client, ward: httpx.Client
) -> None:
    drafts = ward.get("/v1/drafts", params={"limit": 100}).json()["items"]
    papers = an.get("/v1/records").json()["items"]
    for procedure, clerk in ((FIRST, justice), (SECOND, ward)):
        dossier = file(an, procedure)
        assert [(one["mode"], one["uri"]) for one in dossier["items"]] == [("REFERENCE", papers[0]["uri"])]
        got = fetch(clerk, dossier)
        assert hashlib.sha256(got.content).hexdigest() == dossier["items"][0]["sha256"]
    # Nobody scanned, and nothing was added: two offices read one paper.
    assert ward.get("/v1/drafts", params={"limit": 100}).json()["items"] == drafts
    assert an.get("/v1/records").json()["items"] == papers
    assert outcomes(an)[:2] == ["DONE", "DONE"]


def test_a_holder_who_declines_sends_nothing_and_the_office_hears_no_more_than_that(
    an: httpx.Client, ward: httpx.Client
) -> None:
    asked = ward.post("/v1/requests", json={"holder_number": CAST["an"].id_number, "procedure_id": SECOND}).json()
    address = f"/v1/own-requests/{asked['request_id']}"
    before = vault_of(an)
    assert an.post(f"{address}/refusal", json={"reason": "Tôi sẽ tự mang đến"}).json()["state"] == "DECLINED"
    assert ward.get(f"/v1/requests/{asked['request_id']}").json()["state"] == "DECLINED"
    # A no is final: a yes that comes afterwards, as from a phone that was left open, finds the request closed.
    late = an.post(f"{address}/approval", json={"chosen": choice(an, SECOND), "consent": True})
    assert (late.status_code, late.json()["code"]) == (410, "REQUEST_CLOSED")
    assert vault_of(an) == before


def test_a_consent_withdrawn_or_over_gives_nothing_more_and_each_try_is_seen(
    running: Running,  # noqa: F811
    an: httpx.Client,
    justice: httpx.Client,
) -> None:
    withdrawn, over = file(an, FIRST), file(an, FIRST)
    assert fetch(justice, withdrawn).status_code == 200
    assert an.delete(f"/v1/consents/{withdrawn['consent_id']}").status_code in {200, 204}
    refused = fetch(justice, withdrawn)
    assert (refused.status_code, refused.json()["code"]) == (410, "GRANT_REVOKED")
    with later(running, timedelta(days=16)) as then, then.recipient() as clerk, then.citizen("an") as holder:
        refused = fetch(clerk, over)
        assert (refused.status_code, refused.json()["code"]) == (410, "GRANT_EXPIRED")
        assert outcomes(holder)[:2] == ["EXPIRED", "REVOKED"]


def test_a_proxy_hands_a_paper_in_and_gets_no_right_to_the_vault_it_lies_in(
    running: Running,  # noqa: F811
    ward: httpx.Client,
) -> None:
    proxy = {"name": CAST["chau"].name, "number": CAST["chau"].id_number, "seen_by": "ID_CARD"}
    owner = {"name": CAST["duc"].name, "number": CAST["duc"].id_number}
    originals = [{"doc_type": "VN.BIRTH_CERT"}]
    bare = {"presenter": proxy, "requester": owner, "holder": owner, "originals": originals}
    refused = ward.post("/v1/cases", json=bare)
    assert (refused.status_code, refused.json()["reason"]) == (409, "POWER_MISSING"), refused.text
    power = {"power": "POWER_OF_ATTORNEY", "power_paper": "12/2026, 01/11/2026"}
    until = {"power_until": (running.services.clock.now() + timedelta(days=1)).isoformat()}
    opened = ward.post("/v1/cases", json=bare | {"presenter": proxy | power | until})
    assert opened.status_code == 201, opened.text
    told = opened.json()
    presenter = next(one for one in told["people"] if one["role"] == "PRESENTER")
    assert (presenter["power"], presenter["number_last4"]) == ("POWER_OF_ATTORNEY", CAST["chau"].id_number[-4:])
    done = running.certify(ward, holder="duc")
    with running.citizen("duc") as duc, running.citizen("chau") as chau:
        assert duc.get(f"/v1/records/{done['record_id']}").status_code == 200
        assert chau.get(f"/v1/records/{done['record_id']}").status_code == 404
        assert done["record_id"] not in [one["record_id"] for one in chau.get("/v1/records").json()["items"]]


def test_a_paper_in_the_wrong_vault_that_was_shared_is_recalled_into_the_right_one(
    running: Running,  # noqa: F811
    ward: httpx.Client,
) -> None:
    done = running.certify(ward, holder="chau")
    record = f"/v1/records/{done['record_id']}"
    with running.citizen("chau") as wrong, running.citizen("duc") as right, running.client() as bank:
        uri = wrong.get(record).json()["uri"]
        form = {"record_id": done["record_id"], "purpose": "Vay", "recipient": "Ngân hàng Thí Dụ"}
        token = {"token": wrong.post("/v1/shares", json=form).json()["link"].partition("#")[2]}
        assert bank.post("/v1/shares/open", json=token).status_code == 200
        recalled = ward.post(
            f"/v1/register/copies/{done['code_of_copy']}/recall", json={"holder_number": CAST["duc"].id_number}
        )
        assert recalled.status_code == 200, recalled.text
        # Who read it is listed for the data-protection officer, and nobody is named.
        assert [one["action"] for one in recalled.json()["readings"]] == ["SHARE_OPENED"]
        assert CAST["duc"].name not in recalled.text
        assert CAST["chau"].name not in recalled.text
        # Link and vault are closed at once; the certification and its address stay.
        assert bank.post("/v1/shares/open", json=token).status_code == 410
        assert wrong.get(record).status_code == 404
        assert right.get(record).json()["uri"] == uri
        assert bank.get(f"/v1/copies/{done['code_of_copy']}").json()["status"]["register"] == "FINAL"


def test_a_recipient_who_refuses_says_why_once_and_the_holder_reads_it(an: httpx.Client, justice: httpx.Client) -> None:
    dossier = file(an, FIRST)
    address = f"/v1/received/{dossier['submission_id']}"
    item = f"{address}/items/{dossier['items'][0]['requirement_id']}/answer"
    seen = justice.get(address).headers["ETag"]
    silent = justice.post(item, json={"answer": "REJECTED"}, headers={"If-Match": seen})
    assert (silent.status_code, silent.json()["code"]) == (409, "ANSWER_REFUSED")
    no = {"answer": "REJECTED", "reason": "Trang 2 mờ"}
    assert justice.post(item, json=no, headers={"If-Match": seen}).status_code == 200
    again = justice.post(item, json=no | {"answer": "ACCEPTED"}, headers={"If-Match": seen})
    assert again.status_code in {409, 412}
    (told,) = an.get(f"/v1/submissions/{dossier['submission_id']}").json()["items"]
    assert (told["answer"], told["reason"]) == ("REJECTED", "Trang 2 mờ")


def test_a_relayed_code_a_forged_token_and_a_replayed_yes_get_their_code_and_change_nothing(
    running: Running,  # noqa: F811
    an: httpx.Client,
    ward: httpx.Client,
) -> None:
    before = vault_of(an)
    # (1) a code that somebody photographed and sent on: without the counter's screen the words are a guess
    shown = ward.post("/v1/counter-codes", json={"procedure_id": SECOND}).json()
    words, token = shown["request"]["words"], shown["link"].partition("#")[2]
    forged = an.post("/v1/counter-codes/take", json={"token": token[:-1] + ("A" if token[-1] != "A" else "B")})
    assert (forged.status_code, forged.json()["code"]) == (410, "COUNTER_CODE_REFUSED")
    card = an.post("/v1/counter-codes/take", json={"token": token}).json()
    wrong = next(one for one in card["choices"] if one != words)
    yes = {"chosen": choice(an, SECOND), "consent": True}
    address = f"/v1/own-requests/{card['request']['request_id']}/approval"
    relayed = an.post(address, json=yes | {"words": wrong})
    assert (relayed.status_code, relayed.json()["code"]) == (410, "COUNTER_CODE_REFUSED")
    # The right words come too late: a code that was relayed once is closed for good.
    assert an.post(address, json=yes | {"words": words}).json()["code"] == "REQUEST_CLOSED"
    # (2) another phone cannot take it again
    with running.citizen("chau") as other:
        assert other.post("/v1/counter-codes/take", json={"token": token}).json()["code"] == "COUNTER_CODE_REFUSED"
        assert other.post(address, json=yes | {"words": words}).status_code == 404
    # (3) a link with a letter changed
    form = {"record_id": yes["chosen"]["identity"], "purpose": "Vay", "recipient": "Ngân hàng Thí Dụ"}
    link = an.post("/v1/shares", json=form).json()["link"].partition("#")[2]
    with running.client() as bank:
        closed = bank.post("/v1/shares/open", json={"token": ("B" if link[0] == "A" else "A") + link[1:]})
        assert (closed.status_code, closed.json()["code"]) == (410, "SHARE_CLOSED")
    assert vault_of(an) == before
    # (4) a yes that is sent twice files one dossier
    asked = ward.post("/v1/requests", json={"holder_number": CAST["an"].id_number, "procedure_id": SECOND}).json()
    address = f"/v1/own-requests/{asked['request_id']}/approval"
    assert an.post(address, json=yes).status_code == 201
    replayed = an.post(address, json=yes)
    assert (replayed.status_code, replayed.json()["code"]) == (410, "REQUEST_CLOSED")
    assert len(an.get("/v1/submissions", params={"limit": 100}).json()["items"]) == len(before[2]) + 1


def test_a_person_without_a_phone_consents_before_two_members_of_staff_and_never_before_one(
    running: Running,  # noqa: F811
    an: httpx.Client,
    ward: httpx.Client,
) -> None:
    running.enrol("nguoi-giup", "THIDU", Role.HELPER)
    asked = {"holder_number": CAST["an"].id_number, "procedure_id": SECOND}
    begun = ward.post("/v1/requests/assisted", json=asked).json()
    before = vault_of(an)
    how = {"counter": "Quầy 3", "language": "vi"}
    alone = ward.post(f"/v1/requests/{begun['request_id']}/assistance", json=how)
    assert alone.status_code == 403
    assert vault_of(an) == before
    with running.client("nguoi-giup") as helper:
        sent = helper.post(f"/v1/requests/{begun['request_id']}/assistance", json=how)
        assert sent.status_code == 200, sent.text
        assert helper.get("/v1/received").status_code == 403
    assert len(an.get("/v1/submissions", params={"limit": 100}).json()["items"]) == len(before[2]) + 1


def test_a_recipient_without_our_software_checks_a_dossier_with_openssl_and_unzip(
    running: Running,  # noqa: F811
    an: httpx.Client,
    tmp_path: Path,
) -> None:
    dossier = file(an, FIRST)
    packed = tmp_path / "dossier.asice"
    packed.write_bytes(an.get(f"/v1/submissions/{dossier['submission_id']}/package").content)
    with running.client() as anyone:
        (tmp_path / "roots.pem").write_text(anyone.get("/v1/trust/roots.pem").text)
    with zipfile.ZipFile(packed) as opened:
        opened.extractall(tmp_path / "out")
    meta = tmp_path / "out" / "META-INF"
    checked = subprocess.run(
        [
            "openssl",
            *("cms", "-verify", "-cades", "-binary", "-inform", "DER", "-purpose", "any"),
            *("-CAfile", tmp_path / "roots.pem", "-in", meta / "signature001.p7s"),
            *("-content", meta / "ASiCManifest001.xml", "-out", tmp_path / "seen"),
        ],
        capture_output=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    paper = (tmp_path / "out" / "papers" / "01-birth.pdf").read_bytes()
    digest = base64.b64encode(hashlib.sha256(paper).digest()).decode()
    assert f"<ds:DigestValue>{digest}</ds:DigestValue>" in (tmp_path / "seen").read_text()
    # And whoever looks the paper up needs no account for it either.
    with running.client() as anyone:
        told = anyone.post("/v1/verifications", files={"file": ("a.pdf", paper, "application/pdf")}).json()
    assert told["verdict"] == "VALID_WITH_WARNING"


def test_when_the_vault_is_silent_the_paper_is_taken_by_hand_and_held_against_it_later(
    running: Running,  # noqa: F811
    an: httpx.Client,
    justice: httpx.Client,
    copy: dict[str, Any],
) -> None:
    dossier = file(an, FIRST)
    own = an.get(f"/v1/records/{copy['record_id']}/file").content
    item = f"/v1/received/{dossier['submission_id']}/items/birth"
    blobs = running.services.home.folder / "blobs"
    away = blobs.with_name("blobs-away")
    # The disk of the papers is gone: where the folder was, there is none.
    blobs.rename(away)
    blobs.write_bytes(b"")
    try:
        silent = fetch(justice, dossier)
        assert silent.status_code == 503, silent.text
        noted = justice.post(
            f"{item}/by-hand", json={"why": "VAULT_DOWN", "sha256": hashlib.sha256(own).hexdigest()}
        ).json()
        assert (noted["reconciled"], noted["could_reuse"]) == ("PENDING", True)
    finally:
        blobs.unlink()
        away.rename(blobs)
    assert outcomes(an)[0] == "UNAVAILABLE"
    # It answers again: the next fetch says that the paper by hand was the one in the vault.
    assert fetch(justice, dossier).status_code == 200
    (by_hand,) = an.get(f"/v1/submissions/{dossier['submission_id']}").json()["by_hand"]
    assert (by_hand["why"], by_hand["reconciled"]) == ("VAULT_DOWN", "SAME")
    again = justice.post(f"{item}/by-hand", json={"why": "VAULT_DOWN", "sha256": "0" * 64})
    assert (again.status_code, again.json()["code"]) == (409, "HAND_IN_REFUSED")


def test_an_applicant_asks_a_dossier_back_and_reads_what_the_office_says(
    an: httpx.Client, justice: httpx.Client
) -> None:
    dossier = file(an, FIRST)
    address = f"/v1/received/{dossier['submission_id']}"
    told = an.post(f"/v1/submissions/{dossier['submission_id']}/withdrawal", json={"reason": "Đổi ý"}).json()
    assert told["status"] == 7
    seen = justice.get(address)
    step = justice.post(f"{address}/step", json={"step": "RECEIVE"}, headers={"If-Match": seen.headers["ETag"]})
    assert (step.status_code, step.json()["code"]) == (409, "STEP_REFUSED")
    stop = {"status": 8, "reason": "Dừng theo yêu cầu"}
    stopped = justice.post(f"{address}/status", json=stop, headers={"If-Match": seen.headers["ETag"]})
    assert stopped.json()["status"] == 8
    late = justice.post(f"{address}/status", json=stop, headers={"If-Match": stopped.headers["ETag"]})
    assert (late.status_code, late.json()["code"]) == (409, "STATUS_REFUSED")
    seen = an.get(f"/v1/submissions/{dossier['submission_id']}").json()["statuses"]
    assert [(one["status"], one["by"]) for one in seen] == [(7, "HOLDER"), (8, "STAFF")]
    assert "Dừng theo yêu cầu" in an.get(f"/citizen/submissions/{dossier['submission_id']}").text
