"""Figures for those who oversee an agency: reports, what lies behind them, pictures, the scorecard."""

from __future__ import annotations

from datetime import date

from sqlalchemy.engine import Connection

from api.access import Principal
from api.errors import NotFound
from api.figures import Report, Score, events_behind, make_report, make_score, open_data
from api.figures.report import period_of
from api.services import Services
from certify import AgencyNotFound, get_agency, is_within
from certify.figures import Scope, agencies_within, load_scorecard


def report(
    services: Services,
    principal: Principal,
    *,
    first_day: date | None,
    last_day: date | None,
    agency_code: str | None,
    with_below: bool,
) -> Report:
    """Count what an agency did in a time, alone or with all below it; this month when no days are named.

    Raises:
        AgencyNotFound: it is neither the caller's nor below it.
        TrainingNotCounted, RequestInvalid: see `api.figures`.
    """
    first, last = days(services, first_day=first_day, last_day=last_day)
    code = agency_code or principal.agency_code
    with services.database.read() as tx:
        return make_report(
            tx,
            law=services.law,
            mode=services.home.mode,
            agency_code=code,
            agency_codes=_codes(tx, principal, code, with_below=with_below),
            first_day=first,
            last_day=last,
            at=services.clock.now(),
        )


def events(
    services: Services,
    principal: Principal,
    key: str,
    *,
    first_day: date | None,
    last_day: date | None,
    agency_code: str | None,
    with_below: bool,
    group: str | None,
    after: str | None,
    limit: int,
) -> tuple[str, ...]:
    """Give the ids of the events behind a figure; raises as `report`."""
    first, last = days(services, first_day=first_day, last_day=last_day)
    with services.database.read() as tx:
        codes = _codes(tx, principal, agency_code or principal.agency_code, with_below=with_below)
        scope = Scope(codes, period_of(services.law, first_day=first, last_day=last))
        return events_behind(tx, key, scope, law=services.law, group=group, after=after, limit=limit)


def score(services: Services, found: Report) -> Score:
    """Score a report by the card that holds on its last day.

    Raises:
        NotFound: this country has none.
    """
    card = load_scorecard(services.home.country, on=found.last_day)
    if card is None:
        raise NotFound("this country has no scorecard")
    return make_score(card, found)


def open_files(services: Services, found: Report, *, base_url: str) -> dict[str, bytes]:
    """Give what may be published of a report, by name.

    Raises:
        TrainingNotCounted: a specimen is no data.
    """
    with services.database.read() as tx:
        publisher = get_agency(tx, found.agency_code).name_on_papers
    titles = services.messages.in_all("figure.open_data_title")
    return open_data(found, title=titles, publisher=publisher, base_url=base_url)


def days(services: Services, *, first_day: date | None, last_day: date | None) -> tuple[date, date]:
    """The days of a report: this month up to today when none are named."""
    today = services.law.local_date(services.clock.now())
    last = last_day or today
    return first_day or last.replace(day=1), last


def agencies_seen(services: Services, principal: Principal) -> tuple[str, ...]:
    """The agencies whose figures the caller may see: their own and all below it."""
    with services.database.read() as tx:
        return agencies_within(tx, principal.agency_code)


def _codes(tx: Connection, principal: Principal, code: str, *, with_below: bool) -> tuple[str, ...]:
    if not is_within(tx, code, ancestor_code=principal.agency_code):
        raise AgencyNotFound(f"agency {code} does not exist")
    return agencies_within(tx, code) if with_below else (code,)
