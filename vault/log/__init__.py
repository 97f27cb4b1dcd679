"""The transparency log: what was certified or accessed, provable and impossible to rewrite unnoticed."""

from __future__ import annotations

from vault.log.leaves import Leaf, Opening, PendingLeaf, Tree, append, erase_openings, read_opening

__all__ = ["Leaf", "Opening", "PendingLeaf", "Tree", "append", "erase_openings", "read_opening"]
