"""What a holder does in the own vault: look, fetch, share, consent, file a dossier, see who looked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from api.access import Principal
from api.acts.procedures import Told, match_in
from api.acts.proofs import proof_of_code
from api.acts.recipient import Standing, standing_in
from api.services import Services
from certify import get_agency
from dossiers import (
    By,
    Filing,
    ReachedStep,
    Status,
    StatusMove,
    Submission,
    get_for_holder,
    move_for_holder,
    sign_receipt,
    steps_of,
    submit,
)
from dossiers import list_for_holder as list_submissions_of
from guard import Payload, Room
from ocr import render_page
from vault import (
    AccessAction,
    AccessEvent,
    ActingOwner,
    ActorKind,
    Consent,
    ConsentInvalid,
    GivenAnswer,
    HistoryEntry,
    HolderOwner,
    Identity,
    NewShare,
    NotFound,
    Record,
    RecordFilter,
    RecordStatus,
    RenditionKind,
    Share,
    SharePermission,
    Shelf,
    answers_for_holder,
    create_share,
    get_consent,
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
from vault.details import PaperDetails, read_details
from vault.search import search_papers
from vault.twins import Twin, read_twin

_PAGE_DPI = 110
# A preview is a few centimetres wide on its card.
PREVIEW_DPI = 30


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


@dataclass(frozen=True, slots=True)
class PapersWanted:
    """What a list of papers is narrowed to; `text` is looked for in the holder's own index."""

    shelf: Shelf | None = None
    doc_type: str | None = None
    status: RecordStatus | None = None
    least_level: int = 0
    valid_on: date | None = None
    text: str = field(default="", repr=False)


def papers(
    services: Services,
    principal: Principal,
    *,
    wanted: PapersWanted | None = None,
    after_record_id: str | None = None,
    limit: int = 100,
) -> tuple[Record, ...]:
    """List papers of the holder, newest first; `after_record_id` continues below that one."""
    owner, asked = _owner(principal), wanted or PapersWanted()
    at, found = services.clock.now(), None
    if asked.text.strip():
        found = search_papers(
            services.database,
            owner,
            asked.text,
            vault=services.blobs,
            at=at,
            random_bytes=services.random_bytes,
        )
    choice = RecordFilter(
        services.law.local_date(at),
        asked.shelf,
        asked.doc_type,
        asked.status,
        asked.least_level,
        asked.valid_on,
        found,
    )
    with services.database.read() as tx:
        return list_for_holder(tx, owner, wanted=choice, after_record_id=after_record_id, limit=limit)


def record_fields(services: Services, principal: Principal, record_id: str) -> tuple[Twin, PaperDetails]:
    """Give the machine-readable twin of a paper of one's own, and what identifies its original.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    with services.database.read() as tx:
        owner = _owner(principal)
        twin = read_twin(tx, owner, record_id, vault=services.blobs)
        return twin, read_details(tx, owner, record_id, vault=services.blobs)


def record(services: Services, principal: Principal, record_id: str) -> Record:
    """Give one paper of the holder.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    with services.database.read() as tx:
        return get_for_owner(tx, _owner(principal), record_id)


def record_pdf(services: Services, principal: Principal, record_id: str, *, room: Room) -> Payload:
    """Give the newest signed file, byte for byte as it was sealed; the download stands in the history."""
    found = record(services, principal, record_id)
    content = services.blobs.fetch_recorded(found.newest(RenditionKind.SIGNED_PDF).blob, room=room)
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


def record_page(
    services: Services, principal: Principal, record_id: str, *, page_index: int, dpi: int = _PAGE_DPI
) -> bytes:
    """Give a page of a paper as a PNG; the holder looking at the own paper makes no entry."""
    found = record(services, principal, record_id)
    with services.spool.room() as room:
        content = services.blobs.fetch_recorded(found.newest(RenditionKind.SIGNED_PDF).blob, room=room)
        return render_page(content, page_index, dpi=dpi, sandbox=services.ocr_pool)


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
    download: bool = False
    recipient_agency: str | None = None


@dataclass(frozen=True, slots=True)
class NewLink:
    """A share with its link, which is shown once: the token stands in the fragment and reaches no server log."""

    share: Share
    link: str = field(repr=False)


def share(services: Services, principal: Principal, form: ShareForm) -> NewLink:
    """Make a link to one paper.

    Raises:
        ShareClosed: no purpose or recipient, or a term or number of views that is not allowed.
        AgencyNotFound: it is made for an agency that nobody knows.
    """
    return make_link(services, _owner(principal), form)


def make_link(services: Services, owner: ActingOwner, form: ShareForm) -> NewLink:
    """Make a link in the name of a vault, by its holder or by whoever may act for it; raises as `share`."""
    passcode_hash = hash_passcode(form.passcode, random_bytes=services.random_bytes) if form.passcode else None
    new = NewShare(
        record_id=form.record_id,
        purpose=form.purpose,
        recipient=form.recipient,
        max_views=form.max_views,
        term=timedelta(days=form.days),
        permission=SharePermission.DOWNLOAD if form.download else SharePermission.VIEW,
        passcode_hash=passcode_hash,
        recipient_agency=form.recipient_agency or None,
    )
    with services.database.transaction() as tx:
        if new.recipient_agency is not None:
            get_agency(tx, new.recipient_agency)
        made, token = create_share(
            tx,
            owner,
            new,
            vault=services.blobs,
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        )
    return NewLink(made, f"{services.verify_url}/s#{token}")


def shares(
    services: Services, principal: Principal, *, before_share_id: str | None = None, limit: int | None = None
) -> tuple[Share, ...]:
    """Give the links the holder made, newest first: all, or so many below the one already seen."""
    with services.database.read() as tx:
        return list_shares(tx, _owner(principal), vault=services.blobs, before_share_id=before_share_id, limit=limit)


def share_answers(services: Services, principal: Principal) -> Mapping[str, GivenAnswer]:
    """Give what the readers of the holder's links answered, by the link's id."""
    with services.database.read() as tx:
        return answers_for_holder(tx, _owner(principal), vault=services.blobs)


def close_share(services: Services, principal: Principal, share_id: str) -> None:
    """Take a link back; the next look is refused."""
    with services.database.transaction() as tx:
        revoke_share(tx, _owner(principal), share_id, at=services.clock.now(), random_bytes=services.random_bytes)


@dataclass(frozen=True, slots=True)
class FilingForm:
    """What the holder chose for a procedure; consent was asked on a card of its own and not ticked in advance."""

    procedure_id: str
    chosen: Mapping[str, str]
    brought_in_person: frozenset[str]
    has_consented: bool
    told: Told = field(default_factory=Told)


def file_dossier(services: Services, principal: Principal, form: FilingForm) -> Submission:
    """File a dossier from papers in the vault; the match is made anew, so nothing stale is sent.

    Raises:
        ConsentInvalid: the holder did not agree.
        RequirementUnanswered, ChoiceRefused: the choice does not meet the requirements.
    """
    if not form.has_consented:
        raise ConsentInvalid("no consent was given; the papers stay where they are")
    with services.database.transaction() as tx:
        view = match_in(tx, services, _owner(principal), form.procedure_id, told=form.told)
        filing = Filing(view.procedure, view.outcomes, form.chosen, form.brought_in_person)
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
    standing: Standing


def submissions(
    services: Services, principal: Principal, *, before_id: str | None = None, limit: int | None = None
) -> tuple[Submission, ...]:
    """Give the holder's dossiers, newest first: all, or so many below the one already seen."""
    with services.database.read() as tx:
        return list_submissions_of(tx, _owner(principal), before_id=before_id, limit=limit)


def view_submission(services: Services, principal: Principal, submission_id: str) -> SubmissionView:
    """Give one of the holder's dossiers.

    Raises:
        SubmissionNotFound: there is none, or it is another holder's.
    """
    with services.database.read() as tx:
        submission = get_for_holder(tx, _owner(principal), submission_id)
        given = get_consent(tx, _owner(principal), submission.consent_id) if submission.consent_id else None
        return SubmissionView(submission, steps_of(tx, submission_id), given, standing_in(tx, submission))


def ask_withdrawal(services: Services, principal: Principal, submission_id: str, *, reason: str) -> Submission:
    """Ask that a dossier be taken back; the agency stops it, or says why it goes on.

    Raises:
        SubmissionNotFound: there is none, or it is another holder's.
        StatusRefused: it has ended, or this was asked already.
    """
    move = StatusMove(Status.WITHDRAWAL_ASKED, By.HOLDER, principal.holder_id, reason)
    with services.database.transaction() as tx:
        return move_for_holder(tx, _owner(principal), submission_id, move, at=services.clock.now())


def consents(
    services: Services, principal: Principal, *, before_consent_id: str | None = None, limit: int | None = None
) -> tuple[Consent, ...]:
    """Give the consents of the holder, newest first: all, or so many below the one already seen."""
    with services.database.read() as tx:
        return list_consents(tx, _owner(principal), before_consent_id=before_consent_id, limit=limit)


def consent(services: Services, principal: Principal, consent_id: str) -> Consent:
    """Give one consent of the holder.

    Raises:
        NotFound: this holder gave no such consent.
    """
    with services.database.read() as tx:
        return get_consent(tx, _owner(principal), consent_id)


def consent_receipt(services: Services, principal: Principal, consent_id: str) -> str:
    """Give the receipt of a consent, signed: the very text whose digest stands in the package.

    Raises:
        NotFound: this holder gave no such consent.
    """
    given = consent(services, principal, consent_id)
    return sign_receipt(given.receipt, key=services.manifest_key)


def take_back_consent(services: Services, principal: Principal, consent_id: str) -> Consent:
    """Withdraw a consent: later fetches are refused; what was fetched before stays fetched."""
    with services.database.transaction() as tx:
        return withdraw_consent(
            tx, _owner(principal), consent_id, at=services.clock.now(), random_bytes=services.random_bytes
        )
