"""What holds for every request before any route sees it: whose name it asks for, whose page sent it, how much it may send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import check_origin
from api.errors import ApiError, HostUnknown, UploadTooLarge
from api.problems import problem_response
from api.services import Services

_SMALL_BODY_BYTES: Final = 1 << 20
_SCAN_BYTES: Final = 256 << 20
_VERIFY_BYTES: Final = 50 << 20
_PICTURED_BYTES: Final = 4 << 20
# A multipart body is a little larger than the file in it: boundaries, part headers, the other fields.
_FORM_BYTES: Final = 64 << 10
_CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)
# The answer that shows what differs carries its pictures itself: they are kept nowhere that they could be loaded from.
CSP_WITH_PICTURES: Final = _CSP.replace("img-src 'self' blob:", "img-src 'self' blob: data:")
SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
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
    if path == "/verify/report":
        return _PICTURED_BYTES
    return _SMALL_BODY_BYTES


class FrontDoor:
    """Checks host, origin and size of each request, and puts the security headers on each answer."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        """Wrap the application."""
        self.app = app
        self._allowed_hosts = services.settings.allowed_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse at the door, or let the request through with its body counted."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        request = Request(scope)
        limit = body_limit(scope["path"])
        try:
            _check_host(request, self._allowed_hosts)
            check_origin(request, allowed_hosts=self._allowed_hosts)
            _check_declared_length(request, limit)
        except ApiError as exc:
            await problem_response(request, exc)(scope, receive, send_dressed)
            return
        await self.app(scope, _counted(receive, limit), send_dressed)


def _counted(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            # The framework takes an unknown exception inside a body for a damaged body; this one it passes on.
            raise HTTPException(413, f"this door accepts at most {limit} bytes")
        return message

    return counted


def _check_host(request: Request, allowed_hosts: tuple[str, ...]) -> None:
    # A page of another site that rebinds its name to this address shows its own name in Host.
    named = request.headers.getlist("host")
    host = named[0].rsplit(":", 1)[0].lower() if len(named) == 1 else ""
    if host not in allowed_hosts:
        raise HostUnknown(f"this service does not answer to the name {host!r}; see VIDIMUS_ALLOWED_HOSTS")


def _check_declared_length(request: Request, limit: int) -> None:
    declared = request.headers.get("content-length", "0")
    if declared.isascii() and declared.isdigit() and int(declared) > limit:
        raise UploadTooLarge(f"this door accepts at most {limit} bytes")
