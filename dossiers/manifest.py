"""The signed manifest of a submission package: a JWS (RFC 7515) with Ed25519 (RFC 8037, RFC 9864)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from dossiers.errors import ManifestInvalid
from keys import Ed25519Key

MANIFEST_TYPE: Final = "vidimus-submission+jws"
RECEIPT_TYPE: Final = "vidimus-consent+jws"


def sign_manifest(content: Mapping[str, Any], *, key: Ed25519Key) -> str:
    """Give the compact JWS of a manifest; the private key stays where it is."""
    return _sign(MANIFEST_TYPE, _canonical(content), key=key)


def sign_receipt(receipt: bytes, *, key: Ed25519Key) -> str:
    """Give the compact JWS of a consent's receipt, over the very bytes whose digest a package names."""
    return _sign(RECEIPT_TYPE, receipt, key=key)


def read_manifest(manifest: str, *, public_key_raw: bytes, kind: str = MANIFEST_TYPE) -> dict[str, Any]:
    """Give the content of a manifest (or of a receipt, by its `kind`) whose signature holds.

    Raises:
        ManifestInvalid: another key, another type, an altered byte, or no manifest at all.
    """
    key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": _base64url(public_key_raw)})
    try:
        signed = jws.deserialize_compact(manifest, key, algorithms=["Ed25519"])
        content = json.loads(signed.payload)
    except (JoseError, ValueError, binascii.Error) as exc:
        raise ManifestInvalid("the manifest's signature does not hold; ask the sender for it again") from exc
    if signed.protected.get("typ") != kind or not isinstance(content, dict):
        raise ManifestInvalid("this is signed, but it is no submission manifest")
    return content


def _sign(kind: str, payload: bytes, *, key: Ed25519Key) -> str:
    header = {"alg": "Ed25519", "kid": key.key_id, "typ": kind}
    signing_input = f"{_base64url(_canonical(header))}.{_base64url(payload)}"
    return f"{signing_input}.{_base64url(key.sign(signing_input.encode('ascii')))}"


def _canonical(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
