"""The issuer's door: a registered system of an agency adds results to vaults, replaces them by newer papers, and annuls them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from api.access import Principal
from api.acts.bringing import (
    Brought,
    Giver,
    PaperForm,
    ResultForm,
    bring,
    end_result,
    names_of_agency,
    record_of,
    renew,
)
from api.errors import DoorFailed, ResultRefused
from api.problems import code_of
from api.services import Services
from certify import get_agency
from vault import ActorKind, VaultError
from vault.results import Origin, ResultWay, get_result, list_results, note_provider


def add(services: Services, principal: Principal, form: ResultForm) -> Brought:
    """Take a result in (A). The same paper under the same reference again changes nothing.

    Raises:
        ResultRefused: its signature does not hold or is not the agency's, or the number belongs to another name.
        ResultConflict: another paper came under this reference before; replace it instead.
        HolderFrozen: its holder is noted as deceased.
        RequestInvalid: no such type of paper.
    """
    origin = Origin(ResultWay.PUSH, principal.agency_code, form.reference)
    with marked(services, push_id(principal.staff_id)):
        return bring(services, _giver(services, principal), origin, form)


def replace(
    services: Services, principal: Principal, result_id: str, paper: PaperForm, *, check_version: Callable[[int], None]
) -> Brought:
    """Let a newer paper stand for a result (U): the one before is superseded. The same paper again changes nothing.

    Raises:
        NotFound: the result is not this agency's.
        ResultRefused, ResultConflict, ResultChanged: as `add`; it was annulled, or somebody changed it meanwhile.
    """
    with services.database.read() as tx:
        result = get_result(tx, result_id, way=ResultWay.PUSH, source=principal.agency_code)
    with marked(services, push_id(principal.staff_id)):
        return renew(services, _giver(services, principal), result, paper, check_version=check_version)


def annul(
    services: Services,
    principal: Principal,
    result_id: str,
    *,
    decision_number: str,
    check_version: Callable[[int], None],
) -> Brought:
    """Annul a result by a decision (D); its paper says so for ever, and who fetched it is told. Twice is once.

    Raises:
        NotFound: the result is not this agency's.
        ResultConflict: no decision is named, or another one annulled it before.
        ResultChanged: somebody changed it meanwhile.
    """
    giver = _giver(services, principal)
    with marked(services, push_id(principal.staff_id)), services.database.transaction() as tx:
        result = get_result(tx, result_id, way=ResultWay.PUSH, source=principal.agency_code)
        return end_result(services, tx, giver, result, decision_number=decision_number, check_version=check_version)


def result(services: Services, principal: Principal, result_id: str) -> Brought:
    """Give a result that the agency brought, with the paper that stands for it.

    Raises:
        NotFound: the result is not this agency's.
    """
    with services.database.read() as tx:
        found = get_result(tx, result_id, way=ResultWay.PUSH, source=principal.agency_code)
        return Brought(found, record_of(tx, found), is_new=False)


def results(
    services: Services, principal: Principal, *, before_id: str | None = None, limit: int | None = None
) -> tuple[Brought, ...]:
    """Give the results that the agency brought, newest first: all, or so many below the one already seen."""
    with services.database.read() as tx:
        found = list_results(tx, way=ResultWay.PUSH, source=principal.agency_code, before_id=before_id, limit=limit)
        return tuple(Brought(one, record_of(tx, one), is_new=False) for one in found)


@contextlib.contextmanager
def marked(services: Services, provider_id: str) -> Iterator[None]:
    """Note of a system whether it gave something, or with which code it failed; what the caller did wrong is no failure of it."""
    try:
        yield
    except (ResultRefused, DoorFailed, VaultError) as exc:
        _note(services, provider_id, problem=exc.code if not isinstance(exc, VaultError) else code_of(type(exc)))
        raise
    _note(services, provider_id, problem=None)


def _note(services: Services, provider_id: str, *, problem: str | None) -> None:
    with services.database.transaction() as tx:
        note_provider(tx, provider_id, problem=problem, at=services.clock.now())


def push_id(staff_id: str) -> str:
    """Under which id a system that pushes is counted."""
    return f"push:{staff_id}"


def _giver(services: Services, principal: Principal) -> Giver:
    with services.database.read() as tx:
        code = get_agency(tx, principal.agency_code).code
        names = names_of_agency(tx, code)
    return Giver(ActorKind.AGENCY, principal.staff_id, code, f"issued:{code}"[:64], names)
