"""The drill of `./check --all`: an office of 10,000 records is backed up, lost and restored, and says its time."""

from __future__ import annotations

import secrets
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from api.backup.opened import open_for_backup
from api.backup.quarantine import Evidence, release
from api.backup.restore import Recovery, restore
from api.backup.take import take_backup
from api.clock import SystemClock, stopwatch, system_random
from api.founding import found_home
from api.log_signing import LogSigner
from api.settings import read_settings, settings_for_home
from keys import Mode, create_recovery_key, open_ed25519_key, open_file_kek, open_recovery_key
from tests.vault_town import Town
from vault import BlobVault, Leaf, Sequencer, Tree, append, deposit, register_copy_status
from vault.backup import open_backup_place
from vault.holders import open_number_index
from vault.stores import FolderStore, open_store

pytestmark = [pytest.mark.journey, pytest.mark.matrix]

RECORDS = 10_000


class QuickStore(FolderStore):
    """Writes without waiting for the disk: the office before the loss is furniture, what is measured comes after."""

    __slots__ = ("_folder",)

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._folder = root

    def put_new(self, path: str, content: bytes) -> None:
        target = self._folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def fill(town: Town, *, count: int) -> None:
    """Deposit papers as an office does, a hundred in a transaction so that the drill is about the restore."""
    holder = town.enrol()
    for _ in range(count // 100):
        made = [town.new_copy(holder) for _ in range(100)]
        with town.database.transaction() as tx:
            for new in made:
                register_copy_status(tx, town.copy_status(new), at=town.at)
                deposit(tx, new)
                append(
                    tx,
                    Leaf("CERTIFIED", {"record": new.record_id}),
                    tree=Tree.CERTIFICATIONS,
                    random_bytes=secrets.token_bytes,
                )


def test_ten_thousand_records_come_back_whole_and_the_time_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lost, home = tmp_path / "lost", tmp_path / "home"
    settings = settings_for_home(read_settings({}), lost)
    found_home(lost, mode=Mode.DEMO, at=SystemClock().now(), database_url=settings.database_url)
    public = create_recovery_key(tmp_path / "recovery.key", random_bytes=system_random)
    (lost / "recovery.pub").write_text(public.line)
    place = open_backup_place(tmp_path / "backups", keysets=tmp_path / "backup-keysets")
    with open_for_backup(settings) as opened:
        kek, keysets = open_file_kek(lost / "kek", random_bytes=system_random), QuickStore(lost / "keysets")
        index = open_number_index(keysets, kek=kek, random_bytes=system_random)
        blobs = BlobVault(store=QuickStore(lost / "blobs"), keysets=keysets, kek=kek)
        fill(Town(lost, opened.database, blobs, index), count=RECORDS)
        signer = LogSigner(opened.log_key.name, open_ed25519_key(lost / "keys", key_id="log"))
        sequencer = Sequencer(
            opened.database,
            store=open_store(lost / "log" / "certifications"),
            signer=signer,
            clock=SystemClock(),
            name="drill",
        )
        for _ in range(3):
            sequencer.run_once()
        taken = take_backup(opened.backed_up(), place, keep=timedelta(days=30))
    target = settings_for_home(read_settings({}), home)
    recovery = Recovery(target, place, open_recovery_key(tmp_path / "recovery.key"), SystemClock(), system_random)
    told = restore(recovery, on_step=lambda _step: None)
    began = stopwatch()
    with open_for_backup(target) as opened:
        found = opened.scrubber().scrub()
        verified = stopwatch() - began
        released = release(
            opened.database,
            opened.home,
            Evidence(place=place),
            log_key=opened.log_key,
            at=SystemClock().now(),
            random_bytes=system_random,
        )
    assert found.is_well, found.rot[:3]
    assert (found.blobs, told.blobs, released.lost_numbers) == (RECORDS, RECORDS, 0)
    with capsys.disabled():
        sys.stderr.write(
            f"\nrestore drill, {RECORDS} records: backup {taken.seconds:.1f} s, restore {told.seconds:.1f} s, "
            f"every byte verified {verified:.1f} s\n"
        )
