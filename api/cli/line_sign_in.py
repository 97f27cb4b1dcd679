"""Coming in by a browser: the command shows a code, a person approves it there, and the session is used or kept."""

from __future__ import annotations

import json
import os
import platform
import re
import time
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

from api.cli.console import Console
from api.client import Refused, Vidimus
from api.client.values.public import LineSignIn, Session
from api.errors import RequestInvalid

_PENDING: Final = "SIGN_IN_PENDING"
_TOO_MANY: Final = "TOO_MANY_REQUESTS"
_SLOWER_SECONDS: Final = 5
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9._-]")


def come_in_by_browser(
    console: Console, client: Vidimus, *, server: str, login: str, looks_only: bool = False
) -> Session:
    """Show a code and wait until its owner approved it in a browser.

    Raises:
        Refused: declined, or nobody approved it in time.
    """
    machine = _NO_NAME.sub("-", platform.node())[:64] or "unnamed"
    begun = client.ask_to_be_let_in(login, machine=machine, reach="look" if looks_only else "act")
    console.tell("cli.line.code", code=begun.code, page=urljoin(f"{server.rstrip('/')}/", begun.page.lstrip("/")))
    session = _wait(client, begun)
    console.tell("cli.line.let_in", login=session.login, until=console.messages.moment(session.ends_at))
    return session


def keep(path: Path, client: Vidimus, *, server: str, session: Session) -> None:
    """Write an open session into a file that nobody else may read.

    Raises:
        RequestInvalid: the file exists; it may hold a session that nobody ended.
    """
    told = {"server": server.rstrip("/"), "ends_at": session.ends_at.isoformat(), "session": client.kept_session()}
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError as exc:
        raise RequestInvalid(
            f"{path} exists; end its session first (vidimus user sign-out --session-file {path})", field="session_file"
        ) from exc
    with os.fdopen(descriptor, "w", encoding="utf-8") as kept:
        json.dump(told, kept)


def go_on(path: Path, client: Vidimus, *, server: str) -> None:
    """Go on with a session that was kept for this server.

    Raises:
        RequestInvalid: the file is none of ours, or was kept for another server.
    """
    kept = _read_kept(path)
    if kept[0] != server.rstrip("/"):
        raise RequestInvalid(f"{path} holds a session at {kept[0]}, and goes nowhere else", field="session_file")
    client.go_on_with(kept[1])


def _read_kept(path: Path) -> tuple[str, dict[str, str]]:
    """Give the server and the session of a file.

    Raises:
        RequestInvalid: it holds none.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        datetime.fromisoformat(told["ends_at"])
        session = {str(name): str(value) for name, value in told["session"].items()}
        server = str(told["server"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise RequestInvalid(
            f"{path} holds no session; `vidimus user sign-in --session-file {path}` makes one", field="session_file"
        ) from exc
    if "csrf_token" not in session:
        raise RequestInvalid(f"{path} holds no whole session", field="session_file")
    return server, session


def _wait(client: Vidimus, begun: LineSignIn) -> Session:
    pause = float(begun.interval_seconds)
    while True:
        time.sleep(pause)
        try:
            return client.take_session(begun.secret)
        except Refused as refused:
            # Its end is the server's to say: a question that is too old is refused by another code.
            if refused.code == _TOO_MANY:
                pause += _SLOWER_SECONDS
            elif refused.code != _PENDING:
                raise
