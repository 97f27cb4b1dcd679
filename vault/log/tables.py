"""The tables of the transparency log: leaves as they come, the trees they grow into, and every checkpoint."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from vault.database import SHA256_HEX_LENGTH, ULID_LENGTH, RowNumber, UtcDateTime, metadata

_TREE_LENGTH: Final = 16
_CODE_LENGTH: Final = 13

log_leaves: Final = sa.Table(
    "vault_log_leaves",
    metadata,
    sa.Column("leaf_id", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("tree", sa.String(_TREE_LENGTH), nullable=False),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("entry", sa.LargeBinary, nullable=False),
    sa.Column("leaf_sha256_hex", sa.String(SHA256_HEX_LENGTH), nullable=False),
    # What opens the commitment (salt and event). Erasing a document deletes it; the tree stays whole.
    sa.Column("document_id", sa.String(ULID_LENGTH), nullable=True),
    sa.Column("opening", sa.LargeBinary, nullable=True),
    sa.Column("opening_sealed", sa.Boolean, nullable=False),
    sa.Column("leaf_index", sa.BigInteger, nullable=True),
    sa.UniqueConstraint("tree", "leaf_index"),
    sa.UniqueConstraint("tree", "leaf_sha256_hex"),
    sa.Index("ix_vault_log_leaves_document_id", "document_id"),
    sqlite_autoincrement=True,
)

# By which leaf a copy's code was certified: its proof is asked for by anybody, and must not cost a walk through the log.
log_codes: Final = sa.Table(
    "vault_log_codes",
    metadata,
    sa.Column("code", sa.String(_CODE_LENGTH), primary_key=True),
    sa.Column("leaf_id", sa.BigInteger, nullable=False),
)

log_trees: Final = sa.Table(
    "vault_log_trees",
    metadata,
    sa.Column("tree", sa.String(_TREE_LENGTH), primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("root_sha256_hex", sa.String(SHA256_HEX_LENGTH), nullable=False),
    # The roots of the perfect subtrees on the right edge, from the largest to the smallest, as joined hex.
    sa.Column("right_edge_hex", sa.Text, nullable=False),
    sa.Column("published_size", sa.BigInteger, nullable=False),
    sa.Column("lease_owner", sa.String(64), nullable=True),
    sa.Column("lease_fence", sa.BigInteger, nullable=False),
    sa.Column("lease_expires_at", UtcDateTime, nullable=True),
)

log_nodes: Final = sa.Table(
    "vault_log_nodes",
    metadata,
    # Roots of full tiles: level 1 covers 256 leaves, level 2 covers 65,536, and so on.
    sa.Column("tree", sa.String(_TREE_LENGTH), primary_key=True),
    sa.Column("level", sa.Integer, primary_key=True),
    sa.Column("node_index", sa.BigInteger, primary_key=True),
    sa.Column("sha256_hex", sa.String(SHA256_HEX_LENGTH), nullable=False),
)

log_checkpoints: Final = sa.Table(
    "vault_log_checkpoints",
    metadata,
    # The key is what keeps one size from being signed twice.
    sa.Column("tree", sa.String(_TREE_LENGTH), primary_key=True),
    sa.Column("size", sa.BigInteger, primary_key=True),
    sa.Column("root_sha256_hex", sa.String(SHA256_HEX_LENGTH), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=True),
    sa.Column("sequenced_at", UtcDateTime, nullable=False),
)
