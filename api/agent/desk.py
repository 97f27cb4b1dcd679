"""What the agent does with a request: look at it, show it to the person, and only then let the token sign.

Nothing is signed but the attributes of a PDF signature by the token's own certificate: a page that could have any bytes
signed could log in elsewhere in the person's name. The digest that is shown is the one inside those very bytes.
"""

from __future__ import annotations

import hashlib
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from api.agent.faults import AgentFault, AgentRefused, fault_of
from guard import Clock
from keys import Credential, KeysError, OpenKey, Pin, check_signing_certificate
from signing import digest_in_attributes

MAX_DOCUMENTS: Final = 100
_MAX_NAME: Final = 120


@dataclass(frozen=True, slots=True)
class AskedDocument:
    """One document: the name the page gives it, and the bytes that the key has to sign for it."""

    name: str
    to_be_signed: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: who is to sign (SHA-256 of the certificate), and what, in this order."""

    certificate_sha256_hex: str
    documents: tuple[AskedDocument, ...]


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """What the person sees before the PIN: the name, cleaned, and the digest that will be signed."""

    name: str
    digest_hex: str


class Person(Protocol):
    """The one in front of the agent."""

    def approve(self, documents: Sequence[ShownDocument]) -> Pin | None:
        """Show the documents and ask for the PIN; None when the person says no."""


class TokenInHand(Protocol):
    """The token that is plugged in."""

    def credential(self) -> Credential:
        """Read its certificate.

        Raises:
            TokenError: none is there.
        """

    def open_key(self, pin: Pin) -> OpenKey:
        """Open its key.

        Raises:
            WrongPin, TokenError: see `keys`.
        """


class AgentDesk:
    """Serves one request at a time: a person cannot look at two."""

    def __init__(self, token: TokenInHand, person: Person, *, clock: Clock) -> None:
        self._token = token
        self._person = person
        self._clock = clock
        self._busy = threading.Lock()

    def credential(self) -> Credential:
        """Read the certificate of the token that is plugged in.

        Raises:
            AgentRefused: no token, or its certificate may not sign now.
        """
        try:
            credential = self._token.credential()
            check_signing_certificate(credential.certificate_der, at=self._clock.now())
        except KeysError as exc:
            raise AgentRefused(fault_of(exc)) from exc
        return credential

    def sign(self, asked: Asked) -> tuple[bytes, ...]:
        """Show every document, ask once, and sign each in its order; one fault and nothing is given away.

        Raises:
            AgentRefused: with the fault; no signature leaves the agent.
        """
        if not self._busy.acquire(blocking=False):
            raise AgentRefused(AgentFault.BUSY)
        try:
            return self._sign(asked)
        finally:
            self._busy.release()

    def _sign(self, asked: Asked) -> tuple[bytes, ...]:
        # (1) a number of documents that a person can look at
        if not 1 <= len(asked.documents) <= MAX_DOCUMENTS:
            raise AgentRefused(AgentFault.BAD_REQUEST)
        # (2) the token of the person who was asked
        credential = self.credential()
        if sha256_of(credential) != asked.certificate_sha256_hex:
            raise AgentRefused(AgentFault.NOT_THIS_USER)
        # (3) nothing but signatures of documents by this certificate
        shown = []
        for document in asked.documents:
            digest = digest_in_attributes(document.to_be_signed, certificate_der=credential.certificate_der)
            if digest is None:
                raise AgentRefused(AgentFault.NOT_A_DOCUMENT)
            shown.append(ShownDocument(_clean(document.name), digest.hex()))
        # (4) the person has seen them
        pin = self._person.approve(shown)
        if pin is None:
            raise AgentRefused(AgentFault.REFUSED_BY_PERSON)
        # (5) the token signs, after one try of the PIN
        try:
            key = self._token.open_key(pin)
            try:
                return tuple(key.sign(document.to_be_signed) for document in asked.documents)
            finally:
                key.close()
        except KeysError as exc:
            raise AgentRefused(fault_of(exc)) from exc


def sha256_of(credential: Credential) -> str:
    """Name a signer by the digest of the certificate."""
    return hashlib.sha256(credential.certificate_der).hexdigest()


def _clean(name: str) -> str:
    """Keep a name from a page from writing over the terminal it is shown on."""
    plain = "".join(" " if unicodedata.category(sign).startswith(("C", "Z")) else sign for sign in name)
    return " ".join(plain.split())[:_MAX_NAME] or "?"
