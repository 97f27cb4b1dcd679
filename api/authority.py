"""Was the officer authorised when signing? The vault's proof of authority against what the file itself shows."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from certify import Capacity
from signing.verify import SignatureKind, SignatureVerdict, VerificationReport
from vault import AuthorityProof, CopyStatus, RegisterStatus, RenditionAge

_CAPACITIES: Final = frozenset(capacity.value for capacity in Capacity)


class Authority(StrEnum):
    """What is known of the officer's power to certify at the time of signing."""

    NOT_ASKED = "NOT_ASKED"
    AUTHORISED = "AUTHORISED"
    NO_PROOF = "NO_PROOF"
    OTHER_CERTIFICATE = "OTHER_CERTIFICATE"
    OTHER_AGENCY = "OTHER_AGENCY"
    OUTSIDE_DELEGATION = "OUTSIDE_DELEGATION"
    UNKNOWN_CAPACITY = "UNKNOWN_CAPACITY"

    @property
    def is_refuted(self) -> bool:
        """Whether the proof speaks against the officer."""
        return self not in {Authority.NOT_ASKED, Authority.AUTHORISED, Authority.NO_PROOF}


def judge_authority(
    report: VerificationReport, *, status: CopyStatus | None, proof: AuthorityProof | None
) -> Authority:
    """Hold the proof against the file; only a file that the register knows is asked about.

    The time is that of the officer's signature, proven by its time-stamp where there is one.
    """
    if status is None or status.register in {RegisterStatus.UNKNOWN, RegisterStatus.VOID}:
        return Authority.NOT_ASKED
    if status.rendition is RenditionAge.UNKNOWN:
        return Authority.NOT_ASKED
    # (1) there is a proof, and it is this agency's
    if proof is None:
        return Authority.NO_PROOF
    if proof.agency_code != status.agency_code:
        return Authority.OTHER_AGENCY
    # (2) a signature in the file was made with the very certificate that the proof names
    officer = _signed_with(report, proof.certificate_serial_hex)
    if officer is None or officer.signed_at is None:
        return Authority.OTHER_CERTIFICATE
    # (3) the delegation covered that instant
    if officer.signed_at < proof.valid_from or (proof.valid_until and officer.signed_at >= proof.valid_until):
        return Authority.OUTSIDE_DELEGATION
    # (4) in a capacity that exists
    return Authority.AUTHORISED if proof.capacity in _CAPACITIES else Authority.UNKNOWN_CAPACITY


def _signed_with(report: VerificationReport, serial_hex: str) -> SignatureVerdict | None:
    wanted = _number(serial_hex)
    return next(
        (
            one
            for one in report.signatures
            if one.kind is SignatureKind.SIGNATURE
            and one.signer is not None
            and _number(one.signer.serial_hex) == wanted
        ),
        None,
    )


def _number(serial_hex: str) -> int:
    return int(serial_hex.replace(":", "") or "0", 16)
