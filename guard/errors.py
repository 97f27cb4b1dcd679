"""What may go wrong in a child process or on the one way out to the network.

GuardError
├── ChildFailed            the child gave no usable answer
│   ├── ChildCrashed       it died, or what it sent was not an answer; it has been replaced
│   ├── ChildNotStarted    it never came up, so the input is not to blame
│   ├── ChildTimedOut      it used up its CPU or wall-clock seconds and was killed
│   │   └── ChildStalled   the wall-clock seconds: a machine that is busy can do that to any input
│   └── ChildOutOfMemory   it met its memory limit
├── ChildRefused           the task judged its input and refused it; the child lives on; `code` says why
├── TaskRefused            raised inside a child by a task; reaches the parent as ChildRefused
├── PoolBusy               every child is at work and the queue is full; try again later
├── PoolClosed             the pool was shut down
├── IsolationUnavailable   the asked isolation does not work on this machine
├── EgressRefused          the address, the answer's size or a redirect is against the rules
├── EgressFailed           the other side was not reached, broke off or was too slow
└── MailRefused            a mail server will never take this message; `code` says what it refused
"""

from __future__ import annotations


class GuardError(Exception):
    """Base of every error of this package."""


class ChildFailed(GuardError):
    """The child gave no usable answer."""


class ChildCrashed(ChildFailed):
    """The child died or sent something that is not an answer; a fresh one takes its place."""


class ChildNotStarted(ChildFailed):
    """The child never came up; the installation is at fault and not the input."""


class ChildTimedOut(ChildFailed):
    """The child used up its CPU or wall-clock seconds and was killed."""


class ChildStalled(ChildTimedOut):
    """The child gave no answer within its wall-clock seconds, though it had not used up its CPU seconds."""


class ChildOutOfMemory(ChildFailed):
    """The child met its memory limit and was ended."""


class _Coded(GuardError):
    """An error that carries a stable code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class ChildRefused(_Coded):
    """The task refused its input for the reason `code`; the child is unharmed."""


class TaskRefused(_Coded):
    """Raise it inside a task to refuse the input; the parent sees ChildRefused with the same code."""


class PoolBusy(GuardError):
    """Every child is at work and the queue is full; try again later."""


class PoolClosed(GuardError):
    """The pool was shut down and takes no more calls."""


class IsolationUnavailable(GuardError):
    """The asked isolation does not work on this machine."""


class EgressRefused(GuardError):
    """The request or its answer is against the rules of the one way out; it is not worth retrying."""


class EgressFailed(GuardError):
    """The other side was not reached, broke off or was too slow; a retry may succeed."""


class MailRefused(_Coded):
    """The mail server refused sender, recipient or text for good; sending it again is of no use."""
