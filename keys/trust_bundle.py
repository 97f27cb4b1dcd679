"""A trust bundle: everything a verifier elsewhere needs of an office, in one file that a person chooses to trust."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from keys.anchor_scope import AnchorScope
from keys.errors import TrustedListRefused, TrustFolderEmpty, TrustFolderUnusable
from keys.mode import Mode
from keys.trust import TrustAnchors
from keys.trusted_list import TrustedList

BUNDLE_FORMAT: Final = "vidimus-trust-1"
_MAX_BUNDLE_BYTES: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class TrustBundle:
    """Anchors with what else is known of the office; keys are raw Ed25519, names are by code and language."""

    anchors: TrustAnchors
    issued_at: datetime
    verify_url: str
    log_origin: str
    log_key_raw: bytes
    manifest_key_raw: bytes
    agencies: Mapping[str, Mapping[str, str]]

    def to_dict(self) -> dict[str, Any]:
        """Write it as JSON."""
        anchors = self.anchors
        return {
            "format": BUNDLE_FORMAT,
            "mode": anchors.mode.value,
            "issued_at": self.issued_at.isoformat(),
            "verify_url": self.verify_url,
            "log": {"origin": self.log_origin, "key": _encoded(self.log_key_raw)},
            "manifest_key": _encoded(self.manifest_key_raw),
            "agencies": {code: dict(names) for code, names in self.agencies.items()},
            "roots": [_encoded(der) for der in anchors.roots_der],
            "intermediates": [_encoded(der) for der in anchors.intermediates_der],
            "crls": [_encoded(der) for der in anchors.crls_der],
            "scopes": [scope.to_dict() for scope in anchors.scopes],
            # Their services stand among the roots already; what counts here is until when they hold.
            "lists": [replace(one, services=()).to_dict() for one in anchors.lists],
        }


def read_trust_bundle(path: Path) -> TrustBundle:
    """Read a bundle that somebody chose; a specimen's bundle is read as one and says so in every verdict.

    Raises:
        TrustFolderUnusable: the file is no bundle.
        TrustFolderEmpty: it holds no root.
    """
    try:
        if path.stat().st_size > _MAX_BUNDLE_BYTES:
            raise TrustFolderUnusable(f"{path.name} is too large for a trust bundle")
        record = json.loads(path.read_bytes())
        if record["format"] != BUNDLE_FORMAT:
            raise TrustFolderUnusable(f"{path.name} is a trust bundle of another format; export it again")
        bundle = _bundle(record)
    except OSError as exc:
        raise TrustFolderUnusable(f"{path.name} cannot be read: {exc.strerror}") from exc
    except (KeyError, TypeError, ValueError, AttributeError, TrustedListRefused) as exc:
        raise TrustFolderUnusable(
            f"{path.name} is no trust bundle; export it again with `vidimus trust export`"
        ) from exc
    if not bundle.anchors.roots_der:
        raise TrustFolderEmpty(f"trust bundle {path.name} holds no root: nothing can be confirmed with it")
    return bundle


def _bundle(record: Mapping[str, Any]) -> TrustBundle:
    anchors = TrustAnchors(
        roots_der=_decoded_all(record["roots"]),
        intermediates_der=_decoded_all(record["intermediates"]),
        crls_der=_decoded_all(record["crls"]),
        mode=Mode(record["mode"]),
        scopes=tuple(AnchorScope.from_dict(scope) for scope in record["scopes"]),
        lists=tuple(TrustedList.from_dict(one) for one in record["lists"]),
    )
    return TrustBundle(
        anchors=anchors,
        issued_at=datetime.fromisoformat(record["issued_at"]),
        verify_url=str(record["verify_url"]),
        log_origin=str(record["log"]["origin"]),
        log_key_raw=_decoded(record["log"]["key"]),
        manifest_key_raw=_decoded(record["manifest_key"]),
        agencies={code: dict(names) for code, names in record["agencies"].items()},
    )


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _decoded(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _decoded_all(texts: list[str]) -> tuple[bytes, ...]:
    return tuple(_decoded(text) for text in texts)
