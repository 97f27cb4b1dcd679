"""Copies that wait for a token in the officer's own machine: what it has to sign for each, and what it signed.

Each copy is told on its own, by name: one that is refused stops none of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from api.access import Principal
from api.acts.own_items import own_item
from api.services import Services
from certify import Approval, CertifyError
from certify.pipeline import TokenQuestion
from keys import KeysError
from signing import SigningError


@dataclass(frozen=True, slots=True)
class TokenLine:
    """One copy: what its officer's token has to sign, or why nothing can be signed for it (now)."""

    item_id: str
    title: str
    question: TokenQuestion | None = None
    refusal: CertifyError | SigningError | KeysError | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """The token's signature for one copy."""

    item_id: str
    signature: bytes = field(repr=False)


def ask_token(services: Services, principal: Principal, item_ids: Sequence[str]) -> tuple[TokenLine, ...]:
    """Give what the token of the one who asks has to sign for copies that person approved.

    Raises:
        ItemNotFound: one of them is not of this agency.
    """
    officer_id, pipeline = principal.staff_id, services.pipeline

    def ask(line: TokenLine) -> TokenLine:
        return replace(line, question=pipeline.by_token.question(line.item_id, officer_id=officer_id))

    return _each(services, principal, [(item_id, ask) for item_id in item_ids])


def take_signatures(services: Services, principal: Principal, given: Sequence[Given]) -> tuple[TokenLine, ...]:
    """Take the token's signatures in; each copy that is signed now is completed, sealed and deposited.

    Raises:
        ItemNotFound: one of them is not of this agency.
    """
    officer_id, pipeline = principal.staff_id, services.pipeline

    def take(one: Given) -> Callable[[TokenLine], TokenLine]:
        def act(line: TokenLine) -> TokenLine:
            pipeline.by_token.give(one.item_id, officer_id=officer_id, signature=one.signature)
            return line

        return act

    return _each(services, principal, [(one.item_id, take(one)) for one in given])


def take_signature(services: Services, principal: Principal, given: Given) -> Approval:
    """Take the token's signature for one copy in; what is carried out now can be waited for.

    Raises:
        ItemNotFound: it is not of this agency.
        CertifyError, SigningError, KeysError: it is refused, and the copy still waits.
    """
    own_item(services, principal, given.item_id)
    return services.pipeline.by_token.give(given.item_id, officer_id=principal.staff_id, signature=given.signature)


def _each(
    services: Services, principal: Principal, acts: Sequence[tuple[str, Callable[[TokenLine], TokenLine]]]
) -> tuple[TokenLine, ...]:
    # All of them are looked up before anything is done: a stranger's item refuses the whole call.
    lines = [TokenLine(item_id, own_item(services, principal, item_id)[0].title) for item_id, _act in acts]
    return tuple(_told(line, act) for line, (_item_id, act) in zip(lines, acts, strict=True))


def _told(line: TokenLine, act: Callable[[TokenLine], TokenLine]) -> TokenLine:
    try:
        return act(line)
    except (CertifyError, SigningError, KeysError) as exc:
        return replace(line, refusal=exc)
