"""Who acts for whose vault: entered at the counter by document, used by parents, representatives and heirs."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.acts import vaults as acts
from api.acts.citizen import ShareForm
from api.documents import DocumentGiven, digest_headers, document_response
from api.routes.cursors import Page
from api.routes.depends import (
    ClerkAnew,
    IdempotencyKeyHeader,
    MandateActor,
    MandateReader,
    Office,
    Sharer,
    Ulid,
    VaultReader,
    reply,
)
from api.routes.repeats import do_once
from api.routes.vaults_told import record_told, share_fields
from api.schemas.mandates import (
    DeathAsked,
    DocumentAsked,
    HolderTold,
    IdentityAsked,
    JointAsked,
    JointRuleAsked,
    JointTold,
    MandateAsked,
    MandateList,
    MandateTold,
    ScopeAsked,
    UserAsked,
    WhoAsked,
)
from api.schemas.vaults import NewShareTold, RecordList, ShareAsked
from guard import Room
from vault import HolderKind, Identity
from vault.mandates import Mandate, MandateKind

router = APIRouter(prefix="/v1", tags=["mandates"])


@router.post("/mandates", status_code=201, response_model=MandateTold)
def enter_mandate(
    request: Request, caller: ClerkAnew, services: Office, asked: MandateAsked, _key: IdempotencyKeyHeader = None
) -> Response:
    """Enter a parent, guardian, legal representative or heir by document; one of a minor's ends by itself at 18."""

    def act() -> Response:
        return reply(mandate_told(acts.enter_mandate(services, caller, mandate_form(asked))), status=201)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.post("/mandates/{mandate_id}/end", response_model=MandateTold)
def end_mandate(caller: ClerkAnew, services: Office, mandate_id: Ulid, asked: DocumentAsked) -> Response:
    """End a mandate that one's own agency entered, by a document such as a court's decision; what hangs on it ends too."""
    return reply(
        mandate_told(acts.end_entered_mandate(services, caller, mandate_id, document_number=asked.document_number))
    )


@router.post("/deaths", response_model=HolderTold)
def enter_death(caller: ClerkAnew, services: Office, asked: DeathAsked) -> Response:
    """Freeze the vault of a person who died: shares, consents, mandates and every way in end at once."""
    holder_id = acts.enter_death(services, caller, asked.number, document_number=asked.document_number)
    return reply(HolderTold(holder_id=holder_id))


@router.post("/identity-changes", response_model=HolderTold)
def enter_identity_change(caller: ClerkAnew, services: Office, asked: IdentityAsked) -> Response:
    """Note a new name or number of a holder by document; the old number still leads to the same vault."""
    identity = Identity(asked.name, asked.number, asked.birth_date)
    holder_id = acts.enter_identity(
        services, caller, _who(asked.before), identity, document_number=asked.document_number
    )
    return reply(HolderTold(holder_id=holder_id))


@router.post("/joint-papers", response_model=JointTold)
def enter_joint_paper(caller: ClerkAnew, services: Office, asked: JointAsked) -> Response:
    """Note by document that a copy belongs to others too, who each have a vault here."""
    record_id = acts.enter_joint_paper(
        services, caller, asked.code, tuple(asked.numbers), document_number=asked.document_number
    )
    return reply(JointTold(record_id=record_id))


@router.put("/records/{record_id}/joint-rule", status_code=204)
def set_joint_rule(caller: Sharer, services: Office, record_id: Ulid, asked: JointRuleAsked) -> Response:
    """Say whether the other holders of a joint paper may share it without oneself."""
    acts.set_joint_rule(services, caller, record_id, others_share_alone=asked.others_share_alone)
    return Response(status_code=204)


@router.get("/representatives", response_model=MandateList)
def list_representatives(caller: VaultReader, services: Office) -> Response:
    """List who may act for one's own vault, and who might before."""
    return reply(_list(acts.representatives(services, caller)))


@router.get("/vaults", response_model=MandateList)
def list_vaults(caller: MandateReader, services: Office) -> Response:
    """List the vaults of others that a mandate opens to the one who asks."""
    return reply(_list(acts.open_vaults(services, caller)))


@router.get("/vaults/{holder_id}/records", response_model=RecordList)
def list_vault_records(caller: MandateReader, services: Office, holder_id: Ulid, paging: Page) -> Response:
    """List the papers a mandate covers, newest first; the holder sees that the vault was opened, and by whom."""
    shown, more = paging.page(
        f"vault-records:{holder_id}",
        caller.holder_id,
        read=lambda after, limit: acts.vault_papers(services, caller, holder_id, after_record_id=after, limit=limit),
        id_of=lambda paper: paper.record_id,
    )
    return reply(RecordList(items=[record_told(paper) for paper in shown], next_cursor=more))


@router.get(
    "/vaults/{holder_id}/records/{record_id}/file",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
def vault_record_file(caller: MandateReader, services: Office, holder_id: Ulid, record_id: Ulid) -> Response:
    """Give the newest signed file of a paper a mandate covers; the holder sees who took it."""

    def give(room: Room) -> DocumentGiven:
        content = acts.vault_paper_pdf(services, caller, holder_id, record_id, room=room)
        return content, digest_headers(content, name=f"{record_id}.pdf")

    return document_response(services.spool, give)


@router.post("/vaults/{holder_id}/shares", status_code=201, response_model=NewShareTold)
def make_vault_share(
    request: Request,
    caller: MandateActor,
    services: Office,
    holder_id: Ulid,
    asked: ShareAsked,
    _key: IdempotencyKeyHeader = None,
) -> Response:
    """Share a paper of a vault one may act for; the history names the person."""

    def act() -> Response:
        form = ShareForm(
            record_id=asked.record_id,
            purpose=asked.purpose,
            recipient=asked.recipient,
            days=asked.days,
            max_views=asked.max_views,
            passcode=asked.passcode.get_secret_value() if asked.passcode else None,
        )
        made = acts.share_of_vault(services, caller, holder_id, form)
        return reply(NewShareTold(**share_fields(made.share), link=made.link), status=201)

    without_passcode = asked.model_dump_json(exclude={"passcode"}).encode()
    return do_once(request, services, caller, asked=without_passcode, act=act)


@router.post("/vaults/{holder_id}/users", status_code=201, response_model=MandateTold)
def appoint_user(
    request: Request,
    caller: MandateActor,
    services: Office,
    holder_id: Ulid,
    asked: UserAsked,
    _key: IdempotencyKeyHeader = None,
) -> Response:
    """Appoint a user of an organisation one represents, with scope and term."""

    def act() -> Response:
        person = acts.PersonForm(asked.person_number)
        form = _form(asked, holder=person, person=person, kind=MandateKind.APPOINTED_USER)
        return reply(mandate_told(acts.appoint(services, caller, holder_id, form)), status=201)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.delete("/vaults/{holder_id}/users/{mandate_id}", status_code=204)
def dismiss_user(caller: MandateActor, services: Office, holder_id: Ulid, mandate_id: Ulid) -> Response:
    """End the appointment of a user at once."""
    acts.dismiss(services, caller, holder_id, mandate_id)
    return Response(status_code=204)


def mandate_form(asked: MandateAsked) -> acts.MandateForm:
    """What the counter enters, read."""
    return _form(asked, holder=_who(asked.holder), person=_who(asked.person), kind=MandateKind(asked.kind))


def mandate_told(mandate: Mandate, *, name: str | None = None) -> MandateTold:
    """A mandate as it goes over the wire."""
    return MandateTold(
        mandate_id=mandate.mandate_id,
        holder_id=mandate.holder_id,
        person_id=mandate.person_id,
        kind=mandate.kind.value,
        covers=mandate.covers.value,
        covered=list(mandate.covered),
        may_act=mandate.may_act,
        document_number=mandate.document_number,
        starts_at=mandate.starts_at,
        ends_at=mandate.ends_at,
        ended_at=mandate.ended_at,
        ended_by_document=mandate.ended_by_document,
        name=name,
    )


def _list(found: tuple[acts.OpenVault, ...]) -> MandateList:
    return MandateList(items=[mandate_told(one.mandate, name=one.holder_name) for one in found])


def _who(asked: WhoAsked) -> acts.PersonForm:
    return acts.PersonForm(asked.number, HolderKind(asked.kind), asked.name, asked.birth_date)


def _form(
    asked: ScopeAsked, *, holder: acts.PersonForm, person: acts.PersonForm, kind: MandateKind
) -> acts.MandateForm:
    return acts.MandateForm(
        holder=holder,
        person=person,
        kind=kind,
        document_number=asked.document_number,
        covered_types=tuple(asked.covered_types),
        covered_records=tuple(asked.covered_records),
        may_act=asked.may_act,
        ends_on=asked.ends_on,
    )
