"""What outside judges say about copies that an officer certified, an agency sealed and an archive keeps."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager

from api.demo.seal_picture import draw_specimen_seal
from keys import KeyAlgorithm
from ocr import write_copy
from signing import (
    Mark,
    NewField,
    PadesLevel,
    SealImage,
    SigningServices,
    SignRequest,
    extend_to_lta,
    sign_field,
    sign_new_field,
)
from tests.blank_copies import blank_copy
from tests.conformance.judges import (
    ONLY_UNCLAIMED,
    assert_pdfa_2u,
    count_valid_signatures,
    openssl,
    pdf_text,
    pdfsig,
    qpdf_check,
    verapdf,
)
from tests.office import AGENCY, Office, sha256_hex
from tests.reading_room import copy_parts, one_page

SPECIMEN_SEAL = SealImage.load(draw_specimen_seal())


@dataclass(frozen=True, slots=True)
class ArchivedCopy:
    """One copy as it was after the officer, after the seal and after a renewal."""

    by_officer: Path
    sealed: Path
    renewed: Path


@pytest.fixture(params=list(KeyAlgorithm))
def archived(request: pytest.FixtureRequest, office: Office, tmp_path: Path) -> ArchivedCopy:
    services = SigningServices(timestamps=office.timestamps, revocation=office.revocation)
    ready = write_copy(one_page(), parts=copy_parts()).pdf
    officer = office.officer(algorithm=request.param)
    by_officer = sign_field(
        ready,
        request=SignRequest(
            field="Officer",
            level=PadesLevel.B_T,
            signed_at=office.now,
            mark=Mark(
                heading="NGƯỜI CHỨNG THỰC", lines=("Nguyễn Thị Mẫu", "Phó Chủ tịch", "22/11/2026 10:00:00 +07:00")
            ),
            reason="Chứng thực bản sao",
            certify=True,
        ),
        signer=office.activated_signer(officer, sha256_hex(ready)),
        services=services,
    )
    sealed = sign_field(
        by_officer.pdf,
        request=SignRequest(
            field="AgencySeal",
            level=PadesLevel.B_LTA,
            signed_at=office.now,
            mark=Mark(heading=AGENCY, lines=("22/11/2026 10:00:00 +07:00",), image=SPECIMEN_SEAL),
        ),
        signer=office.seal_signer(),
        services=services,
    )
    office.clock.advance(timedelta(days=300))
    renewed = extend_to_lta(sealed.pdf, services=services, at=office.now)
    paths = ArchivedCopy(tmp_path / "officer.pdf", tmp_path / "sealed.pdf", tmp_path / "renewed.pdf")
    for path, file in ((paths.by_officer, by_officer), (paths.sealed, sealed), (paths.renewed, renewed)):
        path.write_bytes(file.pdf)
    return paths


def test_copy_stays_pdfa_2u_through_officer_seal_and_renewal(archived: ArchivedCopy) -> None:
    assert_pdfa_2u(archived.by_officer, archived.sealed, archived.renewed)


def test_structure_for_screen_readers_survives_officer_seal_and_renewal(archived: ArchivedCopy) -> None:
    judgements = verapdf([archived.by_officer, archived.sealed, archived.renewed], flavour="ua1")
    assert {judgement.detail for judgement in judgements} == {ONLY_UNCLAIMED}


def test_qpdf_finds_nothing_to_complain_about(archived: ArchivedCopy) -> None:
    for path in (archived.by_officer, archived.sealed, archived.renewed):
        assert "No syntax or stream encoding errors" in qpdf_check(path)


def test_poppler_calls_both_signatures_valid(archived: ArchivedCopy) -> None:
    assert count_valid_signatures(archived.by_officer) == 1
    assert count_valid_signatures(archived.sealed) == 2
    assert count_valid_signatures(archived.renewed) == 2
    assert "ETSI.CAdES.detached" in pdfsig(archived.sealed)


def test_poppler_rejects_the_copy_after_one_byte_was_changed(archived: ArchivedCopy) -> None:
    altered = bytearray(archived.sealed.read_bytes())
    altered[200] ^= 1
    archived.sealed.write_bytes(altered)
    assert count_valid_signatures(archived.sealed) == 0


def test_marks_can_be_copied_as_text(archived: ArchivedCopy) -> None:
    text = pdf_text(archived.sealed)
    assert "NGƯỜI CHỨNG THỰC" in text
    assert AGENCY in text


def test_openssl_verifies_every_cms_over_its_byte_range(archived: ArchivedCopy, office: Office, tmp_path: Path) -> None:
    root = tmp_path / "root.pem"
    root.write_text(ssl.DER_cert_to_PEM_cert(office.authority.root_der))
    whole = archived.sealed.read_bytes()
    with pikepdf.open(archived.sealed) as pdf:
        signatures = [field.V for field in list(pdf.Root.AcroForm.Fields)[:2]]
        parts = [(bytes(item.Contents), [int(number) for number in item.ByteRange.as_list()]) for item in signatures]
    for contents, (start, length, second, second_length) in parts:
        (tmp_path / "signature.der").write_bytes(contents.rstrip(b"\0"))
        covered = whole[start : start + length] + whole[second : second + second_length]
        (tmp_path / "covered").write_bytes(covered)
        at = str(int((office.now - timedelta(days=300)).timestamp()))
        answer = openssl(
            *("cms", "-verify", "-inform", "DER", "-in", str(tmp_path / "signature.der"), "-binary", "-cades"),
            *("-content", str(tmp_path / "covered"), "-CAfile", str(root), "-purpose", "any", "-attime", at),
        )
        assert answer == covered


async def test_pyhanko_confirms_b_lta_from_the_evidence_inside_alone(archived: ArchivedCopy, office: Office) -> None:
    roots = SimpleTrustManager.build(trust_roots=[x509.Certificate.load(office.authority.root_der)])
    policy = CertValidationPolicySpec(
        trust_manager=roots, revinfo_policy=CertRevTrustPolicy(revocation_checking_policy=REQUIRE_REVINFO)
    )
    spec = PdfSignatureValidationSpec(
        SignatureValidationSpec(
            cert_validation_policy=policy,
            revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
        )
    )
    sealed_at = office.now - timedelta(days=300)
    moment = ValidationTimingInfo(
        validation_time=sealed_at + timedelta(days=1), best_signature_time=sealed_at, point_in_time_validation=False
    )
    with archived.sealed.open("rb") as file:
        for signature in PdfFileReader(file).embedded_regular_signatures:
            outcome = await ades_lta_validation(signature, pdf_validation_spec=spec, timing_info=moment)
            assert outcome.ades_subindic.status.name == "PASSED", (signature.field_name, outcome.failure_msg)


def test_foreign_signature_on_a_plain_pdf_is_valid_elsewhere(office: Office, tmp_path: Path) -> None:
    signer = office.activated_signer(office.officer(), "0" * 64)
    signed = sign_new_field(
        blank_copy(fields=(), part=None),
        request=SignRequest(field="OtherOffice", level=PadesLevel.B_B, signed_at=office.now),
        signer=signer,
        services=SigningServices(),
        new_field=NewField(),
    )
    path = tmp_path / "elsewhere.pdf"
    path.write_bytes(signed.pdf)
    assert count_valid_signatures(path) == 1
    assert "No syntax or stream encoding errors" in qpdf_check(path)
