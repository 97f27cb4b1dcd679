"""A consent as its holder sees it in a list and on its receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from api.pages.views import Fact, Say, Tone, Word
from vault import Consent, ConsentBasis, Record


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """A consent in the list."""

    href: str
    title: str
    meta: str
    word: Word


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """A receipt: what was agreed to, in words, and as the office signed it."""

    consent_id: str
    facts: tuple[Fact, ...]
    papers: tuple[str, ...]
    word: Word
    signed: str
    may_withdraw: bool
    is_over: bool


def consent_rows(
    consents: Sequence[Consent], say: Say, *, agencies: Mapping[str, str], at: datetime
) -> tuple[ConsentRow, ...]:
    """Lay the list out."""
    return tuple(
        ConsentRow(
            f"/citizen/consents/{one.consent_id}",
            agencies.get(one.recipient_agency, one.recipient_agency),
            f"{one.purpose} · {say.short(one.given_at)}",
            _word(one, say, at=at),
        )
        for one in consents
    )


def receipt_page(
    consent: Consent,
    records: Sequence[Record],
    say: Say,
    *,
    agencies: Mapping[str, str],
    at: datetime,
    signed: str,
) -> ReceiptPage:
    """Lay one receipt out; a paper that is in this vault no more is named by its id."""
    titles = {one.record_id: say.pick(one.titles) for one in records}
    facts = (
        Fact(say("page.consent.whom"), agencies.get(consent.recipient_agency, consent.recipient_agency)),
        Fact(say("page.consent.why"), consent.purpose),
        Fact(say("page.consent.until"), say.short(consent.expires_at)),
        Fact(say("page.consent.given"), say.short(consent.given_at)),
        Fact(say("page.receipt.basis"), say(f"page.receipt.{consent.basis.value}")),
        *((Fact(say("page.receipt.withdrawn"), say.short(consent.withdrawn_at)),) if consent.withdrawn_at else ()),
        Fact(say("page.receipt.number"), consent.consent_id, is_code=True),
        Fact("SHA-256", consent.receipt_sha256_hex, is_code=True),
    )
    is_active = consent.is_active(at)
    return ReceiptPage(
        consent_id=consent.consent_id,
        facts=facts,
        papers=tuple(titles.get(one, one) for one in consent.record_ids),
        word=_word(consent, say, at=at),
        signed=signed,
        may_withdraw=is_active and consent.basis is not ConsentBasis.LEGAL_DUTY,
        is_over=not is_active,
    )


def _word(consent: Consent, say: Say, *, at: datetime) -> Word:
    if consent.withdrawn_at is not None:
        return Word(Tone.NONE, say("page.receipt.is_withdrawn"))
    if not consent.is_active(at):
        return Word(Tone.NONE, say("page.receipt.is_over"))
    return Word(Tone.GOOD, say("page.receipt.is_active"))
