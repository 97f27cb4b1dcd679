"""Turns a template and prepared values into a page, in the reader's language, with the frame all pages share."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.access import SESSION_COOKIES, Principal
from api.identity import Door
from api.messages import LANGUAGES, Messages
from api.pages.views import Say
from api.problems import Problem, describe, language_of
from api.services import Services

LANGUAGE_COOKIE: Final = "vidimus_lang"
_FOLDER: Final = Path(__file__).parent
_LANGUAGE_NAMES: Final = {"vi": "Tiếng Việt", "en": "English", "fr": "Français"}
_YEAR_SECONDS: Final = 365 * 24 * 3600
_LINKS: Final[Mapping[Door | None, tuple[tuple[str, str], ...]]] = {
    None: (("/verify", "page.nav.verify"), ("/citizen", "page.nav.citizen"), ("/staff", "page.nav.staff")),
    Door.STAFF: (
        ("/staff", "page.nav.queue"),
        ("/staff/new", "page.nav.new"),
        ("/staff/register", "page.nav.register"),
        ("/staff/submissions", "page.nav.received"),
        ("/verify", "page.nav.verify"),
    ),
    Door.CITIZEN: (
        ("/citizen", "page.nav.papers"),
        ("/citizen/procedures", "page.nav.procedures"),
        ("/citizen/shares", "page.nav.shares"),
        ("/citizen/history", "page.nav.history"),
        ("/verify", "page.nav.verify"),
    ),
}


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the frame; `key` names its words."""

    href: str
    key: str


@dataclass(frozen=True, slots=True)
class LanguageLink:
    """The same page in another language."""

    code: str
    name: str
    href: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds the content: language, door, and where the reader stands.

    `address` is where a language link leads: this page, or for the answer to a form the page with the form.
    """

    language: str
    address: str
    at: datetime
    specimen: bool
    door: Door | None = None
    csrf: str = field(default="", repr=False)
    current: str = ""


@dataclass(frozen=True, slots=True)
class Renderer:
    """The templates of all pages with their words and assets."""

    environment: Environment
    messages: Messages
    asset_versions: Mapping[str, str]

    def render(self, template: str, frame: Frame, **values: object) -> str:
        """Give the text of a page; a value that a template misses is an error, never a blank."""
        return self.environment.get_template(template).render(
            **values,
            t=Say(self.messages, frame.language),
            lang=frame.language,
            languages=[
                LanguageLink(code, _LANGUAGE_NAMES[code], _with_language(frame.address, code)) for code in LANGUAGES
            ],
            links=[Link(*pair) for pair in _LINKS[frame.door]],
            home=f"/{frame.door.value}" if frame.door else "/",
            current=frame.current,
            door=frame.door.value if frame.door else "",
            csrf=frame.csrf,
            specimen=frame.specimen,
            now=self.messages.moment(frame.at),
            asset=self._asset,
        )

    def _asset(self, name: str) -> str:
        return f"/static/{name}?v={self.asset_versions[name]}"


def make_renderer(messages: Messages, *, assets: Mapping[str, bytes]) -> Renderer:
    """Load the templates; the address of an asset changes with its bytes, so that browsers may keep it."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    versions = {name: hashlib.sha256(content).hexdigest()[:12] for name, content in assets.items()}
    return Renderer(environment, messages, versions)


def say_of(request: Request) -> Say:
    """The language of the reader."""
    services: Services = request.app.state.services
    return Say(services.messages, language_of(request))


def page(
    request: Request,
    template: str,
    *,
    principal: Principal | None = None,
    current: str = "",
    address: str | None = None,
    status: int = 200,
    **values: object,
) -> HTMLResponse:
    """Answer with a page; `?lang=` is remembered in a cookie."""
    services: Services = request.app.state.services
    renderer: Renderer = request.app.state.renderer
    session = principal.session if principal else None
    language = language_of(request)
    frame = Frame(
        language=language,
        address=address or str(request.url.path) + (f"?{request.url.query}" if request.url.query else ""),
        at=services.clock.now(),
        specimen=services.is_specimen,
        door=session.account.door if session else None,
        csrf=session.csrf_token if session else "",
        current=current,
    )
    response = HTMLResponse(renderer.render(template, frame, **values), status_code=status)
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Cookie, Accept-Language"
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=_YEAR_SECONDS, httponly=True, samesite="lax")
    return response


def problem_of(request: Request, error: Exception) -> Problem:
    """Describe what went wrong in the reader's language, to be shown above the form that caused it."""
    services: Services = request.app.state.services
    return describe(error, messages=services.messages, language=language_of(request))


def problem_page(request: Request, problem: Problem) -> HTMLResponse:
    """Answer a browser with a problem as a page; the frame is that of the door the address belongs to, signed out."""
    door = request.url.path.split("/")[1]
    back = f"/{door}" if door in {one.value for one in Door} and problem.status not in {401, 403} else "/"
    # Where a reader was going when the session had ended; a form's answer is no page to come back to.
    wanted = request.url.path if problem.status == 401 and request.method == "GET" else None
    response = page(
        request, "problem.html", address="/", status=problem.status, problem=problem, back=back, wanted=wanted
    )
    if problem.status == 401:
        for cookie in SESSION_COOKIES.values():
            if cookie in request.cookies and door in cookie:
                response.delete_cookie(cookie)
    return response


def see_other(address: str) -> RedirectResponse:
    """Send the browser on after a form, so that reloading does not send it again."""
    return RedirectResponse(address, status_code=303)


def _with_language(address: str, language: str) -> str:
    path, _, query = address.partition("?")
    kept = [(name, value) for name, value in parse_qsl(query) if name != "lang"]
    return f"{path}?{urlencode([*kept, ('lang', language)])}"
