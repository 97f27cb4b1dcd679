"""The peer: pyHanko's own validation of the same files with the same anchors, the process chosen by the level."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterable

from asn1crypto import crl, ocsp, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import (
    REQUIRE_REVINFO,
    CertRevTrustPolicy,
)
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

from keys import TrustAnchors


def validate_lta(pdf: bytes, trust: TrustAnchors) -> list[str]:
    """Validate every signature that is no document time-stamp by the process for archived ones."""
    return asyncio.run(_validate_lta(pdf, trust))


async def _validate_lta(pdf: bytes, trust: TrustAnchors) -> list[str]:
    reader = PdfFileReader(io.BytesIO(pdf))
    spec = PdfSignatureValidationSpec(
        SignatureValidationSpec(
            cert_validation_policy=CertValidationPolicySpec(
                trust_manager=SimpleTrustManager.build(trust_roots=_certificates(trust.roots_der)),
                revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
            ),
            revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
            local_knowledge=_knowledge(reader, trust),
        )
    )
    found = []
    for embedded in reader.embedded_regular_signatures:
        answer = await ades_lta_validation(embedded, spec)
        found.append(str(answer.ades_subindic))
    return found


def _knowledge(reader: PdfFileReader, trust: TrustAnchors) -> LocalKnowledge:
    known = LocalKnowledge(
        known_certs=_certificates(trust.intermediates_der),
        known_crls=[CRLContainer(crl.CertificateList.load(der)) for der in trust.crls_der],
    )
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return known
    for reference in store.ocsps:
        response = ocsp.OCSPResponse.load(reference.get_object().data)
        known.known_ocsps.extend(OCSPContainer.load_multi(response))
    known.known_crls.extend(CRLContainer(crl.CertificateList.load(one.get_object().data)) for one in store.crls)
    known.known_certs.extend(store.load_certs())
    return known


def validate_plain(pdf: bytes, trust: TrustAnchors) -> int:
    """Validate every signature with its difference analysis, as its documentation shows; gives how many it trusts."""
    return asyncio.run(_validate_plain(pdf, trust))


async def _validate_plain(pdf: bytes, trust: TrustAnchors) -> int:
    reader = PdfFileReader(io.BytesIO(pdf))
    good = 0
    for embedded in reader.embedded_regular_signatures:
        context = ValidationContext(
            trust_roots=_certificates(trust.roots_der), other_certs=_certificates(trust.intermediates_der)
        )
        good += (await async_validate_pdf_signature(embedded, context)).bottom_line
    return good


def _certificates(ders: Iterable[bytes]) -> list[x509.Certificate]:
    return [x509.Certificate.load(der) for der in ders]
