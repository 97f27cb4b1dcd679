"""What holders see of their vault: shelves, one paper, links, who looked, and procedures with what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.acts.citizen import ProcedureView
from api.pages.views import Fact, Say, Tone, Word
from dossiers import Outcome, OutcomeKind, Procedure, Rejection
from vault import AccessAction, AccessOutcome, ActorKind, HistoryEntry, Record, RecordStatus, Share, Shelf, format_code

_STATUS_TONES: Final = {
    RecordStatus.CURRENT: Tone.GOOD,
    RecordStatus.EXPIRED: Tone.WARN,
    RecordStatus.SUPERSEDED: Tone.WARN,
}
_MATCH_TONES: Final = {
    OutcomeKind.SATISFIED: Tone.GOOD,
    OutcomeKind.SATISFIED_BY_DATA: Tone.GOOD,
    OutcomeKind.CHOICE: Tone.WARN,
    OutcomeKind.NEEDS_HUMAN: Tone.WARN,
    OutcomeKind.MISSING: Tone.BAD,
}
_OFFERED: Final = frozenset({OutcomeKind.SATISFIED, OutcomeKind.SATISFIED_BY_DATA, OutcomeKind.CHOICE})


@dataclass(frozen=True, slots=True)
class PaperCard:
    """A paper on its shelf."""

    href: str
    title: str
    issuer: str
    dated: str
    word: Word


@dataclass(frozen=True, slots=True)
class ShelfView:
    """A shelf with its papers."""

    title: str
    papers: tuple[PaperCard, ...]


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A link as its maker sees it."""

    share_id: str
    title: str
    facts: tuple[Fact, ...]
    word: Word
    is_open: bool


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One access: when, what, by whom, why, and how it ended."""

    when: str
    action: str
    who: str
    why: str
    paper: str
    paper_href: str
    word: Word


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper that may be sent for a requirement."""

    record_id: str
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """A requirement with the outcome of the matching in words."""

    requirement_id: str
    title: str
    word: Word
    explanation: str
    how_to_get: str
    candidates: tuple[Candidate, ...]
    rejected: tuple[str, ...]
    must_choose: bool
    may_bring: bool


@dataclass(frozen=True, slots=True)
class ProcedurePage:
    """A procedure as the holder meets it, with the consent card's words."""

    procedure_id: str
    title: str
    rows: tuple[RequirementRow, ...]
    consent: tuple[Fact, ...]


def shelves(records: Sequence[Record], say: Say, *, at: datetime, agencies: Mapping[str, str]) -> tuple[ShelfView, ...]:
    """Put the papers on their shelves; an empty shelf is not shown."""
    found = []
    for shelf in Shelf:
        papers = tuple(_card(record, say, at, agencies) for record in records if record.shelf is shelf)
        if papers:
            found.append(ShelfView(say(f"page.shelf.{shelf.value}"), papers))
    return tuple(found)


def status_word(record: Record, say: Say, *, at: datetime) -> Word:
    """How a paper stands today, in one word."""
    status = record.status_on(at.astimezone(say.messages.zone).date())
    return Word(_STATUS_TONES.get(status, Tone.BAD), say(f"page.record.{status.value}"))


def record_facts(record: Record, say: Say, *, agencies: Mapping[str, str]) -> tuple[Fact, ...]:
    """What is known of a paper besides its content."""
    rows: tuple[tuple[str, str | None, bool], ...] = (
        ("page.fact.issuer", agencies.get(record.issuer, record.issuer), False),
        ("page.fact.elaboration", say(f"page.elaboration.{record.elaboration.value}"), False),
        ("page.fact.number", record.register_number, False),
        ("page.fact.code", format_code(record.code) if record.code else None, True),
        ("page.fact.certified", say.date(record.certified_at) if record.certified_at else None, False),
        ("page.fact.deposited", say.short(record.deposited_at), False),
        ("page.fact.valid_until", f"{record.valid_until:%d/%m/%Y}" if record.valid_until else None, False),
        ("page.fact.assurance", say("page.assurance", level=record.assurance_level), False),
        ("page.fact.uri", record.uri, True),
    )
    return tuple(Fact(say(label), value, is_code=is_code) for label, value, is_code in rows if value)


def share_rows(
    shares: Sequence[Share], records: Mapping[str, Record], say: Say, *, at: datetime
) -> tuple[ShareRow, ...]:
    """Lay the links out, newest first."""
    return tuple(_share(one, records, say, at) for one in shares)


def history_rows(
    entries: Sequence[HistoryEntry], records: Mapping[str, Record], say: Say, *, agencies: Mapping[str, str]
) -> tuple[HistoryRow, ...]:
    """Lay the history out, newest first."""
    return tuple(_entry(one, records, say, agencies) for one in entries)


def procedure_page(view: ProcedureView, say: Say, *, agencies: Mapping[str, str]) -> ProcedurePage:
    """Lay a procedure out with what the holder has for it."""
    procedure = view.procedure
    rows = tuple(_requirement(outcome, view, say, agencies) for outcome in view.outcomes)
    return ProcedurePage(
        procedure_id=procedure.procedure_id,
        title=say.pick(dict(procedure.title)),
        rows=rows,
        consent=consent_facts(procedure, say, agencies=agencies),
    )


def consent_facts(procedure: Procedure, say: Say, *, agencies: Mapping[str, str]) -> tuple[Fact, ...]:
    """To whom, why and for how long: what a person must know before saying yes."""
    return (
        Fact(say("page.consent.whom"), agencies.get(procedure.recipient_agency, procedure.recipient_agency)),
        Fact(say("page.consent.why"), say.pick(dict(procedure.purpose))),
        Fact(say("page.consent.until"), say("page.consent.days", days=procedure.term_days)),
    )


def _card(record: Record, say: Say, at: datetime, agencies: Mapping[str, str]) -> PaperCard:
    return PaperCard(
        href=f"/citizen/records/{record.record_id}",
        title=say.pick(record.titles),
        issuer=agencies.get(record.issuer, record.issuer),
        dated=say("page.record.since", date=say.date(record.certified_at or record.deposited_at)),
        word=status_word(record, say, at=at),
    )


def _share(share: Share, records: Mapping[str, Record], say: Say, at: datetime) -> ShareRow:
    if share.revoked_at is not None:
        state = "REVOKED"
    elif share.expires_at <= at:
        state = "EXPIRED"
    elif share.views_used >= share.max_views:
        state = "VIEWED_OUT"
    else:
        state = "OPEN"
    record = records.get(share.record_id)
    return ShareRow(
        share_id=share.share_id,
        title=say.pick(record.titles) if record else "–",
        facts=(
            Fact(say("page.share.recipient"), share.recipient),
            Fact(say("page.share.purpose"), share.purpose),
            Fact(say("page.share.until"), say.short(share.expires_at)),
            Fact(say("page.share.views"), say("page.share.views_of", used=share.views_used, total=share.max_views)),
        ),
        word=Word(Tone.GOOD if state == "OPEN" else Tone.NONE, say(f"page.share.{state}")),
        is_open=state == "OPEN",
    )


def _entry(entry: HistoryEntry, records: Mapping[str, Record], say: Say, agencies: Mapping[str, str]) -> HistoryRow:
    event = entry.event
    who = say(f"page.actor.{event.actor_kind.value}")
    if event.agency_code and event.actor_kind in {ActorKind.STAFF, ActorKind.AGENCY}:
        who = f"{agencies.get(event.agency_code, event.agency_code)} · {who}"
    record = records.get(event.record_id or "")
    done = event.outcome is AccessOutcome.DONE
    return HistoryRow(
        when=say.short(event.at),
        action=say(f"page.action.{event.action.value}"),
        who=who,
        why="" if event.action in _SELF_EXPLAINED else say.word("page.access_reason", event.reason.partition(":")[0]),
        paper=say.pick(record.titles) if record else "",
        paper_href=f"/citizen/records/{record.record_id}" if record else "",
        word=Word(Tone.NONE if done else Tone.WARN, say(f"page.access.{event.outcome.value}")),
    )


_SELF_EXPLAINED: Final = frozenset(
    {AccessAction.SHARED, AccessAction.SHARE_OPENED, AccessAction.SHARE_REVOKED, AccessAction.VERIFIED_BY_CODE}
)


def _requirement(outcome: Outcome, view: ProcedureView, say: Say, agencies: Mapping[str, str]) -> RequirementRow:
    requirement = view.procedure.requirement(outcome.requirement_id)
    offered = outcome.candidates if outcome.kind in _OFFERED else ()
    return RequirementRow(
        requirement_id=outcome.requirement_id,
        title=say.pick(dict(requirement.title)),
        word=Word(_MATCH_TONES[outcome.kind], say(f"page.match.{outcome.kind.value}")),
        explanation=say(f"page.match.{outcome.kind.value}.text"),
        how_to_get=say.pick(dict(requirement.how_to_get)) if outcome.kind is OutcomeKind.MISSING else "",
        candidates=tuple(_candidate(view.records[one.record_id], say, agencies) for one in offered),
        rejected=tuple(_rejection(one, view.records, say) for one in (*outcome.doubts, *outcome.rejected)),
        must_choose=outcome.kind is OutcomeKind.CHOICE,
        may_bring=outcome.kind in {OutcomeKind.MISSING, OutcomeKind.NEEDS_HUMAN},
    )


def _candidate(record: Record, say: Say, agencies: Mapping[str, str]) -> Candidate:
    dated = say("page.record.since", date=say.date(record.certified_at or record.deposited_at))
    issuer = agencies.get(record.issuer, record.issuer)
    return Candidate(record.record_id, say.pick(record.titles), f"{issuer} · {dated}")


def _rejection(rejection: Rejection, records: Mapping[str, Record], say: Say) -> str:
    record = records.get(rejection.record_id)
    code, _, figures = rejection.code.partition("(")
    words = say.word("page.rejected", code) + (f" ({figures}" if figures else "")
    return f"{say.pick(record.titles)}: {words}" if record else words
