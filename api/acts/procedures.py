"""The catalogue of procedures: what is in force, what a vault has for one of them, and taking new versions in."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import segno
from sqlalchemy.engine import Connection

from api.access import Principal
from api.services import Services
from certify import list_agencies, stands_for
from certify.reform import current_successors
from dossiers import (
    Catalogue,
    ImportReport,
    Outcome,
    Procedure,
    Requirement,
    Subject,
    SubjectRole,
    Surroundings,
    check_import,
    match,
    read_candidates,
    read_catalogue,
    take_in,
)
from vault import HolderOwner, Leaf, Record, Tree, append, list_for_holder, read_identity

_QR_SCALE = 6


@dataclass(frozen=True, slots=True)
class Told:
    """What the applicant said before papers are looked for: answers by question, names of others by their role."""

    answers: Mapping[str, str] = field(default_factory=dict)
    subjects: Mapping[SubjectRole, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class ProcedureView:
    """A procedure with what the holder has for it; `records` are the papers named in the outcomes, by id."""

    procedure: Procedure
    outcomes: tuple[Outcome, ...]
    records: Mapping[str, Record]
    told: Told = field(default_factory=Told)

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """The requirements that stand after what was told."""
        return self.procedure.applying(self.told.answers)


def catalogue_of(services: Services, tx: Connection) -> Catalogue:
    """The catalogue in use: samples outside production, and what was taken in."""
    return read_catalogue(tx, with_samples=services.is_specimen)


def procedures(services: Services) -> tuple[Procedure, ...]:
    """Give the procedures in force today."""
    with services.database.read() as tx:
        return catalogue_of(services, tx).in_force(services.law.local_date(services.clock.now()))


def find_procedure(services: Services, procedure_id: str) -> Procedure:
    """Give one procedure in force today.

    Raises:
        ProcedureNotFound: none of this id is in force.
    """
    with services.database.read() as tx:
        return catalogue_of(services, tx).find(procedure_id, on=services.law.local_date(services.clock.now()))


def view_procedure(
    services: Services, principal: Principal, procedure_id: str, *, told: Told | None = None
) -> ProcedureView:
    """Match a procedure with the holder's vault, with reasons.

    Raises:
        ProcedureNotFound: none of this id is in force.
    """
    with services.database.read() as tx:
        return match_in(tx, services, HolderOwner(principal.holder_id), procedure_id, told=told or Told())


def match_in(tx: Connection, services: Services, owner: HolderOwner, procedure_id: str, *, told: Told) -> ProcedureView:
    """Match a procedure with a vault in the caller's transaction, so that what is sent is what was matched.

    Raises:
        ProcedureNotFound: none of this id is in force.
    """
    at = services.clock.now()
    today = services.law.local_date(at)
    procedure = catalogue_of(services, tx).find(procedure_id, on=today)
    # Where the agency of the procedure ended, its successor receives the dossier.
    heirs = current_successors(tx, procedure.recipient_agency)
    if heirs:
        procedure = replace(procedure, recipient_agency=heirs[0].code)
    holder = read_identity(tx, owner.holder_id, vault=services.blobs)
    candidates = read_candidates(
        tx,
        owner,
        doc_types=procedure.doc_types,
        blobs=services.blobs,
        at=at,
        zone=services.law.timezone,
    )
    found = {record.record_id: record for record in list_for_holder(tx, owner, limit=500)}
    outcomes = match(
        procedure.applying(told.answers),
        candidates,
        subject=Subject(holder.name, told.subjects),
        on=today,
        stands_in=lambda issuer, agency: stands_for(tx, issuer, agency_code=agency),
    )
    return ProcedureView(procedure, outcomes, found, told)


def qr_of(services: Services, procedure_id: str) -> bytes:
    """The QR of a procedure as SVG: it leads to the page that says what the procedure asks for.

    Raises:
        ProcedureNotFound: none of this id is in force.
    """
    procedure = find_procedure(services, procedure_id)
    target = io.BytesIO()
    code = segno.make(f"{services.verify_url}/p/{procedure.procedure_id}", error="m", micro=False)
    code.save(target, kind="svg", scale=_QR_SCALE, title=procedure.procedure_id)
    return target.getvalue()


def import_procedures(
    services: Services, principal: Principal, content: bytes, *, is_csv: bool, keep: bool
) -> ImportReport:
    """Check a file of procedures, and take it in when `keep` is set and nothing is wrong with it; the log says who did.

    Raises:
        CatalogueInvalid: it is no JSON or CSV, or it has errors and was to be kept.
    """
    at = services.clock.now()
    with services.database.transaction() as tx:
        present = catalogue_of(services, tx).procedures
        known = {doc_type.code for doc_type in services.law.doc_types}
        for one in present:
            known |= {*one.doc_types, *one.results}
        around = Surroundings(present, frozenset(known), frozenset(agency.code for agency in list_agencies(tx)))
        report = check_import(content, is_csv=is_csv, around=around)
        if keep:
            take_in(tx, report, by=principal.staff_id, at=at)
            versions = [f"{one.procedure_id}/{one.version}" for one in report.procedures]
            leaf = Leaf("procedures.taken_in", {"by": principal.staff_id, "versions": versions, "at": at.isoformat()})
            append(tx, leaf, tree=Tree.ACCESS, random_bytes=services.random_bytes)
    return report
