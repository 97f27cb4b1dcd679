"""Pull the plug at every step of a renewal: one newer rendition, every earlier byte kept, nothing half."""

from __future__ import annotations

import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from certify.pipeline import NoCrashPoints
from certify.transitions import ItemState
from tests.faults.renewal_driver import PATIENCE_SECONDS, open_years_later, renewed_times
from tests.faults.test_faults_crash_points import RENEWAL_POINTS, Home, reach
from tests.heard_logs import run_heard
from tests.journey_office import JourneyOffice, found_office
from tests.postgres import copied_database, fresh_database, postgresql_url  # noqa: F401 - a fixture
from vault.history import history_for_holder
from vault.log.tables import log_leaves
from vault.owners import HolderOwner
from vault.records import list_for_holder
from vault.shapes import RenditionAge, RenditionKind
from vault.status import status

# Nineteen starts of a whole office: ./check --all only. That each step may run twice is tested in every check.
pytestmark = [pytest.mark.slow, pytest.mark.matrix]


def certified_home(folder: Path, url: str) -> Home:
    """An office with one certified copy."""
    folder.mkdir()
    found_office(folder, url)
    home = Home(folder, url)
    reach(home, minute=0, goal=ItemState.CERTIFIED)
    return home


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("sqlite") / "home"
    return certified_home(folder, f"sqlite:///{folder}/vidimus.db")


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory, postgresql_url: str) -> Iterator[Home]:  # noqa: F811
    with fresh_database(postgresql_url) as url:
        yield certified_home(tmp_path_factory.mktemp("postgresql") / "home", url)


def kill_at(home: Home, point: str, *, minute: int) -> None:
    command = [sys.executable, "-m", "tests.faults.renewal_driver", str(home.folder), home.url, str(minute), point]
    died = run_heard(command, timeout=PATIENCE_SECONDS + 60)
    assert died.returncode == -signal.SIGKILL, died.stderr[-4000:]


def finish_and_check(home: Home, *, minute: int) -> None:
    """Start the office once more, let it end what was begun, and look at everything a renewal leaves."""
    office = open_years_later(home.folder, home.url, minute=minute, crash_hook=NoCrashPoints())
    try:
        office.pipeline.start()
        office.pipeline.renew_due()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not renewed_times(office) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert office.pipeline.renew_due() == 0
        check_renewed_once(office)
    finally:
        office.close()


def check_renewed_once(office: JourneyOffice) -> None:
    with office.database.read() as tx:
        (record,) = list_for_holder(tx, HolderOwner(office.facts.holder_id))
        history = history_for_holder(tx, HolderOwner(office.facts.holder_id))
        kinds = list(tx.execute(sa.select(log_leaves.c.kind)).scalars())
    # (1) one newer rendition, which begins with every byte of the earlier one
    earlier, newest = (one for one in record.renditions if one.kind is RenditionKind.SIGNED_PDF)
    pdf = office.blobs.read(newest.blob)
    assert pdf.startswith(office.blobs.read(earlier.blob))
    assert renewed_times(office) == 1
    # (2) both are known for what they are
    with office.database.read() as tx:
        ages = [status(tx, at=office.clock.now(), sha256_hex=one.sha256_hex).rendition for one in (earlier, newest)]
    assert ages == [RenditionAge.OLDER, RenditionAge.NEWEST]
    # (3) told once in the log and once in the holder's history
    assert kinds.count("COPY_RENEWED") == 1
    assert [entry.event.reason for entry in history].count("RENEWAL") == 1
    # (4) and it holds
    office.services.crafts.verify(pdf, at=office.clock.now()).require_passed()


@pytest.mark.parametrize("point", RENEWAL_POINTS)
def test_office_killed_at_a_step_of_a_renewal_renews_once(point: str, on_sqlite: Home, tmp_path: Path) -> None:
    shutil.copytree(on_sqlite.folder, tmp_path / "home")
    home = Home(tmp_path / "home", f"sqlite:///{tmp_path}/home/vidimus.db")
    kill_at(home, point, minute=2)
    finish_and_check(home, minute=4)


def test_office_killed_at_every_step_of_a_renewal_in_turn_renews_once_on_postgresql(
    on_postgresql: Home,
    postgresql_url: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    shutil.copytree(on_postgresql.folder, tmp_path / "home")
    with copied_database(postgresql_url, on_postgresql.url) as url:
        home = Home(tmp_path / "home", url)
        # Each start goes on where the last one died, one crash point further.
        for number, point in enumerate(RENEWAL_POINTS):
            kill_at(home, point, minute=2 * number)
        finish_and_check(home, minute=20)
