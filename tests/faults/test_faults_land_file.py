"""A land file of 300 pages in six scans becomes one original, in flat memory, and survives a kill at page 200."""

from __future__ import annotations

import json
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from certify.pipeline.chunks import CHUNK_PAGES
from tests.faults.land_file_driver import PAGES_A_PART, PARTS
from tests.heard_logs import run_heard
from tests.journey_office import found_office

pytestmark = [pytest.mark.slow, pytest.mark.matrix]

PAGES = PARTS * PAGES_A_PART
KILLED_AT = 201
PATIENCE_SECONDS = 400
MOST_GROWTH_KIB = 24 * 1024


@dataclass(frozen=True, slots=True)
class Run:
    """What one life of the process wrote down: (page, of how many, memory) and what it said at its end."""

    code: int
    pages: list[tuple[int, int, int]]
    told: dict[str, Any]
    words: str


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    """The life that ends at page 201, and the one after it."""
    folder = tmp_path_factory.mktemp("land-file")
    url = f"sqlite:///{folder / 'office.db'}"
    found_office(folder, url)
    return _live(folder, url, "first", str(KILLED_AT)), _live(folder, url, "second")


def _live(folder: Path, url: str, name: str, *killed_at: str) -> Run:
    journal = folder / f"{name}.journal"
    command = [sys.executable, "-m", "tests.faults.land_file_driver", str(folder), url, str(journal), *killed_at]
    ended = run_heard(command, timeout=PATIENCE_SECONDS)
    rows = [tuple(int(figure) for figure in line.split()) for line in journal.read_text().splitlines()]
    told = json.loads(ended.stdout) if ended.stdout else {}
    return Run(ended.returncode, [(row[0], row[1], row[2]) for row in rows], told, ended.stderr)


def test_six_scans_are_one_original_whose_pages_count_through(lives: tuple[Run, Run]) -> None:
    _, second = lives
    assert second.code == 0, second.words
    assert second.told["outcome"] == "DONE"
    assert (second.told["page_count"], second.told["parts"]) == (PAGES, PARTS)
    assert second.told["indexes"] == list(range(PAGES))
    texts = second.told["text"].split("\f")
    # Tiny letters are sometimes misread; the order of the pages never is.
    right = [number for number, text in enumerate(texts, start=1) if text.split()[-1:] == [str(number)]]
    assert len(right) > 0.9 * PAGES


def test_pages_read_before_the_kill_are_not_read_again(lives: tuple[Run, Run]) -> None:
    first, second = lives
    assert first.code == -signal.SIGKILL, first.words
    assert max(done for done, _, _ in first.pages) == KILLED_AT
    assert (KILLED_AT - 1) % CHUNK_PAGES == 0
    assert sorted(done for done, _, _ in second.pages) == list(range(KILLED_AT, PAGES + 1))
    assert {total for _, total, _ in (*first.pages, *second.pages)} == {PAGES}


def test_memory_of_the_worker_stays_flat_from_the_fiftieth_page_on(lives: tuple[Run, Run]) -> None:
    first, _ = lives
    memory = [kib for done, _, kib in first.pages if done > PAGES_A_PART]
    assert max(memory) - min(memory) < MOST_GROWTH_KIB
