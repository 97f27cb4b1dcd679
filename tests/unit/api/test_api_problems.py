"""One table for every exception of the house: a status, a stable code, and words in three languages."""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path

import pytest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api import errors
from api.messages import LANGUAGES, Messages, load_messages
from api.problems import TABLE, code_of, describe, from_http, from_validation, handled_exceptions, kind_of
from certify import GuardRefused, VoidReason, load_law
from keys import ImportFault, TimestampReason, TimestampRejected
from ocr import AlreadySigned, IntakeCode, QualityCode, ScanRefused
from vault import NotFound

TREE = Path(__file__).resolve().parents[3]
PACKAGES = ("api", "certify", "dossiers", "fonts", "guard", "keys", "ocr", "signing", "vault")
# Raised before any door is open, by a command that ends with it.
NEVER_AT_A_DOOR = {"api.migrations.errors"}
# What the transition table refuses with; the table itself is the list.
GUARD_CODES = ("SOURCE_MISSING", "NOT_READ", "QUALITY_REFUSED", "PAGES_NOT_COMPARED", "REFUSAL_CODE_MISSING")


def error_modules() -> list[str]:
    return [
        ".".join(path.relative_to(TREE).with_suffix("").parts)
        for package in PACKAGES
        for path in sorted((TREE / package).rglob("errors.py"))
    ]


def exceptions() -> list[type[Exception]]:
    found: list[type[Exception]] = []
    for name in error_modules():
        if name in NEVER_AT_A_DOOR:
            continue
        module = importlib.import_module(name)
        found += [
            value
            for _, value in inspect.getmembers(module, inspect.isclass)
            if issubclass(value, Exception) and value.__module__ == name
        ]
    return found


@pytest.fixture(scope="module")
def messages() -> Messages:
    return load_messages(load_law("vn").timezone)


def test_the_house_has_the_errors_this_test_walks() -> None:
    assert len(exceptions()) > 100


@pytest.mark.parametrize("error", exceptions(), ids=lambda error: f"{error.__module__}.{error.__name__}")
def test_an_exception_has_a_row_and_words_in_three_languages(error: type[Exception], messages: Messages) -> None:
    assert any(base in TABLE for base in error.__mro__), f"{error.__name__} has no row in api.problems.TABLE"
    kind = kind_of(error)
    for part in ("title", "detail"):
        texts = {messages.text(f"problem.{kind.message}.{part}", language) for language in LANGUAGES}
        assert len(texts) == len(LANGUAGES)


@pytest.mark.parametrize("error", exceptions(), ids=lambda error: f"{error.__module__}.{error.__name__}")
def test_the_application_handles_it(error: type[Exception]) -> None:
    assert issubclass(error, handled_exceptions())


def test_a_row_of_the_table_is_used() -> None:
    known = set(exceptions())
    assert [error.__name__ for error in TABLE if error not in known] == []


@pytest.mark.parametrize("code", [*IntakeCode, *QualityCode, *VoidReason, *GUARD_CODES, *ImportFault])
def test_a_refusal_says_what_is_wrong_and_what_to_do(code: str, messages: Messages) -> None:
    for language in LANGUAGES:
        text = messages.text(f"reason.{code}", language)
        assert text.endswith((".", "!", "?"))
        assert len(text.split()) <= 20 if language != "vi" else len(text.split()) <= 26


def test_every_guard_of_the_transition_table_is_in_the_list() -> None:
    source = (TREE / "certify" / "transitions.py").read_text(encoding="utf-8")
    raised = {line.split('GuardRefused("')[1].split('"')[0] for line in source.splitlines() if 'GuardRefused("' in line}
    assert raised | {"PAGES_NOT_COMPARED"} == set(GUARD_CODES)


def test_a_refused_scan_is_told_with_its_own_reason(messages: Messages) -> None:
    problem = describe(ScanRefused(IntakeCode.TRUNCATED, "for the log"), messages=messages, language="fr")
    assert (problem.status, problem.code, problem.reason) == (422, "SCAN_REFUSED", "TRUNCATED")
    assert problem.detail == messages.text("reason.TRUNCATED", "fr")
    assert problem.type == "urn:vidimus:problem:scan-refused"
    assert json.loads(json.dumps(problem.to_dict()))["reason"] == "TRUNCATED"


def test_the_words_of_an_exception_never_reach_the_reader(messages: Messages) -> None:
    for error in (NotFound("SECRET"), GuardRefused("NOT_READ", "SECRET"), AlreadySigned("SECRET"), KeyError("SECRET")):
        assert "SECRET" not in json.dumps(describe(error, messages=messages, language="en").to_dict())


def test_a_reason_that_has_no_text_of_its_own_keeps_the_general_one(messages: Messages) -> None:
    error = TimestampRejected("for the log", reason=next(iter(TimestampReason)))
    problem = describe(error, messages=messages, language="en")
    assert problem.reason
    assert problem.status == 503


def test_an_exception_nobody_named_is_internal(messages: Messages) -> None:
    assert describe(ZeroDivisionError(), messages=messages, language="vi").status == 500


@pytest.mark.parametrize(
    ("name", "code"),
    [("ReadyCopyExpired", "READY_COPY_EXPIRED"), ("NotAPdf", "NOT_A_PDF"), ("CsrfRefused", "CSRF_REFUSED")],
)
def test_a_code_is_the_name_in_capitals(name: str, code: str) -> None:
    assert code_of(type(name, (Exception,), {})) == code


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, errors.NotAuthenticated),
        (404, errors.NotFound),
        (405, errors.MethodNotAllowed),
        (413, errors.UploadTooLarge),
        (400, errors.RequestInvalid),
    ],
)
def test_the_frameworks_own_refusals_are_ours(status: int, error: type[Exception]) -> None:
    assert isinstance(from_http(HTTPException(status)), error)


def test_a_wrong_field_is_named_and_its_value_is_not() -> None:
    found = from_validation(RequestValidationError([{"loc": ("body", "pin"), "msg": "x", "input": "240226"}]))
    assert isinstance(found, errors.RequestInvalid)
    assert (found.field, "240226" in str(found)) == ("pin", False)


def test_an_id_that_cannot_be_one_names_nothing() -> None:
    found = from_validation(RequestValidationError([{"loc": ("path", "item_id"), "msg": "x", "input": "../etc"}]))
    assert isinstance(found, errors.NotFound)
