"""`vidimus sign prepare` and `complete`: a key in other hands signs, in two commands."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate

from api.clock import SystemClock, system_random
from keys import CredentialKind, Mode, Pin, Pkcs12KeyStore, Subject, load_trust_folder, open_authority
from keys.keystore import OpenKey
from keys.pkcs12 import Attendance
from signing.verify import Verdict, verify_pdf
from tests.blank_copies import blank_copy
from tests.command_line import CommandLine


@pytest.fixture
def token(office_line: CommandLine, tmp_path: Path) -> OpenKey:
    """A key of the demo office's authority that lies in somebody else's hands; its certificate is token.pem."""
    clock = SystemClock()
    authority = open_authority(office_line.home / "authority", clock=clock, random_bytes=system_random)
    issued = authority.issue(
        CredentialKind.OFFICER,
        subject=Subject(cn="Trần Văn Mẫu", o="UBND"),
        pin=Pin("2468"),
        at=clock.now(),
        rounds=1000,
    )
    store = Pkcs12KeyStore(tmp_path / "elsewhere", mode=Mode.DEMO)
    store.install("t", pkcs12=issued.pkcs12, pin=Pin("2468"), attendance=Attendance.BY_PERSON)
    certificate = load_der_x509_certificate(issued.certificate_der)
    (tmp_path / "token.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (tmp_path / "in.pdf").write_bytes(blank_copy())
    return store.open_key("t", Pin("2468"))


def _prepare(line: CommandLine, folder: Path, *more: str) -> dict[str, str]:
    answer = line.run(
        "sign",
        "prepare",
        folder / "in.pdf",
        "--certificate",
        folder / "token.pem",
        "--prepared",
        folder / "p.pdf",
        "--state",
        folder / "s.json",
        "--format",
        "json",
        *more,
    )
    assert answer.exit_code == 0, answer.err
    return dict(answer.json)


def _complete(line: CommandLine, folder: Path, signature: bytes):  # type: ignore[no-untyped-def]
    (folder / "sig").write_bytes(signature)
    return line.run(
        "sign",
        "complete",
        folder / "p.pdf",
        "--state",
        folder / "s.json",
        "--signature",
        folder / "sig",
        "--certificate",
        folder / "token.pem",
        "--out",
        folder / "out.pdf",
        "--format",
        "json",
    )


@pytest.mark.slow
def test_prepare_and_complete_make_the_level_that_was_asked(
    office_line: CommandLine,
    tmp_path: Path,
    token: OpenKey,
) -> None:
    told = _prepare(office_line, tmp_path, "--level", "B-LTA", "--field", "Officer", "--reason", "Sao y")
    assert (tmp_path / "s.json").stat().st_size < 400
    signature = token.sign(base64.b64decode(told["to_be_signed"]))
    answer = _complete(office_line, tmp_path, base64.b64encode(signature))
    assert answer.exit_code == 0, answer.err
    assert answer.json["level"] == "PAdES-B-LTA"
    trust = load_trust_folder(office_line.home / "trust", mode=Mode.DEMO)
    report = verify_pdf((tmp_path / "out.pdf").read_bytes(), trust=trust, at=SystemClock().now())
    assert report.verdict in {Verdict.VALID, Verdict.VALID_WITH_WARNING}


@pytest.mark.slow
def test_a_wrong_signature_makes_no_file(office_line: CommandLine, tmp_path: Path, token: OpenKey) -> None:
    _prepare(office_line, tmp_path)
    answer = _complete(office_line, tmp_path, token.sign(b"something else"))
    assert answer.exit_code == 30
    assert "SIGNATURE_MISMATCH" in answer.err
    assert not (tmp_path / "out.pdf").exists()


@pytest.mark.slow
def test_one_name_for_two_files_is_refused(office_line: CommandLine, tmp_path: Path, token: OpenKey) -> None:
    same = tmp_path / "in.pdf"
    before = same.read_bytes()
    answer = office_line.run(
        "sign", "prepare", same, "--certificate", tmp_path / "token.pem", "--prepared", same, "--state", tmp_path / "s"
    )
    assert answer.exit_code == 2
    assert same.read_bytes() == before
