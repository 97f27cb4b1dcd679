"""How long things are kept, by whose decision; what is held; and the proof that what had served its time is gone."""

from __future__ import annotations

from certify.retention.certificates import (
    Certificate,
    Destroyed,
    certificate_body,
    get_certificate,
    issue_certificate,
    list_certificates,
    note_destroyed,
    read_certificate,
)
from certify.retention.decisions import (
    Decision,
    KeepRule,
    adopt_proposals,
    decide,
    keep_rule,
    list_decisions,
    undecided,
)
from certify.retention.holds import (
    Hold,
    HoldScope,
    NewHold,
    Target,
    held_records,
    held_targets,
    is_held,
    lift_hold,
    list_holds,
    place_hold,
)
from certify.retention.rules import RetentionClass, RetentionRule, load_retention

__all__ = [
    "Certificate",
    "Decision",
    "Destroyed",
    "Hold",
    "HoldScope",
    "KeepRule",
    "NewHold",
    "RetentionClass",
    "RetentionRule",
    "Target",
    "adopt_proposals",
    "certificate_body",
    "decide",
    "get_certificate",
    "held_records",
    "held_targets",
    "is_held",
    "issue_certificate",
    "keep_rule",
    "lift_hold",
    "list_certificates",
    "list_decisions",
    "list_holds",
    "load_retention",
    "note_destroyed",
    "place_hold",
    "read_certificate",
    "undecided",
]
