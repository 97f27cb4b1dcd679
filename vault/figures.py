"""The facts behind the figures of consent."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from vault.facts import Facts, Period
from vault.tables import consents

CONSENT_FACTS: Final = ("consents_given", "consents_withdrawn")


def consent_facts(key: str, *, agency_codes: tuple[str, ...], period: Period) -> Facts:
    """Give the facts of consents for these agencies. Who refuses leaves no row, so refusals cannot be counted here.

    Raises:
        KeyError: no figure of consents has this key.
    """
    column: Any = {"consents_given": consents.c.given_at, "consents_withdrawn": consents.c.withdrawn_at}[key]
    return Facts(
        sa.select(
            consents.c.consent_id.label("event_id"),
            consents.c.recipient_agency.label("grouping"),
            sa.literal(1).label("amount"),
            consents.c.holder_id.label("person"),
        ).where(consents.c.recipient_agency.in_(agency_codes), column >= period.since, column < period.until)
    )
