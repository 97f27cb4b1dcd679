"""Trust folders and the rule that keeps specimens out of production."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from keys import (
    CertificateUnusable,
    DemoKeyInProduction,
    Mode,
    TrustAnchors,
    TrustFolderUnusable,
    carries_specimen_mark,
    check_certificate_mode,
    load_trust_folder,
)
from tests.office import Office


@pytest.fixture
def folder(office: Office) -> Path:
    path = office.folder / "trust"
    office.authority.export_trust(path, at=office.now)
    return path


def test_exported_trust_is_read_back_whole(office: Office, folder: Path) -> None:
    trust = load_trust_folder(folder, mode=Mode.DEMO)
    assert trust.roots_der == (office.authority.root_der,)
    assert trust.intermediates_der == (office.authority.issuing_der,)
    assert len(trust.crls_der) == 2
    assert trust == office.trust


def test_exported_trust_holds_no_secret(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == ["issuing.crl", "issuing.pem", "root.crl", "root.pem"]
    assert not any(b"PRIVATE" in path.read_bytes() for path in folder.iterdir())


def test_der_bundles_and_pem_crls_are_read_too(office: Office, tmp_path: Path, folder: Path) -> None:
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    (mixed / "bundle.crt").write_bytes((folder / "root.pem").read_bytes() + (folder / "issuing.pem").read_bytes())
    (mixed / "again.DER").write_bytes(office.authority.root_der)
    crl = x509.load_der_x509_crl((folder / "root.crl").read_bytes())
    (mixed / "root.crl").write_bytes(crl.public_bytes(Encoding.PEM))
    (mixed / "README.txt").write_text("the province's anchors")
    (mixed / ".directory").write_text("of a file manager")
    trust = load_trust_folder(mixed, mode=Mode.TRAINING)
    assert trust.roots_der == (office.authority.root_der,)
    assert trust.intermediates_der == (office.authority.issuing_der,)
    assert trust.crls_der == ((folder / "root.crl").read_bytes(),)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("broken.pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        ("broken.der", b"\x30\x03abc"),
        ("broken.crl", b"nothing"),
        ("anchors.p7b", b"unknown kind"),
    ],
)
def test_file_that_is_no_anchor_is_named(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(TrustFolderUnusable, match=name):
        load_trust_folder(folder, mode=Mode.DEMO)


def test_officers_certificate_is_no_anchor(office: Office, folder: Path) -> None:
    (folder / "officer.cer").write_bytes(office.officer().credential.certificate_der)
    with pytest.raises(TrustFolderUnusable, match=r"officer\.cer"):
        load_trust_folder(folder, mode=Mode.DEMO)


def test_folder_without_a_root_anchors_nothing(folder: Path) -> None:
    (folder / "root.pem").unlink()
    with pytest.raises(TrustFolderUnusable, match="no self-signed root"):
        load_trust_folder(folder, mode=Mode.DEMO)


def test_missing_and_oversized_are_told_apart(folder: Path) -> None:
    with pytest.raises(TrustFolderUnusable, match="cannot be read"):
        load_trust_folder(folder / "nowhere", mode=Mode.DEMO)
    (folder / "huge.pem").write_bytes(bytes(10_000_001))
    with pytest.raises(TrustFolderUnusable, match="too large"):
        load_trust_folder(folder, mode=Mode.DEMO)
    (folder / "huge.pem").unlink()
    (folder / "folder.pem").mkdir()
    with pytest.raises(TrustFolderUnusable, match=r"folder\.pem"):
        load_trust_folder(folder, mode=Mode.DEMO)


def test_folder_with_too_many_files_is_refused(tmp_path: Path) -> None:
    for number in range(1001):
        (tmp_path / f"{number}.pem").touch()
    with pytest.raises(TrustFolderUnusable, match="1000"):
        load_trust_folder(tmp_path, mode=Mode.DEMO)


def test_production_trusts_no_demo_root(folder: Path) -> None:
    with pytest.raises(DemoKeyInProduction):
        load_trust_folder(folder, mode=Mode.PRODUCTION)


def test_production_anchors_made_in_memory_are_checked_too(office: Office) -> None:
    with pytest.raises(DemoKeyInProduction):
        TrustAnchors((), (office.authority.issuing_der,), (), Mode.PRODUCTION)


@pytest.mark.parametrize("mode", [Mode.DEMO, Mode.TRAINING])
def test_every_part_of_the_authority_is_a_specimen(office: Office, mode: Mode) -> None:
    authority = office.authority
    officer = office.officer().credential
    for der in (
        authority.root_der,
        authority.issuing_der,
        authority.tsa_der,
        authority.ocsp_der,
        officer.certificate_der,
    ):
        assert carries_specimen_mark(der)
        check_certificate_mode(der, mode)
        with pytest.raises(DemoKeyInProduction):
            check_certificate_mode(der, Mode.PRODUCTION)


def test_garbage_is_no_certificate_in_production() -> None:
    with pytest.raises(CertificateUnusable):
        check_certificate_mode(b"garbage", Mode.PRODUCTION)


def test_only_production_is_no_specimen() -> None:
    assert [mode.is_specimen for mode in (Mode.DEMO, Mode.TRAINING, Mode.PRODUCTION)] == [True, True, False]
