"""The authorisation code flow with PKCE: the address a browser is sent to, the exchange, and the judged ID token.

Everything that binds the answer to the question (state, nonce, PKCE verifier) is derived from one secret that the browser
keeps in a cookie, so nothing of it has to be stored and an answer in another browser fits nothing (RFC 9700, 2.1.1).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.errors import OidcRefused
from api.oidc.providers import ProviderFacts
from guard import Clock, EgressFailed, EgressRefused, GuardedHttp, RandomBytes

_MAX_BYTES: Final = 256 * 1024
_TIMEOUT_SECONDS: Final = 10.0
_SKEW: Final = timedelta(seconds=60)
_KEYS_LIFETIME: Final = timedelta(minutes=10)
# A token that names a key we do not have makes us look again, but not at every such token.
_KEYS_AGAIN: Final = timedelta(seconds=30)
_SIGNING_KEYS: Final = frozenset({"RSA", "EC", "OKP"})
_SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Asked:
    """What one browser was sent away with; everything follows from its secret."""

    secret: str = field(repr=False)

    @property
    def state(self) -> str:
        """The value that comes back beside the code."""
        return self._derived("state")

    @property
    def nonce(self) -> str:
        """The value that comes back inside the ID token."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """The PKCE verifier (RFC 7636, 4.1)."""
        return self._derived("verifier")

    @property
    def challenge(self) -> str:
        """The PKCE challenge, method S256 (RFC 7636, 4.2)."""
        return _url64(hashlib.sha256(self.verifier.encode()).digest())

    def _derived(self, name: str) -> str:
        return _url64(hmac.new(self.secret.encode(), b"vidimus-oidc-1\0" + name.encode(), hashlib.sha256).digest())


@dataclass(frozen=True, slots=True)
class Proven:
    """What a provider says about one person, after its token was judged."""

    issuer: str
    subject: str = field(repr=False)
    level: int
    number: str | None = field(repr=False)
    authenticated_at: datetime | None


def new_asked(random_bytes: RandomBytes) -> Asked:
    """Make the secret of one sign-in."""
    return Asked(_url64(random_bytes(_SECRET_BYTES)))


class IdentityProvider:
    """One provider: where a browser is sent, and what comes of its answer."""

    def __init__(self, facts: ProviderFacts, *, http: GuardedHttp, clock: Clock) -> None:
        """Nothing is fetched before the first answer."""
        self.facts = facts
        self._http = http
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: KeySet | None = None
        self._keys_read_at: datetime | None = None

    def address(self, asked: Asked, *, redirect_uri: str, anew: bool) -> str:
        """Where the browser goes; `anew` asks the provider not to rely on an earlier sign-in."""
        fields = {
            "response_type": "code",
            "client_id": self.facts.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self.facts.scopes),
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": asked.challenge,
            "code_challenge_method": "S256",
        }
        if anew:
            fields |= {"prompt": "login", "max_age": "0"}
        joint = "&" if "?" in self.facts.authorization_endpoint else "?"
        return f"{self.facts.authorization_endpoint}{joint}{urlencode(fields)}"

    def prove(self, asked: Asked, *, code: str, redirect_uri: str) -> Proven:
        """Exchange a code and judge the ID token.

        Raises:
            OidcRefused: the provider gave no token, or one that does not hold; `code` says why.
        """
        claims = self._judged(self._exchange(asked, code=code, redirect_uri=redirect_uri), nonce=asked.nonce)
        number = claims.get(self.facts.identity_number.claim) if self.facts.identity_number else None
        entered = claims.get("auth_time")
        return Proven(
            issuer=self.facts.issuer,
            subject=str(claims["sub"]),
            level=self.facts.level_of(claims),
            number=number if isinstance(number, str) and number else None,
            authenticated_at=_moment(entered) if isinstance(entered, int) else None,
        )

    def _exchange(self, asked: Asked, *, code: str, redirect_uri: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": asked.verifier,
            "client_id": self.facts.client_id,
        }
        headers = {"Accept": "application/json"}
        if self.facts.client_secret:
            pair = f"{quote_plus(self.facts.client_id)}:{quote_plus(self.facts.client_secret)}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        told = self._fetch(
            self.facts.token_endpoint,
            method="POST",
            body=urlencode(form).encode(),
            content_type="application/x-www-form-urlencoded",
            headers=headers,
        )
        token = told.get("id_token")
        if not isinstance(token, str):
            raise OidcRefused("NO_TOKEN", "the provider gave no ID token for this code")
        return token

    def _judged(self, token: str, *, nonce: str) -> Mapping[str, Any]:
        """OpenID Connect Core 1.0, section 3.1.3.7, in its order."""
        claims = self._signed_claims(token)
        now = self._clock.now()
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        expires, issued = claims.get("exp"), claims.get("iat")
        # (2) the issuer is the one we asked
        if claims.get("iss") != self.facts.issuer:
            raise OidcRefused("WRONG_ISSUER", "the token is from another issuer")
        # (3)-(5) it is for us, and where it is for several, we are the one it was given to
        if self.facts.client_id not in audiences:
            raise OidcRefused("WRONG_AUDIENCE", "the token is for somebody else")
        if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != self.facts.client_id:
            raise OidcRefused("WRONG_AUDIENCE", "the token was given to somebody else")
        # (9)-(10) it holds now, and was made now
        if not _is_number(expires) or _moment(expires) + _SKEW <= now:
            raise OidcRefused("TOKEN_EXPIRED", "the token has ended")
        begins = claims.get("nbf", issued)
        if not _is_number(begins) or _moment(begins) > now + _SKEW:
            raise OidcRefused("TOKEN_EXPIRED", "the token does not hold yet")
        if not _is_number(issued) or not now - timedelta(minutes=10) <= _moment(issued) <= now + _SKEW:
            raise OidcRefused("TOKEN_EXPIRED", "the token is not of this moment")
        # (11) it answers our question
        given = claims.get("nonce")
        if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
            raise OidcRefused("WRONG_NONCE", "the token answers another question")
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise OidcRefused("NO_SUBJECT", "the token names nobody")
        return claims

    def _signed_claims(self, token: str) -> dict[str, Any]:
        # (6)-(8) signed by a key of the provider, with an algorithm of the list; a second look when the key is new.
        for again in (False, True):
            try:
                decoded = jwt.decode(token, self._key_set(again=again), algorithms=list(self.facts.algorithms))
                return dict(decoded.claims)
            except (JoseError, ValueError, TypeError, KeyError) as exc:
                if again:
                    raise OidcRefused("BAD_SIGNATURE", f"the token is not signed as it must be: {exc!r}") from exc
        raise OidcRefused("BAD_SIGNATURE", "the token is not signed as it must be")

    def _key_set(self, *, again: bool) -> KeySet:
        with self._lock:
            now = self._clock.now()
            age = now - self._keys_read_at if self._keys_read_at is not None else None
            if self._keys is None or age is None or age >= (_KEYS_AGAIN if again else _KEYS_LIFETIME):
                told = self._fetch(self.facts.jwks_uri)
                keys = told.get("keys")
                # A symmetric key in a public document would let anybody sign.
                usable = [
                    key
                    for key in (keys if isinstance(keys, list) else [])
                    if isinstance(key, dict) and key.get("kty") in _SIGNING_KEYS and key.get("use", "sig") == "sig"
                ]
                if not usable:
                    raise OidcRefused("PROVIDER_AWAY", "the provider shows no key to check its tokens with")
                self._keys = KeySet.import_key_set({"keys": usable})
                self._keys_read_at = now
            return self._keys

    def _fetch(self, url: str, **options: Any) -> dict[str, Any]:
        try:
            answer = self._http.fetch(url, max_bytes=_MAX_BYTES, timeout_seconds=_TIMEOUT_SECONDS, **options)
            told = json.loads(answer.body)
        except (EgressFailed, EgressRefused) as exc:
            raise OidcRefused("PROVIDER_AWAY", "the identity provider does not answer") from exc
        except (ValueError, RecursionError) as exc:
            raise OidcRefused("PROVIDER_AWAY", "the identity provider's answer cannot be read") from exc
        if answer.status != 200 or not isinstance(told, dict):
            raise OidcRefused("PROVIDER_REFUSED", f"the identity provider answered {answer.status}")
        return told


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1 << 40


def _moment(seconds: float | None) -> datetime:
    return datetime.fromtimestamp(seconds or 0, tz=UTC)


def _url64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
