"""the first tables."""

# One long list by nature: it is generated from the tables of every package, then read by a person.
# ruff: noqa: PLR0915

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "3f4d2e7ffe80"
down_revision = "80add485cc33"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    pass
