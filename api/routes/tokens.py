"""Tokens for programs, systems that act for an agency, and the token endpoint of those systems."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final
from urllib.parse import parse_qs, unquote_plus

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from api.acts import tokens as acts
from api.doors import visitor_of
from api.errors import ClientRefused, NotFound, OauthRefused, RequestInvalid
from api.identity import ApiClient, ApiToken, read_scopes, write_scopes
from api.refusals import note_refusal
from api.routes.depends import Admin, AdminAnew, Anyone, Office, SignedIn, SignedInAnew, Ulid, reply
from api.schemas.entry import (
    AccessTold,
    ClientAsked,
    ClientList,
    ClientTold,
    NewClientTold,
    NewTokenTold,
    OauthProblem,
    TokenAsked,
    TokenList,
    TokenTold,
)
from api.services import Services
from certify import AgencyNotFound, StaffMember
from certify import Role as StaffRole

router = APIRouter(prefix="/v1", tags=["tokens"])
_FORM: Final = "application/x-www-form-urlencoded"
_TOKEN_FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            _FORM: {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"type": "string", "enum": ["client_credentials"]},
                        "scope": {"type": "string"},
                        "client_id": {"type": "string"},
                        "client_secret": {"type": "string", "format": "password"},
                    },
                }
            }
        },
    }
}


@router.get("/tokens", response_model=TokenList)
def list_tokens(caller: SignedIn, services: Office) -> Response:
    """List one's own tokens, newest first; their secrets are not kept."""
    return reply(TokenList(items=[TokenTold(**_token(token, services)) for token in acts.own_tokens(services, caller)]))


@router.post("/tokens", status_code=201, response_model=NewTokenTold)
def make_token(caller: SignedInAnew, services: Office, asked: TokenAsked) -> Response:
    """Make a token for own programs; it never does more than its owner may, and its secret is told this once."""
    made = acts.make_token(services, caller, label=asked.label, scopes=read_scopes(asked.scopes), days=asked.days)
    return reply(NewTokenTold(**_token(made.token, services), token=made.secret), status=201)


@router.delete("/tokens/{token_id}", status_code=204)
def revoke_token(caller: SignedIn, services: Office, token_id: Ulid) -> Response:
    """Revoke one's own token; its next use is refused."""
    acts.revoke_own_token(services, caller, token_id)
    return Response(status_code=204)


@router.get("/clients", response_model=ClientList)
def list_clients(caller: Admin, services: Office) -> Response:
    """List the systems that act for the administrator's agency or for one below it."""
    found = acts.clients_of(services, caller)
    return reply(ClientList(items=[ClientTold(**_client(client, member)) for client, member in found]))


@router.post("/clients", status_code=201, response_model=NewClientTold)
def register_client(caller: AdminAnew, services: Office, asked: ClientAsked) -> Response:
    """Register a system; its secret is told this once."""
    form = acts.ClientForm(asked.login, asked.label, asked.agency_code, _roles(asked.roles), read_scopes(asked.scopes))
    try:
        made = acts.register_client(services, caller, form)
    except AgencyNotFound as exc:
        raise NotFound("no agency of yours has this code") from exc
    told = next(_client(one, member) for one, member in acts.clients_of(services, caller) if one == made.client)
    return reply(NewClientTold(**told, client_secret=made.secret), status=201)


@router.delete("/clients/{client_id}", status_code=204)
def end_client(caller: AdminAnew, services: Office, client_id: Ulid) -> Response:
    """Close a system for ever; its tokens end at once."""
    acts.end_client(services, caller, client_id)
    return Response(status_code=204)


@router.post(
    "/oauth/token",
    response_model=AccessTold,
    openapi_extra=_TOKEN_FORM,
    responses={400: {"model": OauthProblem}, 401: {"model": OauthProblem}},
)
async def give_token(request: Request, _caller: Anyone, services: Office) -> Response:
    """Give a system a token for ten minutes: grant `client_credentials`, by client_secret_basic or client_secret_post."""
    try:
        form = _read_form(request, await request.body())
        return await run_in_threadpool(_give, request, services, form)
    except (ClientRefused, OauthRefused, RequestInvalid) as exc:
        return _oauth_problem(request, exc)


def _give(request: Request, services: Services, form: dict[str, str]) -> Response:
    if form.get("grant_type") != "client_credentials":
        raise OauthRefused(
            "unsupported_grant_type" if form.get("grant_type") else "invalid_request",
            "the only grant here is client_credentials",
        )
    client_id, secret = _credentials(request, form)
    try:
        wanted = read_scopes(form["scope"].split()) if form.get("scope") else None
    except RequestInvalid as exc:
        raise OauthRefused("invalid_scope", "nobody knows this scope") from exc
    given = acts.give_access(
        services, client_id=client_id, secret=secret, wanted=wanted, address=visitor_of(request).address
    )
    seconds = int((given.token.ends_at - given.token.created_at).total_seconds())
    told = AccessTold(access_token=given.secret, expires_in=seconds, scope=write_scopes(given.token.scopes))
    return reply(told, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})


def _read_form(request: Request, body: bytes) -> dict[str, str]:
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != _FORM:
        raise OauthRefused("invalid_request", f"send {_FORM}")
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=16)
    except ValueError as exc:
        raise OauthRefused("invalid_request", "the form cannot be read") from exc
    if any(len(values) != 1 for values in fields.values()):
        # RFC 6749, 3.2: parameters must not be included more than once.
        raise OauthRefused("invalid_request", "a parameter came twice")
    return {name: values[0] for name, values in fields.items()}


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    """The id and secret of a system by exactly one of the two ways (RFC 6749, 2.3.1)."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if not given:
        return form.get("client_id", ""), form.get("client_secret", "")
    if "client_secret" in form:
        raise OauthRefused("invalid_request", "the secret came by two ways")
    if scheme.lower() != "basic":
        raise ClientRefused("systems are known by HTTP Basic or by the form")
    try:
        name, _, secret = base64.b64decode(given.strip(), validate=True).decode("utf-8").partition(":")
    except (ValueError, binascii.Error) as exc:
        raise ClientRefused("the Authorization header cannot be read") from exc
    return unquote_plus(name), unquote_plus(secret)


def _oauth_problem(request: Request, error: Exception) -> Response:
    note_refusal(request, error)
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    if isinstance(error, ClientRefused):
        headers["WWW-Authenticate"] = 'Basic realm="vidimus"'
        return reply(OauthProblem(error="invalid_client"), status=401, headers=headers)
    code = error.code if isinstance(error, OauthRefused) else "invalid_request"
    return reply(OauthProblem(error=code, error_description=str(error)), status=400, headers=headers)


def _roles(words: list[str]) -> frozenset[StaffRole]:
    try:
        return frozenset(StaffRole(word) for word in words)
    except ValueError as exc:
        raise RequestInvalid("nobody knows this role", field="roles") from exc


def _token(token: ApiToken, services: Services) -> dict[str, Any]:
    return {
        "token_id": token.token_id,
        "label": token.label,
        "scopes": sorted(scope.value for scope in token.scopes),
        "created_at": token.created_at,
        "ends_at": token.ends_at,
        "last_used_at": token.last_used_at,
        "revoked_at": token.revoked_at,
        "is_open": token.is_open(services.clock.now()),
    }


def _client(client: ApiClient, member: StaffMember) -> dict[str, Any]:
    return {
        "client_id": client.client_id,
        "login": client.login,
        "label": member.display_name,
        "agency_code": member.agency_code,
        "roles": sorted(role.value for role in member.roles),
        "scopes": sorted(scope.value for scope in client.scopes),
        "created_at": client.created_at,
        "last_used_at": client.last_used_at,
        "closed_at": client.closed_at,
    }
