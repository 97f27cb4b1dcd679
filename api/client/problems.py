"""What can go wrong between a program and a Vidimus.

VidimusError
├── Refused               the service answered with a problem (RFC 9457); `code` says which
│   └── OperationFailed   long work ended without its result, or waits for a person
├── Unreachable           no answer came; what was asked may or may not have been done
├── TookTooLong           long work still runs after the time that was given
└── AnswerUnreadable      something answered that is no Vidimus, or a newer one than this client knows
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class VidimusError(Exception):
    """Base of everything the client raises."""


class Refused(VidimusError):
    """The service said no, and why: `code` and `reason` for programs, `title` and `detail` for people."""

    def __init__(self, problem: Mapping[str, Any], *, status: int, retry_after_seconds: float | None = None) -> None:
        self.status = status
        self.code = str(problem.get("code") or f"HTTP_{status}")
        self.title = str(problem.get("title") or "The service refused")
        self.detail = str(problem.get("detail") or "")
        self.reason: str | None = problem.get("reason")
        self.field: str | None = problem.get("field")
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"{self.title}. {self.detail} [{self.code}]")


class OperationFailed(Refused):
    """Long work ended without its result (FAILED), or stopped until a person acts (ACTION_REQUIRED)."""

    def __init__(self, problem: Mapping[str, Any], *, operation_id: str, status: str) -> None:
        super().__init__(problem, status=int(problem.get("status") or 409))
        self.operation_id = operation_id
        self.operation_status = status


class Unreachable(VidimusError):
    """No answer came. A call that was not safe to send again may have been done: look before asking again."""


class TookTooLong(VidimusError):
    """The work still runs; ask for the operation again later, by its id."""


class AnswerUnreadable(VidimusError):
    """The answer is not what the description of the API says."""
