"""The pool of children: answers, refusals, and every way a child can misbehave."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from guard import (
    ChildCrashed,
    ChildFailed,
    ChildNotStarted,
    ChildOutOfMemory,
    ChildRefused,
    ChildStalled,
    ChildTimedOut,
    Isolation,
    PoolBusy,
    PoolClosed,
    ProcessLimits,
    SandboxPool,
    probe_isolation,
)

# Starts real processes or reads real pages: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
MIB = 1024 * 1024
LIMITS = ProcessLimits(memory_bytes=128 * MIB, cpu_seconds=5, wall_seconds=10, output_bytes=4 * MIB)


def hostile_pool(
    isolation: Isolation = Isolation.BUBBLEWRAP,
    *,
    size: int = 1,
    queue_limit: int = 4,
    limits: ProcessLimits = LIMITS,
    nice: int = 0,
) -> SandboxPool:
    return SandboxPool(
        module="hostile_tasks",
        size=size,
        limits=limits,
        isolation=isolation,
        queue_limit=queue_limit,
        read_only_paths=[HERE],
        environment={"PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}"},
        nice=nice,
    )


@pytest.fixture(scope="module", params=list(Isolation), ids=lambda isolation: isolation.value.lower())
def pool(request: pytest.FixtureRequest) -> Iterator[SandboxPool]:
    with hostile_pool(request.param) as opened:
        yield opened


def serves_again(pool: SandboxPool) -> bool:
    return pool.call("echo", {"after": True}, [b"x"]).payloads == (b"x",)


def test_child_answers_with_header_and_bytes(pool: SandboxPool) -> None:
    reply = pool.call("echo", {"name": "Nguyễn", "n": [1, None, 2.5]}, [b"one", b"", bytes(3 * MIB)])
    assert reply.header["seen"] == {"name": "Nguyễn", "n": [1, None, 2.5]}
    assert reply.payloads == (b"one", b"", bytes(3 * MIB))


def test_refusal_carries_its_code_and_the_child_lives_on(pool: SandboxPool) -> None:
    before = pool.call("echo", {}).header["pid"]
    with pytest.raises(ChildRefused, match="the office is closed") as refusal:
        pool.call("refuse", {})
    assert refusal.value.code == "NOT_TODAY"
    assert pool.call("echo", {}).header["pid"] == before


def test_unexpected_exception_names_type_and_place_but_never_the_message(pool: SandboxPool) -> None:
    with pytest.raises(ChildCrashed, match=r"ValueError at .*hostile_tasks\.py:\d+") as failure:
        pool.call("fail", {"secret": "NGUYEN THI CANARY"})
    assert "CANARY" not in str(failure.value)
    assert serves_again(pool)


def test_child_that_aborts_is_replaced(pool: SandboxPool) -> None:
    with pytest.raises(ChildCrashed, match=r"134|-6"):
        pool.call("die", {})
    assert serves_again(pool)


def test_child_that_spins_is_ended_by_its_cpu_seconds(pool: SandboxPool) -> None:
    with pytest.raises(ChildTimedOut, match="CPU"):
        pool.call("spin", {}, cpu_seconds=0.5)
    assert serves_again(pool)


def test_child_that_hoards_memory_is_ended(pool: SandboxPool) -> None:
    with pytest.raises(ChildOutOfMemory, match="memory limit"):
        pool.call("hoard", {"bytes": 200 * MIB})
    assert serves_again(pool)


def test_reply_over_the_output_limit_is_refused(pool: SandboxPool) -> None:
    with pytest.raises(ChildCrashed, match="bytes of payload"):
        pool.call("flood", {"bytes": 5 * MIB})
    assert serves_again(pool)


def test_child_cannot_reach_a_server_on_loopback(pool: SandboxPool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        reply = pool.call("reach", {"port": server.getsockname()[1]})
    assert reply.header["connected"] is False


def test_child_inherits_no_secret_and_no_descriptor(pool: SandboxPool) -> None:
    read_end, write_end = os.pipe()
    os.set_inheritable(write_end, True)
    try:
        seen = pool.call("look", {"paths": []}).header
    finally:
        os.close(read_end)
        os.close(write_end)
    environment = seen["environment"]
    assert isinstance(environment, dict)
    assert {name for name in environment if name not in os.environ} <= {
        "LC_ALL", "LANG", "TMPDIR", "HOME", "OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
        "MALLOC_ARENA_MAX", "PYTHONDONTWRITEBYTECODE", "PYTHONUTF8", "PYTHONPATH", "PWD", "PATH", "LC_CTYPE",
    }  # fmt: skip
    assert environment["OMP_THREAD_LIMIT"] == "1"
    assert "VIDIMUS_SECRET_CANARY" not in environment
    assert seen["core_limit"] == 0
    descriptors = seen["descriptors"]
    assert isinstance(descriptors, list)
    assert sum(str(name).startswith("pipe:") for name in descriptors) == 2


def test_bubblewrapped_child_sees_code_only_and_writes_nowhere_but_its_own_tmp(tmp_path: Path) -> None:
    secret = tmp_path / "key.p12"
    secret.write_bytes(b"secret")
    with hostile_pool() as pool:
        # The interpreter may live below a home (pyenv): then that one folder is shown, and nothing beside it.
        homes = ["/root/.profile", "/root/.bashrc", str(Path.home() / ".profile")]
        paths = [str(secret), "/etc/passwd", *homes, "/home", str(ROOT / ".git"), str(ROOT / "var"), str(HERE)]
        assert pool.call("look", {"paths": paths}).header["visible"] == [str(HERE)]
        targets = ["/tmp/own", "/new", str(HERE / "new"), str(ROOT / "guard" / "new"), str(tmp_path / "new")]
        assert pool.call("write", {"paths": targets}).header["written"] == ["/tmp/own"]
    assert not Path("/tmp/own").exists()


@pytest.mark.parametrize("isolation", list(Isolation), ids=lambda one: one.value.lower())
def test_child_that_may_write_no_byte_serves_behind_every_wall(isolation: Isolation) -> None:
    with hostile_pool(isolation, limits=replace(LIMITS, file_bytes=0)) as pool:
        assert serves_again(pool)


def test_child_runs_at_the_asked_priority() -> None:
    with hostile_pool(nice=7) as pool:
        assert pool.call("look", {"paths": []}).header["nice"] == os.nice(0) + 7


def test_sleeping_child_is_killed_by_the_wall_clock() -> None:
    limits = ProcessLimits(memory_bytes=64 * MIB, cpu_seconds=5, wall_seconds=0.5, output_bytes=MIB)
    with hostile_pool(limits=limits) as pool:
        with pytest.raises(ChildStalled, match="wall-clock"):
            pool.call("sleep", {"seconds": 60})
        assert serves_again(pool)


def frame(envelope: bytes) -> bytes:
    return struct.pack(">4sI", b"VDM1", len(envelope)) + envelope


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00" * 64,
        b"GARBAGE " * 1000,
        struct.pack(">4sI", b"VDM1", 0xFFFFFFFF),
        frame(b"not json"),
        frame(b"[" * 200_000),
        frame(b"[]"),
        frame(b'{"kind":"REPLY","body":{"header":NaN},"sizes":[]}'),
        frame(b'{"kind":"REPLY","body":{},"sizes":[]}'),
        frame(b'{"kind":"REPLY","body":{"header":{}},"sizes":[-1]}'),
        frame(b'{"kind":"REPLY","body":{"header":{}},"sizes":[true]}'),
        frame(b'{"kind":"REPLY","body":{"header":{}},"sizes":["9"]}'),
        frame(b'{"kind":"REPLY","body":{"header":{}},"sizes":[99999999999]}'),
        frame(b'{"kind":"REFUSED","body":{"code":7,"message":[]},"sizes":[]}'),
        frame(b'{"kind":"SHELL","body":{"header":{}},"sizes":[]}'),
        frame(b'{"kind":"REPLY","body":{"header":' + b"9" * 10_000 + b'},"sizes":[]}'),
        frame(b'\xff\xfe{"kind":"REPLY"}'),
    ],
    ids=lambda garbage: repr(garbage[:40]),
)
def test_garbage_from_a_hijacked_child_is_a_crash_and_nothing_else(garbage: bytes) -> None:
    limits = ProcessLimits(memory_bytes=64 * MIB, cpu_seconds=5, wall_seconds=20, output_bytes=4 * MIB)
    with hostile_pool(Isolation.RLIMITS, limits=limits) as pool:
        with pytest.raises(ChildCrashed):
            pool.call("babble", {}, [garbage])
        assert serves_again(pool)


def test_cut_off_frame_ends_with_the_wall_clock() -> None:
    limits = ProcessLimits(memory_bytes=64 * MIB, cpu_seconds=5, wall_seconds=1, output_bytes=MIB)
    with hostile_pool(limits=limits) as pool, pytest.raises(ChildFailed):
        pool.call("babble", {}, [frame(b'{"kind":"REPLY","body":{"header":{}},"sizes":[100]}') + b"short"])


def test_full_queue_answers_busy_at_once_and_loses_no_call() -> None:
    with hostile_pool(size=2, queue_limit=2) as pool, ThreadPoolExecutor(8) as callers:
        pool.warm()
        calls = [callers.submit(pool.call, "sleep", {"seconds": 1.0}) for _ in range(8)]
        failures = [call.exception() for call in calls]
    assert sum(failure is None for failure in failures) == 4
    assert sum(isinstance(failure, PoolBusy) for failure in failures) == 4


def test_two_children_work_side_by_side() -> None:
    with hostile_pool(size=2, queue_limit=0) as pool, ThreadPoolExecutor(2) as callers:
        pool.warm()
        pids = {pool.call("echo", {}).header["pid"]}
        sleeping = callers.submit(pool.call, "sleep", {"seconds": 0.5})
        time.sleep(0.1)
        pool.call("echo", {})
        assert not sleeping.done()
        sleeping.result()
    assert len(pids) == 1


def test_child_killed_while_idle_is_replaced_silently() -> None:
    with hostile_pool(Isolation.RLIMITS) as pool:
        pid = pool.call("echo", {}).header["pid"]
        assert isinstance(pid, int)
        os.kill(pid, signal.SIGKILL)
        time.sleep(0.2)
        assert serves_again(pool)


def test_module_that_does_not_import_is_named() -> None:
    with (
        SandboxPool(module="no_such_module", size=1, limits=LIMITS, isolation=Isolation.RLIMITS, queue_limit=0) as pool,
        pytest.raises(ChildNotStarted, match="ModuleNotFoundError"),
    ):
        pool.warm()


def test_closed_pool_takes_no_calls_and_wakes_those_who_wait() -> None:
    pool = hostile_pool(queue_limit=4)
    pool.warm()
    with ThreadPoolExecutor(4) as callers:
        calls = [callers.submit(pool.call, "sleep", {"seconds": 30}) for _ in range(3)]
        time.sleep(0.3)
        pool.close()
        failures = [call.exception(timeout=10) for call in calls]
    assert all(isinstance(failure, ChildFailed | PoolClosed) for failure in failures)
    with pytest.raises(PoolClosed):
        pool.call("echo", {})
    pool.close()


def test_pool_that_closes_between_two_calls_leaves_nobody_waiting() -> None:
    def ask_until_closed(pool: SandboxPool) -> None:
        while True:
            try:
                pool.call("echo", {})
            except ChildFailed:
                continue

    for round_number in range(12):
        pool = hostile_pool(queue_limit=8)
        pool.warm()
        with ThreadPoolExecutor(5) as callers:
            calls = [callers.submit(ask_until_closed, pool) for _ in range(5)]
            # Each round closes at another moment of the callers' turns.
            time.sleep(0.02 + round_number / 500)
            pool.close()
            assert all(isinstance(call.exception(timeout=20), PoolClosed) for call in calls)


@pytest.mark.parametrize("isolation", list(Isolation))
def test_child_dies_with_its_parent_even_in_the_middle_of_a_call(isolation: Isolation) -> None:
    script = f"""
        import sys, threading, time
        sys.path[:0] = [{str(ROOT)!r}, {str(HERE)!r}]
        from test_guard_pool import hostile_pool, Isolation
        pool = hostile_pool(Isolation({isolation.value!r}))
        pool.warm()
        threading.Thread(target=pool.call, args=("sleep", {{"seconds": 55.5}}), daemon=True).start()
        time.sleep(0.3)
        print("ready", flush=True)
        time.sleep(60)
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    with parent.stdout:
        assert parent.stdout.readline() == b"ready\n"
        family = _descendants(parent.pid)
        parent.kill()
        parent.wait()
    assert family
    for _ in range(50):
        if not any(_is_running(pid) for pid in family):
            break
        time.sleep(0.1)
    assert [pid for pid in family if _is_running(pid)] == []


def _descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task").glob("*/children")
    direct = [int(name) for listing in children for name in listing.read_text().split()]
    return [*direct, *(below for child in direct for below in _descendants(child))]


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("isolation", list(Isolation))
def test_probe_tells_what_the_walls_really_hold(isolation: Isolation) -> None:
    report = probe_isolation(isolation)
    assert report.isolation is isolation
    assert report.network_isolated
    assert ("no file but our code" in report.detail) is (isolation is Isolation.BUBBLEWRAP)


def test_probe_picks_the_strongest_wall() -> None:
    assert probe_isolation().isolation is Isolation.BUBBLEWRAP
