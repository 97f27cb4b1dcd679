"""The help of every command, as the command line itself prints it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import typer
from typer.testing import CliRunner

from api.cli.main import make_app

_NAME: Final = "vidimus"
_WIDTH: Final = 100


def short_help() -> str:
    """What `vidimus --help` prints."""
    return _help(())


def whole_help() -> str:
    """The help of every verb and of every command of a group, each under a heading."""
    root = typer.main.get_command(make_app())
    return "\n\n".join(f"## `{' '.join((_NAME, *path))}`\n\n{_help(path)}" for path in _walk(root, ()))


def _walk(command: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    members: dict[str, object] = getattr(command, "commands", {})
    if not members:
        yield path
    for name, member in members.items():
        yield from _walk(member, (*path, name))


def _help(path: tuple[str, ...]) -> str:
    # The width is fixed, so that the terminal of whoever generates the pages decides nothing.
    answer = CliRunner().invoke(
        make_app(), [*path, "--help"], prog_name=_NAME, terminal_width=_WIDTH, max_content_width=_WIDTH, color=False
    )
    lines = (line.rstrip() for line in answer.stdout.strip().splitlines())
    return "\n".join(["```text", *lines, "```"])
