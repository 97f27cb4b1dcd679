"""The month of figures of the demonstration: its agencies, its rows, and the report over them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from typing import Any

import yaml
from yaml import CSafeLoader

from api.figures import Report, make_report
from api.services import Services
from certify import Agency, add_agency
from certify.figures import agencies_within
from certify.figures.rehearsal import RehearsedMonth, rehearse_month


@dataclass(frozen=True, slots=True)
class Month:
    """Where the month stands, and its days."""

    province: str
    agencies: tuple[str, ...]
    first_day: date
    last_day: date


def write_month(services: Services, *, opened_by: str, holder_id: str) -> Month:
    """Write last month's invented work; done again, it changes nothing."""
    data: dict[str, Any] = yaml.load(
        resources.files("api.demo").joinpath("month.yaml").read_text(encoding="utf-8"), Loader=CSafeLoader
    )
    last_day = services.law.local_date(services.home.created_at).replace(day=1) - timedelta(days=1)
    first_day = last_day.replace(day=1)
    province = data["province"]
    since = services.home.created_at - timedelta(days=3650)
    with services.database.transaction() as tx:
        top = Agency(
            province["code"],
            province["vi"],
            province["en"],
            province["fr"],
            province["level"],
            None,
            None,
            "MAU",
            since,
            None,
        )
        add_agency(tx, top)
        for one in data["months"]:
            names = (one["names"]["vi"], one["names"]["en"], one["names"]["fr"])
            add_agency(tx, Agency(one["code"], *names, "COMMUNE", top.code, None, "MAU", since, None))
    for one in data["months"]:
        plan = RehearsedMonth(one["code"], one["by_channel"], one["done"], one["refused"])
        rehearse_month(
            services.database,
            plan,
            law=services.law,
            first_day=first_day,
            opened_by=opened_by,
            holder_id=holder_id,
        )
    return Month(top.code, tuple(one["code"] for one in data["months"]), first_day, last_day)


def report_month(services: Services, month: Month, *, agency_code: str) -> Report:
    """Count the month of one of its agencies, or of the province with all below."""
    with services.database.read() as tx:
        return make_report(
            tx,
            law=services.law,
            mode=services.home.mode,
            agency_code=agency_code,
            agency_codes=agencies_within(tx, agency_code),
            first_day=month.first_day,
            last_day=month.last_day,
            at=services.clock.now(),
        )
