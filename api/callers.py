"""Whose address a request comes from: who connects, or whom a proxy of our own names; never what a caller says of itself."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import TypeAlias

from starlette.datastructures import Headers
from starlette.types import Scope

ProxyNetwork: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"


def tell_caller(scope: Scope, proxies: Sequence[ProxyNetwork]) -> None:
    """Put the caller's address into a request that came by a proxy of ours.

    Each proxy adds at the end whom it heard. So the list is read from its end, and the first that is no proxy of ours is
    the caller; what stands before it was written by the caller and counts for nothing.
    """
    client = scope.get("client")
    if not proxies or client is None or not _is_ours(client[0], proxies):
        return
    told = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
    address = client[0]
    for word in reversed(told):
        read = _read(word.strip())
        if read is None:
            break
        address = read
        if not _is_ours(address, proxies):
            break
    scope["client"] = (address, 0)


def _read(word: str) -> str | None:
    try:
        return str(ipaddress.ip_address(word))
    except ValueError:
        return None


def _is_ours(address: str, proxies: Sequence[ProxyNetwork]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in proxies)
