"""Run the gates and tests of one level, show each step with its time, and stop with one line that counts.

Started by `./check`. Output of a step goes to a log; a failing step shows the end of it at once, and the others still run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.heard_logs import KEPT_IN
from tests.postgres import started_server

TREE = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
LEVELS = ("fast", "default", "all")
COMPILED = sorted({path.parent.name for path in TREE.glob("*/*.py")})


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the table: what runs, from which level on, and with what in its environment."""

    title: str
    command: tuple[str, ...]
    level: str = "default"
    needs_postgres: bool = False
    environment: dict[str, str] = field(default_factory=dict)


def pytest_step(
    title: str,
    *paths: str,
    level: str = "default",
    workers: int = 2,
    options: tuple[str, ...] = (),
    marked: str = "not matrix",
    postgres: bool = False,
) -> Step:
    """A step that runs tests; more `workers` than two where tests wait for others most of their time.

    Whole matrices are left to their own step unless `marked` asks for them.
    """
    told = ("-q", "--no-header", "--durations=6", "--durations-min=10")
    command = (PYTHON, "-m", "pytest", *told, "-n", str(workers), "-m", marked, *options, *paths)
    return Step(title, command, level=level, needs_postgres=postgres)


def steps(heard: Path) -> Iterator[Step]:
    """The whole list, cheapest first: a mistake shows within seconds; logs are kept in the folder `heard`."""
    ruff = str(Path(PYTHON).with_name("ruff"))
    # What only a child behind walls imports is compiled by nobody else, and by every child again.
    yield Step("compiled modules", (PYTHON, "-m", "compileall", "-q", *COMPILED), level="fast")
    yield Step("style: ruff check", (ruff, "check", "."), level="fast")
    yield Step("style: ruff format", (ruff, "format", "--check", "."), level="fast")
    yield Step("floors: import-linter", (str(Path(PYTHON).with_name("lint-imports")), "--no-cache"), level="fast")
    yield Step("types: mypy --strict", (str(Path(PYTHON).with_name("mypy")),), level="fast")
    yield pytest_step(
        "house rules and unit tests", "tests/house", "tests/unit", level="fast", marked="not slow and not matrix"
    )
    # A file stays on one worker where something costly stands behind its tests: an office, a judge, the demonstration.
    by_file = ("--dist", "loadfile")
    yield pytest_step("unit tests, slow ones", "tests/unit", workers=4, options=by_file, marked="slow and not matrix")
    yield pytest_step("property tests and attacks", "tests/property", "tests/attack")
    yield pytest_step("outside judges", "tests/conformance", options=by_file)
    yield pytest_step("journeys", "tests/journeys", workers=3, options=by_file)
    yield pytest_step("faults and crash points", "tests/faults", workers=3)
    yield pytest_step("browser", "tests/browser", workers=3, options=by_file)
    on_tables = ("tests/unit/vault", "tests/unit/certify", "tests/unit/dossiers")
    yield pytest_step("on PostgreSQL", *on_tables, workers=3, level="all", postgres=True, options=by_file)
    yield pytest_step("whole matrices", "tests", workers=3, level="all", marked="matrix", options=by_file)
    yield Step("known vulnerabilities", (PYTHON, "-m", "tests.check_audit"), level="all")
    yield Step("demonstration", (PYTHON, "-m", "tests.check_demo"), level="all")
    yield Step("benchmark, quick", (PYTHON, "-m", "benchmarks.main_job", "--quick", "--json"), level="all")
    # Last: what every process of the steps above wrote down.
    yield Step("no secret in any log", (PYTHON, "-m", "tests.check_heard", str(heard)), level="fast")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one step ended."""

    step: Step
    seconds: float
    exit_code: int
    counts: dict[str, int]


def counted(text: str) -> dict[str, int]:
    """Read pytest's closing line: `3 failed, 120 passed, 1 skipped in 9.2s`."""
    closing = [line for line in text.splitlines() if re.search(r"\b(passed|failed|error|skipped)\b.* in [\d.]+s", line)]
    return (
        {
            word.rstrip("s"): int(number)
            for number, word in re.findall(r"(\d+) (passed|failed|errors?|skipped)", closing[-1])
        }
        if closing
        else {}
    )


def run(step: Step, *, log: Path, environment: dict[str, str]) -> Outcome:
    """Run one step with its output in `log`, showing that it lives."""
    started = time.monotonic()
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            step.command, cwd=TREE, stdout=out, stderr=subprocess.STDOUT, env=environment | step.environment
        )
        while True:
            try:
                process.wait(timeout=10)
                break
            except subprocess.TimeoutExpired:
                print(f"      … {step.title}: {time.monotonic() - started:.0f} s", flush=True)
    text = log.read_text(encoding="utf-8", errors="replace")
    outcome = Outcome(step, time.monotonic() - started, process.returncode, counted(text))
    mark = "ok  " if outcome.exit_code == 0 else "FAIL"
    numbers = ", ".join(f"{number} {word}" for word, number in outcome.counts.items())
    print(f"{mark}  {outcome.seconds:7.1f} s  {step.title}{f'  ({numbers})' if numbers else ''}", flush=True)
    for line in text.splitlines():
        # What is skipped, how long a restore takes, and which tests take long: the whole has a budget of minutes.
        if line.startswith(("SKIPPED", "restore drill")) or re.match(r"[\d.]+s (call|setup|teardown) ", line):
            print(f"        {line}")
    if outcome.exit_code:
        print("\n".join(text.splitlines()[-80:]), flush=True)
    return outcome


def main() -> int:
    """Run every step of the level named on the command line; 0 when all are well."""
    level = sys.argv[1] if len(sys.argv) > 1 else "default"
    started = time.monotonic()
    outcomes: list[Outcome] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vidimus-check-")))
        heard = folder / "heard"
        heard.mkdir()
        chosen = [step for step in steps(heard) if LEVELS.index(step.level) <= LEVELS.index(level)]
        plain = dict(os.environ) | {"PYTHONHASHSEED": "0", KEPT_IN: str(heard)}
        plain.pop("VIDIMUS_DATABASE_URL", None)
        # Where it is set, each worker compiles and rewrites all tests again: half of what collecting them costs.
        plain.pop("PYTHONDONTWRITEBYTECODE", None)
        postgres_url = ""
        for number, step in enumerate(chosen):
            if step.needs_postgres and not postgres_url:
                postgres_url = stack.enter_context(started_server())
            environment = plain | ({"VIDIMUS_DATABASE_URL": postgres_url} if step.needs_postgres else {})
            outcomes.append(run(step, log=folder / f"{number:02}.log", environment=environment))
    totals = {word: sum(o.counts.get(word, 0) for o in outcomes) for word in ("passed", "failed", "error", "skipped")}
    broken = [outcome.step.title for outcome in outcomes if outcome.exit_code]
    print(
        f"\n{len(chosen)} steps in {time.monotonic() - started:.0f} s"
        + (f"; not well: {', '.join(broken)}" if broken else "; all well")
    )
    print(f"{totals['passed']} passed, {totals['failed'] + totals['error']} failed, {totals['skipped']} skipped")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
