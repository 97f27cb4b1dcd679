"""Backup and restore of a whole office: the sets, the journal beside them, the quarantine, the scrub."""

from __future__ import annotations
