"""Hostile uploads: each its stable code, bounded memory, and a clerk who notices nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from guard import Isolation, SandboxPool
from ocr.errors import AlreadySigned, IntakeCode, ScanRefused
from ocr.intake import accept_scan
from ocr.intake_limits import IntakeLimits
from ocr.sandbox import ocr_sandbox
from tests.attack.make_uploads import Upload, all_uploads, make_uploads
from tests.attack.upload_parts import jpeg_bytes

LIMITS = IntakeLimits(cpu_seconds_per_page=3)
GOOD = jpeg_bytes()
UPLOADS = all_uploads()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxPool]:
    with ocr_sandbox(1, Isolation.BUBBLEWRAP) as pool:
        yield pool


@pytest.mark.parametrize("upload", UPLOADS, ids=lambda upload: upload.name)
def test_hostile_upload_is_refused_with_its_code_and_harms_nobody(upload: Upload, sandbox: SandboxPool) -> None:
    with pytest.raises(ScanRefused) as refusal:
        accept_scan(upload.content, declared_type=upload.declared_type, sandbox=sandbox, limits=LIMITS)
    assert refusal.value.code is upload.code
    assert isinstance(refusal.value, AlreadySigned) is (upload.code is IntakeCode.ALREADY_SIGNED)
    assert len(accept_scan(GOOD, declared_type="image/jpeg", sandbox=sandbox).pages) == 1


def test_hostile_uploads_are_many_and_cover_every_code_intake_can_give() -> None:
    decided_elsewhere = {IntakeCode.BLANK_PAGE, IntakeCode.DUPLICATE, IntakeCode.RATE_LIMITED, IntakeCode.TOO_LARGE}
    assert len(UPLOADS) >= 100
    assert {upload.code for upload in UPLOADS} == set(IntakeCode) - decided_elsewhere


def test_hostile_uploads_are_the_same_at_every_run() -> None:
    again = {upload.name: hashlib.sha256(upload.content).digest() for upload in make_uploads()}
    assert again == {upload.name: hashlib.sha256(upload.content).digest() for upload in UPLOADS}
    assert len(again) == len(UPLOADS)


def test_file_over_the_size_cap_is_refused_before_anything_reads_it(sandbox: SandboxPool) -> None:
    with pytest.raises(ScanRefused) as refusal:
        accept_scan(GOOD, declared_type=None, sandbox=sandbox, limits=IntakeLimits(max_bytes=len(GOOD) - 1))
    assert refusal.value.code is IntakeCode.TOO_LARGE


def test_refusing_bombs_costs_the_parent_no_memory(sandbox: SandboxPool) -> None:
    bombs = [upload for upload in UPLOADS if upload.code is IntakeCode.DECOMPRESSION_LIMIT]
    # 5 resets the high-water mark of this process (proc(5)); making the bombs has raised it before.
    Path("/proc/self/clear_refs").write_text("5")
    before = _high_water_mark_kib()
    for bomb in bombs:
        with pytest.raises(ScanRefused):
            accept_scan(bomb.content, declared_type=None, sandbox=sandbox, limits=LIMITS)
    assert _high_water_mark_kib() - before < 32 * 1024


def _high_water_mark_kib() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def test_refusals_quote_nothing_of_the_file(sandbox: SandboxPool) -> None:
    for upload in UPLOADS:
        if upload.code is IntakeCode.RENDER_TIMEOUT:
            continue
        with pytest.raises(ScanRefused) as refusal:
            accept_scan(upload.content, declared_type=upload.declared_type, sandbox=sandbox, limits=LIMITS)
        assert not any(word in str(refusal.value) for word in ("evil", "calc", "passwd", "secret", "alert"))
