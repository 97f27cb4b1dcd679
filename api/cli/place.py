"""Where a command acts and as whom: the options that say it, the same at every command that has them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Final

import typer


@dataclass(frozen=True, slots=True)
class Place:
    """This machine, or a server with a token or a sign-in for this one command."""

    server: str | None = None
    token_file: Path | None = None
    login: str | None = None
    password_file: Path | None = None
    by_browser: bool = False
    session_file: Path | None = None


_OPTIONS: Final[dict[str, Any]] = {
    "server": Annotated[
        str | None, typer.Option("--server", metavar="URL", help="Act at the Vidimus of this address.")
    ],
    "token_file": Annotated[
        Path | None, typer.Option("--token-file", help="File with the token; VIDIMUS_TOKEN_FILE names it too.")
    ],
    "login": Annotated[
        str | None,
        typer.Option("--login", metavar="NAME", help="Sign in at the server for this one command, and out after it."),
    ],
    "password_file": Annotated[
        Path | None, typer.Option("--password-file", help="File with the password of --login; else it is asked for.")
    ],
    "by_browser": Annotated[
        bool,
        typer.Option("--by-browser", help="Let --login in by a code approved in a browser, for this one command."),
    ],
    "session_file": Annotated[
        Path | None,
        typer.Option("--session-file", help="File of a session that `vidimus user sign-in` keeps for some minutes."),
    ],
}
_FLAGS: Final = frozenset({"by_browser"})


def anywhere(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say where it acts; it takes them as one `place: Place`."""
    own = inspect.signature(command, eval_str=True)
    parameters: list[inspect.Parameter] = []
    for parameter in own.parameters.values():
        if parameter.name != "place":
            parameters.append(parameter)
            continue
        parameters += [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=False if name in _FLAGS else None,
                annotation=annotation,
            )
            for name, annotation in _OPTIONS.items()
        ]

    @functools.wraps(command)
    def acting(**options: Any) -> None:
        place = Place(**{one.name: options.pop(one.name) for one in fields(Place)})
        command(**options, place=place)

    # What reads a command for its options reads these two.
    acting.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    acting.__annotations__ = {one.name: one.annotation for one in parameters}
    return acting
