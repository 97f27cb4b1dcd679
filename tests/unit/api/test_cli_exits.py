"""The exit codes of DESIGN §4: one number for each end, and the worst of several files."""

from __future__ import annotations

import pytest

import certify
import guard
import keys
import vault
from api import errors
from api.cli.exits import Exit, exit_of_error, exit_of_intake, worst
from api.migrations.errors import MigrationFailed
from ocr import errors as ocr_errors

CONTRACT = {
    "OK": 0,
    "UNEXPECTED": 1,
    "USAGE": 2,
    "MISSING_DEPENDENCY": 3,
    "DAMAGED_INPUT": 4,
    "FILE_ACCESS": 5,
    "QUALITY_REFUSED": 6,
    "ENCRYPTED": 8,
    "BAD_CONFIGURATION": 9,
    "NO_SIGNATURE": 10,
    "VERIFICATION_FAILED": 20,
    "NOT_CONFIRMED": 21,
    "SIGNING_REFUSED": 30,
    "CERTIFICATE_UNUSABLE": 31,
    "SERVICE_UNREACHABLE": 32,
    "NOT_AUTHENTICATED": 40,
    "FORBIDDEN": 41,
    "INTERRUPTED": 130,
}
WORST_FIRST = (1, 9, 3, 5, 20, 4, 8, 21, 32, 31, 30, 10, 6, 0)


def test_exit_codes_are_those_of_the_contract() -> None:
    assert {code.name: code.value for code in Exit} == CONTRACT


@pytest.mark.parametrize("place", range(len(WORST_FIRST)))
def test_worst_of_several_files_decides_the_exit_code(place: int) -> None:
    assert worst(Exit(code) for code in reversed(WORST_FIRST[place:])) == WORST_FIRST[place]


def test_no_file_at_all_ends_well() -> None:
    assert worst([]) is Exit.OK


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.BadSetting("x"), 9),
        (errors.HomeMissing("x"), 9),
        (errors.NotADemoHome("x"), 9),
        (MigrationFailed("x"), 9),
        (vault.DatabaseUnavailable("x"), 5),
        (vault.StoreUnavailable("x"), 5),
        (keys.TrustFolderEmpty("x"), 9),
        (errors.DependencyMissing("x"), 3),
        (ocr_errors.LanguageMissing("x"), 3),
        (guard.IsolationUnavailable("x"), 3),
        (errors.LoginRefused("x"), 40),
        (errors.Forbidden("x"), 41),
        (keys.DemoKeyInProduction("x"), 31),
        (keys.TrustServiceError("x"), 32),
        (keys.WrongPin("x"), 30),
        (keys.ActivationError("x"), 30),
        (certify.ChecklistIncomplete("x"), 30),
        (vault.CodeMistyped("x"), 2),
        (errors.RequestInvalid("x", field="y"), 2),
        (ocr_errors.ScanRefused(ocr_errors.IntakeCode.PASSWORD_PROTECTED, "x"), 8),
        (ocr_errors.ScanRefused(ocr_errors.IntakeCode.TRUNCATED, "x"), 4),
        (FileNotFoundError("x"), 5),
        (PermissionError("x"), 5),
        (KeyboardInterrupt(), 130),
        (RuntimeError("a mistake of ours"), 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_every_expected_error_has_the_exit_code_of_the_contract(error: BaseException, code: int) -> None:
    assert exit_of_error(error) == code


@pytest.mark.parametrize("code", list(ocr_errors.IntakeCode))
def test_every_refusal_of_intake_ends_with_four_six_or_eight(code: ocr_errors.IntakeCode) -> None:
    apart = {"PASSWORD_PROTECTED": 8, "RESOLUTION_TOO_LOW": 6, "BLANK_PAGE": 6, "ALREADY_SIGNED": 6}
    assert exit_of_intake(code.value) == apart.get(code.value, 4)
