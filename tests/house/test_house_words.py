"""The words of the house: every sentence that is asked for exists, every sentence that exists is asked for."""

from __future__ import annotations

import ast
import re
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from api.messages import load_messages
from api.problems import TABLE

TREE = Path(__file__).resolve().parents[2]
KEYS = frozenset(load_messages(ZoneInfo("Asia/Ho_Chi_Minh")).sentences)
FAMILIES = "|".join(sorted({key.split(".")[0] for key in KEYS}))
KEY = re.compile(rf"(?:{FAMILIES})(?:\.[A-Za-z0-9_]+)+")
IN_TEMPLATE = re.compile(rf"""["']((?:{FAMILIES})\.[A-Za-z0-9_.]*)["']\s*(~)?""")
ASKING = {"tell", "text", "in_all", "t", "say"}
# Codes that stand in data or come out of children; every code of a kind has its sentence, and is asked for as `reason.*`.
ANY = "[A-Za-z0-9_.-]+"
WRONG_TERM = "bản sao " + "công chứng"
WRITERS_TOOLS = re.compile(
    r"(?i)\b(?:" + "|".join(("cl" + "aude", "anth" + "ropic", "chat" + "gpt", "open" + "ai", "co" + "pilot")) + r")\b"
)


@dataclass(frozen=True)
class Code:
    """What can name a sentence in the code of `api`: texts, texts with blanks in them, and calls."""

    texts: tuple[str, ...]
    joined: tuple[ast.JoinedStr, ...]
    calls: tuple[ast.Call, ...]


@cache
def code() -> Code:
    """All of it, found in one walk; texts that are a piece of one with blanks are not among the texts."""
    constants: list[ast.Constant] = []
    joined: list[ast.JoinedStr] = []
    calls: list[ast.Call] = []
    for file in sorted((TREE / "api").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                constants.append(node)
            elif isinstance(node, ast.JoinedStr):
                joined.append(node)
            elif isinstance(node, ast.Call):
                calls.append(node)
    pieces = {id(part) for one in joined for part in one.values}
    return Code(tuple(one.value for one in constants if id(one) not in pieces), tuple(joined), tuple(calls))


@cache
def templates() -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted((TREE / "api").rglob("*.html")))


def written_down() -> set[str]:
    """Every text in code or in a template that is a whole key, or the first part of some keys."""
    found = {text for text in code().texts if KEY.fullmatch(text)}
    found |= {key for key, is_joined in IN_TEMPLATE.findall(templates()) if not is_joined and KEY.fullmatch(key)}
    return {text for text in found if not text.endswith(".html")}


def is_family(text: str) -> bool:
    return any(key.startswith(f"{text}.") for key in KEYS)


def families() -> list[re.Pattern[str]]:
    """Every key that is put together while running, with its blanks."""
    patterns = [re.escape(start) + ANY for start, is_joined in IN_TEMPLATE.findall(templates()) if is_joined]
    patterns += [re.escape(f"{text}.") + ANY for text in written_down() - KEYS if is_family(text)]
    for node in code().joined:
        parts = [re.escape(str(part.value)) if isinstance(part, ast.Constant) else ANY for part in node.values]
        patterns.append("".join(parts))
    return [re.compile(pattern) for pattern in patterns if re.match(rf"(?:{FAMILIES})\\\.", pattern)]


def test_every_sentence_that_is_asked_for_exists() -> None:
    asked = {
        node.args[0].value
        for node in code().calls
        if node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
        and KEY.fullmatch(node.args[0].value)
        and (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")) in ASKING
    }
    assert sorted(asked - KEYS) == []


def test_every_key_written_down_is_a_sentence_or_a_family_of_them() -> None:
    assert sorted(text for text in written_down() - KEYS if not is_family(text)) == []


def test_every_sentence_is_asked_for_somewhere() -> None:
    used, patterns = written_down(), families()
    unused = [key for key in KEYS - used if not any(pattern.fullmatch(key) for pattern in patterns)]
    assert sorted(unused) == []


def test_every_family_of_keys_has_a_member() -> None:
    assert [pattern.pattern for pattern in families() if not any(pattern.fullmatch(key) for key in KEYS)] == []


def test_every_kind_of_problem_has_its_title_and_its_detail() -> None:
    told = {f"problem.{kind.message}.{part}" for kind in TABLE.values() for part in ("title", "detail")}
    assert told <= KEYS
    assert {key for key in KEYS if key.startswith("problem.")} == told


@cache
def papers_and_code() -> tuple[Path, ...]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=TREE, capture_output=True, check=True).stdout.decode()
    binary = {".ttf", ".png", ".icc", ".lock"}
    return tuple(TREE / name for name in listed.split("\0") if name and Path(name).suffix not in binary)


@pytest.mark.parametrize(
    "wrong", [re.compile(re.escape(WRONG_TERM), re.IGNORECASE), WRITERS_TOOLS], ids=["term", "tools"]
)
def test_words_that_do_not_belong_here_stand_nowhere(wrong: re.Pattern[str]) -> None:
    found = [
        path.relative_to(TREE).as_posix()
        for path in papers_and_code()
        # The test of the papers names what it looks for.
        if path.is_file() and path.name != "test_house_docs.py" and wrong.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
