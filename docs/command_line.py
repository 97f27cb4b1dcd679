"""The help of every command, as the command line itself prints it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import typer

from api.cli.here_only import why_here_only
from api.cli.main import make_app

_NAME: Final = "vidimus"
_WIDTH: Final = 100


@cache
def every_command() -> Any:
    """The whole command line, put together once: that takes longer than to write it down."""
    return typer.main.get_command(make_app())


def short_help() -> str:
    """What `vidimus --help` prints."""
    return _help(every_command(), ())


def whole_help() -> str:
    """The help of every verb and of every command of a group, each under a heading."""
    root = every_command()
    return "\n\n".join(f"## `{' '.join((_NAME, *path))}`\n\n{_help(root, path)}" for path in _walk(root, ()))


def where_commands_act() -> str:
    """Which way each command acts: here, and with `--server` elsewhere too; or here only, and why."""
    rows = []
    for path in _walk(every_command(), ()):
        why = why_here_only(list(path))
        rows.append(f"| `{' '.join(path)}` | {f'here only: it {why.value}' if why else 'here and with `--server`'} |")
    return "\n".join(["| command | acts |", "|---|---|", *rows])


def _walk(command: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    members: dict[str, object] = getattr(command, "commands", {})
    if not members:
        yield path
    for name, member in members.items():
        yield from _walk(member, (*path, name))


def _help(root: Any, path: tuple[str, ...]) -> str:
    # The width is fixed, so that the terminal of whoever generates the pages decides nothing.
    context = root.context_class(root, info_name=_NAME, terminal_width=_WIDTH, max_content_width=_WIDTH, color=False)
    for name in path:
        command = context.command.commands[name]
        context = command.context_class(command, info_name=name, parent=context)
    lines = (line.rstrip() for line in context.get_help().strip().splitlines())
    return "\n".join(["```text", *lines, "```"])
