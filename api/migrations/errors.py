"""What can go wrong with the tables of a database.

ApiError
└── MigrationFailed     a database could not be brought to, or is not at, the tables this version needs
"""

from __future__ import annotations

from api.errors import ApiError


class MigrationFailed(ApiError):
    """The database is not at this version's tables; nothing of a failed step was kept."""
