"""Papers fetched from a provider by their address, at the holder's wish; and how every system that gives papers fares."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from api.access import Principal
from api.acts.bringing import Brought, Giver, PaperForm, ResultForm, bring, end_result, renew
from api.acts.results import marked, push_id
from api.acts.tokens import clients_of
from api.errors import DoorFailed, NotFound, RequestInvalid
from api.identity import Scope, count_attempt
from api.outside.providers import GivenPaper, Provider, PullQuestion
from api.services import Services
from guard import new_ulid
from vault import ActorKind, HolderKind, Record, read_identity
from vault.results import IssuedResult, Origin, ProviderMarks, ResultState, ResultWay, find_result, provider_marks_of

# In a quarter of an hour, by one holder.
_PULLS: Final = 20


class Health(StrEnum):
    """How a system fares by what was last heard of it."""

    WORKS = "WORKS"
    FAILS = "FAILS"
    UNHEARD = "UNHEARD"


class PullOutcome(StrEnum):
    """What a fetch changed."""

    ADDED = "ADDED"
    REPLACED = "REPLACED"
    ANNULLED = "ANNULLED"
    UNCHANGED = "UNCHANGED"


@dataclass(frozen=True, slots=True)
class Pulled:
    """What came of a fetch."""

    provider_id: str
    outcome: PullOutcome
    record: Record


@dataclass(frozen=True, slots=True)
class ProviderLine:
    """A system that gives papers, with what is known of it."""

    provider_id: str
    way: ResultWay
    label: str
    agency_code: str
    marks: ProviderMarks

    @property
    def health(self) -> Health:
        """What was heard last decides."""
        good, bad = self.marks.last_success_at, self.marks.last_failure_at
        if good is None and bad is None:
            return Health.UNHEARD
        return Health.WORKS if bad is None or (good is not None and good >= bad) else Health.FAILS


def offered(services: Services) -> tuple[Provider, ...]:
    """Give the providers that papers can be fetched from."""
    return services.outside.providers


def pull(services: Services, principal: Principal, *, uri: str, doc_type: str) -> Pulled:
    """Fetch a paper from the provider whose address it is, into the holder's own vault; again, it is looked at anew.

    Raises:
        RequestInvalid: no provider has such addresses, or it gives no papers of this type.
        NotFound: the provider has no paper of this address for this person.
        DoorFailed: it gave no usable answer.
        ResultRefused: what it gave is not signed by it.
        TooManyRequests: this holder fetches more than a person does.
    """
    provider = next((one for one in services.outside.providers if uri.startswith(one.uri_prefix)), None)
    if provider is None:
        raise RequestInvalid("no provider here has addresses that begin so", field="uri")
    if doc_type not in provider.doc_types:
        raise RequestInvalid("this provider gives no papers of this type", field="doc_type")
    at, holder_id = services.clock.now(), principal.holder_id
    with services.database.transaction() as tx:
        # A transaction of its own: what is counted stays counted.
        count_attempt(tx, subject=f"pull:{holder_id}", at=at, allowed=_PULLS)
    with services.database.read() as tx:
        identity = read_identity(tx, holder_id, vault=services.blobs)
    question = PullQuestion(new_ulid(at=at, random_bytes=services.random_bytes), uri, doc_type, identity)
    with marked(services, provider.provider_id):
        given = provider.pull(question)
        if given is not None:
            return _keep(services, principal, provider, question, given)
    raise NotFound("the provider has no paper of this address for this person")


def lines(services: Services, principal: Principal) -> tuple[ProviderLine, ...]:
    """Give every system that gives papers: those that are asked, and the own agency's that bring results."""
    pushing = [
        (push_id(client.staff_id), ResultWay.PUSH, member.display_name, member.agency_code)
        for client, member in clients_of(services, principal)
        if Scope.RESULTS_WRITE in client.scopes and client.closed_at is None
    ]
    asked = [(one.provider_id, ResultWay.PULL, one.title["vi"], one.agency_code) for one in services.outside.providers]
    with services.database.read() as tx:
        return tuple(ProviderLine(*one, provider_marks_of(tx, one[0])) for one in (*asked, *pushing))


def check(services: Services, principal: Principal, provider_id: str) -> ProviderLine:
    """Ask a provider whether it is there, and give its line with the answer.

    Raises:
        NotFound: no such provider is asked from here.
    """
    found = next((one for one in services.outside.providers if one.provider_id == provider_id), None)
    if found is None:
        raise NotFound("no provider of this id is asked from here")
    request_id = new_ulid(at=services.clock.now(), random_bytes=services.random_bytes)
    try:
        with marked(services, provider_id):
            found.check(request_id)
    except DoorFailed:
        # The line says so, with its code: that is the answer.
        pass
    return next(one for one in lines(services, principal) if one.provider_id == provider_id)


def _keep(
    services: Services, principal: Principal, provider: Provider, question: PullQuestion, given: GivenPaper
) -> Pulled:
    giver = Giver(
        ActorKind.HOLDER,
        principal.holder_id,
        provider.agency_code,
        f"pulled:{provider.provider_id}"[:64],
        provider.signers,
    )
    origin = _origin(services, provider, question, holder_id=principal.holder_id)
    with services.database.read() as tx:
        known = find_result(tx, origin)
    if given.annulled_by is not None:
        return _annulled(services, giver, provider, known, given.annulled_by)
    paper = PaperForm(
        given.content,
        number=given.number,
        issued_on=given.issued_on,
        valid_from=given.valid_from,
        valid_until=given.valid_until,
    )
    if known is None:
        form = ResultForm(origin.reference, question.doc_type, question.holder, paper, holder_id=principal.holder_id)
        brought, outcome = bring(services, giver, origin, form), PullOutcome.ADDED
    else:
        brought, outcome = renew(services, giver, known, paper), PullOutcome.REPLACED
    return _pulled(provider, brought, outcome)


def _annulled(
    services: Services, giver: Giver, provider: Provider, known: IssuedResult | None, decision_number: str
) -> Pulled:
    if known is None:
        raise NotFound("the paper of this address was revoked by its issuer")
    with services.database.transaction() as tx:
        if known.state is ResultState.ANNULLED:
            decision_number = known.decision_number or decision_number
        brought = end_result(services, tx, giver, known, decision_number=decision_number)
    return _pulled(provider, brought, PullOutcome.ANNULLED)


def _pulled(provider: Provider, brought: Brought, outcome: PullOutcome) -> Pulled:
    return Pulled(provider.provider_id, outcome if brought.is_new else PullOutcome.UNCHANGED, brought.record)


def _origin(services: Services, provider: Provider, question: PullQuestion, *, holder_id: str) -> Origin:
    # An address may hold the number of a paper or of a person: what stands in a column is a keyed digest of it.
    named = f"{provider.provider_id} {holder_id} {question.uri}".encode().hex()
    digests = services.number_index.digests(HolderKind.PERSON, named)
    origins = [Origin(ResultWay.PULL, provider.provider_id, digest) for _, digest in digests]
    with services.database.read() as tx:
        return next((one for one in origins if find_result(tx, one) is not None), origins[0])
