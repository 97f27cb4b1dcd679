"""Passkeys in a real browser with a virtual authenticator: made on the account page, then the way in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser

from api.app import create_app
from tests.running import Running, serve
from tests.visitors import Visitor, listen


@pytest.fixture
def by_name(running: Running) -> Iterator[Running]:
    """The office under a name, because browsers offer no passkey to a number."""
    app = create_app(running.services)
    with serve(app) as base_url:
        port = int(base_url.rsplit(":", 1)[1])
        app.state.services = replace(running.services, settings=replace(running.services.settings, port=port))
        yield replace(running, app=app, services=app.state.services, base_url=f"http://localhost:{port}")


def test_a_passkey_is_made_on_the_account_page_and_signs_in(chromium: Browser, by_name: Running) -> None:
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()
    visitor = Visitor(by_name, context, page)
    listen(visitor)
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    visitor.sign_in("an")
    visitor.go("/citizen/account")
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_selector("form[action='/citizen/account/passkeys/remove']")
    page.get_by_role("button", name="Sign out").click()
    visitor.go("/sign-in?next=/citizen/history")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/citizen/history")
    page.wait_for_load_state("networkidle")
    visitor.go("/citizen/confirm?next=/citizen/shares")
    page.get_by_role("button", name="Confirm with a passkey").click()
    page.wait_for_url("**/citizen/shares")
    assert visitor.complaints == []
    context.close()
