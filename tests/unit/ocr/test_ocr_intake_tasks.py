"""The tasks of intake by themselves: the same refusals without a child around them."""

from __future__ import annotations

import pytest

from ocr.errors import IntakeCode, ScanRefused
from ocr.inflate import measure_inflation
from ocr.intake import accept_scan
from tests.attack.make_uploads import Upload, all_uploads
from tests.attack.upload_parts import flate
from tests.unit.ocr.in_process import InProcessSandbox

# What must not happen to the test process itself.
ONLY_IN_A_CHILD = {IntakeCode.RENDER_TIMEOUT}
UPLOADS = [upload for upload in all_uploads() if upload.code not in ONLY_IN_A_CHILD]


@pytest.mark.parametrize("upload", UPLOADS, ids=lambda upload: upload.name)
def test_task_refuses_by_its_own_judgement_and_not_by_dying(upload: Upload) -> None:
    with pytest.raises(ScanRefused) as refusal:
        accept_scan(upload.content, declared_type=upload.declared_type, sandbox=InProcessSandbox())
    assert refusal.value.code is upload.code


@pytest.mark.parametrize("size", [0, 1, 1 << 16, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_inflation_is_measured_exactly_at_every_step_boundary(size: int) -> None:
    compressed = flate(bytes(size))
    inflation = measure_inflation(compressed + b"behind", max_bytes=size)
    assert (inflation.inflated_bytes, inflation.used_bytes, inflation.complete) == (size, len(compressed), True)


def test_incompressible_stream_is_measured_too() -> None:
    noise = bytes((i * i * 7 + i // 3) % 251 for i in range(300_000))
    inflation = measure_inflation(flate(noise), max_bytes=300_000)
    assert (inflation.inflated_bytes, inflation.complete) == (300_000, True)


def test_cut_stream_is_not_complete() -> None:
    assert not measure_inflation(flate(bytes(5000))[:-6], max_bytes=5000).complete


def test_measuring_stops_soon_after_the_limit() -> None:
    inflation = measure_inflation(flate(bytes(64 << 20)), max_bytes=1000)
    assert 1000 < inflation.inflated_bytes <= 1 << 20
