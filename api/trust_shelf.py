"""The trust anchors in force, read when they are asked for and never stale."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Final

from api.home import Home
from guard import Clock
from keys import EmbeddedAuthority, TrustAnchors, load_trust_folder

# CRLs of the embedded authority are written anew before they are an hour old.
_TRUST_LIFETIME: Final = timedelta(minutes=30)


class TrustShelf:
    """The trust anchors in force: read from the home's folder, refreshed from the embedded authority when it is ours."""

    def __init__(self, home: Home, *, authority: EmbeddedAuthority | None, clock: Clock) -> None:
        """Nothing is read before the first question."""
        self._home = home
        self._authority = authority
        self._clock = clock
        self._lock = threading.Lock()
        self._anchors: TrustAnchors | None = None
        self._read_at: datetime | None = None

    def anchors(self) -> TrustAnchors:
        """Give the anchors with revocation lists that are not stale.

        Raises:
            TrustFolderUnusable: the folder holds something that is no anchor.
        """
        with self._lock:
            now = self._clock.now()
            if self._anchors is None or self._read_at is None or now - self._read_at >= _TRUST_LIFETIME:
                if self._authority is not None:
                    self._authority.export_trust(self._home.trust, at=now)
                self._anchors = load_trust_folder(self._home.trust, mode=self._home.mode)
                self._read_at = now
            return self._anchors

    def refresh(self) -> None:
        """Read anew at the next question: something was revoked."""
        with self._lock:
            self._read_at = None
