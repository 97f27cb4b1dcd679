"""openssl judges what the embedded authority makes: certificates, CRLs, OCSP responses, time-stamps, PKCS#12."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from keys import Attendance, CredentialKind, KeyAlgorithm, Pin, RevocationReason, Subject
from keys.credentials import load_certificate
from keys.revocation_check import OcspQuestion
from tests.office import AGENCY, Office, OfficerCredentials

CONTENT = b"a certified copy"


class Judge:
    """openssl in a folder with the office's trust, at the office's time."""

    def __init__(self, folder: Path, office: Office) -> None:
        self.folder = folder
        self.office = office
        office.authority.export_trust(folder, at=office.now)
        self.write("chain.pem", b"".join((folder / name).read_bytes() for name in ("root.pem", "issuing.pem")))
        self.write("tsa.pem", _pem(office.authority.tsa_der))
        self.write("ocsp.pem", _pem(office.authority.ocsp_der))

    def write(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)

    def run(self, *arguments: str) -> str:
        """Run openssl; gives everything it printed, with its exit code first."""
        done = subprocess.run(
            ["openssl", *arguments],
            cwd=self.folder,
            capture_output=True,
            timeout=30,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return f"exit {done.returncode}\n" + (done.stdout + done.stderr).decode(errors="replace")

    @property
    def time(self) -> tuple[str, str]:
        return ("-attime", str(int(self.office.now.timestamp())))


def _pem(certificate_der: bytes) -> bytes:
    return x509.load_der_x509_certificate(certificate_der).public_bytes(Encoding.PEM)


@pytest.fixture
def judge(office: Office, tmp_path: Path) -> Judge:
    folder = tmp_path / "judge"
    folder.mkdir()
    return Judge(folder, office)


@pytest.fixture
def officer(office: Office, judge: Judge) -> OfficerCredentials:
    officer = office.officer()
    judge.write("officer.pem", _pem(officer.credential.certificate_der))
    return officer


def _verify(judge: Judge, name: str, *options: str) -> str:
    paths = ("-CAfile", "root.pem", "-untrusted", "issuing.pem")
    return judge.run("verify", "-x509_strict", "-policy_check", *paths, *judge.time, *options, name)


@pytest.mark.parametrize(
    ("name", "purpose"), [("officer.pem", "any"), ("tsa.pem", "timestampsign"), ("ocsp.pem", "ocsphelper")]
)
def test_openssl_verifies_every_certificate_strictly(
    judge: Judge, officer: OfficerCredentials, name: str, purpose: str
) -> None:
    assert officer.key_id
    assert "exit 0" in _verify(judge, name, "-purpose", purpose)


def test_openssl_sees_a_revoked_officer_by_the_crl(office: Office, judge: Judge, officer: OfficerCredentials) -> None:
    crls = ("-crl_check_all", "-CRLfile", "crls.pem")

    def write_crls() -> None:
        office.authority.export_trust(judge.folder, at=office.now)
        crl_files = [judge.folder / name for name in ("root.crl", "issuing.crl")]
        loaded = [x509.load_der_x509_crl(path.read_bytes()) for path in crl_files]
        judge.write("crls.pem", b"".join(crl.public_bytes(Encoding.PEM) for crl in loaded))

    write_crls()
    assert "exit 0" in _verify(judge, "officer.pem", *crls)
    office.revoke(officer)
    write_crls()
    assert "certificate revoked" in _verify(judge, "officer.pem", *crls)


def test_openssl_verifies_both_crls(judge: Judge) -> None:
    for name in ("root", "issuing"):
        printed = judge.run(
            "crl", "-inform", "DER", "-in", f"{name}.crl", "-noout", "-verify", "-CAfile", f"{name}.pem"
        )
        assert "verify OK" in printed


# RFC 5019 names issuers by SHA-1.
@pytest.mark.parametrize("algorithm", [hashes.SHA1(), hashes.SHA256()], ids=["sha1", "sha256"])  # noqa: S303
@pytest.mark.parametrize("status", ["good", "revoked", "unknown"])
def test_openssl_verifies_ocsp_responses(
    office: Office, judge: Judge, officer: OfficerCredentials, algorithm: hashes.HashAlgorithm, status: str
) -> None:
    if status == "revoked":
        office.revoke(officer, reason=RevocationReason.CESSATION_OF_OPERATION)
    serial = 4711 if status == "unknown" else officer.serial
    name = {"sha1": "-sha1", "sha256": "-sha256"}[algorithm.name]
    asked = judge.run("ocsp", name, "-issuer", "issuing.pem", "-serial", f"0x{serial:x}", "-reqout", "request.der")
    assert "exit 0" in asked
    answer = office.authority.answer_ocsp((judge.folder / "request.der").read_bytes(), at=office.now)
    judge.write("response.der", answer)
    # openssl ocsp knows no -attime for the window of an answer, hence the long validity period.
    printed = judge.run(
        "ocsp", "-reqin", "request.der", "-respin", "response.der", "-resp_text", "-CAfile", "chain.pem", *judge.time, "-validity_period", "400000000",
    )  # fmt: skip
    assert "Response verify OK" in printed
    assert f"Cert Status: {status}" in printed
    assert f"Serial Number: {serial:X}" in printed
    assert "WARNING: no nonce" not in printed


def test_openssl_reads_our_ocsp_request(office: Office, judge: Judge, officer: OfficerCredentials) -> None:
    question = OcspQuestion(
        load_certificate(officer.credential.certificate_der),
        load_certificate(office.authority.issuing_der),
        b"nonce-of-sixteen",
        office.now,
    )
    judge.write("ours.der", question.request_der())
    printed = judge.run("ocsp", "-reqin", "ours.der", "-req_text", "-noverify")
    assert f"{officer.serial:X}" in printed
    assert "OCSP Nonce" in printed


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("certificates", [("-cert",), ()], ids=["with certificates", "without"])
def test_openssl_verifies_time_stamps(office: Office, judge: Judge, digest: str, certificates: tuple[str, ...]) -> None:
    judge.write("copy.pdf", CONTENT)
    judge.run("ts", "-query", "-data", "copy.pdf", f"-{digest}", *certificates, "-out", "request.tsq")
    answer = office.authority.answer_timestamp((judge.folder / "request.tsq").read_bytes(), at=office.now)
    judge.write("answer.tsr", answer)
    judge.write("untrusted.pem", b"".join((judge.folder / name).read_bytes() for name in ("issuing.pem", "tsa.pem")))
    verify = ("-in", "answer.tsr", "-CAfile", "root.pem", "-untrusted", "untrusted.pem", *judge.time)
    assert "Verification: OK" in judge.run("ts", "-verify", "-queryfile", "request.tsq", *verify)
    judge.write("copy.pdf", CONTENT + b" altered")
    assert "Verification: FAILED" in judge.run("ts", "-verify", "-data", "copy.pdf", *verify)


def test_openssl_reads_a_refusal(office: Office, judge: Judge) -> None:
    judge.write("copy.pdf", CONTENT)
    judge.run("ts", "-query", "-data", "copy.pdf", "-sha256", "-tspolicy", "1.2.3.4", "-out", "request.tsq")
    judge.write(
        "refusal.tsr", office.authority.answer_timestamp((judge.folder / "request.tsq").read_bytes(), at=office.now)
    )
    printed = judge.run("ts", "-reply", "-in", "refusal.tsr", "-text")
    assert "Rejected" in printed
    assert "policy is not supported" in printed


@pytest.mark.parametrize("algorithm", list(KeyAlgorithm))
def test_openssl_opens_our_pkcs12_with_its_pin_alone(office: Office, judge: Judge, algorithm: KeyAlgorithm) -> None:
    issued = office.authority.issue(
        CredentialKind.SEAL, subject=Subject(AGENCY, AGENCY), pin=Pin("mật khẩu 1"), at=office.now, algorithm=algorithm
    )
    judge.write("seal.p12", issued.pkcs12)
    printed = judge.run("pkcs12", "-in", "seal.p12", "-passin", "pass:mật khẩu 1", "-info", "-noenc", "-nokeys")
    assert "exit 0" in printed
    assert "PBES2, PBKDF2, AES-256-CBC, Iteration 600000, PRF hmacWithSHA256" in printed
    assert "MAC: sha256, Iteration 600000" in printed
    assert printed.count("BEGIN CERTIFICATE") == 3
    assert "exit 1" in judge.run("pkcs12", "-in", "seal.p12", "-passin", "pass:other", "-info", "-noenc")


def test_pkcs12_made_by_openssl_is_installed(office: Office, judge: Judge) -> None:
    pin = Pin("123456")
    issued = office.authority.issue(
        CredentialKind.OFFICER, subject=Subject("x", AGENCY), pin=pin, at=office.now, rounds=1000
    )
    judge.write("ours.p12", issued.pkcs12)
    judge.run("pkcs12", "-in", "ours.p12", "-passin", "pass:123456", "-noenc", "-out", "all.pem")
    judge.run("pkcs12", "-export", "-in", "all.pem", "-passout", "pass:123456", "-out", "theirs.p12")
    credential = office.keystore.install(
        "theirs",
        pkcs12=(judge.folder / "theirs.p12").read_bytes(),
        pin=pin,
        attendance=Attendance.BY_PERSON,
    )
    assert credential.certificate_der == issued.certificate_der
    assert credential.chain_der == issued.chain_der
