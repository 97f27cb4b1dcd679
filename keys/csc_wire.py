"""Calls to a CSC service over the one guarded way out: JSON, a bearer token, one renewal of it, typed refusals."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from guard.clock import Clock
from guard.egress import GuardedHttp, HttpAnswer
from guard.errors import EgressFailed, EgressRefused
from keys.errors import RemoteKeyRefused, RemoteKeyUnavailable
from keys.pin import Pin

_MAX_BYTES: Final = 256 * 1024
_TIMEOUT_SECONDS: Final = 20.0
_EARLY: Final = timedelta(seconds=30)
_DEFAULT_LIFETIME_SECONDS: Final = 300
_CODE: Final = re.compile(r"[a-z0-9_]{1,64}")
_VERSIONS: Final = (1, 2)


class CscWire:
    """One service at one base address, such as `https://sign.example`; `version` is 1 or 2."""

    def __init__(
        self,
        http: GuardedHttp,
        base_url: str,
        *,
        version: int,
        client_id: str,
        client_secret: Pin,
        clock: Clock,
    ) -> None:
        """Nothing is called before the first question.

        Raises:
            RemoteKeyRefused: a version nobody speaks.
        """
        if version not in _VERSIONS:
            raise RemoteKeyRefused(f"CSC version {version} is not spoken here; set 1 or 2")
        self.version = version
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._clock = clock
        self._token = ""
        self._token_ends: datetime | None = None
        self._lock = threading.Lock()

    def call(self, method: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Ask one thing; an outdated bearer token is renewed once.

        Raises:
            RemoteKeyUnavailable: no answer, or a fault of the service; nothing was signed.
            RemoteKeyRefused: it says no (`error` is its code), or its answer cannot be read.
        """
        answer = self._post(method, asked, token=self._bearer(renew=False))
        if answer.status == 401:
            answer = self._post(method, asked, token=self._bearer(renew=True))
        return _read(answer, what=method)

    def _post(self, method: str, asked: Mapping[str, Any], *, token: str) -> HttpAnswer:
        return self._fetch(
            f"{self._base_url}/csc/v{self.version}/{method}",
            body=json.dumps(dict(asked)).encode(),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )

    def _bearer(self, *, renew: bool) -> str:
        with self._lock:
            now = self._clock.now()
            if renew or self._token_ends is None or now >= self._token_ends:
                fields = {
                    "grant_type": "client_credentials",
                    "client_id": self._client_id,
                    "client_secret": self._client_secret.reveal().decode(),
                }
                told = _read(
                    self._fetch(
                        f"{self._base_url}/csc/v{self.version}/oauth2/token",
                        body=urlencode(fields).encode(),
                        content_type="application/x-www-form-urlencoded",
                        headers={},
                    ),
                    what="oauth2/token",
                )
                seconds = told.get("expires_in", _DEFAULT_LIFETIME_SECONDS)
                lifetime = timedelta(seconds=seconds if isinstance(seconds, int) else _DEFAULT_LIFETIME_SECONDS)
                self._token, self._token_ends = text_of(told, "access_token"), now + lifetime - _EARLY
            return self._token

    def _fetch(self, url: str, *, body: bytes, content_type: str, headers: Mapping[str, str]) -> HttpAnswer:
        try:
            return self._http.fetch(
                url,
                method="POST",
                body=body,
                content_type=content_type,
                headers=headers,
                max_bytes=_MAX_BYTES,
                timeout_seconds=_TIMEOUT_SECONDS,
            )
        except EgressFailed:
            # Not chained: the frames hold the request, and with it a PIN or a token.
            raise RemoteKeyUnavailable("the remote signing service does not answer; try again") from None
        except EgressRefused:
            raise RemoteKeyRefused("the remote signing service may not be called as configured") from None


def text_of(told: Mapping[str, Any], name: str) -> str:
    """Give a text of an answer.

    Raises:
        RemoteKeyRefused: it is missing.
    """
    value = told.get(name)
    if not isinstance(value, str) or not value:
        raise RemoteKeyRefused(f"the answer of the remote signing service lacks {name}")
    return value


def texts_of(told: Mapping[str, Any], name: str) -> list[str]:
    """Give a list of texts of an answer.

    Raises:
        RemoteKeyRefused: it is missing.
    """
    value = told.get(name)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise RemoteKeyRefused(f"the answer of the remote signing service lacks {name}")
    return value


def _read(answer: HttpAnswer, *, what: str) -> dict[str, Any]:
    if answer.status >= 500 or answer.status == 429:
        raise RemoteKeyUnavailable(f"the remote signing service answered {answer.status} to {what}; try again")
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError):
        told = None
    if answer.status != 200:
        code = told.get("error") if isinstance(told, dict) else None
        known = code if isinstance(code, str) and _CODE.fullmatch(code) else "refused"
        raise RemoteKeyRefused(f"the remote signing service refused {what} ({known})", error=known)
    if not isinstance(told, dict):
        raise RemoteKeyRefused(f"the answer of the remote signing service to {what} cannot be read")
    return told
