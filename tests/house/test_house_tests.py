"""The rules for tests: sentences about an office, none skipped, none that mocks our own code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
TEST_FILES = sorted((TREE / "tests").rglob("test_*.py"))
LEAST_WORDS = 4
STORIES = ("journeys", "browser", "faults", "unit/api")
SKIPS = re.compile(r"pytest\.skip|mark\.skip|importorskip|mark\.xfail|pytest\.xfail|unittest\.mock|\bMagicMock\b")


def relative(path: Path) -> str:
    return path.relative_to(TREE).as_posix()


def read_tests(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]


def test_the_name_of_every_test_is_a_sentence_and_it_says_what_it_takes() -> None:
    wrong = []
    for path in TEST_FILES:
        for test in read_tests(path):
            place = f"{relative(path)}:{test.lineno} {test.name}"
            if len(test.name.split("_")) < LEAST_WORDS:
                wrong.append(f"{place} is no sentence")
            if test.returns is None:
                wrong.append(f"{place} has no return type")
            wrong += [
                f"{place} does not say what {argument.arg} is"
                for argument in test.args.args
                if argument.arg != "self" and not argument.annotation
            ]
    assert wrong == []


def test_two_test_files_never_have_one_name() -> None:
    names = [path.name for path in TEST_FILES]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_nothing_is_skipped_but_what_needs_the_shared_corpora() -> None:
    texts = {
        relative(path): path.read_text(encoding="utf-8")
        for path in sorted((TREE / "tests").rglob("*.py"))
        if path != Path(__file__).resolve()
    }
    assert [name for name, text in texts.items() if SKIPS.search(text) and "corpora" not in text] == []


def test_every_process_of_ours_that_a_story_starts_is_listened_to() -> None:
    """`run_heard` and `started_heard` start them: a bare `subprocess` call starts the tools of others only."""
    wrong = []
    for path in sorted(path for story in STORIES for path in (TREE / "tests" / story).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for call in ast.walk(ast.parse(text)) if "subprocess" in text else ():
            bare = isinstance(call, ast.Call) and ast.unparse(call.func) in {"subprocess.run", "subprocess.Popen"}
            if bare and _program(call) is None:
                wrong.append(f"{relative(path)}:{call.lineno}")
    assert wrong == []


def _program(call: ast.AST) -> ast.Constant | None:
    """The program a call names in its own line, where it does."""
    command = call.args[0] if isinstance(call, ast.Call) and call.args else None
    first = command.elts[0] if isinstance(command, ast.List | ast.Tuple) and command.elts else None
    return first if isinstance(first, ast.Constant) else None
