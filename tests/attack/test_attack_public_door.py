"""Strangers' files cost strangers: own children, bounded time and places, no network, nothing written, nothing kept."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from guard import Isolation, PoolBusy, SandboxPool
from signing.verify import Verdict, compare_in_child, verify_in_child, verify_sandbox
from tests.attack.foreign import SIGNED_AT
from tests.attack.hostile_public import heavy_drawing, hostile_files
from tests.attack.illustrated import TRUSTED, certified, illustrated
from tests.attack.make_signed import make_signed_copy
from tests.attack.test_attack_appearance import annotate, fill
from tests.office import Office

# Starts real processes: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def public() -> Iterator[SandboxPool]:
    with verify_sandbox(size=1, isolation=Isolation.RLIMITS, public=True) as pool:
        yield pool


@contextmanager
def listening() -> Iterator[tuple[int, list[bytes]]]:
    """A server on loopback that notes whoever knocks."""
    calls: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                calls.append(b"knock")
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1], calls
        finally:
            over.set()
            thread.join()


def test_verification_asks_nobody(public: SandboxPool, tmp_path: Path) -> None:
    # Every certificate of this office names this server for its issuer, its revocation list and its responder.
    with listening() as (port, calls):
        office = Office(tmp_path / "office", base_url=f"http://127.0.0.1:{port}")
        copy = make_signed_copy(office)
        assert b"127.0.0.1:%d" % port in copy.trust.roots_der[0] + b"".join(copy.trust.intermediates_der)
        for trust in (copy.trust, TRUSTED):
            verify_in_child(copy.officer_only, trust=trust, at=copy.at, sandbox=public)
        assert calls == []
        with socket.create_connection(("127.0.0.1", port)):
            pass
    assert calls, "the server hears whoever does knock"


def test_children_of_both_pools_cannot_write_a_byte() -> None:
    for is_public in (True, False):
        with verify_sandbox(size=1, isolation=Isolation.RLIMITS, public=is_public) as pool:
            assert pool.limits.file_bytes == 0


def test_strangers_have_children_of_their_own_with_less_of_everything() -> None:
    with (
        verify_sandbox(size=1, isolation=Isolation.RLIMITS, public=True) as strangers,
        verify_sandbox(size=1, isolation=Isolation.RLIMITS, public=False) as staff,
    ):
        assert strangers is not staff
        assert strangers.limits.cpu_seconds <= 5 < staff.limits.cpu_seconds
        assert strangers.limits.memory_bytes < staff.limits.memory_bytes


def test_every_hostile_file_gets_an_answer_and_the_next_honest_one_its_own(public: SandboxPool) -> None:
    honest = certified(illustrated(), 2)
    for name, pdf in hostile_files().items():
        report = verify_in_child(pdf, trust=TRUSTED, at=SIGNED_AT, sandbox=public)
        assert report.reasons or report.verdict is Verdict.VALID_WITH_WARNING, name
        after = verify_in_child(honest, trust=TRUSTED, at=SIGNED_AT, sandbox=public)
        assert after.verdict is Verdict.VALID_WITH_WARNING, name


def test_flood_is_refused_beyond_the_queue_and_staff_is_served_meanwhile(public: SandboxPool) -> None:
    honest = certified(illustrated(), 2)
    slow = heavy_drawing(honest, strokes=4_000)
    with (
        verify_sandbox(size=1, isolation=Isolation.RLIMITS, public=False) as staff,
        ThreadPoolExecutor(max_workers=40) as strangers,
    ):
        asked = [
            strangers.submit(verify_in_child, slow, trust=TRUSTED, at=SIGNED_AT, sandbox=public) for _ in range(40)
        ]
        served = verify_in_child(honest, trust=TRUSTED, at=SIGNED_AT, sandbox=staff)
        failures = [one.exception() for one in asked]
    assert served.verdict is Verdict.VALID_WITH_WARNING
    refused = [one for one in failures if one is not None]
    assert refused
    assert {type(one) for one in refused} == {PoolBusy}


def test_filled_form_is_rendered_in_the_child_and_a_refused_file_is_boxed(public: SandboxPool) -> None:
    signed = certified(illustrated(), 2)
    filled = verify_in_child(fill(signed), trust=TRUSTED, at=SIGNED_AT, sandbox=public)
    assert filled.verdict is Verdict.VALID_WITH_WARNING
    assert [one.outside for one in filled.differences] == [()]
    forged = annotate(signed, [40, 680, 300, 800])
    refused = verify_in_child(forged, trust=TRUSTED, at=SIGNED_AT, sandbox=public)
    assert refused.verdict is Verdict.INVALID
    assert [one.page_number for one in refused.differences] == [1]
    both = compare_in_child(forged, field="Officer", sandbox=public)
    assert [(page.before_jpeg[:3], len(page.marked)) for page in both.pages] == [(b"\xff\xd8\xff", 1)]
