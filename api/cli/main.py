"""Put the verbs and groups together, and turn whatever ends a command into one sentence and one exit code."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

import typer

from api.cli.commands import add_commands
from api.cli.exits import Exit, exit_of_error, expected_errors, sentence_of
from api.cli.here_only import why_here_only
from api.errors import RequestInvalid

_SERVER: Final = "--server"


def make_app(wanted: str | None = None) -> typer.Typer:
    """Build the command line: all of it, or only the verb or group that is `wanted`."""
    app = typer.Typer(
        name="vidimus",
        help="Certified electronic copies: from a scan to a sealed copy in the citizen's vault.",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    # With a callback one verb stays a verb, and does not become the whole command line.
    app.callback()(_nothing_before_the_verb)
    add_commands(app, wanted=wanted)
    return app


def _nothing_before_the_verb() -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit code; expected errors are a sentence, never a traceback."""
    # Typer would end an interrupted command with 1; as SystemExit it closes everything and keeps its own code.
    before = signal.signal(signal.SIGINT, _interrupted)
    words = sys.argv[1:] if arguments is None else arguments
    try:
        with _uncollected(for_good=arguments is None):
            app = make_app(words[0] if words else None)
        _check_place(app, words)
        app(args=arguments)
    except expected_errors() as exc:
        sys.stderr.write(f"{sentence_of(exc)}\n")
        sys.exit(exit_of_error(exc))
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _uncollected(*, for_good: bool) -> Iterator[None]:
    """Hold the collector of garbage while modules are imported, and `for_good` keep it out of what was imported.

    They stay as long as the process, and it would walk through all of them again and again: a third of a short command.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if for_good:
            gc.freeze()
        if was_on:
            gc.enable()


def _check_place(app: typer.Typer, words: Sequence[str]) -> None:
    """Say of a command that acts at its machine only that it does, where a server is named.

    Raises:
        RequestInvalid: it is one.
    """
    if not any(word == _SERVER or word.startswith(f"{_SERVER}=") for word in words):
        return
    command: Any = typer.main.get_command(app)
    path = ["vidimus"]
    for word in words:
        if word not in getattr(command, "commands", {}):
            break
        command = command.commands[word]
        path.append(word)
    if not hasattr(command, "commands") and all(_SERVER not in parameter.opts for parameter in command.params):
        why = why_here_only(path[1:])
        raise RequestInvalid(f"`{' '.join(path)}` {why.value if why else 'acts here only'}", field="server")


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    sys.exit(Exit.INTERRUPTED)
