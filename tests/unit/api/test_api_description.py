"""The description of the API: complete, true to the routes, and fit to build on."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from api.access import Role, declaration_of
from api.routes.openapi import api_routes, describe_api
from tests.running import Running

# Readiness tells its parts; the token endpoint speaks RFC 6749.
OTHER_FORMS = {"/readyz", "/v1/oauth/token"}
# Their answer holds a secret that is told once, so no answer is kept that could be given a second time.
TOLD_ONCE = {
    *("/v1/webhooks", "/v1/sessions", "/v1/sessions/passkey", "/v1/tokens", "/v1/clients"),
    *("/v1/line-sign-ins", "/v1/line-sign-ins/session"),
    # The link in a QR, which works once and for two minutes; only the digest of its token is kept.
    *("/v1/counter-codes", "/v1/phone-codes"),
}
# They have no version to update: a request that was decided, a link and a command line that were answered take no second
# decision.
DECIDED_ONCE = {"/v1/own-requests/{request_id}/refusal", "/v1/shares/answer", "/v1/line-sign-ins/answer"}


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
        if route.path.startswith(("/v1", "/log", "/authority", "/healthz", "/readyz", "/metrics"))
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
            by_cookie = [scheme for scheme in one["security"] if "bearerToken" not in scheme]
            assert by_cookie, path
            assert all(("csrfToken" in scheme) == (method not in {"get", "head", "options"}) for scheme in by_cookie), (
                path
            )
            by_token = [scheme for scheme in one["security"] if "bearerToken" in scheme]
            assert [scheme["bearerToken"] for scheme in by_token] == (
                [[one["x-vidimus-scope"]]] if "x-vidimus-scope" in one else []
            ), path
        for status, response in one["responses"].items():
            if int(status) >= 400 and path not in OTHER_FORMS:
                spoken = set(response["content"])
                if path.startswith("/authority/") and "text/plain" in spoken:
                    # It speaks the protocols of authorities, in which a refusal is a line of text.
                    continue
                assert spoken == {"application/problem+json"}, f"{path} {status}"
                schema = response["content"]["application/problem+json"]["schema"]
                assert schema["allOf"][1]["properties"]["code"]["enum"], f"{path} {status}"


def test_every_post_that_creates_takes_an_idempotency_key(described: dict[str, Any]) -> None:
    for path, method, one in operations(described):
        creates = method == "post" and {"201", "202"} & set(one["responses"]) and path not in TOLD_ONCE
        named = [parameter["name"] for parameter in one.get("parameters", ())]
        assert not creates or "Idempotency-Key" in named, path


def test_every_update_of_a_version_takes_if_match(described: dict[str, Any]) -> None:
    versioned = [
        one
        for path, _, one in operations(described)
        if re.search(r"/(prepare|refusal|number|answer|step)$", path) and path not in DECIDED_ONCE
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


def test_every_operation_says_in_a_line_what_it_does(described: dict[str, Any]) -> None:
    described_tags = {tag["name"] for tag in described["tags"] if tag.get("description")}
    for path, _, one in operations(described):
        assert 5 < len(one["summary"]) < 120, path
        assert one["summary"] != one["operationId"].replace("_", " ").title(), path
        assert set(one["tags"]) <= described_tags, path


def test_every_link_leads_to_an_operation_and_its_parameters(described: dict[str, Any]) -> None:
    by_id = {one["operationId"]: one for _, _, one in operations(described)}
    for path, _, one in operations(described):
        for response in one["responses"].values():
            for link in response.get("links", {}).values():
                named = {parameter["name"] for parameter in by_id[link["operationId"]].get("parameters", ())}
                assert set(link.get("parameters", ())) <= named, path


def test_what_passes_by_itself_says_when(described: dict[str, Any]) -> None:
    for path, _, one in operations(described):
        for status in {"429", "503"} & set(one["responses"]):
            assert path == "/readyz" or "Retry-After" in one["responses"][status]["headers"], path


def test_operation_ids_are_unique(described: dict[str, Any]) -> None:
    ids = [one["operationId"] for _, _, one in operations(described)]
    assert len(ids) == len(set(ids))


def test_every_body_is_described(described: dict[str, Any]) -> None:
    for path, method, one in operations(described):
        if method == "post" and path not in WITHOUT_BODY:
            assert one["requestBody"]["content"], path


WITHOUT_BODY = {
    "/v1/agencies/{agency_code}/four-eyes/{policy_id}/end",
    "/v1/batches/{batch_id}/numbers",
    "/v1/drafts/{item_id}/paper-sheets",
    "/v1/drafts/{item_id}/reuse-check",
    "/v1/duty-accesses/{grant_id}/records/{record_id}/fetch",
    "/v1/own-cases/{case_id}/withdrawal",
    "/v1/phone-codes",
    "/v1/providers/{provider_id}/check",
    "/v1/register/copies/{code}/correction",
    "/v1/keys/dry-run",
    "/v1/received/{submission_id}/items/{requirement_id}/fetch",
    "/v1/received/{submission_id}/package",
    "/v1/submissions/{submission_id}/package/passkey-options",
    "/v1/recoveries/{recovery_id}/confirmation",
    "/v1/staff/{staff_id}/invitation",
    "/v1/staff/{staff_id}/leaving",
    "/v1/sessions/current/passkey-options",
    "/v1/sessions/passkey-options",
    "/v1/drafts/{item_id}/payment",
    "/v1/drafts/{item_id}/payment/look",
    "/v1/drafts/{item_id}/payment/sandbox",
    "/v1/drafts/{item_id}/payment/sandbox-failure",
    "/v1/webhooks/{webhook_id}/secret",
    "/v1/webhooks/{webhook_id}/test",
}


def test_nothing_secret_is_an_example_of_something_real(running: Running, described: dict[str, Any]) -> None:
    assert declaration_of(api_routes(running.app)[0]) is not None
    assert "BEGIN" not in json.dumps(described)
