"""Backups as bytes: a copy of the database of one moment, parts sealed to the recovery key, the place they lie in."""

from __future__ import annotations

from vault.backup.copies import copy_database, put_back_database
from vault.backup.errors import BackupDamaged, BackupError, BackupMissing
from vault.backup.heads import BackupHead, BookHead, KeysetPart, PartFacts, read_head_text, write_head_text
from vault.backup.places import BackupPlace, open_backup_place
from vault.backup.sealed import SealedPart, open_part, put_part

__all__ = [
    "BackupDamaged",
    "BackupError",
    "BackupHead",
    "BackupMissing",
    "BackupPlace",
    "BookHead",
    "KeysetPart",
    "PartFacts",
    "SealedPart",
    "copy_database",
    "open_backup_place",
    "open_part",
    "put_back_database",
    "put_part",
    "read_head_text",
    "write_head_text",
]
