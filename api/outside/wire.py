"""One JSON question to one configured service through the guarded way out, and what its status means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from api.errors import BadSetting, DoorFailed
from api.settings import DoorSettings, Settings
from guard import AllowedOrigin, EgressFailed, EgressRefused, GuardedHttp
from keys import read_private_file

SANDBOX: Final = "sandbox"
_ANSWER_BYTES: Final = 256 << 10
_TIMEOUT_SECONDS: Final = 15.0
# Busy, or too slow; every other 4xx says that the question itself is wrong.
_LATER: Final = frozenset({408, 409, 425, 429})


@dataclass(frozen=True, slots=True)
class JsonService:
    """A service at one address, with our bearer token there."""

    http: GuardedHttp
    url: str
    token: str = field(repr=False)

    def ask(self, path: str, body: Mapping[str, Any], *, key: str, max_bytes: int = _ANSWER_BYTES) -> dict[str, Any]:
        """Send a JSON object and give the one that comes back; `key` lets the service know a repetition.

        Raises:
            DoorFailed: it gave no usable answer; `is_final` says whether another attempt is of use.
        """
        try:
            answer = self.http.fetch(
                self.url.rstrip("/") + path,
                method="POST",
                body=json.dumps(body, ensure_ascii=False).encode(),
                content_type="application/json",
                headers={"Authorization": f"Bearer {self.token}", "Idempotency-Key": key},
                max_bytes=max_bytes,
                timeout_seconds=_TIMEOUT_SECONDS,
            )
        except EgressRefused as exc:
            raise DoorFailed("EGRESS_REFUSED", is_final=False) from exc
        except EgressFailed as exc:
            raise DoorFailed("EGRESS_FAILED", is_final=False) from exc
        if not 200 <= answer.status < 300:
            is_final = 400 <= answer.status < 500 and answer.status not in _LATER
            raise DoorFailed(f"HTTP_{answer.status}", is_final=is_final)
        return _read(answer.body)


def open_json_service(door: DoorSettings, settings: Settings) -> JsonService:
    """Open a configured service; nothing is asked yet.

    Raises:
        BadSetting: it has no token, or is public without https.
        KeyFileUnusable: the file of the token is open to others.
    """
    if door.token_file is None:
        raise BadSetting(f"{door.name} is set; set {door.name}_TOKEN_FILE too")
    origin = AllowedOrigin.from_url(door.place, allow_private=settings.services_may_be_private)
    if origin.scheme != "https" and not settings.services_may_be_private:
        raise BadSetting(f"{door.name} names a public service without https")
    token = read_private_file(door.token_file).decode("utf-8", "replace").strip()
    return JsonService(GuardedHttp([origin]), door.place, token)


def check_sandbox(door: DoorSettings, *, is_specimen: bool) -> bool:
    """Say whether a door is a sandbox; a production office has none.

    Raises:
        BadSetting: production with a sandbox.
    """
    if door.place != SANDBOX:
        return False
    if not is_specimen:
        raise BadSetting(f"{door.name} is a sandbox; a production office speaks to the real service or to none")
    return True


def _read(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        found = json.loads(body)
    except ValueError as exc:
        raise DoorFailed("ANSWER_UNREADABLE", is_final=False) from exc
    if not isinstance(found, dict):
        raise DoorFailed("ANSWER_UNREADABLE", is_final=False)
    return found
