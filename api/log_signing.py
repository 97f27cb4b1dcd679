"""The transparency log of this home: its key, its name, and who numbers its leaves."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from api.home import Home
from guard import Clock
from keys import Ed25519Key, open_ed25519_key
from vault import Database, Sequencer, Tree
from vault.stores import open_store

LOG_KEY: Final = "log"


@dataclass(frozen=True, slots=True)
class LogSigner:
    """The log's key under the log's name, as the sequencer wants it."""

    name: str
    key: Ed25519Key

    @property
    def public_key(self) -> bytes:
        """The 32 raw bytes."""
        return self.key.public_key_raw

    def sign(self, message: bytes) -> bytes:
        """Sign a checkpoint."""
        return self.key.sign(message)


def open_log_signer(home: Home) -> LogSigner:
    """Open the log's key under the log's name."""
    key = open_ed25519_key(home.keys, key_id=LOG_KEY)
    return LogSigner(name=_log_origin(key), key=key)


def _log_origin(key: Ed25519Key) -> str:
    # The name of a log is for ever: it follows from its key and from nothing that a setting could change.
    return f"vidimus.log/{hashlib.sha256(key.public_key_raw).hexdigest()[:16]}"


def open_sequencers(
    database: Database, home: Home, *, signer: LogSigner, clock: Clock, name: str
) -> tuple[Sequencer, ...]:
    """Give who numbers the leaves of each tree, the access tree first."""
    # The public checkpoint names the root of the access tree, so that one grows first.
    return tuple(
        Sequencer(
            database, store=open_store(home.log / tree.value.lower()), signer=signer, clock=clock, name=name, tree=tree
        )
        for tree in (Tree.ACCESS, Tree.CERTIFICATIONS)
    )
