"""The log entry that says: this file was certified under this code; found by the code, for the paper's holder."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vault.errors import NotFound
from vault.log.leaves import Tree
from vault.log.tables import log_leaves

CERTIFIED = "COPY_CERTIFIED"


def find_certified_leaf(tx: Connection, code: str) -> int:
    """Give the number of the leaf, newest first; the code stands in its opening.

    Raises:
        NotFound: no such entry, or its meaning was erased.
    """
    wanted = f'\\"code\\":\\"{code}\\"'.encode("ascii")
    rows = tx.execute(
        sa.select(log_leaves.c.leaf_id, log_leaves.c.opening)
        .where(log_leaves.c.tree == Tree.CERTIFICATIONS.value, log_leaves.c.kind == CERTIFIED)
        .where(log_leaves.c.opening.is_not(None), log_leaves.c.opening_sealed.is_(False))
        .order_by(log_leaves.c.leaf_id.desc())
        .execution_options(yield_per=500)
    )
    for row in rows:
        if wanted in bytes(row.opening):
            return int(row.leaf_id)
    raise NotFound("the log has no entry about a copy of this code, or its meaning was erased")
