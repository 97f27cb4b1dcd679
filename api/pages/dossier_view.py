"""A filed dossier as its holder and its recipient see it: five steps, and each item with its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.pages.views import Fact, Say, Tone, TrackStep, Word
from dossiers import Answer, ItemMode, Procedure, ReachedStep, Step, Submission, SubmissionItem
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


@dataclass(frozen=True, slots=True)
class ConsentBox:
    """The consent behind a dossier; `receipt` is its digest, which both sides can compare."""

    consent_id: str
    facts: tuple[Fact, ...]
    is_active: bool


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
) -> DossierPage:
    """Lay one dossier out."""
    following = submission.step.following
    return DossierPage(
        submission_id=submission.submission_id,
        title=title_of(submission, procedures, say),
        track=_track(submission, steps, say),
        items=tuple(_item(one, submission, procedures, say) for one in submission.items),
        facts=(
            Fact(say("page.dossier.recipient"), agencies.get(submission.recipient_agency, submission.recipient_agency)),
            Fact(say("page.dossier.filed"), say.short(submission.created_at)),
            Fact(say("page.dossier.number"), submission.submission_id, is_code=True),
        ),
        version=submission.version,
        next_step=following.value if following else "",
        next_label=say(f"page.step.{following.value}") if following else "",
        consent=consent,
    )


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


def _track(submission: Submission, steps: Sequence[ReachedStep], say: Say) -> tuple[TrackStep, ...]:
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
