"""The description of the API: complete, true to the routes, and fit to build on."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from api.access import Role, declaration_of
from api.routes.openapi import api_routes, describe_api
from tests.running import Running


@pytest.fixture(scope="module")
def described(running: Running) -> dict[str, Any]:
    with running.client() as anyone:
        told: dict[str, Any] = anyone.get("/v1/openapi.json").raise_for_status().json()
    return told


def operations(described: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, one) for path, methods in described["paths"].items() for method, one in methods.items()]


def test_it_is_openapi_3_1_and_the_same_each_time(running: Running, described: dict[str, Any]) -> None:
    assert described["openapi"] == "3.1.0"
    assert json.loads(json.dumps(describe_api(running.app))) == described


def test_every_route_of_the_api_is_in_it_and_no_page(running: Running, described: dict[str, Any]) -> None:
    wanted = {
        (route.path_format, method.lower())
        for route in api_routes(running.app)
        if route.path.startswith(("/v1", "/log", "/authority", "/healthz", "/readyz"))
        for method in route.methods or ()
    }
    assert {(path, method) for path, method, _ in operations(described)} == wanted
    assert not [path for path in described["paths"] if path.startswith(("/staff", "/citizen", "/static"))]


def test_every_operation_says_who_may_and_what_may_go_wrong(described: dict[str, Any]) -> None:
    for path, method, one in operations(described):
        assert one["x-vidimus-roles"], path
        assert one["description"], path
        is_open = one["x-vidimus-roles"] == [Role.ANYONE.value]
        assert bool(one["security"]) is not is_open, path
        if not is_open:
            assert {"401", "403"} <= set(one["responses"]), path
            assert all(("csrfToken" in scheme) == (method != "get") for scheme in one["security"]), path
        for status, response in one["responses"].items():
            if int(status) >= 400 and path != "/readyz":
                assert list(response["content"]) == ["application/problem+json"], f"{path} {status}"


def test_every_post_that_creates_takes_an_idempotency_key(described: dict[str, Any]) -> None:
    for path, method, one in operations(described):
        creates = method == "post" and {"201", "202"} & set(one["responses"]) and path != "/v1/sessions"
        named = [parameter["name"] for parameter in one.get("parameters", ())]
        assert not creates or "Idempotency-Key" in named, path


def test_every_update_of_a_version_takes_if_match(described: dict[str, Any]) -> None:
    versioned = [
        one for path, _, one in operations(described) if re.search(r"/(prepare|refusal|number|answer|step)$", path)
    ]
    assert len(versioned) == 5
    for one in versioned:
        assert "if-match" in [parameter["name"] for parameter in one["parameters"]]
        assert {"412", "428"} <= set(one["responses"])


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    for name in re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(described)):
        assert name in schemas
    assert "HTTPValidationError" not in schemas


def test_operation_ids_are_unique(described: dict[str, Any]) -> None:
    ids = [one["operationId"] for _, _, one in operations(described)]
    assert len(ids) == len(set(ids))


def test_every_body_is_described(described: dict[str, Any]) -> None:
    for path, method, one in operations(described):
        if method == "post" and path not in WITHOUT_BODY:
            assert one["requestBody"]["content"], path


WITHOUT_BODY = {
    "/v1/received/{submission_id}/items/{requirement_id}/fetch",
    "/authority/ocsp",
    "/authority/tsa",
}


def test_nothing_secret_is_an_example_of_something_real(running: Running, described: dict[str, Any]) -> None:
    assert declaration_of(api_routes(running.app)[0]) is not None
    assert "BEGIN" not in json.dumps(described)
