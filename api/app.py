"""The web application: routes, pages, and the rules that hold for every answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import check_origin
from api.errors import ApiError, HostUnknown, UploadTooLarge
from api.pages import mount_pages
from api.problems import install_problem_handlers, problem_response
from api.routes import mount_routes
from api.services import Services

_SMALL_BODY_BYTES: Final = 1 << 20
_CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
# Where whole documents come in; everything else is a small form or JSON.
_UPLOAD_LIMITS: Final = {
    "/v1/drafts": 256 << 20,
    "/staff/drafts": 256 << 20,
    "/v1/verifications": 50 << 20,
    "/verify": 50 << 20,
}


class BodyLimit:
    """Stops a request body at the limit of its door, whatever its Content-Length promised."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the bytes that come in and refuse those beyond the limit."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = _UPLOAD_LIMITS.get(scope["path"], _SMALL_BODY_BYTES)
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise UploadTooLarge(f"this door accepts at most {limit} bytes")
            return message

        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            request = Request(scope)
            response = problem_response(request, UploadTooLarge(f"this door accepts at most {limit} bytes"))
            await response(scope, receive, send)
            return
        await self.app(scope, counted, send)


def create_app(services: Services) -> FastAPI:
    """Build the application on services that are already open."""
    app = FastAPI(
        title="Vidimus",
        version="1",
        summary="Certified electronic copies: from a paper original to a sealed copy that its holder reuses.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
    )
    app.state.services = services
    install_problem_handlers(app)

    @app.middleware("http")
    async def every_answer(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        try:
            _check_host(request, services.settings.allowed_hosts)
            check_origin(request, allowed_hosts=services.settings.allowed_hosts)
        except ApiError as exc:
            response: Response = problem_response(request, exc)
        else:
            response = await call_next(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    app.add_middleware(BodyLimit)
    mount_routes(app, services)
    mount_pages(app, services)
    return app


def _check_host(request: Request, allowed_hosts: tuple[str, ...]) -> None:
    # A page of another site that rebinds its name to this address shows its own name in Host.
    host = request.headers.get("host", "").rsplit(":", 1)[0]
    if host not in allowed_hosts:
        raise HostUnknown(f"this service does not answer to the name {host!r}; see VIDIMUS_ALLOWED_HOSTS")
