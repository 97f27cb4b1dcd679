"""Faults of the embedded authority, on demand: what a bad service would answer, for tests and for rehearsals.

A fault is chosen per service and stands in `faults.json` of the authority's folder, so that another process (the
command line) can switch it while a server runs. Only demo and training homes have an embedded authority.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import tsp
from cryptography import x509
from cryptography.x509 import ocsp

from keys.authority import EmbeddedAuthority
from keys.authority_ca import CRL_WINDOW
from keys.authority_names import CredentialKind
from keys.authority_ocsp import OCSP_WINDOW
from keys.errors import AuthorityRefused

FAULTS_FILE = "faults.json"
SLOW_SECONDS = 30.0
_WRONG_TIME = timedelta(hours=1)
_DAY = timedelta(days=1)
_HUGE_BYTES = 20_000_000
_GARBAGE = b"<!doctype html><title>Welcome to the hotel</title>"


class AuthorityService(StrEnum):
    """The services the authority offers."""

    TSA = "tsa"
    OCSP = "ocsp"
    CRL = "crl"
    AIA = "aia"


class Fault(StrEnum):
    """How a service misbehaves."""

    DOWN = "down"
    SLOW = "slow"
    GARBAGE = "garbage"
    HUGE = "huge"
    WRONG_NONCE = "wrong-nonce"
    WRONG_IMPRINT = "wrong-imprint"
    WRONG_TIME = "wrong-time"
    STALE = "stale"
    FORGED = "forged"


_EVERYWHERE = frozenset({Fault.DOWN, Fault.SLOW, Fault.GARBAGE, Fault.HUGE})
_POSSIBLE: Mapping[AuthorityService, frozenset[Fault]] = {
    AuthorityService.TSA: _EVERYWHERE | {Fault.WRONG_NONCE, Fault.WRONG_IMPRINT, Fault.WRONG_TIME, Fault.FORGED},
    AuthorityService.OCSP: _EVERYWHERE | {Fault.WRONG_NONCE, Fault.WRONG_TIME, Fault.STALE, Fault.FORGED},
    AuthorityService.CRL: _EVERYWHERE | {Fault.WRONG_TIME, Fault.STALE, Fault.FORGED},
    AuthorityService.AIA: _EVERYWHERE,
}


@dataclass(frozen=True, slots=True)
class FaultBoard:
    """The switches of one authority's folder."""

    folder: Path

    def set(self, service: AuthorityService, fault: Fault | None) -> None:
        """Let a service misbehave, or behave again.

        Raises:
            AuthorityRefused: this service cannot fail in this way.
        """
        if fault is not None and fault not in _POSSIBLE[service]:
            ways = ", ".join(sorted(_POSSIBLE[service]))
            raise AuthorityRefused(f"the service {service} cannot be {fault}; it can be {ways}")
        switches = {name: chosen for name, chosen in self._read().items() if name != service}
        if fault is not None:
            switches[service.value] = fault.value
        path = self.folder / FAULTS_FILE
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(switches), encoding="utf-8")
        partial.replace(path)

    def clear(self) -> None:
        """Let every service behave."""
        (self.folder / FAULTS_FILE).unlink(missing_ok=True)

    def of(self, service: AuthorityService) -> Fault | None:
        """Give the fault of a service at this moment."""
        chosen = self._read().get(service.value)
        return Fault(chosen) if chosen in set(Fault) else None

    def all(self) -> Mapping[str, str]:
        """Give every fault that is switched on."""
        return self._read()

    def _read(self) -> dict[str, str]:
        try:
            found = json.loads((self.folder / FAULTS_FILE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            # A switch that cannot be read is off: a rehearsal must never stop the office.
            return {}
        return {str(name): str(fault) for name, fault in found.items()} if isinstance(found, dict) else {}


def spoiled_bytes(fault: Fault) -> bytes | None:
    """Give an answer that has nothing to do with the question, or None when the fault is one of content."""
    if fault is Fault.GARBAGE:
        return _GARBAGE
    return bytes(_HUGE_BYTES) if fault is Fault.HUGE else None


def spoil_timestamp(authority: EmbeddedAuthority, request_der: bytes, *, at: datetime, fault: Fault) -> bytes:
    """Answer a time-stamp request wrongly: every answer but FORGED is soundly signed, only to another question."""
    if fault is Fault.WRONG_TIME:
        return authority.answer_timestamp(request_der, at=at + _WRONG_TIME)
    if fault is Fault.FORGED:
        return _flip_last(authority.answer_timestamp(request_der, at=at))
    try:
        request = tsp.TimeStampReq.load(request_der, strict=True)
        if fault is Fault.WRONG_NONCE:
            request["nonce"] = (request["nonce"].native or 0) ^ 1
        else:
            imprint = request["message_imprint"]
            imprint["hashed_message"] = _flip_last(imprint["hashed_message"].native)
        changed = request.dump(force=True)
    except (ValueError, TypeError):
        changed = request_der
    return authority.answer_timestamp(changed, at=at)


def spoil_ocsp(authority: EmbeddedAuthority, request_der: bytes, *, at: datetime, fault: Fault) -> bytes:
    """Answer an OCSP request wrongly."""
    if fault is Fault.FORGED:
        answer = authority.answer_ocsp(request_der, at=at)
        signature = ocsp.load_der_ocsp_response(answer).signature
        return answer.replace(signature, _flip_last(signature))
    if fault is Fault.WRONG_TIME:
        return authority.answer_ocsp(request_der, at=at + _WRONG_TIME)
    try:
        request = asn1_ocsp.OCSPRequest.load(request_der, strict=True)
        extensions = request["tbs_request"]["request_extensions"]
        if fault is Fault.STALE:
            # An old answer that somebody kept: it carries no nonce of ours.
            del request["tbs_request"]["request_extensions"]
            at -= OCSP_WINDOW + _DAY
        else:
            extensions[0]["extn_value"] = _flip_last(extensions[0]["extn_value"].native)
        changed = request.dump(force=True)
    except (ValueError, TypeError, LookupError):
        changed = request_der
    return authority.answer_ocsp(changed, at=at)


def spoil_crl(authority: EmbeddedAuthority, which: CredentialKind, *, at: datetime, fault: Fault) -> bytes:
    """Give a CRL that must not be used."""
    if fault is Fault.FORGED:
        crl_der = authority.crl_der(which, at=at)
        signature = x509.load_der_x509_crl(crl_der).signature
        return crl_der.replace(signature, _flip_last(signature))
    shift = _WRONG_TIME if fault is Fault.WRONG_TIME else -(CRL_WINDOW + _DAY)
    return authority.crl_der(which, at=at + shift)


def _flip_last(content: bytes) -> bytes:
    return content[:-1] + bytes((content[-1] ^ 1,))
