"""Exit codes, as DESIGN §4 lists them: one number per outcome, the worst of several files."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from importlib import import_module
from typing import Final

# It knows every package of the house and is slow to import: only what went wrong needs it.
_FAILURES: Final = "api.cli.failures"


class Exit(IntEnum):
    """What a command's exit code says."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    MISSING_DEPENDENCY = 3
    DAMAGED_INPUT = 4
    FILE_ACCESS = 5
    QUALITY_REFUSED = 6
    ENCRYPTED = 8
    BAD_CONFIGURATION = 9
    NO_SIGNATURE = 10
    VERIFICATION_FAILED = 20
    NOT_CONFIRMED = 21
    SIGNING_REFUSED = 30
    CERTIFICATE_UNUSABLE = 31
    SERVICE_UNREACHABLE = 32
    NOT_AUTHENTICATED = 40
    FORBIDDEN = 41
    INTERRUPTED = 130


# Several files: the first of these that occurs.
_WORST_FIRST: Final = (1, 9, 3, 5, 20, 4, 8, 21, 32, 31, 30, 10, 6, 0)


def expected_errors() -> tuple[type[Exception], ...]:
    """The errors that end a command with a sentence and never with a traceback."""
    expected: tuple[type[Exception], ...] = import_module(_FAILURES).EXPECTED
    return expected


def exit_of_error(error: BaseException) -> Exit:
    """The exit code of an exception that ended a command."""
    return Exit(import_module(_FAILURES).exit_code(error))


def sentence_of(error: Exception) -> str:
    """What a person reads when a command ends with an expected error."""
    return str(import_module(_FAILURES).sentence(error))


def exit_of_intake(code: str) -> Exit:
    """The exit code of a scan that was not taken in."""
    if code == "PASSWORD_PROTECTED":
        return Exit.ENCRYPTED
    if code in {"RESOLUTION_TOO_LOW", "BLANK_PAGE", "ALREADY_SIGNED"}:
        return Exit.QUALITY_REFUSED
    return Exit.DAMAGED_INPUT


def worst(codes: Iterable[Exit]) -> Exit:
    """The exit code of several files together."""
    seen = set(codes)
    return next((Exit(code) for code in _WORST_FIRST if code in seen), max(seen, default=Exit.OK))
