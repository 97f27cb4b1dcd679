"""Identity providers as data: a file that names addresses, keys, algorithms, and what their claims mean here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from api.errors import BadSetting
from api.identity import Door
from keys import KeysError, read_private_file

# Signatures only: a shared secret as a key would let whoever has it write tokens, and "none" is none.
_ALGORITHMS: Final = frozenset({"ES256", "ES384", "EdDSA", "Ed25519", "PS256", "RS256"})
_ID: Final = re.compile(r"[a-z0-9-]{1,32}")
_FIELDS: Final = frozenset(
    {
        "id",
        "name",
        "issuer",
        "client_id",
        "client_secret_file",
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "algorithms",
        "scopes",
        "doors",
        "assurance",
        "identity_number",
    }
)


@dataclass(frozen=True, slots=True)
class Assurance:
    """What a claim says about how well a person was identified: its words as levels, and the least level of each door."""

    claim: str = "acr"
    levels: Mapping[str, int] = field(default_factory=dict)
    at_least: Mapping[Door, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NumberClaim:
    """Which claim holds the identity number, and from which level on it finds its holder's vault."""

    claim: str
    at_least: int


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """One provider as the file describes it."""

    provider_id: str
    names: Mapping[str, str]
    issuer: str
    client_id: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    doors: frozenset[Door]
    algorithms: tuple[str, ...] = ("ES256", "RS256")
    scopes: tuple[str, ...] = ("openid",)
    assurance: Assurance = field(default_factory=Assurance)
    identity_number: NumberClaim | None = None
    client_secret: str = field(default="", repr=False)

    def level_of(self, claims: Mapping[str, Any]) -> int:
        """The level that claims state; a word nobody knows is level 0."""
        word = claims.get(self.assurance.claim)
        return self.assurance.levels.get(word, 0) if isinstance(word, str) else 0


def read_providers(path: Path) -> tuple[ProviderFacts, ...]:
    """Read the providers' file.

    Raises:
        BadSetting: it cannot be read, or a provider in it cannot be meant.
    """
    try:
        whole = yaml.safe_load(path.read_text(encoding="utf-8"))
        entries = list(whole["providers"])
        found = tuple(_provider(dict(entry), folder=path.parent) for entry in entries)
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, KeysError) as exc:
        raise BadSetting(f"VIDIMUS_OIDC_FILE: {path} cannot be meant ({exc!r})") from exc
    if len({one.provider_id for one in found}) != len(found):
        raise BadSetting(f"VIDIMUS_OIDC_FILE: two providers of {path} have one id")
    return found


def _provider(entry: dict[str, Any], *, folder: Path) -> ProviderFacts:
    unknown = set(entry) - _FIELDS
    if unknown:
        raise ValueError(f"nobody knows {', '.join(sorted(unknown))}")
    provider_id = str(entry["id"])
    algorithms = tuple(str(each) for each in entry.get("algorithms", ("ES256", "RS256")))
    if not _ID.fullmatch(provider_id):
        raise ValueError("an id is made of a-z, 0-9 and hyphens")
    if not algorithms or not _ALGORITHMS.issuperset(algorithms):
        raise ValueError(f"algorithms are among {', '.join(sorted(_ALGORITHMS))}")
    secret_file = entry.get("client_secret_file")
    number = entry.get("identity_number")
    return ProviderFacts(
        provider_id=provider_id,
        names={language: str(entry["name"][language]) for language in ("vi", "en", "fr")},
        issuer=str(entry["issuer"]),
        client_id=str(entry["client_id"]),
        authorization_endpoint=str(entry["authorization_endpoint"]),
        token_endpoint=str(entry["token_endpoint"]),
        jwks_uri=str(entry["jwks_uri"]),
        doors=frozenset(Door(str(door)) for door in entry["doors"]),
        algorithms=algorithms,
        scopes=tuple(str(each) for each in entry.get("scopes", ("openid",))),
        assurance=_assurance(entry.get("assurance") or {}),
        identity_number=NumberClaim(str(number["claim"]), int(number["at_least"])) if number else None,
        client_secret=read_private_file(folder / str(secret_file)).decode("utf-8", "strict").strip()
        if secret_file
        else "",
    )


def _assurance(entry: dict[str, Any]) -> Assurance:
    return Assurance(
        claim=str(entry.get("claim", "acr")),
        levels={str(word): int(level) for word, level in (entry.get("levels") or {}).items()},
        at_least={Door(str(door)): int(level) for door, level in (entry.get("at_least") or {}).items()},
    )
