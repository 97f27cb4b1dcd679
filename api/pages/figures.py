"""The staff door for those who oversee: what agencies did, as tables with bars, as a file, and down to the events."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import figures as acts
from api.errors import ApiError, RequestInvalid
from api.figures import Report, figure_csv
from api.figures.words import figure_picture
from api.pages.figures_view import figure_card, figure_sections, label_of, province_rows, score_rows
from api.pages.names import agency_names
from api.pages.render import page, problem_of, say_of
from api.pages.views import Option
from api.problems import Problem
from api.services import Services
from certify import CertifyError
from certify.figures import load_scorecard

router = APIRouter(include_in_schema=False)
Overseer = Annotated[Principal, Depends(Requires(Role.ADMIN, Role.AUDITOR, owner=OwnerRule.AGENCY))]
_HERE: Final = "/staff/figures"
_EVENTS: Final = 200
_REFUSED: Final = (ApiError, CertifyError)


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, as it stands in the form."""

    first: str
    until: str
    agency: str
    below: str

    @property
    def named(self) -> dict[str, str]:
        """The question as the fields of a form, empty ones left out."""
        asked = {"from": self.first, "until": self.until, "agency": self.agency, "below": self.below}
        return {name: value for name, value in asked.items() if value}

    @property
    def query(self) -> str:
        """The question as the part of an address behind its question mark."""
        return urlencode(self.named)


@dataclass(frozen=True, slots=True)
class _Wanted:
    first_day: date | None
    last_day: date | None
    agency_code: str | None
    with_below: bool


def _question(request: Request) -> Question:
    asked = request.query_params
    return Question(*(asked.get(name, "").strip()[:64] for name in ("from", "until", "agency", "below")))


Asked = Annotated[Question, Depends(_question)]


@router.get(_HERE)
def figures(request: Request, principal: Overseer, asked: Asked) -> Response:
    """Show every figure of a time, each group with its bar and the way to its events."""
    services: Services = request.app.state.services
    try:
        found = acts.report(services, principal, **asdict(_read(asked)))
    except _REFUSED as exc:
        return _page(request, principal, asked, None, problem_of(request, exc))
    return _page(request, principal, asked, found, None)


@router.get(f"{_HERE}/figures.csv")
def as_table(request: Request, principal: Overseer, asked: Asked) -> Response:
    """Give the same figures as a file."""
    found = acts.report(request.app.state.services, principal, **asdict(_read(asked)))
    headers = {"Content-Disposition": f'attachment; filename="figures-{found.first_day}-{found.last_day}.csv"'}
    return Response(figure_csv(found), media_type="text/csv; charset=utf-8", headers=headers)


@router.get(f"{_HERE}/{{key}}")
def one_figure(
    request: Request, principal: Overseer, asked: Asked, key: str, group: str = "", after: str = ""
) -> Response:
    """Show one figure as a picture, and the ids of the events it was counted from."""
    services: Services = request.app.state.services
    say, wanted = say_of(request), _read(asked)
    found = acts.report(services, principal, **asdict(wanted))
    figure = found.figure(key)
    label = label_of(services, say, found)
    events = acts.events(
        services, principal, key, **asdict(wanted), group=group or None, after=after or None, limit=_EVENTS + 1
    )
    shown = events[:_EVENTS]
    more = {"group": group, "after": shown[-1]} if len(events) > _EVENTS else {}
    return page(
        request,
        "staff_figure.html",
        principal=principal,
        current=_HERE,
        card=figure_card(figure, say, label, base=_HERE, query=asked.query),
        picture=figure_picture(figure, services.messages, say.language, label=label) if figure.cells else "",
        days=_days(found),
        agency=label(found.agency_code),
        group=label(group) if group else "",
        events=shown,
        back=f"{_HERE}?{asked.query}",
        onward=f"{_HERE}/{key}?{urlencode({**asked.named, **more})}" if more else "",
    )


def _page(
    request: Request, principal: Principal, asked: Question, found: Report | None, problem: Problem | None
) -> Response:
    services: Services = request.app.state.services
    say = say_of(request)
    names = agency_names(services, say)
    first, last = acts.days(services, first_day=None, last_day=None)
    shown: dict[str, Any] = {"days": "", "agency": "", "sections": (), "province": None, "score": None, "csv": ""}
    if found is not None:
        label = label_of(services, say, found)
        has_below = len(found.agency_codes) > 1
        card = load_scorecard(services.home.country, on=found.last_day)
        shown = {
            "days": _days(found),
            "agency": label(found.agency_code),
            "sections": figure_sections(found, say, label, base=_HERE, query=asked.query),
            "province": province_rows(found, say, label, base=_HERE, asked=asked.named) if has_below else None,
            "score": score_rows(acts.score(services, found), say) if card else None,
            "csv": f"{_HERE}/figures.csv?{asked.query}",
        }
    return page(
        request,
        "staff_figures.html",
        principal=principal,
        current=_HERE,
        status=problem.status if problem else 200,
        problem=problem,
        asked={
            "first": asked.first or first.isoformat(),
            "until": asked.until or last.isoformat(),
            "agency": asked.agency or principal.agency_code,
            "below": bool(asked.below),
        },
        agencies=[Option(code, names.get(code, code)) for code in acts.agencies_seen(services, principal)],
        **shown,
    )


def _read(asked: Question) -> _Wanted:
    return _Wanted(_day(asked.first, "from"), _day(asked.until, "until"), asked.agency or None, bool(asked.below))


def _day(text: str, field: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as exc:
        raise RequestInvalid(f"{text!r} is no day such as 2026-11-28", field=field) from exc


def _days(found: Report) -> str:
    return f"{found.first_day:%d/%m/%Y} – {found.last_day:%d/%m/%Y}"
