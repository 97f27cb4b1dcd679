"""How this office reads a verification report of its own file: fail closed, field by field."""

from __future__ import annotations

from typing import Final

from certify.statement import OFFICER_FIELD, SEAL_FIELD
from keys.mode import Mode
from signing.verify import Indication, SignatureKind, SignatureVerdict, Verdict, VerificationReport

_SPECIMEN: Final = frozenset({"SPECIMEN", "TRAINING"})


def is_valid_copy(report: VerificationReport, *, mode: Mode) -> bool:
    """Say whether both signatures are there, passed and trusted, and the file earned a good verdict.

    A specimen warning is part of every verdict in demo and training; no other warning passes, and none in production.
    """
    fields = {signature.field for signature in report.signatures if _passed(signature)}
    return _good_verdict(report, mode=mode) and {OFFICER_FIELD, SEAL_FIELD} <= fields and _all_passed(report)


def is_signed_by_officer(report: VerificationReport, *, mode: Mode, serial_hex: str) -> bool:
    """Say whether the file carries the officer's signature, made with the certificate of this serial number."""
    officers = [signature for signature in report.signatures if signature.field == OFFICER_FIELD]
    if len(officers) != 1 or not _good_verdict(report, mode=mode) or not _all_passed(report):
        return False
    signer = officers[0].signer
    return signer is not None and _number(signer.serial_hex) == _number(serial_hex)


def serial_of_seal(report: VerificationReport) -> str:
    """Give the serial number of the certificate behind the agency's seal, in hex as the inventory writes it."""
    seals = [signature.signer for signature in report.signatures if signature.field == SEAL_FIELD]
    return f"{_number(seals[0].serial_hex):x}" if seals and seals[0] is not None else ""


def levels_of(report: VerificationReport) -> list[str]:
    """Give the levels that the signatures reached, in their order; a document time-stamp is no signature."""
    return [one.level.value for one in report.signatures if one.kind is SignatureKind.SIGNATURE]


def _good_verdict(report: VerificationReport, *, mode: Mode) -> bool:
    if report.verdict is Verdict.VALID:
        return True
    allowed = _SPECIMEN if mode.is_specimen else frozenset()
    return report.verdict is Verdict.VALID_WITH_WARNING and set(report.warnings) <= allowed


def _all_passed(report: VerificationReport) -> bool:
    return bool(report.signatures) and all(_passed(signature) for signature in report.signatures)


def _passed(signature: SignatureVerdict) -> bool:
    return signature.indication is Indication.TOTAL_PASSED and signature.technically_valid and signature.trusted


def _number(serial_hex: str) -> int:
    return int(serial_hex.replace(":", ""), 16)
