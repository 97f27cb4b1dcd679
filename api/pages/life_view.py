"""The life of a copy as a diagram: who did what when, in three lanes (the office, its holder, everybody else)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.answers import signer_name
from api.pages.citizen_view import history_rows
from api.pages.views import Say
from signing.verify import SignatureKind, VerificationReport
from vault import ActorKind, HistoryEntry

# More would be a list, and the list stands below the diagram.
_MOST_STEPS: Final = 12
_LANES: Final = {
    ActorKind.STAFF: "office",
    ActorKind.SYSTEM: "office",
    ActorKind.HOLDER: "holder",
    ActorKind.REPRESENTATIVE: "holder",
    ActorKind.AGENCY: "others",
    ActorKind.SHARE: "others",
    ActorKind.VERIFIER: "others",
}


@dataclass(frozen=True, slots=True)
class LifeStep:
    """One thing that happened: in whose lane, what, by whom, why and when."""

    lane: str
    lane_word: str
    what: str
    who: str
    why: str
    when: str


@dataclass(frozen=True, slots=True)
class Life:
    """The steps from the first signature on; `left_out` of them stand in the history only."""

    steps: tuple[LifeStep, ...]
    left_out: int


def life_of(
    report: VerificationReport, entries: Sequence[HistoryEntry], say: Say, *, agencies: Mapping[str, str]
) -> Life:
    """Lay the life of a copy out, oldest first: its signatures, its deposit, and who looked at it since.

    A middle that is too long is left out: how a copy began and what happened last are what its holder asks for.
    """
    dated: list[tuple[datetime, LifeStep]] = [
        (one.signed_at, _step("office", say, what=_signed(one.kind, signer_name(one), say), when=one.signed_at))
        for one in report.signatures
        if one.signed_at is not None
    ]
    rows = history_rows(entries, {}, say, agencies=agencies)
    for entry, row in zip(entries, rows, strict=True):
        lane = _LANES[entry.event.actor_kind]
        step = _step(lane, say, what=row.action, who=row.who, why=row.why, when=entry.event.at)
        dated.append((entry.event.at, step))
    steps = [step for _, step in sorted(dated, key=lambda one: one[0])]
    left_out = max(0, len(steps) - _MOST_STEPS)
    first = _MOST_STEPS // 2
    return Life((*steps[:first], *steps[first + left_out :]), left_out)


def _signed(kind: SignatureKind, name: str, say: Say) -> str:
    return say("page.sig.stamp" if kind is SignatureKind.DOCUMENT_TIMESTAMP else "page.sig.by", name=name)


def _step(lane: str, say: Say, *, what: str, when: datetime, who: str = "", why: str = "") -> LifeStep:
    return LifeStep(lane, say(f"page.life.{lane}"), what, who, why, say.short(when))
