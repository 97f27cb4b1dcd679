"""One Vidimus as one caller: the office, its administration and oversight, the vault, the reception, what is public, long work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from api.client.administration import Administration
from api.client.answers import Received, Versioned, file_of, object_of, versioned
from api.client.office import Office
from api.client.operations import Operations
from api.client.oversight import Oversight
from api.client.problems import AnswerUnreadable
from api.client.public import PublicDoor
from api.client.scans import Scans
from api.client.values.public import LineSignIn, Session
from api.client.vaults import Reception, Vault
from api.client.wire import Call, Patience, Upload, Wire

_NO_CONTENT: Final = 204
_MOST_ON_A_PAGE: Final = 100


class Vidimus:
    """A connection to a service, signed in with a token, with a session, or not at all."""

    def __init__(
        self,
        base_url: str,
        *,
        token: Callable[[], str] | None = None,
        language: str = "en",
        timeout_seconds: float = 60.0,
        patience: Patience | None = None,
    ) -> None:
        """Make ready; nothing is sent yet. `token` is asked before each call (see `token_from`)."""
        self._wire = Wire(base_url, token=token, language=language, timeout_seconds=timeout_seconds, patience=patience)
        self.office = Office(self._wire)
        self.scans = Scans(self._wire)
        self.operations = Operations(self._wire)
        self.vault = Vault(self._wire)
        self.reception = Reception(self._wire)
        self.public = PublicDoor(self._wire)
        self.administration = Administration(self._wire)
        self.oversight = Oversight(self._wire)

    def sign_in(self, login: str, password: str) -> Session:
        """Open a session; it holds until `sign_out` or until the service ends it.

        Raises:
            Refused: `LOGIN_REFUSED`, whichever of the two was wrong.
        """
        call = Call("POST", "/v1/sessions", json={"login": login, "password": password})
        session = object_of(self._wire.send(call), Session)
        self._wire.csrf_token = session.csrf_token
        return session

    def ask_to_be_let_in(self, login: str, *, machine: str, reach: str = "act") -> LineSignIn:
        """Ask for a session that a person approves in a browser: show the `code`, and `take_session` until it is there."""
        asked = {"login": login, "machine": machine, "reach": reach}
        return object_of(self._wire.send(Call("POST", "/v1/line-sign-ins", json=asked)), LineSignIn)

    def take_session(self, secret: str) -> Session:
        """Take the session that was asked for; it holds for some minutes.

        Raises:
            Refused: `SIGN_IN_PENDING` while nobody answered, `SIGN_IN_DECLINED`, `SIGN_IN_EXPIRED`.
        """
        call = Call("POST", "/v1/line-sign-ins/session", json={"secret": secret})
        session = object_of(self._wire.send(call), Session)
        self._wire.csrf_token = session.csrf_token
        return session

    def kept_session(self) -> dict[str, str]:
        """What opens the session elsewhere: its cookie and its secret for changes. Keep it where nobody else reads."""
        return self._wire.cookies() | {"csrf_token": self._wire.csrf_token or ""}

    def go_on_with(self, kept: Mapping[str, str]) -> None:
        """Go on with a session that was kept."""
        self._wire.set_cookies({name: value for name, value in kept.items() if name != "csrf_token"})
        self._wire.csrf_token = kept["csrf_token"]

    def sign_out(self) -> None:
        """End the session at once."""
        self._wire.send(Call("DELETE", "/v1/sessions/current"))
        self._wire.csrf_token = None

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        files: Sequence[Upload] = (),
        if_match: str | None = None,
        key: str | None = None,
    ) -> Any:
        """Ask for what has no method here; gives the JSON of the answer as it came, None where there is no content.

        `form` are the fields beside `files`, `if_match` is the version that `look` gave, `key` an Idempotency-Key.

        Raises:
            Refused: the service said no.
            AnswerUnreadable: there is no JSON.
        """
        headers = {} if if_match is None else {"If-Match": if_match}
        call = Call(method, path, query=query or {}, json=json, form=form or {}, files=files, headers=headers, key=key)
        response = self._wire.send(call)
        if response.status_code == _NO_CONTENT:
            return None
        try:
            return response.json()
        except ValueError as exc:
            raise AnswerUnreadable(f"{path} answered with no JSON") from exc

    def every(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Give what a list has that has no method here, page after page.

        Raises:
            Refused: as `ask`.
        """
        cursor: str | None = None
        while True:
            page = self.ask("GET", path, query=query | {"cursor": cursor, "limit": _MOST_ON_A_PAGE})
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def look(self, path: str) -> Versioned[dict[str, Any]]:
        """Read something with its version, to change it from there (`if_match` of `ask`)."""
        return versioned(self._wire.send(Call("GET", path)), dict)

    def file(
        self, path: str, *, query: Mapping[str, Any] | None = None, accept: str = "*/*", method: str = "GET"
    ) -> Received:
        """Fetch a file that has no method here; by POST where the fetch itself is an act."""
        return file_of(self._wire.send(Call(method, path, query=query or {}, headers={"Accept": accept})))

    def close(self) -> None:
        """Give the connection up; a session stays open until its time ends."""
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.close()


def token_from(path: Path) -> Callable[[], str]:
    """A token that lies in a file and is read before each call, so that whoever renews it need not tell us."""

    def read() -> str:
        return path.read_text(encoding="ascii").strip()

    return read
