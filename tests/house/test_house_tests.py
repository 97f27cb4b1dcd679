"""The rules for tests: sentences about an office, none skipped, none that mocks our own code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parents[2]
TEST_FILES = sorted((TREE / "tests").rglob("test_*.py"))
LEAST_WORDS = 4
SKIPS = re.compile(r"pytest\.skip|mark\.skip|importorskip|mark\.xfail|pytest\.xfail|unittest\.mock|\bMagicMock\b")


def relative(path: Path) -> str:
    return path.relative_to(TREE).as_posix()


@pytest.mark.parametrize("path", TEST_FILES, ids=relative)
def test_the_name_of_every_test_is_a_sentence(path: Path) -> None:
    short = [
        node.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and len(node.name.split("_")) < LEAST_WORDS
    ]
    assert short == []


def test_two_test_files_never_have_one_name() -> None:
    names = [path.name for path in TEST_FILES]
    assert sorted({name for name in names if names.count(name) > 1}) == []


@pytest.mark.parametrize("path", sorted((TREE / "tests").rglob("*.py")), ids=relative)
def test_nothing_is_skipped_but_what_needs_the_shared_corpora(path: Path) -> None:
    if path == Path(__file__).resolve():
        return
    text = path.read_text(encoding="utf-8")
    assert not SKIPS.search(text) or "corpora" in text, f"{relative(path)} skips or mocks"


@pytest.mark.parametrize("path", TEST_FILES, ids=relative)
def test_every_test_says_what_it_takes_and_gives_nothing_back(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            assert node.returns is not None, f"{relative(path)}:{node.lineno} has no return type"
            named = [argument for argument in node.args.args if argument.arg != "self"]
            assert all(argument.annotation for argument in named), f"{relative(path)}:{node.lineno}"
