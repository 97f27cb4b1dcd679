"""What holds for every command at once: no secret is an argument, completion and the man page know them all."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from api.cli.exits import Exit
from api.cli.here_only import HERE_ONLY, why_here_only
from docs.command_line import every_command
from docs.man_page import _MEANINGS, man_page
from tests.command_line import CommandLine
from tests.heard_logs import run_heard

# What has a form of its own.
SHAPES = {
    "role": "auditor",
    "scope": "copies:read",
    "capacity": "KT",
    "copies": f"{'0' * 26}={'0' * 64}",
    "seen_by": "ID_CARD",
    "which": "DELIVER",
    "decision": "ACCEPTED",
}
TREE = Path(__file__).resolve().parents[3]
SECRETS = re.compile(r"pin|passw|passcode|secret|token|otp")
# What names a place that a secret is read from, or a thing and not its secret.
PLACES = re.compile(r"-(file|fd)$")
NAMES_OF_THINGS = {"token_id", "token-agent"}


def commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    members = getattr(command, "commands", {})
    if not members:
        yield words, command
    for name, member in members.items():
        yield from commands(member, (*words, name))


EVERY = list(commands(every_command()))


@pytest.mark.parametrize(("words", "command"), EVERY, ids=[" ".join(words) for words, _ in EVERY])
def test_no_secret_is_an_argument(words: tuple[str, ...], command: Any) -> None:
    """An argument stands in the list of processes and in the history of the shell."""
    for parameter in command.params:
        for name in parameter.opts:
            takes_value = not getattr(parameter, "is_flag", False)
            plain = name.lstrip("-")
            if takes_value and SECRETS.search(plain) and plain not in NAMES_OF_THINGS:
                assert PLACES.search(plain), f"{' '.join(words)} takes {name}"


def test_every_command_says_what_it_does() -> None:
    assert [words for words, command in EVERY if not (command.help or "").strip()] == []
    assert len(EVERY) > 50


@pytest.mark.parametrize(("words", "command"), EVERY, ids=[" ".join(words) for words, _ in EVERY])
def test_every_command_acts_here_and_there_or_says_why_it_stays(
    words: tuple[str, ...], command: Any, command_line: CommandLine, tmp_path: Path
) -> None:
    why = why_here_only(list(words))
    goes = any("--server" in parameter.opts for parameter in command.params)
    assert goes is (why is None), f"{' '.join(words)} both acts elsewhere and has a reason not to, or neither"
    needed = [word for parameter in command.params if parameter.required for word in given(parameter, tmp_path)]
    needed += ["--position", "x"] if words == ("user", "change") else []
    answer = command_line.run(*words, *needed, "--server", "nowhere")
    assert (answer.exit_code, answer.out) == (Exit.USAGE, "")
    # What goes there looks at the address; what stays says why.
    assert (f"`vidimus {' '.join(words)}` {why.value}" if why else "'nowhere' is no address") in answer.err


def test_no_reason_stands_for_a_command_that_is_not_there() -> None:
    known = {" ".join(words[:count]) for words, _ in EVERY for count in (1, 2)}
    assert set(HERE_ONLY) <= known


def given(parameter: Any, folder: Path) -> list[str]:
    """A value for what a command asks for: right in form, and refused or sent before anybody looks for the thing."""
    kind = parameter.type_descriptor.annotation
    chosen = next(iter(kind)).value if isinstance(kind, type) and issubclass(kind, Enum) else None
    value = chosen or SHAPES.get(parameter.name) or (str(folder / "out") if parameter.bare_type() == "Path" else "1")
    return [value] if parameter.param_type_name == "argument" else [parameter.opts[0], value]


def test_the_man_page_is_what_the_command_line_says_today() -> None:
    written = (TREE / "docs" / "reference" / "vidimus.1").read_text(encoding="utf-8")
    assert written == man_page(), "run .venv/bin/python -m docs.generate"
    plain = written.replace("\\-", "-")
    assert all(f".SS vidimus {' '.join(words)}\n" in plain for words, _ in EVERY)
    assert set(_MEANINGS) == set(Exit)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("vidimus ver", {"verify"}),
        ("vidimus vault ", {"list", "fetch", "history", "holder"}),
        ("vidimus verify --ser", {"--server"}),
    ],
)
def test_bash_completes_words(typed: str, wanted: set[str]) -> None:
    words = typed.split(" ")
    environment = dict(os.environ) | {
        "_VIDIMUS_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(words) - 1),
    }
    vidimus = Path(sys.executable).with_name("vidimus")
    ended = run_heard([vidimus], env=environment)
    assert wanted <= set(ended.stdout.split()), ended.stderr


@pytest.mark.slow
def test_bash_is_told_how_to_complete() -> None:
    vidimus = Path(sys.executable).with_name("vidimus")
    environment = dict(os.environ) | {"_VIDIMUS_COMPLETE": "source_bash"}
    ended = run_heard([vidimus], env=environment)
    assert "complete -o default -F" in ended.stdout, ended.stderr
    assert subprocess.run(["bash", "-n"], input=ended.stdout, text=True, check=False).returncode == 0
