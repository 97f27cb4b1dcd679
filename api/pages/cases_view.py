"""What the counter sees of a case: facts, people without names, originals, history, and what can be done now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from api.acts.cases import CaseAct, CaseView
from api.pages.inspection_view import choice_options
from api.pages.views import Fact, Option, Say, Tone, Word
from certify import LawPack
from certify.case_transitions import ENDED_STATES, CaseEvent, CaseState, case_transition_of
from certify.counter import DayClose, DayTotals, DeskRules, SeenBy, TrackedCase
from vault import format_code

_LISTS = {CaseAct.ASK_SUPPLEMENT: "supplement", CaseAct.DENY_WITHDRAWAL: "deny_withdrawal", CaseAct.ROUTE: "route"}
_BY_TABLE = frozenset(act for act in CaseAct if act.value in CaseEvent.__members__)


@dataclass(frozen=True, slots=True)
class ActForm:
    """Something that can be done now: its button, its list of choices, and whether it asks to whom."""

    act: str
    label: str
    choices: tuple[Option, ...]
    to_label: str


@dataclass(frozen=True, slots=True)
class CaseItemRow:
    """An original of a case."""

    href: str
    title: str
    state: str
    copies: str


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything the page of a case shows."""

    case_id: str
    code: str
    state: Word
    facts: tuple[Fact, ...]
    people: tuple[Fact, ...]
    items: tuple[CaseItemRow, ...]
    steps: tuple[Fact, ...]
    forms: tuple[ActForm, ...]


def case_page(view: CaseView, say: Say, *, law: LawPack, rules: DeskRules, at: datetime) -> CasePage:
    """Lay one case out."""
    case = view.case
    tone = Tone.BAD if case.is_late(at=at) else Tone.GOOD if case.state in ENDED_STATES else Tone.WARN
    return CasePage(
        case_id=case.case_id,
        code=format_code(case.tracking_code) if case.tracking_code else "–",
        state=Word(tone, say(f"page.case_state.{case.state.value}")),
        facts=tuple(Fact(say(label), value) for label, value in _facts(view, say, rules=rules)),
        people=tuple(
            Fact(
                say(f"page.person.{one.role.value}"),
                " · ".join(
                    part
                    for part in (
                        f"…{one.number_last4}" if one.number_last4 else "",
                        say(f"page.seen_by.{one.seen_by.value}") if one.seen_by else "",
                        say(f"page.power.{one.power.value}") if one.power else "",
                    )
                    if part
                )
                or "–",
            )
            for one in view.people
        ),
        items=tuple(
            CaseItemRow(
                f"/staff/items/{item.item_id}",
                say.pick(law.doc_type(item.doc_type).title),
                say(f"page.state.{item.state.value}"),
                str(item.copies),
            )
            for item in view.items
        ),
        steps=tuple(
            Fact(say.short(step.at), f"{say.word('page.case_event', step.event)} · …{step.actor.actor_id[-6:]}")
            for step in reversed(view.steps)
        ),
        forms=tuple(_forms(view, say, rules=rules)),
    )


def _facts(view: CaseView, say: Say, *, rules: DeskRules) -> tuple[tuple[str, str], ...]:
    case = view.case
    rows = [
        ("page.case.channel", say(f"page.channel.{case.channel.value}")),
        ("page.fact.received", say.short(case.opened_at)),
        ("page.fact.due", say.short(case.due_at)),
        ("page.case.delivery", say(f"delivery.{case.delivery.value}")),
        ("page.case.claimed", f"…{case.claimed_by[-6:]}, {say.short(case.claimed_at)}" if case.claimed_by else "–"),
    ]
    if case.appointment_at:
        rows.append(("slip.appointment", say.short(case.appointment_at)))
    if case.clock_stopped_at:
        rows.append(("page.case.clock", say.short(case.clock_stopped_at)))
    if case.waits_until:
        rows.append(("page.case.waits", say.short(case.waits_until)))
    if case.received_by_agency != case.agency_code:
        rows.append(("page.case.routed", f"{case.received_by_agency} → {case.agency_code}"))
    if case.reason_code:
        words = rules.words(case.reason_code)
        rows.append(("page.case.reason", say.pick(dict(words)) if words else case.reason_code))
    return tuple(rows)


def _forms(view: CaseView, say: Say, *, rules: DeskRules) -> list[ActForm]:
    # Copies are handed over by a form of their own.
    return [
        ActForm(
            act.value,
            say(f"page.case_act.{act.value}"),
            _choices(act, say, rules=rules),
            say(f"page.case.to_{act.value}") if act in {CaseAct.ROUTE, CaseAct.HAND_OVER} else "",
        )
        for act in CaseAct
        if act is not CaseAct.DELIVER and _is_possible(view, act)
    ]


def _choices(act: CaseAct, say: Say, *, rules: DeskRules) -> tuple[Option, ...]:
    if act is CaseAct.RECEIVE:
        # Who asked online is looked at when the paper is brought.
        return tuple(
            Option(one.value, say(f"page.seen_by.{one.value}"))
            for one in SeenBy
            if one not in {SeenBy.SIGNED_IN, SeenBy.BY_POST}
        )
    return choice_options(rules.choices[_LISTS[act]], say) if act in _LISTS else ()


def _is_possible(view: CaseView, act: CaseAct) -> bool:
    """Whether the case's state allows the act; what its guard says is told when it is tried."""
    state, claimed = view.case.state, view.case.claimed_by is not None
    is_open = state not in ENDED_STATES | {CaseState.ARCHIVED, CaseState.COMPLETED}
    if act in _BY_TABLE:
        return state in case_transition_of(CaseEvent(act.value)).sources
    return is_open and claimed is not (act is CaseAct.CLAIM) if act is not CaseAct.ROUTE else is_open


def tracked_facts(found: TrackedCase, say: Say, *, agency: str, rules: DeskRules) -> tuple[Fact, ...]:
    """What anybody with the code is told."""
    rows = [
        ("page.track.agency", agency),
        ("page.fact.received", say.short(found.opened_at)),
        ("slip.due", say("page.track.stopped") if found.clock_stopped else say.short(found.due_at)),
        ("slip.delivery", say(f"delivery.{found.delivery.value}")),
        ("page.track.items", say("page.track.items_of", done=found.items - found.items_open, total=found.items)),
    ]
    if found.reason_code:
        words = rules.words(found.reason_code, "supplement")
        if words:
            rows.append(("page.track.missing", say.pick(dict(words))))
    return tuple(Fact(say(label), value) for label, value in rows)


def day_facts(totals: DayTotals, say: Say) -> tuple[Fact, ...]:
    """What a cashier took and gave back."""
    rows = [Fact(say(f"page.paid.{method}"), _money(amount)) for method, amount in totals.by_method_vnd.items()]
    return (
        *rows,
        Fact(say("page.cash.count"), str(totals.count)),
        Fact(say("page.cash.refunded"), f"{_money(totals.refunded_vnd)} ({totals.refunds})"),
        Fact(say("page.cash.drawer"), _money(totals.cash_vnd)),
    )


def close_rows(closes: tuple[DayClose, ...], say: Say) -> tuple[tuple[str, str, str, str], ...]:
    """The closed days: when, how much must be there, how much was counted, and the difference."""
    return tuple(
        (
            say.short(one.closed_at),
            _money(one.totals.cash_vnd),
            _money(one.counted_cash_vnd),
            f"{one.difference_vnd:+,}".replace(",", "."),
        )
        for one in closes
    )


def _money(amount_vnd: int) -> str:
    return f"{amount_vnd:,} đ".replace(",", ".")
