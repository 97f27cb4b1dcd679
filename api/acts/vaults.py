"""Vaults of others that a mandate opens, and what the counter enters about people: mandates, deaths, names, joint papers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection

from api.access import Principal
from api.acts.citizen import NewLink, ShareForm, make_link
from api.errors import RequestInvalid
from api.identity import Door, accounts_of, close_account, end_sessions_of, revoke_tokens_of, void_login_links
from api.identity.oidc import remove_links_of
from api.identity.passkeys import remove_passkeys_of
from api.services import Services
from certify import stands_for
from guard import Payload, Room
from vault import (
    AccessAction,
    AccessEvent,
    ActorKind,
    HolderKind,
    HolderOwner,
    Identity,
    MandateAccess,
    NewHolder,
    NotFound,
    Record,
    RenditionKind,
    change_identity,
    enrol_holder,
    find_by_number,
    get_for_owner,
    holder_of_code,
    list_for_holder,
    parse_code,
    read_identity,
    record_access,
    record_for_all,
)
from vault.deaths import note_death
from vault.joint import hold_jointly, let_others_share_alone
from vault.mandates import (
    Covers,
    EnteredBy,
    Mandate,
    MandateKind,
    NewMandate,
    appoint_user,
    dismiss_user,
    end_mandate,
    give_mandate,
    list_mandates_of_vault,
    list_vaults_open_to,
    open_by_mandate,
)

_OPENED: Final = "VAULT_OPENED"


@dataclass(frozen=True, slots=True)
class PersonForm:
    """Whom the counter means: by number; name and birth date only for somebody who has no vault yet."""

    number: str = field(repr=False)
    kind: HolderKind = HolderKind.PERSON
    name: str | None = field(default=None, repr=False)
    birth_date: date | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class MandateForm:
    """What the counter enters of a mandate."""

    holder: PersonForm
    person: PersonForm
    kind: MandateKind
    document_number: str
    covered_types: tuple[str, ...] = ()
    covered_records: tuple[str, ...] = ()
    may_act: bool = True
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class OpenVault:
    """A vault of somebody else that is open to the one who asks, with whose it is."""

    mandate: Mandate
    holder_name: str = field(repr=False)


def enter_mandate(services: Services, principal: Principal, form: MandateForm) -> Mandate:
    """Enter who may act for a vault, by a document the counter has seen; whoever has no vault yet gets one.

    Raises:
        MandateRefused: kind, scope or term do not fit.
        RequestInvalid: somebody has no vault and no name was given.
    """
    at = services.clock.now()
    covers, covered = _scope(form)
    with services.database.transaction() as tx:
        holder_id, person_id = (_find_or_enrol(services, tx, principal, who) for who in (form.holder, form.person))
        new = NewMandate(
            holder_id,
            person_id,
            form.kind,
            form.document_number,
            covers,
            covered,
            form.may_act,
            _end_of(services, form.ends_on),
        )
        return give_mandate(
            tx,
            new,
            entered_by=_entered_by(principal),
            birth_date=read_identity(tx, holder_id, vault=services.blobs).birth_date,
            zone=services.law.timezone,
            at=at,
            random_bytes=services.random_bytes,
        )


def end_entered_mandate(services: Services, principal: Principal, mandate_id: str, *, document_number: str) -> Mandate:
    """End a mandate that one's own agency entered, by a document (a court's decision, for example).

    Raises:
        NotFound: there is none, or another agency entered it.
    """
    at = services.clock.now()
    with services.database.transaction() as tx:
        ended = end_mandate(
            tx,
            mandate_id,
            document_number=document_number,
            entered_by=_entered_by(principal),
            at=at,
            random_bytes=services.random_bytes,
        )
        if ended.agency_code is None or not stands_for(tx, ended.agency_code, agency_code=principal.agency_code):
            # The transaction is undone: nobody else's mandate ends here.
            raise NotFound(f"there is no mandate {mandate_id}")
        return ended


def enter_death(services: Services, principal: Principal, number: str, *, document_number: str) -> str:
    """Note a death on its proof: the vault is frozen, and every way in of the dead is closed; gives the holder's id.

    Raises:
        NotFound: nobody with this number has a vault here.
    """
    at = services.clock.now()
    with services.database.transaction() as tx:
        holder = find_by_number(tx, HolderKind.PERSON, number, index=services.number_index)
        note_death(
            tx,
            holder.holder_id,
            document_number=document_number,
            entered_by=_entered_by(principal),
            at=at,
            random_bytes=services.random_bytes,
        )
        for account in accounts_of(tx, door=Door.CITIZEN, subject_id=holder.holder_id):
            end_sessions_of(tx, account.account_id)
            revoke_tokens_of(tx, account.account_id, at=at)
            void_login_links(tx, account.account_id, at=at)
            remove_passkeys_of(tx, account.account_id)
            remove_links_of(tx, account.account_id)
            close_account(tx, account.account_id, at=at)
    return holder.holder_id


def enter_identity(
    services: Services, principal: Principal, before: PersonForm, identity: Identity, *, document_number: str
) -> str:
    """Note a new name or number of a holder, by a document; gives the holder's id, which stays.

    Raises:
        NotFound: nobody with the old number has a vault here.
        HolderConflict: the new number belongs to another vault.
    """
    at = services.clock.now()
    with services.database.transaction() as tx:
        holder = find_by_number(tx, before.kind, before.number, index=services.number_index)
        known = read_identity(tx, holder.holder_id, vault=services.blobs)
        change_identity(
            tx,
            holder.holder_id,
            Identity(identity.name, identity.number, identity.birth_date or known.birth_date),
            document_number=document_number,
            index=services.number_index,
            vault=services.blobs,
            at=at,
        )
        event = AccessEvent(
            holder_id=holder.holder_id,
            action=AccessAction.IDENTITY_CHANGED,
            actor_kind=ActorKind.STAFF,
            actor_id=principal.staff_id,
            agency_code=principal.agency_code,
            at=at,
            reason="IDENTITY_CHANGED",
        )
        record_access(tx, event, random_bytes=services.random_bytes)
    return holder.holder_id


def enter_joint_paper(
    services: Services, principal: Principal, code: str, numbers: tuple[str, ...], *, document_number: str
) -> str:
    """Note by a document that the copy of a code belongs to others too, each with a vault; gives the record's id.

    Raises:
        NotFound: no copy of this code lies in a vault, or somebody has none.
    """
    with services.database.transaction() as tx:
        owner = holder_of_code(tx, parse_code(code))
        if owner is None:
            raise NotFound(f"no copy in a vault has the code {code}")
        others = [find_by_number(tx, HolderKind.PERSON, one, index=services.number_index) for one in numbers]
        hold_jointly(
            tx,
            owner.record_id,
            holder_id=owner.holder_id,
            with_holders=tuple(one.holder_id for one in others),
            entered_by=_entered_by(principal),
            document_number=document_number,
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        )
    return owner.record_id


def open_vaults(services: Services, principal: Principal) -> tuple[OpenVault, ...]:
    """Give the vaults of others that are open to the one who asks, newest mandate first."""
    with services.database.read() as tx:
        found = list_vaults_open_to(tx, principal.holder_id, at=services.clock.now())
        return tuple(_named(services, tx, one, one.holder_id) for one in found)


def representatives(services: Services, principal: Principal) -> tuple[OpenVault, ...]:
    """Give everybody who may or might act for one's own vault, also whose mandate is over."""
    with services.database.read() as tx:
        found = list_mandates_of_vault(tx, principal.holder_id)
        return tuple(_named(services, tx, one, one.person_id) for one in found)


def vault_papers(
    services: Services, principal: Principal, holder_id: str, *, after_record_id: str | None = None, limit: int = 100
) -> tuple[Record, ...]:
    """List the papers of a vault that a mandate opens; its holder sees that it was opened.

    Raises:
        NotFound: it is not open to the one who asks.
    """
    with services.database.transaction() as tx:
        access = _access(services, tx, principal, holder_id)
        if after_record_id is None:
            _note(services, tx, access, reason=_OPENED, record_id=None)
        return list_for_holder(tx, access, after_record_id=after_record_id, limit=limit)


def vault_paper_pdf(services: Services, principal: Principal, holder_id: str, record_id: str, *, room: Room) -> Payload:
    """Give the newest signed file of a paper that a mandate opens; it stands in the history with the person.

    Raises:
        NotFound: the vault or the paper is not open to the one who asks.
    """
    with services.database.read() as tx:
        access = _access(services, tx, principal, holder_id)
        found = get_for_owner(tx, access, record_id)
    content = services.blobs.fetch_recorded(found.newest(RenditionKind.SIGNED_PDF).blob, room=room)
    with services.database.transaction() as tx:
        # Asked again: a mandate that ended meanwhile gives nothing.
        _note(services, tx, _access(services, tx, principal, holder_id), reason="DOWNLOAD", record_id=record_id)
    return content


def share_of_vault(services: Services, principal: Principal, holder_id: str, form: ShareForm) -> NewLink:
    """Make a link to a paper of a vault one may act for.

    Raises:
        NotFound: the vault or the paper is not open to the one who asks.
        MandateRefused: the mandate lets its person only read.
    """
    with services.database.read() as tx:
        access = _access(services, tx, principal, holder_id)
    return make_link(services, access, form)


def appoint(services: Services, principal: Principal, organisation_id: str, form: MandateForm) -> Mandate:
    """Let the legal representative appoint a user of the organisation, with scope and term.

    Raises:
        NotFound: the organisation is not open to the one who asks, or the person has no vault.
        MandateRefused: who asks does not represent it, or the appointment has no term.
    """
    covers, covered = _scope(form)
    with services.database.transaction() as tx:
        access = _access(services, tx, principal, organisation_id)
        person = find_by_number(tx, HolderKind.PERSON, form.person.number, index=services.number_index)
        new = NewMandate(
            organisation_id,
            person.holder_id,
            MandateKind.APPOINTED_USER,
            form.document_number,
            covers,
            covered,
            form.may_act,
            _end_of(services, form.ends_on),
        )
        return appoint_user(tx, access, new, at=services.clock.now(), random_bytes=services.random_bytes)


def dismiss(services: Services, principal: Principal, organisation_id: str, mandate_id: str) -> None:
    """Let the legal representative end the appointment of a user at once.

    Raises:
        NotFound: the organisation is not open to the one who asks, or has no such user.
    """
    with services.database.transaction() as tx:
        access = _access(services, tx, principal, organisation_id)
        dismiss_user(tx, access, mandate_id, at=services.clock.now(), random_bytes=services.random_bytes)


def set_joint_rule(services: Services, principal: Principal, record_id: str, *, others_share_alone: bool) -> None:
    """Say whether the other holders of a joint paper may share it alone.

    Raises:
        NotFound: it is not held jointly by the one who asks.
    """
    with services.database.transaction() as tx:
        let_others_share_alone(tx, HolderOwner(principal.holder_id), record_id, allowed=others_share_alone)


def _access(services: Services, tx: Connection, principal: Principal, holder_id: str) -> MandateAccess:
    return open_by_mandate(tx, person_id=principal.holder_id, holder_id=holder_id, at=services.clock.now())


def _note(services: Services, tx: Connection, access: MandateAccess, *, reason: str, record_id: str | None) -> None:
    event = AccessEvent(
        holder_id=access.holder_id,
        action=AccessAction.READ,
        actor_kind=ActorKind.REPRESENTATIVE,
        actor_id=access.person_id,
        at=access.at,
        reason=reason,
        record_id=record_id,
    )
    record_for_all(tx, event, random_bytes=services.random_bytes)


def _named(services: Services, tx: Connection, mandate: Mandate, holder_id: str) -> OpenVault:
    return OpenVault(mandate, read_identity(tx, holder_id, vault=services.blobs).name)


def _entered_by(principal: Principal) -> EnteredBy:
    return EnteredBy(principal.staff_id, principal.agency_code)


def _end_of(services: Services, day: date | None) -> datetime | None:
    # The last day counts whole.
    if day is None:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=services.law.timezone) + timedelta(days=1)


def _scope(form: MandateForm) -> tuple[Covers, tuple[str, ...]]:
    if form.covered_types and form.covered_records:
        raise RequestInvalid("name types or papers, not both", field="covered_records")
    if form.covered_types:
        return Covers.TYPES, form.covered_types
    return (Covers.RECORDS, form.covered_records) if form.covered_records else (Covers.EVERYTHING, ())


def _find_or_enrol(services: Services, tx: Connection, principal: Principal, who: PersonForm) -> str:
    try:
        return find_by_number(tx, who.kind, who.number, index=services.number_index).holder_id
    except NotFound as exc:
        if not who.name:
            raise RequestInvalid("nobody with this number has a vault here; give the name too", field="name") from exc
    new = NewHolder(who.kind, Identity(who.name, who.number, who.birth_date), principal.agency_code)
    return enrol_holder(
        tx,
        new,
        index=services.number_index,
        vault=services.blobs,
        at=services.clock.now(),
        random_bytes=services.random_bytes,
    ).holder_id
