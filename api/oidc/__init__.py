"""Signing in by an identity provider (OpenID Connect): providers as data, one guarded exchange, and a judged ID token."""

from __future__ import annotations

from api.oidc.exchange import Asked, IdentityProvider, Proven, new_asked
from api.oidc.providers import ProviderFacts, read_providers

__all__ = ["Asked", "IdentityProvider", "Proven", "ProviderFacts", "new_asked", "read_providers"]
