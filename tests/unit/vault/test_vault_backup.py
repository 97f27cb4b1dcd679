"""A copy of the database is of one moment and comes back whole; a sealed part opens with its key only."""

from __future__ import annotations

import io
import secrets
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from keys import UnwrapFailed, create_recovery_key, open_recovery_key, open_recovery_public_key
from keys.errors import RecoveryKeyUnusable
from tests.vault_town import AT, LogSigner, Town
from vault import Leaf, LogKey, LogTampered, Sequencer, StoreUnavailable, Tree, append
from vault.backup import (
    BackupDamaged,
    BackupHead,
    BackupMissing,
    SealedPart,
    copy_database,
    open_backup_place,
    open_part,
    put_back_database,
    put_part,
    read_head_text,
    write_head_text,
)
from vault.log import continue_tree, published_checkpoint
from vault.stores import FolderStore
from vault.tables import history, records


def is_ours(name: str) -> bool:
    return name.startswith("vault_")


def count(town: Town, table: sa.Table) -> int:
    with town.database.read() as tx:
        return tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_a_copy_brings_back_the_rows_of_its_moment_and_the_counters_go_on(town: Town) -> None:
    holder = town.enrol()
    for _ in range(3):
        town.deposit_copy(holder)
    copy = io.BytesIO()
    copy_database(town.database, copy, is_ours=is_ours)
    town.deposit_copy(holder)
    copy.seek(0)
    put_back_database(town.database, copy, is_ours=is_ours)
    assert count(town, records) == 3
    # A counter that stood behind its rows would refuse the next one.
    town.deposit_copy(holder)
    with town.database.transaction() as tx:
        append(tx, Leaf("EVENT", {"n": 1}), tree=Tree.ACCESS, random_bytes=secrets.token_bytes)
    assert (count(town, records), count(town, history)) == (4, 0)


def test_a_damaged_copy_is_refused(town: Town) -> None:
    town.deposit_copy(town.enrol())
    copy = io.BytesIO()
    copy_database(town.database, copy, is_ours=is_ours)
    cut = io.BytesIO(copy.getvalue()[: len(copy.getvalue()) // 2])
    with pytest.raises(BackupDamaged):
        put_back_database(town.database, cut, is_ours=is_ours)


def test_a_part_opens_with_its_key_and_with_no_other(tmp_path: Path) -> None:
    public = create_recovery_key(tmp_path / "a.key", random_bytes=secrets.token_bytes)
    create_recovery_key(tmp_path / "b.key", random_bytes=secrets.token_bytes)
    store = FolderStore(tmp_path / "store")
    part = SealedPart("sets/S1/database", "S1", "database")
    content = secrets.token_bytes(3 << 20)
    facts = put_part(store, part, to=public, write=lambda out: out.write(content) and None)
    assert content[:64] not in store.get(part.path)
    with open_part(store, part, key=open_recovery_key(tmp_path / "a.key"), facts=facts) as plain:
        assert plain.read() == content
    with (
        pytest.raises(UnwrapFailed),
        open_part(store, part, key=open_recovery_key(tmp_path / "b.key"), facts=facts),
    ):
        pass
    moved = SealedPart(part.path, "S2", "database")
    with pytest.raises(UnwrapFailed), open_part(store, moved, key=open_recovery_key(tmp_path / "a.key"), facts=facts):
        pass


def test_a_flipped_bit_in_a_part_is_found_before_anything_is_used(tmp_path: Path) -> None:
    public = create_recovery_key(tmp_path / "a.key", random_bytes=secrets.token_bytes)
    store = FolderStore(tmp_path / "store")
    part = SealedPart("sets/S1/house", "S1", "house")
    facts = put_part(store, part, to=public, write=lambda out: out.write(b"house") and None)
    altered = bytearray(store.get(part.path))
    altered[-1] ^= 1
    store.replace(part.path, bytes(altered))
    with pytest.raises(BackupDamaged), open_part(store, part, key=open_recovery_key(tmp_path / "a.key"), facts=facts):
        pass


def test_a_recovery_key_is_never_written_over_and_its_halves_are_not_mixed_up(tmp_path: Path) -> None:
    public = create_recovery_key(tmp_path / "a.key", random_bytes=secrets.token_bytes)
    with pytest.raises(RecoveryKeyUnusable, match="no recovery key was made"):
        create_recovery_key(tmp_path / "a.key", random_bytes=secrets.token_bytes)
    (tmp_path / "recovery.pub").write_text(public.line)
    assert open_recovery_public_key(tmp_path / "recovery.pub") == public
    with pytest.raises(RecoveryKeyUnusable, match="the other half"):
        open_recovery_public_key(tmp_path / "a.key")
    with pytest.raises(RecoveryKeyUnusable):
        open_recovery_public_key(tmp_path / "nothing")
    (tmp_path / "a.key").chmod(0o644)
    with pytest.raises(RecoveryKeyUnusable, match="open to other"):
        open_recovery_key(tmp_path / "a.key")


def test_data_and_keysets_of_backups_never_share_a_place(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="share one place"):
        open_backup_place(tmp_path, keysets=tmp_path)
    place = open_backup_place(tmp_path / "a", keysets=tmp_path / "b")
    with pytest.raises(BackupMissing, match="none"):
        place.choose(None)


def test_a_head_reads_as_it_was_written_and_nothing_else_does() -> None:
    head = BackupHead("S1", AT, "demo", "sqlite", "r1", "k1", {}, "S1", AT, (), (), {"ACCESS": 3}, 0)
    assert read_head_text(write_head_text(head)) == head
    for text in (b"", b"[]", b'{"format": "other"}', write_head_text(head).replace(b"set_id", b"sat_id")):
        with pytest.raises(BackupDamaged):
            read_head_text(text)


class Publishing:
    """A town's public log, and a copy of its rows taken before it grew."""

    def __init__(self, town: Town, *, before: int, after: int) -> None:
        self.town = town
        self.signer = LogSigner()
        self.store = FolderStore(town.folder / "log")
        self.sequencer = Sequencer(
            town.database, store=self.store, signer=self.signer, clock=town.clock, name="s", tree=Tree.CERTIFICATIONS
        )
        self.grow(before)
        copy = io.BytesIO()
        copy_database(town.database, copy, is_ours=is_ours)
        self.grow(after)
        copy.seek(0)
        put_back_database(town.database, copy, is_ours=is_ours)

    @property
    def key(self) -> LogKey:
        return LogKey(self.signer.name, self.signer.public_key)

    def grow(self, leaves: int) -> None:
        with self.town.database.transaction() as tx:
            for n in range(leaves):
                append(tx, Leaf("EVENT", {"n": n}), tree=Tree.CERTIFICATIONS, random_bytes=secrets.token_bytes)
        self.sequencer.run_once()

    def continue_at(self, at: datetime) -> int:
        with self.town.database.transaction() as tx:
            return continue_tree(tx, Tree.CERTIFICATIONS, store=self.store, key=self.key, at=at)


@pytest.mark.parametrize(("before", "after"), [(0, 1), (3, 5), (255, 2), (256, 256), (300, 700)])
def test_a_tree_set_back_goes_on_from_what_was_published(town: Town, before: int, after: int) -> None:
    log = Publishing(town, before=before, after=after)
    published = published_checkpoint(log.store, key=log.key)
    assert published is not None
    town.clock.advance(timedelta(minutes=1))
    assert log.continue_at(town.at) == after
    assert log.continue_at(town.at) == 0
    log.grow(2)
    grown = published_checkpoint(log.store, key=log.key)
    assert grown is not None
    assert grown.size == before + after + 2


def test_a_tree_that_signed_another_leaf_meanwhile_is_not_joined_to_the_published_one(town: Town) -> None:
    log = Publishing(town, before=3, after=5)
    other = FolderStore(town.folder / "elsewhere")
    elsewhere = Sequencer(
        town.database, store=other, signer=log.signer, clock=town.clock, name="s2", tree=Tree.CERTIFICATIONS
    )
    with town.database.transaction() as tx:
        append(tx, Leaf("EVENT", {"n": 99}), tree=Tree.CERTIFICATIONS, random_bytes=secrets.token_bytes)
    town.clock.advance(timedelta(hours=1))
    elsewhere.run_once()
    with pytest.raises(LogTampered, match="part before"):
        log.continue_at(town.at)
