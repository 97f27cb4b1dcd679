"""PKCS#11 URIs (RFC 7512): which token, which key on it; never a PIN."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from keys.errors import TokenKeyMissing

_SCHEME = "pkcs11:"
_TEXT = frozenset({"token", "serial", "manufacturer", "model", "object"})
_ATTRIBUTE = re.compile(r"([a-z-]+)=((?:[A-Za-z0-9\-._~:\[\]@!$'()*+,=&]|%[0-9A-Fa-f]{2})*)\Z")


@dataclass(frozen=True, slots=True)
class Pkcs11Uri:
    """One key on one token; a field that is None is not compared."""

    token: str | None = None
    serial: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    object_label: str | None = None
    object_id: bytes | None = None


def read_pkcs11_uri(text: str) -> Pkcs11Uri:
    """Read a URI that names a token by label or serial, and a key by id or label.

    Attributes after `?` are refused: a PIN never stands in a URI, and the module is a setting of the office.

    Raises:
        TokenKeyMissing: it is no such URI.
    """
    if not text.startswith(_SCHEME):
        raise TokenKeyMissing("a key on a token is named by a URI that begins with pkcs11:")
    if "?" in text:
        raise TokenKeyMissing(
            "a pkcs11: URI has no part after `?` here; the PIN is asked for and the module is the setting "
            "VIDIMUS_PKCS11_MODULE"
        )
    values: dict[str, bytes] = {}
    for part in text.removeprefix(_SCHEME).split(";"):
        match = _ATTRIBUTE.match(part)
        if match is None or match[1] in values:
            raise TokenKeyMissing("the pkcs11: URI cannot be read; write it as `pkcs11:token=NAME;id=%01`")
        values[match[1]] = unquote_to_bytes(match[2])
    if values.get("type", b"private") != b"private" or not set(values) <= _TEXT | {"id", "type"}:
        raise TokenKeyMissing("the pkcs11: URI names something else than a token and a private key on it")
    try:
        texts = {name: values[name].decode() for name in _TEXT if name in values}
    except UnicodeDecodeError as exc:
        raise TokenKeyMissing("a name in the pkcs11: URI is no UTF-8 text") from exc
    if not {"token", "serial"} & set(values) or not {"object", "id"} & set(values):
        raise TokenKeyMissing("the pkcs11: URI must name a token (or serial) and a key (id or object)")
    return Pkcs11Uri(
        token=texts.get("token"),
        serial=texts.get("serial"),
        manufacturer=texts.get("manufacturer"),
        model=texts.get("model"),
        object_label=texts.get("object"),
        object_id=values.get("id"),
    )
