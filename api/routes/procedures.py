"""The catalogue of procedures: what each asks for, its QR, what a vault has for it, and taking new versions in."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.acts import procedures as acts
from api.errors import RequestInvalid
from api.routes.depends import AdminAnew, Anyone, Office, PlainId, VaultReader, reply
from api.routes.procedures_told import import_told, match_told, procedure_told
from api.schemas.procedures import (
    ApplicantSaid,
    ImportTold,
    MatchTold,
    ProcedureList,
    ProceduresAsked,
    ProcedureTold,
)
from dossiers import SubjectRole

router = APIRouter(prefix="/v1/procedures", tags=["procedures and dossiers"])


@router.get("", response_model=ProcedureList)
def list_procedures(_caller: Anyone, services: Office) -> Response:
    """List the procedures in force today."""
    return reply(ProcedureList(items=[procedure_told(one) for one in acts.procedures(services)]))


@router.post("/imports", response_model=ImportTold)
def import_procedures(caller: AdminAnew, services: Office, asked: ProceduresAsked) -> Response:
    """Check a file of procedures, and with `keep` take it in when nothing is wrong; versions that are there stay."""
    report = acts.import_procedures(
        services, caller, asked.content.encode(), is_csv=asked.form == "CSV", keep=asked.keep
    )
    return reply(import_told(report, kept=asked.keep))


@router.get("/{procedure_id}", response_model=ProcedureTold)
def get_procedure(_caller: Anyone, services: Office, procedure_id: PlainId) -> Response:
    """Give one procedure in force today."""
    return reply(procedure_told(acts.find_procedure(services, procedure_id)))


@router.get("/{procedure_id}/qr", response_class=Response, responses={200: {"content": {"image/svg+xml": {}}}})
def procedure_qr(_caller: Anyone, services: Office, procedure_id: PlainId) -> Response:
    """Give the QR of a procedure, to be printed and hung up: it leads to what the procedure asks for."""
    return Response(acts.qr_of(services, procedure_id), media_type="image/svg+xml")


@router.get("/{procedure_id}/match", response_model=MatchTold)
def match_procedure(caller: VaultReader, services: Office, procedure_id: PlainId) -> Response:
    """Match a procedure with the holder's vault, with reasons; nothing is sent."""
    return reply(match_told(acts.view_procedure(services, caller, procedure_id)))


@router.post("/{procedure_id}/match", response_model=MatchTold)
def match_with_answers(caller: VaultReader, services: Office, procedure_id: PlainId, said: ApplicantSaid) -> Response:
    """Match a procedure after what the applicant said; names travel in the body, so that no address holds them."""
    return reply(match_told(acts.view_procedure(services, caller, procedure_id, told=told_by(said))))


def told_by(said: ApplicantSaid) -> acts.Told:
    """What an applicant said, read.

    Raises:
        RequestInvalid: a role that nobody has in any procedure.
    """
    try:
        return acts.Told(dict(said.answers), {SubjectRole(role): name for role, name in said.subjects.items()})
    except ValueError as exc:
        raise RequestInvalid("there is no such role", field="subjects") from exc
