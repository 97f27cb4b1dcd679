"""Child processes with limits, and the one guarded way out to the network."""

from guard.clock import Clock, RandomBytes
from guard.egress import AllowedOrigin, GuardedHttp, HttpAnswer
from guard.errors import (
    ChildCrashed,
    ChildFailed,
    ChildNotStarted,
    ChildOutOfMemory,
    ChildRefused,
    ChildTimedOut,
    EgressFailed,
    EgressRefused,
    GuardError,
    IsolationUnavailable,
    PoolBusy,
    PoolClosed,
    TaskRefused,
)
from guard.identifiers import new_ulid
from guard.limits import Isolation, IsolationReport, ProcessLimits
from guard.pool import SandboxPool
from guard.probe import probe_isolation
from guard.wire import FilePayload, Json, Payload, Reply

__all__ = [
    "AllowedOrigin",
    "ChildCrashed",
    "ChildFailed",
    "ChildNotStarted",
    "ChildOutOfMemory",
    "ChildRefused",
    "ChildTimedOut",
    "Clock",
    "EgressFailed",
    "EgressRefused",
    "FilePayload",
    "GuardError",
    "GuardedHttp",
    "HttpAnswer",
    "Isolation",
    "IsolationReport",
    "IsolationUnavailable",
    "Json",
    "Payload",
    "PoolBusy",
    "PoolClosed",
    "ProcessLimits",
    "RandomBytes",
    "Reply",
    "SandboxPool",
    "TaskRefused",
    "new_ulid",
    "probe_isolation",
]
