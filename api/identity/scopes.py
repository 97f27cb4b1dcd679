"""Scopes: what a token may be used for, within what its owner may do at that moment."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from api.errors import RequestInvalid


class Scope(StrEnum):
    """One kind of work that a token may do; a route names the one it belongs to, or takes no token at all."""

    COPIES_READ = "copies:read"
    COPIES_WRITE = "copies:write"
    CERTIFY = "certify"
    REGISTER_READ = "register:read"
    DOSSIERS_READ = "dossiers:read"
    DOSSIERS_WRITE = "dossiers:write"
    RESULTS_WRITE = "results:write"
    VAULT_READ = "vault:read"
    VAULT_SHARE = "vault:share"
    ADMIN = "admin"


def read_scopes(words: Iterable[str]) -> frozenset[Scope]:
    """Read a list of scopes; at least one, and none that nobody knows.

    Raises:
        RequestInvalid: an unknown word, or nothing.
    """
    known = {scope.value: scope for scope in Scope}
    wanted = list(words)
    if not wanted or any(word not in known for word in wanted):
        raise RequestInvalid(f"name scopes out of {', '.join(sorted(known))}", field="scopes")
    return frozenset(known[word] for word in wanted)


def write_scopes(scopes: Iterable[Scope]) -> str:
    """Write scopes as RFC 6749, 3.3 does: words with blanks between them, here in the order of the alphabet."""
    return " ".join(sorted(scope.value for scope in scopes))
