"""Turns a template and prepared values into a page, in the reader's language, with the frame all pages share."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.access import Principal, Role, limits_of, session_cookie
from api.acts.retention import stands_below
from api.doors import forget_session
from api.errors import CsrfRefused, SecondFactorRequired, StepUpRequired
from api.identity import Door
from api.messages import LANGUAGES, Messages
from api.pages.menu import links_for
from api.pages.views import Say
from api.problems import Problem, code_of, describe, language_of
from api.refusals import note_refusal
from api.services import Services
from keys import Mode

LANGUAGE_COOKIE: Final = "vidimus_lang"
_OVERSEERS: Final = frozenset({Role.ADMIN, Role.AUDITOR})
_FOLDER: Final = Path(__file__).parent
_LANGUAGE_NAMES: Final = {"vi": "Tiếng Việt", "en": "English", "fr": "Français"}
_OUR_PAGE: Final = re.compile(r"/(?:staff|citizen)(?:/[A-Za-z0-9._~-]+)*")
_YEAR_SECONDS: Final = 365 * 24 * 3600


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
    is_fresh: bool = True
    roles: frozenset[Role] = frozenset()
    training: bool = False
    stands_below: bool = False


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
            links=links_for(frame.door, frame.roles, stands_below=frame.stands_below),
            home=f"/{frame.door.value}" if frame.door else "/",
            current=frame.current,
            door=frame.door.value if frame.door else "",
            csrf=frame.csrf,
            confirm=""
            if frame.is_fresh or frame.door is None
            else f"/{frame.door.value}/confirm?{urlencode({'next': frame.address.partition('?')[0]})}",
            specimen=frame.specimen,
            training=frame.training,
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
        training=services.home.mode is Mode.TRAINING,
        door=session.account.door if session else None,
        csrf=session.csrf_token if session else "",
        current=current,
        is_fresh=session is None or session.is_fresh(at=services.clock.now(), limits=limits_of(services.settings)),
        roles=principal.roles if principal else frozenset(),
        # Asked for the few whose menu has an entry that depends on it.
        stands_below=principal is not None and bool(principal.roles & _OVERSEERS) and stands_below(services, principal),
    )
    response = HTMLResponse(renderer.render(template, frame, **values), status_code=status)
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Cookie, Accept-Language"
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE,
            language,
            max_age=_YEAR_SECONDS,
            httponly=True,
            samesite="lax",
            secure=services.settings.is_behind_tls,
        )
    return response


def problem_of(request: Request, error: Exception) -> Problem:
    """Describe what went wrong in the reader's language, to be shown above the form that caused it."""
    note_refusal(request, error)
    services: Services = request.app.state.services
    return describe(error, messages=services.messages, language=language_of(request))


def is_page_of(address: str, door: Door) -> bool:
    """Whether an address is a page of this door and of no other site: only such a one is led to after a sign-in."""
    return _OUR_PAGE.fullmatch(address) is not None and address.split("/")[1] == door.value


def check_opens_a_page(request: Request) -> None:
    """Refuse a look that changes something when no person opens a page by it: an image, a script, a prefetch.

    Raises:
        CsrfRefused: the browser says that the answer is wanted for something else (Fetch Metadata).
    """
    dest, mode = request.headers.get("sec-fetch-dest", "document"), request.headers.get("sec-fetch-mode", "navigate")
    fetches_ahead = "prefetch" in request.headers.get("sec-purpose", request.headers.get("purpose", ""))
    if dest != "document" or mode != "navigate" or fetches_ahead:
        raise CsrfRefused("this address is opened as a page, by a person")


def _confirm_first(request: Request, door: str) -> Response:
    """Lead to the page that asks who one is, and from there back to where the form stands."""
    came_from = urlsplit(request.headers.get("referer", ""))
    address = request.url.path if request.method == "GET" else came_from.path
    is_ours = request.method == "GET" or came_from.netloc == request.headers.get("host")
    wanted = address if is_ours and is_page_of(address, Door(door)) else f"/{door}"
    return see_other(f"/{door}/confirm?{urlencode({'next': wanted})}")


def problem_page(request: Request, problem: Problem) -> Response:
    """Answer a browser with a problem as a page; the frame is that of the door the address belongs to, signed out."""
    door = request.url.path.split("/")[1]
    if problem.code == code_of(StepUpRequired) and door in {one.value for one in Door}:
        return _confirm_first(request, door)
    if problem.code == code_of(SecondFactorRequired) and door == Door.STAFF:
        return page(
            request, "problem.html", address="/", status=403, problem=problem, back=f"/{door}/confirm", wanted=None
        )
    back = f"/{door}" if door in {one.value for one in Door} and problem.status not in {401, 403} else "/"
    # Where a reader was going when the session had ended; a form's answer is no page to come back to.
    wanted = request.url.path if problem.status == 401 and request.method == "GET" else None
    response = page(
        request, "problem.html", address="/", status=problem.status, problem=problem, back=back, wanted=wanted
    )
    if problem.status == 401:
        for one in Door:
            if one.value == door and session_cookie(one, request.app.state.services.settings) in request.cookies:
                forget_session(request, response, one)
    return response


def see_other(address: str) -> RedirectResponse:
    """Send the browser on after a form, so that reloading does not send it again."""
    return RedirectResponse(address, status_code=303)


def _with_language(address: str, language: str) -> str:
    path, _, query = address.partition("?")
    kept = [(name, value) for name, value in parse_qsl(query) if name != "lang"]
    return f"{path}?{urlencode([*kept, ('lang', language)])}"
