"""The log: numbered by one, signed once per size, provable from published files alone, never rewritten unnoticed."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.vault_town import LogSigner, Town
from vault.errors import CheckpointInvalid, LeaseLost, LogTampered, NotFound, ProofInvalid, RecordRefused
from vault.log import (
    Checkpoint,
    Leaf,
    LogKey,
    PendingLeaf,
    Sequencer,
    Tree,
    append,
    check_consistency,
    check_inclusion,
    check_published,
    consistency_proof,
    erase_openings,
    inclusion_proof,
    newest_checkpoint,
    read_opening,
    verify_checkpoint,
)
from vault.log.tables import log_checkpoints, log_leaves, log_trees
from vault.stores import FolderStore

# Starts a whole office or waits for clocks: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow


class Registry:
    """A town with a log."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.signer = LogSigner()
        self.key = LogKey(self.signer.name, self.signer.public_key)
        self.folder = town.folder / "log"
        self.store = FolderStore(self.folder)

    def sequencer(self, name: str = "s1", *, tree: Tree = Tree.CERTIFICATIONS) -> Sequencer:
        store = self.store if tree is Tree.CERTIFICATIONS else FolderStore(self.town.folder / "access-log")
        return Sequencer(
            self.town.database, store=store, signer=self.signer, clock=self.town.clock, name=name, tree=tree
        )

    def add(self, count: int = 1, *, tree: Tree = Tree.CERTIFICATIONS) -> list[PendingLeaf]:
        with self.town.database.transaction() as tx:
            return [
                append(tx, Leaf("copy.final", {"code": f"C{number}"}), tree=tree, random_bytes=self.town.random_bytes)
                for number in range(count)
            ]

    def published(self) -> Checkpoint:
        return verify_checkpoint(self.store.get("checkpoint").decode(), key=self.key)


@pytest.fixture
def registry(town: Town) -> Registry:
    return Registry(town)


def test_leaf_written_in_a_failed_transaction_never_was(registry: Registry) -> None:
    def write_and_fail() -> None:
        with registry.town.database.transaction() as tx:
            append(tx, Leaf("copy.final", {}), tree=Tree.CERTIFICATIONS, random_bytes=registry.town.random_bytes)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    assert registry.sequencer().run_once().size == 0


def test_first_checkpoint_is_of_the_empty_tree_and_the_next_one_grows(registry: Registry) -> None:
    sequencer = registry.sequencer()
    assert sequencer.run_once().size == 0
    registry.add(3)
    assert sequencer.run_once().size == 3
    assert sequencer.run_once() == registry.published()
    assert len(registry.signer.signed) == 2


@pytest.mark.parametrize("batches", [(1,), (255, 1, 1), (256,), (257, 300), (4096, 5)])
def test_published_files_alone_prove_every_entry(registry: Registry, batches: tuple[int, ...]) -> None:
    for count in batches:
        registry.add(count)
        checkpoint = registry.sequencer().run_once()
        check_published(registry.store, checkpoint)
    assert registry.published().size == sum(batches)


def test_layout_is_that_of_tlog_tiles(registry: Registry) -> None:
    registry.add(257)
    registry.sequencer().run_once()
    assert registry.store.list_paths("tile") == (
        "tile/0/000",
        "tile/0/001.p/1",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/1",
    )
    lines = registry.store.get("checkpoint").decode().splitlines()
    assert lines[:2] == ["log.thi-du.example", "257"]
    assert lines[-1].startswith("\u2014 log.thi-du.example ")


def test_published_entry_tells_nothing_of_the_event(registry: Registry) -> None:
    (first, second) = registry.add(1) + registry.add(1)
    registry.sequencer().run_once()
    assert first.commitment_sha256_hex != second.commitment_sha256_hex
    assert b"C0" not in registry.store.get("tile/entries/000.p/2")


def test_inclusion_proof_convinces_offline_and_only_for_its_event(registry: Registry) -> None:
    leaves = registry.add(5)
    registry.sequencer().run_once()
    with registry.town.database.read() as tx:
        proof = inclusion_proof(tx, leaves[3].leaf_id, key=registry.key)
        opening = read_opening(tx, leaves[3].leaf_id)
    assert check_inclusion(proof, key=registry.key, opening=opening).size == 5
    for forged in (
        replace(proof, leaf_index=2),
        replace(proof, entry=b"{}"),
        replace(proof, path=proof.path[:-1]),
        replace(proof, path=(*proof.path, b"\x00" * 32)),
    ):
        with pytest.raises(ProofInvalid):
            check_inclusion(forged, key=registry.key)
    with pytest.raises(ProofInvalid):
        check_inclusion(proof, key=registry.key, opening=replace(opening, kind="copy.annulled"))


def test_leaf_without_a_checkpoint_has_no_proof_yet(registry: Registry) -> None:
    registry.sequencer().run_once()
    (leaf,) = registry.add()
    with registry.town.database.read() as tx:
        with pytest.raises(NotFound, match="sequencer"):
            inclusion_proof(tx, leaf.leaf_id, key=registry.key)
        with pytest.raises(NotFound):
            inclusion_proof(tx, 999, key=registry.key)


def test_consistency_proof_shows_that_the_log_only_grew(registry: Registry) -> None:
    for count in (3, 300, 2):
        registry.add(count)
        registry.sequencer().run_once()
    with registry.town.database.read() as tx:
        proof = consistency_proof(tx, Tree.CERTIFICATIONS, old_size=3, key=registry.key)
        with pytest.raises(NotFound):
            consistency_proof(tx, Tree.CERTIFICATIONS, old_size=4, key=registry.key)
    assert check_consistency(proof, key=registry.key).size == 305
    with pytest.raises(ProofInvalid):
        check_consistency(replace(proof, path=proof.path[1:]), key=registry.key)
    with pytest.raises(ProofInvalid):
        check_consistency(replace(proof, old_note=proof.new_note, new_note=proof.old_note), key=registry.key)


def test_checkpoint_of_another_key_name_or_text_is_refused(registry: Registry) -> None:
    registry.add(2)
    note = registry.sequencer().run_once().note
    stranger = LogSigner()
    with pytest.raises(CheckpointInvalid):
        verify_checkpoint(note, key=LogKey(stranger.name, stranger.public_key))
    with pytest.raises(CheckpointInvalid):
        verify_checkpoint(note, key=LogKey("log.other.example", registry.signer.public_key))
    for forged in (note.replace("\n2\n", "\n3\n"), note[:-3], "", note.replace("\n\n", "\n"), "x\n\n" + note):
        with pytest.raises(CheckpointInvalid):
            verify_checkpoint(forged, key=registry.key)


@pytest.mark.parametrize(
    "body", ["log.thi-du.example\n02\nAA==\n", "log.thi-du.example\n1\n!\n", "a\n1\nAAAA\n", "x\n"]
)
def test_signed_nonsense_is_no_checkpoint(registry: Registry, body: str) -> None:
    signature = base64.b64encode(registry.key.key_hash + registry.signer.sign(body.encode())).decode()
    with pytest.raises(CheckpointInvalid):
        verify_checkpoint(f"{body}\n\u2014 {registry.key.name} {signature}\n", key=registry.key)


def test_two_sequencers_racing_number_every_leaf_once(registry: Registry) -> None:
    registry.add(40)

    def work(name: str) -> int:
        done = 0
        for _ in range(6):
            try:
                registry.add(3)
                registry.sequencer(name).run_once()
                done += 1
            except LeaseLost:
                continue
        return done

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(work, ("s1", "s2"))) > 0
    registry.town.clock.advance(timedelta(minutes=1))
    checkpoint = registry.sequencer("s3").run_once()
    assert checkpoint.size == 40 + 2 * 6 * 3
    check_published(registry.store, checkpoint)
    with registry.town.database.read() as tx:
        sizes = tx.execute(sa.select(log_checkpoints.c.size)).scalars().all()
    assert len(set(registry.signer.signed)) == len(registry.signer.signed) == len(sizes)


def test_sequencer_that_sleeps_through_its_lease_changes_nothing(registry: Registry) -> None:
    registry.add(2)
    sleeper, other = registry.sequencer("s1"), registry.sequencer("s2")
    lease = sleeper.take_lease()
    with pytest.raises(LeaseLost):
        other.run_once()
    registry.town.clock.advance(timedelta(seconds=31))
    assert other.run_once().size == 2
    registry.add(1)
    with pytest.raises(LeaseLost):
        sleeper.advance(lease)
    assert registry.published().size == 2


def test_leaf_that_commits_late_gets_a_later_place_and_loses_none(registry: Registry) -> None:
    late, early = registry.add(2)
    whereabouts = log_leaves.update().where(log_leaves.c.leaf_id == late.leaf_id)
    with registry.town.database.transaction() as tx:
        # As a slow transaction looks to others: its number is taken, its row is not there yet.
        tx.execute(whereabouts.values(tree="ELSEWHERE"))
    assert registry.sequencer().run_once().size == 1
    with registry.town.database.transaction() as tx:
        tx.execute(whereabouts.values(tree=Tree.CERTIFICATIONS.value))
    assert registry.sequencer().run_once().size == 2
    assert late.leaf_id < early.leaf_id
    with registry.town.database.read() as tx:
        assert inclusion_proof(tx, late.leaf_id, key=registry.key).leaf_index == 1


def test_interrupted_publication_is_completed_by_the_next_run(registry: Registry) -> None:
    registry.add(300)
    registry.sequencer().run_once()
    for path in registry.folder.rglob("*"):
        if path.is_file():
            path.unlink()
    with registry.town.database.transaction() as tx:
        tx.execute(log_trees.update().values(published_size=0))
        tx.execute(log_checkpoints.update().values(note=None))
    check_published(registry.store, registry.sequencer().run_once())
    assert len(set(registry.signer.signed)) == 1


def test_database_restored_from_yesterday_signs_nothing(registry: Registry) -> None:
    registry.add(3)
    registry.sequencer().run_once()
    with registry.town.database.transaction() as tx:
        for table in (log_leaves, log_checkpoints, log_trees):
            tx.execute(table.delete())
    registry.add(2)
    signed = len(registry.signer.signed)
    with pytest.raises(LogTampered, match="quarantine"):
        registry.sequencer().run_once()
    registry.add(1)
    with pytest.raises(LogTampered):
        registry.sequencer().run_once()
    assert len(registry.signer.signed) == signed


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["tile/0/000", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/44"])
def test_altered_or_missing_published_file_is_found(registry: Registry, name: str) -> None:
    registry.add(300)
    checkpoint = registry.sequencer().run_once()
    _flip(registry.folder / name)
    with pytest.raises(LogTampered):
        check_published(registry.store, checkpoint)
    (registry.folder / name).unlink()
    with pytest.raises(NotFound):
        check_published(registry.store, checkpoint)


def test_truncated_or_reordered_entries_are_found(registry: Registry) -> None:
    registry.add(4)
    checkpoint = registry.sequencer().run_once()
    path = registry.folder / "tile/entries/000.p/4"
    whole = path.read_bytes()
    half = len(whole) // 2
    for altered in (whole[:-1], whole[:half], whole[half:] + whole[:half], whole[:1]):
        path.write_bytes(altered)
        with pytest.raises(LogTampered):
            check_published(registry.store, checkpoint)


def test_leaf_rewritten_in_the_database_is_found_when_it_is_published_or_proven(registry: Registry) -> None:
    leaves = registry.add(3)
    registry.sequencer().run_once()
    with registry.town.database.transaction() as tx:
        tx.execute(
            log_leaves.update()
            .where(log_leaves.c.leaf_id == leaves[0].leaf_id)
            .values(leaf_sha256_hex="00" * 32, entry=b"{}")
        )
    with registry.town.database.read() as tx:
        proof = inclusion_proof(tx, leaves[1].leaf_id, key=registry.key)
        with pytest.raises(LogTampered):
            read_opening(tx, leaves[0].leaf_id)
    with pytest.raises(ProofInvalid):
        check_inclusion(proof, key=registry.key)


def test_head_rewritten_in_the_database_stops_the_sequencer(registry: Registry) -> None:
    registry.add(3)
    registry.sequencer().run_once()
    with registry.town.database.transaction() as tx:
        tx.execute(log_trees.update().values(root_sha256_hex="00" * 32))
    with pytest.raises(LogTampered):
        registry.sequencer().run_once()


def test_public_checkpoint_fixes_the_root_of_the_access_tree(registry: Registry) -> None:
    registry.add(2, tree=Tree.ACCESS)
    access = registry.sequencer(tree=Tree.ACCESS).run_once()
    registry.add(1)
    (extension,) = registry.sequencer().run_once().extensions
    assert extension == f"vidimus-access 2 {base64.b64encode(access.root).decode()}"


def test_sealed_opening_needs_the_documents_keyset_and_dies_with_it(registry: Registry) -> None:
    town = registry.town
    document_id = town.new_id()
    town.vault.create_keyset(document_id)
    with town.database.transaction() as tx:
        leaf = append(
            tx,
            Leaf("copy.final", {"code": "SECRET"}, document_id),
            tree=Tree.CERTIFICATIONS,
            random_bytes=town.random_bytes,
            sealer=town.vault,
        )
        stored = bytes(tx.execute(sa.select(log_leaves.c.opening)).scalar_one())
        assert read_opening(tx, leaf.leaf_id, sealer=town.vault).payload == {"code": "SECRET"}
        with pytest.raises(NotFound):
            read_opening(tx, leaf.leaf_id)
        assert b"SECRET" not in stored
        assert erase_openings(tx, document_id) == 1
        with pytest.raises(NotFound):
            read_opening(tx, leaf.leaf_id, sealer=town.vault)
    registry.sequencer().run_once()
    with town.database.read() as tx:
        check_inclusion(inclusion_proof(tx, leaf.leaf_id, key=registry.key), key=registry.key)


def test_payload_that_has_no_single_spelling_is_refused(registry: Registry) -> None:
    with registry.town.database.transaction() as tx:
        for payload in ({"amount": 1.5}, {"số": 1}, {"raw": b"x"}, {"list": [object()]}):
            leaf = Leaf("copy.final", payload)  # type: ignore[arg-type]  # the refusal is the point
            with pytest.raises(RecordRefused):
                append(tx, leaf, tree=Tree.CERTIFICATIONS, random_bytes=registry.town.random_bytes)


def test_unsequenced_tree_has_no_checkpoint(registry: Registry) -> None:
    with registry.town.database.read() as tx, pytest.raises(NotFound):
        newest_checkpoint(tx, Tree.CERTIFICATIONS, key=registry.key)
