"""When a fee must be settled: before certifying, or before copies are handed over; dated data of a country, by channel.

Settled is what was paid, what nobody owes by right, and what a decision waived; what was paid back is owed again.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from importlib import resources
from typing import Any, Final

import sqlalchemy as sa
import yaml
from sqlalchemy.engine import Connection
from yaml import CSafeLoader

from certify.case import Channel, get_case
from certify.dated import only_one
from certify.errors import GuardRefused, LawDataInvalid
from certify.free_copies import find_free_copy
from certify.items import Item
from certify.outside.tables import payments
from certify.rules import LawPack, fee

_SETTLED: Final = frozenset({"PAID", "EXEMPT", "WAIVED"})


class Stage(StrEnum):
    """What waits for the fee."""

    CERTIFY = "CERTIFY"
    DELIVERY = "DELIVERY"
    NOTHING = "NOTHING"


@dataclass(frozen=True, slots=True)
class PayFirst:
    """What waits for the fee between two days, by the channel a case came in."""

    basis_id: str
    valid_from: date
    valid_to: date | None
    before: Mapping[Channel, Stage]


@functools.cache
def load_pay_first(country: str) -> tuple[PayFirst, ...]:
    """Load the rules of a country.

    Raises:
        LawDataInvalid: the file is missing, or a rule leaves a channel out.
    """
    try:
        file = resources.files("certify").joinpath("law", country.lower(), "pay_first.yaml")
        rows: list[dict[str, Any]] = yaml.load(file.read_text(encoding="utf-8"), Loader=CSafeLoader)
        rules = tuple(
            PayFirst(
                row["basis_id"],
                row["valid_from"],
                row["valid_to"],
                {Channel(name): Stage(stage) for name, stage in row["before"].items()},
            )
            for row in rows
        )
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as exc:
        raise LawDataInvalid(f"pay_first.yaml of the {country} pack is not in its form: {exc!r}") from exc
    if any(set(rule.before) != set(Channel) for rule in rules):
        raise LawDataInvalid(f"each rule of pay_first.yaml of the {country} pack names every channel")
    return rules


def waits_for_fee(law: LawPack, channel: Channel, *, at: datetime) -> Stage:
    """Say what waits for the fee of a case that came by this channel, on this day.

    Raises:
        LawDataInvalid: not exactly one rule holds on that day.
    """
    rules = load_pay_first(law.country)
    return only_one(rules, on=law.local_date(at), what="rules about paying first").before[channel]


def check_settled(tx: Connection, item: Item, stage: Stage, *, law: LawPack, at: datetime) -> None:
    """Refuse a step that waits for a fee which is not settled.

    The rule is that of the day on which the case was opened: a change on a date changes nothing for those before it.

    Raises:
        GuardRefused: `UNPAID`.
    """
    case = get_case(tx, item.case_id)
    wanted = waits_for_fee(law, case.channel, at=case.opened_at)
    if wanted is not stage and not (wanted is Stage.CERTIFY and stage is Stage.DELIVERY):
        return
    if find_free_copy(tx, item.item_id) is not None:
        return
    if not fee(law, pages=item.page_count or 0, copies=item.copies, at=at).amount:
        return
    state = tx.execute(sa.select(payments.c.state).where(payments.c.item_id == item.item_id)).scalar_one_or_none()
    if state not in _SETTLED:
        raise GuardRefused(
            "UNPAID",
            f"the fee of item {item.item_id} is {state or 'not asked yet'}; take it, or note why nothing is due",
        )
