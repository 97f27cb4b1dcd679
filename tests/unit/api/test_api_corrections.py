"""Corrections at the doors: each reaches the register, the verifier, the vault, the holder and who fetched the copy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.delivery.opening import PostRoom, open_courier
from certify.renewal import get_protected
from certify.tables import renewals
from samples.cast import CAST
from tests.running import Running
from tests.small_paper import small_scan
from vault.delivery import place_of_record

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def officer(running: Running) -> Iterator[httpx.Client]:
    with running.officer() as client:
        yield client


def certified(running: Running, officer: httpx.Client, *, item_id: str | None = None, mark: str = "") -> str:
    """Bring a paper to the vault; gives its code."""
    item_id = item_id or running.read_draft(officer, small_scan(mark=mark))
    accepted = running.approve(officer, running.prepare(officer, item_id))
    told = running.wait(officer, accepted.json()["operation_id"])
    assert told["status"] == "DONE", told
    code: str = told["code_of_copy"]
    return code


def place(code: str) -> str:
    return f"/v1/register/copies/{code}"


def standing(running: Running, code: str) -> dict[str, Any]:
    with running.client() as stranger:
        told: dict[str, Any] = stranger.get(f"/v1/copies/{code}").json()
    return told


def sentence(running: Running, officer: httpx.Client, code: str) -> tuple[str, str]:
    """What a verifier hears about the file itself."""
    pdf = officer.get(f"/v1/copies/{code}/file", params={"reason": "COMPLAINT"}).content
    with running.client() as stranger:
        told = stranger.post("/v1/verifications", files={"file": ("a.pdf", pdf, "application/pdf")}).json()
    return told["verdict"], told["sentence"]["en"]


def spread(running: Running) -> None:
    services = running.services
    room = PostRoom(
        services.settings,
        services.database,
        services.blobs,
        services.messages,
        services.clock,
        services.random_bytes,
        True,
    )
    open_courier(room).round()


def notices(running: Running, login: str) -> list[str]:
    with running.citizen(login) as holder:
        return [one["kind"] for one in holder.get("/v1/notices").json()["items"]]


def note_of(officer: httpx.Client, number: int) -> str:
    lines = officer.get("/v1/register", params={"limit": 100}).json()["items"]
    note: str = next(line["note"] for line in lines if line["number"] == str(number))
    return note


def test_annulment_needs_a_decision_and_then_shows_for_ever(running: Running, officer: httpx.Client) -> None:
    code = certified(running, officer, mark="annul")
    wanting = officer.post(f"{place(code)}/annulment", json={"decision_number": "  ", "reason": "WRONG_ORIGINAL"})
    assert (wanting.status_code, wanting.json()["code"]) == (422, "REQUEST_INVALID")
    order = {"decision_number": "15/QĐ-UBND", "reason": "WRONG_ORIGINAL"}
    done = officer.post(f"{place(code)}/annulment", json=order)
    assert done.json()["status"] == "ANNULLED", done.text
    verdict, words = sentence(running, officer, code)
    assert verdict == "INVALID"
    assert "annulled" in words
    assert standing(running, code)["status"]["register"] == "ANNULLED"
    assert note_of(officer, done.json()["number"]).startswith("ANNULLED ")
    assert "15/QĐ-UBND" in note_of(officer, done.json()["number"])
    again = officer.post(f"{place(code)}/annulment", json=order)
    assert again.status_code == 409
    spread(running)
    assert "COPY_ANNULLED" in notices(running, "an")


@pytest.mark.parametrize(("change", "word"), [("REPLACED", "replaced"), ("REVOKED", "revoked")])
def test_change_of_the_original_leaves_the_copy_true_and_says_so(
    running: Running, officer: httpx.Client, change: str, word: str
) -> None:
    code = certified(running, officer, mark=change)
    done = officer.post(f"{place(code)}/original", json={"change": change, "reason": "ISSUER_NOTICE"})
    assert done.json()["status"] == "FINAL", done.text
    verdict, words = sentence(running, officer, code)
    assert verdict == "VALID_WITH_WARNING"
    assert word in words
    assert standing(running, code)["status"]["original"] == change
    assert note_of(officer, done.json()["number"]).startswith(f"ORIGINAL_{change} ")


def test_our_mistake_is_corrected_at_no_fee_and_the_old_copy_is_superseded(
    running: Running, officer: httpx.Client
) -> None:
    old = certified(running, officer, mark="mistake")
    opened = officer.post(f"{place(old)}/correction")
    assert opened.status_code == 201, opened.text
    assert officer.post(f"{place(old)}/correction").status_code == 409
    item_id = opened.json()["item_id"]
    sent = officer.post(
        f"/v1/drafts/{item_id}/scan", files={"file": ("scan.jpg", small_scan(mark="corrected"), "image/jpeg")}
    )
    assert running.wait(officer, sent.json()["operation_id"])["status"] == "DONE"
    new = certified(running, officer, item_id=item_id)
    lines = officer.get("/v1/register", params={"limit": 100}).json()["items"]
    assert lines[-1]["fee_vnd"] == 0
    assert lines[-1]["note"].startswith("SUPERSEDES ")
    assert standing(running, old)["status"]["register"] == "SUPERSEDED"
    verdict, words = sentence(running, officer, old)
    assert verdict == "VALID_WITH_WARNING"
    assert "superseded" in words or "replaced" in words or "corrected" in words
    assert standing(running, new)["status"]["register"] == "FINAL"


def test_misdelivered_copy_moves_with_its_address_and_nobody_learns_of_the_other(
    running: Running, officer: httpx.Client
) -> None:
    code = certified(running, officer, mark="misdelivered")
    with running.citizen("an") as an:
        paper = next(one for one in an.get("/v1/records").json()["items"] if one["code"] == code)
        an.get(f"/v1/records/{paper['record_id']}/file").raise_for_status()
        share = {"record_id": paper["record_id"], "purpose": "x", "recipient": "y", "days": 7, "max_views": 3}
        link = an.post("/v1/shares", json=share).json()["link"]
    done = officer.post(f"{place(code)}/recall", json={"holder_number": CAST["duc"].id_number})
    assert done.status_code == 200, done.text
    assert (done.json()["shares_ended"], [one["action"] for one in done.json()["readings"]]) == (1, ["READ"])
    assert CAST["duc"].name not in done.text
    with running.citizen("an") as an:
        assert an.get(f"/v1/records/{paper['record_id']}").status_code == 404
    with running.citizen("duc") as duc:
        assert duc.get(f"/v1/records/{paper['record_id']}").json()["uri"] == paper["uri"]
    with running.client() as bearer:
        assert bearer.post("/v1/shares/open", json={"token": link.partition("#")[2]}).status_code in {404, 410}
    assert standing(running, code)["status"]["register"] == "FINAL"
    spread(running)
    assert "COPY_MISDELIVERED_TAKEN" in notices(running, "an")
    assert "COPY_MISDELIVERED_GIVEN" in notices(running, "duc")


def test_copy_of_another_agency_is_not_corrected(running: Running, officer: httpx.Client) -> None:
    code = certified(running, officer, mark="foreign")
    with running.recipient() as stranger:
        refused = stranger.post(f"{place(code)}/annulment", json={"decision_number": "1", "reason": "X"})
        assert refused.status_code in {403, 404}


def test_correction_that_was_refused_does_not_stand_in_the_way_of_the_next(
    running: Running, officer: httpx.Client
) -> None:
    old = certified(running, officer, mark="refused-once")
    first = officer.post(f"{place(old)}/correction").json()
    cases = len(officer.get("/v1/cases", params={"limit": 100}).json()["items"])
    assert officer.post(f"{place(old)}/correction").status_code == 409
    assert len(officer.get("/v1/cases", params={"limit": 100}).json()["items"]) == cases, "a refusal left a case behind"
    seen = officer.get(f"/v1/drafts/{first['item_id']}")
    refused = officer.post(
        f"/v1/drafts/{first['item_id']}/refusal",
        json={"code": "NOT_AN_ORIGINAL", "free_text": "Không phải bản chính."},
        headers={"If-Match": seen.headers["ETag"]},
    )
    assert refused.status_code == 201, refused.text
    assert officer.post(f"{place(old)}/correction").status_code == 201


def test_copy_that_is_annulled_while_it_is_corrected_stays_annulled_and_the_new_one_is_certified(
    running: Running, officer: httpx.Client
) -> None:
    old = certified(running, officer, mark="annulled-meanwhile")
    item_id = officer.post(f"{place(old)}/correction").json()["item_id"]
    scan = {"file": ("scan.jpg", small_scan(mark="anew"), "image/jpeg")}
    sent = officer.post(f"/v1/drafts/{item_id}/scan", files=scan)
    assert running.wait(officer, sent.json()["operation_id"])["status"] == "DONE"
    officer.post(
        f"{place(old)}/annulment", json={"decision_number": "16/QĐ-UBND", "reason": "WRONG_ORIGINAL"}
    ).raise_for_status()
    new = certified(running, officer, item_id=item_id)
    assert standing(running, old)["status"]["register"] == "ANNULLED"
    assert standing(running, new)["status"]["register"] == "FINAL"


def test_copy_that_was_recalled_before_anybody_read_what_it_rests_on_is_surveyed_where_it_lies(
    running: Running, officer: httpx.Client
) -> None:
    code = certified(running, officer, mark="never surveyed")
    done = officer.post(f"{place(code)}/recall", json={"holder_number": CAST["duc"].id_number})
    assert done.status_code == 200, done.text
    services = running.services
    with services.database.transaction() as tx:
        tx.execute(renewals.delete())
    services.pipeline.renewals.survey()
    with services.database.read() as tx:
        known = get_protected(tx, done.json()["record_id"])
        lies_with = place_of_record(tx, done.json()["record_id"]).holder_id
    assert known is not None
    assert known.holder_id == lies_with
