"""Pull the plug before and after the effect of every registered step: one copy, one number, no unexplained gap."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from certify.pipeline import NoCrashPoints
from certify.pipeline.certify_item import NAME as CERTIFY
from certify.pipeline.read_item import NAME as READ
from certify.register import NumberStatus
from certify.register_export import gaps
from certify.tables import approvals, job_effects, numbers
from certify.transitions import ItemState
from tests.bureau import AT
from tests.heard_logs import run_heard
from tests.journey_office import JourneyOffice, found_office
from tests.postgres import copied_database, fresh_database, postgresql_url  # noqa: F401 - a fixture
from vault.log.tables import log_leaves
from vault.owners import HolderOwner
from vault.records import list_for_holder
from vault.shapes import RegisterStatus, RenditionKind
from vault.status import status
from vault.tables import outbox

pytestmark = pytest.mark.slow

CRASH_POINTS = tuple(
    f"{workflow}.{step}:{side}"
    for workflow, steps in (
        ("read_item", ("read_pages", "write_scan_pdf", "record_reading")),
        ("prepare_item", ("reserve_number", "write_copy", "mark_prepared")),
        ("certify_item", ("officer_sign", "seal", "verify", "deposit")),
    )
    for step in steps
    for side in ("before", "after")
)
# ./check kills where the officer's signature, the seal and the vault are at stake; ./check --all at every point, on both.
_ON_SQLITE = tuple(point for point in CRASH_POINTS if point.startswith("certify_item."))
_ON_POSTGRESQL = ("prepare_item.reserve_number:after", "certify_item.officer_sign:after", "certify_item.deposit:after")


def always(chosen: tuple[str, ...]) -> list[object]:
    return [point if point in chosen else pytest.param(point, marks=pytest.mark.matrix) for point in CRASH_POINTS]


# A renewal begins years later: test_faults_renewal.py kills it, tests/unit/certify/test_certify_renewing.py runs its steps twice.
RENEWAL_POINTS = tuple(
    f"renew_record.{step}:{side}"
    for step in ("extend", "verify_renewed", "add_rendition")
    for side in ("before", "after")
)
# An activation is lost with its process, so the officer is asked once more.
ASKS_AGAIN = "certify_item.officer_sign:before"
# The item is certified by the effect of the last step; there is nothing left to ask an officer for.
PATIENCE_SECONDS = 150


@dataclass(frozen=True, slots=True)
class Home:
    """An office on disk with its database."""

    folder: Path
    url: str


def run(
    home: Home, *, minute: int, goal: ItemState, point: str | None = None, key: str = "office"
) -> subprocess.CompletedProcess[str]:
    asked = [str(home.folder), home.url, str(minute), key, goal.value, *([point] if point else [])]
    return run_heard([sys.executable, "-m", "tests.faults.crash_driver", *asked], timeout=PATIENCE_SECONDS)


def reach(home: Home, *, minute: int, goal: ItemState, key: str = "office") -> None:
    done = run(home, minute=minute, goal=goal, key=key)
    assert done.returncode == 0, done.stderr[-4000:]
    assert json.loads(done.stdout)["state"] == goal.value


@dataclass(frozen=True, slots=True)
class Founded:
    """Two homes to copy from: nothing scanned yet, and one item read, so that reading is not repeated each time."""

    empty: Home
    extracted: Home

    def before(self, point: str) -> Home:
        return self.empty if point.startswith(READ) else self.extracted


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Founded:
    folder = tmp_path_factory.mktemp("sqlite")
    empty = Home(folder / "empty", f"sqlite:///{folder}/empty/vidimus.db")
    empty.folder.mkdir()
    found_office(empty.folder, empty.url)
    extracted = copy_sqlite(empty, folder / "extracted")
    reach(extracted, minute=0, goal=ItemState.EXTRACTED)
    return Founded(empty, extracted)


@pytest.fixture(scope="module")
def on_postgresql(
    tmp_path_factory: pytest.TempPathFactory,
    postgresql_url: str,  # noqa: F811
) -> Iterator[Founded]:
    folder = tmp_path_factory.mktemp("postgresql")
    with fresh_database(postgresql_url) as empty_url:
        empty = Home(folder / "empty", empty_url)
        empty.folder.mkdir()
        found_office(empty.folder, empty.url)
        shutil.copytree(empty.folder, folder / "extracted")
        with copied_database(postgresql_url, empty_url) as extracted_url:
            extracted = Home(folder / "extracted", extracted_url)
            reach(extracted, minute=0, goal=ItemState.EXTRACTED)
            yield Founded(empty, extracted)


def copy_sqlite(home: Home, folder: Path) -> Home:
    shutil.copytree(home.folder, folder)
    return Home(folder, f"sqlite:///{folder}/vidimus.db")


@pytest.mark.parametrize("point", always(_ON_SQLITE))
def test_office_killed_at_a_step_ends_with_one_copy_and_one_number(
    point: str, on_sqlite: Founded, tmp_path: Path
) -> None:
    home = copy_sqlite(on_sqlite.before(point), tmp_path / "home")
    kill_and_restart(home, point)
    check_single_and_complete(home, runs=2 if point == ASKS_AGAIN else 1)


@pytest.mark.parametrize("point", always(_ON_POSTGRESQL))
def test_office_killed_at_a_step_ends_with_one_copy_and_one_number_on_postgresql(
    point: str,
    on_postgresql: Founded,
    postgresql_url: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    source = on_postgresql.before(point)
    shutil.copytree(source.folder, tmp_path / "home")
    with copied_database(postgresql_url, source.url) as url:
        home = Home(tmp_path / "home", url)
        kill_and_restart(home, point)
        check_single_and_complete(home, runs=2 if point == ASKS_AGAIN else 1)


@pytest.mark.matrix
@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("moment", ["asking", "completing"])
def test_office_killed_while_a_token_is_asked_or_answered_ends_with_one_copy_and_one_signature_of_it(
    moment: str, side: str, on_sqlite: Founded, tmp_path: Path
) -> None:
    home = copy_sqlite(on_sqlite.extracted, tmp_path / "home")
    point = f"{CERTIFY}.officer_sign:{side}"
    if moment == "completing":
        reach(home, minute=1, goal=ItemState.AWAITING_SIGNATURE, key="token")
    died = run(home, minute=2, goal=ItemState.CERTIFIED, point=point, key="token")
    assert died.returncode == -signal.SIGKILL, died.stderr[-4000:]
    reach(home, minute=4, goal=ItemState.CERTIFIED, key="token")
    # The first run asks the token, the second completes with what it gave; nobody was asked twice.
    check_single_and_complete(home, runs=2)


def test_crash_points_tested_are_those_of_the_registered_steps(on_sqlite: Founded, tmp_path: Path) -> None:
    home = copy_sqlite(on_sqlite.empty, tmp_path / "home")
    office = JourneyOffice(home.folder, home.url, crash_hook=NoCrashPoints())
    try:
        assert office.pipeline.crash_points == CRASH_POINTS + RENEWAL_POINTS
    finally:
        office.close()


def test_number_kept_over_an_overnight_crash_is_voided_and_taken_anew(on_sqlite: Founded, tmp_path: Path) -> None:
    home = copy_sqlite(on_sqlite.extracted, tmp_path / "home")
    died = run(home, minute=2, goal=ItemState.CERTIFIED, point=f"{CERTIFY}.officer_sign:before")
    assert died.returncode == -signal.SIGKILL, died.stderr[-4000:]
    reach(home, minute=24 * 60, goal=ItemState.CERTIFIED)
    with opened(home, minute=24 * 60 + 10) as office, office.database.read() as tx:
        rows = tx.execute(sa.select(numbers).order_by(numbers.c.seq_no)).all()
    assert [(row.seq_no, row.status, row.void_reason) for row in rows] == [
        (1, "VOID", "DATE_CHANGED"),
        (2, "FINAL", None),
    ]


def kill_and_restart(home: Home, point: str) -> None:
    died = run(home, minute=2, goal=ItemState.CERTIFIED, point=point)
    assert died.returncode == -signal.SIGKILL, died.stderr[-4000:]
    reach(home, minute=4, goal=ItemState.CERTIFIED)


class opened:  # noqa: N801 - reads as a verb in a with statement
    """An office opened to look into, without running its pipeline."""

    def __init__(self, home: Home, *, minute: int) -> None:
        self._office = JourneyOffice(
            home.folder, home.url, crash_hook=NoCrashPoints(), at=AT + timedelta(minutes=minute)
        )

    def __enter__(self) -> JourneyOffice:
        return self._office

    def __exit__(self, *_: object) -> None:
        self._office.close()


def check_single_and_complete(home: Home, *, runs: int) -> None:
    with opened(home, minute=10) as office, office.database.read() as tx:
        # (1) one number, final, without a gap; the pipeline never needed a second one
        rows = tx.execute(sa.select(numbers)).all()
        assert [(row.seq_no, row.status) for row in rows] == [(1, NumberStatus.FINAL.value)]
        assert gaps(tx, office.facts.book_id) == ()
        # (2) one copy in the vault, with one signed file
        records = list_for_holder(tx, HolderOwner(office.facts.holder_id))
        assert len(records) == 1
        copy = records[0].newest(RenditionKind.SIGNED_PDF)
        assert len(tx.execute(sa.select(outbox)).all()) == 1
        # (3) the status tells the same
        told = status(tx, at=office.clock.now(), sha256_hex=copy.sha256_hex)
        assert (told.register, told.code) == (RegisterStatus.FINAL, records[0].code)
        # (4) the log has intent before and outcome after, each once for every time a person was asked
        kinds = list(
            tx.execute(
                sa.select(log_leaves.c.kind).where(log_leaves.c.tree == "CERTIFICATIONS").order_by(log_leaves.c.leaf_id)
            ).scalars()
        )
        check_log(kinds)
        effects = tx.execute(sa.select(job_effects.c.effect)).scalars().all()
        assert len(effects) == len(set(effects))
        # (5) one approval; a lost activation was asked for again, at most once
        approval = tx.execute(sa.select(approvals)).one()
        assert approval.run_number == runs
        # (6) two signatures that hold
        report = office.services.crafts.verify(office.blobs.read(copy.blob), at=office.clock.now())
        report.require_passed()
        assert [one.field for one in report.signatures if one.field in ("Officer", "AgencySeal")] == [
            "Officer",
            "AgencySeal",
        ]


def check_log(kinds: list[str]) -> None:
    once = ["NUMBER_RESERVED", "OFFICER_SIGNED", "SEALED", "COPY_CERTIFIED"]
    for kind in once:
        assert kinds.count(kind) == 1, kinds
    order = ["NUMBER_RESERVED", "OFFICER_SIGN_INTENT", "OFFICER_SIGNED", "SEAL_INTENT", "SEALED", "COPY_CERTIFIED"]
    assert [kind for kind in dict.fromkeys(kinds) if kind in order] == order
