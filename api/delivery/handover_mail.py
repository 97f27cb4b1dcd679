"""The mail that brings certified copies: a link to each, and where the passcode stands; never the passcode itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from api.delivery.words import NoticeWords
from api.errors import NotDelivered
from api.messages import Messages
from certify import CertifyError
from certify.counter import get_handover, read_links, read_terms
from keys import KeysError
from vault import BlobShredded, BlobVault, Database, VaultError
from vault.delivery import Delivery

_PREFIX: Final = "CASE:"


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready to be written. Its `repr` shows neither address nor links."""

    email: str = field(repr=False)
    language: str
    words: NoticeWords
    links: tuple[str, ...] = field(repr=False)
    at: datetime


def is_handover(delivery: Delivery) -> bool:
    """Whether a sending brings copies, and not a notice."""
    return delivery.target.startswith(_PREFIX)


def open_letter(
    database: Database, blobs: BlobVault, messages: Messages, delivery: Delivery, *, door_url: str
) -> Letter:
    """Read where copies go and by which links they are fetched.

    Raises:
        NotDelivered: the case's key was destroyed, the links have ended, or nothing can be opened now.
    """
    try:
        with database.read() as tx:
            made = get_handover(tx, delivery.subject_id)
            terms = read_terms(tx, made.case_id, blobs=blobs)
            tokens = read_links(tx, made.handover_id, blobs=blobs)
    except (BlobShredded, CertifyError) as exc:
        raise NotDelivered("RECEIVER_GONE", is_final=True) from exc
    except (VaultError, KeysError) as exc:
        raise NotDelivered("VAULT_UNAVAILABLE", is_final=False) from exc
    if not tokens or not terms.email:
        raise NotDelivered("LINK_ENDED", is_final=True)
    words = NoticeWords(
        title=messages.text("handover.mail_title", terms.language),
        what=messages.text("handover.mail_what", terms.language, count=len(tokens)),
        todo=messages.text("handover.mail_todo", terms.language),
        path="",
    )
    return Letter(terms.email, terms.language, words, tuple(f"{door_url}/s#{token}" for token in tokens), made.made_at)
