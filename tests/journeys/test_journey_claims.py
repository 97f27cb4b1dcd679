"""A vault that waited for its owner, and a copy that was annulled after it had been shown around."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from api.app import create_app
from api.demo.office import OFFICER_KEY
from api.identity_providers import open_identity_providers
from tests.heard_logs import run_heard
from tests.oidc_provider import OidcProvider, serve_provider
from tests.running import Running, founded_home, running, serve  # noqa: F401 - fixtures
from tests.small_paper import small_scan
from tests.unit.api.test_api_oidc import described, write

pytestmark = [pytest.mark.journey, pytest.mark.slow]

NEWCOMER = {"number": "000188012345", "name": "Vũ Chưa Nhận Kho"}


@pytest.fixture(scope="module")
def office(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, OidcProvider]]:  # noqa: F811
    with serve_provider() as provider:
        path = write(tmp_path_factory.mktemp("oidc"), described(provider.issuer))
        settings = replace(running.services.settings, oidc_file=path, services_may_be_private=True)
        providers = open_identity_providers(settings, clock=running.services.clock)
        services = replace(running.services, settings=settings, identity_providers=providers)
        app = create_app(services)
        with serve(app) as base_url:
            yield replace(running, services=services, app=app, base_url=base_url), provider


def sign_in(client: httpx.Client, provider: OidcProvider) -> httpx.Response:
    sent = client.get("/sign-in/oidc/thi-du")
    back = urlsplit(provider.authorize(sent.headers["location"]))
    return client.get(f"{back.path}?{back.query}")


def certify_for(office: Running, who: dict[str, str]) -> dict[str, Any]:
    with office.officer() as officer:
        accepted = office.upload(
            officer,
            small_scan(mark=who["number"]),
            data={"holder_number": who["number"], "holder_name": who["name"]},
        )
        item_id = office.wait(officer, accepted.json()["operation_id"])["item_id"]
        approved = office.approve(officer, office.prepare(officer, item_id, relation="GUARDIAN"))
        return office.wait(officer, approved.json()["operation_id"])


def test_a_vault_opened_at_the_counter_waits_and_is_claimed_by_who_proves_the_number(
    office: tuple[Running, OidcProvider],
) -> None:
    served, provider = office
    copy = certify_for(served, NEWCOMER)
    with served.client() as browser:
        # Somebody with the number but without the assurance does not get it.
        provider.person = {"sub": "ai-do", "acr": "low", "national_id": NEWCOMER["number"]}
        assert "ASSURANCE_TOO_LOW" in sign_in(browser, provider).text
    with served.client() as browser:
        provider.person = {"sub": "vu", "acr": "high", "national_id": NEWCOMER["number"]}
        assert sign_in(browser, provider).status_code == 303
        assert [one["record_id"] for one in browser.get("/v1/records").json()["items"]] == [copy["record_id"]]
        assert "DEPOSITED" in [one["action"] for one in browser.get("/v1/history").json()["items"]]


def test_an_annulled_copy_closes_where_it_was_shared_and_says_so_for_ever(
    office: tuple[Running, OidcProvider], tmp_path: Path
) -> None:
    served, _ = office
    with served.officer() as officer:
        copy = served.certify(officer)
    with served.citizen("an") as an, served.client() as stranger:
        form = {"record_id": copy["record_id"], "purpose": "Xin việc", "recipient": "Công ty Thí Dụ"}
        token = an.post("/v1/shares", json=form).json()["link"].partition("#")[2]
        assert stranger.post("/v1/shares/open", json={"token": token}).status_code == 200
        sealed = an.get(f"/v1/records/{copy['record_id']}/file").content
        ended = run_heard(
            [
                *(sys.executable, "-m", "api.cli", "key", "compromise", OFFICER_KEY),
                *("--annul", "--decision", "77/QĐ-UBND", "--yes"),
            ],
            env=os.environ | {"VIDIMUS_HOME": str(served.services.home.folder), "VIDIMUS_LANG": "en"},
        )
        assert ended.returncode == 0, ended.stderr
        assert stranger.post("/v1/shares/open", json={"token": token}).status_code == 410
        told = an.get(f"/v1/records/{copy['record_id']}").json()
        assert told["status"] == "ANNULLED"
        assert an.post("/v1/shares", json=form).status_code == 410
        newest = an.get("/v1/history").json()["items"]
        assert "STATUS_CHANGED" in [one["action"] for one in newest]
        verdict = stranger.post("/v1/verifications", files={"file": ("a.pdf", sealed, "application/pdf")}).json()
        assert verdict["status"]["register"] == "ANNULLED"
        assert verdict["verdict"] != "VALID"
        by_code = stranger.get(f"/v1/copies/{copy['code_of_copy']}").json()
        assert by_code["status"]["register"] == "ANNULLED"
