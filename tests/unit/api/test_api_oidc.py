"""Coming in by an identity provider: only a token that holds, only whom issuer and subject name, only from this browser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import sqlalchemy as sa
import yaml
from joserfc.jwk import ECKey

from api.app import create_app
from api.demo.office import OFFICER_LOGIN
from api.errors import BadSetting
from api.identity.tables import oidc_flows, oidc_links
from api.identity_providers import open_identity_providers
from api.oidc import read_providers
from samples.cast import CAST
from tests.oidc_provider import CLIENT_ID, OidcProvider, serve_provider
from tests.running import Running, serve

slow = pytest.mark.slow


def described(issuer: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": "thi-du",
        "name": {"vi": "Định danh Thí Dụ", "en": "Thi Du Identity", "fr": "Identité Thi Du"},
        "issuer": issuer,
        "client_id": CLIENT_ID,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/jwks",
        "algorithms": ["ES256"],
        "scopes": ["openid"],
        "doors": ["citizen", "staff"],
        "assurance": {"claim": "acr", "levels": {"high": 3, "low": 1}, "at_least": {"staff": 2, "citizen": 1}},
        "identity_number": {"claim": "national_id", "at_least": 3},
    } | changes


def write(folder: Path, *providers: dict[str, Any]) -> Path:
    path = folder / "providers.yaml"
    path.write_text(yaml.safe_dump({"providers": list(providers)}, allow_unicode=True), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def office(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, OidcProvider]]:
    """The office with one provider in its settings."""
    with serve_provider() as provider:
        path = write(tmp_path_factory.mktemp("oidc"), described(provider.issuer))
        settings = replace(running.services.settings, oidc_file=path, services_may_be_private=True)
        providers = open_identity_providers(settings, clock=running.services.clock)
        services = replace(running.services, settings=settings, identity_providers=providers)
        app = create_app(services)
        with serve(app) as base_url:
            yield replace(running, services=services, app=app, base_url=base_url), provider


@pytest.fixture
def provider(office: tuple[Running, OidcProvider]) -> OidcProvider:
    """The provider, behaving well again."""
    provider = office[1]
    provider.person, provider.changes, provider.refuses = {"sub": "nguoi-1", "acr": "high"}, {}, False
    provider.algorithm, provider.signing_key = "ES256", None
    return provider


def leave_for(client: httpx.Client, path: str = "/sign-in/oidc/thi-du") -> str:
    sent = client.get(path)
    assert sent.status_code == 303, sent.text
    return sent.headers["location"]


def come_back(client: httpx.Client, address: str, **more: Any) -> httpx.Response:
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}", **more)


def sign_in(client: httpx.Client, provider: OidcProvider, path: str = "/sign-in/oidc/thi-du") -> httpx.Response:
    return come_back(client, provider.authorize(leave_for(client, path)))


def numbered(name: str, subject: str, **more: Any) -> dict[str, Any]:
    return {"sub": subject, "acr": "high", "national_id": CAST[name].id_number} | more


@slow
def test_a_citizen_is_found_by_the_number_once_and_by_the_subject_afterwards(
    office: tuple[Running, OidcProvider], provider: OidcProvider
) -> None:
    running, _ = office
    provider.person = numbered("an", "an-o-do")
    with running.client() as browser:
        entered = sign_in(browser, provider, "/sign-in/oidc/thi-du?next=/citizen/history")
        assert (entered.status_code, entered.headers["location"]) == (303, "/citizen/history"), entered.text
        told = browser.get("/v1/sessions/current").json()
        assert (told["door"], told["method"], told["assurance"]) == ("citizen", "oidc", "thi-du:3")
    # The number was for finding the vault; from now on issuer and subject are who it is.
    provider.person = {"sub": "an-o-do", "acr": "low"}
    with running.client() as browser:
        assert sign_in(browser, provider).headers["location"] == "/citizen"
    with running.services.database.read() as tx:
        kept = str(tx.execute(sa.select(oidc_links)).all()) + str(tx.execute(sa.select(oidc_flows)).all())
    assert "an-o-do" not in kept
    assert CAST["an"].id_number not in kept


@slow
def test_a_second_subject_with_the_same_number_is_not_let_into_a_vault_that_somebody_opens_and_its_owner_hears(
    office: tuple[Running, OidcProvider], provider: OidcProvider
) -> None:
    running, _ = office
    provider.person = numbered("chau", "chau-o-do")
    with running.client() as browser:
        assert sign_in(browser, provider).headers["location"] == "/citizen"
        provider.person = numbered("chau", "ke-gia")
        with running.client() as other:
            refused = sign_in(other, provider)
            assert (refused.status_code, "OTHER_SUBJECT" in refused.text) == (401, True)
            assert "vidimus_citizen" not in other.cookies
            # Nothing was linked: the next try is refused as the first was.
            assert "OTHER_SUBJECT" in sign_in(other, provider).text
        for courier in running.services.couriers:
            courier.round()
        told = [one["kind"] for one in browser.get("/v1/notices").json()["items"]]
    assert {"ACCOUNT_OTHER_SUBJECT", "ACCOUNT_PROVIDER_LINKED"} <= set(told)


@slow
@pytest.mark.parametrize(
    ("person", "code"),
    [
        ({"sub": "x", "acr": "high", "email": "an@thi-du.example", "email_verified": True}, "NOT_LINKED"),
        ({"sub": "x", "acr": "high", "preferred_username": OFFICER_LOGIN}, "NOT_LINKED"),
        ({"sub": "x", "acr": "high", "national_id": "000999999999"}, "NOT_LINKED"),
        ({"sub": "x", "acr": "low", "national_id": CAST["chau"].id_number}, "ASSURANCE_TOO_LOW"),
        ({"sub": "x", "acr": "made up", "national_id": CAST["chau"].id_number}, "ASSURANCE_TOO_LOW"),
        ({"sub": "x", "acr": "high", "national_id": [CAST["chau"].id_number]}, "NOT_LINKED"),
    ],
)
def test_nobody_is_taken_for_somebody_by_mail_name_or_a_number_without_assurance(
    office: tuple[Running, OidcProvider], provider: OidcProvider, person: dict[str, Any], code: str
) -> None:
    provider.person = person
    with office[0].client() as browser:
        refused = sign_in(browser, provider)
        assert refused.status_code == 401
        assert code in refused.text
        assert "vidimus_citizen" not in browser.cookies


_NOW = int(time.time())


@slow
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"nonce": "another"}, "WRONG_NONCE"),
        ({"nonce": None}, "WRONG_NONCE"),
        ({"iss": "https://evil.example"}, "WRONG_ISSUER"),
        ({"aud": "somebody-else"}, "WRONG_AUDIENCE"),
        ({"aud": [CLIENT_ID, "somebody-else"]}, "WRONG_AUDIENCE"),
        ({"azp": "somebody-else"}, "WRONG_AUDIENCE"),
        ({"exp": _NOW - 120}, "TOKEN_EXPIRED"),
        ({"exp": None}, "TOKEN_EXPIRED"),
        ({"exp": "tomorrow"}, "TOKEN_EXPIRED"),
        ({"exp": 10**30}, "TOKEN_EXPIRED"),
        ({"iat": _NOW + 900}, "TOKEN_EXPIRED"),
        ({"iat": _NOW - 3600}, "TOKEN_EXPIRED"),
        ({"nbf": _NOW + 900}, "TOKEN_EXPIRED"),
        ({"sub": ""}, "NO_SUBJECT"),
        ({"sub": "x" * 256}, "NO_SUBJECT"),
    ],
)
def test_a_token_with_a_wrong_claim_opens_nothing(
    office: tuple[Running, OidcProvider], provider: OidcProvider, changes: dict[str, Any], code: str
) -> None:
    provider.person, provider.changes = numbered("an", "an-o-do"), changes
    with office[0].client() as browser:
        refused = sign_in(browser, provider)
        assert refused.status_code == 401
        assert code in refused.text


@slow
@pytest.mark.parametrize("fault", ["none", "another key", "public key as secret"])
def test_a_token_that_the_provider_did_not_sign_opens_nothing(
    office: tuple[Running, OidcProvider], provider: OidcProvider, fault: str
) -> None:
    provider.person = numbered("an", "an-o-do")
    if fault == "none":
        provider.algorithm = "none"
    elif fault == "another key":
        provider.signing_key = ECKey.generate_key("P-256", {"kid": "one"})
    else:
        provider.algorithm = "HS256"
    with office[0].client() as browser:
        refused = sign_in(browser, provider)
        assert refused.status_code == 401
        assert "BAD_SIGNATURE" in refused.text


@slow
def test_an_answer_belongs_to_one_browser_and_is_taken_once(
    office: tuple[Running, OidcProvider], provider: OidcProvider
) -> None:
    running, _ = office
    provider.person = numbered("an", "an-o-do")
    with running.client() as browser, running.client() as other:
        back = provider.authorize(leave_for(browser))
        # Login CSRF: an attacker's answer in a victim's browser, with and without a sign-in of its own under way.
        assert come_back(other, back).status_code == 401
        leave_for(other)
        assert come_back(other, back).status_code == 401
        asked = dict(browser.cookies)
        assert come_back(browser, back).status_code == 303
    with running.client() as thief:
        thief.cookies.update(asked)
        assert come_back(thief, back).status_code == 401


@slow
def test_an_answer_without_its_proof_key_is_refused_by_the_provider(
    office: tuple[Running, OidcProvider], provider: OidcProvider
) -> None:
    provider.person = numbered("an", "an-o-do")
    with office[0].client() as browser, office[0].client() as other:
        stolen = urlsplit(provider.authorize(leave_for(other))).query.split("code=")[1]
        own = provider.authorize(leave_for(browser))
        injected = own.split("code=")[0] + f"code={stolen}"
        refused = come_back(browser, injected)
        assert refused.status_code == 401
        assert "PROVIDER_REFUSED" in refused.text


@slow
def test_a_provider_that_refuses_or_is_another_lets_nobody_in(
    office: tuple[Running, OidcProvider], provider: OidcProvider
) -> None:
    running, _ = office
    before = provider.token_requests
    provider.refuses = True
    with running.client() as browser:
        assert "PROVIDER_REFUSED" in sign_in(browser, provider).text
        provider.refuses = False
        back = provider.authorize(leave_for(browser)).replace("iss=http", "iss=https")
        assert "WRONG_ISSUER" in come_back(browser, back).text
        assert browser.get("/sign-in/oidc/nobody").status_code == 404
        assert browser.get("/sign-in/oidc/thi-du/callback").status_code == 401
    # A mixed-up answer reaches no token endpoint with our code.
    assert provider.token_requests == before


@slow
def test_staff_link_their_own_account_and_come_in_by_it(
    office: tuple[Running, OidcProvider], provider: OidcProvider
) -> None:
    running, _ = office
    provider.person = {"sub": "can-bo-o-do", "acr": "high"}
    with running.officer() as officer:
        assert "/staff/account/oidc/thi-du" in officer.get("/staff/account").text
        linked = sign_in(officer, provider, "/staff/account/oidc/thi-du")
        assert (linked.status_code, linked.headers["location"]) == (303, "/staff/account"), linked.text
        # It was a confirmation too: the session is another, and still open.
        assert officer.get("/staff/account").status_code == 200
    with running.client() as browser:
        assert sign_in(browser, provider).headers["location"] == "/staff"
        assert browser.get("/v1/sessions/current").json()["assurance"] == "thi-du:3"
    provider.person = {"sub": "can-bo-o-do", "acr": "low"}
    with running.client() as browser:
        assert "ASSURANCE_TOO_LOW" in sign_in(browser, provider).text
    provider.person = {"sub": "can-bo-o-do", "acr": "high"}
    with running.recipient() as other:
        assert "LINKED_ELSEWHERE" in sign_in(other, provider, "/staff/account/oidc/thi-du").text


@slow
def test_confirming_wants_the_own_person_and_asks_anew(
    office: tuple[Running, OidcProvider], provider: OidcProvider
) -> None:
    running, _ = office
    provider.person = numbered("chau", "chau-o-do")
    with running.client() as browser:
        assert sign_in(browser, provider).status_code == 303
        address = leave_for(browser, "/citizen/confirm/oidc/thi-du?next=/citizen/shares")
        assert "prompt=login" in address
        provider.changes = {"auth_time": int(time.time()) - 3600}
        assert "NOT_ANEW" in come_back(browser, provider.authorize(address)).text
        provider.changes, provider.person = {}, {"sub": "somebody-else", "acr": "high"}
        assert "LINKED_ELSEWHERE" in sign_in(browser, provider, "/citizen/confirm/oidc/thi-du").text
        provider.person = numbered("chau", "chau-o-do")
        confirmed = sign_in(browser, provider, "/citizen/confirm/oidc/thi-du?next=/citizen/shares")
        assert (confirmed.status_code, confirmed.headers["location"]) == (303, "/citizen/shares")


@slow
def test_the_sign_in_page_offers_the_provider_and_leads_to_our_pages_only(
    office: tuple[Running, OidcProvider], provider: OidcProvider
) -> None:
    provider.person = numbered("an", "an-o-do")
    with office[0].client() as browser:
        assert 'href="/sign-in/oidc/thi-du"' in browser.get("/sign-in").text
        entered = sign_in(browser, provider, "/sign-in/oidc/thi-du?next=https://evil.example/citizen")
        assert entered.headers["location"] == "/citizen"
        assert not [name for name in browser.cookies if name == "vidimus_oidc"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"algorithms": ["HS256"]}, "algorithms"),
        ({"algorithms": ["none"]}, "algorithms"),
        ({"id": "Not an id"}, "id"),
        ({"doors": ["back"]}, "back"),
        ({"trust_email": True}, "trust_email"),
        ({"client_secret_file": "missing.txt"}, "missing.txt"),
    ],
)
def test_a_provider_that_cannot_be_meant_stops_the_start(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    path = write(tmp_path, described("https://id.thi-du.example", **changes))
    with pytest.raises(BadSetting, match=words):
        read_providers(path)


def test_two_providers_have_two_ids(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="one id"):
        read_providers(write(tmp_path, described("https://a.example"), described("https://b.example")))


def test_the_example_of_the_guide_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = (Path(__file__).resolve().parents[3] / "docs/how-to/identity-provider.md").read_text(encoding="utf-8")
    path = tmp_path / "providers.yaml"
    path.write_text(guide.split("```yaml\n", 1)[1].split("```", 1)[0], encoding="utf-8")
    secret = tmp_path / "vneid.secret"
    secret.write_text("canary secret of a client\n", encoding="utf-8")
    secret.chmod(0o600)
    (facts,) = read_providers(path)
    assert facts.client_secret == "canary secret of a client"
    assert "canary" not in repr(facts)
