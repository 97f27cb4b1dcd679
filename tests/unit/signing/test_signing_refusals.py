from __future__ import annotations

import dataclasses
import hashlib
from datetime import datetime, timedelta

import pytest

from keys import Credential, KeyAlgorithm
from keys.errors import CertificateExpired, CertificateRevoked, CertificateUnusable, TimestampUnavailable
from keys.timestamp_check import TimestampToken
from signing import (
    FieldAlreadySigned,
    FieldExists,
    FieldMissing,
    Mark,
    MarkUnusable,
    NewField,
    NotAPdf,
    PadesLevel,
    PdfaOne,
    PdfEncrypted,
    PdfHybrid,
    ServiceNotConfigured,
    SignatureTooLarge,
    SigningError,
    SigningForbidden,
    SigningServices,
    sign_field,
    sign_new_field,
)
from tests.blank_copies import OFFICER, BlankField, blank_copy, encrypted_copy, hybrid_copy
from tests.office import Office
from tests.unit.signing.conftest import MakeRequest, MakeSigner


@dataclasses.dataclass(slots=True)
class UntouchedSigner:
    """A key that must never be asked."""

    credential: Credential

    def sign(self, to_be_signed: bytes) -> bytes:
        raise AssertionError(f"the key was used on {len(to_be_signed)} bytes")


@pytest.fixture
def untouched(officer_signer: MakeSigner) -> UntouchedSigner:
    return UntouchedSigner(officer_signer().credential)


@pytest.mark.parametrize(
    ("pdf", "refusal"),
    [
        (b"", NotAPdf),
        (b"GIF89a", NotAPdf),
        (b"%PDF-1.7\n%%EOF\n", NotAPdf),
        (blank_copy()[:-400], NotAPdf),
        (blank_copy().replace(b"/Pages", b"/Sagep"), NotAPdf),
        (encrypted_copy(), PdfEncrypted),
        (hybrid_copy(), PdfHybrid),
        (blank_copy(part=1), PdfaOne),
        (blank_copy(fields=()), FieldMissing),
        (blank_copy(fields=(BlankField("Other", OFFICER.rect),)), FieldMissing),
    ],
    ids=["empty", "gif", "hollow", "cut", "no pages", "encrypted", "hybrid", "pdfa-1", "no form", "other field"],
)
def test_file_that_cannot_carry_the_signature_is_refused_before_the_key_is_used(
    untouched: UntouchedSigner,
    services: SigningServices,
    ask: MakeRequest,
    pdf: bytes,
    refusal: type[SigningError],
) -> None:
    with pytest.raises(refusal):
        sign_field(pdf, request=ask(), signer=untouched, services=services)


def test_field_is_signed_once(
    untouched: UntouchedSigner, officer_signer: MakeSigner, services: SigningServices, ask: MakeRequest
) -> None:
    signed = sign_field(blank_copy(), request=ask(), signer=officer_signer(), services=services)
    with pytest.raises(FieldAlreadySigned, match="Officer"):
        sign_field(signed.pdf, request=ask(), signer=untouched, services=services)


def test_only_the_first_signature_can_certify(
    untouched: UntouchedSigner, officer_signer: MakeSigner, services: SigningServices, ask: MakeRequest
) -> None:
    signed = sign_field(blank_copy(), request=ask(), signer=officer_signer(), services=services)
    with pytest.raises(SigningForbidden, match="only the first"):
        sign_field(signed.pdf, request=ask("AgencySeal", certify=True), signer=untouched, services=services)


def test_certified_copy_takes_no_new_field(
    untouched: UntouchedSigner, officer_signer: MakeSigner, services: SigningServices, ask: MakeRequest
) -> None:
    signed = sign_field(blank_copy(), request=ask(certify=True), signer=officer_signer(), services=services)
    with pytest.raises(SigningForbidden, match="break that certification"):
        sign_new_field(
            signed.pdf, request=ask("Late", mark=None), signer=untouched, services=services, new_field=NewField()
        )


def test_copy_certified_without_any_change_cannot_be_sealed(
    untouched: UntouchedSigner, officer_signer: MakeSigner, services: SigningServices, ask: MakeRequest
) -> None:
    signed = sign_field(blank_copy(), request=ask(certify=True), signer=officer_signer(), services=services)
    assert b"/P 2" in signed.pdf
    strict = signed.pdf.replace(b"/P 2", b"/P 1")
    with pytest.raises(SigningForbidden, match="no changes allowed"):
        sign_field(strict, request=ask("AgencySeal"), signer=untouched, services=services)


def test_new_field_does_not_take_an_old_name(
    untouched: UntouchedSigner, services: SigningServices, ask: MakeRequest
) -> None:
    with pytest.raises(FieldExists, match="Officer"):
        sign_new_field(blank_copy(), request=ask(), signer=untouched, services=services, new_field=NewField())


@pytest.mark.parametrize("days", [-1, 365 * 30])
def test_certificate_outside_its_window_does_not_sign(
    office: Office, untouched: UntouchedSigner, services: SigningServices, ask: MakeRequest, days: int
) -> None:
    office.clock.advance(timedelta(days=days))
    with pytest.raises(CertificateExpired):
        sign_field(blank_copy(), request=ask(), signer=untouched, services=services)


def test_certificate_of_an_authority_does_not_sign_documents(
    office: Office, untouched: UntouchedSigner, services: SigningServices, ask: MakeRequest
) -> None:
    issuing = dataclasses.replace(untouched.credential, certificate_der=office.authority.issuing_der)
    with pytest.raises(CertificateUnusable):
        sign_field(blank_copy(), request=ask(), signer=UntouchedSigner(issuing), services=services)


def test_revoked_officer_is_refused_before_the_key_is_used(
    office: Office, services: SigningServices, ask: MakeRequest
) -> None:
    officer = office.officer()
    office.revoke(officer)
    with pytest.raises(CertificateRevoked):
        sign_field(blank_copy(), request=ask(), signer=UntouchedSigner(officer.credential), services=services)


def test_copy_of_an_officer_revoked_meanwhile_is_not_sealed_for_the_archive(
    office: Office, services: SigningServices, ask: MakeRequest
) -> None:
    officer = office.officer()
    signed = sign_field(
        blank_copy(),
        request=ask(level=PadesLevel.B_T),
        signer=office.activated_signer(officer, "0" * 64),
        services=services,
    )
    office.revoke(officer)
    with pytest.raises(CertificateRevoked):
        sign_field(
            signed.pdf,
            request=ask("AgencySeal", level=PadesLevel.B_LTA),
            signer=office.seal_signer(),
            services=services,
        )


@pytest.mark.parametrize("level", [PadesLevel.B_T, PadesLevel.B_LT, PadesLevel.B_LTA])
def test_level_without_its_services_is_refused_rather_than_lowered(
    office: Office, untouched: UntouchedSigner, ask: MakeRequest, level: PadesLevel
) -> None:
    with pytest.raises(ServiceNotConfigured, match="time-stamping"):
        sign_field(blank_copy(), request=ask(level=level), signer=untouched, services=SigningServices())
    if level.has_evidence:
        stamps_only = SigningServices(timestamps=office.timestamps)
        with pytest.raises(ServiceNotConfigured, match="revocation"):
            sign_field(blank_copy(), request=ask(level=level), signer=untouched, services=stamps_only)


class SilentTimestamps:
    def stamp(self, imprint_sha256: bytes, *, at_sent: datetime) -> TimestampToken:
        raise TimestampUnavailable(f"no answer for {len(imprint_sha256)} bytes at {at_sent}")


def test_silent_timestamp_authority_leaves_no_lower_signature(officer_signer: MakeSigner, ask: MakeRequest) -> None:
    services = SigningServices(timestamps=SilentTimestamps())
    with pytest.raises(TimestampUnavailable):
        sign_field(blank_copy(), request=ask(level=PadesLevel.B_T), signer=officer_signer(), services=services)


def test_token_larger_than_its_room_is_refused_with_the_setting_to_change(
    office: Office, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    services = SigningServices(timestamps=office.timestamps, timestamp_bytes=64)
    with pytest.raises(SignatureTooLarge, match="timestamp_bytes"):
        sign_field(blank_copy(), request=ask(level=PadesLevel.B_T), signer=officer_signer(), services=services)


@pytest.mark.parametrize(
    "mark",
    [Mark(lines=("漢",)), Mark(lines=("Rất dài " * 400,)), Mark(lines=tuple("x" * 60))],
    ids=["no glyph", "too long", "too many"],
)
def test_mark_that_cannot_be_drawn_is_refused_before_the_key_is_used(
    untouched: UntouchedSigner, services: SigningServices, ask: MakeRequest, mark: Mark
) -> None:
    with pytest.raises(MarkUnusable):
        sign_field(blank_copy(), request=ask(mark=mark), signer=untouched, services=services)


def test_mark_in_an_invisible_field_is_refused(
    untouched: UntouchedSigner, services: SigningServices, ask: MakeRequest
) -> None:
    hidden = blank_copy(fields=(BlankField("Officer", (0, 0, 0, 0)),))
    with pytest.raises(MarkUnusable, match="invisible"):
        sign_field(hidden, request=ask(), signer=untouched, services=services)


@pytest.mark.parametrize("algorithm", list(KeyAlgorithm))
def test_room_for_the_signature_is_what_it_needs_and_hardly_more(
    officer_signer: MakeSigner, services: SigningServices, ask: MakeRequest, algorithm: KeyAlgorithm
) -> None:
    signed = sign_field(blank_copy(), request=ask(), signer=officer_signer(algorithm), services=services)
    hex_contents = signed.pdf.split(b"/Contents <", 1)[1].split(b">", 1)[0]
    assert len(bytes.fromhex(hex_contents.decode())) - len(bytes.fromhex(hex_contents.decode()).rstrip(b"\0")) < 8


class NoticeAbout:
    """Notices that name one certificate."""

    def __init__(self, certificate_der: bytes) -> None:
        self._sha256_hex = hashlib.sha256(certificate_der).hexdigest()

    def is_withdrawn(self, certificate_sha256_hex: str) -> bool:
        return certificate_sha256_hex == self._sha256_hex


def test_key_that_the_office_withdrew_signs_nothing_though_no_revocation_service_is_there(
    untouched: UntouchedSigner, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    services = SigningServices(notices=NoticeAbout(untouched.credential.certificate_der))
    with pytest.raises(CertificateRevoked, match="notice of this office"):
        sign_field(blank_copy(), request=ask(), signer=untouched, services=services)
    assert sign_field(blank_copy(), request=ask(), signer=officer_signer(), services=services).pdf
