"""What holders see of their vault: shelves, one paper, links, and who looked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from api.acts.vaults import OpenVault
from api.pages.views import Fact, Say, Tone, Word
from vault import (
    AccessAction,
    AccessOutcome,
    ActorKind,
    GivenAnswer,
    HistoryEntry,
    Record,
    RecordStatus,
    Share,
    Shelf,
    format_code,
)
from vault.twins import FieldState, Twin

_STATUS_TONES: Final = {
    RecordStatus.CURRENT: Tone.GOOD,
    RecordStatus.EXPIRED: Tone.WARN,
    RecordStatus.SUPERSEDED: Tone.WARN,
}
_FIELD_TONES: Final = {
    FieldState.CONFIRMED: Tone.GOOD,
    FieldState.CHECKED: Tone.NONE,
    FieldState.UNVERIFIED: Tone.WARN,
}


@dataclass(frozen=True, slots=True)
class PaperCard:
    """A paper on its shelf."""

    href: str
    title: str
    issuer: str
    dated: str
    word: Word
    preview: str = ""


@dataclass(frozen=True, slots=True)
class RoleLink:
    """Whose papers one may look at: the own, or those of a vault that a mandate opens."""

    href: str
    name: str
    right: str


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field of the twin with how far it may be relied on."""

    label: str
    value: str
    word: Word


@dataclass(frozen=True, slots=True)
class MandateRow:
    """A mandate: with whom, by what right, how far and until when."""

    name: str
    holder_id: str
    facts: tuple[Fact, ...]
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


def _own_address(record_id: str) -> str:
    return f"/citizen/records/{record_id}"


def shelves(
    records: Sequence[Record],
    say: Say,
    *,
    at: datetime,
    agencies: Mapping[str, str],
    address: Callable[[str], str] = _own_address,
    preview: Callable[[str], str] | None = None,
) -> tuple[ShelfView, ...]:
    """Put the papers on their shelves; an empty shelf is not shown, and a card has a picture where `preview` gives one."""
    found = []
    for shelf in Shelf:
        papers = tuple(
            replace(
                _card(record, say, at, agencies, href=address(record.record_id)),
                preview=preview(record.record_id) if preview else "",
            )
            for record in records
            if record.shelf is shelf
        )
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


def field_rows(twin: Twin, say: Say) -> tuple[FieldRow, ...]:
    """Lay out what a machine read on the paper; each row says whether anybody confirmed it."""
    return tuple(
        FieldRow(
            say(f"page.field.{one.name}") if say.messages.has(f"page.field.{one.name}") else one.name,
            one.value,
            Word(_FIELD_TONES[one.state], say(f"page.field_state.{one.state.value}")),
        )
        for one in twin.fields
        if one.value
    )


def mandate_rows(found: Sequence[OpenVault], say: Say, *, at: datetime) -> tuple[MandateRow, ...]:
    """Lay mandates out, newest first, each with the other person's name."""
    return tuple(_mandate(one, say, at) for one in found)


def role_links(found: Sequence[OpenVault], say: Say, *, at: datetime) -> tuple[RoleLink, ...]:
    """Say whose papers one may look at; nobody's but the own is no choice."""
    others = {
        one.mandate.holder_id: RoleLink(
            f"/citizen/vaults/{one.mandate.holder_id}",
            one.holder_name,
            say(f"page.access_reason.{one.mandate.kind.value}"),
        )
        for one in found
        if one.mandate.is_in_force(at)
    }
    return (RoleLink("/citizen", say("page.roles.own"), ""), *others.values()) if others else ()


def share_rows(
    shares: Sequence[Share],
    records: Mapping[str, Record],
    say: Say,
    *,
    at: datetime,
    answers: Mapping[str, GivenAnswer],
) -> tuple[ShareRow, ...]:
    """Lay the links out, newest first, with what was answered."""
    return tuple(_share(one, records, say, at, answers.get(one.share_id)) for one in shares)


def history_rows(
    entries: Sequence[HistoryEntry],
    records: Mapping[str, Record],
    say: Say,
    *,
    agencies: Mapping[str, str],
    reasons: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> tuple[HistoryRow, ...]:
    """Lay the history out, newest first; `reasons` are words of codes that a country's data holds."""
    return tuple(_entry(one, records, say, agencies, reasons) for one in entries)


def _card(record: Record, say: Say, at: datetime, agencies: Mapping[str, str], *, href: str) -> PaperCard:
    return PaperCard(
        href=href,
        title=say.pick(record.titles),
        issuer=agencies.get(record.issuer, record.issuer),
        dated=say("page.record.since", date=say.date(record.certified_at or record.deposited_at)),
        word=status_word(record, say, at=at),
    )


def _mandate(found: OpenVault, say: Say, at: datetime) -> MandateRow:
    one = found.mandate
    is_open = one.is_in_force(at)
    until = one.ended_at or one.ends_at
    return MandateRow(
        name=found.holder_name,
        holder_id=one.holder_id,
        facts=(
            Fact(say("page.people.right"), say(f"page.access_reason.{one.kind.value}")),
            Fact(say("page.people.may_act"), say("page.people.acts" if one.may_act else "page.people.reads")),
            Fact(say("page.people.scope"), say(f"page.people.covers.{one.covers.value}", count=len(one.covered))),
            Fact(say("page.people.document"), one.document_number),
            Fact(say("page.people.until"), say.date(until) if until else say("page.people.forever")),
        ),
        word=Word(Tone.GOOD if is_open else Tone.NONE, say("page.people.IN_FORCE" if is_open else "page.people.OVER")),
    )


def _share(share: Share, records: Mapping[str, Record], say: Say, at: datetime, given: GivenAnswer | None) -> ShareRow:
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
            *_answered(given, say),
        ),
        word=Word(Tone.GOOD if state == "OPEN" else Tone.NONE, say(f"page.share.{state}")),
        is_open=state == "OPEN",
    )


def _answered(given: GivenAnswer | None, say: Say) -> tuple[Fact, ...]:
    if given is None:
        return ()
    words = say(f"page.shared.given.{given.answer.value}", when=say.short(given.answered_at))
    return (Fact(say("page.shared.given"), f"{words} {given.reason}".strip()),)


def _entry(
    entry: HistoryEntry,
    records: Mapping[str, Record],
    say: Say,
    agencies: Mapping[str, str],
    reasons: Mapping[str, Mapping[str, str]],
) -> HistoryRow:
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
        why="" if event.action in _SELF_EXPLAINED else _why(event.reason, say, reasons),
        paper=say.pick(record.titles) if record else "",
        paper_href=f"/citizen/records/{record.record_id}" if record else "",
        word=Word(Tone.NONE if done else Tone.WARN, say(f"page.access.{event.outcome.value}")),
    )


def _why(reason: str, say: Say, reasons: Mapping[str, Mapping[str, str]]) -> str:
    code, _, stated = reason.partition(":")
    if code in reasons:
        # Whoever looked said why in a sentence, and it was said to be read here.
        return f"{say.pick(dict(reasons[code]))}: {stated.strip()}"
    return say.word("page.access_reason", code)


_SELF_EXPLAINED: Final = frozenset(
    {
        AccessAction.SHARED,
        AccessAction.SHARE_OPENED,
        AccessAction.SHARE_REVOKED,
        AccessAction.SHARE_ACCEPTED,
        AccessAction.SHARE_REFUSED,
    }
)
