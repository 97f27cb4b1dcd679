"""What a holder does in the own vault: look, fetch, share, consent, file a dossier, see who looked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from api.access import Principal
from api.acts.proofs import proof_of_code
from api.services import Services
from dossiers import (
    Filing,
    Outcome,
    Procedure,
    ReachedStep,
    Submission,
    get_for_holder,
    match,
    read_candidates,
    steps_of,
    submit,
)
from dossiers import list_for_holder as list_submissions_of
from ocr import render_page
from vault import (
    AccessAction,
    AccessEvent,
    ActorKind,
    Consent,
    ConsentInvalid,
    HistoryEntry,
    HolderOwner,
    Identity,
    NewShare,
    NotFound,
    Record,
    RenditionKind,
    Share,
    create_share,
    get_for_owner,
    hash_passcode,
    history_for_holder,
    list_consents,
    list_for_holder,
    list_shares,
    read_identity,
    record_access,
    revoke_share,
    withdraw_consent,
)

_PAGE_DPI = 110


def _owner(principal: Principal) -> HolderOwner:
    return HolderOwner(principal.holder_id)


@dataclass(frozen=True, slots=True)
class Wallet:
    """The holder's vault at a glance."""

    holder: Identity
    records: tuple[Record, ...]


def wallet(services: Services, principal: Principal) -> Wallet:
    """Show every paper of the holder, newest first."""
    with services.database.read() as tx:
        return Wallet(
            read_identity(tx, principal.holder_id, vault=services.blobs),
            list_for_holder(tx, _owner(principal), limit=500),
        )


def papers(
    services: Services, principal: Principal, *, after_record_id: str | None = None, limit: int = 100
) -> tuple[Record, ...]:
    """List papers of the holder, newest first; `after_record_id` continues below that one."""
    with services.database.read() as tx:
        return list_for_holder(tx, _owner(principal), after_record_id=after_record_id, limit=limit)


def record(services: Services, principal: Principal, record_id: str) -> Record:
    """Give one paper of the holder.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    with services.database.read() as tx:
        return get_for_owner(tx, _owner(principal), record_id)


def record_pdf(services: Services, principal: Principal, record_id: str) -> bytes:
    """Give the newest signed file, byte for byte as it was sealed; the download stands in the history."""
    found = record(services, principal, record_id)
    content = services.blobs.read(found.newest(RenditionKind.SIGNED_PDF).blob)
    with services.database.transaction() as tx:
        event = AccessEvent(
            holder_id=principal.holder_id,
            action=AccessAction.READ,
            actor_kind=ActorKind.HOLDER,
            actor_id=principal.holder_id,
            at=services.clock.now(),
            reason="DOWNLOAD",
            record_id=record_id,
        )
        record_access(tx, event, random_bytes=services.random_bytes)
    return content


def record_proof(services: Services, principal: Principal, record_id: str) -> bytes:
    """Give the proof of a paper of one's own that was certified here.

    Raises:
        NotFound: it is not one's own, was not certified here, or is not yet under a checkpoint of the log.
    """
    found = record(services, principal, record_id)
    if found.code is None:
        raise NotFound("only a copy that was certified here has a proof")
    return proof_of_code(services, found.code)


def record_page(services: Services, principal: Principal, record_id: str, *, page_index: int) -> bytes:
    """Give a page of a paper as a PNG; the holder looking at the own paper makes no entry."""
    found = record(services, principal, record_id)
    content = services.blobs.read(found.newest(RenditionKind.SIGNED_PDF).blob)
    return render_page(content, page_index, dpi=_PAGE_DPI, sandbox=services.ocr_pool)


def history(
    services: Services, principal: Principal, *, before_event_id: str | None = None, limit: int = 100
) -> tuple[HistoryEntry, ...]:
    """Give who looked, when, why and with what outcome, newest first."""
    with services.database.read() as tx:
        return history_for_holder(tx, _owner(principal), before_event_id=before_event_id, limit=limit)


@dataclass(frozen=True, slots=True)
class ShareForm:
    """What the holder fills in to share one paper."""

    record_id: str
    purpose: str = field(repr=False)
    recipient: str = field(repr=False)
    days: int = 7
    max_views: int = 10
    passcode: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class NewLink:
    """A share with its link, which is shown once: the token stands in the fragment and reaches no server log."""

    share: Share
    link: str = field(repr=False)


def share(services: Services, principal: Principal, form: ShareForm) -> NewLink:
    """Make a link to one paper.

    Raises:
        ShareClosed: no purpose or recipient, or a term or number of views that is not allowed.
    """
    passcode_hash = hash_passcode(form.passcode, random_bytes=services.random_bytes) if form.passcode else None
    new = NewShare(
        record_id=form.record_id,
        purpose=form.purpose,
        recipient=form.recipient,
        max_views=form.max_views,
        term=timedelta(days=form.days),
        passcode_hash=passcode_hash,
    )
    with services.database.transaction() as tx:
        made, token = create_share(
            tx,
            _owner(principal),
            new,
            vault=services.blobs,
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        )
    return NewLink(made, f"{services.verify_url}/s#{token}")


def shares(services: Services, principal: Principal) -> tuple[Share, ...]:
    """Give every link the holder made, newest first."""
    with services.database.read() as tx:
        return list_shares(tx, _owner(principal), vault=services.blobs)


def close_share(services: Services, principal: Principal, share_id: str) -> None:
    """Take a link back; the next look is refused."""
    with services.database.transaction() as tx:
        revoke_share(tx, _owner(principal), share_id, at=services.clock.now(), random_bytes=services.random_bytes)


@dataclass(frozen=True, slots=True)
class ProcedureView:
    """A procedure with what the holder has for it; `records` are the papers named in the outcomes, by id."""

    procedure: Procedure
    outcomes: tuple[Outcome, ...]
    records: Mapping[str, Record]


def procedures(services: Services) -> tuple[Procedure, ...]:
    """Give the procedures in force today."""
    return services.catalogue.in_force(services.law.local_date(services.clock.now()))


def view_procedure(services: Services, principal: Principal, procedure_id: str) -> ProcedureView:
    """Match a procedure with the holder's vault, with reasons.

    Raises:
        ProcedureNotFound: none of this id is in force.
    """
    at = services.clock.now()
    today = services.law.local_date(at)
    procedure = services.catalogue.find(procedure_id, on=today)
    with services.database.read() as tx:
        subject = read_identity(tx, principal.holder_id, vault=services.blobs)
        candidates = read_candidates(tx, _owner(principal), blobs=services.blobs, at=at, zone=services.law.timezone)
        found = {record.record_id: record for record in list_for_holder(tx, _owner(principal), limit=500)}
    outcomes = match(procedure.requirements, candidates, subject_name=subject.name, on=today)
    return ProcedureView(procedure, outcomes, found)


@dataclass(frozen=True, slots=True)
class FilingForm:
    """What the holder chose for a procedure; consent was asked on a card of its own and not ticked in advance."""

    procedure_id: str
    chosen: Mapping[str, str]
    brought_in_person: frozenset[str]
    has_consented: bool


def file_dossier(services: Services, principal: Principal, form: FilingForm) -> Submission:
    """File a dossier from papers in the vault; the match is made anew, so nothing stale is sent.

    Raises:
        ConsentInvalid: the holder did not agree.
        RequirementUnanswered, ChoiceRefused: the choice does not meet the requirements.
    """
    if not form.has_consented:
        raise ConsentInvalid("no consent was given; the papers stay where they are")
    view = view_procedure(services, principal, form.procedure_id)
    filing = Filing(view.procedure, view.outcomes, form.chosen, form.brought_in_person)
    with services.database.transaction() as tx:
        return submit(
            tx,
            _owner(principal),
            filing,
            key=services.manifest_key,
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        )


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """A dossier with the steps it has reached and the consent behind it."""

    submission: Submission
    steps: tuple[ReachedStep, ...]
    consent: Consent | None


def submissions(services: Services, principal: Principal) -> tuple[Submission, ...]:
    """Give the holder's dossiers, newest first."""
    with services.database.read() as tx:
        return list_submissions_of(tx, _owner(principal))


def view_submission(services: Services, principal: Principal, submission_id: str) -> SubmissionView:
    """Give one of the holder's dossiers.

    Raises:
        SubmissionNotFound: there is none, or it is another holder's.
    """
    with services.database.read() as tx:
        submission = get_for_holder(tx, _owner(principal), submission_id)
        given = {consent.consent_id: consent for consent in list_consents(tx, _owner(principal))}
        return SubmissionView(submission, steps_of(tx, submission_id), given.get(submission.consent_id or ""))


def consents(services: Services, principal: Principal) -> tuple[Consent, ...]:
    """Give every consent of the holder, newest first."""
    with services.database.read() as tx:
        return list_consents(tx, _owner(principal))


def take_back_consent(services: Services, principal: Principal, consent_id: str) -> Consent:
    """Withdraw a consent: later fetches are refused; what was fetched before stays fetched."""
    with services.database.transaction() as tx:
        return withdraw_consent(
            tx, _owner(principal), consent_id, at=services.clock.now(), random_bytes=services.random_bytes
        )
