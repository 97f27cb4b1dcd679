"""Whatever happens to the bytes of a scan, intake gives a Scan or a refusal with a code, and the pool lives."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guard import Isolation, SandboxPool
from ocr.errors import IntakeCode, ScanRefused
from ocr.intake import accept_scan
from ocr.intake_limits import IntakeLimits
from ocr.sandbox import ocr_sandbox
from ocr.scan import Scan, standalone_image
from tests.attack.upload_parts import jpeg_bytes, one_page_pdf, page_picture, png_bytes, scanned_pdf, tiff_bytes

SMALL = page_picture((220, 300))
LIMITS = IntakeLimits(cpu_seconds_per_page=5, render_dpi=72)
SEEDS = {
    "jpeg": jpeg_bytes(SMALL),
    "progressive": jpeg_bytes(SMALL, progressive=True),
    "png": png_bytes(SMALL),
    "tiff-lzw": tiff_bytes([SMALL, SMALL]),
    "tiff-g4": tiff_bytes([SMALL.convert("1")], compression="group4"),
    "tiff-jpeg": tiff_bytes([SMALL], compression="jpeg"),
    "pdf-drawn": one_page_pdf(),
    "pdf-scan": scanned_pdf(jpeg_bytes(SMALL), width=220, height=300),
}

mutations = st.lists(
    st.tuples(st.sampled_from(("flip", "cut", "insert", "double", "zero")), st.floats(0, 1), st.binary(max_size=12)),
    min_size=1,
    max_size=4,
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxPool]:
    with ocr_sandbox(1, Isolation.BUBBLEWRAP) as pool:
        yield pool


def mutate(content: bytes, changes: list[tuple[str, float, bytes]]) -> bytes:
    for kind, share, noise in changes:
        place = int(share * max(0, len(content) - 1))
        match kind:
            case "flip":
                content = content[:place] + bytes(byte ^ 0xFF for byte in noise) + content[place + len(noise) :]
            case "cut":
                content = content[:place] + content[place + 1 + len(noise) * 50 :]
            case "insert":
                content = content[:place] + noise + content[place:]
            case "double":
                content = content[:place] + content[max(0, place - 200) :]
            case "zero":
                content = content[:place] + bytes(len(noise) * 4) + content[place + len(noise) * 4 :]
    return content


def accept_or_code(upload: bytes, sandbox: SandboxPool) -> Scan | IntakeCode:
    try:
        return accept_scan(upload, declared_type=None, sandbox=sandbox, limits=LIMITS)
    except ScanRefused as refusal:
        return refusal.code


@pytest.mark.parametrize("seed", SEEDS)
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(changes=mutations)
def test_mutated_scan_is_a_scan_or_a_refusal(
    seed: str, sandbox: SandboxPool, changes: list[tuple[str, float, bytes]]
) -> None:
    upload = mutate(SEEDS[seed], changes)
    outcome = accept_or_code(upload, sandbox)
    if isinstance(outcome, IntakeCode):
        return
    assert outcome.pages
    assert all(len(standalone_image(page.image)) > 0 for page in outcome.pages)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(start=st.sampled_from([seed[:8] for seed in SEEDS.values()]), rest=st.binary(max_size=400))
def test_noise_behind_a_true_beginning_is_a_refusal(sandbox: SandboxPool, start: bytes, rest: bytes) -> None:
    with pytest.raises(ScanRefused):
        accept_scan(start + rest, declared_type=None, sandbox=sandbox, limits=LIMITS)
