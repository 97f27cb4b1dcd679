"""Headers of files that leave: their digest, their name, and that they are to be stored and not shown."""

from __future__ import annotations

import base64
import hashlib

from api.routes.depends import etag


def digest_headers(content: bytes, *, name: str) -> dict[str, str]:
    """Name the bytes by their digest (RFC 9530), so that the receiver can check what arrived; `name` is made of ids."""
    digest = hashlib.sha256(content)
    return {
        "ETag": etag(digest.hexdigest()),
        "Content-Digest": f"sha-256=:{base64.b64encode(digest.digest()).decode()}:",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
