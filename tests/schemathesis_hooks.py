"""What schemathesis cannot know: how bytes travel, that a scan is a picture, and which secret opens the officer's key."""

from __future__ import annotations

from typing import Any

import schemathesis

from tests.small_paper import small_scan

SCAN = small_scan(mark="schemathesis")


@schemathesis.serializer("application/offset+octet-stream", "application/ocsp-request", "application/timestamp-query")
def as_bytes(_context: schemathesis.SerializationContext, value: Any) -> Any:
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    """Half of the scans that are sent are scans: without one no draft ever begins."""
    path = context.operation.path if context.operation else ""
    if isinstance(body, dict) and "file" in body and path.startswith("/v1/drafts"):
        is_list = isinstance(body["file"], list)
        return body | {"file": [SCAN] if is_list else SCAN}
    return body
