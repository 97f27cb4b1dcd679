"""The head of a backup: what it holds and how far the office was; signed, and without a word about a person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from vault.backup.errors import BackupDamaged

_FORMAT: Final = "vidimus-backup-1"


@dataclass(frozen=True, slots=True)
class PartFacts:
    """The stored bytes of a part."""

    sha256_hex: str
    byte_count: int


@dataclass(frozen=True, slots=True)
class KeysetPart:
    """The keysets that one backup of an epoch added."""

    set_id: str
    facts: PartFacts


@dataclass(frozen=True, slots=True)
class BookHead:
    """How far a register book was."""

    book_id: str
    agency_code: str
    display: str
    is_open: bool
    last_seq_no: int


@dataclass(frozen=True, slots=True)
class BackupHead:
    """Everything a restore must know before it opens the first part."""

    set_id: str
    taken_at: datetime
    mode: str
    dialect: str
    revision: str
    recovery_key_id: str
    parts: Mapping[str, PartFacts]
    epoch: str
    epoch_began_at: datetime
    keysets: tuple[KeysetPart, ...]
    books: tuple[BookHead, ...]
    log_sizes: Mapping[str, int]
    blob_count: int


def write_head_text(head: BackupHead) -> bytes:
    """Spell the head as it is signed."""
    whole = asdict(head) | {
        "format": _FORMAT,
        "taken_at": head.taken_at.isoformat(),
        "epoch_began_at": head.epoch_began_at.isoformat(),
    }
    return (json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def read_head_text(text: bytes) -> BackupHead:
    """Read a head.

    Raises:
        BackupDamaged: it is none.
    """
    try:
        whole = json.loads(text)
        if whole.pop("format") != _FORMAT:
            raise ValueError("another format")
        return BackupHead(
            **whole
            | {
                "taken_at": datetime.fromisoformat(whole["taken_at"]),
                "epoch_began_at": datetime.fromisoformat(whole["epoch_began_at"]),
                "parts": {name: PartFacts(**facts) for name, facts in whole["parts"].items()},
                "keysets": tuple(KeysetPart(one["set_id"], PartFacts(**one["facts"])) for one in whole["keysets"]),
                "books": tuple(BookHead(**one) for one in whole["books"]),
            }
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupDamaged("the head of the backup does not read; take another set") from error
