"""Whether an answer is what the description of the API says: its status, its media type, its schema, its code."""

from __future__ import annotations

import re
from typing import Any

import httpx
import jsonschema_rs

# Any address may answer these, as the introduction of the description says.
ANYWHERE = {405, 408, 421}
STREAM = "text/event-stream"


class Truth:
    """The description of a served office, to hold answers against."""

    def __init__(self, described: dict[str, Any]) -> None:
        self.described = described
        self._validators: dict[tuple[str, str, str, str], jsonschema_rs.Validator] = {}
        self._addresses = [
            # A parameter that takes slashes is the last part of its address.
            (path, re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path)) + "$"))
            for path in sorted(described["paths"], key=lambda path: path.count("{"))
        ]

    def operation(self, request: httpx.Request) -> tuple[str, dict[str, Any]] | None:
        """The operation that a request asks for, if it is one of the API's."""
        for path, pattern in self._addresses:
            if pattern.match(request.url.path) and request.method.lower() in self.described["paths"][path]:
                return path, self.described["paths"][path][request.method.lower()]
        return None

    def check(self, response: httpx.Response) -> None:
        """Fail unless the answer is one that the description promises."""
        found = self.operation(response.request)
        if found is None or response.status_code in ANYWHERE:
            return
        path, operation = found
        status, place = str(response.status_code), f"{response.request.method} {path}"
        if response.status_code >= 400:
            # A refusal is short, and what is wrong with it must be said.
            response.read()
        assert status in operation["responses"], f"{place} answers {status}, which is not described: {response.text}"
        content = operation["responses"][status].get("content", {})
        media_type = response.headers.get("content-type", "").partition(";")[0]
        if not content or media_type == STREAM or response.request.method == "HEAD":
            return
        assert media_type in content, f"{place} answers {status} as {media_type!r}, not as one of {list(content)}"
        if media_type.endswith("json"):
            response.read()
            validator = self._validator(path, response.request.method, status, media_type, content)
            wrong = next(validator.iter_errors(response.json()), None)
            assert wrong is None, f"{place} answers {status} against its schema: {wrong}"

    def _validator(
        self, path: str, method: str, status: str, media_type: str, content: dict[str, Any]
    ) -> jsonschema_rs.Validator:
        place = (path, method, status, media_type)
        if place not in self._validators:
            schema = content[media_type].get("schema", {}) | {"components": self.described["components"]}
            self._validators[place] = jsonschema_rs.Draft202012Validator(schema)
        return self._validators[place]
