"""Another office of the demonstration, which signs its own PDF: no paper original, so it is never certified here."""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path
from typing import Final

from api.services import Services
from keys import Attendance, CredentialKind, Mode, Pin, Pkcs12KeyStore, Subject
from signing import NewField, PadesLevel, SignRequest, sign_new_field

_KEY_ID: Final = "other-office"


def sign_elsewhere(services: Services, pdf: bytes, *, office: str = "UBND xã Ví Dụ") -> bytes:
    """Sign a PDF with a key of an invented other office, made for this one signature."""
    if services.authority is None:
        raise TypeError("the demonstration needs the embedded authority")
    at = services.clock.now()
    pin = Pin(base64.b32encode(services.random_bytes(20)).decode())
    issued = services.authority.issue(
        CredentialKind.FOREIGN_OFFICE, subject=Subject(cn=office, o=office), pin=pin, at=at
    )
    with tempfile.TemporaryDirectory(prefix="vidimus-other-office-") as folder:
        store = Pkcs12KeyStore(Path(folder) / "keys", mode=Mode.DEMO)
        store.install(_KEY_ID, pkcs12=issued.pkcs12, pin=pin, attendance=Attendance.UNATTENDED)
        key = store.open_unattended(_KEY_ID)
        try:
            request = SignRequest(field="Signature1", level=PadesLevel.B_T, signed_at=at)
            return sign_new_field(pdf, request=request, new_field=NewField(), signer=key, services=services.signing).pdf
        finally:
            key.close()
