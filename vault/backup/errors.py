"""What can be wrong with a backup.

BackupError
├── BackupMissing    there is no backup at this place, or not the one that is asked for
└── BackupDamaged    a part is not what its signed head says, or does not read
"""

from __future__ import annotations

from vault.errors import VaultError


class BackupError(VaultError):
    """A backup could not be taken or used."""


class BackupMissing(BackupError):
    """There is no such backup; look at the place, or take another set."""


class BackupDamaged(BackupError):
    """A part of the backup is not as it was written; take an earlier set or another copy of the place."""
