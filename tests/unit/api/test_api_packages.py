"""A dossier by copy: one file that others open, sealed, signed by its applicant or approved by passkey, and never both at once."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import secrets
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from api.acts.packages import check_package
from api.acts.passkeys import relying_party
from api.demo.office import DEMO_PASSWORD
from api.identity import find_account
from api.identity.passkeys import add_passkey
from dossiers import read_manifest
from dossiers.packages import judge_list
from keys import KeyAlgorithm, Pin, verify_registration
from keys.authority_names import CredentialKind, Subject
from keys.pkcs12_read import open_pkcs12
from keys.private import PrivateKey, make_private_key, sign_with
from samples.cast import CAST
from tests.command_line import CommandLine
from tests.running import Running
from tests.soft_passkey import SoftPasskey

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow

PROCEDURE = "SAMPLE-CIVIL-STATUS-EXTRACT"


@dataclass(frozen=True)
class Own:
    """A person's own key and certificate."""

    key: PrivateKey
    certificate_der: bytes
    chain_der: tuple[bytes, ...]

    def body(self) -> dict[str, Any]:
        return {
            "certificate": base64.b64encode(self.certificate_der).decode(),
            "chain": [base64.b64encode(one).decode() for one in self.chain_der],
        }


def issued_file(running: Running, name: str) -> tuple[bytes, Pin]:
    """A key file of the embedded authority, made out to a person, and its PIN."""
    authority, pin = running.services.authority, Pin(secrets.token_hex(8))
    assert authority is not None
    subject = Subject(cn=name, o="Công dân")
    issued = authority.issue(CredentialKind.OFFICER, subject=subject, pin=pin, at=running.services.clock.now())
    return issued.pkcs12, pin


def own_key(running: Running, name: str) -> Own:
    content, pin = issued_file(running, name)
    opened = open_pkcs12(content, key_id="own", pin=pin)
    return Own(opened.private_key, opened.certificate_der, opened.chain_der)


@pytest.fixture(scope="module", autouse=True)
def paper(running: Running) -> dict[str, Any]:
    with running.officer() as officer:
        return running.certify(officer)


@pytest.fixture
def an(running: Running) -> Iterator[httpx.Client]:
    with running.citizen("an") as client:
        yield client


@pytest.fixture
def dossier(an: httpx.Client, paper: dict[str, Any]) -> dict[str, Any]:
    form = {"procedure_id": PROCEDURE, "chosen": {"birth": paper["record_id"]}, "consent": True}
    filed = an.post("/v1/submissions", json=form)
    assert filed.status_code == 201, filed.text
    told: dict[str, Any] = filed.json()
    return told


def place(dossier: dict[str, Any]) -> str:
    return f"/v1/submissions/{dossier['submission_id']}/package"


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def sign(an: httpx.Client, dossier: dict[str, Any], own: Own) -> httpx.Response:
    asked = an.post(f"{place(dossier)}/signature-question", json=own.body())
    if asked.status_code != 200:
        return asked
    question = asked.json()
    signature = sign_with(own.key, base64.b64decode(question["to_be_signed"]))
    answer = {"signature": base64.b64encode(signature).decode(), "signing_time": question["signing_time"]}
    return an.post(f"{place(dossier)}/signature", json=own.body() | answer)


def test_package_holds_form_receipt_and_papers_and_is_sealed_once(
    running: Running, an: httpx.Client, dossier: dict[str, Any]
) -> None:
    content = an.get(place(dossier)).content
    files = unpacked(content)
    assert [name for name in files if not name.startswith("META-INF")] == [
        *("mimetype", "form.json", "package.jws", "consent.jws", "papers/01-birth.pdf"),
    ]
    assert hashlib.sha256(files["papers/01-birth.pdf"]).hexdigest() == dossier["items"][0]["sha256"]
    key = running.services.manifest_key.public_key_raw
    signed = read_manifest(files["package.jws"].decode(), public_key_raw=key)
    assert json.loads(files["form.json"]) == signed
    assert CAST["an"].name.encode() not in files["form.json"]
    report = check_package(running.services, content)
    assert (report["is_whole"], [one["trust"] for one in report["signatures"]]) == (True, [None])
    assert an.get(place(dossier)).content == content
    assert [one["mark"] for one in an.get(f"{place(dossier)}/marks").json()["items"]] == ["OFFICE"]


def test_applicant_signs_with_an_own_certificate_and_only_once(
    running: Running, an: httpx.Client, dossier: dict[str, Any]
) -> None:
    own = own_key(running, CAST["an"].name)
    marks = sign(an, dossier, own).json()["items"]
    assert [(one["mark"], one["is_signature"]) for one in marks] == [("CERTIFICATE", True)]
    assert marks[0]["signer_sha256"] == hashlib.sha256(own.certificate_der).hexdigest()
    content = an.get(place(dossier)).content
    report = check_package(running.services, content)
    assert report["is_whole"]
    assert [CAST["an"].name in one["signer"] for one in report["signatures"]] == [False, True]
    assert "META-INF/passkey-approval.json" not in unpacked(content)
    again = sign(an, dossier, own)
    assert (again.status_code, again.json()["code"]) == (409, "PACKAGE_SIGNED")
    with running.recipient() as clerk:
        told = clerk.get(f"/v1/received/{dossier['submission_id']}/package/marks").json()["items"]
        assert {one["mark"] for one in told} == {"CERTIFICATE", "OFFICE"}
        assert "chứng thư của mình" in clerk.get(f"/staff/submissions/{dossier['submission_id']}").text


def test_certificate_of_somebody_else_or_of_an_unknown_issuer_signs_nothing(
    running: Running, an: httpx.Client, dossier: dict[str, Any]
) -> None:
    other = sign(an, dossier, own_key(running, CAST["chau"].name))
    assert (other.status_code, other.json()["code"]) == (422, "SIGNER_REFUSED")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, CAST["an"].name)])
    now = running.services.clock.now()
    made_up = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
        .not_valid_before(now).not_valid_after(now.replace(year=now.year + 1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    refused = sign(an, dossier, Own(key, made_up.public_bytes(Encoding.DER), ()))
    assert (refused.status_code, refused.json()["code"]) == (422, "SIGNER_REFUSED")
    assert an.get(f"{place(dossier)}/marks").json()["items"] == []


def test_signature_of_another_key_or_for_another_moment_is_refused(
    running: Running, an: httpx.Client, dossier: dict[str, Any]
) -> None:
    own = own_key(running, CAST["an"].name)
    question = an.post(f"{place(dossier)}/signature-question", json=own.body()).json()
    forged = sign_with(make_private_key(KeyAlgorithm.ECDSA_P256_SHA256), base64.b64decode(question["to_be_signed"]))
    body = own.body() | {"signature": base64.b64encode(forged).decode(), "signing_time": question["signing_time"]}
    wrong = an.post(f"{place(dossier)}/signature", json=body)
    assert wrong.json()["code"] == "SIGNATURE_MISMATCH"
    late = an.post(f"{place(dossier)}/signature", json=body | {"signing_time": "2020-01-01T00:00:00+00:00"})
    assert (late.status_code, late.json()["code"]) == (422, "REQUEST_INVALID")
    assert an.post(f"{place(dossier)}/signature-question", json={"certificate": "%"}).status_code == 422
    assert an.get(f"{place(dossier)}/marks").json()["items"] == []


def passkey_of(running: Running, login: str) -> SoftPasskey:
    services = running.services
    party = relying_party(services.settings)
    soft = SoftPasskey(rp_id=party.rp_id, origin=party.origins[-1])
    challenge = secrets.token_bytes(32)
    with services.database.read() as tx:
        holder_id = find_account(tx, login).subject_id
    made = verify_registration(party, soft.register(challenge), user_id=holder_id, challenge=challenge)
    with services.database.transaction() as tx:
        add_passkey(tx, made, at=services.clock.now())
    return soft


def challenge_in(options: httpx.Response) -> bytes:
    text = options.json()["options"]["challenge"]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_approval_by_passkey_is_kept_beside_the_signatures_and_called_an_approval(
    running: Running, an: httpx.Client, dossier: dict[str, Any]
) -> None:
    soft = passkey_of(running, "an")
    asked = an.post(f"{place(dossier)}/passkey-options")
    assert asked.status_code == 200, asked.text
    answer = soft.approve(challenge_in(asked))
    marks = an.post(f"{place(dossier)}/approval", json={"answer": answer}).json()["items"]
    assert [(one["mark"], one["is_signature"]) for one in marks] == [("PASSKEY", False)]
    files = unpacked(an.get(place(dossier)).content)
    approval = json.loads(files["META-INF/passkey-approval.json"])
    assert (approval["what"], approval["is_signature_by_certificate"]) == ("PASSKEY_APPROVAL", False)
    # Anybody can compute what was approved from the container alone.
    over = hashlib.sha256(b"vidimus-package-1\0" + files["META-INF/ASiCManifest001.xml"]).digest()
    assert approval["challenge"] == base64.urlsafe_b64encode(over).rstrip(b"=").decode()
    assert "META-INF/signature002.p7s" not in files
    page = an.get(f"/citizen/submissions/{dossier['submission_id']}").text
    assert "không phải chữ ký số" in page
    assert "chứng thư của mình" not in page
    again = an.post(f"{place(dossier)}/approval", json={"answer": soft.approve(challenge_in(asked))})
    assert (again.status_code, again.json()["code"]) == (409, "PACKAGE_SIGNED")


def test_approval_of_another_package_or_by_another_persons_passkey_is_refused(
    running: Running, an: httpx.Client, dossier: dict[str, Any]
) -> None:
    mine, theirs = passkey_of(running, "an"), passkey_of(running, "chau")
    right = challenge_in(an.post(f"{place(dossier)}/passkey-options"))
    for answer in (mine.approve(secrets.token_bytes(32)), theirs.approve(right)):
        refused = an.post(f"{place(dossier)}/approval", json={"answer": answer})
        assert (refused.status_code, refused.json()["code"]) == (403, "PASSKEY_REFUSED")
    assert an.get(f"{place(dossier)}/marks").json()["items"] == []


def test_recipient_takes_a_dossier_by_copy_and_the_holder_sees_each_paper(
    running: Running, an: httpx.Client, dossier: dict[str, Any]
) -> None:
    address = f"/v1/received/{dossier['submission_id']}/package"
    with running.recipient() as clerk:
        content = clerk.post(address).content
        assert content == an.get(place(dossier)).content
        newest = an.get("/v1/history").json()["items"]
        assert "FETCHED" in [one["action"] for one in newest[:3]]
        an.delete(f"/v1/consents/{dossier['consent_id']}")
        assert clerk.post(address).status_code == 410
    gone = an.get(place(dossier))
    assert (gone.status_code, gone.json()["code"]) == (409, "PACKAGE_NOT_WHOLE")


def test_command_line_signs_with_a_file_and_checks_what_came(
    running: Running, dossier: dict[str, Any], office_line: CommandLine, tmp_path: Path
) -> None:
    content, pin = issued_file(running, CAST["an"].name)
    p12, pin_file, out = tmp_path / "an.p12", tmp_path / "pin", tmp_path / "package.asice"
    p12.write_bytes(content)
    pin_file.write_text(pin.reveal().decode())
    (tmp_path / "password").write_text(DEMO_PASSWORD)
    (tmp_path / "password").chmod(0o600)
    pin_file.chmod(0o600)
    there = ("--server", running.base_url, "--login", "an", "--password-file", tmp_path / "password")
    own = dossier["submission_id"]
    signed = office_line.run(
        *("dossier", "sign-package", own, "--p12", p12, "--pin-file", pin_file, "--format", "json", *there)
    )
    assert signed.exit_code == 0, signed
    assert [one["mark"] for one in signed.json] == ["CERTIFICATE"]
    assert office_line.run("dossier", "package", own, "--out", out, *there).exit_code == 0
    # Both offices rest on one authority: what was handed out there is judged here.
    assert office_line.run("dossier", "check-package", out).exit_code == 0
    altered = tmp_path / "altered.asice"
    altered.write_bytes(out.read_bytes().replace(b"%PDF-", b"%PDF+", 1))
    assert office_line.run("dossier", "check-package", altered).exit_code == 20
    bad = office_line.run("dossier", "check-package", p12)
    assert (bad.exit_code, bad.json[0]["reasons"]) == (20, ["UNREADABLE"])


def test_the_senders_own_list_is_judged_with_the_files_beside_it(
    running: Running, an: httpx.Client, dossier: dict[str, Any]
) -> None:
    content = an.get(place(dossier)).content
    assert check_package(running.services, content)["package"] == "VALID"
    files = unpacked(content)
    digests = {
        name: hashlib.sha256(one).hexdigest()
        for name, one in files.items()
        if not name.startswith(("META-INF", "mimetype"))
    }
    listed = files["package.jws"].decode()
    own = running.services.manifest_key.public_key_raw
    stranger = bytes(32)
    assert judge_list(listed, files=digests, keys=[stranger, own]) == "VALID"
    assert judge_list(listed, files=digests, keys=[stranger]) == "UNKNOWN_KEY"
    assert judge_list(None, files=digests, keys=[own]) == "ABSENT"
    head, payload, _signature = listed.split(".")
    assert judge_list(f"{head}.{payload}.AAAA", files=digests, keys=[own]) == "UNKNOWN_KEY"
    # A paper more, a paper less, another form: a list that does not fit is worth nothing, whoever signed it.
    paper = next(name for name in digests if name.startswith("papers/"))
    for files_beside in (
        digests | {"papers/02-more.pdf": "0" * 64},
        {name: one for name, one in digests.items() if name != paper},
        digests | {paper: "0" * 64},
        digests | {"form.json": "0" * 64},
    ):
        assert judge_list(listed, files=files_beside, keys=[own]) == "INVALID"
    for broken in ("", "a", "a.b.c", "a.!!.c", "e30.e30.e30", f"{head}.W10.x", "..", "a." + "W" * 4000 + ".c"):
        assert judge_list(broken, files=digests, keys=[own]) == "INVALID"
