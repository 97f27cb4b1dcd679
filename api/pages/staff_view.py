"""What the counter sees of its work: the queue, and one item from scan to certified copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from api.acts.staff import ItemView
from api.pages.leaf_view import ReadLeaf, read_leaves
from api.pages.views import Fact, Option, PageImage, Say, Tone, TrackStep, Word, page_images
from certify import Item, ItemState, LawPack, ReadyCopy
from dossiers.names import NameLikeness, compare_names
from ocr import (
    Pages,
    QualityVerdict,
    ReadField,
    judge,
)
from vault import Identity, format_code


class Phase(StrEnum):
    """What the office has to do with an item now."""

    SCAN = "SCAN"
    READING = "READING"
    COMPARE = "COMPARE"
    APPROVE = "APPROVE"
    SIGNING = "SIGNING"
    DONE = "DONE"
    CLOSED = "CLOSED"


_PHASES: Final = {
    ItemState.DECLARED: Phase.SCAN,
    ItemState.REUSE_OFFERED: Phase.SCAN,
    ItemState.ORIGINAL_PRESENTED: Phase.SCAN,
    ItemState.SCANNED: Phase.READING,
    ItemState.EXTRACTED: Phase.COMPARE,
    ItemState.COMPARED: Phase.COMPARE,
    ItemState.READY_TO_SIGN: Phase.COMPARE,
    ItemState.VOIDED: Phase.COMPARE,
    ItemState.NUMBER_RESERVED: Phase.SIGNING,
    ItemState.PREPARED: Phase.APPROVE,
    ItemState.AWAITING_ACTIVATION: Phase.APPROVE,
    ItemState.AWAITING_SIGNATURE: Phase.APPROVE,
    ItemState.OFFICER_SIGNED: Phase.SIGNING,
    ItemState.SEALED: Phase.SIGNING,
    ItemState.CERTIFIED: Phase.DONE,
}
_PHASE_TONES: Final = {
    Phase.SCAN: Tone.WARN,
    Phase.READING: Tone.NONE,
    Phase.COMPARE: Tone.WARN,
    Phase.APPROVE: Tone.WARN,
    Phase.SIGNING: Tone.NONE,
    Phase.DONE: Tone.GOOD,
    Phase.CLOSED: Tone.NONE,
}
_TRACK: Final = (Phase.READING, Phase.COMPARE, Phase.APPROVE, Phase.SIGNING, Phase.DONE)
_QUALITY_TONES: Final = {
    QualityVerdict.GOOD: Tone.GOOD,
    QualityVerdict.WARN: Tone.WARN,
    QualityVerdict.REFUSE: Tone.BAD,
}
_LIKENESS_TONES: Final = {NameLikeness.SAME: Tone.GOOD, NameLikeness.DIFFERENT: Tone.BAD}


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One item of the queue with what comes next."""

    href: str
    title: str
    short_id: str
    state: Word
    next_step: str
    pages: str


@dataclass(frozen=True, slots=True)
class QueueGroup:
    """The items that wait for the same thing."""

    title: str
    rows: tuple[QueueRow, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of holder and paper beside each other."""

    label: str
    holder: str
    paper: str
    word: Word


@dataclass(frozen=True, slots=True)
class QualityBox:
    """The verdict of the quality gate, with reasons and what to do."""

    word: Word
    reasons: tuple[str, ...]
    may_certify: bool


@dataclass(frozen=True, slots=True)
class ItemPage:
    """Everything the page of one item shows."""

    item_id: str
    phase: str
    title: str
    state: Word
    track: tuple[TrackStep, ...]
    facts: tuple[Fact, ...]
    problem: str
    quality: QualityBox | None
    leaves: tuple[ReadLeaf, ...]
    fields: tuple[Fact, ...]
    pairs: tuple[Pair, ...]
    page_count: int
    checklist: tuple[Option, ...]
    ready_sha256_hex: str
    ready_facts: tuple[Fact, ...]
    done_facts: tuple[Fact, ...]
    ready_images: tuple[PageImage, ...]
    code: str
    number: str


def phase_of(item: Item) -> Phase:
    """What the office has to do with the item now."""
    return _PHASES.get(item.state, Phase.CLOSED)


def queue_groups(items: Sequence[Item], say: Say, *, law: LawPack) -> tuple[QueueGroup, ...]:
    """Put the queue in order: what needs a person first."""
    order = (Phase.APPROVE, Phase.COMPARE, Phase.SCAN, Phase.READING, Phase.SIGNING, Phase.DONE, Phase.CLOSED)
    groups = []
    for phase in order:
        rows = [_row(item, say, law) for item in items if _waits_for(item) is phase]
        if rows:
            # Newest first where nothing waits any more.
            kept = rows[::-1] if phase in {Phase.DONE, Phase.CLOSED} else rows
            groups.append(QueueGroup(say(f"page.phase.{phase.value}"), tuple(kept)))
    return tuple(groups)


def item_page(view: ItemView, say: Say, *, law: LawPack, ready: ReadyCopy | None) -> ItemPage:
    """Lay one item out; `ready` is the copy that is to be approved or was certified."""
    item, phase = view.item, phase_of(view.item)
    quality = _quality(view.pages, say) if view.pages else None
    return ItemPage(
        item_id=item.item_id,
        phase=phase.value,
        title=say.pick(law.doc_type(item.doc_type).title),
        state=Word(_PHASE_TONES[phase], say(f"page.state.{item.state.value}")),
        track=_track(phase, say),
        facts=_facts(view, say),
        problem=_problem(item, say, law),
        quality=quality,
        leaves=read_leaves(item, view.pages, say) if view.pages else (),
        fields=tuple(
            Fact(say.word("page.field", one.name), f"{one.value} · {one.confidence:.0f} %") for one in view.fields
        ),
        pairs=_pairs(view.holder, view.fields, say),
        page_count=item.page_count or 0,
        checklist=tuple(Option(line.code, say.pick(line.text)) for line in law.in_force(ready.reserved_at).checklist)
        if ready
        else (),
        ready_sha256_hex=(ready.sha256_hex or "") if ready else "",
        ready_facts=(*_copy_facts(ready, say), *_approval_facts(ready, say)) if ready else (),
        done_facts=_copy_facts(ready, say) if ready else (),
        ready_images=page_images(say, f"/staff/items/{item.item_id}/ready/{{n}}.png", count=ready.page_count or 0)
        if ready and phase is Phase.APPROVE
        else (),
        code=ready.code if ready else "",
        number=ready.number.display_no if ready else "",
    )


def _problem(item: Item, say: Say, law: LawPack) -> str:
    if item.refusal_code:
        return say.pick(law.refusal(item.refusal_code).text)
    return say.word("reason", item.problem_code) if item.problem_code else ""


def doc_type_options(law: LawPack, say: Say) -> tuple[Option, ...]:
    """The types of paper to choose from."""
    return tuple(Option(one.code, say.pick(one.title)) for one in law.doc_types)


def refusal_options(law: LawPack, say: Say) -> tuple[Option, ...]:
    """The closed list of reasons, each with its basis and its remedy."""
    options = []
    for reason in law.refusals:
        basis = law.legal_basis(reason.basis_id)
        options.append(
            Option(reason.code, say.pick(reason.text), f"{basis.title}, {basis.article}", say.pick(reason.remedy))
        )
    return tuple(options)


def _waits_for(item: Item) -> Phase:
    """A scan that the quality gate refused waits for a better one, not for a comparison."""
    phase = phase_of(item)
    return Phase.SCAN if phase is Phase.COMPARE and item.quality_verdict == QualityVerdict.REFUSE.value else phase


def _row(item: Item, say: Say, law: LawPack) -> QueueRow:
    phase = _waits_for(item)
    state = Word(_PHASE_TONES[phase], say(f"page.state.{item.state.value}"))
    if phase is Phase.SCAN and (item.problem_code or item.quality_verdict == QualityVerdict.REFUSE.value):
        state = Word(Tone.BAD, say("page.item.scan_refused"))
    return QueueRow(
        href=f"/staff/items/{item.item_id}",
        title=say.pick(law.doc_type(item.doc_type).title),
        short_id=item.item_id[-6:],
        state=state,
        next_step=say(f"page.todo.{phase.value}"),
        pages=str(item.page_count or "–"),
    )


def _track(phase: Phase, say: Say) -> tuple[TrackStep, ...]:
    # Whoever waits for a scan stands at the first step.
    phase = Phase.READING if phase is Phase.SCAN else phase
    reached = _TRACK.index(phase) if phase in _TRACK else -1
    steps = []
    for place, one in enumerate(_TRACK):
        is_done = place < reached or phase is Phase.DONE
        state = "done" if is_done else "now" if place == reached else "later"
        steps.append(TrackStep(say(f"page.track.{one.value}"), state))
    return tuple(steps)


def _facts(view: ItemView, say: Say) -> tuple[Fact, ...]:
    rows = (
        ("page.fact.received", say.short(view.case.opened_at)),
        ("page.fact.due", say.short(view.case.due_at)),
        ("page.fact.copies", str(view.item.copies)),
        ("page.fact.original_pages", str(view.item.page_count) if view.item.page_count else "–"),
        ("page.fact.item", view.item.item_id[-6:]),
        *((("page.fact.purged", say.short(view.item.purged_at)),) if view.item.purged_at else ()),
    )
    return tuple(Fact(say(label), value) for label, value in rows)


def _quality(pages: Pages, say: Say) -> QualityBox:
    quality = judge(pages)
    reasons = []
    for page in quality.pages:
        place = next(number for number, one in enumerate(quality.pages, 1) if one is page)
        for reason in page.reasons:
            words = say.word("page.quality", reason.code.value)
            reasons.append(f"{say('page.page_n', n=place)}: {words}")
    reasons.extend(say.word("page.quality", reason.code.value) for reason in quality.document_reasons)
    return QualityBox(
        word=Word(_QUALITY_TONES[quality.verdict], say(f"page.quality.verdict.{quality.verdict.value}")),
        reasons=tuple(dict.fromkeys(reasons)),
        may_certify=quality.verdict is not QualityVerdict.REFUSE,
    )


def _pairs(holder: Identity, fields: Sequence[ReadField], say: Say) -> tuple[Pair, ...]:
    found = {one.name: one.value for one in reversed(fields)}
    name, number, born = found.get("holder_name", ""), found.get("id_number", ""), found.get("birth_date", "")
    likeness = compare_names(holder.name, name) if name else None
    birth = f"{holder.birth_date:%d/%m/%Y}" if holder.birth_date else ""
    return (
        Pair(
            say("page.field.holder_name"),
            holder.name,
            name or "–",
            _likeness(likeness, say) if likeness else _unread(say),
        ),
        _exact(say("page.field.id_number"), holder.number, number, say),
        _exact(say("page.field.birth_date"), birth, born, say),
    )


def _exact(label: str, holder: str, paper: str, say: Say) -> Pair:
    if not holder or not paper:
        return Pair(label, holder or "–", paper or "–", _unread(say))
    same = _digits(holder) == _digits(paper)
    word = Word(Tone.GOOD, say("page.likeness.SAME")) if same else Word(Tone.WARN, say("page.likeness.OTHER"))
    return Pair(label, holder, paper, word)


def _digits(text: str) -> tuple[int, ...]:
    words = "".join(sign if sign.isdigit() else " " for sign in text).split()
    return tuple(int(word) for word in words)


def _likeness(found: NameLikeness, say: Say) -> Word:
    """All between the same and another is told alike: a person must look closely."""
    known = found if found in _LIKENESS_TONES else None
    return Word(_LIKENESS_TONES.get(found, Tone.WARN), say(f"page.likeness.{known.value if known else 'SIMILAR'}"))


def _unread(say: Say) -> Word:
    return Word(Tone.NONE, say("page.likeness.UNREAD"))


def _copy_facts(ready: ReadyCopy, say: Say) -> tuple[Fact, ...]:
    return (
        Fact(say("page.fact.number"), ready.number.display_no),
        Fact(say("page.fact.book"), ready.number.book_display),
        Fact(say("page.fact.code"), format_code(ready.code), is_code=True),
        Fact(say("page.fact.pages"), str(ready.page_count or "–")),
    )


def _approval_facts(ready: ReadyCopy, say: Say) -> tuple[Fact, ...]:
    return (
        Fact(say("page.fact.ends"), say.short(ready.expires_at)),
        Fact(say("page.fact.digest"), ready.sha256_hex or "–", is_code=True),
    )
