"""The log entry that says: this file was certified under this code; found by the code, for whoever holds the copy."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vault.errors import NotFound
from vault.log.leaves import PendingLeaf, Tree
from vault.log.tables import log_codes, log_leaves

CERTIFIED = "COPY_CERTIFIED"


def name_leaf(tx: Connection, code: str, leaf: PendingLeaf) -> None:
    """Let the leaf be found by the code, in the transaction that writes it; the newest one of a code counts."""
    tx.execute(log_codes.delete().where(log_codes.c.code == code))
    tx.execute(log_codes.insert().values(code=code, leaf_id=leaf.leaf_id))


def find_certified_leaf(tx: Connection, code: str) -> int:
    """Give the number of the newest leaf about a copy of this code.

    Raises:
        NotFound: no such entry, or its meaning was erased.
    """
    found = tx.execute(
        sa.select(log_leaves.c.leaf_id)
        .join(log_codes, log_codes.c.leaf_id == log_leaves.c.leaf_id)
        .where(log_codes.c.code == code, log_leaves.c.tree == Tree.CERTIFICATIONS.value)
        .where(log_leaves.c.kind == CERTIFIED, log_leaves.c.opening.is_not(None))
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("the log has no entry about a copy of this code, or its meaning was erased")
    return int(found)
