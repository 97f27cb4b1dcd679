"""Tokens for programs and systems: never more than their owner, never where a person must stand, ended at once."""

from __future__ import annotations

import base64
import re
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from api.demo.office import OFFICER_LOGIN, OFFICER_PIN
from api.errors import TokenRefused
from api.identity import find_account
from api.identity.tables import api_tokens, clients
from api.identity.tokens import PERSONAL, is_well_formed, new_secret, read_token
from certify import Role as StaffRole
from certify.tables import staff
from tests.running import Running

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow

ADMIN_LOGIN = "quan-tri"


@pytest.fixture(scope="module")
def admin(running: Running) -> Iterator[httpx.Client]:
    """An administrator of the ward."""
    running.enrol(ADMIN_LOGIN, "THIDU", StaffRole.ADMIN)
    with running.client(ADMIN_LOGIN) as client:
        yield client


def bearer(running: Running, token: str, **more: Any) -> httpx.Client:
    return running.client(headers={"Authorization": f"Bearer {token}"}, **more)


def make(client: httpx.Client, *scopes: str, label: str = "export") -> dict[str, Any]:
    made = client.post("/v1/tokens", json={"label": label, "scopes": list(scopes)})
    assert made.status_code == 201, made.text
    told: dict[str, Any] = made.json()
    return told


def register(admin: httpx.Client, **changes: Any) -> httpx.Response:
    form = {
        "login": "portal",
        "label": "Portal",
        "agency_code": "THIDU",
        "roles": ["counter_clerk"],
        "scopes": ["copies:read", "copies:write"],
    } | changes
    return admin.post("/v1/clients", json=form)


def test_a_token_reads_what_its_owner_may_read_and_needs_no_form_secret(running: Running) -> None:
    with running.officer() as officer:
        made = make(officer, "copies:read")
    with bearer(running, made["token"]) as program:
        assert program.get("/v1/drafts").status_code == 200
        refused = program.get("/v1/register")
    assert (refused.status_code, refused.json()["code"]) == (403, "SCOPE_MISSING")
    assert 'error="insufficient_scope", scope="register:read"' in refused.headers["www-authenticate"]


def test_a_change_by_token_needs_its_scope_and_no_csrf_secret(running: Running) -> None:
    with running.officer() as officer:
        made = make(officer, "copies:write")
        item_id = running.read_draft(officer)
    with bearer(running, made["token"]) as program:
        asked = {"code": "DAMAGED_ILLEGIBLE", "free_text": "Tờ giấy rách mất một góc"}
        missing = program.post(f"/v1/drafts/{item_id}/refusal", json=asked)
        assert missing.status_code == 428, missing.text
        refused = program.post(f"/v1/drafts/{item_id}/refusal", json=asked, headers={"If-Match": "*"})
        assert refused.status_code == 201, refused.text


def test_a_secret_is_kept_as_a_hash_and_listed_without_it(running: Running) -> None:
    with running.officer() as officer:
        made = make(officer, "copies:read")
        listed = officer.get("/v1/tokens").json()["items"]
    assert made["token"] not in str(listed)
    assert made["token_id"] in [one["token_id"] for one in listed]
    with running.services.database.read() as tx:
        rows = str(tx.execute(sa.select(api_tokens)).all())
    assert made["token"] not in rows


def test_a_scanner_knows_a_secret_by_its_form(running: Running) -> None:
    secret = new_secret(PERSONAL, running.services.random_bytes)
    assert re.fullmatch(r"vidimus_pat_[A-Za-z0-9_-]{43}[0-9a-f]{8}", secret)
    assert is_well_formed(secret, PERSONAL)
    assert not is_well_formed(secret[:-1] + ("0" if secret[-1] != "0" else "1"), PERSONAL)
    rules = tomllib.loads(_fenced("docs/how-to/tokens-and-systems.md", "toml"))["rules"]
    assert re.search(rules[0]["regex"], f"token = {secret}")


def test_a_token_ends_when_revoked_and_when_its_time_is_over(running: Running) -> None:
    services = running.services
    with running.officer() as officer:
        made = make(officer, "copies:read")
        with services.database.read() as tx, pytest.raises(TokenRefused):
            read_token(tx, made["token"], at=services.clock.now() + timedelta(days=31))
        with running.recipient() as stranger:
            assert stranger.delete(f"/v1/tokens/{made['token_id']}").status_code == 404
        assert officer.delete(f"/v1/tokens/{made['token_id']}").status_code == 204
    with bearer(running, made["token"]) as program:
        refused = program.get("/v1/drafts")
    assert (refused.status_code, refused.json()["code"]) == (401, "TOKEN_REFUSED")
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]


@pytest.mark.parametrize(
    "token", ["-", "x", "vidimus_pat_" + "A" * 51, "vidimus_cs_" + "A" * 51, "ỹ".encode().decode("latin-1")]
)
def test_what_is_no_token_opens_nothing(running: Running, token: str) -> None:
    with running.client() as program:
        sent = {"Authorization": f"Bearer {token}".encode("latin-1")}
        assert program.get("/v1/drafts", headers=sent).status_code == 401


def test_a_cookie_and_a_token_are_never_mixed(running: Running) -> None:
    with running.officer() as officer:
        made = make(officer, "copies:read")
        mixed = officer.get("/v1/drafts", headers={"Authorization": f"Bearer {made['token']}"})
    assert (mixed.status_code, mixed.json()["code"]) == (400, "CREDENTIALS_MIXED")


def test_a_token_does_nothing_that_a_person_must_do(running: Running) -> None:
    with running.citizen() as citizen:
        made = make(citizen, "vault:read", "vault:share")
    with bearer(running, made["token"]) as program:
        assert program.get("/v1/records").status_code == 200
        for method, path in (
            ("POST", "/v1/shares"),
            ("POST", "/v1/submissions"),
            ("POST", "/v1/tokens"),
            ("GET", "/v1/tokens"),
            ("GET", "/v1/sessions"),
            ("GET", "/citizen"),
        ):
            refused = program.request(method, path, **({"json": {}} if method == "POST" else {}))
            assert (refused.status_code, refused.json()["code"]) == (403, "SESSION_REQUIRED"), path


def test_a_token_of_one_door_is_for_that_door(running: Running) -> None:
    with running.citizen() as citizen:
        refused = citizen.post("/v1/tokens", json={"label": "x", "scopes": ["copies:read"]})
        assert (refused.status_code, refused.json()["field"]) == (422, "scopes")
        made = make(citizen, "vault:read")
    with bearer(running, made["token"]) as program:
        assert program.get("/v1/drafts").status_code == 403


def test_a_signature_by_token_still_wants_the_pin(running: Running) -> None:
    with running.officer() as officer:
        ready = running.prepare(officer, running.read_draft(officer))
        made = make(officer, "certify", "copies:read")
    form = {"item_id": ready["item_id"], "sha256": ready["sha256"], "checklist": ready["checklist"], "pin": "999999"}
    with bearer(running, made["token"]) as program:
        assert program.post("/v1/approvals", json=form).json()["code"] == "WRONG_PIN"
        assert program.post("/v1/approvals", json=form | {"pin": OFFICER_PIN}).status_code == 202


def test_a_token_loses_what_its_owner_loses(running: Running) -> None:
    services = running.services
    with running.officer() as officer:
        made = make(officer, "certify")
    with services.database.read() as tx:
        staff_id = find_account(tx, OFFICER_LOGIN).subject_id

    def give(*roles: str) -> None:
        with services.database.transaction() as tx:
            tx.execute(sa.update(staff).where(staff.c.staff_id == staff_id).values(roles=list(roles)))

    with bearer(running, made["token"]) as program:
        give("counter_clerk")
        assert program.post("/v1/approvals", json={}).status_code == 403
        give("certifier", "counter_clerk")
        assert program.post("/v1/approvals", json={}).status_code == 422


def test_a_person_has_a_bounded_number_of_tokens(running: Running) -> None:
    with running.citizen("chau") as citizen:
        answers = [
            citizen.post("/v1/tokens", json={"label": "x", "scopes": ["vault:read"]}).status_code for _ in range(21)
        ]
    assert answers == [201] * 20 + [422]


def test_an_administrator_registers_a_system_and_it_works_for_its_agency(running: Running, admin: httpx.Client) -> None:
    told = register(admin).json()
    with running.client() as system:
        given = system.post(
            "/v1/oauth/token",
            data={"grant_type": "client_credentials", "scope": "copies:read"},
            auth=(told["client_id"], told["client_secret"]),
        )
        assert given.status_code == 200, given.text
        assert given.headers["cache-control"] == "no-store"
        assert (given.json()["token_type"], given.json()["scope"]) == ("Bearer", "copies:read")
        assert 0 < given.json()["expires_in"] <= 600
    with bearer(running, given.json()["access_token"]) as program:
        assert program.get("/v1/drafts").status_code == 200
        assert program.post("/v1/drafts", json={}).json()["code"] == "SCOPE_MISSING"
    assert told["client_secret"] not in str(admin.get("/v1/clients").json())
    with running.services.database.read() as tx:
        assert told["client_secret"] not in str(tx.execute(sa.select(clients)).all())
    # Closed: neither its secret nor what it was given opens anything.
    assert admin.delete(f"/v1/clients/{told['client_id']}").status_code == 204
    with bearer(running, given.json()["access_token"]) as program:
        assert program.get("/v1/drafts").status_code == 401
    with running.client() as system:
        again = system.post(
            "/v1/oauth/token",
            data={
                "grant_type": "client_credentials",
                "client_id": told["client_id"],
                "client_secret": told["client_secret"],
            },
        )
    assert (again.status_code, again.json()) == (401, {"error": "invalid_client", "error_description": None})


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"roles": ["certifier"]}, "roles"),
        ({"roles": ["admin"]}, "roles"),
        ({"roles": ["nobody"]}, "roles"),
        ({"scopes": ["certify"]}, "scopes"),
        ({"scopes": ["vault:read"]}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"login": OFFICER_LOGIN}, "login"),
    ],
)
def test_a_system_is_never_given_what_only_a_person_has(
    admin: httpx.Client, change: dict[str, Any], field: str
) -> None:
    refused = register(admin, **{"login": "another"} | change)
    assert (refused.status_code, refused.json().get("field")) == (422, field), refused.text


def test_an_administrator_registers_for_the_own_agency_only(running: Running, admin: httpx.Client) -> None:
    assert register(admin, login="other", agency_code="THIDU-EDU").status_code == 404
    assert register(admin, login="other", agency_code="NOWHERE").status_code == 404
    with running.officer() as officer:
        assert register(officer).status_code == 403
        assert officer.get("/v1/clients").status_code == 403


def test_the_token_endpoint_speaks_rfc_6749(running: Running, admin: httpx.Client) -> None:
    told = register(admin, login="portal-2").json()
    right = (told["client_id"], told["client_secret"])
    basic = "Basic " + base64.b64encode(f"{right[0]}:{right[1]}".encode()).decode()
    grant = {"grant_type": "client_credentials"}
    with running.client() as system:

        def ask(status: int, error: str, **options: Any) -> None:
            answer = system.post("/v1/oauth/token", **options)
            assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
            assert answer.headers["cache-control"] == "no-store"

        ask(400, "unsupported_grant_type", data={"grant_type": "password"}, auth=right)
        ask(400, "invalid_request", data={"scope": "copies:read"}, auth=right)
        ask(400, "invalid_request", json=grant, auth=right)
        ask(400, "invalid_request", data=grant | {"client_secret": right[1]}, auth=right)
        ask(400, "invalid_scope", data=grant | {"scope": "admin"}, auth=right)
        ask(400, "invalid_scope", data=grant | {"scope": "nothing:at-all"}, auth=right)
        ask(401, "invalid_client", data=grant, auth=(right[0], "wrong"))
        ask(401, "invalid_client", data=grant, auth=("nobody", right[1]))
        ask(401, "invalid_client", data=grant)
        ask(401, "invalid_client", data=grant, headers={"Authorization": "Basic ???"})
        twice = f"grant_type=client_credentials&grant_type=client_credentials&client_id={right[0]}"
        ask(400, "invalid_request", content=twice, headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert system.post("/v1/oauth/token", data=grant, headers={"Authorization": basic}).status_code == 200


def test_guessing_the_secret_of_a_system_ends_after_ten_tries(running: Running, admin: httpx.Client) -> None:
    told = register(admin, login="portal-3").json()
    grant = {"grant_type": "client_credentials"}
    with running.client() as system:
        answers = [
            system.post("/v1/oauth/token", data=grant, auth=(told["client_id"], f"guess {number}")).status_code
            for number in range(11)
        ]
    assert answers == [401] * 10 + [429]


def test_the_account_page_makes_a_token_and_shows_it_once(running: Running) -> None:
    with running.citizen("an") as citizen:
        form = {
            "csrf_token": citizen.headers["X-CSRF-Token"],
            "label": "Sao lưu",
            "scopes": ["vault:read"],
            "days": "7",
        }
        made = citizen.post("/citizen/account/tokens", data=form)
        secret = re.search(r"vidimus_pat_[A-Za-z0-9_-]{51}", made.text)
        assert secret is not None
        with bearer(running, secret[0]) as program:
            assert program.get("/v1/records").status_code == 200
        again = citizen.get("/citizen/account")
        assert secret[0] not in again.text
        token_id = re.search(r'name="token_id" value="(\w+)"', again.text)
        assert token_id is not None
        revoke = {"csrf_token": citizen.headers["X-CSRF-Token"], "token_id": token_id[1]}
        assert citizen.post("/citizen/account/tokens/revoke", data=revoke).status_code == 303
        with bearer(running, secret[0]) as program:
            assert program.get("/v1/records").status_code == 401
        assert citizen.post("/citizen/account/tokens", data=form | {"scopes": []}).status_code == 422


def _fenced(path: str, kind: str) -> str:
    from pathlib import Path

    text = (Path(__file__).resolve().parents[3] / path).read_text(encoding="utf-8")
    return text.split(f"```{kind}\n", 1)[1].split("```", 1)[0]
