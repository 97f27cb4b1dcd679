"""What the tests of signing share: services on the office's clock and a short way to a signature."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from keys import KeyAlgorithm, RawSigner
from signing import Mark, PadesLevel, SigningServices, SignRequest
from tests.office import Office

OFFICER_MARK = Mark(
    heading="NGƯỜI CHỨNG THỰC",
    lines=("Nguyễn Thị Mẫu", "Phó Chủ tịch UBND phường Thí Dụ", "22/11/2026 10:00:00 +07:00"),
)

MakeSigner = Callable[..., RawSigner]
MakeRequest = Callable[..., SignRequest]


@pytest.fixture
def services(office: Office) -> SigningServices:
    return SigningServices(timestamps=office.timestamps, revocation=office.revocation)


@pytest.fixture
def officer_signer(office: Office) -> MakeSigner:
    """A fresh officer's signer, good for one signature."""

    def make(algorithm: KeyAlgorithm = KeyAlgorithm.ECDSA_P256_SHA256) -> RawSigner:
        officer = office.officer(algorithm=algorithm)
        return office.activated_signer(officer, hashlib.sha256(officer.key_id.encode()).hexdigest())

    return make


@pytest.fixture
def ask(office: Office) -> MakeRequest:
    """A request for the officer's field, now."""

    def make(
        field: str = "Officer",
        *,
        level: PadesLevel = PadesLevel.B_B,
        mark: Mark | None = OFFICER_MARK,
        certify: bool = False,
        reason: str | None = None,
    ) -> SignRequest:
        return SignRequest(field=field, level=level, signed_at=office.now, mark=mark, certify=certify, reason=reason)

    return make
