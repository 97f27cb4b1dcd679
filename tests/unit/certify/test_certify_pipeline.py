"""The pipeline with the real crafts: a small scan becomes a sealed copy, and everything that must not does not."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from PIL import Image

from certify.approve import approve
from certify.errors import AlreadyApproved, CopyNotReady, ReadyCopyExpired, TransitionRefused
from certify.items import Item
from certify.pipeline import OutcomeKind, Upload
from certify.pipeline.names import REQUESTER, requester_in_book, sealed_name, upload_name
from certify.pipeline.working_files import officer_signed_pdf
from certify.prepare import ReadyCopy
from certify.register_export import export_rows
from certify.staff import end_delegation
from certify.tables import delegations, numbers, seal_policies
from certify.transitions import ItemState
from guard.spool import HELD_BYTES
from guard.wire import bytes_of
from tests.bureau import LAW
from tests.journey_office import JourneyOffice, holder_scan, working_office
from vault.blobs import BlobVault
from vault.errors import BlobShredded, NotFound
from vault.history import history_for_holder
from vault.log.tables import log_leaves
from vault.owners import HolderOwner
from vault.records import get_authority_proof, list_for_holder
from vault.shapes import RegisterStatus, RenditionKind
from vault.status import status

# Starts real processes or reads real pages: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow

# What the data proposes for every class of working files, which a demo home goes by.
_KEPT_DAYS = 30


@pytest.fixture
def office(tmp_path: Path) -> Iterator[JourneyOffice]:
    with working_office(tmp_path / "home") as opened:
        yield opened


@pytest.fixture(params=["in memory", "in files"])
def either_office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[JourneyOffice]:
    """An office that keeps its documents in memory while it works on them, and one to which each is too large."""
    with working_office(tmp_path / "home", held_bytes=HELD_BYTES if request.param == "in memory" else 0) as opened:
        yield opened


def certify(office: JourneyOffice, item: Item) -> Item:
    approval = office.pipeline.approve_and_certify(office.approval_request(item.item_id))
    outcome = office.pipeline.wait_certified(approval, timeout_seconds=60)
    assert outcome.kind is OutcomeKind.DONE, outcome
    return office.item(item.item_id)


def officer_signed(office: JourneyOffice, item: Item, ready: ReadyCopy) -> bytes:
    with office.services.spool.room() as room:
        return bytes_of(officer_signed_pdf(office.services, item, ready, room=room))


def void_reason(office: JourneyOffice) -> str | None:
    with office.database.read() as tx:
        return tx.execute(sa.select(numbers.c.void_reason).order_by(numbers.c.seq_no)).scalars().first()


def test_scans_that_are_too_many_pages_together_are_refused(office: JourneyOffice) -> None:
    many = io.BytesIO()
    pages = [Image.new("1", (210, 210), 1) for _ in range(251)]
    pages[0].save(many, "TIFF", save_all=True, append_images=pages[1:], compression="group4", dpi=(200, 200))
    part = Upload(many.getvalue(), "image/tiff")
    item = office.pipeline.submit_upload(office.declare_item().item_id, part, part, staff_id=office.facts.officer_id)
    outcome = office.pipeline.wait_read(item.item_id, timeout_seconds=120)
    assert (outcome.kind, outcome.code) == (OutcomeKind.SCAN_REFUSED, "TOO_MANY_PAGES")
    assert not office.blobs.exists(item.document_id, upload_name(item))


def test_second_part_that_a_broken_submission_left_is_no_part_of_the_next(office: JourneyOffice) -> None:
    declared = office.declare_item()
    left = replace(declared, scan_number=1, source_sha256_hex="0" * 64)
    office.blobs.create_keyset(declared.document_id)
    for part in (1, 2):
        office.blobs.put_first(declared.document_id, upload_name(left, part=part), b"of another scan")
    item = office.upload(declared)
    assert office.pipeline.wait_read(item.item_id, timeout_seconds=120).kind is OutcomeKind.DONE
    assert office.item(item.item_id).page_count == 1
    assert office.pipeline.uploaded_file(item.item_id, room=office.room) == holder_scan()


def test_scan_becomes_a_sealed_copy_in_the_holders_vault(office: JourneyOffice) -> None:
    item = certify(office, office.prepared_item())
    assert item.state is ItemState.CERTIFIED
    with office.database.read() as tx:
        owner = HolderOwner(office.facts.holder_id)
        (record,) = list_for_holder(tx, owner)
        proof = get_authority_proof(tx, owner, record.record_id)
        copy = record.newest(RenditionKind.SIGNED_PDF)
        told = status(tx, at=office.clock.now(), sha256_hex=copy.sha256_hex)
        history = history_for_holder(tx, owner)
        rows = export_rows(
            tx,
            office.facts.book_id,
            law=LAW,
            requester_of=lambda seq_no: office.blobs.get(office.facts.book_id, requester_in_book(seq_no)).decode(),
        )
    assert record.record_id == item.record_id
    assert (told.register, told.page_count) == (RegisterStatus.FINAL, 2)
    assert (proof.staff_id, proof.capacity) == (office.facts.officer_id, "KT")
    assert [entry.event.action.value for entry in history] == ["DEPOSITED"]
    assert [(row.number, row.requester, row.fee_vnd, row.copies) for row in rows] == [("1", "Lê Thị Thí Dụ", 2_000, 1)]
    report = office.services.crafts.verify(office.blobs.read(copy.blob), at=office.clock.now())
    assert (report.verdict.value, report.warnings) == ("VALID_WITH_WARNING", ("SPECIMEN",))
    text = office.blobs.read(record.newest(RenditionKind.TEXT).blob).decode()
    assert "Lê Thị Thí Dụ" in text


def test_working_files_of_a_closed_item_are_destroyed_in_time_and_the_copy_stays(either_office: JourneyOffice) -> None:
    office = either_office
    item = certify(office, office.prepared_item())
    ready = office.pipeline.ready_copy(item.item_id)
    signed = officer_signed(office, item, ready)
    office.clock.advance(timedelta(days=_KEPT_DAYS - 1))
    assert office.pipeline.purge_due() == 0
    office.clock.advance(timedelta(days=1))
    assert office.pipeline.purge_due() == 1
    assert office.pipeline.purge_due() == 0
    purged = office.item(item.item_id)
    assert purged.purged_at is not None
    assert purged.source_sha256_hex == item.source_sha256_hex
    with pytest.raises(BlobShredded):
        office.pipeline.uploaded_file(item.item_id, room=office.room)
    with office.database.read() as tx:
        owner = HolderOwner(office.facts.holder_id)
        (record,) = list_for_holder(tx, owner)
        kinds = tx.execute(sa.select(log_leaves.c.kind).order_by(log_leaves.c.leaf_id)).scalars().all()
    assert office.blobs.read(record.newest(RenditionKind.SIGNED_PDF).blob).startswith(signed)
    # A new seal needs the officer's part alone: it is cut out of the copy.
    assert officer_signed(office, purged, ready) == signed
    assert kinds[-6:] == ["WORKING_FILES_PURGE_INTENT", "WORKING_FILES_PURGED"] * 3


def test_working_files_stay_while_the_vault_does_not_hold_the_copy(office: JourneyOffice) -> None:
    item = certify(office, office.prepared_item())
    office.blobs.shred(item.record_id or "")
    office.clock.advance(timedelta(days=_KEPT_DAYS))
    assert office.pipeline.purge_due() == 0
    assert office.pipeline.uploaded_file(item.item_id, room=office.room) == holder_scan()


def test_working_files_of_an_open_item_stay(office: JourneyOffice) -> None:
    item = office.extracted_item()
    office.clock.advance(timedelta(days=400))
    assert office.pipeline.purge_due() == 0
    assert office.pipeline.uploaded_file(item.item_id, room=office.room) == holder_scan()


@pytest.mark.matrix
def test_workflow_rows_hold_ids_and_digests_only(office: JourneyOffice) -> None:
    certify(office, office.prepared_item())
    engine_tables = ("workflow_status", "operation_outputs", "workflow_events", "notifications")
    with office.database.read() as tx:
        rows = [tuple(row) for name in engine_tables for row in tx.execute(sa.text(f"SELECT * FROM {name}"))]
    assert rows
    for canary in ("Thí Dụ", "KHAI SINH", "246813579", "Nguyễn"):
        assert canary not in repr(rows)


def test_preview_shows_blanks_and_takes_no_number(office: JourneyOffice) -> None:
    item = office.compare(office.extracted_item())
    preview = bytes_of(office.pipeline.preview_copy(item.item_id, officer_id=office.facts.officer_id, room=office.room))
    assert preview.startswith(b"%PDF-")
    assert office.pipeline.register_number(item.item_id) is None
    with office.database.read() as tx:
        assert tx.execute(sa.select(numbers)).all() == []


def test_officer_sees_pages_of_scan_and_ready_copy(office: JourneyOffice) -> None:
    item = office.prepared_item()
    assert office.pipeline.preview_page(item.item_id, 0, max_px=300).startswith(b"\xff\xd8")
    assert office.pipeline.ready_page(item.item_id, 1, dpi=40).startswith(b"\x89PNG")
    assert bytes_of(office.pipeline.scan_pdf(item.item_id, room=office.room)).startswith(b"%PDF-")
    assert office.pipeline.uploaded_file(item.item_id, room=office.room) == holder_scan()


@pytest.mark.parametrize(
    ("content", "declared_type", "code"),
    [
        (b"not an image at all", "image/jpeg", "UNSUPPORTED_TYPE"),
        (holder_scan()[:400], "image/jpeg", "TRUNCATED"),
        (holder_scan(), "application/pdf", "TYPE_MISMATCH"),
    ],
)
def test_refused_upload_leaves_nothing_behind(
    office: JourneyOffice, content: bytes, declared_type: str, code: str
) -> None:
    item = office.upload(office.declare_item(), content, declared_type=declared_type)
    outcome = office.pipeline.wait_read(item.item_id, timeout_seconds=60)
    assert outcome.kind is OutcomeKind.SCAN_REFUSED
    assert outcome.code == code
    assert office.blobs.is_shredded(item.document_id)
    now = office.item(item.item_id)
    assert (now.state, now.problem_code, now.source_sha256_hex) == (ItemState.ORIGINAL_PRESENTED, code, None)
    again = office.upload(now)
    assert office.pipeline.wait_read(again.item_id, timeout_seconds=60).kind is OutcomeKind.DONE


def test_scan_of_150_dpi_is_read_and_cannot_be_certified(office: JourneyOffice) -> None:
    buffer = io.BytesIO()
    Image.open(io.BytesIO(holder_scan())).save(buffer, "JPEG", dpi=(150, 150), quality=90)
    item = office.upload(office.declare_item(), buffer.getvalue())
    office.pipeline.wait_read(item.item_id, timeout_seconds=60)
    read = office.item(item.item_id)
    assert (read.quality_verdict, "RESOLUTION_TOO_LOW" in read.warnings) == ("REFUSE", True)
    outcome = office.pipeline.prepare(item.item_id, officer_id=office.facts.officer_id, timeout_seconds=60)
    assert outcome.kind is OutcomeKind.NOT_ALLOWED


@pytest.mark.matrix
def test_same_scan_certified_twice_is_warned_about(office: JourneyOffice) -> None:
    first = certify(office, office.prepared_item())
    second = office.extracted_item()
    assert first.warnings == ()
    assert second.warnings == ("DUPLICATE",)


def test_second_upload_while_one_is_read_is_refused(office: JourneyOffice) -> None:
    item = office.upload(office.declare_item())
    with pytest.raises(TransitionRefused):
        office.upload(item)


@pytest.mark.matrix
def test_lost_activation_asks_again_and_keeps_number_and_bytes(office: JourneyOffice) -> None:
    item = office.prepared_item()
    before = office.pipeline.ready_copy(item.item_id)
    request = office.approval_request(item.item_id)
    office.desk.deactivate(request.activation_id)
    outcome = office.pipeline.wait_certified(office.pipeline.approve_and_certify(request), timeout_seconds=60)
    assert (outcome.kind, outcome.code) == (OutcomeKind.AWAITING_ACTIVATION, "ActivationMissing")
    assert [waiting.item_id for waiting in office.pipeline.waiting_items()] == [item.item_id]
    again = office.pipeline.activate_again(
        item.item_id, officer_id=office.facts.officer_id, activation_id=office.activate(item.item_id)
    )
    assert office.pipeline.wait_certified(again, timeout_seconds=60).kind is OutcomeKind.DONE
    after = office.pipeline.ready_copy(item.item_id)
    assert (after.number.seq_no, after.sha256_hex) == (before.number.seq_no, before.sha256_hex)


def test_activation_over_another_file_signs_nothing(office: JourneyOffice) -> None:
    first, second = office.prepared_item(), office.prepared_item()
    request = office.approval_request(second.item_id, activation_id=office.activate(first.item_id))
    outcome = office.pipeline.wait_certified(office.pipeline.approve_and_certify(request), timeout_seconds=60)
    assert (outcome.kind, outcome.code) == (OutcomeKind.AWAITING_ACTIVATION, "DigestNotActivated")


def test_delegation_that_ends_between_approval_and_signature_voids_the_number(office: JourneyOffice) -> None:
    item = office.prepared_item()
    request = office.approval_request(item.item_id)
    with office.database.read() as tx:
        delegation_id = tx.execute(sa.select(delegations.c.delegation_id)).scalar_one()
    office.pipeline.stop()
    office.desk.deactivate(request.activation_id)
    office.pipeline.start()
    approval = office.pipeline.approve_and_certify(request)
    office.pipeline.wait_certified(approval, timeout_seconds=60)
    with office.database.transaction() as tx:
        end_delegation(tx, delegation_id, at=office.clock.now())
    again = office.pipeline.resume(item.item_id)
    outcome = office.pipeline.wait_certified(again, timeout_seconds=60)
    assert (outcome.kind, outcome.code) == (OutcomeKind.VOIDED, "NOT_ALLOWED")
    assert void_reason(office) == "NOT_ALLOWED"


@pytest.mark.matrix
def test_expired_ready_copy_is_voided_and_prepared_under_a_new_number(office: JourneyOffice) -> None:
    item = office.prepared_item()
    request = office.approval_request(item.item_id)
    office.clock.advance(timedelta(minutes=LAW.approval_minutes(office.clock.now())))
    with pytest.raises((ReadyCopyExpired, CopyNotReady)):
        office.pipeline.approve_and_certify(request)
    assert void_reason(office) == "DEADLINE_PASSED"
    outcome = office.pipeline.prepare(item.item_id, officer_id=office.facts.officer_id, timeout_seconds=60)
    assert outcome.kind is OutcomeKind.DONE
    assert office.pipeline.register_number(item.item_id) == "2"
    assert certify(office, item).state is ItemState.CERTIFIED


def test_second_window_is_refused(office: JourneyOffice) -> None:
    item = office.prepared_item()
    office.pipeline.approve_and_certify(office.approval_request(item.item_id))
    with pytest.raises(AlreadyApproved):
        office.pipeline.approve_and_certify(office.approval_request(item.item_id, activation_id="another"))


def test_no_decision_for_the_seal_means_no_seal_and_the_item_waits(office: JourneyOffice) -> None:
    with office.database.transaction() as tx:
        kept = tx.execute(sa.select(seal_policies)).one()
        tx.execute(sa.delete(seal_policies))
    item = office.prepared_item()
    approval = office.pipeline.approve_and_certify(office.approval_request(item.item_id))
    outcome = office.pipeline.wait_certified(approval, timeout_seconds=60)
    assert (outcome.kind, outcome.code) == (OutcomeKind.NOT_ALLOWED, "SealNotAllowed")
    assert office.item(item.item_id).state is ItemState.OFFICER_SIGNED
    assert not office.blobs.exists(item.document_id, sealed_name(office.pipeline.ready_copy(item.item_id)))
    with office.database.transaction() as tx:
        tx.execute(seal_policies.insert().values(**kept._mapping))
    again = office.pipeline.resume(item.item_id)
    assert office.pipeline.wait_certified(again, timeout_seconds=60).kind is OutcomeKind.DONE


def test_file_without_an_officers_signature_is_never_sealed(office: JourneyOffice, tmp_path: Path) -> None:
    item = office.prepared_item()
    ready = office.pipeline.ready_copy(item.item_id)
    # Somebody with access to the store puts the unsigned copy where the signed one is expected.
    office.blobs.put(
        item.document_id,
        f"copy-{ready.attempt}/officer-signed.pdf",
        bytes_of(office.pipeline.ready_pdf(item.item_id, room=office.room)),
    )
    approval = office.pipeline.approve_and_certify(office.approval_request(item.item_id))
    outcome = office.pipeline.wait_certified(approval, timeout_seconds=60)
    assert (outcome.kind, outcome.code) == (OutcomeKind.VOIDED, "SEAL_REFUSED")
    assert void_reason(office) == "SEAL_REFUSED"


@pytest.mark.matrix
def test_final_file_that_our_own_judge_refuses_is_voided(office: JourneyOffice) -> None:
    item = office.prepared_item()
    ready = office.pipeline.ready_copy(item.item_id)
    office.blobs.put(
        item.document_id, sealed_name(ready), bytes_of(office.pipeline.ready_pdf(item.item_id, room=office.room))
    )
    approval = office.pipeline.approve_and_certify(office.approval_request(item.item_id))
    outcome = office.pipeline.wait_certified(approval, timeout_seconds=60)
    assert (outcome.kind, outcome.code) == (OutcomeKind.VOIDED, "OWN_VERIFICATION_FAILED")
    with office.database.read() as tx:
        assert list_for_holder(tx, HolderOwner(office.facts.holder_id)) == ()
        assert status(tx, at=office.clock.now(), code=ready.code).register is RegisterStatus.VOID


def test_cancelled_copy_frees_the_item(office: JourneyOffice) -> None:
    item = office.prepared_item()
    assert office.pipeline.cancel(office.pipeline.ready_copy(item.item_id)).code == "CANCELLED"
    with pytest.raises(CopyNotReady):
        office.pipeline.ready_copy(item.item_id)


def test_requester_name_lies_encrypted_under_the_case(office: JourneyOffice) -> None:
    item = office.declare_item()
    blobs: BlobVault = office.blobs
    assert blobs.get(item.case_id, REQUESTER).decode() == "Lê Thị Thí Dụ"
    with pytest.raises(NotFound):
        blobs.get(item.case_id, "nothing")


@pytest.mark.matrix
def test_job_that_was_committed_but_never_enqueued_is_found_at_the_next_start(office: JourneyOffice) -> None:
    item = office.prepared_item()
    request = office.approval_request(item.item_id)
    office.pipeline.stop()

    with office.database.transaction() as tx:
        approval = approve(tx, request, law=LAW, at=office.clock.now(), random_bytes=office.services.random_bytes)
    office.pipeline.start()
    assert office.pipeline.wait_certified(approval, timeout_seconds=60).kind is OutcomeKind.DONE


@pytest.mark.matrix
def test_pdf_signed_elsewhere_is_kept_byte_exact_and_stored_as_issued(office: JourneyOffice) -> None:
    certified = certify(office, office.prepared_item())
    signed = office.blobs.get(certified.record_id or "", "copy.pdf")
    item = office.upload(office.declare_item(), signed, declared_type="application/pdf")
    outcome = office.pipeline.wait_read(item.item_id, timeout_seconds=60)
    assert (outcome.kind, outcome.code) == (OutcomeKind.SCAN_REFUSED, "ALREADY_SIGNED")
    record = office.pipeline.store_as_issued(
        item.item_id, free_text="Tệp đã có chữ ký số.", staff_id=office.facts.officer_id
    )
    assert office.blobs.read(record.newest(RenditionKind.SIGNED_PDF).blob) == signed
    assert (record.assurance_level, record.code) == (4, None)
    refused = office.item(item.item_id)
    assert (refused.state, refused.refusal_code) == (ItemState.REFUSED, "BORN_DIGITAL")


def test_paper_scan_cannot_be_stored_as_issued(office: JourneyOffice) -> None:
    item = office.extracted_item()
    with pytest.raises(CopyNotReady, match="no signed file"):
        office.pipeline.store_as_issued(item.item_id, free_text="x", staff_id=office.facts.officer_id)
