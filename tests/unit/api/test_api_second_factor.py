"""Roles that no password alone opens, cookies of an office behind TLS, and both doors in one browser."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from api.access import Role, second_factor_roles
from api.demo.office import DEMO_PASSWORD, OFFICER_LOGIN, OFFICER_PIN
from api.errors import BadSetting
from api.identity import create_login_link, find_account
from api.settings import read_settings
from certify import Role as StaffRole
from keys import Mode
from tests.running import Running, run_home
from tests.soft_passkey import SoftPasskey

slow = pytest.mark.slow
BOUND = frozenset({"certifier", "admin"})
HOST = "__Host-vidimus_staff"


@pytest.fixture(scope="module")
def strict(founded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An office behind TLS whose certifiers and administrators need a second factor."""
    folder = tmp_path_factory.mktemp("strict") / "home"
    shutil.copytree(founded_home, folder)
    with run_home(folder, second_factor=BOUND, public_door_url="https://chung-thuc.example") as served:
        yield served


@pytest.fixture
def open_browser(strict: Running) -> Iterator[Callable[[], Browser]]:
    """Browsers of this office, closed after the test."""
    with ExitStack() as stack:
        yield lambda: Browser(stack.enter_context(strict.client()))


class Browser:
    """A browser that keeps cookies of an https host, which a client of plain HTTP would not send back."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.cookies: dict[str, str] = {}
        self.csrf = ""

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if method not in {"GET", "HEAD"}:
            headers["X-CSRF-Token"] = self.csrf
        answer = self.client.request(method, path, headers=headers | more.pop("headers", {}), **more)
        for line in answer.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            self.cookies[name] = rest.partition(";")[0].strip('"')
        if answer.headers.get("content-type") == "application/json" and "csrf_token" in answer.json():
            self.csrf = answer.json()["csrf_token"]
        return answer

    def sign_in(self, login: str) -> httpx.Response:
        return self.ask("POST", "/v1/sessions", json={"login": login, "password": DEMO_PASSWORD})

    def follow_link(self, served: Running, login: str) -> None:
        services = served.services
        with services.database.transaction() as tx:
            token = create_login_link(
                tx,
                account_id=find_account(tx, login).account_id,
                at=services.clock.now(),
                lifetime=timedelta(hours=1),
                random_bytes=services.random_bytes,
            )
        assert self.ask("GET", f"/in/{token}").status_code == 303
        self.csrf = self.ask("GET", "/v1/sessions/current").json()["csrf_token"]

    def make_passkey(self) -> SoftPasskey:
        device = SoftPasskey(rp_id="localhost", origin="http://localhost:8750")
        asked = self.ask("GET", "/v1/passkeys/options").json()
        device.user_handle = decoded(asked["options"]["user"]["id"])
        answer = device.register(decoded(asked["options"]["challenge"]))
        kept = self.ask("POST", "/v1/passkeys", json={"answer": answer, "expires_at": asked["expires_at"]})
        assert kept.status_code == 204, kept.text
        return device

    def confirm(self, device: SoftPasskey) -> httpx.Response:
        options = self.ask("POST", "/v1/sessions/current/passkey-options").json()["options"]
        answer = device.approve(decoded(options["challenge"]))
        return self.ask("POST", "/v1/sessions/current/passkey", json={"answer": answer})


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@slow
def test_a_cookie_behind_tls_is_of_this_host_and_goes_by_tls_only(open_browser: Callable[[], Browser]) -> None:
    browser = open_browser()
    entered = browser.sign_in(OFFICER_LOGIN)
    (line,) = entered.headers.get_list("set-cookie")
    words = {word.strip().lower() for word in line.split(";")[1:]}
    assert line.startswith(f"{HOST}=")
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= words
    assert not any(word.startswith("domain") for word in words)
    assert browser.ask("GET", "/v1/sessions/current").status_code == 200
    # What another host below the same name could have planted opens nothing.
    browser.cookies = {"vidimus_staff": browser.cookies[HOST]}
    assert browser.ask("GET", "/v1/sessions/current").status_code == 401
    left = open_browser()
    left.sign_in(OFFICER_LOGIN)
    (gone,) = left.ask("DELETE", "/v1/sessions/current").headers.get_list("set-cookie")
    assert gone.startswith(f'{HOST}="";')
    assert "Secure" in gone


@slow
def test_a_password_alone_opens_no_role_that_wants_more(open_browser: Callable[[], Browser]) -> None:
    browser = open_browser()
    browser.sign_in(OFFICER_LOGIN)
    own = browser.ask("GET", "/v1/sessions/current").json()
    assert "certifier" not in own["roles"]
    approval = {"item_id": "0" * 26, "sha256": "0" * 64, "checklist": [], "pin": OFFICER_PIN}
    assert code_of(browser.ask("POST", "/v1/approvals", json=approval)) == (401, "SECOND_FACTOR_REQUIRED")
    # A stolen password makes itself no second factor, no token and no fresh confirmation.
    assert code_of(browser.ask("GET", "/v1/passkeys/options")) == (401, "SECOND_FACTOR_REQUIRED")
    token = {"label": "x", "scopes": ["copies:read"]}
    assert code_of(browser.ask("POST", "/v1/tokens", json=token)) == (401, "SECOND_FACTOR_REQUIRED")
    again = browser.ask("POST", "/v1/sessions/current/confirmation", json={"password": DEMO_PASSWORD})
    assert code_of(again) == (401, "SECOND_FACTOR_REQUIRED")


@slow
def test_a_link_lets_a_passkey_be_made_and_the_passkey_opens_the_role(
    strict: Running, open_browser: Callable[[], Browser]
) -> None:
    strict.enrol("quan-tri-2fa", "THIDU", StaffRole.ADMIN, StaffRole.CERTIFIER)
    browser = open_browser()
    browser.follow_link(strict, "quan-tri-2fa")
    assert code_of(browser.ask("GET", "/v1/staff")) == (401, "SECOND_FACTOR_REQUIRED")
    shown = browser.ask("GET", "/staff", headers={"Accept": "text/html", "Accept-Language": "vi"})
    assert (shown.status_code, "khóa truy cập" in shown.text, "/staff/confirm" in shown.text) == (403, True, True)
    device = browser.make_passkey()
    assert browser.ask("GET", "/v1/staff").status_code == 401
    assert browser.confirm(device).status_code == 200
    assert browser.ask("GET", "/v1/staff").status_code == 200
    kinds = {one["kind"] for one in noticed(strict, browser)}
    assert "ACCOUNT_PASSKEY_ADDED" in kinds


@slow
def test_a_role_that_is_not_named_wants_no_second_factor(strict: Running, open_browser: Callable[[], Browser]) -> None:
    strict.enrol("kiem-tra-1fa", "THIDU", StaffRole.AUDITOR)
    browser = open_browser()
    browser.follow_link(strict, "kiem-tra-1fa")
    assert browser.ask("GET", "/v1/staff").status_code == 200


def noticed(served: Running, browser: Browser) -> list[dict[str, Any]]:
    served.services.couriers[0].round()
    found: list[dict[str, Any]] = browser.ask("GET", "/v1/notices").json()["items"]
    return found


@slow
def test_of_two_doors_in_one_browser_the_one_whose_secret_comes_is_meant(running: Running) -> None:
    with running.officer() as officer, running.citizen("an") as an:
        both = {**dict(officer.cookies), **dict(an.cookies)}
        secrets = {"staff": officer.headers["X-CSRF-Token"], "citizen": an.headers["X-CSRF-Token"]}
    with running.client(cookies=both) as browser:
        # Nobody guesses whose sessions are listed, or whose password is changed.
        assert code_of(browser.get("/v1/sessions/current")) == (400, "CREDENTIALS_MIXED")
        assert code_of(browser.get("/v1/sessions", headers={"X-CSRF-Token": "x"})) == (400, "CREDENTIALS_MIXED")
        for door, secret in secrets.items():
            told = browser.get("/v1/sessions/current", headers={"X-CSRF-Token": secret})
            assert told.json()["door"] == door
        # What one door has alone is not in doubt.
        assert browser.get("/v1/records").status_code == 200
        assert browser.get("/v1/drafts").status_code == 200


@slow
def test_whoever_owns_an_account_is_told_of_a_new_password_and_of_a_token(running: Running) -> None:
    with running.client("chau") as chau:
        changed = chau.put("/v1/password", json={"password": "bốn từ không liên quan"})
        assert changed.status_code == 204
        made = chau.post("/v1/tokens", json={"label": "x", "scopes": ["vault:read"]})
        assert made.status_code == 201
        running.services.couriers[0].round()
        notices = chau.get("/v1/notices").json()["items"]
    kinds = [one["kind"] for one in notices]
    assert {"ACCOUNT_PASSWORD_CHANGED", "ACCOUNT_TOKEN_MADE"} <= set(kinds)
    assert all(set(one["title"]) == {"vi", "en", "fr"} for one in notices)
    with running.client("duc") as other:
        assert not {one["kind"] for one in other.get("/v1/notices").json()["items"]} & set(kinds)


@pytest.mark.parametrize(
    ("told", "mode", "expected"),
    [
        ("", Mode.PRODUCTION, {"certifier", "seal_keeper", "admin"}),
        ("", Mode.DEMO, set()),
        ("none", Mode.PRODUCTION, set()),
        ("auditor, certifier", Mode.DEMO, {"auditor", "certifier"}),
    ],
)
def test_roles_that_want_a_second_factor_are_a_setting_and_by_default_those_that_sign_or_administer(
    told: str, mode: Mode, expected: set[str]
) -> None:
    settings = read_settings({"VIDIMUS_SECOND_FACTOR": told})
    services: Any = SimpleNamespace(settings=replace(settings), home=SimpleNamespace(mode=mode))
    assert second_factor_roles(services) == {Role(word) for word in expected}


@pytest.mark.parametrize("word", ["citizen", "anyone", "boss"])
def test_a_second_factor_is_not_asked_of_a_role_that_nobody_in_the_office_has(word: str) -> None:
    with pytest.raises(BadSetting, match=word):
        read_settings({"VIDIMUS_SECOND_FACTOR": f"admin,{word}"})
