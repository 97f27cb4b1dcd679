"""A filed dossier as its holder and its recipient see it: five steps, and each item with its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from api.acts.recipient import Standing
from api.pages.views import Fact, Say, Tone, TrackStep, Word
from dossiers import (
    HALTED,
    MAY_WITHDRAW,
    Answer,
    HandedIn,
    ItemMode,
    Marked,
    PackageMark,
    Procedure,
    ReachedStep,
    Reconciled,
    Status,
    Step,
    Submission,
    SubmissionItem,
    next_by_staff,
)
from dossiers.statuses import LINKED_ENDED
from vault import Consent


@dataclass(frozen=True, slots=True)
class DossierRow:
    """A dossier in a list."""

    href: str
    title: str
    meta: str
    items: str
    word: Word


@dataclass(frozen=True, slots=True)
class DossierItem:
    """One requirement of a filed dossier."""

    requirement_id: str
    title: str
    how: str
    word: Word
    reason: str
    is_reference: bool
    is_answered: bool
    record_href: str
    by_hand: Word | None = None


@dataclass(frozen=True, slots=True)
class StatusLine:
    """A code that the dossier had, with who brought it, when, and the reason."""

    text: str
    when: str
    reason: str


@dataclass(frozen=True, slots=True)
class StatusBox:
    """The one-stop code beside the five steps, and what may follow from it at this door."""

    word: Word
    lines: tuple[StatusLine, ...]
    next_codes: tuple[tuple[int, str], ...]
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class ConsentBox:
    """The consent behind a dossier; `receipt` is its digest, which both sides can compare."""

    consent_id: str
    facts: tuple[Fact, ...]
    is_active: bool


@dataclass(frozen=True, slots=True)
class PackageBox:
    """What stands under the package by copy: a signature and an approval are different words, never one badge."""

    lines: tuple[Word, ...]
    may_approve: bool


@dataclass(frozen=True, slots=True)
class DossierPage:
    """Everything the page of one dossier shows."""

    submission_id: str
    title: str
    track: tuple[TrackStep, ...]
    items: tuple[DossierItem, ...]
    facts: tuple[Fact, ...]
    version: int
    next_step: str
    next_label: str
    consent: ConsentBox | None
    package: PackageBox | None = None
    status: StatusBox | None = None


Agencies = Mapping[str, str]


def dossier_rows(
    submissions: Sequence[Submission], say: Say, *, base: str, procedures: Mapping[str, Procedure], agencies: Agencies
) -> tuple[DossierRow, ...]:
    """Lay a list of dossiers out."""
    return tuple(_row(one, say, base, procedures, agencies) for one in submissions)


def dossier_page(
    submission: Submission,
    steps: Sequence[ReachedStep],
    say: Say,
    *,
    procedures: Mapping[str, Procedure],
    agencies: Agencies,
    consent: ConsentBox | None = None,
    marks: Sequence[Marked] = (),
    standing: Standing | None = None,
) -> DossierPage:
    """Lay one dossier out."""
    by_hand = {one.requirement_id: one for one in standing.by_hand} if standing else {}
    # What waits or has ended makes no step.
    halted = standing is not None and standing.status in HALTED
    following = None if halted else submission.step.following
    return DossierPage(
        submission_id=submission.submission_id,
        title=title_of(submission, procedures, say),
        track=track_of(submission, steps, say),
        items=tuple(
            replace(
                _item(one, submission, procedures, say),
                by_hand=_by_hand(by_hand.get(one.requirement_id), say),
            )
            for one in submission.items
        ),
        facts=(
            Fact(say("page.dossier.recipient"), agencies.get(submission.recipient_agency, submission.recipient_agency)),
            Fact(say("page.dossier.filed"), say.short(submission.created_at)),
            Fact(say("page.dossier.number"), submission.submission_id, is_code=True),
        ),
        version=submission.version,
        next_step=following.value if following else "",
        next_label=say(f"page.step.{following.value}") if following else "",
        consent=consent,
        package=_package(submission, marks, say),
        status=status_box(standing, say) if standing else None,
    )


def status_box(standing: Standing, say: Say) -> StatusBox:
    """Lay out the code of a dossier, those it had, and what may follow."""
    status = standing.status
    tone = Tone.BAD if status in {Status.REFUSED, Status.STOPPED} else Tone.NONE
    if status in {Status.DONE, Status.RETURNED}:
        tone = Tone.GOOD
    return StatusBox(
        word=Word(tone, say(f"page.status.{status.value}")),
        lines=tuple(
            StatusLine(say(f"page.status.{one.status.value}"), say.short(one.at), _reason(one.reason, say))
            for one in reversed(standing.reached)
        ),
        next_codes=tuple((one.value, say(f"page.status.{one.value}")) for one in next_by_staff(status)),
        may_withdraw=status in MAY_WITHDRAW,
    )


def _reason(reason: str, say: Say) -> str:
    return say("page.linked.ended") if reason.startswith(LINKED_ENDED) else reason


def _by_hand(one: HandedIn | None, say: Say) -> Word | None:
    if one is None:
        return None
    tones = {Reconciled.SAME: Tone.GOOD, Reconciled.DIFFERENT: Tone.BAD}
    text = f"{say(f'page.by_hand.{one.reconciled.value}')} · {say(f'page.by_hand.{one.why.value}')}"
    return Word(tones.get(one.reconciled, Tone.NONE), text)


def _package(submission: Submission, marks: Sequence[Marked], say: Say) -> PackageBox | None:
    if not any(one.mode is ItemMode.REFERENCE for one in submission.items):
        return None
    lines = tuple(
        Word(
            Tone.NONE if one.mark is PackageMark.PASSKEY else Tone.GOOD,
            f"{say(f'page.package.{one.mark.value}')} · {say.short(one.marked_at)}",
        )
        for one in marks
    )
    by_applicant = {one.mark for one in marks} - {PackageMark.OFFICE}
    if not by_applicant:
        lines = (*lines, Word(Tone.NONE, say("page.package.none")))
    return PackageBox(lines, PackageMark.PASSKEY not in by_applicant)


def consent_box(consent: Consent | None, say: Say, *, agencies: Agencies, is_active: bool) -> ConsentBox | None:
    """Lay the consent behind a dossier out."""
    if consent is None:
        return None
    facts = (
        Fact(say("page.consent.whom"), agencies.get(consent.recipient_agency, consent.recipient_agency)),
        Fact(say("page.consent.why"), consent.purpose),
        Fact(say("page.consent.until"), say.short(consent.expires_at)),
        Fact(say("page.consent.given"), say.short(consent.given_at)),
        Fact(say("page.consent.receipt"), consent.receipt_sha256_hex, is_code=True),
    )
    return ConsentBox(consent.consent_id, facts, is_active)


def title_of(submission: Submission, procedures: Mapping[str, Procedure], say: Say) -> str:
    """The procedure's title, or its id when it is no longer in force."""
    procedure = procedures.get(submission.procedure_id)
    return say.pick(procedure.title) if procedure else submission.procedure_id


def _row(
    submission: Submission, say: Say, base: str, procedures: Mapping[str, Procedure], agencies: Agencies
) -> DossierRow:
    answered = sum(one.answer is not None for one in submission.items)
    return DossierRow(
        href=f"{base}/{submission.submission_id}",
        title=title_of(submission, procedures, say),
        meta=f"{agencies.get(submission.recipient_agency, submission.recipient_agency)} · {say.short(submission.created_at)}",
        items=say("page.dossier.answered", done=answered, total=len(submission.items)),
        word=Word(
            Tone.GOOD if submission.step is Step.RETURN else Tone.NONE, say(f"page.step.{submission.step.value}")
        ),
    )


def track_of(submission: Submission, steps: Sequence[ReachedStep], say: Say) -> tuple[TrackStep, ...]:
    """Lay out the five steps, with when each was reached."""
    reached = {one.step: one.reached_at for one in steps}
    track = []
    for step in Step:
        is_done = step in reached and (step is not submission.step or step is Step.RETURN)
        state = "done" if is_done else "now" if step is submission.step else "later"
        track.append(
            TrackStep(say(f"page.step.{step.value}"), state, say.short(reached[step]) if step in reached else "")
        )
    return tuple(track)


def _item(item: SubmissionItem, submission: Submission, procedures: Mapping[str, Procedure], say: Say) -> DossierItem:
    procedure = procedures.get(submission.procedure_id)
    titles = {one.requirement_id: one.title for one in procedure.requirements} if procedure else {}
    word = Word(Tone.NONE, say("page.dossier.waiting"))
    if item.answer is not None:
        tone = Tone.GOOD if item.answer is Answer.ACCEPTED else Tone.BAD
        word = Word(tone, say(f"page.dossier.{item.answer.value}"))
    is_reference = item.mode is ItemMode.REFERENCE
    return DossierItem(
        requirement_id=item.requirement_id,
        title=say.pick(dict(titles[item.requirement_id])) if item.requirement_id in titles else item.requirement_id,
        how=say(f"page.dossier.{item.mode.value}"),
        word=word,
        reason=item.reason or "",
        is_reference=is_reference,
        is_answered=item.answer is not None,
        record_href=f"/citizen/records/{item.record_id}" if item.record_id else "",
    )
