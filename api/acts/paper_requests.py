"""An agency asks, a holder approves or declines: by notice, by a QR either way at the counter, or with a helper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.engine import Connection

from api.access import Principal, Role, limits_of
from api.acts.citizen import FilingForm
from api.acts.procedures import ProcedureView, Told, catalogue_of, match_in, view_procedure
from api.identity import count_attempt, session_is_open
from api.services import Services
from certify import get_staff
from dossiers import (
    Asking,
    AssistanceRefused,
    CounterCodeRefused,
    DutyAsked,
    Filing,
    Outcome,
    OutcomeKind,
    PaperRequest,
    RequestClosed,
    Submission,
    Way,
    access_by_duty,
    approve,
    ask_holder,
    choices_of,
    close_as_relayed,
    decline,
    get_request_of_agency,
    get_request_of_holder,
    open_for_decision,
    requests_of_agency,
    requests_of_holder,
    show_at_counter,
    show_on_phone,
    submit,
    take_from_counter,
    take_from_phone,
)
from guard import Room
from vault import (
    Assistance,
    ConsentInvalid,
    FetchedPaper,
    HolderKind,
    HolderOwner,
    ReuseGrant,
    ReuseRequest,
    fetch_for_reuse,
    find_by_number,
)

# By one person in a quarter of an hour: more than a counter needs, less than a search for numbers.
_ASKED_AT_ONCE = 60
_OFFERED = frozenset({OutcomeKind.SATISFIED, OutcomeKind.SATISFIED_BY_DATA, OutcomeKind.CHOICE})


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A request with the link of its QR, which is shown once."""

    request: PaperRequest
    link: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RequestCard:
    """A request as its holder decides on it: what is asked, what is there, and the codes to choose among."""

    request: PaperRequest
    view: ProcedureView
    choices: tuple[str, ...]


def ask(services: Services, principal: Principal, number: str, procedure_id: str) -> PaperRequest:
    """Ask the holder of a number for the papers of a procedure; it is answered within days.

    Raises:
        NotFound: nobody with this number has a vault here.
        ProcedureNotFound: none of this id is in force.
    """
    return _ask(services, principal, number, procedure_id, way=Way.ASKED)


def begin_assisted(services: Services, principal: Principal, number: str, procedure_id: str) -> PaperRequest:
    """Begin what a helper then confirms, for a person without a phone; nothing is opened by the clerk alone.

    Raises:
        NotFound, ProcedureNotFound: as `ask`.
    """
    return _ask(services, principal, number, procedure_id, way=Way.ASSISTED)


def show_counter_code(services: Services, principal: Principal, procedure_id: str) -> ShownCode:
    """Begin a request whose QR the counter shows for two minutes."""
    with services.database.transaction() as tx:
        asking = _asking(tx, services, principal, procedure_id)
        request, token = show_at_counter(tx, asking, at=services.clock.now(), random_bytes=services.random_bytes)
    return ShownCode(request, f"{services.verify_url}/q#{token}")


def show_phone_code(services: Services, principal: Principal) -> ShownCode:
    """Begin a request whose QR the holder's phone shows for two minutes."""
    with services.database.transaction() as tx:
        owner = HolderOwner(principal.holder_id)
        request, token = show_on_phone(tx, owner, at=services.clock.now(), random_bytes=services.random_bytes)
    return ShownCode(request, f"{services.verify_url}/staff/ask#{token}")


def take_counter_code(services: Services, principal: Principal, token: str) -> RequestCard:
    """The holder's phone takes the counter's QR.

    Raises:
        CounterCodeRefused: it is too old, was taken before, or the clerk's session ended.
    """
    with services.database.transaction() as tx:
        request = take_from_counter(tx, HolderOwner(principal.holder_id), _secret(token), at=services.clock.now())
        _check_session(tx, services, request)
    return _card(services, principal, request)


def take_phone_code(services: Services, principal: Principal, token: str, procedure_id: str) -> PaperRequest:
    """The counter takes the QR that a holder's phone shows.

    Raises:
        CounterCodeRefused: it is too old or was taken before.
    """
    with services.database.transaction() as tx:
        asking = _asking(tx, services, principal, procedure_id)
        return take_from_phone(tx, asking, _secret(token), at=services.clock.now())


def asked_of_me(services: Services, principal: Principal) -> tuple[PaperRequest, ...]:
    """What agencies asked of this holder, newest first."""
    with services.database.read() as tx:
        return requests_of_holder(tx, HolderOwner(principal.holder_id), at=services.clock.now())


def card(services: Services, principal: Principal, request_id: str, *, told: Told | None = None) -> RequestCard:
    """Give one request with what the vault has for it.

    Raises:
        RequestNotFound: there is none, or it is another's.
    """
    with services.database.read() as tx:
        owner = HolderOwner(principal.holder_id)
        request = get_request_of_holder(tx, owner, request_id, at=services.clock.now())
    return _card(services, principal, request, told=told)


def approve_request(
    services: Services, principal: Principal, request_id: str, form: FilingForm, *, words: str
) -> Submission:
    """Approve: the dossier is filed from what was chosen, for this procedure and nothing else.

    Raises:
        ConsentInvalid: the holder did not agree.
        CounterCodeRefused: the two words are not those of the counter's screen, or its session ended; it is closed.
        RequestNotFound, RequestClosed: none to decide on.
    """
    if not form.has_consented:
        raise ConsentInvalid("no consent was given; the papers stay where they are")
    owner = HolderOwner(principal.holder_id)
    with services.database.transaction() as tx:
        request = open_for_decision(tx, owner, request_id, at=services.clock.now())
        is_relayed = bool(request.words) and request.words != words.strip().casefold()
        if is_relayed:
            close_as_relayed(tx, request, at=services.clock.now())
        else:
            _check_session(tx, services, request)
            view = match_in(tx, services, owner, _procedure_of(request), told=form.told)
            filing = Filing(view.procedure, view.outcomes, form.chosen, form.brought_in_person)
            return _file(tx, services, owner, request, filing)
    raise CounterCodeRefused("these are not the words on the counter's screen; the request is closed")


def decline_request(services: Services, principal: Principal, request_id: str, *, reason: str) -> PaperRequest:
    """Decline: nothing is opened, and the agency is told so."""
    with services.database.transaction() as tx:
        owner = HolderOwner(principal.holder_id)
        return decline(tx, owner, request_id, reason=reason, at=services.clock.now())


def asked_by_us(services: Services, principal: Principal) -> tuple[PaperRequest, ...]:
    """What this agency asked, newest first."""
    with services.database.read() as tx:
        return requests_of_agency(tx, principal.agency_code, at=services.clock.now())


def one_of_ours(services: Services, principal: Principal, request_id: str) -> PaperRequest:
    """One request of this agency; that of a QR is shown to the session that began it, and to no other.

    Raises:
        RequestNotFound: there is none, another agency's, or another session's.
    """
    with services.database.read() as tx:
        return get_request_of_agency(tx, principal.agency_code, request_id, at=services.clock.now())


@dataclass(frozen=True, slots=True)
class AssistanceForm:
    """What the helper states: where, read aloud in which language, and the digest of a signed slip when there is one."""

    counter: str
    language: str
    slip_sha256_hex: str | None = None


def assist(services: Services, principal: Principal, request_id: str, form: AssistanceForm) -> Submission:
    """A helper confirms, in a session of their own, that the person agreed; this procedure's papers are sent.

    Raises:
        AssistanceRefused: the helper began it, too, or it is no assisted request.
        RequestNotFound, RequestClosed: none to confirm.
    """
    with services.database.transaction() as tx:
        at = services.clock.now()
        request = get_request_of_agency(tx, principal.agency_code, request_id, at=at)
        if request.way is not Way.ASSISTED or request.holder_id is None or request.staff_id is None:
            raise AssistanceRefused(f"request {request_id} is the holder's own to decide on")
        if request.staff_id == principal.staff_id:
            raise AssistanceRefused("nobody consents for a citizen alone; a colleague confirms this")
        owner = HolderOwner(request.holder_id)
        request = open_for_decision(tx, owner, request_id, at=at)
        view = match_in(tx, services, owner, _procedure_of(request), told=Told())
        assistance = Assistance(
            request.staff_id or "", principal.staff_id, form.counter, form.language, form.slip_sha256_hex
        )
        chosen = _best(view.outcomes)
        brought = frozenset(one.requirement_id for one in view.outcomes) - set(chosen)
        filing = Filing(view.procedure, view.outcomes, chosen, brought, assistance)
        return _file(tx, services, owner, request, filing)


def fetch_by_duty(
    services: Services, principal: Principal, grant_id: str, *, record_id: str, room: Room
) -> FetchedPaper:
    """Fetch a paper under an access by duty; the holder sees it like every fetch."""
    wanted = ReuseRequest(grant_id, record_id, principal.agency_code, principal.staff_id)
    return fetch_for_reuse(
        services.database,
        wanted,
        vault=services.blobs,
        room=room,
        at=services.clock.now(),
        random_bytes=services.random_bytes,
    )


def open_by_duty(services: Services, principal: Principal, number: str, asked: DutyAsked) -> tuple[str, ReuseGrant]:
    """Open the papers of one type by an article in force; gives its words and the grant.

    Raises:
        NotFound: nobody with this number has a vault here.
        DutyRefused: the article does not reach that far.
    """
    _count(services, principal)
    at = services.clock.now()
    with services.database.transaction() as tx:
        holder = find_by_number(tx, HolderKind.PERSON, "".join(number.split()), index=services.number_index)
        duty, grant = access_by_duty(
            tx,
            HolderOwner(holder.holder_id),
            asked,
            on=services.law.local_date(at),
            at=at,
            random_bytes=services.random_bytes,
        )
    return duty.article, grant


def _ask(services: Services, principal: Principal, number: str, procedure_id: str, *, way: Way) -> PaperRequest:
    _count(services, principal)
    with services.database.transaction() as tx:
        asking = _asking(tx, services, principal, procedure_id)
        holder = find_by_number(tx, HolderKind.PERSON, "".join(number.split()), index=services.number_index)
        return ask_holder(
            tx, holder.holder_id, asking, way=way, at=services.clock.now(), random_bytes=services.random_bytes
        )


def _count(services: Services, principal: Principal) -> None:
    with services.database.transaction() as tx:
        # A transaction of its own: what is counted stays counted.
        count_attempt(tx, subject=f"ask:{principal.staff_id}", at=services.clock.now(), allowed=_ASKED_AT_ONCE)


def _asking(tx: Connection, services: Services, principal: Principal, procedure_id: str) -> Asking:
    on = services.law.local_date(services.clock.now())
    procedure = catalogue_of(services, tx).find(procedure_id, on=on)
    session_id = principal.session.session_id if principal.session else ""
    return Asking(principal.agency_code, principal.staff_id, session_id, procedure.procedure_id)


def _check_session(tx: Connection, services: Services, request: PaperRequest) -> None:
    """A QR lives no longer than the session of the clerk who has it on the screen."""
    if request.way not in {Way.COUNTER_QR, Way.HOLDER_QR} or not request.session_id:
        return
    at: datetime = services.clock.now()
    if not session_is_open(tx, request.session_id, at=at, limits=limits_of(services.settings)):
        raise CounterCodeRefused("the session at the counter ended; let the clerk begin again")
    if request.staff_id is not None:
        member = get_staff(tx, request.staff_id)
        if member.left_at is not None and member.left_at <= at:
            raise CounterCodeRefused("whoever asked left the office; ask at the counter")


def _file(tx: Connection, services: Services, owner: HolderOwner, request: PaperRequest, filing: Filing) -> Submission:
    at = services.clock.now()
    filed = submit(tx, owner, filing, key=services.manifest_key, at=at, random_bytes=services.random_bytes)
    approve(tx, request, submission_id=filed.submission_id, at=at)
    return filed


def _card(services: Services, principal: Principal, request: PaperRequest, *, told: Told | None = None) -> RequestCard:
    view = view_procedure(services, principal, _procedure_of(request), told=told)
    return RequestCard(request, view, choices_of(request))


def _procedure_of(request: PaperRequest) -> str:
    if request.procedure_id is None:
        raise RequestClosed(f"request {request.request_id} waits for the counter; let the clerk take the code first")
    return request.procedure_id


def _best(outcomes: tuple[Outcome, ...]) -> Mapping[str, str]:
    return {one.requirement_id: one.candidates[0].record_id for one in outcomes if one.kind in _OFFERED}


def _secret(text: str) -> str:
    return text.strip().rpartition("#")[2]


def may_see_words(principal: Principal, request: PaperRequest) -> bool:
    """Whether the two words are shown to this caller: the session of the counter that is in front of the person."""
    if Role.CITIZEN in principal.roles:
        return False
    return principal.session is not None and principal.session.session_id == request.session_id
