"""The rules of the house that no other tool enforces."""

from __future__ import annotations

import ast
import importlib
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TypeGuard

import pytest

TREE = Path(__file__).resolve().parents[2]
PACKAGES = ("api", "certify", "dossiers", "fonts", "guard", "keys", "ocr", "samples", "signing", "vault")
FOLDERS = (*PACKAGES, "tests", "benchmarks")


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (TREE / folder).rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(TREE).as_posix()


# What is said in words of its own, and ends with its line: the first statement of nearly every file.
SAID = re.compile(r'"""[^"\s].*?"""\n', re.DOTALL)
# A file without one of these words logs nothing.
LEVELS = {"info", "warning", "error", "debug", "exception"}
LOG_WORD = re.compile(rf"\b(?:{'|'.join(sorted(LEVELS))})\b")


def is_log_call(node: ast.AST) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in LEVELS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id.lower() in {"log", "logger", "_log", "_logger"}
    )


# The steps of a migration are written by Alembic, and never again once they have run somewhere.
WRITTEN_BY_TOOLS = TREE / "api" / "migrations" / "versions"


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    lengths = {
        relative(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files(*FOLDERS)
        if path.parent != WRITTEN_BY_TOOLS
    }
    assert {name: length for name, length in lengths.items() if length > 400} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_lists_its_public_names(package: str) -> None:
    module = importlib.import_module(package)
    assert isinstance(module.__all__, (list, tuple))
    assert all(hasattr(module, name) for name in module.__all__)


def test_no_room_is_called_utils_or_common() -> None:
    names = [
        p
        for p in python_files(*FOLDERS)
        if {"utils", "util", "common", "helpers"} & {part.removesuffix(".py") for part in p.relative_to(TREE).parts}
    ]
    assert names == []


def test_a_weakened_check_gives_its_reason_on_the_line_above() -> None:
    weakened = []
    for path in python_files(*PACKAGES):
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines):
            if re.search(r"#\s*(type: ignore|noqa|pragma: no cover)", line):
                above = lines[number - 1].strip() if number else ""
                if not above.startswith("#"):
                    weakened.append(f"{relative(path)}:{number + 1}")
    assert weakened == []


def test_a_module_says_what_it_is_for() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in python_files(*PACKAGES)}
    # To parse every file takes seconds; the others are few.
    others = [path for path, text in texts.items() if not SAID.match(text)]
    assert [relative(path) for path in others if not ast.get_docstring(ast.parse(texts[path]))] == []


def test_no_log_line_interpolates_its_arguments() -> None:
    """An f-string in a log call is how a name gets into a log; ids and digests go into `extra`."""
    texts = {path: path.read_text(encoding="utf-8") for path in python_files(*PACKAGES)}
    interpolated = [
        f"{relative(path)}:{node.lineno}"
        for path, text in texts.items()
        if LOG_WORD.search(text)
        for node in ast.walk(ast.parse(text))
        if is_log_call(node) and any(isinstance(argument, ast.JoinedStr) for argument in node.args)
    ]
    assert interpolated == []


def test_lock_files_hold_hashes_and_no_address() -> None:
    locks = sorted(TREE.glob("requirements*.lock"))
    assert [lock.name for lock in locks] == [
        "requirements-build.lock",
        "requirements-dev.lock",
        "requirements-s3.lock",
        "requirements-traces.lock",
        "requirements.lock",
    ]
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        for block in re.split(r"\n(?=[a-z0-9])", text):
            if re.match(r"[a-z0-9][^\n]*==", block):
                assert "--hash=sha256:" in block, block.splitlines()[0]


def test_a_planted_import_breaks_the_floors(tmp_path: Path) -> None:
    """The contracts hold only if a wrong import is found: plant one of each kind and look."""
    planted = {
        "guard/planted.py": "import vault\n",
        "vault/planted.py": "import signing\n",
        "keys/planted.py": "import sqlalchemy\n",
        "dossiers/planted.py": "import fastapi\n",
        "certify/planted.py": "import pyhanko\n",
        "api/planted.py": "import dbos\n",
    }
    for package in PACKAGES:
        shutil.copytree(TREE / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(TREE / "pyproject.toml", tmp_path)
    for name, source in planted.items():
        (tmp_path / name).write_text(f'"""Planted."""\n{source}', encoding="utf-8")
    linter = Path(sys.executable).with_name("lint-imports")
    answer = subprocess.run(
        [linter, "--no-cache"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tmp_path)},
    )
    assert answer.returncode != 0
    for importer, imported in [
        ("guard.planted", "vault"),
        ("vault.planted", "signing"),
        ("keys.planted", "sqlalchemy"),
        ("dossiers.planted", "fastapi"),
        ("certify.planted", "pyhanko"),
        ("api.planted", "dbos"),
    ]:
        assert re.search(rf"{importer} -> {imported}", answer.stdout), (
            f"{importer} -> {imported} was not found\n{answer.stdout[-3000:]}"
        )
