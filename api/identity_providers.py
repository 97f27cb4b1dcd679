"""The identity providers of the settings, each with its own guarded way out."""

from __future__ import annotations

from collections.abc import Mapping

from api.oidc import IdentityProvider, read_providers
from api.settings import Settings
from guard import AllowedOrigin, Clock, GuardedHttp


def open_identity_providers(settings: Settings, *, clock: Clock) -> Mapping[str, IdentityProvider]:
    """Open the providers by id; without a file there are none.

    Raises:
        BadSetting: the file cannot be read, or a provider in it cannot be meant.
        EgressRefused: an address in it is no plain http or https address.
    """
    if settings.oidc_file is None:
        return {}
    found = {}
    for facts in read_providers(settings.oidc_file):
        # Only what we ask ourselves: the browser goes to the authorisation endpoint on its own.
        origins = {
            AllowedOrigin.from_url(url, allow_private=settings.services_may_be_private)
            for url in (facts.token_endpoint, facts.jwks_uri)
        }
        found[facts.provider_id] = IdentityProvider(facts, http=GuardedHttp(sorted(origins, key=str)), clock=clock)
    return found
