"""Child processes with limits, and the one guarded way out to the network."""

from guard.clock import Clock, RandomBytes
from guard.egress import AllowedOrigin, GuardedHttp, HttpAnswer
from guard.errors import (
    ChildCrashed,
    ChildFailed,
    ChildNotStarted,
    ChildOutOfMemory,
    ChildRefused,
    ChildStalled,
    ChildTimedOut,
    EgressFailed,
    EgressRefused,
    GuardError,
    IsolationUnavailable,
    MailRefused,
    PoolBusy,
    PoolClosed,
    TaskRefused,
)
from guard.identifiers import new_ulid
from guard.limits import Isolation, IsolationReport, ProcessLimits
from guard.mail import MailDoor, MailSecurity, MailServer
from guard.pool import SandboxPool
from guard.probe import probe_isolation
from guard.spool import Room, Spool, SpooledFile, open_file_payload
from guard.wire import FilePayload, Json, Payload, Reply, bytes_of, open_payload, sha256_hex_of, write_payload

__all__ = [
    "AllowedOrigin",
    "ChildCrashed",
    "ChildFailed",
    "ChildNotStarted",
    "ChildOutOfMemory",
    "ChildRefused",
    "ChildStalled",
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
    "MailDoor",
    "MailRefused",
    "MailSecurity",
    "MailServer",
    "Payload",
    "PoolBusy",
    "PoolClosed",
    "ProcessLimits",
    "RandomBytes",
    "Reply",
    "Room",
    "SandboxPool",
    "Spool",
    "SpooledFile",
    "TaskRefused",
    "bytes_of",
    "new_ulid",
    "open_file_payload",
    "open_payload",
    "probe_isolation",
    "sha256_hex_of",
    "write_payload",
]
