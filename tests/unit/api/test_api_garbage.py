"""Whatever is sent, the answer is one we meant: no route breaks, and none repeats what it was sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.access import Role, declaration_of
from api.routes.openapi import api_routes
from tests.running import Running

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow

ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
GARBAGE: list[Any] = [
    None,
    True,
    -1,
    10**400,
    1e400,
    "",
    "\x00",
    "CANARY\ud800",
    "\u202e",
    "x" * 100_000,
    [],
    [[]],
    {},
    {"": ""},
    [None] * 1000,
    "01ARZ3NDEKTSV4RRFFQ69G5FA0",
    "' OR 1=1 --",
    "{{7*7}}",
    "../../etc/passwd",
]
PATHS = ["%00", "%ff", "..%2f..%2fetc", "1e9", "-1", "99999999999999999999", "%F0%9F%92%A9", "a" * 5000, "';--"]


@pytest.fixture(scope="module")
def callers(running: Running) -> Iterator[list[httpx.Client]]:
    clients = [running.officer(), running.recipient(), running.citizen(), running.client()]
    yield clients
    for client in clients:
        client.close()


def fields_of(described: dict[str, Any], path: str, method: str) -> dict[str, Any]:
    body = described["paths"][path][method.lower()].get("requestBody", {}).get("content", {})
    schema = body.get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    fields: dict[str, Any] = described["components"]["schemas"].get(name, {}).get("properties", {})
    return fields


def send_every_value(running: Running, callers: list[httpx.Client]) -> None:
    described = running.truth.described
    for route in api_routes(running.app):
        if not route.path.startswith("/v1") or "POST" not in (route.methods or ()):
            continue
        fields = fields_of(described, route.path_format, "POST")
        address = route.path.replace("{item_id}", ULID).replace("{submission_id}", ULID)
        address = address.replace("{requirement_id}", "birth")
        for client in callers:
            for garbage in GARBAGE:
                for body in (garbage, dict.fromkeys(fields, garbage)):
                    text = json.dumps(body)
                    answer = client.post(
                        address, content=text, headers={"Content-Type": "application/json", "If-Match": '"1"'}
                    )
                    assert answer.status_code < 500, f"{route.path} {text[:80]}: {answer.text[:300]}"
                    assert "CANARY" not in answer.text


@pytest.mark.matrix
def test_no_value_of_no_field_from_the_officer_breaks_a_route(running: Running, callers: list[httpx.Client]) -> None:
    send_every_value(running, callers[:1])


@pytest.mark.matrix
def test_no_value_of_no_field_from_anybody_breaks_a_route(running: Running, callers: list[httpx.Client]) -> None:
    send_every_value(running, callers[1:])


@pytest.mark.parametrize("garbage", PATHS)
def test_no_address_breaks_a_route(running: Running, callers: list[httpx.Client], garbage: str) -> None:
    for route in api_routes(running.app):
        declared = declaration_of(route)
        assert declared is not None
        if "{" not in route.path or "GET" not in (route.methods or ()):
            continue
        address = "/".join(garbage if part.startswith("{") else part for part in route.path.split("/"))
        for client in callers[-1:] if Role.ANYONE in declared.roles else callers:
            assert client.get(address).status_code < 500, address


@pytest.mark.parametrize(
    "headers",
    [
        {"If-Match": 'W/"1", *, "\''},
        {"Idempotency-Key": "short"},
        {"Idempotency-Key": "k" * 256},
        {"Idempotency-Key": b"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8"},
        {"Accept-Language": "," * 5000},
        {"Accept": "text/csv;q=x, */*"},
        {"Cookie": "vidimus_staff=%00; vidimus_citizen=\x7f; vidimus_lang=xx"},
        {"X-CSRF-Token": b"\xe9" * 43},
        {"Origin": "http://[::1"},
        {"Origin": "http://127.0.0.1:99999999"},
        {"Content-Type": "multipart/form-data; boundary=" + "b" * 5000},
        {"Content-Type": "application/json; charset=utf-7"},
    ],
)
def test_no_header_breaks_a_route(running: Running, callers: list[httpx.Client], headers: dict[str, Any]) -> None:
    for client in callers:
        for method, address in (("GET", "/v1/register"), ("POST", "/v1/shares"), ("POST", "/v1/drafts")):
            try:
                answer = client.request(method, address, headers=headers)
            except httpx.RemoteProtocolError:
                # The server closed a connection on which it could not tell where the request ends.
                continue
            assert answer.status_code < 500, f"{method} {address} {headers}: {answer.text[:300]}"
