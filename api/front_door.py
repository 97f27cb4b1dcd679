"""What holds for every request before any route sees it: whose name it asks for, whose page sent it, how much it may send."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import SAFE_METHODS
from api.callers import tell_caller
from api.clock import stopwatch
from api.courtesy import SHORT_BYTES, Courtesy
from api.deprecation import deprecation_of
from api.errors import ApiError, CsrfRefused, HostUnknown, MethodNotAllowed, RequestInvalid, UploadTooLarge
from api.methods import check_method, methods_at
from api.problems import problem_response
from api.refusals import note_refusal
from api.services import Services

_SMALL_BODY_BYTES: Final = 1 << 20
_SCAN_BYTES: Final = 256 << 20
_VERIFY_BYTES: Final = 50 << 20
_PICTURED_BYTES: Final = 4 << 20
# A multipart body is a little larger than the file in it: boundaries, part headers, the other fields.
_FORM_BYTES: Final = 64 << 10
# A body that stops coming, or drips, holds a connection and perhaps a thread.
_SILENT_SECONDS: Final = 20.0
_SLOWEST_BYTES_A_SECOND: Final = 2048
_CSP: Final = (
    "default-src 'none'; object-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)
# The answer that shows what differs carries its pictures itself: they are kept nowhere that they could be loaded from.
CSP_WITH_PICTURES: Final = _CSP.replace("img-src 'self' blob:", "img-src 'self' blob: data:")
# The page that tries a token may ask the agent on the officer's own machine, and nobody else (docs/how-to/use-a-token.md).
CSP_WITH_AGENT: Final = _CSP.replace("connect-src 'self'", "connect-src 'self' http://127.0.0.1:8756")
SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    # A browser heeds it only where TLS is, at the proxy in front of us.
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    # "no-referrer" would make a browser send `Origin: null` with our own forms, which then look like another site's.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


def body_limit(path: str) -> int:
    """How many bytes a door takes: whole documents come in at few places; everything else is a small form or JSON."""
    if path in {"/v1/drafts", "/staff/new"} or (path.endswith("/scan") and path.startswith(("/v1/drafts/", "/staff/"))):
        return _SCAN_BYTES + _FORM_BYTES
    if path in {"/v1/verifications", "/v1/verifications/reports", "/verify"}:
        return _VERIFY_BYTES + _FORM_BYTES
    if path == "/v1/results" or (path.endswith("/versions") and path.startswith("/v1/results/")):
        return _VERIFY_BYTES + _FORM_BYTES
    if path == "/v1/uploads" or path.startswith("/v1/uploads/"):
        return _SCAN_BYTES
    if path == "/verify/report":
        return _PICTURED_BYTES
    return _SMALL_BODY_BYTES


def check_origin(request: Request, *, allowed_hosts: tuple[str, ...]) -> None:
    """Refuse a change that another site's page sends; a program without Origin may.

    Raises:
        CsrfRefused: Origin names a host that is not ours.
    """
    origin = request.headers.get("origin")
    if request.method in SAFE_METHODS or origin is None:
        return
    try:
        parts = urlsplit(origin)
        is_ours = parts.hostname in allowed_hosts and parts.netloc == request.headers.get("host")
    except ValueError:
        # What cannot be read as an address is not ours.
        is_ours = False
    if not is_ours:
        raise CsrfRefused("the request comes from another site")


class FrontDoor:
    """Checks host, origin and size of each request, and puts the security headers on each answer."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        """Wrap the application."""
        self.app = app
        self._allowed_hosts = services.settings.allowed_hosts
        self._proxies = services.settings.proxies
        self._meter = services.meter
        self._traces = services.traces
        self._courtesy = Courtesy()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse at the door, or let the request through with its body counted."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        began = stopwatch()
        answered: Callable[[], None] = _nothing

        async def send_dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered()
                # The pattern of the route, never the address: an address may hold a code.
                route = getattr(scope.get("route"), "path", "(none)")
                seconds = stopwatch() - began
                told = {"method": scope["method"], "route": route, "status": message["status"], "seconds": seconds}
                self._meter.answered(**told)
                self._traces.answered(**told)
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                # The router has written down which endpoint answered.
                if found := deprecation_of(scope.get("endpoint")):
                    for name, value in found.headers().items():
                        headers.setdefault(name, value)
                if scope["path"].startswith("/v1/uploads") and scope["method"] != "OPTIONS":
                    headers.setdefault("Tus-Resumable", "1.0.0")
            await send(message)

        tell_caller(scope, self._proxies)
        request = Request(scope)
        limit = body_limit(scope["path"])
        try:
            self._check(request, limit)
        except ApiError as exc:
            await _refuse(request, exc, send_dressed)
            return
        if _is_short(request):
            answered = self._courtesy.question()
        try:
            await self.app(scope, _counted(receive, limit, self._courtesy), send_dressed)
        finally:
            answered()

    def _check(self, request: Request, limit: int) -> None:
        _check_framing(request)
        _check_host(request, self._allowed_hosts)
        check_origin(request, allowed_hosts=self._allowed_hosts)
        _check_declared_length(request, limit)
        check_method(request.app, request.url.path, request.method)


async def _refuse(request: Request, refused: ApiError, send: Send) -> None:
    note_refusal(request, refused)
    response = problem_response(request, refused)
    if isinstance(refused, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(methods_at(request.app, request.url.path))
    # What follows on this connection is not read as the next request.
    response.headers["Connection"] = "close"
    await response(request.scope, request.receive, send)


def _nothing() -> None:
    """Nobody waits for the answer to what comes in pieces."""


def _is_short(request: Request) -> bool:
    return "transfer-encoding" not in request.headers and _declared_bytes(request) <= SHORT_BYTES


def _counted(receive: Receive, limit: int, courtesy: Courtesy) -> Receive:
    seen, waited, is_whole = 0, 0.0, False

    async def counted() -> Message:
        nonlocal seen, waited, is_whole
        if is_whole:
            # Who listens here now waits for the caller to leave, for as long as an answer takes.
            return await receive()
        began = stopwatch()
        try:
            async with asyncio.timeout(_SILENT_SECONDS):
                message = await receive()
        except TimeoutError as exc:
            raise HTTPException(408, f"nothing came for {_SILENT_SECONDS:.0f} s") from exc
        waited += stopwatch() - began
        seen += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        # The framework takes an unknown exception inside a body for a damaged body; these it passes on.
        if seen > limit:
            raise HTTPException(413, f"this door accepts at most {limit} bytes")
        if not is_whole and waited > _SILENT_SECONDS and seen < waited * _SLOWEST_BYTES_A_SECOND:
            raise HTTPException(408, f"{seen} bytes came in {waited:.0f} s")
        if not is_whole:
            await courtesy.let_others_go_first()
        return message

    return counted


def _check_framing(request: Request) -> None:
    if request.scope["http_version"] not in {"1.0", "1.1"}:
        raise RequestInvalid("this speaks HTTP/1.1", field="version")
    # Two readers in a row may take either for the end of the body (RFC 9112, 6.1: "ought to be handled as an error").
    if "transfer-encoding" in request.headers and "content-length" in request.headers:
        raise RequestInvalid("a request has a length or comes in chunks, not both", field="content-length")


def _check_host(request: Request, allowed_hosts: tuple[str, ...]) -> None:
    # A page of another site that rebinds its name to this address shows its own name in Host.
    named = request.headers.getlist("host")
    host = named[0].rsplit(":", 1)[0].lower() if len(named) == 1 else ""
    if host not in allowed_hosts:
        raise HostUnknown(f"this service does not answer to the name {host!r}; see VIDIMUS_ALLOWED_HOSTS")


def _declared_bytes(request: Request) -> int:
    """How much a request says it sends; what is no number says nothing, and its body is counted as it comes."""
    declared = request.headers.get("content-length", "0")
    return int(declared) if declared.isascii() and declared.isdigit() else 0


def _check_declared_length(request: Request, limit: int) -> None:
    if _declared_bytes(request) > limit:
        raise UploadTooLarge(f"this door accepts at most {limit} bytes")
