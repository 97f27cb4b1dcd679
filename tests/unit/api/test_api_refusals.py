"""What must be refused at the door of the office: each with its code and sentence, nothing stored, the service unharmed."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from api.messages import LANGUAGES
from certify import ApprovalRequest
from certify.tables import approvals, ready_copies
from guard import new_ulid
from ocr import IntakeCode
from samples.cast import CAST
from tests.attack.make_uploads import Upload, all_uploads
from tests.running import PIN, Running
from tests.small_paper import small_scan
from vault.tables import records

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow


def one_of_each_code() -> list[Upload]:
    """The cheapest hostile upload for each stable code."""
    found: dict[str, Upload] = {}
    for upload in all_uploads():
        # A file that is stopped by its time takes that time; tests/attack has it.
        if upload.code is not IntakeCode.RENDER_TIMEOUT:
            found.setdefault(upload.code.value, upload)
    return list(found.values())


@pytest.fixture(scope="module")
def officer(running: Running) -> Iterator[httpx.Client]:
    with running.officer() as client:
        yield client


def record_count(running: Running) -> int:
    with running.services.database.read() as tx:
        return int(tx.execute(sa.select(sa.func.count()).select_from(records)).scalar_one())


def stored_documents(running: Running) -> set[str]:
    """The documents of which a ciphertext lies in the blob store."""
    blobs = Path(running.services.settings.blobs_url)
    return {path.relative_to(blobs).parts[1] for path in blobs.rglob("*") if path.is_file()}


@pytest.mark.parametrize("upload", one_of_each_code(), ids=lambda upload: upload.name)
def test_a_hostile_upload_is_refused_with_its_code_and_leaves_nothing(
    running: Running, officer: httpx.Client, upload: Upload
) -> None:
    before, copies = stored_documents(running), record_count(running)
    answer = running.upload(officer, upload.content, media_type=upload.declared_type or "application/octet-stream")
    code = upload.code.value
    if answer.status_code == 202:
        told = running.wait(officer, answer.json()["operation_id"])
        assert (told["status"], told["code"]) == ("FAILED", code)
        draft = officer.get(f"/v1/drafts/{told['item_id']}").json()
        assert (draft["state"], draft["problem_code"]) == ("ORIGINAL_PRESENTED", code)
        # Who asked stays with the case; a signed PDF stays as it is, to be verified and stored as issued.
        kept = {draft["case_id"]} | (stored_documents(running) - before if code == "ALREADY_SIGNED" else set())
        # The refusal stands in its row before the bytes are destroyed.
        deadline = time.monotonic() + 10
        while not stored_documents(running) - before <= kept and time.monotonic() < deadline:
            time.sleep(0.05)
        assert stored_documents(running) - before <= kept
    else:
        assert (answer.status_code, answer.json()["reason"]) == (422, code)
        assert stored_documents(running) == before
    assert record_count(running) == copies


@pytest.mark.parametrize("upload", one_of_each_code(), ids=lambda upload: upload.name)
def test_its_sentence_is_told_in_three_languages(running: Running, upload: Upload) -> None:
    texts = {running.services.messages.text(f"reason.{upload.code.value}", language) for language in LANGUAGES}
    assert len(texts) == len(LANGUAGES)


def test_the_sentence_comes_with_the_operation(running: Running, officer: httpx.Client) -> None:
    cut = running.upload(officer, small_scan()[:4000])
    operation_id = cut.json()["operation_id"]
    running.wait(officer, operation_id)
    for language in LANGUAGES:
        told = officer.get(f"/v1/operations/{operation_id}", headers={"Accept-Language": language}).json()
        assert told["problem"]["detail"] == running.services.messages.text("reason.TRUNCATED", language)
        assert told["problem"]["status"] == 422


def test_a_better_scan_is_taken_after_a_bad_one(running: Running, officer: httpx.Client) -> None:
    cut = running.upload(officer, small_scan()[:4000])
    told = running.wait(officer, cut.json()["operation_id"])
    form = {"file": ("scan.jpg", small_scan(mark="again"), "image/jpeg")}
    again = officer.post(f"/v1/drafts/{told['item_id']}/scan", files=form)
    assert again.status_code == 202
    assert again.json()["operation_id"] != told["operation_id"]
    assert running.wait(officer, again.json()["operation_id"])["status"] == "DONE"
    # The failed operation still says what it said.
    assert officer.get(f"/v1/operations/{told['operation_id']}").json()["code"] == "TRUNCATED"


@pytest.mark.parametrize(
    "name", ["../../../../etc/passwd", "..\\..\\boot.ini", "/etc/shadow", "a\x00b.jpg", "\u202egpj.exe", "x" * 4000]
)
def test_a_file_name_is_a_word_and_never_a_path(running: Running, officer: httpx.Client, name: str) -> None:
    home = running.services.home.folder
    outside = set(home.parent.iterdir())
    answer = running.upload(officer, small_scan(), file_name=name)
    assert answer.status_code in {202, 422}
    if answer.status_code == 202:
        assert running.wait(officer, answer.json()["operation_id"])["status"] == "DONE"
    assert set(home.parent.iterdir()) == outside
    assert not [path for path in home.rglob("*") if "passwd" in path.name or "boot.ini" in path.name]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"files": {}}, "file"),
        ({"files": {"a": ("a", b"1"), "b": ("b", b"2")}}, "request"),
        ({"files": {"file": ("a.jpg", b"1")}, "data": {"doc_type": "x"}}, "holder_number"),
        ({"json": {"file": "a"}}, "upload_ids"),
        ({"content": b"--x", "headers": {"Content-Type": "multipart/form-data"}}, "request"),
        ({"content": b"no form", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, "request"),
        ({"files": {"file": ("a.jpg", b"1")}, "data": {"doc_type": "x" * 5000}}, "request"),
        ({"files": {"file": ("a.jpg", b"1")}, "data": {f"f{n}": "x" for n in range(60)}}, "request"),
    ],
)
def test_a_form_that_is_none_is_refused(officer: httpx.Client, form: dict[str, object], field: str) -> None:
    answer = officer.post("/v1/drafts", **form)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_a_wrong_pin_signs_nothing_and_the_number_waits(running: Running, officer: httpx.Client) -> None:
    ready = running.prepare(officer, running.read_draft(officer, small_scan(mark="pin")))
    for _ in range(3):
        wrong = running.approve(officer, ready, pin="000000")
        assert (wrong.status_code, wrong.json()["code"]) == (403, "WRONG_PIN")
    assert running.approve(officer, ready, pin="").json()["code"] in {"PIN_REFUSED", "WRONG_PIN"}
    draft = officer.get(f"/v1/drafts/{ready['item_id']}").json()
    assert (draft["state"], draft["register_number"]) == ("PREPARED", ready["register_number"])
    with running.services.database.read() as tx:
        found = tx.execute(sa.select(approvals).where(approvals.c.ready_id == ready["ready_id"])).all()
    assert found == []
    accepted = running.approve(officer, ready)
    assert running.wait(officer, accepted.json()["operation_id"])["status"] == "DONE"


def test_guessing_a_pin_ends_after_ten_tries(running: Running, officer: httpx.Client) -> None:
    ready = running.prepare(officer, running.read_draft(officer, small_scan(mark="guess")))
    statuses = [running.approve(officer, ready, pin=f"99999{number:x}").status_code for number in range(11)]
    assert statuses == [403] * 10 + [429]
    assert running.approve(officer, ready).status_code == 429
    with running.services.database.transaction() as tx:
        # A quarter of an hour passes.
        tx.execute(sa.text("UPDATE identity_attempts SET count = 0"))
    assert running.approve(officer, ready).status_code == 202


def test_of_two_approvals_of_one_ready_copy_the_second_is_told_so(running: Running, officer: httpx.Client) -> None:
    ready = running.prepare(officer, running.read_draft(officer, small_scan(mark="twice")))
    with ThreadPoolExecutor(4) as windows:
        answers = [answer.result() for answer in [windows.submit(running.approve, officer, ready) for _ in range(4)]]
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    late = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert late <= {"ALREADY_APPROVED", "COPY_NOT_READY"}
    operation_id = next(answer.json()["operation_id"] for answer in answers if answer.status_code == 202)
    assert running.wait(officer, operation_id)["status"] == "DONE"
    again = running.approve(officer, ready)
    assert (again.status_code, again.json()["code"]) == (409, "ALREADY_APPROVED")


def test_one_decision_sent_twice_with_one_key_is_one_approval(running: Running, officer: httpx.Client) -> None:
    ready = running.prepare(officer, running.read_draft(officer, small_scan(mark="once")))
    key = {"Idempotency-Key": new_ulid(at=running.services.clock.now(), random_bytes=running.services.random_bytes)}
    first, second = (running.approve(officer, ready, headers=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["operation_id"] == second.json()["operation_id"]
    assert running.wait(officer, first.json()["operation_id"])["status"] == "DONE"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"sha256": "0" * 64}, 409, "READY_COPY_CHANGED"),
        ({"checklist": []}, 422, "CHECKLIST_INCOMPLETE"),
        ({"item_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, 404, "ITEM_NOT_FOUND"),
        ({"sha256": "zz"}, 422, "REQUEST_INVALID"),
    ],
)
def test_an_approval_of_something_else_is_refused(
    running: Running, officer: httpx.Client, change: dict[str, object], status: int, code: str
) -> None:
    ready = running.prepare(officer, running.read_draft(officer, small_scan(mark=code)))
    form = {"item_id": ready["item_id"], "sha256": ready["sha256"], "checklist": ready["checklist"], "pin": PIN}
    answer = officer.post("/v1/approvals", json=form | change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert officer.get(f"/v1/drafts/{ready['item_id']}").json()["state"] == "PREPARED"


def test_an_approval_that_comes_too_late_signs_nothing(running: Running, officer: httpx.Client) -> None:
    ready = running.prepare(officer, running.read_draft(officer, small_scan(mark="late")))
    services = running.services
    with services.database.transaction() as tx:
        past = services.clock.now() - timedelta(seconds=1)
        tx.execute(ready_copies.update().where(ready_copies.c.ready_id == ready["ready_id"]).values(expires_at=past))
    answer = running.approve(officer, ready)
    assert answer.status_code == 409
    assert answer.json()["code"] in {"READY_COPY_EXPIRED", "COPY_NOT_READY"}
    services.pipeline.void_expired()
    lines = {line["number"]: line["note"] for line in officer.get("/v1/register").json()["items"]}
    assert lines[ready["register_number"]].startswith("VOID DEADLINE_PASSED")
    assert running.prepare(officer, ready["item_id"])["register_number"] != ready["register_number"]


def test_an_item_that_lost_its_activation_asks_again_and_keeps_its_number(
    running: Running, officer: httpx.Client
) -> None:
    ready = running.prepare(officer, running.read_draft(officer, small_scan(mark="lost")))
    services = running.services
    request = ApprovalRequest(
        ready_id=ready["ready_id"],
        sha256_hex=ready["sha256"],
        officer_id=officer.get("/v1/sessions/current").json()["subject_id"],
        # As after a restart: the desk knows nothing of it.
        activation_id="lost-with-the-process",
        checklist=ready["checklist"],
    )
    services.pipeline.wait_certified(services.pipeline.approve_and_certify(request), timeout_seconds=60)
    operation_id = f"certify-{ready['item_id']}-1"
    told = running.wait(officer, operation_id)
    assert (told["status"], told["code"]) == ("ACTION_REQUIRED", "ACTIVATION_MISSING")
    again = running.approve(officer, ready)
    assert (again.status_code, again.json()["operation_id"]) == (202, operation_id)
    deadline = time.monotonic() + 60
    while (told := running.wait(officer, operation_id))["status"] != "DONE":
        assert time.monotonic() < deadline
    numbers = [line["number"] for line in officer.get("/v1/register").json()["items"]]
    assert numbers.count(ready["register_number"]) == 1


def test_no_pin_number_or_name_is_written_anywhere_in_clear(
    running: Running, officer: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    canaries = ["CANARY-PIN-71", PIN, CAST["binh"].id_number, CAST["binh"].name, "CANARY-PASSCODE", "CANARY-PURPOSE"]
    with caplog.at_level(logging.DEBUG):
        item_id = running.read_draft(officer, small_scan(mark="canary"), holder="binh")
        ready = running.prepare(officer, item_id, relation="GUARDIAN")
        assert running.approve(officer, ready, pin=canaries[0]).status_code == 403
        accepted = running.approve(officer, ready, headers={"Idempotency-Key": "canary-approval"})
        record_id = running.wait(officer, accepted.json()["operation_id"])["record_id"]
        with running.citizen("binh") as binh:
            form = {"record_id": record_id, "purpose": canaries[5], "recipient": "X", "passcode": canaries[4]}
            made = binh.post("/v1/shares", json=form, headers={"Idempotency-Key": "canary-share"})
            again = binh.post("/v1/shares", json=form, headers={"Idempotency-Key": "canary-share"})
        assert again.json() == made.json()
    canaries.append(made.json()["link"].rpartition("#")[2])
    canaries.append(officer.cookies["vidimus_staff"])
    running.services.publish_log()
    said = "\n".join([record.getMessage() + str(record.__dict__) for record in caplog.records])
    written = {path: path.read_bytes() for path in running.services.home.folder.rglob("*") if path.is_file()}
    assert any(path.name == "vidimus.db" for path in written)
    for canary in canaries:
        assert canary not in said
        forms = {canary.encode(), canary.encode("unicode_escape"), canary.encode("utf-16-le")}
        found = [path.name for path, content in written.items() if any(form in content for form in forms)]
        assert found == [], f"a canary stands in {found}"


def test_the_office_works_on_after_all_this(running: Running, officer: httpx.Client) -> None:
    assert running.certify(officer, holder="chau")["status"] == "DONE"
