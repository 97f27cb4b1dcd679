"""Write the values of the Python client from the description of the API: one frozen class for each schema it answers with."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from fastapi import FastAPI

from api.routes import add_routes
from api.routes.openapi import describe_api

_REF: Final = "#/components/schemas/"
_PLAIN: Final = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_WIDTH: Final = 116

# Module of `api.client.values`: its first line, and the operations whose answers stand in it; what two need stands in
# the first.
MODULES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "public": (
        "What anybody is told: verdicts, codes, shared papers, trust, problems.",
        (
            *("verify", "look_up", "open_share", "read_trust", "healthz", "readyz"),
            *("current_session", "begin_line_sign_in"),
        ),
    ),
    "office": (
        "What the office is told: drafts, ready copies, operations, the register.",
        ("get_draft", "list_drafts", "prepare", "refuse", "get_operation", "approve_batch", "read_register"),
    ),
    "vaults": (
        "What holders and recipients are told: papers, history, shares, consents, dossiers.",
        (
            *("get_record", "list_records", "read_history", "make_share", "list_shares", "list_consents"),
            *("look_at_erasure", "erase_papers", "record_fields"),
            *("list_procedures", "match_procedure", "file_dossier", "list_submissions"),
        ),
    ),
    "mandates": (
        "What is told about who acts for whose vault.",
        ("enter_mandate", "list_vaults", "enter_death", "enter_joint_paper"),
    ),
    "administration": (
        "What administrators are told: agencies and their reforms, people, delegations, keys.",
        (
            *("list_agencies", "found_agency", "abolish_agency", "allow_sealing", "reform_agencies"),
            *("list_people", "take_on", "invite", "let_person_leave", "list_delegations", "add_delegation"),
            *("list_keys", "list_ending_keys", "walk_signing_paths"),
        ),
    ),
    "systems": (
        "What administrators are told of systems: those that act for the agency, webhooks, procedures taken in.",
        (
            *("list_clients", "register_client", "list_event_types", "list_webhooks", "subscribe"),
            *("list_sendings", "replay", "import_procedures"),
        ),
    ),
    "oversight": (
        "What auditors and overseers are told: books, findings, corrections, figures, how long things are kept.",
        (
            *("list_books", "list_lines", "audit_lines", "audit_findings"),
            *("annul_copy", "correct_copy", "recall_copy", "read_figures", "read_scorecard", "list_events"),
            *("read_retention", "list_legal_holds", "purge", "list_destructions"),
        ),
    ),
}
_HEAD: Final = '''"""{line}

Written by `python -m docs.generate` from the description of the API; changes by hand are lost.
"""

from __future__ import annotations

{imports}
'''


@cache
def described() -> dict[str, Any]:
    """The description of the API, without an office behind it."""
    app = FastAPI(title="Vidimus", version="1", docs_url=None, redoc_url=None, openapi_url=None)
    add_routes(app)
    return describe_api(app)


def client_values() -> dict[str, str]:
    """Give the source of each module of values."""
    whole = described()
    schemas = whole["components"]["schemas"]
    by_id = {one["operationId"]: one for methods in whole["paths"].values() for one in methods.values()}
    placed: dict[str, str] = {"Problem": "public"}
    for module, (_line, operations) in MODULES.items():
        for operation in operations:
            for response in by_id[operation]["responses"].values():
                schema = response.get("content", {}).get("application/json", {}).get("schema", {})
                for name in _names(schema, schemas, set()):
                    placed.setdefault(name, module)
    return {module: _module(module, line, placed, schemas) for module, (line, _operations) in MODULES.items()}


def _names(schema: Any, schemas: Mapping[str, Any], seen: set[str]) -> Iterator[str]:
    for name in _references(schema):
        if name not in seen:
            seen.add(name)
            yield name
            yield from _names(schemas[name], schemas, seen)


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref":
                yield value.removeprefix(_REF)
            else:
                yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _module(module: str, line: str, placed: Mapping[str, str], schemas: Mapping[str, Any]) -> str:
    names = sorted(name for name, place in placed.items() if place == module)
    bodies = [_class(name, schemas[name]) for name in names]
    text = "\n".join(bodies)
    imports = []
    if "Mapping[" in text:
        imports.append("from collections.abc import Mapping")
    imports.append("from dataclasses import dataclass")
    clocks = [word for word in ("date", "datetime") if re.search(rf": {word}(?: \||$)", text, re.MULTILINE)]
    if clocks:
        imports.append(f"from datetime import {', '.join(clocks)}")
    if "Any" in text:
        imports.append("from typing import Any")
    used = {other for name in names for other in _references(schemas[name]) if placed[other] != module}
    for number, place in enumerate(sorted({placed[other] for other in used})):
        taken = ", ".join(sorted(class_name(other) for other in used if placed[other] == place))
        gap = "" if number else "\n"
        imports.append(f"{gap}from api.client.values.{place} import {taken}")
    return _HEAD.format(line=line, imports="\n".join(imports)) + "\n\n" + "\n\n".join(bodies)


def class_name(schema: str) -> str:
    """`RecordTold` of the service is `Record` to a program."""
    return schema.removesuffix("Told")


def _class(name: str, schema: Mapping[str, Any]) -> str:
    text = " ".join(str(schema.get("description") or name).split())
    summary, _, rest = text.partition("; ") if len(text) > _WIDTH - 10 else (text, "", "")
    lines = [f'    """{summary if not rest else summary + "."}']
    if rest:
        lines += ["", *(f"    {row}" for row in textwrap.wrap(rest[0].upper() + rest[1:], _WIDTH - 4)), '    """']
    else:
        lines[0] += '"""'
    fields = [_field(key, value) for key, value in schema["properties"].items()]
    head = ["@dataclass(frozen=True, slots=True, kw_only=True)", f"class {class_name(name)}:"]
    return "\n".join([*head, *lines, "", *fields, ""])


def _field(name: str, schema: Mapping[str, Any]) -> str:
    kind = _kind(schema)
    return f"    {name}: {kind}{' = None' if kind.endswith(' | None') else ''}"


def _kind(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return class_name(str(schema["$ref"]).removeprefix(_REF))
    if "anyOf" in schema:
        kinds = [_kind(one) for one in schema["anyOf"] if one.get("type") != "null"]
        return f"{kinds[0]} | None" if len(kinds) == 1 and len(schema["anyOf"]) > 1 else "Any"
    if schema.get("format") == "date-time":
        return "datetime"
    if schema.get("format") == "date":
        return "date"
    if schema.get("type") == "array":
        return f"tuple[{_kind(schema.get('items', {}))}, ...]"
    if schema.get("type") == "object":
        more = schema.get("additionalProperties")
        return f"Mapping[str, {_kind(more) if isinstance(more, dict) else 'Any'}]"
    return _PLAIN.get(str(schema.get("type")), "Any")
