from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pikepdf
import pytest
from asn1crypto import cms, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from keys import KeyAlgorithm
from signing import (
    NewField,
    NoSignatureToExtend,
    PadesLevel,
    SignatureMismatch,
    SigningServices,
    complete_signature,
    extend_to_lta,
    prepare_signature,
    sign_field,
    sign_new_field,
)
from tests.blank_copies import blank_copy
from tests.office import Office
from tests.unit.signing.conftest import MakeRequest, MakeSigner


def judged_by_pyhanko(pdf: bytes, office: Office, *, days_ago: int = 0) -> dict[str, PdfSignatureStatus]:
    """Every signature as pyHanko's validator sees it, with the evidence inside the file only."""
    reader = PdfFileReader(io.BytesIO(pdf))
    options: dict[str, Any] = {
        "trust_roots": [x509.Certificate.load(office.authority.root_der)],
        "allow_fetching": False,
        "moment": office.now + timedelta(days=-days_ago, seconds=1),
    }
    statuses = {}
    for signature in reader.embedded_regular_signatures:
        if "/DSS" in reader.root:
            context = DocumentSecurityStore.read_dss(reader).as_validation_context(
                {**options, "revocation_mode": "require"}
            )
        else:
            context = ValidationContext(**options)
        statuses[signature.field_name] = validate_pdf_signature(signature, context)
    return statuses


def contents_of(pdf: bytes, field: str) -> cms.SignedData:
    for signature in PdfFileReader(io.BytesIO(pdf)).embedded_signatures:
        if signature.field_name == field:
            return signature.signed_data
    raise AssertionError(field)


@pytest.mark.parametrize("algorithm", list(KeyAlgorithm))
@pytest.mark.parametrize("object_streams", [True, False])
def test_officer_signature_is_valid_and_leaves_the_file_before_it_alone(
    office: Office,
    services: SigningServices,
    officer_signer: MakeSigner,
    ask: MakeRequest,
    algorithm: KeyAlgorithm,
    object_streams: bool,
) -> None:
    copy = blank_copy(object_streams=object_streams)
    signed = sign_field(copy, request=ask(certify=True), signer=officer_signer(algorithm), services=services)
    status = judged_by_pyhanko(signed.pdf, office)["Officer"]
    assert status.bottom_line
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    assert signed.pdf.startswith(copy)
    assert signed.sha256_hex == hashlib.sha256(signed.pdf).hexdigest()
    assert (signed.level, signed.timestamp_at, signed.renew_before) == (PadesLevel.B_B, None, None)


def test_signed_attributes_are_those_of_pades_and_no_claimed_time(
    services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    signed = sign_field(blank_copy(), request=ask(), signer=officer_signer(), services=services)
    (signer_info,) = contents_of(signed.pdf, "Officer")["signer_infos"]
    kinds = {attribute["type"].native for attribute in signer_info["signed_attrs"]}
    assert kinds == {"content_type", "message_digest", "signing_certificate_v2"}
    with pikepdf.open(io.BytesIO(signed.pdf)) as pdf:
        signature = pdf.Root.AcroForm.Fields[0].V
        assert signature.SubFilter == "/ETSI.CAdES.detached"
        assert str(signature.M) == "D:20261122030000Z"
        assert pdf.Root.AcroForm.SigFlags == 3


def test_reason_and_place_keep_their_vietnamese_letters(
    services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    request = ask(reason="Chứng thực bản sao từ bản chính")
    signed = sign_field(blank_copy(), request=request, signer=officer_signer(), services=services)
    with pikepdf.open(io.BytesIO(signed.pdf)) as pdf:
        assert str(pdf.Root.AcroForm.Fields[0].V.Reason) == "Chứng thực bản sao từ bản chính"


@pytest.mark.parametrize("level", list(PadesLevel))
def test_level_asked_is_the_level_made(
    office: Office, services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest, level: PadesLevel
) -> None:
    signed = sign_field(blank_copy(), request=ask(level=level), signer=officer_signer(), services=services)
    assert signed.level is level
    assert judged_by_pyhanko(signed.pdf, office)["Officer"].bottom_line
    (signer_info,) = contents_of(signed.pdf, "Officer")["signer_infos"]
    reader = PdfFileReader(io.BytesIO(signed.pdf))
    assert bool(signer_info["unsigned_attrs"]) is level.has_timestamp
    assert ("/DSS" in reader.root) is level.has_evidence
    assert bool(reader.embedded_timestamp_signatures) is level.has_archive_timestamp
    assert (signed.timestamp_at == office.now) is level.has_timestamp
    assert (signed.renew_before is not None) is level.has_timestamp


def certified_copy(
    office: Office, services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest
) -> tuple[bytes, bytes]:
    by_officer = sign_field(
        blank_copy(),
        request=ask(level=PadesLevel.B_T, certify=True),
        signer=officer_signer(KeyAlgorithm.RSA_SHA256),
        services=services,
    )
    office.clock.advance(timedelta(seconds=3))
    sealed = sign_field(
        by_officer.pdf,
        request=ask("AgencySeal", level=PadesLevel.B_LTA),
        signer=office.seal_signer(),
        services=services,
    )
    return by_officer.pdf, sealed.pdf


def test_sealed_copy_carries_the_evidence_of_officer_and_seal(
    office: Office, services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    by_officer, sealed = certified_copy(office, services, officer_signer, ask)
    statuses = judged_by_pyhanko(sealed, office)
    assert sealed.startswith(by_officer)
    assert [status.bottom_line for status in statuses.values()] == [True, True]
    assert statuses["Officer"].modification_level is ModificationLevel.FORM_FILLING
    assert statuses["Officer"].docmdp_ok
    assert statuses["AgencySeal"].modification_level is ModificationLevel.LTA_UPDATES


def test_extension_adds_a_time_stamp_and_rewrites_nothing(
    office: Office, services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    _, sealed = certified_copy(office, services, officer_signer, ask)
    office.clock.advance(timedelta(days=200))
    renewed = extend_to_lta(sealed, services=services, at=office.now)
    again = extend_to_lta(renewed.pdf, services=services, at=office.now)
    assert renewed.pdf.startswith(sealed)
    assert again.pdf.startswith(renewed.pdf)
    assert renewed.timestamp_at == datetime(2026, 11, 22, 3, 0, 3, tzinfo=UTC) + timedelta(days=200)
    assert [status.bottom_line for status in judged_by_pyhanko(again.pdf, office, days_ago=200).values()] == [
        True,
        True,
    ]
    stamps = [item.field_name for item in PdfFileReader(io.BytesIO(again.pdf)).embedded_timestamp_signatures]
    assert stamps == ["ArchiveTimestamp1", "ArchiveTimestamp2", "ArchiveTimestamp3"]


def test_unsigned_file_cannot_be_extended(services: SigningServices, office: Office) -> None:
    with pytest.raises(NoSignatureToExtend):
        extend_to_lta(blank_copy(), services=services, at=office.now)


@pytest.mark.parametrize("box_pt", [None, (60, 60, 300, 140)])
def test_foreign_office_signs_any_pdf_in_a_field_of_its_own(
    office: Office,
    services: SigningServices,
    officer_signer: MakeSigner,
    ask: MakeRequest,
    box_pt: tuple[int, int, int, int] | None,
) -> None:
    paper = blank_copy(fields=(), part=None)
    request = ask("ForeignOffice", level=PadesLevel.B_T) if box_pt else ask("ForeignOffice", mark=None)
    signed = sign_new_field(
        paper,
        request=request,
        signer=officer_signer(),
        services=services,
        new_field=NewField(page_index=1, box_pt=box_pt),
    )
    status = judged_by_pyhanko(signed.pdf, office)["ForeignOffice"]
    assert status.bottom_line
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE


def test_a_signature_of_another_key_never_enters_the_file(
    services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    officer, other = officer_signer(), officer_signer()
    prepared = prepare_signature(blank_copy(), request=ask(), credential=officer.credential, services=services)
    with pytest.raises(SignatureMismatch, match="check that the certificate belongs to the key"):
        complete_signature(prepared, signature=other.sign(prepared.to_be_signed), services=services)


def test_metadata_of_the_approved_copy_stays_as_it_was(
    services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    copy = blank_copy()
    signed = sign_field(copy, request=ask(), signer=officer_signer(), services=services)
    with pikepdf.open(io.BytesIO(copy)) as before, pikepdf.open(io.BytesIO(signed.pdf)) as after:
        assert after.Root.Metadata.read_raw_bytes() == before.Root.Metadata.read_raw_bytes()
    assert signed.pdf[len(copy) :].count(b"/Metadata") <= 1
