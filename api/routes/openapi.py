"""The description of the API (OpenAPI 3.1), completed from the declarations of the routes: who may call, what may go wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from api.access import STAFF_ROLES, Requires, Role, declaration_of
from api.routes.depends import Anyone
from api.routes.described import INTRODUCTION, MEANINGS, described_tags, problem_codes, security_schemes
from api.routes.example_shapes import Example
from api.routes.examples import EXAMPLES, LINKS
from api.schemas.wire import Problem

router = APIRouter(tags=["description"])
_PROBLEM_JSON: Final = "application/problem+json"
_CHANGES: Final = frozenset({"post", "put", "patch", "delete"})
_WAITS: Final = frozenset({409, 429, 503})
_RETRY_AFTER: Final = {
    "description": "Seconds to wait before the call is sent again; with 409 only where the same call still runs.",
    "schema": {"type": "string", "pattern": "^[0-9]+$"},
}
# What an operation may answer beyond what its declaration and its parameters tell.
_ALSO: Final[Mapping[str, frozenset[int]]] = {
    "open_session": frozenset({401}),
    "open_session_by_passkey": frozenset({401}),
    "take_line_session": frozenset({401}),
    **dict.fromkeys(("see_line_question", "answer_line_question", "ask_recovery"), frozenset({404})),
    "take_in": frozenset({404, 507}),
    "scan_again": frozenset({507}),
    "begin_upload": frozenset({412, 415, 460, 507}),
    "ask_upload": frozenset({412}),
    "append_upload": frozenset({412, 415, 460, 507}),
    "end_upload": frozenset({412}),
    "list_people": frozenset({404}),
    "reform_agencies": frozenset({404, 409}),
    "read_figures": frozenset({404, 409}),
    "read_scorecard": frozenset({404, 409}),
    "list_events": frozenset({404, 409}),
    "draw_figure": frozenset({404, 409}),
    "give_open_data": frozenset({404, 409}),
    "read_retention": frozenset({409}),
    "list_legal_holds": frozenset({409}),
    "list_destructions": frozenset({409}),
    "get_destruction": frozenset({409}),
    **dict.fromkeys(("add_delegation", "found_agency", "take_on", "submit_own_case"), frozenset({404})),
    "get_own_package": frozenset({409}),
    **dict.fromkeys(("get_received_package",), frozenset({410})),
    "preview": frozenset({409}),
    "get_ready": frozenset({409}),
    "ready_file": frozenset({409}),
    "ready_page": frozenset({409}),
    **dict.fromkeys(("read_register", "see_fields"), frozenset({409})),
    "collection_sheet": frozenset({409}),
    "export_book": frozenset({409}),
    "closing_document": frozenset({409}),
    "list_seal_queue": frozenset({404, 409}),
    "file_to_seal": frozenset({409}),
    "list_batches": frozenset({409}),
    "get_batch": frozenset({409}),
    "audit_evidence": frozenset({409}),
    "approve": frozenset({404}),
    "approve_batch": frozenset({404}),
    "ask_token_to_sign": frozenset({404}),
    "take_token_signatures": frozenset({404}),
    "ask_passkey": frozenset({404}),
    "ask_token": frozenset({404, 409}),
    "try_token": frozenset({404}),
    **dict.fromkeys(("enter_death", "enter_identity_change", "enter_joint_paper", "erase_papers"), frozenset({404})),
    **dict.fromkeys(("record_fields", "record_file", "record_page"), frozenset({410})),
    **dict.fromkeys(("vault_record_file", "make_vault_share"), frozenset({410})),
    "make_share": frozenset({404, 410}),
    "open_share": frozenset({404, 410}),
    "shared_page": frozenset({401, 403, 410}),
    "shared_file": frozenset({401, 403, 410}),
    "answer_share": frozenset({401, 403, 409, 410}),
    "file_dossier": frozenset({404, 410}),
    "give_feedback": frozenset({404}),
    "list_feedback": frozenset({410}),
    "list_received_feedback": frozenset({410}),
    "file_linked": frozenset({404, 410}),
    "add_result": frozenset({404, 507}),
    "replace_issued_result": frozenset({507}),
    "pull_paper": frozenset({404, 507}),
    "fetch_item": frozenset({410}),
    **dict.fromkeys(
        ("ask_holder", "begin_assisted", "show_counter_code", "go_on_leave", "open_batch"),
        frozenset({404}),
    ),
    "take_counter_code": frozenset({404, 410}),
    "take_phone_code": frozenset({404, 410}),
    "open_by_duty": frozenset({404, 410}),
    "assist": frozenset({410}),
    "get_own_request": frozenset({410}),
    "approve_request": frozenset({410}),
    "decline_request": frozenset({410}),
    "fetch_by_duty": frozenset({410}),
    "register_client": frozenset({404}),
    "checkpoint": frozenset({404}),
}


@router.get("/v1/openapi.json", response_class=Response, responses={200: {"content": {"application/json": {}}}})
def read_description(request: Request, _caller: Anyone) -> Response:
    """Give this description."""
    state = request.app.state
    if not hasattr(state, "description"):
        # It takes a second of work, says the same each time, and anybody may ask for it.
        state.description = json.dumps(describe_api(request.app), ensure_ascii=False)
    return Response(state.description, media_type="application/json")


def describe_api(app: FastAPI) -> dict[str, Any]:
    """Build the description of every route that belongs to the API; pages are for people and not in it."""
    routes = [route for route in api_routes(app) if route.include_in_schema]
    whole = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=INTRODUCTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "/", "description": "The Vidimus that this description comes from."}],
        tags=described_tags(str(tag) for route in routes for tag in route.tags),
        routes=app.routes,
        openapi_version="3.1.0",
    )
    components = whole.setdefault("components", {})
    components["securitySchemes"] = security_schemes()
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema(mode="serialization")
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for route in routes:
        for method in route.methods or ():
            _complete(whole["paths"][route.path_format][method.lower()], method.lower(), route)
    return whole


def api_routes(app: FastAPI) -> list[APIRoute]:
    """Every route of the application, in the order in which they are asked.

    Raises:
        TypeError: something answers requests that is no route with a declaration.
    """
    found = []
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if not isinstance(route, APIRoute):
            raise TypeError(f"{context.path} answers requests without a declaration of who may call it")
        found.append(route)
    return found


def _complete(operation: dict[str, Any], method: str, route: APIRoute) -> None:
    declared = declaration_of(route)
    if declared is None:
        raise TypeError(f"{route.path} does not declare who may call it")
    # The name of the handler is short, and stays when an address gets a parameter more.
    operation["operationId"] = route.name
    operation["summary"] = _first_sentence(operation["description"])
    operation["x-vidimus-roles"] = sorted(role.value for role in declared.roles)
    operation["x-vidimus-owner"] = declared.owner.name
    if declared.scope is not None:
        operation["x-vidimus-scope"] = declared.scope.value
    if declared.step_up:
        operation["x-vidimus-step-up"] = True
    operation["security"] = _security(declared, is_change=method in _CHANGES)
    _add_problems(operation, method, route, declared)
    if route.name in EXAMPLES:
        _add_example(operation, EXAMPLES[route.name])
    _add_links(operation, route.name)
    if method == "head":
        # An answer to HEAD has a status and headers, and never a body (RFC 9110, 9.3.2).
        operation["responses"]["200"].pop("content", None)


def _first_sentence(text: str) -> str:
    line = text.strip().splitlines()[0]
    for end in ("; ", ". "):
        line = line.split(end)[0]
    return line.rstrip(".")


def _add_problems(operation: dict[str, Any], method: str, route: APIRoute, declared: Requires) -> None:
    responses = operation["responses"]
    takes_key = any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", ()))
    for status in _problems(declared, method, operation, route):
        codes = problem_codes(route, status)
        if not takes_key:
            codes = [code for code in codes if code not in {"STILL_RUNNING", "IDEMPOTENCY_CONFLICT"}]
        if not codes:
            continue
        told = responses.setdefault(str(status), {"description": MEANINGS[status]})
        if status == 422:
            # In place of what the framework says of it.
            told = responses["422"] = {"description": MEANINGS[status]}
        told.setdefault("content", {})[_PROBLEM_JSON] = {"schema": _problem_schema(codes)}
        if status in _WAITS:
            told["headers"] = {"Retry-After": _RETRY_AFTER}


def _problem_schema(codes: list[str]) -> dict[str, Any]:
    problem: dict[str, Any] = {"$ref": "#/components/schemas/Problem"}
    return {"allOf": [problem, {"properties": {"code": {"enum": codes}}}]}


def _problems(declared: Requires, method: str, operation: dict[str, Any], route: APIRoute) -> list[int]:
    found = {422, 429, 503} | _ALSO.get(route.name, frozenset())
    if Role.ANYONE not in declared.roles:
        found |= {400, 401, 403}
    if "{" in route.path:
        found.add(404)
    if method in _CHANGES:
        found |= {403, 409, 413}
    if any(parameter["name"].lower() == "if-match" for parameter in operation.get("parameters", ())):
        found |= {412, 428}
    return sorted(found)


def _security(declared: Requires, *, is_change: bool) -> list[dict[str, list[str]]]:
    if Role.ANYONE in declared.roles:
        return []
    schemes = []
    if declared.roles & STAFF_ROLES:
        schemes.append("staffSession")
    if Role.CITIZEN in declared.roles:
        schemes.append("citizenSession")
    extra: dict[str, list[str]] = {"csrfToken": []} if is_change else {}
    found: list[dict[str, list[str]]] = [{scheme: []} | extra for scheme in schemes]
    # A bearer token is sent by no browser on its own, so it needs no secret against forged forms.
    return [*found, {"bearerToken": [declared.scope.value]}] if declared.scope is not None else found


def _add_example(operation: dict[str, Any], example: Example) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in example.parameters:
            parameter["examples"] = {"demo": {"value": example.parameters[parameter["name"]]}}
    if example.body is not None:
        summary = "Runs against ./demo; what begins with @ is a file."
        for kind, content in operation["requestBody"]["content"].items():
            as_json = kind == "application/json" and example.body_as_json is not None
            value = example.body_as_json if as_json else example.body
            content["examples"] = {"demo": {"summary": summary, "value": value}}
    if example.ends is not None:
        operation["x-vidimus-example-ends"] = example.ends


def _add_links(operation: dict[str, Any], name: str) -> None:
    links: dict[str, Any] = {}
    for link in LINKS.get(name, ()):
        told: dict[str, Any] = {"operationId": link.to}
        if link.parameters:
            told["parameters"] = dict(link.parameters)
        if link.body is not None:
            told["requestBody"] = link.body
        links[link.to] = told
    for status, response in operation["responses"].items():
        if links and status.startswith("2"):
            response["links"] = links
