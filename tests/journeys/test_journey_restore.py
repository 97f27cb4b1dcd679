"""An office that loses its machine: what it certified stays, no number comes twice, the log does not fork, erased stays erased."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from api.acts.proofs import log_key
from api.backup.check import check_sets
from api.backup.opened import OpenedHome, open_for_backup
from api.backup.quarantine import Evidence, Released, release
from api.backup.restore import Recovery, Restored, restore
from api.backup.take import take_backup
from api.clock import SystemClock, system_random
from api.errors import EvidenceMissing, HomeExists, HomeQuarantined
from api.services import open_services
from api.settings import Settings, read_settings, settings_for_home
from certify import list_books
from certify.register_export import gaps
from keys import UnwrapFailed, create_recovery_key, open_recovery_key
from tests.running import Running, found_demo, run_home
from vault import (
    BlobShredded,
    LogTampered,
    Tree,
    check_consistency,
    consistency_proof,
    erase_paper,
    verify_checkpoint,
)
from vault.backup import BackupDamaged, BackupPlace, open_backup_place
from vault.database import Database
from vault.owners import HolderOwner
from vault.tables import records

pytestmark = pytest.mark.journey


@dataclass(frozen=True)
class Story:
    """What was done before the machine was lost, and what is left outside it."""

    folder: Path
    home: Path
    first_copy: bytes
    copies: tuple[bytes, ...]
    last_number: int
    old_checkpoint: str
    erased_document: str
    told: Restored

    @property
    def place(self) -> BackupPlace:
        return open_backup_place(self.folder / "backups", keysets=self.folder / "backup-keysets")

    @property
    def settings(self) -> Settings:
        return settings_of(self.folder, self.home)


def settings_of(folder: Path, home: Path) -> Settings:
    return replace(settings_for_home(read_settings({}), home), ocr_processes=1, **backup_settings(folder))


def backup_settings(folder: Path) -> dict[str, Any]:
    return {
        "backup_url": str(folder / "backups"),
        "backup_keysets_url": str(folder / "backup-keysets"),
    }


def last_number(database: Database) -> int:
    with database.read() as tx:
        return max(book.last_seq_no for book in list_books(tx))


def fetch(served: Running, record_id: str) -> bytes:
    with served.citizen() as citizen:
        return citizen.get(f"/v1/records/{record_id}/file").raise_for_status().content


def recovery(folder: Path, home: Path) -> Recovery:
    return Recovery(
        settings=settings_of(folder, home),
        place=open_backup_place(folder / "backups", keysets=folder / "backup-keysets"),
        key=open_recovery_key(folder / "recovery.key"),
        clock=SystemClock(),
        random_bytes=system_random,
    )


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Certify one, back up, certify five and erase the first, lose the machine, restore into another home."""
    folder = tmp_path_factory.mktemp("lost")
    home, restored = folder / "home", folder / "restored"
    found_demo(home)
    public = create_recovery_key(folder / "recovery.key", random_bytes=system_random)
    (home / "recovery.pub").write_text(public.line)
    place = open_backup_place(folder / "backups", keysets=folder / "backup-keysets")
    with run_home(home, **backup_settings(folder)) as served, served.officer() as officer:
        first = served.certify(officer)
        fetched = fetch(served, first["record_id"])
        with open_for_backup(settings_of(folder, home)) as opened:
            take_backup(opened.backed_up(), place, keep=timedelta(days=30))
        later = [served.certify(officer) for _ in range(5)]
        copies = tuple(fetch(served, one["record_id"]) for one in later)
        services = served.services
        with services.database.read() as tx:
            row = tx.execute(sa.select(records).where(records.c.record_id == first["record_id"])).one()
        # Erased after the backup: the backup itself knows nothing of it.
        erase_paper(
            services.database,
            HolderOwner(row.holder_id),
            row.record_id,
            vault=services.blobs,
            reason="holder",
            at=services.clock.now(),
            random_bytes=system_random,
        )
        services.housekeeping.round()
        number = last_number(services.database)
    checkpoint = (home / "log" / "certifications" / "checkpoint").read_text()
    shutil.move(home, folder / "burnt")
    told = restore(recovery(folder, restored), on_step=lambda _step: None)
    return Story(folder, restored, fetched, copies, number, checkpoint, row.document_id, told)


def test_a_restored_office_neither_signs_nor_publishes_before_it_is_released(story: Story) -> None:
    with pytest.raises(HomeQuarantined, match="quarantine"), open_services(story.settings):
        raise AssertionError("the worker of a quarantined office started")
    with open_services(story.settings, with_worker=False) as services, pytest.raises(HomeQuarantined):
        services.publish_log()


def test_a_restore_says_its_time_and_every_byte_verifies(story: Story) -> None:
    with open_for_backup(story.settings) as opened:
        found = opened.scrubber().scrub()
    assert found.is_well, found
    assert (story.told.seconds > 0, found.blobs > 0) == (True, True)


def test_a_paper_erased_after_the_backup_stays_erased(story: Story) -> None:
    with open_for_backup(story.settings) as opened, pytest.raises(BlobShredded):
        opened.blobs.get(story.erased_document, "sealed.pdf")


def test_a_restore_never_writes_over_an_office(story: Story) -> None:
    with pytest.raises(HomeExists):
        restore(recovery(story.folder, story.home), on_step=lambda _step: None)


def test_nothing_is_released_without_knowing_how_far_the_register_was(story: Story, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(story.home, home)
    with open_for_backup(settings_of(story.folder, home)) as opened, pytest.raises(EvidenceMissing, match="--number"):
        release_by(opened, Evidence())


def test_a_released_office_goes_on_where_the_lost_one_stopped(story: Story, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(story.home, home)
    with open_for_backup(settings_of(story.folder, home)) as opened:
        released = release_by(opened, Evidence(place=story.place))
        with opened.database.read() as tx:
            (book,) = [one for one in list_books(tx) if one.last_seq_no]
            # Every number has its line: five say that theirs was lost.
            assert gaps(tx, book.book_id) == ()
    assert (released.lost_numbers, released.leaves > 5) == (5, True)
    with ExitStack() as stack:
        served = stack.enter_context(run_home(home, **backup_settings(story.folder)))
        officer = stack.enter_context(served.officer())
        before = verify_checkpoint(story.old_checkpoint, key=log_key(served.services))
        served.certify(officer)
        assert last_number(served.services.database) == story.last_number + 1
        served.services.publish_log()
        with served.services.database.read() as tx:
            proof = consistency_proof(tx, Tree.CERTIFICATIONS, old_size=before.size, key=log_key(served.services))
        # The log that the world saw is the beginning of the one that is published now.
        assert verify_checkpoint(proof.old_note, key=log_key(served.services)).root == before.root
        assert check_consistency(proof, key=log_key(served.services)).size > before.size
        stranger = stack.enter_context(served.client())
        for copy in story.copies:
            answer = stranger.post("/v1/verifications", files={"file": ("copy.pdf", copy, "application/pdf")})
            told = answer.raise_for_status().json()
            assert told["verdict"] in {"VALID", "VALID_WITH_WARNING"}, told
            assert {one["indication"] for one in told["signatures"]} == {"TOTAL_PASSED"}


def test_a_log_that_was_forked_meanwhile_is_not_continued(story: Story, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(story.home, home)
    settings = settings_of(story.folder, home)
    tile = next((home / "log" / "certifications" / "tile" / "0").rglob("*.p/*"))
    for path in tile.parent.iterdir():
        content = bytearray(path.read_bytes())
        content[0] ^= 1
        path.write_bytes(content)
    with open_for_backup(settings) as opened, pytest.raises(LogTampered):
        release_by(opened, Evidence(place=story.place))


def test_another_recovery_key_opens_nothing(story: Story, tmp_path: Path) -> None:
    create_recovery_key(tmp_path / "other.key", random_bytes=system_random)
    wrong = replace(recovery(story.folder, tmp_path / "home"), key=open_recovery_key(tmp_path / "other.key"))
    with pytest.raises(UnwrapFailed):
        restore(wrong, on_step=lambda _step: None)
    assert not (tmp_path / "home" / "vidimus.json").exists()


def test_a_rotten_blob_of_a_backup_is_found_by_the_check_and_refused_by_a_restore(story: Story, tmp_path: Path) -> None:
    place = copied_place(story, tmp_path)
    assert [one.troubles for one in check_sets(place, manifest_key_raw=None)] == [()]
    # What was erased is nobody's loss: the check says nothing of it.
    blobs = (path for path in (tmp_path / "backups" / "blobs").rglob("*") if path.is_file())
    victim = next(path for path in blobs if path.parent.name not in place.buried())
    flip(victim)
    (found,) = check_sets(place, manifest_key_raw=None)
    assert found.troubles == (f"blob:{victim.relative_to(tmp_path / 'backups' / 'blobs').as_posix()}",)
    with pytest.raises(BackupDamaged):
        restore(replace(recovery(story.folder, tmp_path / "home"), place=place), on_step=lambda _step: None)


def test_a_head_that_the_office_did_not_sign_is_refused(story: Story, tmp_path: Path) -> None:
    place = copied_place(story, tmp_path)
    head = next((tmp_path / "backups" / "sets").rglob("head.json"))
    head.write_text(head.read_text().replace('"mode": "demo"', '"mode": "training"'))
    with pytest.raises(BackupDamaged, match="not signed"):
        restore(replace(recovery(story.folder, tmp_path / "home"), place=place), on_step=lambda _step: None)


def test_rot_in_the_vault_is_healed_from_the_backups_and_reported_without_them(story: Story, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(story.home, home)
    settings = settings_of(story.folder, home)
    victim = next(path for path in (home / "blobs").rglob("*") if path.is_file())
    whole = victim.read_bytes()
    flip(victim)
    with open_for_backup(replace(settings, backup_url="", backup_keysets_url="")) as opened:
        (rot,) = opened.scrubber().scrub().rot
        assert (rot.healed, rot.document_id) == (False, victim.relative_to(home / "blobs").parts[1])
    with open_for_backup(settings) as opened:
        (rot,) = opened.scrubber().scrub().rot
        assert rot.healed
        assert opened.scrubber().scrub().rot == ()
    assert victim.read_bytes() == whole


def test_rot_is_healed_from_a_replica_that_a_setting_names_and_a_rotten_replica_heals_nothing(
    story: Story, tmp_path: Path
) -> None:
    home, replica = tmp_path / "home", tmp_path / "replica"
    shutil.copytree(story.home, home)
    shutil.copytree(home / "blobs", replica)
    settings = replace(settings_of(story.folder, home), backup_url="", backup_keysets_url="", replica_url=str(replica))
    victim = next(path for path in sorted((home / "blobs").rglob("*")) if path.is_file())
    whole, copy = victim.read_bytes(), replica / victim.relative_to(home / "blobs")
    flip(victim)
    flip(copy)
    with open_for_backup(settings) as opened:
        (rot,) = opened.scrubber().scrub().rot
        assert not rot.healed
    copy.write_bytes(whole)
    with open_for_backup(settings) as opened:
        (rot,) = opened.scrubber().scrub().rot
        assert rot.healed
    assert victim.read_bytes() == whole


def copied_place(story: Story, folder: Path) -> BackupPlace:
    for name in ("backups", "backup-keysets"):
        shutil.copytree(story.folder / name, folder / name)
    return open_backup_place(folder / "backups", keysets=folder / "backup-keysets")


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)


def release_by(opened: OpenedHome, evidence: Evidence) -> Released:
    return release(
        opened.database,
        opened.home,
        evidence,
        log_key=opened.log_key,
        at=SystemClock().now(),
        random_bytes=system_random,
    )
