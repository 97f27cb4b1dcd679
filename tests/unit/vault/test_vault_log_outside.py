"""The log seen from outside: witnesses that sign, stamps in batches, and a checker that has the files and nothing else."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from api.log_evidence import LogEvidence, WitnessDoor
from guard import EgressFailed
from keys import TimestampToken
from tests.databases import database_with_tables
from tests.log_witness import Witness, serving_witness
from tests.unit.vault.test_vault_log import Registry
from tests.vault_town import LogSigner, Town
from vault.errors import CheckpointInvalid, LogTampered, NotFound
from vault.log import LogKey, Sequencer
from vault.log.exported import check_exported
from vault.log.witness import WitnessKey, verify_cosignature
from vault.stores import FolderStore

# Starts servers of its own: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow


class Stamper:
    """A time-stamp service in memory; only what it was asked about matters here."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.asked: list[bytes] = []

    def stamp(self, imprint_sha256: bytes, *, at_sent: object) -> TimestampToken:
        assert at_sent == self.town.at
        self.asked.append(imprint_sha256)
        return TimestampToken(b"token of " + imprint_sha256, self.town.at)


@pytest.fixture
def registry(town: Town) -> Registry:
    return Registry(town)


@pytest.fixture
def witness(registry: Registry) -> Iterator[Witness]:
    with serving_witness(registry.key) as served:
        yield served


def evidence(registry: Registry, *witnesses: Witness, stamper: Stamper | None = None) -> LogEvidence:
    doors = tuple(WitnessDoor(one.url, one.key, allow_private=True) for one in witnesses)
    return LogEvidence(
        registry.town.database,
        registry.store,
        registry.key,
        witnesses=doors,
        timestamps=stamper,
        every=timedelta(hours=1),
        clock=registry.town.clock,
    )


def grow(registry: Registry, count: int) -> str:
    registry.add(count)
    registry.sequencer().run_once()
    return registry.store.get("checkpoint").decode()


def test_witness_signs_each_newer_checkpoint_and_knows_the_log_after_our_restart(
    registry: Registry, witness: Witness
) -> None:
    grow(registry, 3)
    chore = evidence(registry, witness)
    chore()
    chore()
    assert verify_cosignature(registry.store.get("checkpoint").decode(), key=witness.key).year == 2026
    grow(registry, 300)
    # A new process knows nothing of what the witness saw, and is told.
    evidence(registry, witness)()
    checked = check_exported(registry.store, key=registry.key, witnesses=(witness.key,))
    assert (checked.checkpoint.size, witness.size, checked.seen[0][0]) == (303, 303, witness.key.name)
    # The office goes on from a checkpoint that carries a stranger's line.
    grow(registry, 1)
    assert registry.published().size == 304


def test_witness_signs_no_second_history(registry: Registry, witness: Witness) -> None:
    grow(registry, 5)
    evidence(registry, witness)()
    # What the witness saw is another history than the one this log goes on with.
    witness.root = bytes(32)
    grow(registry, 5)
    evidence(registry, witness)()
    assert witness.size == 5
    with pytest.raises(CheckpointInvalid, match="no cosignature"):
        check_exported(registry.store, key=registry.key, witnesses=(witness.key,))


def test_line_that_is_no_cosignature_is_not_published(registry: Registry, witness: Witness) -> None:
    before = grow(registry, 2)
    witness.lies = True
    evidence(registry, witness)()
    assert registry.store.get("checkpoint").decode() == before
    door = WitnessDoor("http://127.0.0.1:9", witness.key, allow_private=True)
    with pytest.raises(EgressFailed):
        door.cosign(registry.town.database, before, size=2)


def test_key_of_a_witness_comes_back_and_a_cut_or_other_one_is_refused(witness: Witness) -> None:
    assert WitnessKey.read(witness.key.verifier_key) == witness.key
    name, hash_hex, encoded = witness.key.verifier_key.split("+", 2)
    for wrong in (f"{name}+00000000+{encoded}", f"{name}+{hash_hex}+{encoded[:-4]}", f"{name}+{hash_hex}+!", "x"):
        with pytest.raises(CheckpointInvalid):
            WitnessKey.read(wrong)
    log = LogSigner()
    with pytest.raises(CheckpointInvalid, match="0x04"):
        WitnessKey.read(LogKey(log.name, log.public_key).verifier_key)


def test_one_stamp_stands_for_everything_of_its_hour(registry: Registry) -> None:
    stamper = Stamper(registry.town)
    chore = evidence(registry, stamper=stamper)
    chore()
    note = grow(registry, 2)
    chore()
    grow(registry, 2)
    chore()
    assert stamper.asked == [hashlib.sha256(note.encode()).digest()]
    registry.town.clock.advance(timedelta(hours=1))
    chore()
    checked = check_exported(registry.store, key=registry.key)
    assert [one.checkpoint.size for one in checked.stamped] == [2, 4]
    assert [one.imprint_sha256 for one in checked.stamped] == stamper.asked


@pytest.mark.parametrize("size", [1, 5, 256, 300])
def test_exported_files_alone_show_that_the_log_begins_with_what_was_shown_earlier(
    registry: Registry, tmp_path: Path, size: int
) -> None:
    earlier = grow(registry, size)
    grow(registry, 40)
    shutil.copytree(registry.folder, tmp_path / "export")
    copy = FolderStore(tmp_path / "export")
    assert check_exported(copy, key=registry.key, earlier=(earlier,)).checkpoint.size == size + 40


def test_cut_rewritten_and_foreign_logs_are_found_by_the_files_alone(registry: Registry, tmp_path: Path) -> None:
    first = grow(registry, 4)
    shutil.copytree(registry.folder, tmp_path / "short")
    second = grow(registry, 4)
    # (1) cut: the copy is whole in itself, and shorter than what was signed
    with pytest.raises(LogTampered, match="cut"):
        check_exported(FolderStore(tmp_path / "short"), key=registry.key, earlier=(second,))
    # (2) forked: another history under the same key
    other = tmp_path / "forked"
    other.mkdir()
    with database_with_tables(other) as database:
        forked = Registry(Town(other, database, registry.town.vault, registry.town.index))
        forked.signer, forked.key = registry.signer, registry.key
        forked.add(9)
        Sequencer(
            database, store=forked.store, signer=registry.signer, clock=registry.town.clock, name="fork"
        ).run_once()
        assert check_exported(forked.store, key=registry.key).checkpoint.size == 9
        for shown in (first, second):
            with pytest.raises(LogTampered, match="forked"):
                check_exported(forked.store, key=registry.key, earlier=(shown,))
    # (3) another log altogether, and a folder that is none
    stranger = LogSigner("log.other.example")
    with pytest.raises(CheckpointInvalid):
        check_exported(registry.store, key=LogKey(stranger.name, stranger.public_key))
    with pytest.raises(NotFound):
        check_exported(FolderStore(tmp_path / "nothing"), key=registry.key)
