"""The description of the API (OpenAPI 3.1), completed from the declarations of the routes: who may call, what may go wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from api.access import SESSION_COOKIES, STAFF_ROLES, Requires, Role, declaration_of
from api.identity import Door
from api.routes.depends import Anyone
from api.schemas.wire import Problem

router = APIRouter(tags=["description"])
_PROBLEM_JSON: Final = "application/problem+json"
_CHANGES: Final = frozenset({"post", "put", "patch", "delete"})
_MEANINGS: Final = {
    401: "Nobody is signed in, or the session ended.",
    403: "This role, agency or form may not.",
    404: "There is no such thing, or it is not yours: nobody can tell the two apart.",
    409: "Not possible at this step, or the same call is still running.",
    410: "It was taken back, or its time is over.",
    412: "It changed since it was read.",
    413: "The body is larger than this door takes.",
    422: "A field is missing or wrong, or the document is refused; `reason` says why.",
    428: "If-Match is missing.",
    429: "Busy, or too many attempts; see Retry-After.",
    503: "A part is not available; see Retry-After.",
}
# What a route may answer beyond what its declaration and its parameters tell.
_ALSO: Final[Mapping[str, frozenset[int]]] = {
    "/v1/sessions": frozenset({401}),
    "/v1/approvals": frozenset({404}),
    "/v1/shares": frozenset({404, 410}),
    "/v1/shares/open": frozenset({410}),
    "/v1/shares/pages/{number}": frozenset({401, 410}),
    "/v1/submissions": frozenset({404, 410}),
    "/v1/received/{submission_id}/items/{requirement_id}/fetch": frozenset({410}),
}


@router.get("/v1/openapi.json", response_class=Response, responses={200: {"content": {"application/json": {}}}})
def read_description(request: Request, _caller: Anyone) -> Response:
    """Give this description."""
    return Response(json.dumps(describe_api(request.app), ensure_ascii=False), media_type="application/json")


def describe_api(app: FastAPI) -> dict[str, Any]:
    """Build the description of every route that belongs to the API; pages are for people and not in it."""
    routes = [route for route in api_routes(app) if route.include_in_schema]
    whole = get_openapi(
        title=app.title, version=app.version, summary=app.summary, routes=app.routes, openapi_version="3.1.0"
    )
    components = whole.setdefault("components", {})
    components["securitySchemes"] = _security_schemes()
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
    operation["x-vidimus-roles"] = sorted(role.value for role in declared.roles)
    operation["x-vidimus-owner"] = declared.owner.name
    operation["security"] = _security(declared, is_change=method in _CHANGES)
    responses = operation["responses"]
    for status in _problems(declared, method, operation, path=route.path):
        responses[str(status)] = {
            "description": _MEANINGS[status],
            "content": {_PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }


def _problems(declared: Requires, method: str, operation: dict[str, Any], *, path: str) -> list[int]:
    found = {422, 429, 503} | (_ALSO.get(path, frozenset()) if method in _CHANGES or "{" in path else frozenset())
    if Role.ANYONE not in declared.roles:
        found |= {401, 403}
    if "{" in path:
        found.add(404)
    if method in _CHANGES:
        found |= {403, 409, 413}
    if any(parameter["name"].lower() == "if-match" for parameter in operation.get("parameters", ())):
        found |= {412, 428}
    return sorted(status for status in found if str(status) not in operation["responses"] or status == 422)


def _security(declared: Requires, *, is_change: bool) -> list[dict[str, list[str]]]:
    if Role.ANYONE in declared.roles:
        return []
    schemes = []
    if declared.roles & STAFF_ROLES:
        schemes.append("staffSession")
    if Role.CITIZEN in declared.roles:
        schemes.append("citizenSession")
    extra: dict[str, list[str]] = {"csrfToken": []} if is_change else {}
    return [{scheme: []} | extra for scheme in schemes]


def _security_schemes() -> dict[str, dict[str, str]]:
    words = {
        "staffSession": (Door.STAFF, "Session of the staff door; `POST /v1/sessions` opens one."),
        "citizenSession": (Door.CITIZEN, "Session of the citizen's door; `POST /v1/sessions` opens one."),
    }
    schemes = {
        name: {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIES[door], "description": text}
        for name, (door, text) in words.items()
    }
    schemes["csrfToken"] = {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRF-Token",
        "description": "`csrf_token` of the session; every change carries it.",
    }
    return schemes
