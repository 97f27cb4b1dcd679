"""The transparency log: what was certified or accessed, provable and impossible to rewrite unnoticed.

Two trees: CERTIFICATIONS, published as tiles for everybody, and ACCESS, for holders and auditors only, whose root
stands in the public checkpoint. Events are written in the transaction that makes them true and numbered afterwards.
"""

from __future__ import annotations

from vault.log.certified import find_certified_leaf, name_leaf
from vault.log.checkpoints import Checkpoint, LogKey, NoteSigner, sign_note, verify_checkpoint
from vault.log.continuation import access_size, continue_tree, published_checkpoint
from vault.log.leaves import (
    Leaf,
    Opening,
    PendingLeaf,
    Tree,
    append,
    erase_openings,
    event_bytes,
    opening_entry,
    read_opening,
)
from vault.log.merkle import verify_consistency, verify_inclusion
from vault.log.proofs import (
    ConsistencyProof,
    InclusionProof,
    check_consistency,
    check_inclusion,
    check_published,
    consistency_proof,
    inclusion_proof,
)
from vault.log.sequencer import Lease, Sequencer, newest_checkpoint

__all__ = [
    "Checkpoint",
    "ConsistencyProof",
    "InclusionProof",
    "Leaf",
    "Lease",
    "LogKey",
    "NoteSigner",
    "Opening",
    "PendingLeaf",
    "Sequencer",
    "Tree",
    "access_size",
    "append",
    "check_consistency",
    "check_inclusion",
    "check_published",
    "consistency_proof",
    "continue_tree",
    "erase_openings",
    "event_bytes",
    "find_certified_leaf",
    "inclusion_proof",
    "name_leaf",
    "newest_checkpoint",
    "opening_entry",
    "published_checkpoint",
    "read_opening",
    "sign_note",
    "verify_checkpoint",
    "verify_consistency",
    "verify_inclusion",
]
