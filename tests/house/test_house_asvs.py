"""What the yardstick of docs/asvs.md asks of the whole code at once: SQL, scripts, bodies that are sent, answers to strangers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from docs.client_values import described

TREE = Path(__file__).resolve().parents[2]
PACKAGES = ("api", "certify", "dossiers", "guard", "keys", "ocr", "signing", "vault")
WRITTEN_SQL = {"text", "exec_driver_sql"}
# A file without these words has no SQL of its own, and need not be parsed to see that.
SQL_WORDS = re.compile(r"\bexec_driver_sql\b|\bsa\b.*\btext\b", re.DOTALL)
SCRIPTS = sorted([*(TREE / "api" / "pages" / "static").glob("*.js"), *(TREE / "api" / "offline").glob("*.js")])
# Words of fields by which a person would be told to somebody who did not sign in.
PERSONAL = {"birth_date", "citizen_number", "holder", "holder_id", "holder_name", "holder_number", "id_number", "login"}
# Whoever signs in is told who they are; a name that is not the own one is nowhere in these.
OWN = {"open_session", "open_session_by_passkey", "take_line_session"}


def sql_in(tree: ast.AST) -> Iterator[ast.expr]:
    """The first argument of every call that takes SQL as text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITTEN_SQL:
            owner = node.func.value
            is_ours = node.func.attr == "exec_driver_sql" or (isinstance(owner, ast.Name) and owner.id == "sa")
            if is_ours and node.args:
                yield node.args[0]


def is_fixed(written: ast.expr) -> bool:
    """Whether a text was whole when the code was written: a literal, or a choice between literals, also inside an f-string."""
    if isinstance(written, ast.IfExp):
        return is_fixed(written.body) and is_fixed(written.orelse)
    if isinstance(written, ast.JoinedStr):
        return all(is_fixed(part) for part in written.values)
    if isinstance(written, ast.FormattedValue):
        return is_fixed(written.value)
    return isinstance(written, ast.Constant)


@pytest.mark.parametrize(
    ("written", "fixed"),
    [
        ("sa.text('SELECT 1')", True),
        ("tx.exec_driver_sql(f\"PRAGMA x={'ON' if yes else 'OFF'}\")", True),
        ("sa.text(f'SELECT {name}')", False),
        ("tx.exec_driver_sql('SELECT ' + name)", False),
        ("sa.text(query)", False),
    ],
)
def test_sql_that_is_put_together_is_known(written: str, *, fixed: bool) -> None:
    (one,) = sql_in(ast.parse(written))
    assert is_fixed(one) is fixed


def test_sql_is_never_put_together_from_values() -> None:
    seen, loose = 0, []
    for path in (path for package in PACKAGES for path in (TREE / package).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for written in sql_in(ast.parse(text)) if SQL_WORDS.search(text) else ():
            seen += 1
            if not is_fixed(written):
                loose.append(f"{path.relative_to(TREE)}:{written.lineno}")
    assert seen >= 5
    assert loose == []


def test_scripts_keep_nothing_in_the_browser_and_write_no_html() -> None:
    assert len(SCRIPTS) >= 4
    forbidden = re.compile(
        r"localStorage|sessionStorage|indexedDB|document\.cookie|\beval\(|new Function|innerHTML|outerHTML"
        r"|insertAdjacentHTML|document\.write"
    )
    found = {path.name: forbidden.findall(path.read_text(encoding="utf-8")) for path in SCRIPTS}
    assert {name: words for name, words in found.items() if words} == {}


def test_every_body_that_is_sent_refuses_a_field_nobody_knows() -> None:
    whole = described()
    schemas, open_ones, seen = whole["components"]["schemas"], [], 0
    for methods in whole["paths"].values():
        for one in methods.values():
            body = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            for name in named_in(body, schemas, set()):
                seen += 1
                is_object = schemas[name].get("type") == "object"
                if is_object and schemas[name].get("additionalProperties") is not False:
                    open_ones.append(f"{one['operationId']}: {name}")
    assert seen >= 60
    assert open_ones == []


def test_answers_to_strangers_have_no_field_about_a_person() -> None:
    whole = described()
    schemas, told = whole["components"]["schemas"], []
    for methods in whole["paths"].values():
        for one in methods.values():
            if one["x-vidimus-roles"] != ["anyone"] or one["operationId"] in OWN:
                continue
            for status, response in one["responses"].items():
                schema = response.get("content", {}).get("application/json", {}).get("schema", {})
                for name in named_in(schema, schemas, set()) if status < "300" else ():
                    fields = PERSONAL & set(schemas[name].get("properties", {}))
                    told += [f"{one['operationId']}: {name}.{field}" for field in sorted(fields)]
    assert told == []


def named_in(schema: Any, schemas: dict[str, Any], seen: set[str]) -> Iterator[str]:
    """The names of all schemas that one leads to."""
    for name in re.findall(r"#/components/schemas/([\w.-]+)", str(schema)):
        if name not in seen:
            seen.add(name)
            yield name
            yield from named_in(schemas[name], schemas, seen)
