"""The log under any order of acts: two sequencers, sleepers and broken transactions never lose, repeat or rewrite a leaf."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.databases import database_with_tables
from tests.unit.vault.test_vault_log import Registry
from tests.vault_town import build_town
from vault.errors import LeaseLost, NotFound
from vault.log import (
    Leaf,
    PendingLeaf,
    Tree,
    append,
    check_consistency,
    check_inclusion,
    check_published,
    consistency_proof,
    inclusion_proof,
    read_opening,
)
from vault.log.sequencer import Lease
from vault.log.tables import log_checkpoints, log_leaves

# A town with a log behind each walk; the fast check leaves it out.
pytestmark = pytest.mark.slow
NAMES = st.sampled_from(("s1", "s2"))


class Broken(Exception):
    """What breaks a transaction off."""


class LogWalk(RuleBasedStateMachine):
    """Offices that write, two sequencers that number, and clocks that go on, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        folder = Path(tempfile.mkdtemp(prefix="vidimus-log-walk-"))
        self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
        self.registry = Registry(build_town(folder, self._stack.enter_context(database_with_tables(folder))))
        self.written: list[PendingLeaf] = []
        self.asleep: list[tuple[str, Lease]] = []
        self.sizes: set[int] = set()

    def teardown(self) -> None:
        """Give the folder back."""
        self._stack.close()

    @rule(count=st.integers(1, 5))
    def write(self, count: int) -> None:
        self.written += self.registry.add(count)

    @rule()
    def write_and_break(self) -> None:
        town = self.registry.town
        with suppress(Broken), town.database.transaction() as tx:
            append(tx, Leaf("copy.final", {"code": "LOST"}), tree=Tree.CERTIFICATIONS, random_bytes=town.random_bytes)
            raise Broken

    @rule(name=NAMES)
    def number(self, name: str) -> None:
        # Whoever holds the lease goes first; the other one changes nothing.
        with suppress(LeaseLost):
            checkpoint = self.registry.sequencer(name).run_once()
            assert checkpoint.size == len(self.written)
            self.sizes.add(checkpoint.size)

    @rule(name=NAMES)
    def fall_asleep(self, name: str) -> None:
        with suppress(LeaseLost):
            self.asleep.append((name, self.registry.sequencer(name).take_lease()))

    @precondition(lambda self: self.asleep)
    @rule()
    def wake_up(self) -> None:
        name, lease = self.asleep.pop(0)
        with suppress(LeaseLost):
            self.sizes.add(self.registry.sequencer(name).advance(lease).size)

    @rule(seconds=st.sampled_from((1, 31, 600)))
    def wait(self, seconds: int) -> None:
        self.registry.town.clock.advance(timedelta(seconds=seconds))

    @invariant()
    def no_leaf_is_lost_or_there_twice(self) -> None:
        with self.registry.town.database.read() as tx:
            found = tx.execute(sa.select(log_leaves.c.leaf_id)).scalars().all()
            signed = tx.execute(sa.select(log_checkpoints.c.size)).scalars().all()
        assert sorted(found) == sorted(one.leaf_id for one in self.written)
        assert len(set(signed)) == len(signed), "one size was signed twice"

    @precondition(lambda self: self.sizes)
    @invariant()
    def what_is_published_is_whole_and_begins_with_all_that_was_published_before(self) -> None:
        registry, newest = self.registry, self.registry.published()
        assert newest.size == max(self.sizes)
        check_published(registry.store, newest)
        with registry.town.database.read() as tx:
            for size in self.sizes - {0, newest.size}:
                proof = consistency_proof(tx, Tree.CERTIFICATIONS, old_size=size, key=registry.key)
                assert check_consistency(proof, key=registry.key).size == newest.size

    @precondition(lambda self: self.sizes and self.written)
    @invariant()
    def a_leaf_is_provable_as_soon_as_it_was_published_and_not_before(self) -> None:
        registry, provable = self.registry, 0
        with registry.town.database.read() as tx:
            for leaf in self.written:
                try:
                    proof = inclusion_proof(tx, leaf.leaf_id, key=registry.key)
                except NotFound:
                    continue
                check_inclusion(proof, key=registry.key, opening=read_opening(tx, leaf.leaf_id))
                provable += 1
        assert provable == max(self.sizes)


TestLogWalk = LogWalk.TestCase
TestLogWalk.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
