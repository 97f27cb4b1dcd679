"""How the client speaks: one call, sent again only where that cannot do anything twice."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

import httpx

from api.client.problems import AnswerUnreadable, Refused, Unreachable

TokenSource = Callable[[], str]
_PROBLEM_JSON: Final = "application/problem+json"
_BUSY: Final = frozenset({429, 503})
_STILL_RUNNING: Final = "STILL_RUNNING"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a call is sent again, and how long it waits in all; the service's `Retry-After` comes first."""

    tries: int = 5
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to send: its name (a word to show again), its content or where it lies, and its media type."""

    name: str
    content: bytes | Path = field(repr=False)
    media_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `key` makes a POST safe to send again; without it a POST is sent once."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    json: Any = field(default=None, repr=False)
    form: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: Sequence[Upload] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    key: str | None = None
    content: bytes | None = field(default=None, repr=False)

    @property
    def may_be_repeated(self) -> bool:
        """Whether sending it twice does what sending it once does."""
        return self.method in _SAFE_METHODS or self.key is not None


def new_key() -> str:
    """A new Idempotency-Key; keep it beside what it was used for, to ask again after a crash."""
    return secrets.token_urlsafe(24)


class Wire:
    """One connection to one Vidimus, as one caller."""

    def __init__(
        self,
        base_url: str,
        *,
        token: TokenSource | None = None,
        language: str = "en",
        timeout_seconds: float = 60.0,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Make ready; nothing is sent yet. `token` is asked before each call, so that it may be renewed."""
        self._http = httpx.Client(
            base_url=base_url,
            timeout=timeout_seconds,
            # A signed answer comes from where it was asked, and a token goes nowhere else.
            follow_redirects=False,
            headers={"Accept-Language": language},
        )
        self._token = token
        self._patience = patience or Patience()
        self._sleep = sleep
        self.csrf_token: str | None = None

    def close(self) -> None:
        """Give the connection up."""
        self._http.close()

    def cookies(self) -> dict[str, str]:
        """The cookies that the service gave."""
        return {cookie.name: cookie.value or "" for cookie in self._http.cookies.jar}

    def set_cookies(self, cookies: Mapping[str, str]) -> None:
        """Take cookies that it gave before."""
        for name, value in cookies.items():
            self._http.cookies.set(name, value)

    def send(self, call: Call) -> httpx.Response:
        """Send a call, again where it is safe, and give its good answer.

        Raises:
            Refused: the service said no.
            Unreachable: no answer came.
        """
        waited = 0.0
        for attempt in range(1, self._patience.tries + 1):
            try:
                response = self._once(call)
            except httpx.TransportError as exc:
                # (1) It never left: nothing was done. (2) It may have arrived: only a repeatable call goes out again.
                if attempt == self._patience.tries or not (call.may_be_repeated or isinstance(exc, httpx.ConnectError)):
                    raise Unreachable(f"{call.method} {call.path} got no answer: {type(exc).__name__}") from exc
                wait = self._back_off(attempt)
            else:
                if response.is_success:
                    return response
                refused = _refused(response)
                wait = self._wait_for(refused, attempt)
                if attempt == self._patience.tries or not _passes(call, refused):
                    raise refused
                if waited + wait > self._patience.longest_wait_seconds:
                    raise refused
            waited += wait
            self._sleep(wait)
        raise Unreachable(f"{call.method} {call.path} was not sent: no try is allowed")

    @contextmanager
    def stream(self, call: Call) -> Iterator[Iterator[str]]:
        """Give the lines of an answer while they come.

        Raises:
            Refused: the service said no.
            Unreachable: no answer came, or it broke off.
        """
        try:
            with self._http.stream(
                call.method, call.path, headers=self._headers(call), timeout=httpx.Timeout(30.0, read=30.0)
            ) as response:
                if not response.is_success:
                    response.read()
                    raise _refused(response)
                yield response.iter_lines()
        except httpx.TransportError as exc:
            raise Unreachable(f"{call.method} {call.path} broke off: {type(exc).__name__}") from exc

    def _once(self, call: Call) -> httpx.Response:
        opened = [(one, _open(one)) for one in call.files]
        try:
            files = [("file", (one.name, content, one.media_type)) for one, content in opened]
            return self._http.request(
                call.method,
                call.path,
                params={name: value for name, value in call.query.items() if value is not None},
                json=call.json,
                content=call.content,
                data=dict(call.form) or None,
                files=files or None,
                headers=self._headers(call),
            )
        finally:
            for _one, content in opened:
                if not isinstance(content, bytes):
                    content.close()

    def _headers(self, call: Call) -> dict[str, str]:
        headers = dict(call.headers)
        if call.key is not None:
            headers["Idempotency-Key"] = call.key
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token()}"
        elif self.csrf_token is not None and call.method not in _SAFE_METHODS:
            headers["X-CSRF-Token"] = self.csrf_token
        return headers

    def _wait_for(self, refused: Refused, attempt: int) -> float:
        said = refused.retry_after_seconds
        return self._back_off(attempt) if said is None else said

    def _back_off(self, attempt: int) -> float:
        # Many clients that were refused together must not come back together.
        return self._patience.first_wait_seconds * float(2 ** (attempt - 1)) * random.uniform(0.75, 1.25)


def _open(upload: Upload) -> Any:
    return upload.content if isinstance(upload.content, bytes) else upload.content.open("rb")


def _passes(call: Call, refused: Refused) -> bool:
    """Whether the refusal passes by itself, and the call may be sent again."""
    return call.may_be_repeated and (refused.status in _BUSY or refused.code == _STILL_RUNNING)


def _refused(response: httpx.Response) -> Refused:
    problem: object = {}
    if response.headers.get("content-type", "").startswith(_PROBLEM_JSON):
        try:
            problem = response.json()
        except ValueError as exc:
            raise AnswerUnreadable(f"status {response.status_code} came with a problem that is no JSON") from exc
    return Refused(
        problem if isinstance(problem, dict) else {},
        status=response.status_code,
        retry_after_seconds=_retry_after(response),
    )


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds, or a date (RFC 9110, 10.2.3), which is measured against the server's own clock."""
    said = response.headers.get("retry-after", "")
    if said.isascii() and said.isdigit():
        return float(said)
    try:
        seconds = (parsedate_to_datetime(said) - parsedate_to_datetime(response.headers["date"])).total_seconds()
    except (ValueError, KeyError, TypeError):
        # No date at all, or one of the two names no zone.
        return None
    return max(0.0, seconds)
