"""Make the copy that attackers start from: certified by an officer (B-T, DocMDP P=2), sealed to B-LTA."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from keys import TrustAnchors
from signing import Mark, PadesLevel, SigningServices, SignRequest, sign_field
from tests.blank_copies import blank_copy
from tests.office import Office, sha256_hex

OFFICER_FIELD, SEAL_FIELD = "Officer", "AgencySeal"


@dataclass(frozen=True, slots=True)
class SignedCopy:
    """A finished copy with what is needed to judge it."""

    pdf: bytes
    officer_only: bytes
    unsigned: bytes
    trust: TrustAnchors
    at: datetime


def services(office: Office) -> SigningServices:
    """The office's own trust services, in process."""
    return SigningServices(timestamps=office.timestamps, revocation=office.revocation)


def certify(office: Office, unsigned: bytes, *, level: PadesLevel = PadesLevel.B_T) -> bytes:
    """The officer's certification signature."""
    officer = office.officer()
    request = SignRequest(
        field=OFFICER_FIELD, level=level, signed_at=office.now, mark=Mark(("Nguyễn Thị Mẫu",)), certify=True
    )
    signer = office.activated_signer(officer, sha256_hex(unsigned))
    return sign_field(unsigned, request=request, signer=signer, services=services(office)).pdf


def seal(office: Office, certified: bytes, *, level: PadesLevel = PadesLevel.B_LTA) -> bytes:
    """The agency's seal."""
    office.seal()
    request = SignRequest(
        field=SEAL_FIELD, level=level, signed_at=office.now, mark=Mark(("UBND phường Thí Dụ",)), certify=False
    )
    return sign_field(certified, request=request, signer=office.seal_signer(), services=services(office)).pdf


def make_signed_copy(office: Office, *, unsigned: bytes | None = None) -> SignedCopy:
    """Certify and seal a copy; it is judged a minute later."""
    blank = unsigned if unsigned is not None else blank_copy(filler=b"birth certificate" * 40)
    officer_only = certify(office, blank)
    office.clock.advance(timedelta(seconds=5))
    sealed = seal(office, officer_only)
    return SignedCopy(sealed, officer_only, blank, office.trust, office.now + timedelta(minutes=1))
