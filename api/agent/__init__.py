"""The token agent: a small program on the officer's own machine that lets a page of the office use a USB token."""

from __future__ import annotations

from api.agent.desk import AgentDesk, Asked, AskedDocument, Person, ShownDocument, sha256_of
from api.agent.faults import AgentFault, AgentRefused, fault_of
from api.agent.server import AgentServer, Pinned

__all__ = [
    "AgentDesk",
    "AgentFault",
    "AgentRefused",
    "AgentServer",
    "Asked",
    "AskedDocument",
    "Person",
    "Pinned",
    "ShownDocument",
    "fault_of",
    "sha256_of",
]
