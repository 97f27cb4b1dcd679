"""The administrator's page of systems that give papers: what each gave last, why one fails, and asking whether it is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from api.app import create_app
from api.outside.providers import open_providers
from keys import AuthorityAnswer
from tests.issuing_system import administrator, issuing_system, push, signed_result, unsigned_result
from tests.loopback import serve_on_loopback
from tests.running import Running, serve
from tests.unit.api.test_api_results import describe

# Starts a whole office: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow
HTML = {"Accept": "text/html"}
HERE = "/staff/systems"


class Provided:
    """A provider on loopback that is there, or is not well."""

    status = 503

    def reply(self, _method: str, _path: str, _media_type: str, _body: bytes) -> AuthorityAnswer:
        return AuthorityAnswer(self.status, "application/json", b'{"ok": true}')


@pytest.fixture
def office(running: Running, tmp_path: Path) -> Iterator[tuple[Running, Provided]]:
    provider, services = Provided(), running.services
    with serve_on_loopback(provider.reply) as port:
        settings = replace(services.settings, providers_file=describe(tmp_path, port), services_may_be_private=True)
        outside = replace(services.outside, providers=open_providers(settings))
        asking = replace(services, settings=settings, outside=outside)
        app = create_app(asking)
        with serve(app) as base_url:
            yield replace(running, services=asking, app=app, base_url=base_url), provider


def sheet(page: str, named: str) -> str:
    """What the page says of one system."""
    return next(one for one in page.split('<li class="sheet"') if re.search(rf"<h2>{named}</h2>", one))


def test_a_system_that_was_refused_stands_first_with_its_reason_and_works_again_after_its_next_result(
    running: Running,
) -> None:
    with issuing_system(running, login="he-thong-trang") as system, administrator(running) as admin:
        assert "Not heard of yet" in sheet(admin.get(f"{HERE}?lang=en", headers=HTML).text, "he-thong-trang")
        assert push(system, unsigned_result(), "HT-100").status_code == 422
        told = admin.get(f"{HERE}?lang=en", headers=HTML).text
        failing = sheet(told, "he-thong-trang")
        assert "Fails" in failing
        assert "NO_SIGNATURE" in failing
        assert "/check" not in failing, "a system that brings results is not asked"
        assert "Systems that fail: 1" in told
        assert push(system, signed_result(running), "HT-100").status_code == 201
        working = sheet(admin.get(f"{HERE}?lang=en", headers=HTML).text, "he-thong-trang")
        assert "Works" in working
        assert "NO_SIGNATURE" not in working
        assert "1 succeeded, 1 failed" in working


def test_a_provider_is_asked_from_the_page_and_its_line_says_what_it_answered(office: tuple[Running, Provided]) -> None:
    served, provider = office
    with administrator(served) as admin:
        secret = {"csrf_token": admin.headers["X-CSRF-Token"]}
        page = admin.get(f"{HERE}?lang=en", headers=HTML).text
        assert "so-giao-duc:" in sheet(page, "Education Office")
        for status, word in ((503, "Fails"), (200, "Works")):
            provider.status = status
            asked = admin.post(f"{HERE}/so-giao-duc/check", data=secret, headers=HTML)
            assert (asked.status_code, asked.headers["location"]) == (303, f"{HERE}#so-giao-duc")
            assert word in sheet(admin.get(f"{HERE}?lang=en", headers=HTML).text, "Education Office")
        assert admin.post(f"{HERE}/nobody/check", data=secret, headers=HTML).status_code == 404
        # Without the form's secret nothing is asked.
        del admin.headers["X-CSRF-Token"]
        assert admin.post(f"{HERE}/so-giao-duc/check", headers=HTML).status_code == 403


def test_only_administrators_see_the_systems_and_each_those_of_an_own_agency(running: Running) -> None:
    with running.officer() as officer, running.client() as nobody:
        assert officer.get(HERE, headers=HTML).status_code == 403
        assert nobody.get(HERE, headers=HTML).status_code in {303, 401, 403}
    with issuing_system(running, login="he-thong-phuong"), administrator(running, "THIDU-LABOUR") as elsewhere:
        assert "he-thong-phuong" not in elsewhere.get(HERE, headers=HTML).text
