"""Turn every exception that reaches the door into a problem: a page for a browser, JSON for a program."""

from __future__ import annotations

import logging
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.errors import ApiError
from api.front_door import SECURITY_HEADERS
from api.methods import methods_at
from api.pages import problem_page
from api.problems import (
    code_of,
    describe,
    from_http,
    from_validation,
    handled_exceptions,
    language_of,
    problem_response,
)
from api.refusals import note_refusal
from api.services import Services

_API_PREFIXES: Final = ("/v1/", "/authority/", "/log/", "/healthz", "/readyz", "/metrics")
_LOG: Final = logging.getLogger(__name__)


def install_problem_handlers(app: FastAPI) -> None:
    """Let the application answer every exception of the house in the one form."""

    def respond(request: Request, error: Exception) -> Response:
        wants_page = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(_API_PREFIXES)
        response = _page(request, error) if wants_page else problem_response(request, error)
        note_refusal(request, error)
        if response.status_code == 500:
            # The exception's own words stay here: ids and digests by the rule of the house, and nobody else reads them.
            _LOG.error("a request failed", extra={"code": code_of(type(error))}, exc_info=error)
        return response

    async def house(request: Request, error: Exception) -> Response:
        return respond(request, error)

    async def http(request: Request, error: Exception) -> Response:
        # The framework's own: an unknown address, a method that is not allowed, a body over the limit.
        response = respond(request, from_http(error) if isinstance(error, HTTPException) else error)
        if response.status_code == 405:
            # The framework knows the methods of the first route of this address only.
            response.headers["Allow"] = ", ".join(methods_at(request.app, request.url.path))
        return response

    async def validation(request: Request, error: Exception) -> Response:
        return respond(request, from_validation(error) if isinstance(error, RequestValidationError) else error)

    async def unforeseen(request: Request, _error: Exception) -> Response:
        # It stands outside the front door, so it dresses its answer itself; the server logs the exception.
        response = respond(request, ApiError("something unforeseen happened"))
        response.headers.update(SECURITY_HEADERS)
        return response

    for base in handled_exceptions():
        app.add_exception_handler(base, house)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(Exception, unforeseen)


def _page(request: Request, error: Exception) -> Response:
    services: Services = request.app.state.services
    return problem_page(request, describe(error, messages=services.messages, language=language_of(request)))
