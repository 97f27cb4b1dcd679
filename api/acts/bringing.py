"""Bring a signed paper of another office into a vault: its signature is judged, its holder found, and the holder told.

Nothing is believed because a system says it: a result is a PDF whose signature holds by this office's own anchors and is
that of the office that gives it. Its level follows from that (DOMAIN section 3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from sqlalchemy.engine import Connection

from api.errors import RequestInvalid, ResultRefused
from api.services import Services
from certify import list_agencies, stands_for
from dossiers.names import NameLikeness, compare_names
from guard import Payload, new_ulid, sha256_hex_of
from keys import SPECIMEN_MARK
from signing.verify import Verdict, verify_in_child
from vault import (
    AccessAction,
    AccessEvent,
    ActorKind,
    Elaboration,
    HolderFrozen,
    HolderKind,
    HolderOwner,
    Identity,
    NewHolder,
    NewRecord,
    NewRendition,
    NotFound,
    Record,
    RecordStatus,
    RenditionKind,
    Retention,
    Sensitivity,
    Shelf,
    Titles,
    deposit,
    enrol_holder,
    find_by_number,
    get_for_owner,
    read_identity,
    record_access,
    record_for_all,
)
from vault.details import PaperDetails, put_details
from vault.errors import ResultConflict
from vault.results import (
    IssuedResult,
    Origin,
    ResultState,
    add_result,
    annul_result,
    find_result,
    replace_result,
)

RESULT_KINDS: Final = frozenset({Elaboration.BORN_DIGITAL, Elaboration.EXTRACT_FROM_REGISTER})
_HOLDS: Final = frozenset({Verdict.VALID, Verdict.VALID_WITH_WARNING})
_SAME_NAME: Final = frozenset({NameLikeness.SAME, NameLikeness.OLD_SPELLING})


@dataclass(frozen=True, slots=True)
class PaperForm:
    """What an issuer says of a paper; `number` is the paper's own and is kept encrypted."""

    content: Payload = field(repr=False)
    elaboration: Elaboration = Elaboration.BORN_DIGITAL
    number: str | None = field(default=None, repr=False)
    issued_on: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    retention: Retention = Retention.HOLDER


@dataclass(frozen=True, slots=True)
class ResultForm:
    """A result that comes for the first time: whose it is, under which id its issuer knows it, and its paper."""

    reference: str
    doc_type: str
    holder: Identity = field(repr=False)
    paper: PaperForm = field(repr=False)
    holder_kind: HolderKind = HolderKind.PERSON
    # Known already where the holder asked for the paper.
    holder_id: str | None = None


@dataclass(frozen=True, slots=True)
class Giver:
    """Who brings a paper into a vault: what the history and the record say of it."""

    actor_kind: ActorKind
    actor_id: str
    agency_code: str
    provenance: str
    signers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Brought:
    """A result with its paper, and whether this call changed anything."""

    result: IssuedResult
    record: Record
    is_new: bool


def bring(services: Services, giver: Giver, origin: Origin, form: ResultForm) -> Brought:
    """Take a result in from whoever gives it; raises as `results.add`."""
    digest = sha256_hex_of(form.paper.content)
    _check_type(services, form.doc_type)
    with services.database.transaction() as tx:
        known = find_result(tx, origin)
        holder_id = form.holder_id or _holder(services, tx, giver, form)
        if known is not None:
            return _again(tx, known, holder_id=holder_id, digest=digest)
    issuer = check_signed(services, form.paper.content, giver.signers)
    record = _paper(services, giver, form.doc_type, holder_id, form.paper, issuer=issuer, reference=form.reference)
    with services.database.transaction() as tx:
        stored = _put(services, tx, giver, record, reason="RESULT_ADDED")
        result = add_result(
            tx,
            origin,
            stored,
            sha256_hex=digest,
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        )
    return Brought(result, stored, is_new=True)


def renew(
    services: Services,
    giver: Giver,
    result: IssuedResult,
    paper: PaperForm,
    *,
    check_version: Callable[[int], None] | None = None,
) -> Brought:
    """Let a newer paper stand for a result, from whoever gives it; raises as `results.replace`."""
    digest = sha256_hex_of(paper.content)
    if result.state is ResultState.CURRENT and digest == result.sha256_hex:
        with services.database.read() as tx:
            return Brought(result, record_of(tx, result), is_new=False)
    if check_version is not None:
        check_version(result.version)
    if result.state is ResultState.ANNULLED:
        raise ResultConflict(f"result {result.result_id} was annulled and stays so; add another one")
    issuer = check_signed(services, paper.content, giver.signers)
    record = _paper(
        services,
        giver,
        result.doc_type,
        result.holder_id,
        paper,
        issuer=issuer,
        reference=result.origin.reference,
    )
    with services.database.transaction() as tx:
        before = record_of(tx, result)
        is_current = before.status is RecordStatus.CURRENT and before.holder_id == record.holder_id
        stored = _put(
            services, tx, giver, record, reason="RESULT_REPLACED", supersedes=before.record_id if is_current else None
        )
        moved = replace_result(tx, result, stored, sha256_hex=digest, at=services.clock.now())
    return Brought(moved, stored, is_new=True)


def end_result(
    services: Services,
    tx: Connection,
    giver: Giver,
    result: IssuedResult,
    *,
    decision_number: str,
    check_version: Callable[[int], None] | None = None,
) -> Brought:
    """Annul a result for whoever gave it; raises as `results.annul`."""
    if result.state is ResultState.ANNULLED and result.decision_number == decision_number.strip():
        return Brought(result, record_of(tx, result), is_new=False)
    if check_version is not None:
        check_version(result.version)
    moved = annul_result(
        tx, result, agency_code=giver.agency_code, decision_number=decision_number, at=services.clock.now()
    )
    record = record_of(tx, moved)
    event = _event(services, giver, record.holder_id, AccessAction.STATUS_CHANGED, "RESULT_ANNULLED", record.record_id)
    record_for_all(tx, event, random_bytes=services.random_bytes)
    return Brought(moved, record, is_new=True)


def check_signed(services: Services, content: Payload, signers: tuple[str, ...]) -> str:
    """Refuse what nobody signed, or another office; gives the signer's name as its certificate has it.

    Raises:
        ResultRefused: with the verdict, or `ISSUER_MISMATCH`.
    """
    report = verify_in_child(
        content, trust=services.trust.anchors(), at=services.clock.now(), sandbox=services.verify_pool
    )
    if report.verdict not in _HOLDS:
        raise ResultRefused(report.verdict.value, "the file carries no signature that holds here; sign it first")
    named = [one.signer for one in report.signatures if one.signer is not None]
    issuer = (named[-1].organisation or named[-1].common_name) if named else ""
    if _plain(issuer) not in {_plain(name) for name in signers}:
        raise ResultRefused("ISSUER_MISMATCH", "the last signature is not of the office that gives this result")
    return issuer


def names_of_agency(tx: Connection, agency_code: str) -> tuple[str, ...]:
    """Under which names an agency signs: its own, and those of the agencies it stands for."""
    names: list[str] = []
    for one in list_agencies(tx):
        if one.code == agency_code or stands_for(tx, one.code, agency_code=agency_code):
            names += [one.name_vi, one.name_en, one.name_fr, one.name_on_papers]
    return tuple(names)


def _check_type(services: Services, code: str) -> None:
    # At the counter a person says what an unknown paper is; between systems it would be one that nobody finds again.
    if all(one.code != code for one in services.law.doc_types):
        raise RequestInvalid("there is no such type of paper here", field="doc_type")


def _holder(services: Services, tx: Connection, giver: Giver, form: ResultForm) -> str:
    """Find whose vault the number means, or open one for a person seen for the first time."""
    try:
        holder = find_by_number(tx, form.holder_kind, form.holder.number, index=services.number_index)
    except NotFound:
        if not form.holder.name.strip():
            raise ResultRefused("NAME_NEEDED", "nobody with this number has a vault; give the name too") from None
        new = NewHolder(form.holder_kind, form.holder, giver.agency_code)
        return enrol_holder(
            tx,
            new,
            index=services.number_index,
            vault=services.blobs,
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        ).holder_id
    if holder.frozen_at is not None:
        raise HolderFrozen(f"holder {holder.holder_id} is noted as deceased; results go to the heirs by the counter")
    known = read_identity(tx, holder.holder_id, vault=services.blobs)
    born = (known.birth_date, form.holder.birth_date)
    # A digit mistyped in a number leads into the vault of a stranger: the name says so before anything lies there.
    if compare_names(known.name, form.holder.name) not in _SAME_NAME or (all(born) and born[0] != born[1]):
        raise ResultRefused("HOLDER_MISMATCH", "this number belongs to another name or birth date; nothing was stored")
    return holder.holder_id


def _again(tx: Connection, known: IssuedResult, *, holder_id: str, digest: str) -> Brought:
    if known.holder_id != holder_id or known.sha256_hex != digest:
        raise ResultConflict(f"result {known.result_id} came under this reference before; replace it instead")
    return Brought(known, record_of(tx, known), is_new=False)


def record_of(tx: Connection, result: IssuedResult) -> Record:
    """Give the paper that stands for a result now."""
    return get_for_owner(tx, HolderOwner(result.holder_id), result.record_id)


def _paper(
    services: Services,
    giver: Giver,
    doc_type_code: str,
    holder_id: str,
    paper: PaperForm,
    *,
    issuer: str,
    reference: str,
) -> NewRecord:
    at, doc_type = services.clock.now(), services.law.doc_type(doc_type_code)
    record_id = new_ulid(at=at, random_bytes=services.random_bytes)
    services.blobs.create_keyset(record_id)
    blob = services.blobs.keep(record_id, "issued.pdf", paper.content)
    details = PaperDetails(paper.number, None, {"issuer_reference": reference})
    return NewRecord(
        record_id=record_id,
        holder_id=holder_id,
        document_id=record_id,
        agency_code=giver.agency_code,
        doc_type=doc_type.code,
        titles=Titles(**{language: doc_type.title[language] for language in ("vi", "en", "fr")}),
        shelf=Shelf.RESULTS,
        elaboration=paper.elaboration,
        issuer=issuer,
        renditions=(
            NewRendition(blob, RenditionKind.SIGNED_PDF),
            put_details(services.blobs, record_id, details),
        ),
        deposited_at=at,
        provenance=giver.provenance,
        sensitivity=Sensitivity.SENSITIVE if doc_type.sensitive else Sensitivity.NORMAL,
        retention=paper.retention,
        issued_on=paper.issued_on,
        valid_from=paper.valid_from,
        valid_until=paper.valid_until,
    )


def _put(
    services: Services, tx: Connection, giver: Giver, record: NewRecord, *, reason: str, supersedes: str | None = None
) -> Record:
    stored = deposit(tx, replace(record, supersedes=supersedes))
    event = _event(services, giver, record.holder_id, AccessAction.DEPOSITED, reason, record.record_id)
    record_access(tx, event, random_bytes=services.random_bytes)
    return stored


def _event(
    services: Services, giver: Giver, holder_id: str, action: AccessAction, reason: str, record_id: str
) -> AccessEvent:
    return AccessEvent(
        holder_id=holder_id,
        action=action,
        actor_kind=giver.actor_kind,
        actor_id=giver.actor_id,
        agency_code=giver.agency_code,
        at=services.clock.now(),
        reason=reason,
        record_id=record_id,
    )


def _plain(name: str) -> str:
    # What a demonstration signs says so in every name; nothing else may stand around one.
    return " ".join(name.removeprefix(SPECIMEN_MARK).casefold().split())
