"""What a browser holds of its sessions: the cookies of the two doors, read at a sign-in and written after it."""

from __future__ import annotations

from fastapi import Request, Response

from api.access import session_cookie
from api.acts.sign_in import Entry, Visitor
from api.identity import Door


def visitor_of(request: Request, *, door: Door | None = None) -> Visitor:
    """Where a request comes from, with the sessions its browser holds at a door, or at both."""
    settings = request.app.state.services.settings
    cookies = [session_cookie(one, settings) for one in Door if door in {None, one}]
    held = tuple(request.cookies[name] for name in cookies if request.cookies.get(name))
    return Visitor(request.client.host if request.client else "", held)


def keep_session(request: Request, response: Response, entry: Entry) -> None:
    """Put the token of a session into the browser's cookie, where no script reads it."""
    settings = request.app.state.services.settings
    response.set_cookie(
        session_cookie(entry.session.account.door, settings),
        entry.token,
        httponly=True,
        samesite="lax",
        secure=settings.is_behind_tls,
    )


def forget_session(request: Request, response: Response, door: Door) -> None:
    """Take the cookie of a door back."""
    settings = request.app.state.services.settings
    response.delete_cookie(session_cookie(door, settings), httponly=True, samesite="lax", secure=settings.is_behind_tls)
