"""Every page as the samples fill it, on a phone and on a desk, in three languages: nothing scrolls sideways, and axe-core finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from api.access import Role
from api.messages import load_messages
from api.pages import assets
from api.pages.render import Frame, make_renderer
from api.pages.views import Say
from tests.accessibility import violations
from tests.browser.conftest import ARGUMENTS
from tests.page_desk import Sample
from tests.page_office import AT
from tests.page_samples import samples
from tests.visitors import DESK, PHONE

MESSAGES = load_messages(ZoneInfo("Asia/Ho_Chi_Minh"))
FILES = assets.read_assets()
RENDERER = make_renderer(MESSAGES, assets=FILES)
HERE = "http://127.0.0.1:9/"
TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
OTHERS = [pytest.param(one, marks=pytest.mark.matrix) for one in ("vi", "en")]


@pytest.fixture(scope="module")
def alone() -> Iterator[Browser]:
    """A browser without an office: what it asks for is answered from here, and nothing leaves it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        browser.close()


def shown(window: Page, language: str) -> Iterator[Sample]:
    """Open every sample, one after the other."""
    body = ""

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(HERE).partition("?")[0]
        if path == "":
            route.fulfill(body=body, content_type="text/html; charset=utf-8")
        elif path.startswith("static/"):
            name = path.removeprefix("static/")
            route.fulfill(body=FILES[name], content_type=TYPES[name.rpartition(".")[2]])
        else:
            route.abort()

    window.route("**/*", answer)
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
        body = RENDERER.render(sample.template, frame, **sample.values)
        window.goto(HERE, wait_until="domcontentloaded")
        yield sample


# French words are the widest of the three: the daily check looks at them, the whole one at all three.
@pytest.mark.parametrize("language", ["fr", *OTHERS])
def test_no_page_scrolls_sideways_and_axe_finds_nothing(alone: Browser, language: str) -> None:
    context = alone.new_context()
    window = context.new_page()
    wide, wrong, seen = [], [], set[str]()
    for sample in shown(window, language):
        for width in (DESK, PHONE):
            window.set_viewport_size({"width": width, "height": 900})
            if window.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                wide.append(f"{sample.name} at {width} px")
        # One of each template here; the matrix below looks at all of them, and at their colours.
        if sample.template not in seen:
            wrong += [f"{sample.name}: {one}" for one in violations(window)]
            seen.add(sample.template)
    context.close()
    assert wide == []
    assert wrong == []


@pytest.mark.matrix
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_desk_in_light_and_in_dark(alone: Browser, scheme: str) -> None:
    context = alone.new_context(viewport={"width": DESK, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    window = context.new_page()
    wrong = [f"{sample.name}: {one}" for sample in shown(window, "vi") for one in violations(window, contrast=True)]
    context.close()
    assert wrong == []


@pytest.mark.matrix
def test_at_two_hundred_percent_nothing_scrolls_sideways(alone: Browser) -> None:
    # A desk of 1280 px zoomed to 200 % has room for 640 of the page's own.
    context = alone.new_context(viewport={"width": DESK // 2, "height": 450}, device_scale_factor=2)
    window = context.new_page()
    too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    wide = [sample.name for sample in shown(window, "vi") if window.evaluate(too_wide)]
    context.close()
    assert wide == []
