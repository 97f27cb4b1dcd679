"""By what authority a copy was certified, read by its code: for the judge of files, never for a reader."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vault.papers import AuthorityProof
from vault.tables import authority_proofs, records


def authority_of_code(tx: Connection, code: str) -> AuthorityProof | None:
    """Give the proof deposited with the copy of this code; None when the code has none (a void, an old import).

    It names a member of staff and a decision: a verdict says whether it fits, and never shows it.
    """
    row = tx.execute(
        sa.select(authority_proofs)
        .join(records, records.c.record_id == authority_proofs.c.record_id)
        .where(records.c.code == code)
    ).one_or_none()
    if row is None:
        return None
    return AuthorityProof(**{name: value for name, value in row._mapping.items() if name != "record_id"})
