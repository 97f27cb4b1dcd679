"""Honest signatures of other vendors, oddities included, and beside each one its nearest dishonest neighbour."""

from __future__ import annotations

import hashlib

import pytest
from asn1crypto import cms, core
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from keys import Mode, TrustAnchors
from signing.verify import SignatureVerdict, VerificationReport, verify_pdf
from tests.attack.foreign import (
    SIGNED_AT,
    attributes_of,
    sign_by_hand,
    signed_data,
    stranger,
    to_indefinite,
)
from tests.blank_copies import blank_copy

NOBODY = TrustAnchors((), (), (), Mode.DEMO)
KNOWN = TrustAnchors((), (stranger().certificate_der,), (), Mode.DEMO)


def judge(pdf: bytes, trust: TrustAnchors = NOBODY) -> VerificationReport:
    return verify_pdf(pdf, trust=trust, at=SIGNED_AT)


def only(pdf: bytes, trust: TrustAnchors = NOBODY) -> SignatureVerdict:
    (found,) = judge(pdf, trust).signatures
    return found


@pytest.fixture(scope="module")
def blank() -> bytes:
    return blank_copy(part=None)


def bare(content: bytes) -> bytes:
    digest = hashlib.sha1(content, usedforsecurity=False).digest()
    # What the withdrawn SubFilter signs with; nothing is protected by it here.
    signature = stranger().key.sign(digest, padding.PKCS1v15(), Prehashed(hashes.SHA1()))  # noqa: S303
    return core.OctetString(signature).dump()


def test_detached_signature_is_technically_valid(blank: bytes) -> None:
    found = only(sign_by_hand(blank, lambda content: signed_data(content).dump(), subfilter="adbe.pkcs7.detached"))
    assert found.technically_valid
    assert not found.trusted


def test_signature_in_streaming_encoding_is_technically_valid(blank: bytes) -> None:
    assert only(sign_by_hand(blank, lambda content: to_indefinite(signed_data(content).dump()))).technically_valid


def test_signature_in_streaming_encoding_over_other_bytes_is_not(blank: bytes) -> None:
    assert not only(
        sign_by_hand(blank, lambda content: to_indefinite(signed_data(content + b"!").dump()))
    ).technically_valid


def shuffled(content: bytes) -> list[cms.CMSAttribute]:
    return attributes_of(content)[::-1]


def sorted_set(content: bytes) -> bytes:
    return core.SetOf(spec=core.Any, contents=b"".join(one.dump() for one in attributes_of(content))).dump()


def test_attributes_sent_unsorted_are_verified_in_their_der_order(blank: bytes) -> None:
    pdf = sign_by_hand(
        blank, lambda content: signed_data(content, attributes=shuffled(content), signed=sorted_set(content)).dump()
    )
    assert only(pdf).technically_valid


def test_attributes_signed_unsorted_are_no_cms_signature(blank: bytes) -> None:
    pdf = sign_by_hand(blank, lambda content: signed_data(content, attributes=shuffled(content)).dump())
    assert not only(pdf).technically_valid


def test_signature_without_signed_attributes_is_technically_valid(blank: bytes) -> None:
    pdf = sign_by_hand(blank, lambda content: signed_data(content, attributes=[], signed=content).dump())
    assert only(pdf).technically_valid
    forged = sign_by_hand(blank, lambda content: signed_data(content, attributes=[], signed=content[1:]).dump())
    assert not only(forged).technically_valid


def test_signers_certificate_may_come_from_the_trust_folder(blank: bytes) -> None:
    pdf = sign_by_hand(blank, lambda content: signed_data(content, with_certificate=False).dump())
    assert only(pdf, KNOWN).technically_valid
    report = judge(pdf)
    assert "NO_SIGNING_CERTIFICATE_FOUND" in report.reasons
    assert not report.signatures[0].technically_valid


def test_bare_signature_is_verified_and_named_as_withdrawn(blank: bytes) -> None:
    pdf = sign_by_hand(blank, bare, subfilter="adbe.x509.rsa_sha1", Cert=stranger().certificate_der)
    report = judge(pdf)
    assert report.signatures[0].technically_valid
    assert "SUBFILTER_WITHDRAWN" in report.warnings
    in_array = sign_by_hand(blank, bare, subfilter="adbe.x509.rsa_sha1", Cert=[stranger().certificate_der])
    assert only(in_array).technically_valid


def test_bare_signature_over_other_bytes_is_not_valid(blank: bytes) -> None:
    pdf = sign_by_hand(
        blank, lambda content: bare(content + b"!"), subfilter="adbe.x509.rsa_sha1", Cert=stranger().certificate_der
    )
    assert not only(pdf).technically_valid


@pytest.mark.parametrize("certificate", [None, b"", b"no certificate", 7, [], [7]], ids=str)
def test_bare_signature_without_its_certificate_is_not_valid(
    blank: bytes, certificate: bytes | int | list[int] | None
) -> None:
    pdf = sign_by_hand(blank, bare, subfilter="adbe.x509.rsa_sha1", Cert=certificate)  # type: ignore[arg-type]  # hostile
    assert not only(pdf).technically_valid


def test_digest_wrapped_in_the_cms_is_verified_for_its_own_subfilter_only(blank: bytes) -> None:
    def wrapped(content: bytes) -> bytes:
        digest = hashlib.sha1(content, usedforsecurity=False).digest()
        return signed_data(digest, encapsulated=digest).dump()

    assert only(sign_by_hand(blank, wrapped, subfilter="adbe.pkcs7.sha1")).technically_valid
    assert not only(sign_by_hand(blank, wrapped, subfilter="adbe.pkcs7.detached")).technically_valid
    assert not only(
        sign_by_hand(blank, lambda content: wrapped(content + b"!"), subfilter="adbe.pkcs7.sha1")
    ).technically_valid


@pytest.mark.parametrize("subfilter", ["adbe.pkcs7.detached", "ETSI.CAdES.detached"])
def test_dictionary_without_type_is_a_signature(blank: bytes, subfilter: str) -> None:
    pdf = sign_by_hand(blank, lambda content: signed_data(content).dump(), subfilter=subfilter, Type=None)
    assert only(pdf).technically_valid


def test_foreign_subfilter_over_a_detached_cms_is_judged_with_a_warning(blank: bytes) -> None:
    report = judge(sign_by_hand(blank, lambda content: signed_data(content).dump(), subfilter="PBAD.PAdES"))
    assert report.signatures[0].technically_valid
    assert "SUBFILTER_UNKNOWN" in report.warnings
