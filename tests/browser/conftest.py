"""A real browser at the doors of a served office; whatever its console complains about fails the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, sync_playwright

from api.app import create_app
from tests.running import Running, founded_home, running, serve  # noqa: F401
from tests.visitors import DESK, Visit, Visitor, listen

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def chromium(running: Running) -> Iterator[Browser]:  # noqa: F811
    """Debian's Chromium, started after the office and ended before it: it keeps an event loop, which the engine minds."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, running: Running) -> Iterator[Visit]:  # noqa: F811
    """Open a window of somebody's own: `visit(width=360, script=False, language="en")`."""
    with ExitStack() as stack:
        visitors: list[Visitor] = []

        def open_window(*, width: int = DESK, script: bool = True, language: str = "vi-VN", login: str = "") -> Visitor:
            context = chromium.new_context(
                viewport={"width": width, "height": 900}, locale=language, java_script_enabled=script
            )
            stack.callback(context.close)
            visitor = Visitor(running, context, context.new_page())
            listen(visitor)
            visitors.append(visitor)
            if login:
                visitor.sign_in(login)
            return visitor

        yield open_window
        for visitor in visitors:
            assert visitor.complaints == []


@pytest.fixture
def by_name(running: Running) -> Iterator[Running]:  # noqa: F811
    """The office under a name, because browsers offer no passkey to a number."""
    app = create_app(running.services)
    with serve(app) as base_url:
        port = int(base_url.rsplit(":", 1)[1])
        app.state.services = replace(running.services, settings=replace(running.services.settings, port=port))
        yield replace(running, app=app, services=app.state.services, base_url=f"http://localhost:{port}")
