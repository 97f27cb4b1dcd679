"""The parent believes neither the file nor the child that read it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from guard import ChildStalled, ChildTimedOut, Isolation, PoolBusy, ProcessLimits, Reply, SandboxPool
from ocr.errors import IntakeCode, IntakeUnavailable, ScanRefused
from ocr.intake import accept_scan
from ocr.intake_limits import IntakeLimits, limits_from_header, limits_to_header
from ocr.sandbox import ocr_sandbox
from ocr.tiff_directory import read_directories
from tests.attack.upload_parts import jpeg_bytes, one_page_pdf

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
MIB = 1024 * 1024
LIES = (
    "no-count",
    "negative",
    "huge-count",
    "no-pages",
    "pages-no-list",
    "wrong-index",
    "turns",
    "dpi-text",
    "dpi-zero",
    "dpi-huge",
    "colour-number",
    "layer-number",
    "layer-endless",
    "encoding",
    "width",
    "height",
    "bits",
    "components",
)


@pytest.fixture(scope="module")
def lying_child() -> Iterator[SandboxPool]:
    with SandboxPool(
        module="lying_child",
        size=1,
        limits=ProcessLimits(memory_bytes=64 * MIB, cpu_seconds=5, wall_seconds=10, output_bytes=MIB),
        isolation=Isolation.BUBBLEWRAP,
        queue_limit=0,
        read_only_paths=[HERE],
        environment={"PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}"},
    ) as pool:
        yield pool


def upload_with(lie: str) -> bytes:
    return b"\xff\xd8\xff" + lie.encode()


def test_honest_answer_of_the_same_child_is_believed(lying_child: SandboxPool) -> None:
    assert len(accept_scan(upload_with("none"), declared_type=None, sandbox=lying_child).pages) == 1


@pytest.mark.parametrize("lie", LIES)
def test_lie_of_a_hijacked_child_is_caught(lie: str, lying_child: SandboxPool) -> None:
    with pytest.raises(IntakeUnavailable, match="implausible"):
        accept_scan(upload_with(lie), declared_type=None, sandbox=lying_child)


def test_refusal_in_an_unknown_code_becomes_corrupt_file(lying_child: SandboxPool) -> None:
    with pytest.raises(ScanRefused) as refusal:
        accept_scan(upload_with("unknown-code"), declared_type=None, sandbox=lying_child)
    assert refusal.value.code is IntakeCode.CORRUPT_FILE


def test_child_that_dies_on_a_file_blames_the_file(lying_child: SandboxPool) -> None:
    with pytest.raises(ScanRefused, match="broke the reader") as refusal:
        accept_scan(upload_with("abort"), declared_type=None, sandbox=lying_child)
    assert refusal.value.code is IntakeCode.CORRUPT_FILE


def test_child_out_of_memory_is_a_decompression_limit(lying_child: SandboxPool) -> None:
    with pytest.raises(ScanRefused) as refusal:
        accept_scan(upload_with("hoard"), declared_type=None, sandbox=lying_child)
    assert refusal.value.code is IntakeCode.DECOMPRESSION_LIMIT


class BusyMachine(SandboxPool):
    """Gives a child's answer only after failing some times as told."""

    failures: list[ChildTimedOut]
    asked = 0

    def call(self, *asked: Any, **more: Any) -> Reply:
        self.asked += 1
        if self.failures:
            raise self.failures.pop()
        return super().call(*asked, **more)


@pytest.mark.parametrize(
    ("failures", "asked"),
    [([ChildStalled("late"), ChildStalled("late")], 2), ([ChildTimedOut("the child used up the CPU seconds")], 1)],
    ids=["twice without an answer", "processor time used up"],
)
def test_file_that_takes_too_long_is_refused(failures: list[ChildTimedOut], asked: int) -> None:
    with busy_machine(failures) as pool:
        with pytest.raises(ScanRefused) as refusal:
            accept_scan(jpeg_bytes(), declared_type=None, sandbox=pool)
        assert (refusal.value.code, pool.asked) == (IntakeCode.RENDER_TIMEOUT, asked)


def test_scan_is_asked_for_once_more_when_the_machine_was_too_busy_to_answer() -> None:
    with busy_machine([ChildStalled("late")]) as pool:
        assert len(accept_scan(jpeg_bytes(), declared_type=None, sandbox=pool).pages) == 1


def busy_machine(failures: list[ChildTimedOut]) -> BusyMachine:
    limits = ProcessLimits(memory_bytes=512 * MIB, cpu_seconds=20, wall_seconds=60, output_bytes=64 * MIB)
    pool = BusyMachine(module="ocr.child", size=1, limits=limits, isolation=Isolation.RLIMITS, queue_limit=0)
    pool.failures = failures
    return pool


def test_child_that_never_starts_does_not_blame_the_file() -> None:
    limits = ProcessLimits(memory_bytes=MIB, cpu_seconds=1, wall_seconds=5, output_bytes=MIB)
    with (
        SandboxPool(module="absent", size=1, limits=limits, isolation=Isolation.RLIMITS, queue_limit=0) as pool,
        pytest.raises(IntakeUnavailable, match="doctor"),
    ):
        accept_scan(jpeg_bytes(), declared_type=None, sandbox=pool)


def test_full_pool_is_the_callers_to_handle() -> None:
    with ocr_sandbox(0, Isolation.RLIMITS, queue_limit=0) as pool, pytest.raises(PoolBusy):
        accept_scan(jpeg_bytes(), declared_type=None, sandbox=pool)


@pytest.mark.parametrize("isolation", list(Isolation))
@pytest.mark.slow
def test_intake_works_behind_every_kind_of_wall(isolation: Isolation) -> None:
    with ocr_sandbox(1, isolation) as pool:
        assert len(accept_scan(one_page_pdf(), declared_type="application/pdf", sandbox=pool).pages) == 1


def test_limits_survive_the_way_to_the_child() -> None:
    limits = IntakeLimits(max_pages=3, render_dpi=72)
    assert limits_from_header(limits_to_header(limits)) == limits


def test_directory_reader_names_a_file_without_byte_order() -> None:
    with pytest.raises(ScanRefused) as refusal:
        read_directories(b"XX*\0\0\0\0\0", max_directories=1)
    assert refusal.value.code is IntakeCode.CORRUPT_FILE
