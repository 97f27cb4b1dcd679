"""Figures over HTTP: reports as JSON or a table, pictures, what lies behind, the scorecard."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.acts import figures as acts
from api.figures import Report, figure_csv
from api.figures.open_data import packed
from api.figures.words import figure_picture
from api.problems import language_of
from api.routes.cursors import Page
from api.routes.depends import Office, Overseer, PlainId, reply
from api.schemas.figures import CellTold, EventList, FigureTold, ReportTold, ScoreLineTold, ScoreTold
from api.schemas.wire import Sentence

router = APIRouter(prefix="/v1/figures", tags=["figures"])
_CODE = r"^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Whose figures, of which days."""

    first_day: date | None
    last_day: date | None
    agency_code: str | None
    with_below: bool


def _wanted(
    *,
    first_day: Annotated[
        date | None, Query(alias="from", description="First day; the first of the month when left out.")
    ] = None,
    until: Annotated[date | None, Query(description="Last day; today when left out.")] = None,
    agency: Annotated[str | None, Query(pattern=_CODE, description="The caller's own when left out.")] = None,
    below: Annotated[bool, Query(description="With all agencies below it.")] = False,
) -> _Wanted:
    return _Wanted(first_day, until, agency, below)


Wanted = Annotated[_Wanted, Depends(_wanted)]


@router.get("", response_model=ReportTold, responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}})
def read_figures(
    request: Request,
    caller: Overseer,
    services: Office,
    wanted: Wanted,
) -> Response:
    """Give every figure of a time; `Accept: text/csv` gives a table."""
    found = acts.report(services, caller, **asdict(wanted))
    if "text/csv" in request.headers.get("accept", ""):
        headers = {"Content-Disposition": 'attachment; filename="figures.csv"', "Vary": "Accept"}
        return Response(figure_csv(found), media_type="text/csv; charset=utf-8", headers=headers)
    return reply(_report(found), headers={"Vary": "Accept"})


@router.get("/scorecard", response_model=ScoreTold)
def read_scorecard(
    caller: Overseer,
    services: Office,
    wanted: Wanted,
) -> Response:
    """Give the national scorecard with the shares that are known here."""
    found = acts.report(services, caller, **asdict(wanted))
    score = acts.score(services, found)
    lines = [
        ScoreLineTold(
            code=one.line.code,
            title=Sentence(**one.line.title),
            part=one.part,
            whole=one.whole,
            full_at_percent=one.line.full_at_percent,
            points=None if one.points is None else float(one.points),
            most=one.line.points,
        )
        for one in score.lines
    ]
    return reply(
        ScoreTold(
            decision=score.card.decision,
            known_points=float(score.known),
            unknown_points=score.unknown,
            lines=lines,
        )
    )


@router.get(
    "/open-data",
    response_class=Response,
    responses={200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}},
)
def give_open_data(
    caller: Overseer,
    services: Office,
    wanted: Wanted,
    base_url: Annotated[
        str,
        Query(max_length=500, pattern=r"^https?://\S+$", description="Address under which the files will be found."),
    ],
) -> Response:
    """Give what may be published as one ZIP: nothing that rests on fewer than five people, with its description (DCAT)."""
    found = acts.report(services, caller, **asdict(wanted))
    files = acts.open_files(services, found, base_url=base_url.rstrip("/"))
    return Response(
        packed(files),
        media_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="open-data.zip"'},
    )


@router.get("/{key}/events", response_model=EventList)
def list_events(
    caller: Overseer,
    services: Office,
    paging: Page,
    key: PlainId,
    wanted: Wanted,
    group: Annotated[str | None, Query(max_length=64, description="One group of the figure.")] = None,
) -> Response:
    """List the ids of the events that a figure, or one group of it, was counted from."""
    first, last = acts.days(services, first_day=wanted.first_day, last_day=wanted.last_day)
    shown, more = paging.page(
        "figure-events",
        caller.agency_code,
        f"{key} {first} {last} {wanted.agency_code or ''} {wanted.with_below} {group or ''}",
        read=lambda after, limit: acts.events(
            services,
            caller,
            key,
            first_day=first,
            last_day=last,
            agency_code=wanted.agency_code,
            with_below=wanted.with_below,
            group=group,
            after=after,
            limit=limit,
        ),
        id_of=lambda event_id: event_id,
    )
    return reply(EventList(items=list(shown), next_cursor=more))


@router.get(
    "/{key}/picture",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}}},
)
def draw_figure(
    request: Request,
    caller: Overseer,
    services: Office,
    key: PlainId,
    wanted: Wanted,
) -> Response:
    """Draw one figure as bars (SVG), with the same as text in its description."""
    found = acts.report(services, caller, **asdict(wanted))
    language = language_of(request)
    picture = figure_picture(found.figure(key), services.messages, language)
    return Response(picture, media_type="image/svg+xml", headers={"Vary": "Accept-Language"})


def _report(found: Report) -> ReportTold:
    return ReportTold(
        agency_code=found.agency_code,
        agency_codes=list(found.agency_codes),
        first_day=found.first_day,
        last_day=found.last_day,
        made_at=found.made_at,
        is_specimen=found.is_specimen,
        figures=[
            FigureTold(
                key=one.key,
                unit=one.unit,
                value=one.value,
                cells=[CellTold(group=cell.group, value=cell.value, events=cell.events) for cell in one.cells],
            )
            for one in found.figures
        ],
    )
