"""Every page as the samples fill it, on a phone and on a desk, in three languages: nothing scrolls sideways."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Route, sync_playwright

from api.access import Role
from api.messages import load_messages
from api.pages import assets
from api.pages.render import Frame, make_renderer
from api.pages.views import Say
from tests.browser.conftest import ARGUMENTS
from tests.page_office import AT
from tests.page_samples import samples
from tests.visitors import DESK, PHONE

MESSAGES = load_messages(ZoneInfo("Asia/Ho_Chi_Minh"))
FILES = assets.read_assets()
RENDERER = make_renderer(MESSAGES, assets=FILES)
HERE = "http://127.0.0.1:9/"
TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@pytest.fixture(scope="module")
def alone() -> Iterator[Browser]:
    """A browser without an office: what it asks for is answered from here, and nothing leaves it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        browser.close()


# French words are the widest of the three: the daily check looks at them, the whole one at all three.
@pytest.mark.parametrize("language", ["fr", *(pytest.param(one, marks=pytest.mark.matrix) for one in ("vi", "en"))])
def test_no_page_scrolls_sideways(alone: Browser, language: str) -> None:
    context = alone.new_context()
    window = context.new_page()
    shown: list[str] = []

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(HERE).partition("?")[0]
        if path == "":
            route.fulfill(body=shown[-1], content_type="text/html; charset=utf-8")
        elif path.startswith("static/"):
            name = path.removeprefix("static/")
            route.fulfill(body=FILES[name], content_type=TYPES[name.rpartition(".")[2]])
        else:
            route.abort()

    window.route("**/*", answer)
    wide = []
    for sample in samples(Say(MESSAGES, language)):
        frame = Frame(
            language,
            sample.address,
            AT,
            specimen=True,
            door=sample.door,
            csrf="x",
            current=sample.current,
            roles=frozenset(Role),
        )
        shown.append(RENDERER.render(sample.template, frame, **sample.values))
        window.goto(HERE, wait_until="domcontentloaded")
        for width in (PHONE, DESK):
            window.set_viewport_size({"width": width, "height": 900})
            if window.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                wide.append(f"{sample.name} at {width} px")
    context.close()
    assert wide == []
