"""A container of files and signatures: openssl agrees, another person may sign later, and nothing that was signed changes."""

from __future__ import annotations

import io
import ssl
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from keys import CertificateExpired, RawSigner
from signing import (
    CONTAINER_TYPE,
    ContainerFile,
    ContainerUnusable,
    ManifestSignature,
    SignatureMismatch,
    SigningServices,
    complete_manifest_signature,
    prepare_manifest_signature,
    write_container,
    write_manifest,
)
from signing.verify import ContainerReport, verify_container
from tests.office import Office

FILES = (
    ContainerFile("form.json", "application/json", b'{"v":1}'),
    ContainerFile("papers/01-birth.pdf", "application/pdf", b"%PDF-1.7 copy"),
)


def sign(
    signer: RawSigner,
    services: SigningServices,
    office: Office,
    *,
    number: int = 1,
    files: tuple[ContainerFile, ...] = FILES,
) -> ManifestSignature:
    manifest = write_manifest(files, number=number)
    asked = prepare_manifest_signature(manifest, credential=signer.credential, services=services, at=office.now)
    contents = complete_manifest_signature(
        manifest, signature=signer.sign(asked), credential=signer.credential, services=services, at=office.now
    )
    return ManifestSignature(number, manifest, contents)


def pack(*signatures: ManifestSignature, files: tuple[ContainerFile, ...] = FILES) -> bytes:
    target = io.BytesIO()
    write_container(files, signatures, target)
    return target.getvalue()


def judge(content: bytes, office: Office) -> ContainerReport:
    return verify_container(content, trust=office.trust, at=office.now)


def repacked(content: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    change(files)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as written:
        for name, one in files.items():
            written.writestr(name, one)
    return target.getvalue()


@pytest.fixture
def sealed(office: Office, services: SigningServices) -> bytes:
    return pack(sign(office.seal_signer(), services, office))


def test_container_says_what_it_is_in_its_first_bytes_and_openssl_finds_the_signature_good(
    office: Office, sealed: bytes, tmp_path: Path
) -> None:
    assert sealed[30:38] == b"mimetype"
    assert sealed[38 : 38 + len(CONTAINER_TYPE)] == CONTAINER_TYPE.encode()
    with zipfile.ZipFile(io.BytesIO(sealed)) as packed:
        packed.extractall(tmp_path)
    roots = "".join(ssl.DER_cert_to_PEM_cert(one) for one in office.trust.roots_der)
    (tmp_path / "roots.pem").write_text(roots)
    done = subprocess.run(
        [
            *("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-cades", "-purpose", "any"),
            *("-CAfile", tmp_path / "roots.pem", "-attime", str(int(office.now.timestamp()))),
            *("-in", tmp_path / "META-INF/signature001.p7s", "-content", tmp_path / "META-INF/ASiCManifest001.xml"),
            *("-out", tmp_path / "seen"),
        ],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "seen").read_bytes() == write_manifest(FILES, number=1)


def test_our_own_judge_finds_it_whole_and_names_the_signer(office: Office, sealed: bytes) -> None:
    report = judge(sealed, office)
    assert (report.is_whole, report.reasons) == (True, ())
    assert set(report.files) == {"form.json", "papers/01-birth.pdf"}
    (signature,) = report.signatures
    assert (signature.is_valid, signature.reasons) == (True, ())
    # The office's folder holds its issuer's list of what was withdrawn; the container itself does not.
    assert signature.trust is None
    assert signature.signed_at == office.now.replace(microsecond=0).isoformat()


def test_another_person_signs_the_same_files_later_and_the_first_signature_stays(
    office: Office, services: SigningServices, officer_signer: Callable[..., RawSigner]
) -> None:
    first = sign(office.seal_signer(), services, office)
    report = judge(pack(first, sign(officer_signer(), services, office, number=2)), office)
    assert report.is_whole
    assert [one.manifest for one in report.signatures] == [
        "META-INF/ASiCManifest001.xml",
        "META-INF/ASiCManifest002.xml",
    ]
    assert len({one.signer for one in report.signatures}) == 2


def test_the_same_container_has_the_same_bytes(office: Office, services: SigningServices) -> None:
    signature = sign(office.seal_signer(), services, office)
    assert pack(signature) == pack(signature)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda files: files.update({"papers/01-birth.pdf": b"%PDF-1.7 cop!"}), "HASH_FAILURE"),
        (lambda files: files.pop("form.json"), "FILE_MISSING"),
        (lambda files: files.update({"papers/02-more.pdf": b"%PDF"}), "FILE_NOT_SIGNED"),
        (lambda files: files.update({"mimetype": b"application/zip"}), "NOT_ASICE"),
        (lambda files: files.pop("META-INF/ASiCManifest001.xml"), "NO_SIGNATURE"),
        (lambda files: files.update({"META-INF/signature001.p7s": b"\x30\x00"}), "CMS_UNREADABLE"),
        (lambda files: files.update({"META-INF/ASiCManifest001.xml": b"<a/>"}), "MANIFEST_UNREADABLE"),
        (
            lambda files: files.update(
                {
                    "META-INF/ASiCManifest001.xml": b'<!DOCTYPE a [<!ENTITY b "c">]>'
                    + files["META-INF/ASiCManifest001.xml"]
                }
            ),
            "MANIFEST_UNREADABLE",
        ),
        (
            lambda files: files.update(
                {"META-INF/ASiCManifest001.xml": files["META-INF/ASiCManifest001.xml"].replace(b"\n", b"\n ", 1)}
            ),
            "SIG_CRYPTO_FAILURE",
        ),
    ],
)
def test_container_that_was_changed_is_not_whole_and_says_why(
    office: Office, sealed: bytes, change: Callable[[dict[str, bytes]], None], reason: str
) -> None:
    report = judge(repacked(sealed, change), office)
    assert not report.is_whole
    assert reason in {*report.reasons, *(code for one in report.signatures for code in one.reasons)}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"%PDF-1.7", bytes(2000)])
def test_what_is_no_container_is_unreadable(office: Office, content: bytes) -> None:
    assert judge(content, office).reasons == ("UNREADABLE",)


def test_name_that_stands_twice_shows_two_readers_two_containers(office: Office, sealed: bytes) -> None:
    target = io.BytesIO(sealed)
    with zipfile.ZipFile(target, "a") as packed, pytest.warns(UserWarning, match="Duplicate"):
        packed.writestr("form.json", b"another")
    assert judge(target.getvalue(), office).reasons == ("NAME_TWICE",)


def test_signer_of_an_unknown_issuer_is_not_called_known(office: Office, sealed: bytes) -> None:
    nobody = replace(office.trust, roots_der=(), intermediates_der=())
    (signature,) = verify_container(sealed, trust=nobody, at=office.now).signatures
    assert (signature.is_valid, signature.trust) == (True, "NO_CERTIFICATE_CHAIN_FOUND")


@pytest.mark.parametrize("name", ["../form.json", "META-INF/form.json", "mimetype", "a b", "/a", "a/../b", ""])
def test_name_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(ContainerUnusable):
        write_manifest((ContainerFile(name, "text/plain", b""),), number=1)


def test_two_files_of_one_name_and_no_file_at_all_are_refused() -> None:
    for files in ((), (FILES[0], FILES[0])):
        with pytest.raises(ContainerUnusable):
            write_manifest(files, number=1)


def test_signature_over_other_files_is_not_packed(office: Office, services: SigningServices) -> None:
    signature = sign(office.seal_signer(), services, office)
    with pytest.raises(ContainerUnusable, match="other files"):
        pack(signature, files=FILES[:1])


def test_answer_of_another_key_and_a_certificate_that_ended_sign_nothing(
    office: Office, services: SigningServices, officer_signer: Callable[..., RawSigner]
) -> None:
    manifest, seal = write_manifest(FILES, number=1), office.seal_signer()
    asked = prepare_manifest_signature(manifest, credential=seal.credential, services=services, at=office.now)
    with pytest.raises(SignatureMismatch):
        complete_manifest_signature(
            manifest,
            signature=officer_signer().sign(asked),
            credential=seal.credential,
            services=services,
            at=office.now,
        )
    late = office.now + timedelta(days=36_500)
    with pytest.raises(CertificateExpired):
        prepare_manifest_signature(manifest, credential=seal.credential, services=services, at=late)


def test_without_a_time_stamping_service_the_level_is_lower_and_the_signature_good(office: Office) -> None:
    report = judge(pack(sign(office.seal_signer(), SigningServices(revocation=office.revocation), office)), office)
    assert report.is_whole
