"""The token that is plugged into the officer's machine, found without asking for its PIN."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from keys import (
    Credential,
    OpenKey,
    Pin,
    Pkcs11Keys,
    Pkcs11Uri,
    TokenFailed,
    TokenMissing,
    credential_of_certificates,
)

# Where drivers usually stand. Only SoftHSM was tried with this agent; docs/limitations.md says so.
_LINUX_MODULES: Final = (
    "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib64/opensc-pkcs11.so",
    "/usr/lib/libeTPkcs11.so",
    "/usr/lib64/libeTPkcs11.so",
    "/usr/lib/x86_64-linux-gnu/p11-kit-proxy.so",
)
_WINDOWS_MODULES: Final = (
    r"C:\Program Files\OpenSC Project\OpenSC\pkcs11\opensc-pkcs11.dll",
    r"C:\Windows\System32\opensc-pkcs11.dll",
    r"C:\Windows\System32\eTPKCS11.dll",
)


def usual_modules(platform: str = sys.platform) -> tuple[Path, ...]:
    """List where a system usually keeps PKCS#11 drivers."""
    return tuple(Path(path) for path in (_WINDOWS_MODULES if platform == "win32" else _LINUX_MODULES))


def find_module(chosen: Path | None) -> Path:
    """Give the driver that was chosen, or the first usual one that is installed.

    Raises:
        TokenFailed: there is none.
    """
    if chosen is not None:
        return chosen
    found = next((path for path in usual_modules() if path.is_file()), None)
    if found is None:
        raise TokenFailed("no PKCS#11 driver is installed at a usual place; name it with --module")
    return found


class Pkcs11InHand:
    """The one signing key on the tokens that are plugged in, or the one that a URI names."""

    def __init__(self, tokens: Pkcs11Keys, *, uri: Pkcs11Uri | None, issuers_der: Iterable[bytes] = ()) -> None:
        self._tokens = tokens
        self._uri = uri
        self._issuers_der = tuple(issuers_der)

    def credential(self) -> Credential:
        """Read the certificate beside the key, without a PIN.

        Raises:
            TokenMissing: no token with a signing key, or several.
        """
        return self._found()[1]

    def open_key(self, pin: Pin) -> OpenKey:
        """Open the key with the PIN, tried once.

        Raises:
            WrongPin, TokenError: see `keys.Pkcs11Keys.open_key`.
        """
        uri, credential = self._found()
        return self._tokens.open_key(uri, credential=credential, pin=pin)

    def _found(self) -> tuple[Pkcs11Uri, Credential]:
        uris = [self._uri] if self._uri is not None else list(self._tokens.find_signing_keys())
        if len(uris) != 1:
            what = "no token with a signing key is" if not uris else f"{len(uris)} signing keys are"
            raise TokenMissing(f"{what} plugged in; plug in one, or name it with --key")
        (own, *others) = self._tokens.read_certificates(uris[0])
        credential = credential_of_certificates("token", [own], issuers_der=[*others, *self._issuers_der])
        return uris[0], credential
