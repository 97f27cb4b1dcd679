"""What an officer is asked at the paper, as the page of an item shows it: lines, issuer, suggestions, relation, reuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from api.acts.inspection import InspectionAsked
from api.pages.views import Option, Say
from certify.counter import Choice, DeskRules, Finding, Issuer, ReuseCheck


@dataclass(frozen=True, slots=True)
class InspectionBox:
    """The questions of one item; nothing of it is answered in advance."""

    lines: tuple[Option, ...]
    issuers: tuple[Option, ...]
    evidence: tuple[Option, ...]
    suggestions: tuple[Option, ...]
    relations: tuple[Option, ...]
    """Only where the paper speaks of somebody else than the holder."""


@dataclass(frozen=True, slots=True)
class ReuseBox:
    """What the vault has in place of the paper, and the reasons for a new copy all the same."""

    words: str
    reasons: tuple[Option, ...]


def inspection_box(asked: InspectionAsked, say: Say, *, rules: DeskRules) -> InspectionBox:
    """Lay out what is asked; what the recogniser thinks of the issuer is said beside it, and not ticked."""
    texts = {rule.code: rule.text for rule in rules.suggestions}
    return InspectionBox(
        lines=tuple(Option(line.code, say.pick(dict(line.text))) for line in asked.lines),
        issuers=tuple(
            Option(
                one.value,
                say(f"page.issuer.{one.value}"),
                say("page.issuer.suggested") if one is asked.issuer else "",
            )
            for one in Issuer
        ),
        evidence=choice_options(rules.choices["evidence"], say),
        suggestions=tuple(Option(code, say.pick(dict(texts[code]))) for code in asked.suggestions),
        relations=choice_options(rules.choices["relation"], say) if asked.subject_match == "DIFFERENT" else (),
    )


def reuse_box(
    found: ReuseCheck | None,
    say: Say,
    *,
    rules: DeskRules,
    databases: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> ReuseBox | None:
    """Say what was found while nobody has answered it; `databases` are the titles of those that could have a paper."""
    if found is None or found.finding is Finding.NOTHING or found.choice is not None:
        return None
    asked = [one.source for one in found.sources if one.outcome == "FOUND" and one.source in databases]
    where = ", ".join(say.pick(dict(databases[source])) for source in asked)
    words = say(f"page.reuse.{found.finding.value}", database=where or "–")
    return ReuseBox(words, choice_options(rules.choices["reuse_reason"], say))


def choice_options(choices: Sequence[Choice], say: Say) -> tuple[Option, ...]:
    """A closed list as options."""
    return tuple(Option(one.code, say.pick(dict(one.text))) for one in choices)
