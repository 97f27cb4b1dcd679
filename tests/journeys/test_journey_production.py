"""A production home from nothing to a certified copy, by commands alone, on configured services of another authority."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.cli import main
from keys import CredentialKind
from tests.command_line import Answer
from tests.licensed import LicensedAuthority, serve_licensed
from tests.mail_server import MailHost, serve_mail, tls_of
from tests.small_paper import small_scan
from vault import holder_of_code, open_database, parse_code

pytestmark = [pytest.mark.journey, pytest.mark.slow]

WARD = "H99.01"
OFFICER = "nguyen-van-mau"
HOLDER_NUMBER = "001199000123"


@dataclass(frozen=True, slots=True)
class Town:
    """A production home beside the licensed authority it is configured for."""

    folder: Path
    licensed: LicensedAuthority
    mail: MailHost
    pins: dict[str, Path] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def run(self, *arguments: str | Path, exit_code: int = 0) -> Answer:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        answer = Answer(int(ended.value.code or 0), out.getvalue(), err.getvalue())
        assert answer.exit_code == exit_code, (arguments, answer.out, answer.err[-2000:])
        return answer

    def rows(self, *arguments: str | Path, exit_code: int = 0) -> Any:
        return self.run(*arguments, "--format", "json", exit_code=exit_code).json

    def pin(self, name: str, digits: str) -> Path:
        path = self.folder / f"{name}.pin"
        path.write_text(f"{digits}\n", encoding="utf-8")
        path.chmod(0o600)
        return path

    def holder_id(self, code: str) -> str:
        """Whose vault holds the copy of a code."""
        database = open_database(f"sqlite:///{self.home / 'vidimus.db'}")
        try:
            with database.read() as tx:
                owner = holder_of_code(tx, parse_code(code))
        finally:
            database.close()
        assert owner is not None
        return owner.holder_id

    def enrol(self, key_id: str, *owner: str, cn: str, kind: CredentialKind, pin: Path, unattended: bool) -> None:
        """Ask for a certificate, have it issued elsewhere, install it."""
        request, certificate = self.folder / f"{key_id}.csr", self.folder / f"{key_id}.pem"
        self.run(
            "key", "csr", key_id, *owner, "--cn", cn, "--o", "UBND phường Thí Dụ", "--out", request, "--pin-file", pin
        )
        at = datetime.now(UTC)
        certificate.write_bytes(self.licensed.certify_request(request.read_bytes(), kind=kind, at=at))
        more = ("--unattended",) if unattended else ()
        self.run("key", "install", key_id, "--certificate", certificate, "--pin-file", pin, *more)


class Terminal(io.StringIO):
    """A terminal at which somebody has already typed."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A founded production office with one officer, one seal and one open book, made by commands only."""
    folder = tmp_path_factory.mktemp("production")
    mail_tls, mail_trust = tls_of(folder / "tls", name="localhost", at=datetime.now(UTC))
    with (
        serve_licensed(folder / "licensed") as licensed,
        serve_mail(MailHost(tls=mail_tls)) as mail,
        pytest.MonkeyPatch.context() as environment,
    ):
        town = Town(folder, licensed, mail)
        settings = {
            "VIDIMUS_HOME": str(town.home),
            "VIDIMUS_VERIFY_URL": "https://verify.thi-du.gov.vn",
            # The first service is not there: the second is what signs.
            "VIDIMUS_TSA_URL": f"http://127.0.0.1:9/tsa,{licensed.tsa_url}",
            "VIDIMUS_REVOCATION_URLS": licensed.base_url,
            "VIDIMUS_PRIVATE_SERVICES": "1",
            "VIDIMUS_SMTP_HOST": "localhost",
            "VIDIMUS_SMTP_PORT": str(mail.port),
            "VIDIMUS_SMTP_FROM": "no-reply@thi-du.gov.vn",
            "VIDIMUS_SMTP_CA_FILE": str(mail_trust),
            "VIDIMUS_OCR_PROCESSES": "1",
            "VIDIMUS_LANG": "en",
            "NO_COLOR": "1",
        }
        for name, value in settings.items():
            environment.setenv(name, value)
        for name in ("VIDIMUS_DATABASE_URL", "VIDIMUS_BLOBS_URL", "VIDIMUS_KEYSETS_URL"):
            environment.delenv(name, raising=False)
        town.run("db", "init", "--mode", "production")
        town.run("retention", "adopt", "--decision", "2/QĐ-UBND")
        licensed.authority.export_trust(town.home / "trust", at=datetime.now(UTC))
        names = ("--name", "UBND phường Thí Dụ", "--name-en", "People's Committee", "--name-fr", "Comité populaire")
        town.run("agency", "add", WARD, *names)
        role = ("--role", "certifier", "--role", "counter_clerk")
        person = ("--agency", WARD, "--name", "Nguyễn Văn Mẫu", "--position", "Phó Chủ tịch")
        town.run("user", "add", OFFICER, *person, *role)
        window = ("--from", f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}", "--until", "2036-01-01")
        town.run(
            "delegation",
            "add",
            OFFICER,
            "--capacity",
            "KT",
            "--on-behalf-of",
            "Chủ tịch",
            "--decision",
            "12/QĐ-UBND",
            *window,
        )
        town.run("agency", "seal-policy", WARD, "--decision", "13/QĐ-UBND", *window)
        town.run("register", "open", WARD)
        town.pins["officer"] = town.pin("officer", "748159")
        town.pins["seal"] = town.pin("seal", "sealed-with-many-letters")
        officer, seal = CredentialKind.OFFICER, CredentialKind.SEAL
        town.enrol(
            "officer-1",
            "--for-user",
            OFFICER,
            cn="Nguyễn Văn Mẫu",
            kind=officer,
            pin=town.pins["officer"],
            unattended=False,
        )
        town.enrol(
            "seal-1", "--for-agency", WARD, cn="UBND phường Thí Dụ", kind=seal, pin=town.pins["seal"], unattended=True
        )
        yield town


@pytest.fixture(scope="module")
def certified(town: Town) -> dict[str, Any]:
    """A copy certified as an officer at a terminal does: look at what is shown, and say yes."""
    scan = town.folder / "scan.jpg"
    scan.write_bytes(small_scan())
    order = ("certify", scan, "--out-dir", town.folder / "out", "--holder", HOLDER_NUMBER, "--as", OFFICER)
    more = (
        "--holder-name",
        "Lê Thị Thí Dụ",
        "--type",
        "VN.BIRTH_CERT",
        "--relation",
        "GUARDIAN",
        "--pin-file",
        town.pins["officer"],
    )
    with pytest.MonkeyPatch.context() as counter:
        counter.setattr(sys, "stdin", Terminal("y\n"))
        found: dict[str, Any] = town.rows(*order, *more)
    return found


def test_copy_is_certified_end_to_end_in_production(town: Town, certified: dict[str, Any]) -> None:
    answer = town.rows("verify", certified["path"])
    assert (answer["verdict"], answer["warnings"]) == ("VALID", [])
    assert [entry["level"] for entry in answer["signatures"]][:2] == ["PAdES-B-LTA", "PAdES-B-LTA"]
    assert {entry["time_source"] for entry in answer["signatures"][:2]} == {"TIMESTAMP"}
    assert answer["status"]["register"] == "FINAL"


def test_every_signing_path_is_open(town: Town) -> None:
    lines = town.rows("key", "dry-run")
    assert {line["code"] for line in lines} == {"OK"}
    assert {(line["path"], line["step"]) for line in lines} == {
        ("services", "TIMESTAMP"),
        *(("officer-1", step) for step in ("CERTIFICATE", "CHAIN", "REVOCATION")),
        *(("seal-1", step) for step in ("CERTIFICATE", "CHAIN", "REVOCATION", "SIGNATURE")),
    }


def test_inventory_tells_what_the_office_holds(town: Town) -> None:
    kinds = {row["key_id"]: (row["kind"], row["status"], row["attestation"]) for row in town.rows("key", "list")}
    assert kinds == {
        "officer-1": ("PERSONAL", "ACTIVE", "SOFTWARE"),
        "seal-1": ("AGENCY", "ACTIVE", "SOFTWARE"),
    }
    counts = {row["kind"]: row["active"] for row in town.rows("key", "counts")}
    assert counts == {"PERSONAL": 1, "AGENCY": 1, "CITIZEN": 0}
    assert town.rows("key", "radar") == []


def test_compromised_seal_is_replaced_and_its_copies_are_sealed_again(town: Town, certified: dict[str, Any]) -> None:
    listed = town.rows("key", "compromise", "seal-1", "--yes")
    assert [row["code"] for row in listed] == [certified["code"]]
    # Without a new seal there is nothing to put on.
    town.run("key", "compromise", "seal-1", "--yes", "--reseal", "--decision", "14/QĐ-UBND", exit_code=30)
    request, certificate, pin = town.folder / "seal-2.csr", town.folder / "seal-2.pem", town.pins["seal"]
    names = ("--cn", "UBND phường Thí Dụ", "--o", "UBND phường Thí Dụ")
    town.run("key", "csr", "seal-2", "--for-agency", WARD, *names, "--out", request, "--pin-file", pin)
    certificate.write_bytes(
        town.licensed.certify_request(request.read_bytes(), kind=CredentialKind.SEAL, at=datetime.now(UTC))
    )
    town.run(
        "key", "renew", "seal-1", "--as", "seal-2", "--certificate", certificate, "--pin-file", pin, "--unattended"
    )
    order = ("key", "compromise", "seal-1", "--yes", "--reseal", "--decision", "14/QĐ-UBND")
    assert [row["outcome"] for row in town.rows(*order)] == ["RESEALED"]
    # Run again, it has nothing left to do.
    assert town.rows(*order) == []
    old = town.rows("verify", certified["path"])
    assert old["status"]["rendition"] == "OLDER"
    assert "OLDER_RENDITION" in old["warnings"]
    states = {row["key_id"]: row["status"] for row in town.rows("key", "list")}
    assert (states["seal-1"], states["seal-2"]) == ("REVOKED", "ACTIVE")


def test_copies_of_a_compromised_officer_are_annulled(town: Town, certified: dict[str, Any]) -> None:
    holder_id = town.holder_id(certified["code"])
    town.run("notice", "contact", "--holder", holder_id, "--email", "le@thi-du.example", "--by", "email")
    order = ("key", "compromise", "officer-1", "--yes", "--annul", "--decision", "15/QĐ-UBND")
    answer = town.run(*order, "--format", "json")
    assert [row["outcome"] for row in answer.json] == ["ANNULLED"]
    # The holder is told at once on the page; the mail leaves with the worker, or when somebody says so.
    assert "Notices on holders’ pages: 1. Mails and short messages: 0 sent, 1 waiting, 0 parked." in answer.err
    town.mail.received.clear()
    town.mail.recipient_code = 550
    town.run("notice", "send")
    answer = town.run(*order, "--format", "json")
    assert answer.json == []
    assert "0 sent, 0 waiting, 1 parked." in answer.err
    parked = town.rows("notice", "list", "--state", "DEAD")
    assert [(row["code"], row["attempts"]) for row in parked] == [("RECIPIENT_REFUSED", 1)]
    assert "notices parked" in town.run("doctor", exit_code=9).err
    town.mail.recipient_code = 250
    town.run("notice", "replay", "--parked")
    town.run("notice", "send")
    assert "1 sent, 0 waiting, 0 parked." in town.run(*order).err
    (mail,) = town.mail.received
    assert (mail["To"], mail["Subject"]) == ("le@thi-du.example", "Một bản sao của bạn đã bị hủy bỏ")
    assert f"/citizen/records/{certified['record_id']}" in mail.get_content()
    answer = town.rows("verify", certified["path"], exit_code=20)
    assert answer["status"]["register"] == "ANNULLED"
