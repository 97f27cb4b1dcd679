"""Whether something has served its time: rules of the law and decisions of the office, asked for one thing at an instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from certify.retention.decisions import Decision, KeepRule, keep_rule, list_decisions
from certify.retention.holds import Target, held_targets
from certify.retention.rules import RetentionClass
from certify.rules import LawPack


@dataclass(frozen=True, slots=True)
class Keeper:
    """The rules of one look. Where copies are real, what was only proposed destroys nothing."""

    law: LawPack
    decided: tuple[Decision, ...]
    held: frozenset[Target]
    goes_by_proposals: bool

    def over(self, kind: RetentionClass, *, since: datetime, at: datetime) -> KeepRule | None:
        """Give the rule by which a thing's time is over at `at`, or None while it must stay."""
        rule = keep_rule(kind, on=self.law.local_date(since), law=self.law.retention, decided=self.decided)
        if rule is None or rule.days is None or not (rule.is_decided or self.goes_by_proposals):
            return None
        return rule if since + timedelta(days=rule.days) <= at else None

    def earliest_end(self, kind: RetentionClass, *, at: datetime) -> datetime:
        """Give an instant so that nothing of the class that began later can be over at `at`."""
        days = [one.days for one in self.decided if one.kind is kind]
        for rule in self.law.retention:
            if rule.kind is kind:
                days += [rule.days, rule.proposed_days]
        return at - timedelta(days=min(number for number in (*days, 36_500) if number is not None))


def open_keeper(tx: Connection, *, law: LawPack, goes_by_proposals: bool) -> Keeper:
    """Read decisions and holds as they stand."""
    return Keeper(law, list_decisions(tx), held_targets(tx), goes_by_proposals)
