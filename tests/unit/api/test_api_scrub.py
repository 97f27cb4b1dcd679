"""The weekly look at every stored byte: part by part, some at a time, going on where it was after a restart."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from api.backup.opened import OpenedHome, open_for_backup
from api.backup.scrub import Scrubber, ScrubState, WeeklyScrub, read_scrub_state, write_scrub_state
from api.clock import system_random
from api.settings import read_settings, settings_for_home
from guard import new_ulid
from tests.bureau import AT
from tests.running import founded_home  # noqa: F401

pytestmark = pytest.mark.slow

DOCUMENTS = 45


class Week:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = AT

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def opened(founded_home: Path, tmp_path: Path) -> Iterator[OpenedHome]:  # noqa: F811
    home = tmp_path / "home"
    shutil.copytree(founded_home, home)
    with open_for_backup(settings_for_home(read_settings({}), home)) as opened:
        yield opened


@pytest.fixture
def documents(opened: OpenedHome) -> list[str]:
    """Documents with a blob each, spread over the parts of the store."""
    made = [new_ulid(at=AT + timedelta(seconds=number), random_bytes=system_random) for number in range(DOCUMENTS)]
    for document_id in made:
        opened.blobs.create_keyset(document_id)
        opened.blobs.put(document_id, "scan.pdf", document_id.encode())
    return made


def rounds(scrubber: Scrubber, opened: OpenedHome, clock: Week) -> int:
    """Go on, each time in a process that starts anew, until the round is over; gives how often."""
    for count in range(1, 200):
        WeeklyScrub(scrubber, opened.home, clock)()
        if read_scrub_state(opened.home).ended_at:
            return count
    raise AssertionError(read_scrub_state(opened.home))


def test_whole_round_sees_every_document_once(opened: OpenedHome, documents: list[str]) -> None:
    seen: list[str] = []
    position = ""
    while looks := opened.scrubber().looks_after(position):
        seen += [look.document_id for look in looks if look.is_stored]
        position = looks[-1].position
    assert sorted(seen) == documents


def test_round_in_many_processes_ends_and_rests_for_a_week(opened: OpenedHome, documents: list[str]) -> None:
    clock, scrubber = Week(), opened.scrubber()
    assert rounds(scrubber, opened, clock) > 2
    clock.at += timedelta(days=6)
    WeeklyScrub(scrubber, opened.home, clock)()
    assert read_scrub_state(opened.home).began_at == AT.isoformat()
    clock.at += timedelta(days=2)
    WeeklyScrub(scrubber, opened.home, clock)()
    assert read_scrub_state(opened.home).began_at == clock.at.isoformat()


def test_rot_in_any_part_is_reported_by_id(opened: OpenedHome, documents: list[str]) -> None:
    for victim in (documents[0], documents[-1]):
        (path,) = opened.home.folder.glob(f"blobs/*/{victim}/scan.pdf")
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    rounds(opened.scrubber(), opened, Week())
    assert read_scrub_state(opened.home).lost == tuple(sorted((documents[0], documents[-1])))


def test_position_that_an_older_release_wrote_begins_the_round_anew(opened: OpenedHome, documents: list[str]) -> None:
    (path,) = opened.home.folder.glob(f"blobs/*/{documents[0]}/scan.pdf")
    path.unlink()
    path.write_bytes(b"rot")
    write_scrub_state(opened.home, ScrubState(began_at=AT.isoformat(), after=documents[-1]))
    rounds(opened.scrubber(), opened, Week())
    assert read_scrub_state(opened.home).lost == (documents[0],)


@pytest.mark.parametrize("after", ["rows:", "rows:ZZ", "stored:ZZ/", "§", ":"])
def test_round_ends_wherever_it_is_told_to_go_on(opened: OpenedHome, documents: list[str], after: str) -> None:
    write_scrub_state(opened.home, ScrubState(began_at=AT.isoformat(), after=after))
    assert rounds(opened.scrubber(), opened, Week()) >= 1
    assert read_scrub_state(opened.home).lost == ()
