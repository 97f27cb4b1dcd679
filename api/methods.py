"""Which methods an address takes; an address that is written out is itself: `/v1/shares/open` is no share with the id "open"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from api.errors import MethodNotAllowed


def methods_at(app: FastAPI, path: str) -> list[str]:
    """The methods of an address, sorted (RFC 9110, 15.5.6: `Allow` names them all); none where nothing is."""
    named = _named(app).get(path)
    if named is not None:
        return sorted(named)
    here = [one for one in _routes(app) if one.path_regex.match(path)]
    return sorted({method for one in here for method in one.methods or ()})


def check_method(app: FastAPI, path: str, method: str) -> None:
    """Refuse a method that a written-out address does not take, before a pattern beside it takes its name for an id.

    Raises:
        MethodNotAllowed: it takes others.
    """
    named = _named(app).get(path)
    if named is not None and method not in named:
        raise MethodNotAllowed(f"{method} is not for this address")


def _named(app: FastAPI) -> Mapping[str, frozenset[str]]:
    """The addresses without a part that varies, each with its methods; looked up once, when all are there."""
    state: Any = app.state
    if not hasattr(state, "named_addresses"):
        found: dict[str, frozenset[str]] = {}
        for route in _routes(app):
            if "{" not in route.path:
                found[route.path] = found.get(route.path, frozenset()) | frozenset(route.methods or ())
        state.named_addresses = found
    named: Mapping[str, frozenset[str]] = state.named_addresses
    return named


def _routes(app: FastAPI) -> list[APIRoute]:
    routes = [context.original_route for context in iter_route_contexts(app.routes)]
    return [one for one in routes if isinstance(one, APIRoute)]
