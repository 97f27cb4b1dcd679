"""Tokens in software (SoftHSM): a folder that stands for the reader, tokens that can be pulled out and put back."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pkcs11
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from keys import IssuedCredential, Pin, Pkcs11Keys, Pkcs11Uri

MODULE = next(
    path
    for path in (Path("/usr/lib/softhsm/libsofthsm2.so"), Path("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"))
    if path.exists()
)


@dataclass(frozen=True)
class SoftToken:
    """One token with one key and its certificates; `uri` names the key."""

    label: str
    pin: str
    reader: Reader = field(repr=False)

    @property
    def uri(self) -> str:
        return f"pkcs11:token={self.label};id=%01"

    @property
    def parsed(self) -> Pkcs11Uri:
        return Pkcs11Uri(token=self.label, object_id=b"\x01")

    def change_pin(self, new: str) -> None:
        """As its owner could at another computer."""
        session = pkcs11.lib(str(MODULE)).get_token(token_label=self.label).open(rw=True, user_pin=self.pin)
        session.set_pin(self.pin, new)
        session.close()


@dataclass(frozen=True)
class Reader:
    """Where tokens are plugged in."""

    folder: Path

    def make_token(self, issued: IssuedCredential, *, issued_pin: Pin, chain: tuple[bytes, ...] = ()) -> SoftToken:
        """Put a key that an authority issued, with its certificates, on a new token."""
        label, pin = f"t{secrets.token_hex(4)}", secrets.token_hex(4)
        bag = pkcs12.load_pkcs12(issued.pkcs12, issued_pin.reveal())
        assert bag.key is not None
        key_file = self.folder / f"{label}.pem"
        key_file.write_bytes(bag.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self._run("--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", "12345678")
        self._run("--import", str(key_file), "--token", label, "--label", "sign", "--id", "01", "--pin", pin)
        key_file.unlink()
        self.replug()
        session = pkcs11.lib(str(MODULE)).get_token(token_label=label).open(rw=True, user_pin=pin)
        for number, der in enumerate((issued.certificate_der, *chain), start=1):
            session.create_object(_certificate(der, number))
        session.close()
        return SoftToken(label, pin, self)

    def pull_out(self) -> None:
        """Take every token out of the reader."""
        (self.folder / "tokens").rename(self.folder / "in the pocket")
        (self.folder / "tokens").mkdir()
        self.replug()

    def put_back(self) -> None:
        """Plug them in again."""
        (self.folder / "tokens").rmdir()
        (self.folder / "in the pocket").rename(self.folder / "tokens")
        self.replug()

    def replug(self) -> None:
        """Lose every session, as when a reader or a module's daemon starts again."""
        pkcs11.lib(str(MODULE)).reinitialize()

    def keys(self) -> Pkcs11Keys:
        return Pkcs11Keys(MODULE)

    def _run(self, *arguments: str) -> None:
        subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True, env=dict(os.environ))


def _certificate(der: bytes, number: int) -> dict[pkcs11.Attribute, object]:
    subject = asn1_x509.Certificate.load(der).subject.dump()
    return {
        pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
        pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
        pkcs11.Attribute.TOKEN: True,
        pkcs11.Attribute.ID: bytes([number]),
        pkcs11.Attribute.LABEL: f"certificate {number}",
        pkcs11.Attribute.SUBJECT: subject,
        pkcs11.Attribute.VALUE: der,
    }


@contextmanager
def a_reader(folder: Path) -> Iterator[Reader]:
    """A reader of a test's own; SoftHSM finds it by its environment."""
    (folder / "tokens").mkdir(parents=True)
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(conf)
    try:
        pkcs11.lib(str(MODULE)).reinitialize()
        yield Reader(folder)
    finally:
        if before is None:
            del os.environ["SOFTHSM2_CONF"]
        else:
            os.environ["SOFTHSM2_CONF"] = before
