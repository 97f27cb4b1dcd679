"""What can go wrong at a token agent: one code and one sentence for each."""

from __future__ import annotations

from enum import StrEnum

from api.errors import AgentRefused
from keys import (
    CertificateError,
    CertificateExpired,
    KeysError,
    TokenError,
    TokenKeyMissing,
    TokenMissing,
    TokenPinLocked,
    WrongPin,
)


class AgentFault(StrEnum):
    """The codes of the agent; their sentences are `agent.CODE` in the messages."""

    NO_AGENT = "NO_AGENT"
    # The name of a fault, no secret.
    NO_TOKEN = "NO_TOKEN"  # noqa: S105
    WRONG_PIN = "WRONG_PIN"
    PIN_LOCKED = "PIN_LOCKED"
    EXPIRED = "EXPIRED"
    NOT_THIS_USER = "NOT_THIS_USER"
    NOT_A_DOCUMENT = "NOT_A_DOCUMENT"
    REFUSED_BY_PERSON = "REFUSED_BY_PERSON"
    BUSY = "BUSY"
    BAD_REQUEST = "BAD_REQUEST"
    # The name of a fault, no secret.
    TOKEN_FAULT = "TOKEN_FAULT"  # noqa: S105


_BY_ERROR: tuple[tuple[type[KeysError], AgentFault], ...] = (
    (WrongPin, AgentFault.WRONG_PIN),
    (TokenPinLocked, AgentFault.PIN_LOCKED),
    (TokenMissing, AgentFault.NO_TOKEN),
    (TokenKeyMissing, AgentFault.NO_TOKEN),
    (TokenError, AgentFault.TOKEN_FAULT),
    (CertificateExpired, AgentFault.EXPIRED),
    (CertificateError, AgentFault.NOT_THIS_USER),
)


def fault_of(error: KeysError) -> AgentFault:
    """Say an error of keys and tokens as a fault of the agent."""
    return next((fault for kind, fault in _BY_ERROR if isinstance(error, kind)), AgentFault.TOKEN_FAULT)


__all__ = ["AgentFault", "AgentRefused", "fault_of"]
