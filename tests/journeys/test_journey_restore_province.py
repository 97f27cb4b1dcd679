"""The same loss in a province: rows in PostgreSQL, documents, keysets and backups in buckets, everything restored elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.backup.check import check_sets
from api.backup.opened import open_for_backup
from api.backup.quarantine import Evidence
from api.backup.restore import Recovery, restore
from api.backup.take import take_backup
from api.clock import SystemClock, system_random
from api.demo.office import found_office
from api.errors import HomeQuarantined
from api.founding import found_home
from api.services import open_services
from api.settings import Settings, read_settings, settings_for_home
from keys import Mode, create_recovery_key, open_recovery_key
from tests.journeys.test_journey_restore import fetch, last_number, release_by
from tests.postgres import fresh_database, started_server
from tests.running import run_home
from tests.s3_servers import s3_server
from vault import Tree, check_consistency, consistency_proof, verify_checkpoint
from vault.backup import open_backup_place
from vault.log import LogKey

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.matrix]

BUCKETS = ("documents", "keysets", "new-documents", "new-keysets", "backups", "backup-keysets")


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Settings of the office that is lost, and of the one that is restored: nothing is shared but the backups."""
    with (
        started_server() as server,
        fresh_database(server) as lost_url,
        fresh_database(server) as new_url,
        s3_server() as buckets,
    ):
        for name in BUCKETS:
            buckets.make_bucket(name)
        for name, value in buckets.environment.items():
            monkeypatch.setenv(name, value)
        backups = {"backup_url": "s3://backups/office", "backup_keysets_url": "s3://backup-keysets/office"}
        lost = {"database_url": lost_url, "blobs_url": "s3://documents/a", "keysets_url": "s3://keysets/a"}
        new = {"database_url": new_url, "blobs_url": "s3://new-documents/a", "keysets_url": "s3://new-keysets/a"}
        yield lost | backups, new | backups


def settings_of(home: Path, changes: dict[str, Any]) -> Settings:
    return replace(settings_for_home(read_settings({}), home), ocr_processes=1, **changes)


def test_a_province_backs_up_certifies_five_is_lost_comes_back_and_certifies_one(
    tmp_path: Path, places: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    lost, new = places
    home, restored = tmp_path / "home", tmp_path / "restored"
    found_home(home, mode=Mode.DEMO, at=SystemClock().now(), database_url=lost["database_url"])
    with open_services(settings_of(home, lost), with_worker=False) as services:
        found_office(services)
    key = create_recovery_key(tmp_path / "recovery.key", random_bytes=system_random)
    (home / "recovery.pub").write_text(key.line)
    place = open_backup_place(lost["backup_url"], keysets=lost["backup_keysets_url"])
    with run_home(home, **lost) as served, served.officer() as officer:
        copies = [fetch(served, served.certify(officer)["record_id"])]
        # Consistent while the office works.
        with open_for_backup(settings_of(home, lost)) as opened:
            take_backup(opened.backed_up(), place, keep=timedelta(days=30))
        copies += [fetch(served, served.certify(officer)["record_id"]) for _ in range(5)]
        served.services.housekeeping.round()
        number = last_number(served.services.database)
    before_note = (home / "log" / "certifications" / "checkpoint").read_text()
    shutil.rmtree(home)

    recovery = Recovery(
        settings=settings_of(restored, new),
        place=place,
        key=open_recovery_key(tmp_path / "recovery.key"),
        clock=SystemClock(),
        random_bytes=system_random,
    )
    restore(recovery, on_step=lambda _step: None)
    with pytest.raises(HomeQuarantined, match="quarantine"), open_services(settings_of(restored, new)):
        raise AssertionError("the worker of a quarantined office started")
    with open_for_backup(settings_of(restored, new)) as opened:
        assert opened.scrubber().scrub().is_well
        assert release_by(opened, Evidence(place=place)).lost_numbers == 5

    with run_home(restored, **new) as served, served.officer() as officer, served.client() as stranger:
        signer = served.services.log_signer
        log_key = LogKey(signer.name, signer.public_key)
        before = verify_checkpoint(before_note, key=log_key)
        served.certify(officer)
        assert last_number(served.services.database) == number + 1
        served.services.publish_log()
        with served.services.database.read() as tx:
            proof = consistency_proof(tx, Tree.CERTIFICATIONS, old_size=before.size, key=log_key)
        assert verify_checkpoint(proof.old_note, key=log_key).root == before.root
        assert check_consistency(proof, key=log_key).size > before.size
        for copy in copies:
            answer = stranger.post("/v1/verifications", files={"file": ("copy.pdf", copy, "application/pdf")})
            assert answer.raise_for_status().json()["verdict"] in {"VALID", "VALID_WITH_WARNING"}


def test_a_blob_that_rots_in_a_bucket_is_found_by_the_check(
    tmp_path: Path, places: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    lost, _ = places
    home = tmp_path / "home"
    found_home(home, mode=Mode.DEMO, at=SystemClock().now(), database_url=lost["database_url"])
    with open_services(settings_of(home, lost), with_worker=False) as services:
        found_office(services)
    (home / "recovery.pub").write_text(create_recovery_key(tmp_path / "recovery.key", random_bytes=system_random).line)
    place = open_backup_place(lost["backup_url"], keysets=lost["backup_keysets_url"])
    with run_home(home, **lost) as served, served.officer() as officer:
        served.certify(officer)
        with open_for_backup(settings_of(home, lost)) as opened:
            take_backup(opened.backed_up(), place, keep=timedelta(days=30))
    assert [one.troubles for one in check_sets(place, manifest_key_raw=None)] == [()]
    victim = next(iter(place.data.list_paths("blobs")))
    stored = bytearray(place.data.get(victim))
    stored[len(stored) // 2] ^= 1
    place.data.delete(victim)
    place.data.put_new(victim, bytes(stored))
    (found,) = check_sets(place, manifest_key_raw=None)
    assert found.troubles == (f"blob:{victim.removeprefix('blobs/')}",)
