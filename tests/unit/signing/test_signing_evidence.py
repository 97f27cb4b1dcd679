from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from keys import Credential
from keys.errors import CertificateRevoked, RevocationRejected, RevocationUnavailable
from signing import (
    ChainIncomplete,
    NotAPdf,
    PadesLevel,
    SigningForbidden,
    SigningServices,
    extend_to_lta,
    sign_field,
)
from signing.signers import read_signer
from tests.blank_copies import blank_copy
from tests.office import Office
from tests.unit.signing.conftest import MakeRequest, MakeSigner


@dataclass(slots=True)
class CountingRevocation:
    """The office's revocation service, counting questions; it can be without OCSP, or repeat an old answer."""

    office: Office
    has_ocsp: bool = True
    repeats: bool = False
    asked: list[bytes] = field(default_factory=list)
    old: dict[bytes, bytes] = field(default_factory=dict)

    def ocsp(self, certificate_der: bytes, issuer_der: bytes) -> bytes:
        self.asked.append(certificate_der)
        if not self.has_ocsp:
            raise RevocationUnavailable("this authority has no OCSP; ask for its CRL")
        answer = self.office.revocation.ocsp(certificate_der, issuer_der)
        return self.old.setdefault(certificate_der, answer) if self.repeats else answer

    def crl(self, issuer_der: bytes) -> bytes:
        return self.office.revocation.crl(issuer_der)


def stored(pdf: bytes) -> dict[str, int]:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        store = opened.Root.DSS
        return {place: len(store[place]) for place in ("/Certs", "/OCSPs", "/CRLs") if place in store}


def test_each_certificate_is_asked_about_once_in_an_extension(
    office: Office, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    revocation = CountingRevocation(office)
    services = SigningServices(timestamps=office.timestamps, revocation=revocation)
    first = sign_field(blank_copy(), request=ask(level=PadesLevel.B_T), signer=officer_signer(), services=services)
    second = sign_field(
        first.pdf, request=ask("AgencySeal", level=PadesLevel.B_T), signer=office.seal_signer(), services=services
    )
    revocation.asked.clear()
    extended = extend_to_lta(second.pdf, services=services, at=office.now)
    assert len(revocation.asked) == len(set(revocation.asked)) == 3  # officer, seal, time-stamping service
    assert stored(extended.pdf)["/OCSPs"] == 3


def test_authority_without_ocsp_is_judged_by_its_crl(
    office: Office, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    services = SigningServices(timestamps=office.timestamps, revocation=CountingRevocation(office, has_ocsp=False))
    signed = sign_field(blank_copy(), request=ask(level=PadesLevel.B_LT), signer=officer_signer(), services=services)
    assert "/OCSPs" not in stored(signed.pdf)
    assert stored(signed.pdf)["/CRLs"] == 2  # of the root and of the issuing authority


def test_officer_on_the_crl_is_refused_when_there_is_no_ocsp(office: Office, ask: MakeRequest) -> None:
    services = SigningServices(timestamps=office.timestamps, revocation=CountingRevocation(office, has_ocsp=False))
    officer = office.officer()
    signer = office.activated_signer(officer, "0" * 64)
    office.revoke(officer)
    with pytest.raises(CertificateRevoked):
        sign_field(blank_copy(), request=ask(), signer=signer, services=services)


def test_answer_older_than_the_signature_is_no_evidence_for_it(
    office: Office, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    revocation = CountingRevocation(office, repeats=True)
    services = SigningServices(timestamps=office.timestamps, revocation=revocation)
    signer = officer_signer()
    revocation.ocsp(signer.credential.certificate_der, signer.credential.chain_der[0])
    office.clock.advance(timedelta(seconds=30))
    with pytest.raises(RevocationRejected, match="older than"):
        sign_field(blank_copy(), request=ask(level=PadesLevel.B_LT), signer=signer, services=services)


def test_credential_without_its_issuer_is_refused_before_signing(
    services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    @dataclass(slots=True)
    class Orphan:
        credential: Credential

        def sign(self, to_be_signed: bytes) -> bytes:
            raise AssertionError(len(to_be_signed))

    orphan = Orphan(replace(officer_signer().credential, chain_der=()))
    with pytest.raises(ChainIncomplete, match="intermediate"):
        sign_field(blank_copy(), request=ask(level=PadesLevel.B_LT), signer=orphan, services=services)


@pytest.mark.parametrize("contents", [b"", b"\0" * 50, b"0\x03\x02\x01\x01", b"<html>"])
def test_contents_that_are_no_signature_are_refused(contents: bytes) -> None:
    with pytest.raises(NotAPdf, match="cannot be extended"):
        read_signer(contents)


@pytest.mark.parametrize(
    ("action", "names", "forbidden"),
    [
        ("All", (), True),
        ("Include", ("AgencySeal",), True),
        ("Include", ("Other",), False),
        ("Exclude", ("AgencySeal",), False),
        ("Exclude", ("Other",), True),
    ],
)
def test_lock_of_an_earlier_signature_is_obeyed(
    office: Office,
    services: SigningServices,
    officer_signer: MakeSigner,
    ask: MakeRequest,
    action: str,
    names: tuple[str, ...],
    forbidden: bool,
) -> None:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(blank_copy())) as pdf:
        lock = Dictionary(Type=Name.SigFieldLock, Action=Name(f"/{action}"))
        if names:
            lock.Fields = Array([String(name) for name in names])
        pdf.Root.AcroForm.Fields[0].Lock = pdf.make_indirect(lock)
        pdf.save(target)
    locked = sign_field(target.getvalue(), request=ask(), signer=officer_signer(), services=services)
    if not forbidden:
        sealed = sign_field(locked.pdf, request=ask("AgencySeal"), signer=office.seal_signer(), services=services)
        assert sealed.field == "AgencySeal"
        return
    with pytest.raises(SigningForbidden, match="locked by signature 'Officer'"):
        sign_field(locked.pdf, request=ask("AgencySeal"), signer=office.seal_signer(), services=services)


def test_store_is_added_to_and_nothing_is_taken_out(
    office: Office, services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    first = sign_field(blank_copy(), request=ask(level=PadesLevel.B_LT), signer=officer_signer(), services=services)
    before = stored(first.pdf)
    office.clock.advance(timedelta(hours=2))
    extended = extend_to_lta(first.pdf, services=services, at=office.now)
    after = stored(extended.pdf)
    assert after["/Certs"] == before["/Certs"]
    assert after["/OCSPs"] > before["/OCSPs"]


def test_archive_stamp_larger_than_expected_is_asked_for_again(
    office: Office, services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    signed = sign_field(blank_copy(), request=ask(), signer=officer_signer(), services=services)
    extended = extend_to_lta(signed.pdf, services=replace(services, timestamp_bytes=64), at=office.now)
    assert extended.pdf.startswith(signed.pdf)
    assert extended.timestamp_at == office.now
    assert extended.field == "ArchiveTimestamp1"
